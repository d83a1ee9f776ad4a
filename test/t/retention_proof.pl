# The proof of what retention removed: after a backend is killed between two batches, in another server after a dump
# and restore; what keeps removed rows physically there; what is seen of a run at work.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $directory = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('primary');
my $standby = PostgreSQL::Test::Cluster->new('standby');

$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 0
memreg.retention_max_share = 1
restart_after_crash = on
autovacuum = off
END
$node->start;
sql(<<'END');
CREATE EXTENSION memreg;
CREATE TABLE member (id bigint PRIMARY KEY, email text, at timestamptz);
CREATE INDEX ON member (email);
CREATE INDEX ON member (at);
CREATE TABLE copy (id bigint, at timestamptz);
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.002); RETURN OLD; END';
CREATE TRIGGER take_time BEFORE DELETE ON member FOR EACH ROW EXECUTE FUNCTION take_time();
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'member', 'id', root => true);
SELECT memreg.add_retention('members', 'member', '1 year', 'at', time_zone => 'UTC');
END
my $digest_of_gone = q{SELECT memreg.retention_digest(r, c.id, c.at) = r.rows_digest
  FROM memreg.retention_record r, (SELECT id, at FROM copy EXCEPT SELECT id, at FROM member %s) c WHERE r.run = %d GROUP BY r.*, r.rows_digest};
my $findings = 'SELECT * FROM memreg.verify_retention_records()';

# Killed between two batches, by itself and with the server: the record is of what is gone.
foreach my $way (
	[ 'SIGKILL of its backend', sub { kill 'KILL', $_[0]; } ],
	[ 'an immediate stop of the server', sub { $node->stop('immediate'); $node->start; } ],
	[ 'a terminated backend', sub { sql("SELECT pg_terminate_backend($_[0])"); } ])
{
	my ($name, $break) = @$way;

	fill(2000);
	my $run = start_run();
	wait_for(q{SELECT count(*) FROM memreg.retention_progress WHERE rows_removed > 0 AND phase = 'removing'}, 1, "$name: a run removes rows");
	my $number = sql(q{SELECT run_id FROM memreg.retention_progress});
	$break->(sql('SELECT pid FROM memreg.retention_progress'));
	$run->finish;
	wait_for('SELECT count(*) FROM memreg.retention_progress', 0, "$name: and ends");
	my $left = sql('SELECT count(*) FROM member');
	cmp_ok($left, '>', 0, "$name: some rows are left");
	is(sql("SELECT rows FROM memreg.coming_record WHERE run = $number"), 2000 - $left, "$name: what is gone was written down with it");

	sql('CREATE TABLE left_over AS TABLE member');
	sql('ALTER TABLE member DISABLE TRIGGER take_time; CALL memreg.run_retention(); ALTER TABLE member ENABLE TRIGGER take_time');
	is(sql("SELECT outcome, rows FROM memreg.retention_record WHERE run >= $number ORDER BY run"), 'interrupted|' . (2000 - $left) . "\ndone|$left",
		"$name: the next round writes the record, and one of its own");
	is(sql(sprintf(q{SELECT memreg.retention_digest(r, c.id, c.at) = r.rows_digest FROM memreg.retention_record r,
		(SELECT id, at FROM copy EXCEPT SELECT id, at FROM left_over) c WHERE r.run = %d GROUP BY r.*, r.rows_digest}, $number)), 't', "$name: it is of the rows that went");
	is(sql("SELECT memreg.retention_digest(r, c.id, c.at) = r.rows_digest FROM memreg.retention_record r, left_over c WHERE r.run > $number GROUP BY r.*, r.rows_digest"), 't',
		"$name: the other one of the rest");
	is(sql('SELECT count(*) FROM memreg.run_tally'), 0, "$name: nothing is left over");
	is(sql($findings), '', "$name: the chain is whole");
	sql('DROP TABLE left_over');
}

