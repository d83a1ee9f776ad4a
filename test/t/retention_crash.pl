# A worker or a server that is killed in mid-purge loses nothing, keeps nothing,
# and the purge finishes by itself afterwards.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('crash');
my $due = 3000;
my $kept = 500;

# Nobody waits for the batches of a run; a commit that is waited for takes all before it along.
my $bring_to_disk = q{SELECT pg_logical_emit_message(true, 'test', '')};

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.retention_max_share = 1
restart_after_crash = on
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
CREATE TABLE member (id bigint PRIMARY KEY, last_active timestamptz);
CREATE TABLE answer (member bigint REFERENCES member ON DELETE CASCADE);
CREATE INDEX ON answer (member);
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.002); RETURN OLD; END';
CREATE TRIGGER take_time BEFORE DELETE ON member FOR EACH ROW EXECUTE FUNCTION take_time();
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'member', 'id', root => true);
END

purge_and('SIGKILL of the worker', sub { kill 'KILL', worker(); });
purge_and('SIGKILL of the launcher', sub {
	kill 'KILL', $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'memreg retention launcher'});
});
purge_and('an immediate stop of the server', sub { $node->stop('immediate'); $node->start; });
purge_and('SIGTERM of the worker', sub { $node->safe_psql('postgres', 'SELECT pg_terminate_backend(' . worker() . ')'); });
purge_and('a cancelled statement of the worker', sub { $node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . worker() . ')'); });
purge_and('a fast stop of the server', sub {
	my $begin = time;

	$node->stop('fast');
	cmp_ok(time - $begin, '<', 5, 'a worker in mid-purge does not hold up a fast shutdown');
	$node->start;
});

# A crash before the first row, while the run looks at the table: what was going
# to be done was written down, so it is not tried again at once.
$node->safe_psql('postgres', 'SELECT memreg.remove_retention(rule_id) FROM memreg.retention_rule; DELETE FROM memreg.run');
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE member; SELECT 1');
$node->safe_psql('postgres', <<'END');
CREATE TABLE other (id bigint, at date);
INSERT INTO other SELECT n, '2000-01-01' FROM generate_series(1, 10) n;
SELECT memreg.add_table('members', 'other', 'id');
INSERT INTO memreg.retention_rule (relation, term, since, action, stage, time_zone)
VALUES ('member', '6 months', 'last_active', 'delete', 'removal', 'UTC'), ('other', '1 year', 'at', 'delete', 'removal', 'UTC');
INSERT INTO memreg.retention_state (rule_id, next_attempt_at)
SELECT rule_id, now() - CASE WHEN relation = 'member'::regclass THEN interval '1 day' ELSE '1 hour' END FROM memreg.retention_rule;
END
wait_for(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'memreg retention worker' AND wait_event_type = 'Lock'
	AND query LIKE 'memreg: retention rule % looking at public.member'}, 1, 'a worker looks at a table, the rule longest overdue first');
kill 'KILL', worker();
eval { $holder->quit };
wait_for(undef, '', 'the server answers');
cmp_ok($node->safe_psql('postgres', q{SELECT attempts FROM memreg.retention_due WHERE relation = 'member'::regclass}), '>=', 1,
	'the attempt was counted before it began');
wait_for(q{SELECT count(*) FROM other}, 0, 'the rule behind it has its turn');
wait_for(q{SELECT count(*) FROM memreg.retention_state WHERE attempts > 0}, 0, 'and so has the rule at which it crashed');

# A rule that brings the server down each time: others go on, and it is tried
# ever more rarely.
$node->safe_psql('postgres', <<'END');
CREATE TABLE deadly (id bigint, at date);
INSERT INTO deadly VALUES (1, '2000-01-01');
CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN COPY (SELECT pg_backend_pid()) TO PROGRAM 'xargs kill -9'; PERFORM pg_sleep(100); RETURN OLD; END $$;
CREATE TRIGGER crash BEFORE DELETE ON deadly FOR EACH ROW EXECUTE FUNCTION crash();
CREATE FUNCTION mend() RETURNS int LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN DROP TRIGGER IF EXISTS crash ON deadly; RETURN 1; END $$;
SELECT memreg.add_table('members', 'deadly', 'id');
SELECT memreg.add_retention('members', 'deadly', '1 year', 'at');
INSERT INTO other SELECT n, '2000-01-01' FROM generate_series(1, 10) n;
END
# The server may be down for a moment whenever it is asked.
wait_for(q{SELECT count(*) FROM memreg.retention_state s JOIN memreg.retention_rule r USING (rule_id)
	WHERE r.relation = 'deadly'::regclass AND s.attempts >= 3 AND s.next_attempt_at > now() + interval '2 seconds'}, 1,
	'a rule that crashes the server is counted, and waits longer each time');
wait_for('SELECT count(*) FROM other', 0, 'while others go on');
wait_for('SELECT count(*) FROM deadly', 1, 'its row is there');
wait_for('SELECT mend()', 1, 'somebody mends what crashes');
wait_for('SELECT count(*) FROM deadly', 0, 'and goes when nothing crashes');

$node->stop;
done_testing();

# Let the worker begin to remove, break it off, and see how it ends.
sub purge_and
{
	my ($what, $break) = @_;

	refill();
	wait_for('SELECT count(*) FROM memreg.retention_progress WHERE rows_removed > 0', 1,
		"the worker is at work before $what");
	$node->safe_psql('postgres', $bring_to_disk);
	$break->();
	wait_for(undef, '', "the server answers after $what");
	my $left = $node->safe_psql('postgres', q{SELECT count(*) FROM member WHERE last_active < '2001-01-01'});
	cmp_ok($left, '>', 0, "$what came in mid-purge");
	cmp_ok($left, '<', $due, 'when some rows had gone');

	# Faster from here on.
	$node->safe_psql('postgres',
		q{CREATE OR REPLACE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'});
	wait_for(q{SELECT count(*) FROM member WHERE last_active < '2001-01-01'}, 0, "the purge finishes after $what");
	wait_for(q{SELECT count(*) FROM memreg.retention_run WHERE outcome = 'done'}, 1, 'and says so');
	is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT a.member) FROM member m JOIN answer a ON a.member = m.id'),
		"$kept|$kept", 'no other row is gone');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM answer'), $kept, 'and none half gone');
	is($node->safe_psql('postgres', 'SELECT sum(rows_removed) FROM memreg.retention_run'), $due,
		'the history counts each row once');
	is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT outcome, ',' ORDER BY outcome) FROM memreg.retention_run}),
		'done,interrupted', 'and tells what happened');
}

sub refill
{
	$node->safe_psql('postgres', <<"END");
SELECT memreg.remove_retention(rule_id) FROM memreg.retention_rule;
DELETE FROM memreg.run;
TRUNCATE member, answer;
INSERT INTO member SELECT n, CASE WHEN n <= $due THEN '2000-01-01' ELSE now() END FROM generate_series(1, $due + $kept) n;
INSERT INTO answer SELECT id FROM member;
CREATE OR REPLACE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.002); RETURN OLD; END';
SELECT memreg.add_retention('members', 'member', '6 months', 'last_active');
END
}

sub worker
{
	return $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'memreg retention worker'});
}

sub wait_for
{
	my ($query, $answer, $name) = @_;

	ok($node->poll_query_until('postgres', $query, $answer), $name);
}
