# A hot standby has an index of its own: it takes over what is replayed, also while transactions with very many subtransactions are under
# way on the primary, lets consents end by date, loads it under such circumstances too, and goes on with it when it is promoted.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
my $standby = PostgreSQL::Test::Cluster->new('standby');
my $members = q{SELECT string_agg(nickname, ' ' ORDER BY nickname) FROM app.member};
my $billed = q{SET ROLE clerk; SET memreg.purpose = 'billing'; SELECT string_agg(id::text, ' ' ORDER BY id) FROM app.member};

# Change something on the primary, and wait until the standby has it.
sub change
{
	$primary->safe_psql('postgres', "SET client_min_messages = warning; @_");
	replay();
}

sub replay
{
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
}

sub restrict
{
	my ($subject, $restricted) = @_;

	return qq{INSERT INTO memreg.restriction_state SELECT register_id, $subject, $restricted, now(), 1, true FROM memreg.register
		ON CONFLICT (register_id, subject) DO UPDATE SET restricted = $restricted;};
}

$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$primary->start;
$primary->backup('backup');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
change(slurp_file('test/policy/register.sql'));

my $session = $standby->background_psql('postgres', on_error_stop => 0);
$session->query_safe("SET ROLE researcher; SET memreg.purpose = 'research'");
is($session->query($members), 'one three two', 'the standby answers');
cmp_ok($standby->safe_psql('postgres', 'SELECT sum(subjects) FROM memreg.consent_index'), '>', 0, 'from an index of its own');

change(q{SELECT memreg.withdraw_consent('community', 2::bigint, 'research');});
is($session->query($members), 'one three', 'a withdrawal binds after its replay');
change(restrict(3, 'true'));
is($session->query($members), 'one', 'a restriction does');
is($standby->safe_psql('postgres', $billed), '1 2 4 5 6', 'for other purposes too');
change(restrict(3, 'false') . q{SELECT memreg.grant_consent('community', 2::bigint, 'research');});
is($session->query($members), 'one three two', 'and they are taken back');
change(q{SELECT memreg.grant_consent('community', 2::bigint, 'research', expires_at => clock_timestamp() + interval '3 seconds');});
is($session->query($members), 'one three two', 'a consent that ends soon');
$standby->poll_query_until('postgres', 'SELECT clock_timestamp() > max(expires_at) FROM memreg.consent_state');
is($session->query($members), 'one three', 'has ended, and nothing was replayed for it');
my $held = q{SELECT memreg.refresh_consent_index(); SELECT string_agg(concat(n, CASE WHEN memreg.consent_index_has('hold', register_id, n::text) THEN '!' END), ' ')
	FROM memreg.register, generate_series(1, 6) n WHERE memreg.is_held('community', n::bigint)};
change(q{SELECT memreg.hold('community', 4::bigint, 'claim'), memreg.hold('community', 6::bigint, 'claim', until => clock_timestamp() + interval '1 day');});
is($standby->safe_psql('postgres', "BEGIN; $held; END"), "t\n4! 6!", 'holds are there after their replay');
change(q{SELECT memreg.release_hold('community', 4::bigint); UPDATE memreg.hold_state SET expires_at = now() WHERE subject = '6';});
is($standby->safe_psql('postgres', "BEGIN; $held; END"), "t\n", 'and are not once they have ended');
change('TRUNCATE memreg.consent_state;' . restrict(5, 'true'));
is($session->query($members), '', 'a table that is emptied');
change(q{SELECT memreg.grant_consent('community', m::bigint, 'research') FROM generate_series(1, 3) m;});
is($session->query($members), 'one three two', 'and filled again');

# A transaction whose subtransactions are more than a snapshot on the standby can name.
my $writer = $primary->background_psql('postgres', on_error_stop => 0);
$writer->query_safe(q{BEGIN; DO $$ BEGIN FOR n IN 1000..1200 LOOP BEGIN
	PERFORM memreg.grant_consent('community', n::bigint, 'research');
	EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP;
	PERFORM memreg.withdraw_consent('community', 1::bigint, 'research'); END $$; CREATE TEMPORARY TABLE pages AS SELECT generate_series(1, 10000)});
change(q{SELECT memreg.withdraw_consent('community', 3::bigint, 'research');});
is($session->query($members), 'one two', 'while a transaction with many subtransactions is open, others bind');
$standby->safe_psql('postgres', 'SELECT memreg.reset_consent_index()');
is($session->query($members), 'one two', 'and an index that is loaded meanwhile is right');
change(q{SELECT memreg.withdraw_consent('community', 2::bigint, 'research'); SELECT memreg.grant_consent('community', 3::bigint, 'research');});
is($session->query($members), 'one three', 'it follows others');
$writer->query_safe('COMMIT');
replay();
is($session->query($members), 'three', 'and that transaction once it has been committed');
is($standby->safe_psql('postgres', q{SELECT memreg.refresh_consent_index(); SELECT count(*) FROM memreg.consent_state s
	WHERE granted AND NOT memreg.consent_index_has('consent', purpose_id, subject)}), "t\n0", 'all of its subjects are there');

# Promotion with a transaction that was never finished.
$writer->query_safe(q{BEGIN; SELECT memreg.grant_consent('community', 1::bigint, 'research')});
change(restrict(6, 'true'));
is($session->query($members), 'three', 'nothing is seen that is under way');
$standby->promote;
is($session->query($members), 'three', 'promotion changes nothing');
$standby->safe_psql('postgres', q{SELECT memreg.withdraw_consent('community', 3::bigint, 'research'), memreg.grant_consent('community', 2::bigint, 'research')});
is($session->query($members), 'two', 'what is recorded there binds there');
is($standby->safe_psql('postgres', 'SELECT DISTINCT missing, surplus FROM memreg.verify_consent_index()'), '0|0', 'with the index that it had');
$session->quit;
$standby->restart;
is($standby->safe_psql('postgres', "SET ROLE researcher; SET memreg.purpose = 'research'; $members"), 'two', 'and with another after a restart');
$writer->query('ROLLBACK');
$writer->quit;
is($primary->safe_psql('postgres', "SET ROLE researcher; SET memreg.purpose = 'research'; $members"), 'three', 'the primary has its own');
done_testing();