# The phases of a run.
fill(2000);
my $locker = $node->background_psql('postgres', on_error_stop => 0);
$locker->query_safe('BEGIN; LOCK TABLE member IN ACCESS EXCLUSIVE MODE');
my $run = start_run();
wait_for(q{SELECT phase FROM memreg.retention_progress}, 'waiting for a lock', 'a run waits for a lock');
$run->finish;
$locker->query_safe('COMMIT');
sql('UPDATE memreg.retention_state SET attempts = 0');
$run = start_run('SET memreg.retention_max_rate = 100;');
wait_for(q{SELECT phase FROM memreg.retention_progress WHERE rows_removed > 0}, 'resting', 'a run rests');
is(sql('SELECT rows_due = 2000 AND rows_removed > 0 AND rows_per_second > 0 AND estimated_end > now() AND pid IS NOT NULL FROM memreg.retention_progress'), 't', 'and says how far it is');
sql('SELECT pg_cancel_backend(pid) FROM memreg.retention_progress');
$run->finish;
sql('ALTER TABLE member DISABLE TRIGGER take_time; CALL memreg.run_retention()');
is(sql($findings), '', 'a cancelled run leaves a record as well');

# What keeps removed rows physically there: a snapshot, with earlier versions of the rows.
$node->backup('backup');
fill(100);
sql('VACUUM member');
my $old = $node->background_psql('postgres', on_error_stop => 0);
$old->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM copy');
my $holder = $old->query_safe('SELECT pg_backend_pid()');
sql(q{UPDATE member SET email = 'uusi' || id || '@example.org' WHERE id <= 10});
sql('CALL memreg.run_retention()');
sql('VACUUM member');
is(status(), 'held 100 10', 'rows that somebody may still see stay, and so do their earlier versions');
like(sql(physical('held_by')), qr/^session \S+ \(process $holder\) since /, 'it says who that is');
like(sql(physical('what_to_do')), qr/^Let this end, or end it: session .* Then VACUUM public\.member\.$/, 'and what to do');
is(sql(q{SELECT removed_rows_kept > '0' AND dead_rows >= 100 FROM memreg.retention_health}), 't', 'memreg.retention_health sees it');
$old->query_safe('COMMIT');
is(status(), 'awaits vacuum 100 10', 'when it has ended, vacuum can take them out');
sql('VACUUM member');
is(status(), 'gone 0 0', 'and then they are gone');

# A transaction that was prepared.
fill(100);
sql(q{BEGIN; INSERT INTO copy VALUES (0, NULL); PREPARE TRANSACTION 'old one'});
sql('CALL memreg.run_retention(); VACUUM member');
is(status(), 'held 100 0', 'a prepared transaction keeps rows');
like(sql(physical('held_by')), qr/prepared transaction "old one" since /, 'and is named');
sql(q{COMMIT PREPARED 'old one'});
sql('VACUUM member');
is(status(), 'gone 0 0', 'until it is finished');

# A replica: its queries, by way of a slot; WAL that it has not replayed; WAL that a slot keeps.
$node->safe_psql('postgres', q{SELECT pg_create_physical_replication_slot('to_standby')});
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->append_conf('postgresql.conf', <<'END');
primary_slot_name = 'to_standby'
hot_standby_feedback = on
wal_receiver_status_interval = 1s
max_standby_streaming_delay = -1
END
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
fill(100);
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
my $far = $standby->background_psql('postgres', on_error_stop => 0);
$far->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM member');
wait_for(q{SELECT xmin IS NOT NULL FROM pg_replication_slots}, 't', 'the standby says what its queries see');
sql('CALL memreg.run_retention(); VACUUM member');
is(status(), 'held 100 0', 'a query on a replica keeps rows');
like(sql(physical('held_by')), qr/replication slot to_standby/, 'and the slot is named');
$far->query_safe('COMMIT');
wait_for(physical('held_by IS NULL'), 't', 'until the query has ended');
sql('VACUUM member');
is(status(), 'gone 0 0', 'then vacuum takes them out');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('postgres', physical('state')), 'gone', 'a standby can be asked itself');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
fill(100);
sql('CALL memreg.run_retention()');
wait_for(q{SELECT state FROM memreg.physical_status((SELECT max(run) FROM memreg.retention_record)) WHERE place = 'replica standby'}, 'behind', 'a replica that still shows the rows');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
wait_for(q{SELECT count(*) FROM memreg.physical_status((SELECT max(run) FROM memreg.retention_record)) WHERE place = 'replica standby'}, '0', 'until it has replayed');
$standby->stop;
fill(100);
sql('CALL memreg.run_retention()');
is(sql(q{SELECT state FROM memreg.physical_status((SELECT max(run) FROM memreg.retention_record)) WHERE place = 'replication slot to_standby'}), 'keeps WAL', 'a slot that keeps WAL');
sql(q{SELECT pg_drop_replication_slot('to_standby')});

