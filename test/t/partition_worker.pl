# Workers take partitions away while others are at work on the table: nobody waits for them, and a worker or a server
# that is killed in between leaves a partition that is there or gone.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('partition');

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.retention_max_share = 1
restart_after_crash = on
log_min_messages = log
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
SELECT memreg.create_register('members', 'Member register', 'Example City');
END

# Concurrently: a long query is not disturbed, queries that come later do not wait and do not see the partition.
prepare('detach_partition');
my $reader = reader();
wait_for(q{SELECT count(*) FROM pg_inherits WHERE inhdetachpending}, 1, 'a worker detaches beside a long query');
my $begin = time;
is($node->safe_psql('postgres', 'SELECT count(*) FROM visit'), 15, 'a new query does not see the rows any more');
cmp_ok(time - $begin, '<', 5, 'nor does it wait');
is(ask($reader, 'SELECT count(*) FROM visit'), 25, 'the old one still does');
wait_for(q{SELECT count(*) FROM memreg.detached_partition WHERE left_at IS NOT NULL AND detached_at IS NULL}, 1, 'that is written down');
wait_for(q{SELECT count(*) FROM memreg.check() WHERE finding LIKE '%has begun to detach it%'}, 1, 'and reported');
is($node->safe_psql('postgres', q{SELECT outcome || rows FROM memreg.retention_partition ORDER BY run_id LIMIT 1}), 'detaching10', 'in the history too');
ask($reader, 'COMMIT');
wait_for(q{SELECT count(*) FROM memreg.detached_partition WHERE detached_at IS NOT NULL}, 2, 'when it has ended the detach is finished');
gone('detach_partition', 20);
is($node->safe_psql('postgres', 'SELECT count(*) FROM visit_2000'), 10, 'the table is still there');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname LIKE 'visit_200_' AND relispartition}), 0, 'and no partition any more');

# Killed in between.
foreach my $way ('SIGKILL of the worker', 'an immediate stop')
{
	prepare('detach_partition');
	$reader = reader();
	wait_for(q{SELECT count(*) FROM memreg.detached_partition WHERE left_at IS NOT NULL}, 1, "the detach is pending before $way");
	# As if the process had not come to write down how far the detach is.
	$node->safe_psql('postgres', 'UPDATE memreg.detached_partition SET left_at = NULL; UPDATE memreg.run SET rows_removed = 0');
	$way =~ /SIGKILL/ ? kill('KILL', worker()) : $node->stop('immediate');
	eval { $reader->quit };
	$node->start if $way !~ /SIGKILL/;
	wait_for(undef, '', "the server answers after $way");
	wait_for(q{SELECT count(*) FROM memreg.detached_partition WHERE detached_at IS NOT NULL}, 2, "a later run ends it after $way");
	gone('detach_partition', 20);
	like($node->safe_psql('postgres', q{SELECT string_agg(outcome, ',' ORDER BY run_id) FROM memreg.retention_run}), qr/^interrupted/, 'the run was interrupted');
}

# Whoever writes to the partition without the table is waited for, before the look at its rows that decides.
prepare('detach_partition', 'pause');
$node->safe_psql('postgres', q{SELECT memreg.hold('members', 99::bigint, 'a claim')});
set_patience('10s');
my $writer = $node->background_psql('postgres');
ask($writer, q{BEGIN; INSERT INTO visit_2000 VALUES (99, '2000-06-06')});
$node->safe_psql('postgres', 'SELECT memreg.resume_retention()');
wait_for(q{SELECT count(*) FROM pg_locks WHERE relation = 'visit_2000'::regclass AND NOT granted}, 1, 'a worker waits for who writes to the partition');
ask($writer, 'COMMIT');
wait_for(q{SELECT count(*) FROM memreg.retention_partition WHERE partition = 'public.visit_2000' AND outcome = 'kept'}, 1, 'and keeps it for the row that was written');
is($node->safe_psql('postgres', 'SELECT count(*) FROM visit WHERE id = 99'), 1, 'which is still there');
$writer->quit;
$node->safe_psql('postgres', q{SELECT memreg.release_hold('members', 99::bigint, 'it is settled')});
set_patience('100ms');

