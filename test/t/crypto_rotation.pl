# The master key is replaced by another while the server's data stays what it is: everything reads as before at every step,
# a step that is broken off has not been made, and in the end the former key is worth nothing here.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('rotation');
my $directory = PostgreSQL::Test::Utils::tempdir;
my @databases = qw(postgres city);
my %key = (A => '5ec4e7' . '0123456789abcdef' x 3 . 'fedcba9876', B => 'b' x 63 . '0', C => 'c' x 64);

foreach (keys %key)
{
	append_to_file("$directory/$_", "$key{$_}\n");
	chmod 0600, "$directory/$_" or die $!;
}
append_to_file("$directory/open", $key{A});
chmod 0644, "$directory/open" or die $!;

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.master_key_command = ''
memreg.retention_naptime = 0
shared_buffers = 1MB
include_if_exists 'key.conf'
END

# The server again, with one key or two; those are files' names, or settings.
sub configure
{
	my ($present, $previous) = @_;

	unlink $node->data_dir . '/key.conf';
	append_to_file($node->data_dir . '/key.conf', setting('master_key', $present) . setting('previous_master_key', $previous));
}

sub setting
{
	my ($name, $source) = @_;

	return '' unless defined $source;
	return "memreg.${name}_file = '$directory/$source'\n" if $source =~ /^\w+$/;
	return $source;
}

sub start_with
{
	configure(@_);
	$node->restart;
}