# Dumped, also in the middle of a run, and restored: the records are there and proven, the rows were never here.
fill(2000);
sql('ALTER TABLE member ENABLE TRIGGER take_time');
$run = start_run();
wait_for(q{SELECT count(*) FROM memreg.retention_progress WHERE rows_removed > 0}, 1, 'a run is at work');
command_ok([ 'pg_dump', '--dbname', $node->connstr('postgres'), '--file', "$directory/dump" ], 'dumped');
sql('SELECT pg_cancel_backend(pid) FROM memreg.retention_progress');
$run->finish;
my $records = 'SELECT r FROM memreg.retention_record r WHERE run < (SELECT run_id FROM memreg.run_tally UNION ALL SELECT max(run) FROM memreg.retention_record LIMIT 1) ORDER BY run';
foreach my $way ([ 'with the same key', '' ], [ 'with another key', q{memreg.master_key_command = 'printf %064d 7'} ], [ 'without a key', q{memreg.master_key_command = ''} ])
{
	my ($name, $setting) = @$way;
	my $other = PostgreSQL::Test::Cluster->new("restored $name" =~ tr/ /_/r);

	$other->init;
	$other->append_conf('postgresql.conf', "memreg.retention_naptime = 0\nmemreg.retention_max_share = 1\n$setting");
	$other->start;
	$other->safe_psql('postgres', 'CREATE DATABASE city TEMPLATE template0');
	command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $other->connstr('city'), '-f', "$directory/dump" ], "$name: restored");
	cmp_ok($other->safe_psql('city', 'SELECT count(*) FROM memreg.retention_record'), '>', 10, "$name: the records are there");
	my $found = $other->safe_psql('city', 'SELECT DISTINCT severity, finding FROM memreg.verify_retention_records()');
	is($found, $setting eq '' ? '' : 'warning|its seal cannot be looked at: the key is not available', "$name: what is found");
	is($other->safe_psql('city', 'SELECT DISTINCT state FROM memreg.physical_status((SELECT max(run) FROM memreg.retention_record))'), 'elsewhere', "$name: the rows were elsewhere");
	$other->safe_psql('city', 'ALTER TABLE member DISABLE TRIGGER take_time; CALL memreg.run_retention()');
	is($other->safe_psql('city', q{SELECT string_agg(outcome, ',' ORDER BY run) FROM (SELECT * FROM memreg.retention_record ORDER BY run DESC LIMIT 2) r}), 'interrupted,done',
		"$name: the run that was dumped at work has its record, and the next one goes on");
	is($other->safe_psql('city', 'SELECT count(*) FROM member'), 0, "$name: rows go");
	is($other->safe_psql('city', $findings), '', "$name: and the chain goes on") if $setting eq '';
	$other->stop;
}

$node->stop;
unlike(slurp_file($node->logfile), qr/TRAP:|PANIC:/, 'no process crashed by itself');
done_testing();

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

# So many rows past their term, and a copy of them.
sub fill
{
	sql(<<"END");
TRUNCATE member, copy;
INSERT INTO member SELECT n, 'jasen' || n || '\@example.org', '2001-01-01'::timestamptz + n * interval '1 hour' FROM generate_series(1, $_[0]) n;
INSERT INTO copy SELECT id, at FROM member;
END
}

# CALL memreg.run_retention() in a session of its own.
sub start_run
{
	my ($before) = @_;

	return IPC::Run::start([ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-c', $before // 'SELECT', '-c', 'CALL memreg.run_retention()' ], '>', \my $out, '2>', \my $err);
}

# What is left of the rows of the last run.
sub physical
{
	return "SELECT $_[0] FROM memreg.physical_status((SELECT max(run) FROM memreg.retention_record)) WHERE part = 'rows'";
}

sub status
{
	return sql(physical(q{concat_ws(' ', state, rows_there, versions_there)}));
}

sub wait_for
{
	my ($query, $answer, $name) = @_;

	ok($node->poll_query_until('postgres', $query, $answer), $name);
}
