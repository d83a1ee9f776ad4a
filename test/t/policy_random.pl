# Random statements over guarded tables give what they give over the treated copy, and nothing that only untreated
# columns and hidden rows hold is ever told: in rows, errors, notices, or the server's log.
#
# A few seconds in make check; the full measure is make check-random.
#
#   MEMREG_RANDOM_SECONDS=60 MEMREG_RANDOM_SEED=7 make check SUITE=tap TESTS=policy_random
#
# The log names the seed. Batch n of a run has the seed's n-th follower, and is the same for whoever has it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../random";
use Grammar;
use Place;
use PostgreSQL::Test::Utils;
use Tables;
use Test::More;

my $seconds = $ENV{MEMREG_RANDOM_SECONDS} || 6;
my $seed = $ENV{MEMREG_RANDOM_SEED} || 1;
my $batch = 100;
my $place = Place->new('random');
my $end = time() + $seconds;
my %count;
my @wrong;

# Errors that come or do not come with the plan, or with the order in which a condition's parts are looked at. 0A000 is
# that of a FULL JOIN whose condition has become a constant's.
my $depends = qr/^(21000|22\w{3}|57014|54001|0A000)$/;

note("seed $seed, $seconds seconds");
for (my $n = 0; time() < $end && @wrong < 10; $n++)
{
	run_batch($seed + $n, (qw(research care statistics))[ ($seed + $n) % 3 ]);
}
note(join(', ', map { "$_: $count{$_}" } sort keys %count));
is(join("\n\n", @wrong), '', "every statement gives what it gives over the treated copy");
cmp_ok($count{same} || 0, '>', 0.6 * $count{statements}, 'most of them give something or nothing, not an error');
cmp_ok($count{'with rows'} || 0, '>', 0.25 * $count{statements}, 'and many of them something');
is(join("\n", $place->crashes), '', 'no process crashed');
is(join("\n", $place->told), '', 'the log tells nothing');
$place->node->stop;
done_testing();

sub run_batch
{
	my ($number, $purpose) = @_;
	my $grammar = Grammar->new($number, $purpose);
	my @statements = map { my $s = $grammar->statement; $s->{script} = script($s); $s } 1 .. $batch;
	my $script = join('', map { "\\echo \@\@ $_\n\\warn \@\@ $_\n$statements[$_]{script}" } 0 .. $#statements);
	my @given = parts($place->run($purpose, 'guarded', $script));
	my @due = parts($place->run($purpose, 'copy', $script));

	push @wrong, "$purpose, seed $number: not all statements were run" if @given != @statements || @due != @statements;
	foreach my $i (0 .. $#statements)
	{
		my $problem = judge($purpose, $statements[$i], $given[$i], $due[$i]);

		push @wrong, "$purpose, seed $number, statement $i: $problem\n$statements[$i]{script}" if $problem;
	}
}

# A statement as psql runs it, in one of several forms; what it changes is looked at, and taken back.
sub script
{
	my ($statement) = @_;
	my $sql = $statement->{sql};
	my $setting = Grammar::any('', '', '', 'SET LOCAL enable_hashjoin = off;', 'SET LOCAL enable_mergejoin = off;', 'SET LOCAL enable_nestloop = off;',
		'SET LOCAL enable_seqscan = off;', 'SET LOCAL enable_hashagg = off;', 'SET LOCAL enable_sort = off;', 'SET LOCAL enable_partitionwise_join = on;',
		'SET LOCAL join_collapse_limit = 1;', 'SET LOCAL plan_cache_mode = force_generic_plan;');
	my $form = $statement->{writes} ? 'plain' : Grammar::any(('plain') x 6, qw(prepared cursor copy view));

	$sql = "PREPARE p AS $sql;\nEXECUTE p;\nDEALLOCATE p" if $form eq 'prepared';
	$sql = "DECLARE c CURSOR FOR $sql;\nFETCH 2 FROM c;\nFETCH ALL FROM c" if $form eq 'cursor';
	$sql = "COPY ($sql) TO STDOUT" if $form eq 'copy';
	$sql = "CREATE TEMPORARY VIEW v AS $sql;\nSELECT * FROM v" if $form eq 'view';
	$sql .= join('', map { ";\nSELECT '$_', * FROM $_" } qw(member visit answer score event call lab.basket)) if $statement->{writes};
	return "BEGIN;$setting\n$sql;\nROLLBACK;\n" . ($form eq 'prepared' ? "DEALLOCATE ALL;\n" : '');
}

# Output and errors, by statement.
sub parts
{
	my ($out, $error) = @_;
	my @out = by_mark($out);
	my @error = by_mark($error);

	return map { { out => $out[$_], error => $error[$_] // '', code => ($error[$_] // '') =~ /^.*?ERROR:  (\w{5}):/m ? $1 : '' } } 0 .. $#out;
}

sub by_mark
{
	my (undef, @parts) = split /^(?:psql:<stdin>:\d+: )?@@ \d+$/m, "\n$_[0]", -1;

	return @parts;
}

# What is wrong, or the empty text.
sub judge
{
	my ($purpose, $statement, $given, $due) = @_;
	my $told = tells($purpose, $given->{out} . $given->{error} =~ s/^(QUERY|STATEMENT|LINE|LOCATION).*//gmr);

	$count{statements}++;
	return "it tells $told" if $told;
	if ($statement->{refused})
	{
		$count{"refused $statement->{refused}"}++;
		return $given->{code} eq $statement->{refused} ? '' : "not refused with $statement->{refused}, but $given->{code}";
	}
	if ($given->{code} || $due->{code})
	{
		$count{"error " . ($given->{code} || $due->{code}) . ($given->{code} eq $due->{code} ? '' : $given->{code} ? ' here' : ' there')}++;
		note("SHOW $given->{code}/$due->{code}: $purpose $statement->{script}\n$given->{error}\n$due->{error}ENDSHOW") if $given->{code} ne $due->{code}; #DEBUG
		return '' if $given->{code} eq $due->{code} || $given->{code} =~ $depends || $due->{code} =~ $depends;
		return "error '$given->{code}' instead of '$due->{code}': $given->{error}$due->{error}";
	}
	$count{same}++;
	$count{'with rows'}++ if $due->{out} =~ /\S/;
	return difference(rows($given->{out}), rows($due->{out}));
}

# Equal numbers can have several forms, of which a group shows one.
sub rows
{
	return [ sort map { s/(\.\d*?)0+(?!\d)/$1/gr =~ s/(\d)\.(?!\d)/$1/gr } split /\n/, $_[0] ];
}

sub difference
{
	my ($given, $due) = @_;
	my %more;

	return '' if join("\n", @$given) eq join("\n", @$due);
	$more{$_}++ foreach @$given;
	$more{$_}-- foreach @$due;
	return join("\n", 'it gives other rows', map { ($more{$_} > 0 ? '+' : '-') . $_ } grep { $more{$_} } sort keys %more);
}

# What should not be there, with some text around.
sub tells
{
	my ($purpose, $text) = @_;
	my $canary = Tables::canary($purpose);

	return $text =~ /(.{0,30}(?:$canary).{0,30})/ ? $1 : '';
}
