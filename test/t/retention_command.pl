# Commands that want a database for themselves (DROP DATABASE, RENAME, a copy, a
# move) find no retention worker in it, though one was at work.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

$PostgreSQL::Test::Utils::timeout_default = 60;
my $node = PostgreSQL::Test::Cluster->new('command');
my ($status, $out, $err);

$node->init;
$node->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 1s
memreg.retention_max_share = 1
END
$node->start;
mkdir $node->basedir . '/space' or die;
$node->safe_psql('postgres', "CREATE TABLESPACE space LOCATION '" . $node->basedir . "/space'");
$node->safe_psql('postgres', 'CREATE EXTENSION memreg');
$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN CREATEDB; CREATE ROLE stranger LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE register OWNER owner');
prepare('register');

# Who may not do it does not end a worker by trying.
my $worker = wait_for_worker('register');
foreach my $command ('DROP DATABASE register', 'ALTER DATABASE register RENAME TO other', 'CREATE DATABASE copy TEMPLATE register')
{
	($status, $out, $err) = $node->psql('postgres', $command, extra_params => [ '-U', 'stranger' ]);
	like($err, qr/must be owner|permission denied/, "a stranger: $command");
}
is(wait_for_worker('register'), $worker, 'the worker goes on');

# Each command of an owner who is no superuser, while a worker is at work.
at_work('CREATE DATABASE copy TEMPLATE register', 'register');
at_work('ALTER DATABASE register RENAME TO renamed', 'register');
at_work('ALTER DATABASE renamed SET TABLESPACE space', 'renamed', $node->safe_psql('postgres', 'SELECT session_user'));

# While the command is under way no worker comes in.
wait_for_worker('renamed');
my $session = $node->background_psql('postgres');
$session->query_safe('BEGIN; ALTER DATABASE renamed RENAME TO register; SELECT 1');
wait_for('postgres', workers('renamed', 'register'), 0, 'RENAME has ended the worker');
my $looks = $node->safe_psql('postgres', q{SELECT workers_started FROM memreg.retention_database WHERE database = 'renamed'});
$node->safe_psql('postgres', 'CREATE DATABASE another');
wait_for('postgres', q{SELECT count(*) FROM memreg.retention_database WHERE database = 'another' AND looked_at IS NOT NULL}, 1,
	'another database is looked at');
$node->safe_psql('postgres', 'CREATE DATABASE more');
wait_for('postgres', q{SELECT count(*) FROM memreg.retention_database WHERE database = 'more' AND looked_at IS NOT NULL}, 1,
	'and one more, a naptime later');
is($node->safe_psql('postgres', q{SELECT workers_started FROM memreg.retention_database WHERE database = 'renamed'}), $looks,
	'and none is started while the transaction is open');
$session->query_safe('ROLLBACK');
wait_for_worker('renamed');
$session->quit;
pass('after a rollback it goes on');

# The copy has a rule of its own, and is dropped by force, in which a role that
# is no superuser could not end a superuser's process.
at_work('DROP DATABASE copy WITH (FORCE)', 'copy');
at_work('DROP DATABASE renamed', 'renamed');
wait_for('postgres', q{SELECT count(*) FROM memreg.retention_databases() r WHERE NOT EXISTS (SELECT FROM pg_database d WHERE d.oid = r.database)}, 0,
	'the launcher forgets databases that are gone');

# Those that nobody may connect to, and templates, are left alone.
$node->safe_psql('postgres', 'CREATE DATABASE closed');
prepare('closed', 20, 0);
$node->safe_psql('postgres', 'ALTER DATABASE closed ALLOW_CONNECTIONS false');
$node->safe_psql('postgres', 'CREATE DATABASE pattern');
prepare('pattern', 20, 0);
$node->safe_psql('postgres', 'ALTER DATABASE pattern IS_TEMPLATE true');
$node->safe_psql('postgres', 'CREATE DATABASE open');
prepare('open', 20, 0);
wait_for('open', 'SELECT count(*) FROM member', 10, 'rows go in a database made later');
is($node->safe_psql('pattern', 'SELECT count(*) FROM member'), 20, 'not in a template');
my $until = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
$node->safe_psql('postgres', 'ALTER DATABASE closed ALLOW_CONNECTIONS true');
is($node->safe_psql('closed', "SELECT count(*) FROM memreg.retention_run WHERE started_at < '$until'"), 0, 'nor where nobody may connect');
wait_for('closed', 'SELECT count(*) FROM member', 10, 'until somebody may');
$node->safe_psql('postgres', 'CREATE DATABASE from_pattern TEMPLATE pattern');
wait_for('from_pattern', 'SELECT count(*) FROM member', 10, 'a copy has its own worker');

$node->stop('fast');
my $log = slurp_file($node->logfile);
unlike($log, qr/terminated by signal|TRAP:|PANIC:/, 'no process crashed');
unlike($log, qr/FATAL: .*database.*does not exist/, 'no worker was sent to a database that is gone');
done_testing();

# The command succeeds, and soon, although a worker is at work.
sub at_work
{
	my ($command, $database, $role) = @_;

	wait_for_worker($database);
	my $begin = time;
	($status, $out, $err) = $node->psql('postgres', $command, extra_params => [ '-U', $role || 'owner' ]);
	is($status, 0, $command) or diag($err);
	cmp_ok(time - $begin, '<', 4, 'without a long wait');
}

# The process that is removing rows.
sub wait_for_worker
{
	my ($database) = @_;

	$node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$database' AND query LIKE 'memreg: retention rule % removing%'")
	  or die "no worker in $database";
	return $node->safe_psql('postgres',
		"SELECT pid FROM pg_stat_activity WHERE datname = '$database' AND backend_type = 'memreg retention worker'");
}

sub workers
{
	return "SELECT count(*) FROM pg_stat_activity WHERE datname IN ('" . join("', '", @_) . "') AND backend_type = 'memreg retention worker'";
}

# A table of which all rows but ten are past their term, and a rule that takes long.
sub prepare
{
	my ($database, $rows, $seconds) = (@_, 100_000, 0.005);

	$node->safe_psql($database, <<"END");
CREATE EXTENSION memreg;
CREATE TABLE member (id bigint PRIMARY KEY, last_active timestamptz);
INSERT INTO member SELECT n, CASE WHEN n <= 10 THEN now() ELSE '2000-01-01' END FROM generate_series(1, $rows) n;
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep($seconds); RETURN OLD; END';
CREATE TRIGGER take_time BEFORE DELETE ON member FOR EACH ROW EXECUTE FUNCTION take_time();
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'member', 'id', root => true);
SELECT memreg.add_retention('members', 'member', '6 months', 'last_active');
END
}

sub wait_for
{
	my ($database, $query, $answer, $name) = @_;

	ok($node->poll_query_until($database, $query, $answer), $name);
}
