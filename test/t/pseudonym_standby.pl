# A hot standby makes the pseudonyms that its primary makes, with a key of its own configuration: what it has no key for
# fails there and says why, what must be written down is not done there, and what ends on the primary ends there after replay.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
my $standby = PostgreSQL::Test::Cluster->new('standby');
my $keyless = PostgreSQL::Test::Cluster->new('keyless');
my $directory = PostgreSQL::Test::Utils::tempdir;

foreach my $key (qw(a b c))
{
	append_to_file("$directory/$key", $key x 64);
	chmod 0600, "$directory/$key" or die $!;
}

sub configure
{
	my ($node, $present, $previous) = @_;

	unlink $node->data_dir . '/key.conf';
	append_to_file($node->data_dir . '/key.conf', ($present ? "memreg.master_key_file = '$directory/$present'\n" : '')
		. ($previous ? "memreg.previous_master_key_file = '$directory/$previous'\n" : ''));
}

sub start_with
{
	my ($node, @keys) = @_;

	configure($node, @keys);
	$node->restart;
}

# What a query gives, or its SQLSTATE, with detail; the values of persons that are in it never stand in an error.
sub got
{
	my ($node, $sql) = @_;

	$node->psql('postgres', $sql, stdout => \my $out, stderr => \my $error, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	fail("a value is in an error: $error") if $error =~ /^(?!LINE ).*CANARY/m;
	my ($code) = $error =~ /ERROR:\s+(\w{5}):/ or return $out;
	my ($detail) = $error =~ /DETAIL:\s+(.*)/;
	return $code . (defined $detail ? ": $detail" : '');
}

sub replay
{
	$primary->wait_for_catchup($_, 'replay', $primary->lsn('insert')) foreach @_;
}

sub change
{
	$primary->safe_psql('postgres', "SET client_min_messages = warning; @_");
	replay($standby);
}

# What every role of the keys gives: forms, versions, treatment, sealed values of the one form, a subject with a secret.
my $all = <<'END';
SELECT memreg.pseudonym('university', 'CANARY'), memreg.pseudonym_uuid('university', 'CANARY'), memreg.pseudonym_uuid('university', '00000000-0000-0000-0000-000000000007'::uuid), memreg.pseudonym_bigint('university', 7);
SELECT memreg.pseudonyms('university', 'CANARY'), memreg.pseudonyms_uuid('university', 'CANARY'), memreg.pseudonyms_bigint('university', 7);
SELECT memreg.seal('university', 'CANARY', 'c'), length(memreg.seal_random('university', 'CANARY', 'c'));
SELECT memreg.subject_pseudonym('university', 'members', 1);
SET ROLE researcher;
SET memreg.purpose = 'research';
SELECT id, name FROM member ORDER BY 1;
END
my $unseal = q{SELECT memreg.unseal('university', token, 'Test', 'c') FROM sealed};

$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', <<'END');
memreg.master_key_command = ''
memreg.retention_naptime = 0
shared_buffers = 1MB
include_if_exists 'key.conf'
END
configure($primary, 'a');
$primary->start;
$primary->backup('backup');
foreach ($standby, $keyless)
{
	$_->init_from_backup($primary, 'backup', has_streaming => 1);
	configure($_, $_ == $standby ? 'a' : '');
	$_->start;
}
change(<<'END');
CREATE EXTENSION memreg;
CREATE ROLE researcher;
CREATE ROLE extractor;
CREATE TABLE member (id bigint PRIMARY KEY, name text);
INSERT INTO member VALUES (1, 'CANARY one'), (2, 'CANARY two');
GRANT SELECT ON member TO researcher;
SECURITY LABEL FOR memreg ON COLUMN member.name IS 'nickname';
DO $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City'), memreg.create_register('people', 'Another', 'Example City');
	PERFORM memreg.create_purpose('members', 'research', 'public_task'), memreg.create_scope('university'), memreg.create_scope('contractor'), memreg.rotate_scope('university');
	PERFORM memreg.set_treatment('members', 'research', 'nickname', 'pseudonym'), memreg.add_table('members', 'member', 'id', root => true);
	PERFORM memreg.protect('member'), memreg.grant_access('researcher', 'members', 'research'), memreg.grant_scope('extractor', 'university');
	PERFORM memreg.subject_pseudonym('university', 'members', 1);
END $$;
CREATE TABLE sealed AS SELECT memreg.seal('university', 'CANARY', 'c') AS token UNION ALL SELECT memreg.seal_random('university', 'CANARY', 'c');
END
my $expected = got($primary, $all);
like($expected, qr/^p2-.*\n\{p2-.*,p1-.*\ns2-/, 'there is something to compare');

# With the key
is(got($standby, $all), $expected, 'the standby gives what the primary gives');
is(got($standby, $unseal), '25006', 'what must be recorded is not opened');
is(got($standby, q{SELECT memreg.subject_pseudonym('university', 'members', 2)}), '25006', 'a subject gets no secret');
is(got($standby, q{SELECT memreg.subject_pseudonym('university', 'people', 1)}), '25006', 'nor a register a scope');
like(got($standby, "SELECT memreg.$_"), qr/^(25006|55000)$/, "nothing is changed: $_")
  foreach q{create_scope('new')}, q{rotate_scope('university')}, q{retire_scope_version('university', 1)}, q{destroy_scope('university')}, q{grant_scope('extractor', 'contractor')},
  q{revoke_scope('extractor', 'university')}, q{forget_subject_secret('members', 1)}, q{rewrap_keys()};
is(got($standby, q{SELECT string_agg(DISTINCT wrapped_under, ' ') FROM memreg.key_status}), 'present master key', 'key_status');
my $token = got($standby, q{SELECT memreg.issue_subject_token('members', 1)});
like($token, qr/^mr1\./, 'a subject token can be issued, as nothing is written');

# Bound after replay: a session that is open, with a plan that is kept
my $session = $standby->background_psql('postgres', on_error_stop => 0);
$session->query_safe('SET SESSION AUTHORIZATION extractor; SET plan_cache_mode = force_generic_plan;'
	. q{PREPARE kept AS SELECT left(memreg.pseudonym('university', 'x'), 2) || ' ' || array_length(memreg.pseudonyms('university', 'x'), 1)});

sub is_made
{
	my ($made, $name) = @_;
	my $answer = $session->query('EXECUTE kept');

	$answer = $1 if $session->{stderr} =~ /ERROR:\s+(.*)/;
	$session->{stderr} = '';
	is($answer, $made, $name);
}

is_made('p2 2', 'a kept plan makes pseudonyms');
change(q{SELECT memreg.rotate_scope('university');});
is_made('p3 3', 'a new key is used after replay');
change(q{SELECT memreg.retire_scope_version('university', 1);});
is_made('p3 2', 'a retired version is not recognized');
change(q{BEGIN; SELECT memreg.rotate_scope('university'); ROLLBACK;});
is_made('p3 2', 'what was rolled back changes nothing');
change(q{SELECT memreg.revoke_scope('extractor', 'university');});
is_made('role extractor has no right to pseudonymize in pseudonym scope university', 'a revoked right binds');
change(q{SELECT memreg.grant_scope('extractor', 'university');});
$session->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
is_made('p3 2', 'a new one too');
change(q{SELECT memreg.rotate_scope('university');});
is_made('p4 3', 'in a transaction that began before');
$session->query_safe('COMMIT');
change(q{SELECT memreg.create_scope('ending'), memreg.grant_scope('extractor', 'ending');});
is($session->query(q{SELECT left(memreg.pseudonym('ending', 'x'), 3)}), 'p1-', 'a new scope');
change(q{SELECT memreg.destroy_scope('ending');});
$session->query(q{SELECT memreg.pseudonym('ending', 'x')});
like($session->{stderr}, qr/pseudonym scope ending has been destroyed/, 'is destroyed there too');
change(q{DELETE FROM member WHERE id = 1;});
is(got($standby, q{SELECT memreg.subject_pseudonym('university', 'members', 1)}), '25006', 'a subject that is gone has no pseudonym');
change(q{INSERT INTO member VALUES (1, 'CANARY one'); SELECT memreg.subject_pseudonym('university', 'members', 1);});
$expected = got($primary, $all);
is(got($standby, $all), $expected, 'registered anew, it has another');
$session->quit;

# Without the key, and with another
my @needing = (
	q{SELECT memreg.pseudonym('university', 'CANARY')}, q{SELECT memreg.pseudonyms('university', 'CANARY')}, q{SELECT memreg.seal('university', 'CANARY')}, $unseal,
	q{SELECT memreg.subject_pseudonym('university', 'members', 1)}, q{SET ROLE researcher; SET memreg.purpose = 'research'; SELECT name FROM member});
replay($keyless);
is(got($keyless, $_), 'MR101: At server start, no key source was configured.', "without a key: $_") foreach @needing;
start_with($standby, 'missing');
is(got($standby, $_), 'MR101: At server start, the key file could not be opened: No such file or directory.', "without the file: $_") foreach @needing;
start_with($standby, 'b');
is(got($standby, $_), 'MR102', "with another key: $_") foreach @needing;
is(got($standby, q{SELECT string_agg(DISTINCT wrapped_under, ' ') FROM memreg.key_status}), 'unknown master key', 'as key_status says');

# The master key is replaced: the standby first, then the primary.
start_with($standby, 'b', 'a');
is(got($standby, $all), $expected, 'with both keys before the primary has the new one');
start_with($primary, 'b', 'a');
replay($standby);
$primary->safe_psql('postgres', 'SELECT memreg.rewrap_keys(2)');
replay($standby, $keyless);
is(got($standby, $all), $expected, 'while keys are rewrapped');
$primary->safe_psql('postgres', 'SELECT memreg.rewrap_keys()');
replay($standby, $keyless);
is(got($standby, $all), $expected, 'and afterwards');
is(got($standby, q{SELECT string_agg(DISTINCT wrapped_under, ' ') FROM memreg.key_status}), 'present master key', 'all under the new one');
start_with($standby, 'a');
is(got($standby, $needing[0]), 'MR102', 'a standby that was left with the former key is told');
start_with($standby, 'b');
is(got($standby, $all), $expected, 'the new one alone is enough');

# Promoted
my $sealed = got($standby, 'SELECT count(*) FROM memreg.unsealing');
$standby->promote;
is(got($standby, $all), $expected, 'promotion changes nothing');
is(got($standby, $unseal), "CANARY\nCANARY", 'then sealed values are opened');
is(got($standby, 'SELECT count(*) FROM memreg.unsealing') - $sealed, 2, 'on the record');
is(got($standby, q{SELECT memreg.subject_pseudonym('university', 'people', 1) IS NOT NULL, memreg.rotate_scope('university')}), 't|5', 'and keys and secrets made');
$keyless->promote;
is(got($keyless, $_), 'MR101: At server start, no key source was configured.', "promoted without a key: $_") foreach @needing, q{SELECT memreg.create_scope('new')}, q{SELECT memreg.rewrap_keys()};
start_with($keyless, 'b');
is(got($keyless, $all), $expected, 'with the key it gives what the primary gave');
is(got($keyless, $unseal), "CANARY\nCANARY", 'and opens what was sealed there');

foreach ($primary, $standby, $keyless)
{
	my $log = slurp_file($_->logfile);

	$log =~ s/^.*(?:STATEMENT:|statement:).*(?:\n\t.*)*//mg;
	unlike($log, qr/CANARY|a{64}|b{64}/, 'no value and no key is in the log of ' . $_->name);
	unlike($log, qr/PANIC|TRAP|terminated by signal/, 'and nothing crashed');
	$_->stop;
}
done_testing();