sub query
{
	my ($sql, $database) = @_;

	$node->psql($database // 'postgres', $sql, stdout => \my $out, stderr => \my $error, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return $error =~ /ERROR:\s+(\w{5}):/ ? $1 : $out;
}

# All that the keys of a database make and open; of tokens, whether they hold.
sub all_read
{
	my ($database) = @_;

	return query(<<'END', $database);
SELECT memreg.pseudonyms('university', 'x'), memreg.pseudonyms_uuid('university', 'x'), memreg.pseudonyms_bigint('university', 7), memreg.seal('phones', 'x', 'c');
SELECT memreg.unseal('phones', token, 'Test', 'c') FROM sealed;
SELECT memreg.subject_pseudonym('university', 'members', g) FROM generate_series(1, 3) g;
SET ROLE researcher;
SET memreg.purpose = 'research';
SELECT id, name FROM member ORDER BY 1;
END
}

sub holds
{
	my ($token) = @_;

	return query("SET ROLE web; SET memreg.purpose = 'self'; SET memreg.subject = '$token'; SELECT id FROM member");
}

# The stored keys, to the byte.
sub stored
{
	return join ' ', map { query(q{SELECT md5(string_agg(s::text || k, '' ORDER BY k.scope_id, k.version)) FROM memreg.scope s JOIN memreg.scope_key k USING (scope_id)}, $_) } @_;
}

sub wrapped_under
{
	return query(q{SELECT string_agg(n || ' ' || w, ', ' ORDER BY w) FROM (SELECT count(*) AS n, wrapped_under AS w FROM memreg.key_status WHERE wrapped_under IS NOT NULL GROUP BY w) k}, @_);
}

# With key A: scopes, purposes, versions, sealed values, secrets, a token.
configure('A');
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE city; CREATE DATABASE bare; CREATE ROLE researcher; CREATE ROLE web');
foreach my $database (@databases)
{
	$node->safe_psql($database, <<'END');
CREATE EXTENSION memreg;
SET client_min_messages = error;
CREATE TABLE member (id bigint PRIMARY KEY, name text);
INSERT INTO member VALUES (1, 'one'), (2, 'two');
GRANT SELECT ON member TO researcher, web;
SECURITY LABEL FOR memreg ON COLUMN member.name IS 'nickname';
DO $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City'), memreg.create_register('people', 'Another', 'Example City');
	PERFORM memreg.create_purpose('members', 'research', 'public_task'), memreg.create_purpose('members', 'self', 'contract', reach => 'own');
	PERFORM memreg.set_treatment('members', 'research', 'nickname', 'pseudonym(university)') FROM memreg.create_scope('university');
	PERFORM memreg.set_treatment('members', 'self', 'subject_key', 'clear');
	PERFORM memreg.add_table('members', 'member', 'id', root => true), memreg.protect('member');
	PERFORM memreg.grant_access('researcher', 'members', 'research'), memreg.grant_access('web', 'members', 'self');
	PERFORM memreg.create_scope('phones'), memreg.create_scope('old'), memreg.rotate_scope('university'), memreg.rotate_scope('phones'), memreg.rotate_scope('phones');
	PERFORM memreg.retire_scope_version('phones', 2), memreg.destroy_scope('old');
END $$;
CREATE TABLE sealed AS SELECT memreg.seal_random('phones', 'x', 'c') AS token;
END
}
$node->safe_psql('bare', 'CREATE EXTENSION memreg');
my %expected = map { $_ => all_read($_) } @databases;
my $token_a = query(q{SELECT memreg.issue_subject_token('members', 1)});
my $wrapped = query('SELECT count(*) FROM memreg.scope_key WHERE wrapped_key IS NOT NULL');
my $stored = stored(@databases);

# Everything is as it was in both databases.
sub unchanged
{
	my ($when) = @_;

	is(all_read($_), $expected{$_}, "all reads as before: $when, $_") foreach @databases;
}

like($expected{postgres}, qr/^\{p2-.*,p1-.*\nx\n/, 'there is something to read');
is(holds($token_a), '1', 'a subject token holds');
is(wrapped_under(), "$wrapped present master key", 'the keys are wrapped under the present master key');
is(query('SELECT memreg.rewrap_keys()'), '0', 'nothing is to be rewrapped');
is(stored(@databases), $stored, 'nor is anything');

# With key B, and A as the previous one
start_with('B', 'A');
unchanged('before anything is rewrapped');
is(wrapped_under(), "$wrapped previous master key", 'the keys are wrapped under the previous master key');
is(query(q{SELECT string_agg(key || ' ' || state, ', ' ORDER BY key) FROM memreg.key_status WHERE key LIKE '%master key'}), 'master key in use, previous master key in use', 'both are there');
is(query(q{SELECT count(*) FROM memreg.key_status WHERE state IN ('retired', 'destroyed') AND wrapped_under IS NULL}), '2', 'what has ended is wrapped under none');
is(holds($token_a), '1', 'the token holds');
foreach my $storing (
	q{SELECT memreg.create_scope('new')},
	q{SELECT memreg.rotate_scope('university')},
	q{SELECT memreg.create_purpose('members', 'new', 'contract')},
	q{SELECT memreg.new_scope_key('new', 1)},
	q{SELECT memreg.master_fingerprint()},
	q{SELECT memreg.subject_pseudonym('university', 'people', 1)},
	q{SELECT memreg.issue_subject_token('members', 1)})
{
	is(query($storing), 'MR104', "not before keys are rewrapped: $storing");
}
is(query(q{SELECT memreg.subject_pseudonym('university', 'members', 77) IS NOT NULL}), 't', 'what only uses stored keys goes on');
is(query(q{BEGIN; SELECT memreg.retire_scope_version('university', 1); SELECT memreg.destroy_scope('phones'); ROLLBACK}) =~ /MR/ ? 'refused' : 'done', 'done', 'and what only ends some');
is(stored(@databases), $stored, 'nothing was written');
is(query(q{SELECT memreg.create_scope('new')}, 'bare'), '', 'a database without keys begins with the new one');
is(wrapped_under('bare'), '1 present master key', 'at once');

# The other way round is harmless: A is good, and B previous.
start_with('A', 'B');
unchanged('with the keys the wrong way round');
is(wrapped_under(), "$wrapped present master key", 'the keys are under the present one then');
is(query('SELECT memreg.rewrap_keys()'), '0', 'and nothing is rewrapped');
is(query(q{SELECT memreg.create_scope('another')}, 'bare'), 'MR104', 'the database that began with the other one is told');
is(stored(@databases), $stored, 'nothing is written');
start_with('B', 'A');

# Broken off: rolled back, cancelled while it waits, terminated, with the server
is(query('BEGIN; SELECT memreg.rewrap_keys(); ROLLBACK'), $wrapped, 'rewrapped and rolled back');
is(stored(@databases), $stored, 'nothing has changed');
unchanged('after a rollback');

sub in_transaction
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query_safe('SELECT pg_backend_pid()');

	$session->query_safe('BEGIN');
	is($session->query_safe('SELECT memreg.rewrap_keys(3)'), '3', 'three keys are rewrapped, and not committed');
	return ($session, $pid);
}

sub wait_until
{
	my ($condition) = @_;

	$node->poll_query_until('postgres', "SELECT $condition") or die "not in time: $condition";
}

my ($session, $pid) = in_transaction();
unchanged('beside it');
my $waiting = $node->background_psql('postgres', on_error_stop => 0);
my $waiting_pid = $waiting->query_safe('SELECT pg_backend_pid()');
$waiting->query_until(qr/begun/, "\\echo begun\nSELECT memreg.rewrap_keys();\n");
wait_until("EXISTS (SELECT FROM pg_stat_activity WHERE pid = $waiting_pid AND wait_event_type = 'Lock')");
$node->safe_psql('postgres', "SELECT pg_cancel_backend($waiting_pid)");
wait_until("EXISTS (SELECT FROM pg_stat_activity WHERE pid = $waiting_pid AND state = 'idle')");
$waiting->quit;
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid, 10000)");
wait_until("NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)");
$session->{run}->kill_kill;
is(stored(@databases), $stored, 'a session that was terminated has changed nothing, nor has one that was cancelled');
unchanged('after that');

