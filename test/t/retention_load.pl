# Members become active again, in several sessions, while the run goes over
# their table: whoever did is still there afterwards, everybody else is gone.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('load');
my $members = 60_000;

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 0
memreg.retention_max_share = 1
END
$node->start;
$node->safe_psql('postgres', <<"END");
CREATE EXTENSION memreg;
CREATE TABLE member (id bigint NOT NULL, side int NOT NULL DEFAULT 0, last_active timestamptz) PARTITION BY LIST (side);
CREATE TABLE left_side PARTITION OF member FOR VALUES IN (0);
CREATE TABLE right_side PARTITION OF member FOR VALUES IN (1);
CREATE INDEX ON member (id);
CREATE TABLE renewed (id bigint NOT NULL);
INSERT INTO member SELECT n, n % 2, '2000-01-01' FROM generate_series(1, $members) n;
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'member', 'id');
SELECT memreg.add_retention('members', 'member', '6 months', 'last_active');
END

# A renewal that commits; a move to the other partition; both at once; a renewal
# that is taken back.
my $script = $node->basedir . '/renew.sql';
append_to_file($script, <<"END");
\\set id random(1, $members)
\\set other random(1, $members)
\\set moved random(1, $members)
\\set taken_back random(1, $members)
WITH u AS (UPDATE member SET last_active = now() WHERE id = :id RETURNING id) INSERT INTO renewed SELECT id FROM u;
UPDATE member SET side = 1 - side WHERE id = :other;
WITH u AS (UPDATE member SET side = 1 - side, last_active = now() WHERE id = :moved RETURNING id)
INSERT INTO renewed SELECT id FROM u;
BEGIN;
UPDATE member SET last_active = now() WHERE id = :taken_back;
ROLLBACK;
END
my $users = IPC::Run::start(
	[ 'pgbench', '-n', '-c', 4, '-j', 1, '-T', 300, '--max-tries=1000', '-h', $node->host, '-p', $node->port, '-f', $script, 'postgres' ],
	'<', \undef, '>', \my $out, '2>', \my $err, init => sub { $ENV{PGAPPNAME} = 'member' });

ok($node->poll_query_until('postgres', 'SELECT count(*) > 200 FROM renewed'), 'members are active');
$node->safe_psql('postgres', 'CALL memreg.run_retention()');
my $raced = $node->safe_psql('postgres', 'SELECT count(*) FROM renewed');
$users->kill_kill;
ok($node->poll_query_until('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'member'}, 0),
	'the sessions have ended');

note("$raced renewals until the end of the run: " . $node->safe_psql('postgres',
	'SELECT outcome, rows_due, rows_removed, rows_skipped FROM memreg.retention_run'));
is($node->safe_psql('postgres', 'SELECT outcome FROM memreg.retention_run'), 'done', 'the run has ended well');
is($node->safe_psql('postgres', 'SELECT count(*) FROM (SELECT id FROM renewed EXCEPT SELECT id FROM member) lost'), 0,
	'nobody who became active is gone');
$node->safe_psql('postgres', 'CALL memreg.run_retention()');
is($node->safe_psql('postgres', q{SELECT count(*) FROM member WHERE last_active < '2001-01-01'}), 0,
	'everybody else is, after the next run');
is($node->safe_psql('postgres', 'SELECT count(*) FROM (SELECT id FROM renewed EXCEPT SELECT id FROM member) lost'), 0,
	'still without those who became active');
cmp_ok($raced, '>', 200, 'renewals went on during the run');

$node->stop;
done_testing();