# Written down, but killed before the statement began: nothing has happened, and the next run begins anew.
prepare('detach_partition', 'pause');
$node->safe_psql('postgres', <<'END');
INSERT INTO memreg.run (rule_id, relation, action, outcome) SELECT rule_id, 'public.visit', action, 'running' FROM memreg.retention_rule;
INSERT INTO memreg.detached_partition (partition, parent, rule_id, run_id, rows)
	SELECT 'visit_2000', 'visit', rule_id, run_id, 10 FROM memreg.run;
SELECT memreg.resume_retention();
END
wait_for(q{SELECT count(*) FROM memreg.detached_partition WHERE detached_at IS NOT NULL}, 2, 'what had not begun begins again');
gone('detach_partition', 20);

# Dropping takes a moment without anybody: while somebody is at work on the table it is put off.
foreach my $default ('', 'DEFAULT')
{
	my $action = $default ? 'detach_partition' : 'drop_partition';

	prepare($action, $default);
	$reader = reader();
	wait_for(q{SELECT count(*) > 0 FROM memreg.retention_progress}, 't', "$action begins");
	for (1 .. 20)
	{
		$begin = time;
		is($node->safe_psql('postgres', 'SELECT count(*) FROM visit'), 25, 'a query is let through') if $_ == 1;
		$node->safe_psql('postgres', 'SELECT count(*) FROM visit');
		fail('nobody waits long') if time - $begin > 3;
	}
	is(ask($reader, 'SELECT count(*) FROM visit'), 25, 'and the long one goes on');
	ask($reader, 'COMMIT');
	wait_for('SELECT count(*) FROM visit', 5, 'then the partitions go');
	gone($action, 20);
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_inherits WHERE inhdetachpending}), 0, 'at once');
}

# Nothing of this holds up a shutdown.
prepare('drop_partition');
$reader = reader();
wait_for(q{SELECT count(*) > 0 FROM memreg.retention_progress}, 't', 'a worker waits for its moment');
$begin = time;
$node->stop('fast');
cmp_ok(time - $begin, '<', 5, 'and does not hold up a shutdown');
eval { $reader->quit };
unlike(slurp_file($node->logfile), qr/TRAP:|PANIC:|you don't own a lock|non-empty SPI stack|snapshot .* still active|reference leak/, 'nothing went wrong inside');
done_testing();

# Two partitions of ten rows each past their term, one of five that is not, and the rule.
sub prepare
{
	my ($action, $more) = (@_, '');
	my $default = $more eq 'DEFAULT' ? 'CREATE TABLE visit_other PARTITION OF visit DEFAULT;' : '';
	my $pause = $more eq 'pause' ? 'SELECT memreg.pause_retention();' : '';

	$node->safe_psql('postgres', <<"END");
SELECT memreg.remove_table(relation) FROM memreg.registered_table;
DELETE FROM memreg.run;
DROP TABLE IF EXISTS visit, visit_2000, visit_2001;
$pause
CREATE TABLE visit (id bigint NOT NULL, at date) PARTITION BY RANGE (at);
CREATE TABLE visit_2000 PARTITION OF visit FOR VALUES FROM ('2000-01-01') TO ('2001-01-01');
CREATE TABLE visit_2001 PARTITION OF visit FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE visit_now PARTITION OF visit FOR VALUES FROM ('2002-01-01') TO (MAXVALUE);
$default
INSERT INTO visit SELECT n, '2000-05-05' FROM generate_series(1, 10) n;
INSERT INTO visit SELECT n, '2001-05-05' FROM generate_series(1, 10) n;
INSERT INTO visit SELECT n, now() FROM generate_series(1, 5) n;
SELECT memreg.add_table('members', 'visit', 'id');
SELECT memreg.add_retention('members', 'visit', '1 year', 'at', '$action');
END
}

# A session in a transaction that has read the table.
sub reader
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);

	ask($session, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
	is(ask($session, 'SELECT count(*) FROM visit'), 25, 'somebody reads the table');
	return $session;
}

sub ask
{
	my ($session, $query) = @_;

	return $session->query($query);
}

# How long a worker waits for a lock at a time.
sub set_patience
{
	my ($time) = @_;

	$node->append_conf('postgresql.conf', "memreg.retention_lock_timeout = $time");
	$node->reload;
}

sub gone
{
	my ($action, $rows) = @_;

	is($node->safe_psql('postgres', 'SELECT count(*) FROM visit'), 5, 'other rows are where they were');
	wait_for(q{SELECT sum(rows_removed) FROM memreg.retention_run}, $rows, "and the history counts each row once");
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
