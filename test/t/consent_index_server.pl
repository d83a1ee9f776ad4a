# What can happen to an index on a server: it does not fit into its memory, loads are broken off, sessions are killed, the server crashes,
# extensions and databases come and go. The answers are right all the while, and afterwards there is an index again.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = PostgreSQL::Test::Cluster->new('server');
my $bound = q{SET ROLE researcher; SET memreg.purpose = 'research';};
my $look = q{SELECT count(*), min(n), max(n) FROM member};
my $verify = 'SELECT DISTINCT missing, surplus FROM memreg.verify_consent_index()';

# A register of uuids: number n's key is made of n. A tenth of the subjects has a row.
my $declare = <<'END';
CREATE EXTENSION memreg;
CREATE FUNCTION key(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(n::text)::uuid $$;
CREATE TABLE member (id uuid, n int);
INSERT INTO member SELECT key(n), n FROM generate_series(1, 5000) n;
SECURITY LABEL FOR memreg ON COLUMN member.n IS 'nonpersonal';
GRANT SELECT ON member TO researcher;
SELECT memreg.create_register('members', 'Members', 'An association', 'uuid');
SELECT memreg.create_purpose('members', 'research', 'consent'), memreg.add_table('members', 'member', 'id');
SELECT memreg.grant_access('researcher', 'members', 'research'), memreg.protect('member');
CREATE FUNCTION consent(low int, high int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO memreg.consent_state (purpose_id, subject, granted, changed_at, events, changed)
	SELECT purpose_id, key(n), true, now(), 1, true FROM memreg.purpose, generate_series(low, high) n
	ON CONFLICT (purpose_id, subject) DO UPDATE SET granted = true $$;
CREATE FUNCTION withdraw(number int) RETURNS bigint LANGUAGE sql AS $$ SELECT memreg.withdraw_consent('members', key(number), 'research') $$;
END

sub seen
{
	my ($database) = @_;

	return $node->safe_psql($database || 'postgres', "$bound $look");
}

sub sql
{
	return $node->safe_psql('postgres', join('', @_));
}

# Run statements, as sessions at work do, until they answer so.
sub comes
{
	my ($statements, $expected, $name) = @_;
	my $answer = '';

	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		last if ($answer = sql($statements)) eq $expected;
		sleep 0.1;
	}
	is($answer, $expected, $name);
}

sub index_comes
{
	my ($name) = @_;

	comes("$bound SELECT count(*) FROM member WHERE n = 0; RESET ROLE; SELECT count(*) FROM memreg.consent_index", "0\n1", $name);
	is(sql($verify), '0|0', 'and it is right');
}

sub set_memory
{
	my ($memory) = @_;

	$node->append_conf('postgresql.conf', "memreg.consent_index_memory = '$memory'");
	$node->reload;
	$node->poll_query_until('postgres', "SELECT pg_size_bytes(current_setting('memreg.consent_index_memory')) = pg_size_bytes('$memory')");
}

$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "memreg.retention_naptime = 0\nlog_statement = none\nmax_worker_processes = 16\nrestart_after_crash = on\nmemreg.consent_index_memory = 1MB");
$node->start;
sql('CREATE ROLE researcher;', $declare, 'SELECT consent(1, 50000)');

# Memory.
my $start = -s $node->logfile;
is(seen(), '5000|1|5000', 'an index that does not fit is not needed');
my $log = substr(slurp_file($node->logfile), $start);
like($log, qr/does not fit into memreg\.consent_index_memory/, 'the log says so');
like($log, qr/HINT:.*Raise memreg\.consent_index_memory, now 1 MB/, 'and what to do');
sql('SELECT withdraw(1), withdraw(5000)');
is(seen(), '4998|2|4999', 'what is withdrawn binds');
is(sql('SELECT memreg.refresh_consent_index()'), 'f', 'there is none');
like(($node->psql('postgres', 'SELECT * FROM memreg.verify_consent_index()'))[2], qr/there is no consent index now/, 'and verify says so');
like(($node->psql('postgres', 'SELECT memreg.load_consent_index()'))[2], qr/could not be loaded/, 'nor can one be loaded');
set_memory('8MB');
is(seen(), '4998|2|4999', 'with more memory');
is(sql($verify), '0|0', 'there is one again');
is(sql('SELECT memreg.load_consent_index()'), '49998', 'which can be loaded anew beside itself') for 1 .. 2;

# One that grows out of its memory.
set_memory('4MB');
sql('SELECT memreg.reset_consent_index()');
seen();
sql('SELECT consent(50001, 150000); SELECT withdraw(2)');
is(seen(), '4997|3|4999', 'it does not fit any more');
set_memory('64MB');
index_comes('with more memory it does');

