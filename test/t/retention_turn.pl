# Nobody keeps others waiting: not a rule with much to remove, nor one that never
# ends, nor a database.  And a worker shows what it does, and takes over what is
# set anew.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

$PostgreSQL::Test::Utils::timeout_default = 60;
my $node = PostgreSQL::Test::Cluster->new('turn');
my $workers = q{FROM pg_stat_activity WHERE backend_type = 'memreg retention worker'};

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.retention_turn = 1s
memreg.retention_max_share = 1
memreg.max_workers = 1
END
$node->start;
prepare('postgres');

# A rule that would take minutes, and one that is due after it.
add_table('postgres', 'long', 50_000, 0.005);
wait_for('postgres', q{SELECT count(*) FROM memreg.retention_progress WHERE rows_removed > 0}, 1, 'a long run is at work');
is($node->safe_psql('postgres', qq{SELECT datname, application_name, state $workers}), 'postgres|memreg retention worker|active',
	'it shows where it is');
like($node->safe_psql('postgres', qq{SELECT query $workers}),
	qr/^memreg: retention rule 1: removing from app\.long, \d+ of 49990 rows$/, 'and what it does');
ok($node->poll_query_until('postgres', q{SELECT n_tup_del > 0 AND n_dead_tup > 0 FROM pg_stat_user_tables WHERE relname = 'long'}),
	'what is removed reaches the statistics before the run has ended');
add_table('postgres', 'short', 20, 0);
wait_for('postgres', 'SELECT count(*) FROM app.short', 10, 'a rule that is due later has its turn');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM app.long'), '>', 40_000, 'while the long one has much left');
wait_for('postgres', q{SELECT count(*) > 1 FROM memreg.retention_run WHERE relation = 'app.long'}, 't', 'to which the worker returns');
is($node->safe_psql('postgres', q{SELECT attempts FROM memreg.retention_state WHERE rule_id = 1}) < 2, 1, 'without it having failed');
$node->wait_for_log(qr/retention rule 1 has removed \d+ of \d+ rows.*\n.*Others have their turn/);
pass('and the log says so');

# What never ends is broken off.
my $stuck = add_table('postgres', 'stuck', 20, 3600);
wait_for('postgres', qq{SELECT count(*) > 0 FROM memreg.retention_run WHERE rule = $stuck AND outcome = 'failed'}, 't',
	'a trigger that never ends is broken off');
is($node->safe_psql('postgres', qq{SELECT DISTINCT error_sqlstate, error_message FROM memreg.retention_run WHERE rule = $stuck AND outcome = 'failed'}),
	'57014|a batch has taken longer than memreg.retention_turn', 'and the history says why');
is($node->safe_psql('postgres', 'SELECT count(*) FROM app.stuck'), 20, 'nothing of it is gone');
$node->safe_psql('postgres', q{INSERT INTO app.short VALUES (100, '2000-01-01')});
wait_for('postgres', 'SELECT count(*) FROM app.short', 10, 'the others go on');

# Nor may it by catching that.
my $obstinate = add_table('postgres', 'obstinate', 20, 3600);
$node->safe_psql('postgres', <<'END');
CREATE OR REPLACE FUNCTION app.take_time_obstinate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN LOOP BEGIN PERFORM pg_sleep(3600); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;
END
wait_for('postgres', qq{SELECT count(*) > 1 FROM memreg.retention_run WHERE rule = $obstinate AND outcome = 'interrupted'}, 't',
	'the worker of a trigger that catches that is ended, more than once');
$node->safe_psql('postgres', q{INSERT INTO app.short VALUES (101, '2000-01-01')});
wait_for('postgres', 'SELECT count(*) FROM app.short', 10, 'and the others go on');
is($node->safe_psql('postgres', 'SELECT count(*) FROM app.obstinate'), 20, 'nothing of it is gone');

# One place, and another database that is due.
$node->safe_psql('postgres', 'CREATE DATABASE second');
prepare('second');
add_table('second', 'short', 20, 0);
wait_for('second', 'SELECT count(*) FROM app.short', 10, 'a second database has its turn');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM app.long'), '>', 10_000, 'while the first has much left');

# More places at run time, and fewer.
add_table('second', 'long', 50_000, 0.005);
is($node->safe_psql('postgres', qq{SELECT count(*) <= 1 $workers}), 't', 'one worker at a time');
set_to('memreg.max_workers = 2');
wait_for('postgres', qq{SELECT count(*) $workers}, 2, 'two when that is allowed');
set_to('memreg.max_workers = 1');
wait_for('postgres', qq{SELECT count(*) $workers}, 1, 'one again when it is not');

