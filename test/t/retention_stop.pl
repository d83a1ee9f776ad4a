# Whatever a retention worker does or waits for, it ends within a second when it
# is told to, and so does the server.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# The server has a standby to wait for, which does not exist; only the workers do not wait.
$ENV{PGOPTIONS} = '-c synchronous_commit=local';
$PostgreSQL::Test::Utils::timeout_default = 60;
my $node = PostgreSQL::Test::Cluster->new('stop');
my $worker = q{FROM pg_stat_activity WHERE backend_type = 'memreg retention worker'};

$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.retention_max_share = 1
memreg.retention_busy_share = 1
synchronous_standby_names = 'nobody'
synchronous_commit = off
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
CREATE TABLE member (id bigint PRIMARY KEY, last_active timestamptz);
INSERT INTO member SELECT n, CASE WHEN n <= 10 THEN now() ELSE '2000-01-01' END FROM generate_series(1, 30000) n;
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.002); RETURN OLD; END';
CREATE TRIGGER take_time BEFORE DELETE ON member FOR EACH ROW EXECUTE FUNCTION take_time();
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'member', 'id', root => true);
SELECT memreg.add_retention('members', 'member', '6 months', 'last_active');
END

# Commits that wait for a standby: sessions do, workers do not, also when that is
# set while they are at work.
wait_for("SELECT count(*) $worker AND query LIKE '%removing%'", 1, 'a worker removes rows');
set_to('synchronous_commit = on');
my $removed = $node->safe_psql('postgres', 'SELECT sum(rows_removed) FROM memreg.retention_run');
wait_for("SELECT sum(rows_removed) > $removed + 400 FROM memreg.retention_run", 't', 'it does not wait for a standby');

ends('removes rows', "SELECT count(*) $worker AND wait_event = 'PgSleep'");

set_to('memreg.retention_max_rate = 10');
ends('rests', "SELECT count(*) $worker AND wait_event_type = 'Extension'");
set_to('memreg.retention_max_rate = 0');

my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE member; SELECT 1');
ends('waits for a lock', "SELECT count(*) $worker AND wait_event_type = 'Lock'");
wait_for("SELECT count(*) $worker AND wait_event_type = 'Lock'", 1, 'it comes back');
stops('waits for a lock');
eval { $holder->quit };

wait_for("SELECT count(*) $worker AND query LIKE '%removing%'", 1, 'a worker removes rows');
stops('removes rows');

set_to('memreg.retention_max_rate = 10');
wait_for("SELECT count(*) $worker AND wait_event_type = 'Extension'", 1, 'a worker rests');
stops('rests');
wait_for('SELECT attempts FROM memreg.retention_state', 1, 'a rule that gets on is not held up by a server that is stopped');

# A call in a session that waits for the standby.
set_to('memreg.retention_naptime = 0');
wait_for("SELECT count(*) $worker", 0, 'the workers are off');
$node->safe_psql('postgres', 'DROP TRIGGER take_time ON member');
{
	local $ENV{PGOPTIONS} = '-c synchronous_commit=on';
	my $caller = $node->background_psql('postgres');
	$caller->query_until(qr/begun/, "\\echo begun\nCALL memreg.run_retention();\n");
	wait_for(q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'}, 1, 'a call waits for a standby');
	stops('is a call that waits for a standby');
	eval { $caller->quit };
}

# All that is due goes in the end, and nothing else.
set_to("memreg.retention_max_rate = 0\nmemreg.retention_naptime = 1");
wait_for('SELECT count(*) FROM member', 10, 'the purge finishes');
wait_for(q{SELECT sum(rows_removed) FROM memreg.retention_run}, 29990, 'and the history counts each row once');
$node->stop('fast');
unlike(slurp_file($node->logfile), qr/terminated by signal|TRAP:|PANIC:/, 'no process crashed');
done_testing();

# Once the worker is where the query says.
sub ends
{
	my ($what, $where) = @_;

	wait_for($where, 1, "a worker $what");
	is($node->safe_psql('postgres', "SELECT pg_terminate_backend(pid, 1000) $worker"), 't', "it ends within a second");
}

sub stops
{
	my ($what) = @_;
	my $begin = time;

	$node->stop('fast');
	cmp_ok(time - $begin, '<', 3, "the server stops at once while a worker $what");
	$node->start;
}

sub set_to
{
	$node->append_conf('postgresql.conf', $_[0]);
	$node->reload;
}

sub wait_for
{
	my ($query, $answer, $name) = @_;

	ok($node->poll_query_until('postgres', $query, $answer), $name);
}
