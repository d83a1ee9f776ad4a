# Every SQL example of README.md and docs/*.md runs, and the docs are complete
# where that can be counted.
#
# A file's ```sql blocks run in order in one psql session of a superuser, in a
# database of the file's own.  It has memreg, unless a block of the file itself
# creates the extension.  HTML comments on lines of their own say more about the
# next block:
#
#   <!-- setup: register -->   run test/docs/register.sql before it
#   <!-- fails: MR301 -->      its last statement fails with this SQLSTATE, and no other
#
# Every block names its language; what is no SQL, or not to be run, is sh, conf
# or text.
use strict;
use warnings;
use File::Basename;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::RealBin/../..";
my $node = PostgreSQL::Test::Cluster->new('docs');
my %examples_of;
my $examples = 0;

my @files = ("$top/README.md", sort glob("$top/docs/*.md"));

$node->init;
$node->start;
foreach my $file (@files)
{
	my ($blocks, @problems) = read_file($file);

	is(join("\n", @problems), '', name_of($file) . ' is well-formed');
	run_examples($file, @$blocks);
	$examples += @$blocks;
}
cmp_ok(scalar @files, '>', 1, 'there are docs');
cmp_ok($examples, '>', 0, "examples were found: $examples");
check_settings();
check_functions();
check_codes();
$node->stop;
done_testing();