($session, $pid) = in_transaction();
$node->stop('immediate');
$session->{run}->kill_kill;
$node->start;
is(stored(@databases), $stored, 'a server that was stopped in the middle has changed nothing');
unchanged('after a crash');

# A part at a time, and what goes on beside it
is(query('SELECT memreg.rewrap_keys(at_most => 1)'), '1', 'one key is rewrapped');
is(wrapped_under(), '1 present master key, ' . ($wrapped - 1) . ' previous master key', 'as key_status says');
unchanged('with one key rewrapped');
is(query(q{SELECT memreg.create_scope('new')}), '', 'then new keys are wrapped under the new one');
like(my $token_b = query(q{SELECT memreg.issue_subject_token('members', 2)}), qr/^mr1\./, 'and tokens signed with it');
is(holds($token_a) . holds($token_b), '12', 'both tokens hold');
is(query('SELECT memreg.rewrap_keys(0)'), '0', 'none, when none is asked for');
start_with('A', 'B');
unchanged('half-way, the wrong way round');
start_with('B', 'A');

my $reader = $node->background_psql('postgres', on_error_stop => 0);
$reader->query_safe(<<'END');
CREATE FUNCTION read_on() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	seen text[] := '{}';
	answer text;
	turns int := 0;
BEGIN
	PERFORM pg_advisory_unlock(1);
	LOOP
		SELECT concat_ws(' ', memreg.pseudonym('university', 'x'), memreg.pseudonyms_uuid('university', 'x'), memreg.seal('phones', 'x'), memreg.subject_pseudonym('university', 'members', 1)) INTO answer;
		IF answer <> ALL (seen) THEN
			seen := seen || answer;
		END IF;
		turns := turns + 1;
		EXIT WHEN turns >= 50 AND NOT EXISTS (SELECT FROM memreg.key_status WHERE wrapped_under = 'previous master key') OR turns = 1000000;
	END LOOP;
	RETURN array_length(seen, 1) || CASE WHEN turns = 1000000 THEN ' and no end' ELSE '' END;
END $$;
END
$reader->query_safe('SELECT pg_advisory_lock(1)');
$reader->query_until(qr/begun/, "\\echo begun\nSELECT read_on();\n");
$node->safe_psql('postgres', 'SELECT pg_advisory_lock(1)'); # it has begun
is(query('SELECT memreg.rewrap_keys(at_most => 2)'), '2', 'two more');

# Two at once
my $rest = $wrapped - 3;
my @two = map { $node->background_psql('postgres', on_error_stop => 0) } 1 .. 2;
my $second_pid = $two[1]->query_safe('SELECT pg_backend_pid()');
$two[0]->query_safe('BEGIN');
is($two[0]->query_safe('SELECT memreg.rewrap_keys(2)'), '2', 'one session rewraps two');
$two[1]->query_until(qr/begun/, "\\echo begun\nSELECT 'rest ' || memreg.rewrap_keys();\n");
wait_until("EXISTS (SELECT FROM pg_stat_activity WHERE pid = $second_pid AND wait_event_type = 'Lock')");
$two[0]->query_safe('COMMIT');
like($two[1]->query('SELECT 1'), qr/^rest @{[ $rest - 2 ]}$/m, 'another waits for it and does the others');
$_->quit foreach @two;
is(query('SELECT memreg.rewrap_keys()'), '0', 'none is left');
like($reader->query('SELECT 1'), qr/^1\n1$/, 'a session that reads all the while sees the same');
$reader->quit;
is(wrapped_under(), ($wrapped + 1) . ' present master key', 'all are wrapped under the new one');
is(wrapped_under('city'), "$wrapped previous master key", 'in this database');
is(query('SELECT memreg.rewrap_keys()', 'city'), $wrapped, 'the other is done in its turn');
unchanged('when all is rewrapped');
isnt(stored($_), (split / /, $stored)[ $_ eq 'city' ], "the stored keys are others: $_") foreach @databases;
$stored = stored(@databases);
is(query(q{SELECT count(DISTINCT wrapped_key) = count(wrapped_key) FROM memreg.scope_key}), 't', 'and no two the same');

