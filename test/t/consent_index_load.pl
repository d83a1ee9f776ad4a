# Many sessions change consents and restrictions and look at once, each by itself and after others: no answer is ever wrong, also
# while the index is thrown away and made anew, and in the end it is equal to the tables.
#
# The full measure, for a machine that has nothing else to do:
#   MEMREG_LOAD_CLIENTS=100 MEMREG_LOAD_SECONDS=20 MEMREG_LOAD_CHANGES=1000 make check SUITE=tap TESTS=consent_index_load
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $clients = $ENV{MEMREG_LOAD_CLIENTS} || 20;
my $seconds = $ENV{MEMREG_LOAD_SECONDS} || 5;
my $changes = $ENV{MEMREG_LOAD_CHANGES} || 0;    # a second; 0: as many as there can be
my $looks = 0.25;                                # for each change, by others
my $each = 10;
my $node = PostgreSQL::Test::Cluster->new('load');

$node->init;
$node->append_conf('postgresql.conf', "memreg.retention_naptime = 0\nlog_statement = none\nmax_connections = " . ($clients + 20));
$node->start;
$node->safe_psql('postgres', <<"END");
CREATE EXTENSION memreg;
CREATE ROLE researcher LOGIN;
CREATE TABLE member (id bigint PRIMARY KEY);
INSERT INTO member SELECT generate_series(1, $clients * $each);
GRANT SELECT ON member TO researcher;
SELECT memreg.create_register('community', 'Members', 'An association');
SELECT memreg.create_purpose('community', 'research', 'consent');
SELECT memreg.add_table('community', 'member', 'id'), memreg.set_treatment('community', 'research', 'subject_key', 'clear');
SELECT memreg.grant_access('researcher', 'community', 'research'), memreg.protect('member');
ALTER ROLE researcher SET memreg.purpose = 'research';

CREATE TABLE expectation (id bigint PRIMARY KEY, granted boolean NOT NULL DEFAULT false, restricted boolean NOT NULL DEFAULT false)
	WITH (fillfactor = 50);
INSERT INTO expectation SELECT id FROM member;

CREATE FUNCTION restrict(member bigint, restricts boolean) RETURNS void LANGUAGE sql AS \$\$
	INSERT INTO memreg.restriction_state (register_id, subject, restricted, changed_at, events, changed)
	SELECT register_id, member, restricts, now(), 1, true FROM memreg.register
	ON CONFLICT (register_id, subject) DO UPDATE SET restricted = restricts \$\$;

-- Make a member visible, or not; sometimes after another try that is taken back. The lock is released when everybody has been told.
CREATE FUNCTION change(member bigint, visible int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS \$\$
DECLARE
	present expectation;
	by_restriction boolean := random() < 0.3;
BEGIN
	PERFORM pg_advisory_xact_lock(member);
	SELECT * INTO present FROM expectation WHERE id = member;
	IF random() < 0.1 THEN
		BEGIN
			PERFORM memreg.withdraw_consent('community', member, 'research'), restrict(member, NOT present.restricted);
			RAISE division_by_zero;
		EXCEPTION WHEN division_by_zero THEN NULL;
		END;
	END IF;
	IF visible = 0 AND by_restriction THEN
		PERFORM restrict(member, true);
		UPDATE expectation SET restricted = true WHERE id = member;
	ELSIF visible = 0 THEN
		PERFORM memreg.withdraw_consent('community', member, 'research');
		UPDATE expectation SET granted = false WHERE id = member;
	ELSE
		IF present.restricted THEN
			PERFORM restrict(member, false);
		END IF;
		PERFORM memreg.grant_consent('community', member, 'research');
		UPDATE expectation SET granted = true, restricted = false WHERE id = member;
	END IF;
END \$\$;

-- Whether a member is visible, and stays as it is until the transaction ends.
CREATE FUNCTION expected(member bigint) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS \$\$
BEGIN
	PERFORM pg_advisory_xact_lock_shared(member);
	RETURN (SELECT (granted AND NOT restricted)::int FROM expectation WHERE id = member);
END \$\$;
CREATE FUNCTION fail(member bigint, seen int) RETURNS void LANGUAGE plpgsql AS \$\$
BEGIN
	RAISE 'member % is seen % times', member, seen;
END \$\$;
END

# What a session has changed itself, and was told that it is committed, binds its next statement.
my $scripts = PostgreSQL::Test::Utils::tempdir;
append_to_file("$scripts/change.sql", <<"END");
\\set member :client_id * $each + random(1, $each)
\\set visible random(0, 1)
SELECT change(:member, :visible);
SELECT count(*) AS seen FROM member WHERE id = :member \\gset
\\if :seen != :visible
SELECT fail(:member, :seen);
\\endif
END

# And that of all others, by the key and in a scan.
append_to_file("$scripts/look.sql", <<"END");
\\set member random(1, $clients * $each)
BEGIN;
SELECT expected(:member) AS visible \\gset
SELECT count(*) AS seen FROM member WHERE id = :member \\gset
\\if :seen != :visible
SELECT fail(:member, :seen);
\\endif
SELECT count(*) AS seen FROM member WHERE id + 0 = :member \\gset
END;
\\if :seen != :visible
SELECT fail(:member, :seen);
\\endif
END

my ($output, $errors) = ('', '');
my $pgbench = IPC::Run::start(
	[   'pgbench', '--no-vacuum', '--protocol=prepared', "--client=$clients", '--jobs=2', "--time=$seconds",
		($changes ? '--rate=' . (1 + $looks) * $changes : ()), '--username=researcher', '--host=' . $node->host, '--port=' . $node->port,
		"--file=$scripts/change.sql@" . 1 / $looks, "--file=$scripts/look.sql", 'postgres' ],
	'>', \$output, '2>', \$errors);

# Meanwhile the image is thrown away now and then, and pinned by a transaction that does nothing.
my $idle = $node->background_psql('postgres', on_error_stop => 0);
my $rounds = 0;
while ($pgbench->pumpable)
{
	$idle->query('ROLLBACK; BEGIN; SELECT memreg.refresh_consent_index()');
	$node->psql('postgres', 'SELECT memreg.reset_consent_index()') if $rounds++ % 5 == 1;
	for (1 .. 20)
	{
		last unless $pgbench->pumpable;
		$pgbench->pump_nb;
		sleep 0.05;
	}
}
ok($pgbench->finish, 'no answer was wrong');
unlike($errors, qr/ERROR|abort/, 'no statement failed');
$idle->quit;

my ($made) = $output =~ /change\.sql.*?- (\d+) transactions/s;
my $rate = int(($made || 0) / $seconds);
note("$clients sessions, $rate changes a second");
note($errors) if $errors =~ /ERROR|abort/;
cmp_ok($rate, '>=', $changes * 0.95, 'as many changes as asked for') if $changes;
cmp_ok($rate, '>', 0, 'consents were changed');
is($node->safe_psql('postgres', 'SELECT DISTINCT missing, surplus FROM memreg.verify_consent_index()'), '0|0', 'the index is equal to the tables');
is($node->safe_psql('postgres', 'SELECT count(*) FROM expectation WHERE granted AND NOT restricted'),
	$node->safe_psql('postgres', 'SET ROLE researcher; SET memreg.purpose = \'research\'; SELECT count(*) FROM member'), 'and to what was expected');
note('look-ups in the tables: ' . $node->safe_psql('postgres', q{SELECT pg_stat_get_numscans('memreg.consent_state_pkey'::regclass)}));
$node->stop;
done_testing();
