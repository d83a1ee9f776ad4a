# SQLsmith's statements, run by a bound role over guarded tables: no crash, no error that nobody expects, and nothing told
# that only untreated columns and hidden rows hold. Debian's sqlsmith makes them; without it there is nothing to run.
#
# Its statements have no one right answer, so what they give is searched, not compared; test/t/policy_random.pl compares.
# A few seconds in make check, where it is installed; the full measure is make check-random.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../random";
use IPC::Run;
use Place;
use PostgreSQL::Test::Utils;
use Tables;
use Test::More;

plan skip_all => 'sqlsmith is not installed' unless grep { -x "$_/sqlsmith" } split /:/, $ENV{PATH};

# What statements of chance may come to with the one value and not with the other, or in this role and not in that: what is
# not for everybody, NULL where none may be, values out of range; what memreg refuses; and scopes (MR110, MR115) and units
# (MR601) of chance for functions of memreg's that everybody may call. Any other must be PostgreSQL's own, which it has without
# memreg too: most are types that do not fit.
my $expected = qr/^(0A000|21000|22\w{3}|23502|23503|23505|23514|25P02|26000|2BP01|34000|3F000|42501|53400|54001|54023|55000|55006|57014|58P01|P0001|HV\w{3}|MR110|MR115|MR310|MR311|MR601)$/;
my $seconds = $ENV{MEMREG_RANDOM_SECONDS} || 6;
my $seed = $ENV{MEMREG_RANDOM_SEED} || 1;
my $place = Place->new('sqlsmith');
my $end = time() + $seconds;
my %count;
my @wrong;

# The copies are no secret, and would be most of what it asks.
$place->node->safe_psql('postgres', 'SET client_min_messages = error; DROP SCHEMA research, care, statistics CASCADE');
make_names();
note("seed $seed, $seconds seconds");
for (my $n = 0; time() < $end && @wrong < 10; $n++)
{
	run_batch($seed + $n, (qw(research care statistics))[ ($seed + $n) % 3 ]);
}
note(join(', ', map { "$_: $count{$_}" } sort keys %count));
is(join("\n\n", @wrong), '', 'no error that nobody expects, and nothing told');
cmp_ok($count{'without error'} || 0, '>', 0.1 * ($count{statements} || 1), 'some of them have no error');
is(join("\n", $place->crashes), '', 'no process crashed');
is(join("\n", $place->told), '', 'the log tells nothing');
$place->node->stop;
done_testing();

# A second database for SQLsmith to read the names from. It takes types for plain ones that stand for others, and all
# functions for everybody's; two of three statements would fail for that alone. Here there are none of these; nor are there
# memreg's guards, which do no more than raise what else is an error to be looked at.
sub make_names
{
	$place->node->safe_psql('postgres', 'CREATE DATABASE names TEMPLATE postgres');
	$place->node->safe_psql('names', <<~'END');
		SET allow_system_table_mods = on;
		DELETE FROM pg_operator WHERE '{anyenum,anyrange,anymultirange}'::regtype[] && ARRAY[oprleft, oprright, oprresult]::regtype[];
		DELETE FROM pg_proc WHERE '{anyenum,anyrange,anymultirange}'::regtype[] && (proargtypes::regtype[] || prorettype::regtype)
			OR NOT has_function_privilege('researcher', oid, 'EXECUTE') OR proname ~ '^guard_' AND pronamespace = 'memreg'::regnamespace;
		END
}

sub run_batch
{
	my ($number, $purpose) = @_;
	my @statements = statements($number, $purpose);
	my $script = join('', map { "\\echo \@\@ $_\n\\warn \@\@ $_\nBEGIN;\n$statements[$_];\nROLLBACK;\n" } 0 .. $#statements);
	my ($out, $error) = map { [ split /^\@\@ \d+$/m, "\n$_", -1 ] } $place->run($purpose, 'guarded', $script);

	push @wrong, "$purpose, seed $number: not all statements were run" if @$out != @statements + 1 || @$error != @statements + 1;
	foreach my $i (0 .. $#statements)
	{
		my $problem = judge($purpose, $statements[$i], $out->[ $i + 1 ], $error->[ $i + 1 ] =~ s/^(QUERY|LINE|LOCATION).*//gmr);

		push @wrong, "$purpose, seed $number: $problem\n$statements[$i]" if $problem;
	}
}

sub statements
{
	my ($number, $purpose) = @_;
	my $node = $place->node;
	my $role = $place->role($purpose);
	my ($out, $progress);

	local $ENV{PGOPTIONS} = "-c memreg.purpose=$purpose";
	IPC::Run::run([ 'sqlsmith', '--dry-run', '--exclude-catalog', "--seed=" . $number % 2**31, '--max-queries=150',
			'--target=host=' . $node->host . ' port=' . $node->port . " user=$role dbname=names" ], '>', \$out, '2>', \$progress);
	push @wrong, "$purpose, seed $number: sqlsmith made nothing: $progress" unless $out =~ /;/;
	return split /;\n*/, $out;
}

sub judge
{
	my ($purpose, $statement, $out, $error) = @_;
	my $code = code_of($error);
	my $canary = Tables::canary($purpose);

	$count{statements}++;
	$count{$code ? 'error ' . substr($code, 0, 2) : 'without error'}++;
	return "it tells $1" if "$out$error" =~ /(.{0,30}(?:$canary).{0,30})/;
	return '' if !$code || $code =~ $expected;
	# Over all rows, as another sample could spare the one that brings the error.
	$statement =~ s/ tablesample \w+ \([\d.]+\)//g;
	return code_of(($place->run($purpose, 'exempt', "BEGIN;\n$statement;\nROLLBACK;\n"))[1]) eq $code ? '' : "error $error";
}

sub code_of { return $_[0] =~ /^.*?(?:ERROR|FATAL|PANIC):  (\w{5}):/m ? $1 : '' }
