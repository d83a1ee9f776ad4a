# Activity beside other servers and across restarts: a prepared transaction notes it when it is committed, however late; a
# standby tells of it and notes none; a subscriber notes what it is sent, also where it is sent the notes as well.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $declare = <<'END';
CREATE EXTENSION memreg;
CREATE TABLE visit (member bigint, page text);
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.add_table('members', 'visit', 'member');
SELECT memreg.track_activity('visit');
END
my $active = q{SELECT string_agg(subject, ' ' ORDER BY subject::int) FROM memreg.last_activity WHERE not_after > now()};
my $age = q{UPDATE memreg.subject_event SET at = '2000-01-01'};
my ($status, $out, $error);

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->append_conf('postgresql.conf', "memreg.retention_naptime = 0\nmax_prepared_transactions = 10\n");
$primary->start;
$primary->backup('backup');
$primary->safe_psql('postgres', $declare);

# Prepared
$primary->safe_psql('postgres', q{BEGIN; INSERT INTO visit VALUES (1); SAVEPOINT s; INSERT INTO visit VALUES (2); ROLLBACK TO s; INSERT INTO visit VALUES (3); PREPARE TRANSACTION 'visit'});
is($primary->safe_psql('postgres', $active), '', 'a prepared transaction notes nothing yet');
$primary->stop('immediate');
$primary->start;
$primary->safe_psql('postgres', q{COMMIT PREPARED 'visit'});
is($primary->safe_psql('postgres', $active), '1 3', 'after a crash and its commit it has');

# A standby
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
is($standby->safe_psql('postgres', $active), '1 3', 'a standby tells of it');
is($standby->safe_psql('postgres', q{SELECT memreg.event_time(register_id, 'activity', NULL, '1') > now(), memreg.event_time(register_id, 'activity', NULL, '2') FROM memreg.register}), 't|',
	'to those who ask for a term too');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM memreg.register, memreg.event_due(register_id, 'activity', NULL, 'infinity', NULL, NULL, 10)}), '0', 'and who is due');
($status, $out, $error) = $standby->psql('postgres', q{SELECT memreg.note_activity('members', 1)});
like($error, qr/cannot execute memreg.note_activity\(\) in a read-only transaction/, 'and notes none');
$standby->promote;
$standby->safe_psql('postgres', "$age; INSERT INTO visit VALUES (4)");
is($standby->safe_psql('postgres', $active), '4', 'until it is promoted');
$standby->stop;

# A subscriber that is sent the rows; then the notes as well
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$subscriber->start;
$subscriber->safe_psql('postgres', $declare);
$primary->safe_psql('postgres', 'CREATE PUBLICATION rows FOR TABLE visit; CREATE PUBLICATION notes FOR TABLE memreg.subject_event');
$subscriber->safe_psql('postgres', sprintf q{CREATE SUBSCRIPTION rows CONNECTION '%s' PUBLICATION rows}, $primary->connstr . ' dbname=postgres');
$subscriber->wait_for_subscription_sync($primary, 'rows');
is($subscriber->safe_psql('postgres', $active), '1 3', 'a subscriber notes what it copies');
$subscriber->safe_psql('postgres', $age);
$primary->safe_psql('postgres', 'INSERT INTO visit VALUES (3), (5)');
$primary->wait_for_catchup('rows');
is($subscriber->safe_psql('postgres', $active), '3 5', 'and what is applied');
$subscriber->safe_psql('postgres', q{ALTER SUBSCRIPTION rows ADD PUBLICATION notes WITH (copy_data = false)});
$subscriber->safe_psql('postgres', $age);
$subscriber->safe_psql('postgres', q{INSERT INTO visit VALUES (6)});
$primary->safe_psql('postgres', 'INSERT INTO visit VALUES (5), (6), (7)');
$primary->wait_for_catchup('rows');
is($subscriber->safe_psql('postgres', $active), '5 6 7', 'notes that it has and is sent do not come in each other\'s way');
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM visit'), '8', 'nor stop the subscription');

$_->stop foreach ($subscriber, $primary);
done_testing();
