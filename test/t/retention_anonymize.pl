# A worker that is killed in mid-run leaves each row anonymous or as it was, the
# next one finishes, and nothing leads from a row to a person: keys are the same
# for one person as far as one process got, and no further.  They are dumped.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('anonymize');
my $people = 1500;

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.retention_max_share = 1
restart_after_crash = on
END
$node->start;
# Of each person three rows, far apart; 2 ms for each row.
$node->safe_psql('postgres', <<"END");
CREATE EXTENSION memreg;
CREATE TABLE answer (id bigint NOT NULL, n int, email text, at timestamptz);
INSERT INTO answer SELECT 70000000 + p, n, 'canary' || p, '2000-01-01' FROM generate_series(1, 3) n, generate_series(1, $people) p;
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END';
CREATE TRIGGER take_time BEFORE UPDATE ON answer FOR EACH ROW EXECUTE FUNCTION take_time();
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_purpose('members', 'archive', 'public_task');
SELECT memreg.add_table('members', 'answer', 'id');
SECURITY LABEL FOR memreg ON COLUMN answer.n IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN answer.at IS 'nonpersonal';
SELECT memreg.add_retention('members', 'answer', '1 year', 'at', 'anonymize(archive)');
END

wait_for('SELECT count(*) FROM memreg.retention_progress WHERE rows_removed > 0', 1, 'the worker is at work');
$node->safe_psql('postgres', q{SELECT pg_logical_emit_message(true, 'test', '')}); # its commit takes the batches before it to disk
kill 'KILL', $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'memreg retention worker'});
wait_for(undef, '', 'the server answers after SIGKILL of the worker');
is($node->safe_psql('postgres', 'SELECT count(*) FROM answer WHERE (id < 0) <> (email IS NULL)'), 0, 'no row is half anonymous');
is($node->safe_psql('postgres', 'SELECT count(*) FROM answer WHERE id < 0 AND id::text NOT IN (SELECT key FROM memreg.anonymous_subject)'), 0, 'each key is known');
is($node->safe_psql('postgres', 'SELECT count(*) FROM memreg.anonymous_subject WHERE key::bigint NOT IN (SELECT id FROM answer)'), 0, 'and none other');
my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM answer WHERE id < 0');
cmp_ok($before, '>', 0, 'some rows were anonymous');
cmp_ok($before, '<', $people * 3, 'and some not');
$node->safe_psql('postgres', 'CREATE TABLE first_keys AS SELECT DISTINCT id FROM answer WHERE id < 0');

$node->safe_psql('postgres', q{CREATE OR REPLACE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'});
wait_for('SELECT count(*) FROM answer WHERE id > 0', 0, 'the next worker finishes');
wait_for(q{SELECT count(*) FROM memreg.retention_run WHERE outcome = 'done'}, 1, 'and says so');
is($node->safe_psql('postgres', 'SELECT count(*), count(email) FROM answer'), $people * 3 . '|0', 'every row is there, without its address');
is($node->safe_psql('postgres', 'SELECT sum(rows_removed) FROM memreg.retention_run'), $people * 3, 'the history counts each row once');
is($node->safe_psql('postgres', 'SELECT max(c) FROM (SELECT count(*) c, count(DISTINCT n) d FROM answer GROUP BY id) k WHERE c <> d'), '', q{a key is one person's});
is($node->safe_psql('postgres', 'SELECT count(*) FROM answer WHERE id IN (SELECT id FROM first_keys)'), $before,
	'what came after the crash has other keys than what came before');

# A dump brings the keys along: the restored rows are still those of nobody.
$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$node->restart;
my $dump = $node->backup_dir . '/anonymize.dump';
$node->run_log(['pg_dump', '-Fc', '-f', $dump, '-d', $node->connstr('postgres')]);
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok(['pg_restore', '-d', $node->connstr('restored'), $dump], 'restored');
is($node->safe_psql('restored', 'SELECT rows_due FROM memreg.retention_due'), 0, 'and not due');
is($node->safe_psql('restored', 'SELECT count(*) FROM memreg.anonymous_subject'), $node->safe_psql('postgres', 'SELECT count(*) FROM memreg.anonymous_subject'), 'with the keys');

$node->stop;
done_testing();

sub wait_for
{
	my ($query, $answer, $name) = @_;

	ok($node->poll_query_until('postgres', $query, $answer), $name);
}
