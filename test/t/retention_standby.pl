# On a standby the launcher does not exist; after promotion it is at work.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
my $standby = PostgreSQL::Test::Cluster->new('standby');
my $launchers = q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'memreg retention launcher'};
my ($status, $out, $err);

# The primary's workers are off, so what is due is left to the standby.
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', <<'END');
memreg.retention_naptime = 0
memreg.retention_max_share = 1
END
$primary->start;
$primary->backup('backup');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->append_conf('postgresql.conf', 'memreg.retention_naptime = 1s');
$standby->start;

$primary->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
CREATE TABLE member (id bigint PRIMARY KEY, last_active timestamptz);
INSERT INTO member SELECT n, CASE WHEN n <= 10 THEN now() ELSE '2000-01-01' END FROM generate_series(1, 100) n;
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'member', 'id', root => true);
SELECT memreg.add_retention('members', 'member', '6 months', 'last_active');
END
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

is($standby->safe_psql('postgres', $launchers), 0, 'a standby has no launcher');
is($standby->safe_psql('postgres', 'SELECT rows_due, rows_total FROM memreg.retention_due'), '90|100', 'but tells what is due');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM memreg.retention_run'), 0, 'and what was done');
($status, $out, $err) = $standby->psql('postgres', 'CALL memreg.run_retention()');
like($err, qr/cannot execute CALL memreg.run_retention during recovery/, 'a run is refused');

$primary->stop;
$standby->promote;
ok($standby->poll_query_until('postgres', $launchers, 1), 'promotion starts the launcher');
ok($standby->poll_query_until('postgres', 'SELECT count(*) FROM member', 10), 'and rows go by themselves');
is($standby->safe_psql('postgres', 'SELECT outcome, rows_due, rows_removed FROM memreg.retention_run'), 'done|90|90',
	'in one run');
$standby->stop;
done_testing();