# The SQL blocks of a file, and what is wrong with its form.
sub read_file
{
	my ($file) = @_;
	my @blocks;
	my @problems;
	my %next = (setup => [], fails => '');
	my ($block, $number) = (undef, 0);

	foreach my $line (split /\n/, slurp_file($file))
	{
		$number++;
		if (defined $block)
		{
			if ($line =~ /^\s*```/)
			{
				push @blocks, $block if $block->{language} eq 'sql';
				push @problems, "line $block->{line}: the last statement has no end"
				  if $block->{language} eq 'sql' && $block->{sql} !~ /(;|\\g\w*)[^\S\n]*(--[^\n]*)?\n\z/;
				undef $block;
			}
			else
			{
				$block->{sql} .= "$line\n";
			}
		}
		elsif ($line =~ /^\s*```(.*)$/)
		{
			push @problems, "line $number: a block without language" if $1 eq '';
			$block = { language => $1, line => $number, sql => '' };
			if ($1 eq 'sql')
			{
				$block = { %$block, %next };
				%next = (setup => [], fails => '');
			}
			elsif ($1 !~ /^(sh|conf|text|c|)$/)
			{
				push @problems, "line $number: a block of unknown language \"$1\"";
			}
		}
		elsif ($line =~ /^<!-- setup: (\w+) -->$/)
		{
			push @{ $next{setup} }, $1;
		}
		elsif ($line =~ /^<!-- fails: (\w{5}) -->$/)
		{
			$next{fails} = $1;
		}
		elsif ($line =~ /<!--/)
		{
			push @problems, "line $number: a comment that means nothing";
		}
		push @problems, "line $number: link to $_, which is not there" foreach dead_links($file, $line);
	}
	push @problems, "line $block->{line}: a block without end" if defined $block;
	push @problems, 'a comment that belongs to no SQL block' if @{ $next{setup} } || $next{fails};
	return (\@blocks, @problems);
}

# Links into the tree, without their anchors.
sub dead_links
{
	my ($file, $line) = @_;

	return grep { !/^\w+:/ && !-e dirname($file) . "/$_" } $line =~ /\]\(([^)#]+)[^)]*\)/g;
}

sub run_examples
{
	my ($file, @blocks) = @_;
	my $creates = grep { $_->{sql} =~ /CREATE EXTENSION memreg\b/ } @blocks;
	my $script = "\\set VERBOSITY verbose\n";
	my $output;

	return unless @blocks;
	$node->safe_psql('postgres', 'CREATE DATABASE docs');
	$node->safe_psql('docs', 'CREATE EXTENSION memreg') unless $creates;
	foreach my $block (@blocks)
	{
		$script .= "\\warn == setup $block->{line}\n";
		$script .= "\\i $top/test/docs/$_.sql\n" foreach @{ $block->{setup} };
		$script .= "\\warn == begin $block->{line}\n$block->{sql}\\warn == end $block->{line}\n";
	}
	$node->psql('docs', $script, stderr => \$output, on_error_stop => 0);
	judge($file, $_, $output) foreach @blocks;

	$node->safe_psql('postgres', 'DROP DATABASE docs WITH (FORCE)');
	$node->safe_psql('postgres',
		join '', map { "DROP ROLE \"$_\";" } split /\n/,
		$node->safe_psql('postgres', 'SELECT rolname FROM pg_roles WHERE oid >= 16384'));
}

# What psql said between a block's marks: nothing, or the error it announces.
sub judge
{
	my ($file, $block, $output) = @_;
	my $line = $block->{line};
	my $name = name_of($file) . ":$line";

	return fail("$name is reached")
	  unless $output =~ /^== setup $line\n(.*?)^== begin $line\n(.*?)^== end $line$/ms;
	my ($setup, $example) = ($1, $2);
	my @errors = errors_in($example);

	is(join(' ', errors_in($setup)), '', "$name: its set-up works") if @{ $block->{setup} };
	is("@errors", $block->{fails}, $block->{fails} ? "$name fails with $block->{fails}" : "$name works")
	  or diag($example);
}

# SQLSTATEs, and "psql" for what psql itself could not do.
sub errors_in
{
	my ($output) = @_;

	return map { $_ =~ /(?:ERROR|FATAL|PANIC):  (\w{5}): / ? $1 : 'psql' }
	  $output =~ /^(.*(?:ERROR|FATAL|PANIC):  .*|psql\S* error: .*)$/mg;
}

# Each setting stands in docs/settings.md with its context, range and default.
sub check_settings
{
	my $docs = slurp_file("$top/docs/settings.md");
	my @settings = split /\n/, $node->safe_psql('postgres', <<'END');
SELECT name, context, coalesce(min_val || ' to ' || max_val, ''),
       CASE WHEN boot_val = '' THEN 'empty' ELSE boot_val || coalesce(unit, '') END
  FROM pg_settings WHERE name LIKE 'memreg.%' ORDER BY name
END

	cmp_ok(scalar @settings, '>', 0, 'there are settings');
	foreach my $setting (@settings)
	{
		my ($name, $context, $range, $default) = split /\|/, $setting, -1;

		like($docs, qr/^\| `\Q$name\E` \| $context \| [^|]*\Q$range\E \| \Q$default\E \|/m,
			"docs/settings.md has $name: $context, $range, $default");
	}
}

# Each function that a role can be meant to call stands in some page.
sub check_functions
{
	my $docs = join '', map { slurp_file($_) } @files;
	my @functions;

	$node->safe_psql('postgres', 'CREATE EXTENSION memreg');
	@functions = split /\n/, $node->safe_psql('postgres', <<'END');
SELECT DISTINCT p.proname FROM pg_proc p
 WHERE p.pronamespace = 'memreg'::regnamespace
   AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
   AND NOT 'internal'::regtype = ANY (p.proargtypes)
   AND (p.proname !~ '^(require|guard|announce|append_only|refer|drop|create_guards|new|add_scope|make_activity|note_present|make_register|watch_root|make_pseudonym|pseudonym_type|unwatch_root|present_fingerprint|rewrapped|treatment_|ancestors|descendants|look_at|count_due|due_reason|list_upcoming|retention_stage|term_start|rule_|probe_|full_xid|physical_remains|who_holds|leaf_storage|this_cluster|what_to_do|record_state|partitions_past_term|settle_|lock_table|master_|explain_|is_guarded|subject_key|view_definition|consent_index_|trim_)')
END
	is(join(' ', grep { $docs !~ /memreg\.$_\b/ } @functions), '', 'every function for users is described');
}

# test/floors.sh looks for codes without a description, this for the reverse.
sub check_codes
{
	my $known = join ' ', map { join '', /'(.)'/g } slurp_file("$top/src/core/errors.h") =~ /MAKE_SQLSTATE\(([^)]*)\)/g;
	my @unknown = grep { $known !~ /\b$_\b/ } map { slurp_file($_) =~ /`(MR\w{3})`/g } @files;

	is("@unknown", '', 'every SQLSTATE in the docs is known');
}

sub name_of
{
	my ($file) = @_;

	return substr($file, length("$top/"));
}
