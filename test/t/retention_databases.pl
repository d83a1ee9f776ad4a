# Many databases on one server: each is looked at, few workers are started for
# those that have nothing to do, and a change of rules is not overlooked.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

$PostgreSQL::Test::Utils::timeout_default = 60;
my $node = PostgreSQL::Test::Cluster->new('databases');
my $databases = 50;

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.retention_max_share = 1
END
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION memreg');

# All with the extension, half of them with rules that are paused, and one with work.
$node->safe_psql('postgres', 'CREATE DATABASE pattern');
$node->safe_psql('pattern', <<'END');
CREATE EXTENSION memreg;
CREATE TABLE member (id bigint PRIMARY KEY, last_active timestamptz);
INSERT INTO member SELECT n, CASE WHEN n <= 10 THEN now() ELSE '2000-01-01' END FROM generate_series(1, 20) n;
CREATE INDEX ON member (last_active);
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'member', 'id', root => true);
END
$node->safe_psql('postgres', 'ALTER DATABASE pattern IS_TEMPLATE true');
my $begun = time;
$node->safe_psql('postgres', join '', map { "CREATE DATABASE register_$_ TEMPLATE pattern STRATEGY wal_log;\n" } 1 .. $databases);
note('made in ' . (time - $begun) . ' s');

wait_for("SELECT count(*) FROM memreg.retention_database WHERE database LIKE 'register%' AND looked_at IS NOT NULL", $databases,
	'every database is looked at');
my $starts = starts();
is($starts, $databases, 'once');

# Nothing to do: no worker is started, though naptimes pass.
my $own = $node->safe_psql('postgres', q{SELECT workers_started FROM memreg.retention_database WHERE database = 'postgres'});
$node->safe_psql('postgres', q{SELECT memreg.create_register('r', 'Register', 'Example City'); CREATE TABLE own (id bigint, at date)});
$node->safe_psql('postgres', q{SELECT memreg.add_table('r', 'own', 'id'); SELECT memreg.add_retention('r', 'own', '1 year', 'at')});
wait_for("SELECT workers_started >= $own + 5 FROM memreg.retention_database WHERE database = 'postgres'", 't',
	'while a database with a rule is looked at five times');
is(starts(), $starts, 'those without are not');

# A rule is noticed when its transaction commits, and not when it is rolled back.
$node->safe_psql('register_1', q{BEGIN; SELECT memreg.add_retention('members', 'member', '6 months', 'last_active'); ROLLBACK});
$node->safe_psql('register_2', q{SELECT memreg.add_retention('members', 'member', '6 months', 'last_active')});
ok($node->poll_query_until('register_2', 'SELECT count(*) FROM member', 10), 'a new rule is noticed');
is(looks('register_1'), 1, 'one that was rolled back is none');

# A pause, and a window that is closed, cost no worker; their end is noticed.
$node->safe_psql('register_2', 'SELECT memreg.pause_retention()');
$node->safe_psql('register_3', <<'END');
SELECT memreg.add_retention('members', 'member', '6 months', 'last_active');
SELECT memreg.add_retention_window(ARRAY[1 + extract(isodow FROM now() + interval '2 days')::int % 7], '00:00', '00:01', 'UTC');
END
wait_for(q{SELECT count(*) FROM memreg.retention_database WHERE database IN ('register_2', 'register_3')
	AND next_look_at > looked_at + interval '59 minutes'}, 2, 'rules that rest are waited for');
my @looks = (looks('register_2'), looks('register_3'));
my $own_looks = looks('postgres');
wait_for("SELECT workers_started >= $own_looks + 3 FROM memreg.retention_database WHERE database = 'postgres'", 't', 'some naptimes later');
is_deeply([ looks('register_2'), looks('register_3') ], \@looks, 'no worker was started for them');
$node->safe_psql('register_2', q{INSERT INTO member VALUES (30, '2000-01-01'); SELECT memreg.resume_retention()});
$node->safe_psql('register_3', 'SELECT memreg.remove_retention_window(window_id) FROM memreg.retention_window');
ok($node->poll_query_until('register_2', 'SELECT count(*) FROM member', 10), 'the end of a pause is noticed');
ok($node->poll_query_until('register_3', 'SELECT count(*) FROM member', 10), 'and a window that is taken back');

# A change before the worker's eyes is not lost: rules come one after the other.
$node->safe_psql('register_4', join '', map { <<"END" } 1 .. 20);
CREATE TABLE t$_ (id bigint, at date); INSERT INTO t$_ VALUES (1, '2000-01-01');
SELECT memreg.add_table('members', 't$_', 'id'); SELECT memreg.add_retention('members', 't$_', '1 year', 'at');
END
ok($node->poll_query_until('register_4', 'SELECT sum(rows_removed) FROM memreg.retention_run', 20), 'each of many new rules is noticed');

# A restart forgets, and looks.
$node->restart;
wait_for("SELECT count(*) FROM memreg.retention_database WHERE database LIKE 'register%' AND looked_at IS NOT NULL", $databases,
	'after a restart every database is looked at again');

# Who monitors the server sees it.
$node->safe_psql('postgres', 'CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher; GRANT USAGE ON SCHEMA memreg TO watcher');
is($node->safe_psql('postgres', 'SELECT count(*) FROM memreg.retention_database', extra_params => [ '-U', 'watcher' ]),
	$databases + 1, 'who monitors the server sees it');
$node->stop('fast');
unlike(slurp_file($node->logfile), qr/terminated by signal|TRAP:|PANIC:/, 'no process crashed');
done_testing();

# Workers started in databases without rules.
sub starts
{
	return $node->safe_psql('postgres', q{SELECT sum(workers_started) FROM memreg.retention_database WHERE database LIKE 'register%'});
}

sub looks
{
	return $node->safe_psql('postgres', "SELECT workers_started FROM memreg.retention_database WHERE database = '$_[0]'");
}

sub wait_for
{
	my ($query, $answer, $name) = @_;

	ok($node->poll_query_until('postgres', $query, $answer), $name);
}
