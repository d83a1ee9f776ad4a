# The launcher and its workers: what they do by themselves, and what they must
# survive.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('worker');

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.max_workers = 1
memreg.retention_max_share = 1
END
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE "App ""2"""');
$node->safe_psql('postgres', 'CREATE DATABASE idle');
$node->safe_psql('postgres', 'CREATE DATABASE frozen');

# Every database that has the extension, one worker at a time.
foreach my $database ('postgres', 'App "2"')
{
	$node->safe_psql($database, 'CREATE EXTENSION memreg');
	prepare($database, 1000);
	wait_for($database, 'SELECT count(*) FROM member', 10, "rows go by themselves in $database");
	wait_for($database, 'SELECT outcome, rows_removed FROM memreg.retention_run', 'done|990', 'once');
}
my $at_once = $node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'memreg retention launcher'});
is($at_once, 1, 'there is one launcher');

# A new rule waits; a rule that fails comes back, ever more rarely, others meanwhile.
my $waited = $node->safe_psql('postgres',
	'SELECT started_at >= created_at + interval \'1 second\' FROM memreg.retention_run JOIN memreg.retention_rule ON rule_id = rule');
is($waited, 't', 'a new rule first runs one naptime later');
$node->safe_psql('postgres', <<'END');
CREATE TABLE broken (id bigint NOT NULL, at date);
INSERT INTO broken VALUES (1, '2000-01-01');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', 'made-up' || '-secret'; END $$;
CREATE TRIGGER refuse BEFORE DELETE ON broken FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT memreg.add_table('members', 'broken', 'id');
SELECT memreg.add_retention('members', 'broken', '1 year', 'at');
END
wait_for('postgres', q{SELECT count(*) FROM memreg.retention_run WHERE outcome = 'failed' AND error_sqlstate = 'P0001'}, 2,
	'a failing rule is tried again');
cmp_ok($node->safe_psql('postgres',
		q{SELECT max(attempts) FROM memreg.retention_due WHERE relation = 'broken'::regclass}), '>=', 2, 'and waits for longer');
$node->safe_psql('postgres', q{INSERT INTO member VALUES (11, '2000-01-01')});
wait_for('postgres', 'SELECT count(*) FROM member', 10, 'while others go on');
$node->safe_psql('postgres', 'DROP TRIGGER refuse ON broken');
wait_for('postgres', 'SELECT count(*) FROM broken', 0, 'until it works');
is($node->safe_psql('postgres', q{SELECT count(*) FROM memreg.retention_run r WHERE r::text LIKE '%secret%'}), 0,
	'what the trigger said is not kept');

# A stopped run, approved.
$node->append_conf('postgresql.conf', 'memreg.retention_max_share = 0.2');
$node->reload;
$node->safe_psql('postgres', q{UPDATE member SET last_active = '2000-01-01' WHERE id <= 5});
wait_for('postgres', q{SELECT count(*) FROM memreg.retention_run WHERE outcome = 'stopped'}, 1, 'too much due: the run stops');
is($node->safe_psql('postgres', 'SELECT count(*) FROM member'), 10, 'before the first row');
$node->safe_psql('postgres', q{SELECT memreg.approve_run(run_id) FROM memreg.retention_run WHERE outcome = 'stopped'});
wait_for('postgres', 'SELECT count(*) FROM member', 5, 'once approved it goes on by itself');

$node->append_conf('postgresql.conf', 'memreg.retention_max_share = 1');
$node->reload;

# A launcher that is ended comes back; until then nothing else does.
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'memreg retention launcher'});

# DROP EXTENSION and CREATE EXTENSION again; DROP DATABASE.
$node->safe_psql('App "2"', 'DROP EXTENSION memreg CASCADE; DROP TABLE member');
wait_for('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'memreg retention launcher'}, 1,
	'a launcher that was ended comes back');
$node->safe_psql('App "2"', 'CREATE EXTENSION memreg');
prepare('App "2"', 20);
wait_for('App "2"', 'SELECT count(*) FROM member', 10, 'rows go after the extension was dropped and created again');
$node->safe_psql('postgres', 'DROP DATABASE idle');

# A restored rule, which has no schedule, is left alone: foreign keys may not be restored yet.
$node->safe_psql('App "2"', q{TRUNCATE memreg.retention_state; INSERT INTO member VALUES (500, '2000-01-01')});
wait_for('App "2"', q{SELECT count(*) FROM memreg.retention_due WHERE next_attempt_at > now() + interval '50 minutes'}, 1,
	'a restored rule waits');
is($node->safe_psql('App "2"', 'SELECT count(*) FROM member'), 11, 'and its rows stay');

# A database that is read-only by setting is left alone.
$node->safe_psql('frozen', 'CREATE EXTENSION memreg');
$node->safe_psql('postgres', 'ALTER DATABASE frozen SET default_transaction_read_only = on');
wait_for('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE datname = 'frozen'}, 0, 'no worker that does not know it');
prepare('frozen', 20);
$node->wait_for_log(qr/retention leaves database "frozen" alone/);
my $looks = looks('frozen');
ok($node->poll_query_until('postgres', "SELECT workers_started > $looks FROM memreg.retention_database WHERE database = 'frozen'"),
	'it is looked at again');
is(scalar(() = slurp_file($node->logfile) =~ /retention leaves database "frozen" alone/g), 1, 'and that is said once');
is($node->safe_psql('frozen', 'SELECT count(*) FROM member'), 20, 'a read-only database is left alone');

# naptime 0 turns the workers off, without a restart.
$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$node->reload;
wait_for('postgres', q{SELECT setting FROM pg_settings WHERE name = 'memreg.retention_naptime'}, 0, 'the workers are turned off');
wait_for('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'memreg retention worker'}, 0, 'those at work end');
$node->safe_psql('postgres', q{INSERT INTO member VALUES (12, '2000-01-01')});
$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 1s');
$node->reload;
wait_for('postgres', 'SELECT count(*) FROM member', 5, 'and on again');

$node->stop('fast');
my $log = slurp_file($node->logfile);
unlike($log, qr/made-up-secret/, 'nothing of a person reaches the log');
unlike($log, qr/terminated by signal|TRAP:|PANIC:/, 'no process crashed');
done_testing();

# A table of which all rows but ten are past their term, and its rule.
sub prepare
{
	my ($database, $rows) = @_;

	$node->safe_psql($database, <<"END");
SET default_transaction_read_only = off;
CREATE TABLE member (id bigint PRIMARY KEY, last_active timestamptz);
INSERT INTO member SELECT n, CASE WHEN n <= 10 THEN now() ELSE '2000-01-01' END FROM generate_series(1, $rows) n;
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'member', 'id', root => true);
SELECT memreg.add_retention('members', 'member', '6 months', 'last_active');
END
}

# How often a worker has looked into a database.
sub looks
{
	return $node->safe_psql('postgres', "SELECT workers_started FROM memreg.retention_database WHERE database = '$_[0]'");
}

sub wait_for
{
	my ($database, $query, $answer, $name) = @_;

	ok($node->poll_query_until($database, $query, $answer), $name);
}