# A load would have to wait for objections, which research does not ask.
my $locker = $node->background_psql('postgres', on_error_stop => 0);
$locker->query_safe('BEGIN; SELECT memreg.reset_consent_index(); LOCK TABLE memreg.objection_state IN ACCESS EXCLUSIVE MODE');
is(sql("$bound SET statement_timeout = '20s'; $look"), '4997|3|4999', 'nobody waits for a table that is not asked');
sql('SELECT withdraw(3)');
is(sql("$bound SET statement_timeout = '20s'; $look"), '4996|4|4999', 'what is withdrawn binds');
$locker->query_safe('COMMIT');
$locker->quit;
index_comes('then there is an index');

# Broken off early and late, also within a transaction that goes on.
foreach my $time (1, 2, 5, 10, 20, 50, 100)
{
	sql('SELECT memreg.reset_consent_index()');
	$node->psql('postgres', "$bound SET statement_timeout = '${time}ms'; $look");
	$node->psql('postgres', "SELECT memreg.reset_consent_index(); BEGIN; $bound SET LOCAL statement_timeout = '${time}ms'; SAVEPOINT s; $look; ROLLBACK TO s; RESET statement_timeout; $look; COMMIT",
		on_error_stop => 0);
	is(seen(), '4996|4|4999', "a load that may take $time ms");
}
sql('SELECT withdraw(4)');
index_comes('there is an index again');
is(seen(), '4995|5|4999', 'that knows what was withdrawn');

# Whoever loads is killed, a session or a worker.
sql('SELECT memreg.reset_consent_index()');
my ($out, $err);
my @sessions = map { IPC::Run::start([ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-c', "$bound $look" ], '>', \$out, '2>', \$err) } 1 .. 4;
sql('SELECT pg_terminate_backend(pid) FROM memreg.consent_index_progress') for 1 .. 20;
$_->finish foreach @sessions;
is(seen(), '4995|5|4999', 'others answer');
index_comes('in the end it is loaded');

# What is applied, and not done here.
sql(q{SET session_replication_role = replica; UPDATE memreg.consent_state SET granted = false WHERE subject = key(5)::text});
is(seen(), '4994|6|4999', 'what a subscription applies binds');
sql(q{CREATE PUBLICATION everything FOR ALL TABLES; UPDATE memreg.consent_feed_trim SET next_at = now() - interval '1 hour'; SELECT memreg.trim_consent_feed(); DROP PUBLICATION everything});
sql('SELECT withdraw(4999)');
is(seen(), '4993|6|4998', 'a feed that is published can be trimmed');

# Ends of the server.
sql('SELECT withdraw(6)');
$node->stop('immediate');
$node->start;
is(seen(), '4992|7|4998', 'after a crash');
sql('SELECT withdraw(7)');
$node->restart;
is(seen(), '4991|8|4998', 'after a restart');
sql(q{SET synchronous_commit = off; SELECT withdraw(8)});
my $walwriter = sql(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'});
kill 'KILL', $walwriter;
sleep 0.1 until $node->psql('postgres', "SELECT 1 / count(*) FROM pg_stat_activity WHERE backend_type = 'walwriter' AND pid <> $walwriter") == 0;
is(seen(), sql("SELECT count(*), min(n), max(n) FROM member JOIN memreg.consent_state ON subject = id::text AND granted"), 'after a process was killed');
index_comes('and there is an index');

# Databases of the same identifiers, and what became of them.
sql('CREATE DATABASE one');
$node->safe_psql('one', "$declare SELECT consent(1, 10)");
is(seen('one'), '10|1|10', 'another database');
sql('CREATE DATABASE two TEMPLATE one');
is(seen('two'), '10|1|10', 'a copy of it');
$node->safe_psql('two', 'SELECT withdraw(1), withdraw(2)');
$node->safe_psql('one', 'SELECT withdraw(10)');
is(seen('one') . ' ' . seen('two'), '9|1|9 8|3|10', 'each has its own');
my $oid = sql(q{SELECT oid FROM pg_database WHERE datname = 'two'});
sql('DROP DATABASE two');
SKIP:
{
	skip 'a database cannot be given an OID', 1 if $node->psql('postgres', "CREATE DATABASE two TEMPLATE one OID $oid") != 0;
	is(seen('two'), '9|1|9', 'a database of the same name and OID');
}
$node->psql('postgres', 'DROP DATABASE two');
$node->safe_psql('one', "SELECT consent(11, 20)");
$node->safe_psql('one', "DROP EXTENSION memreg CASCADE; DROP TABLE member; DROP FUNCTION key, consent, withdraw; $declare SELECT consent(100, 101)");
is(seen('one'), '2|100|101', 'another extension in the same database');

# A dump.
sql('CREATE DATABASE restored');
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '--format=custom', "--file=$dump", '-d', $node->connstr('one') ], 'dump');
$node->command_ok([ 'pg_restore', '--jobs=2', '--exit-on-error', '-d', $node->connstr('restored'), $dump ], 'restore');
is(seen('restored'), '2|100|101', 'a database that was restored');
$node->safe_psql('restored', 'SELECT withdraw(100)');
is(seen('restored') . ' ' . seen('one'), '1|101|101 2|100|101', 'has an index of its own');
is($node->safe_psql('restored', $verify), '0|0', 'which is right');
$node->stop;
done_testing();