# B alone
start_with('B');
unchanged('with the new key alone');
is(holds($token_a), 'MR341', 'a token that the former key signed holds no more');
is(holds($token_b), '2', 'one that the new one signed does');
is(query(q{SELECT memreg.rotate_scope('new')}), '2', 'keys are made');
is(query('SELECT memreg.rewrap_keys()'), '0', 'nothing is to be rewrapped');
$stored = stored(@databases);

# A alone, or with C, is the wrong one.
foreach my $wrong ([ 'A' ], [ 'A', 'C' ])
{
	start_with(@$wrong);
	foreach my $using (
		q{SELECT memreg.pseudonym('university', 'x')}, q{SELECT memreg.pseudonyms('university', 'x')}, q{SELECT memreg.seal('phones', 'x')}, q{SELECT memreg.unseal('phones', token, 'Test', 'c') FROM sealed},
		q{SELECT memreg.subject_pseudonym('university', 'members', 1)}, q{SELECT memreg.subject_pseudonym('university', 'members', 99)},
		q{SELECT memreg.create_scope('newer')}, q{SELECT memreg.rotate_scope('university')}, q{SELECT memreg.issue_subject_token('members', 1)}, q{SELECT memreg.rewrap_keys()},
		q{SET ROLE researcher; SET memreg.purpose = 'research'; SELECT id FROM member})
	{
		is(query($using), 'MR102', "with @$wrong: $using");
	}
	is(wrapped_under(), ($wrapped + 2) . ' unknown master key', "the keys are under neither of @$wrong");
	is(stored(@databases), $stored, "and nothing was written with @$wrong");
}

# B with another previous one, with itself, with none that can be read
start_with('B', 'C');
unchanged('with a previous key that nothing is wrapped under');
is(holds($token_b), '2', 'tokens hold');
is(query('SELECT memreg.rewrap_keys()'), '0', 'nothing is to be rewrapped');
start_with('B', 'B');
unchanged('with the same key twice');
is(wrapped_under(), ($wrapped + 2) . ' present master key', 'which is the present one');
start_with('B', 'missing');
unchanged('without the previous key that was configured');
is(query(q{SELECT state, detail FROM memreg.key_status WHERE key = 'previous master key'}), 'absent|the key file could not be opened: No such file or directory', 'why it is absent is in key_status');
like(slurp_file($node->logfile), qr/LOG: .*memreg starts without the previous master key: the key file could not be opened/, 'and in the log');
is(stored(@databases), $stored, 'nothing is written');
$node->stop;

# The same without a server: single-user mode loads memreg as a server does, and is quicker.
foreach my $wrong (
	[ 'missing', 'the key file could not be opened: No such file or directory' ],
	[ 'open', 'somebody else than the server\'s user' ],
	[ "memreg.previous_master_key_file = '/dev/zero'", 'the key file was no regular file' ],
	[ "memreg.previous_master_key_command = 'exit 3'", 'the key command failed with exit code 3' ],
	[ "memreg.previous_master_key_command = 'echo 77'", 'the key command gave something else than 64 hexadecimal digits' ],
	[ "memreg.previous_master_key_command = 'echo $key{A}'\nmemreg.previous_master_key_file = '$directory/A'", 'both memreg.previous_master_key_command and memreg.previous_master_key_file were set' ])
{
	my ($source, $why) = @$wrong;
	my ($out, $error);

	configure('B', $source);
	run_log([ 'postgres', '--single', '-j', '-D', $node->data_dir, 'postgres' ],
		'<', \"SELECT memreg.pseudonym('university', 'x'), memreg.master_key_absence(true);\n\n", '>', \$out, '2>', \$error);
	like($out, qr/pseudonym = "p2-.*master_key_absence = ".*\Q$why\E/s, "no previous key: $why");
	like($error, qr/memreg starts without the previous master key: .*\Q$why\E/, 'which is said at the start');
}
configure('missing', 'A');
run_log([ 'postgres', '--single', '-j', '-D', $node->data_dir, 'postgres' ], '<', \"SELECT memreg.pseudonym('university', 'x');\n\n", '>', \my $out, '2>', \my $error);
like($error, qr/MR101: the master key is not available/, 'a previous key does not stand in for the present one');
done_testing();