# A limit that makes a run rest for hours, and is lifted.
set_to('memreg.retention_max_rate = 1');
wait_for('postgres', qq{SELECT count(*) $workers AND wait_event_type = 'Extension'}, 1, 'a run rests by its limit');
my $begun = $node->safe_psql('postgres', 'SELECT now()');
set_to('memreg.retention_max_rate = 0');
ok( $node->poll_query_until('postgres',
		"SELECT count(*) > 0 FROM memreg.retention_run WHERE started_at > '$begun' OR finished_at > '$begun'"),
	'and goes on when the limit is lifted');

# Turned off, a worker ends, however much there is to do; and begins again.
wait_for('postgres', qq{SELECT count(*) > 0 $workers AND query LIKE '%removing%'}, 't', 'a worker is at work');
set_to('memreg.retention_naptime = 0');
wait_for('postgres', qq{SELECT count(*) $workers}, 0, 'it ends when the workers are turned off');
is($node->safe_psql('postgres', 'SELECT count(*) FROM memreg.retention_progress'), 0, 'and says so');
set_to('memreg.retention_naptime = 1');
wait_for('postgres', qq{SELECT count(*) > 0 $workers}, 't', 'and begins when they are turned on');

# DROP EXTENSION while a worker is at work; the worker finds out and ends.
wait_for('second', qq{SELECT count(*) > 0 $workers AND datname = 'second' AND query LIKE '%removing%'}, 't', 'a worker is at work');
$node->safe_psql('second', 'DROP EXTENSION memreg CASCADE');
wait_for('second', qq{SELECT count(*) $workers AND datname = 'second'}, 0, 'a worker ends when the extension is dropped');
my $left = $node->safe_psql('second', 'SELECT count(*) FROM app.long');
cmp_ok($left, '>', 1000, 'in the middle');

$node->stop('fast');
my $log = slurp_file($node->logfile);
unlike($log, qr/terminated by signal|TRAP:|PANIC:/, 'no process crashed');
unlike($log, qr/relation "memreg\..*" does not exist/, 'no worker stumbles over a dropped extension');

# No worker to spare: that is said once, and tried again.
my $full = PostgreSQL::Test::Cluster->new('full');
$full->init;
$full->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.retention_max_share = 1
max_worker_processes = 3
memreg.max_workers = 2
END
$full->start;
$node = $full;
prepare('postgres');
add_table('postgres', 'long', 50_000, 0.005);
wait_for('postgres', q{SELECT count(*) FROM memreg.retention_progress WHERE rows_removed > 0}, 1, 'the last place is taken');
$node->safe_psql('postgres', 'CREATE DATABASE second');
prepare('second');
add_table('second', 'short', 20, 0);
$node->wait_for_log(qr/no retention worker could be started/);
sleep 3;
is(scalar(() = slurp_file($node->logfile) =~ /no retention worker could be started/g), 1, 'no place: that is said once');
is($node->safe_psql('second', 'SELECT count(*) FROM app.short'), 20, 'and waited for');
$node->safe_psql('postgres', q{SELECT memreg.pause_retention(1)});
wait_for('second', 'SELECT count(*) FROM app.short', 10, 'until there is one');
$node->stop('fast');
done_testing();

sub prepare
{
	$node->safe_psql($_[0], <<"END");
CREATE EXTENSION memreg;
CREATE SCHEMA app;
SELECT memreg.create_register('members', 'Member register', 'Example City');
END
}

# A table of which all rows but ten are past their term; removing one takes so
# long.  Its rule.
sub add_table
{
	my ($database, $table, $rows, $seconds) = @_;

	my $added = $node->safe_psql($database, <<"END");
CREATE TABLE app.$table (id bigint PRIMARY KEY, at timestamptz);
INSERT INTO app.$table SELECT n, CASE WHEN n <= 10 THEN now() ELSE '2000-01-01' END FROM generate_series(1, $rows) n;
CREATE INDEX ON app.$table (at);
CREATE FUNCTION app.take_time_$table() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep($seconds); RETURN OLD; END';
CREATE TRIGGER take_time BEFORE DELETE ON app.$table FOR EACH ROW EXECUTE FUNCTION app.take_time_$table();
SELECT memreg.add_table('members', 'app.$table', 'id');
SELECT memreg.add_retention('members', 'app.$table', '6 months', 'at');
END
	return (split /\n/, $added)[-1];
}

sub set_to
{
	$node->append_conf('postgresql.conf', $_[0]);
	$node->reload;
}

sub wait_for
{
	my ($database, $query, $answer, $name) = @_;

	ok($node->poll_query_until($database, $query, $answer), $name);
}
