# A hot standby binds as its primary does: a withdrawal, a revoked grant and a changed treatment are seen after replay, by
# plans that were kept too; it closes nothing and opens nothing by itself, nor when it is promoted.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
my $standby = PostgreSQL::Test::Cluster->new('standby');
my $members = q{SELECT string_agg(nickname, ' ' ORDER BY nickname) || ', ' || count(email) || ' addresses' FROM app.member};

# Change something on the primary, and wait until the standby has it.
sub change
{
	$primary->safe_psql('postgres', "SET client_min_messages = warning; @_");
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
}

# A session that is open on the standby sees the same by plain query, by a plan that was kept, in a function.
sub is_seen
{
	my ($session, $expected, $name) = @_;
	my @answers;

	foreach ($members, 'EXECUTE kept', 'SELECT app.members()')
	{
		my $answer = $session->query($_);

		push @answers, $session->{stderr} =~ /(ERROR: .*)/ ? $1 : $answer;
		$session->{stderr} = '';
	}
	is_deeply(\@answers, [ ($expected) x 3 ], $name);
}

$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$primary->start;
$primary->backup('backup');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
change(slurp_file('test/policy/register.sql'), "CREATE FUNCTION app.members() RETURNS text LANGUAGE plpgsql AS \$f\$ BEGIN RETURN ($members); END \$f\$");

my $session = $standby->background_psql('postgres', on_error_stop => 0);
$session->query_safe("SET ROLE researcher; SET memreg.purpose = 'research'; SET plan_cache_mode = force_generic_plan; PREPARE kept AS $members");
is_seen($session, 'one three two, 0 addresses', 'the standby shows what the primary shows');
change(q{SELECT memreg.withdraw_consent('community', 2::bigint, 'research');});
is_seen($session, 'one three, 0 addresses', 'a withdrawal binds after replay');
change(q{BEGIN; SELECT memreg.withdraw_consent('community', 3::bigint, 'research'); ROLLBACK; SELECT memreg.grant_consent('community', 2::bigint, 'research');});
is_seen($session, 'one three two, 0 addresses', 'one that was taken back does not, a new consent does');
$session->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM pg_class LIMIT 1');
is_seen($session, 'one three two, 0 addresses', 'in a transaction');
change(q{SELECT memreg.withdraw_consent('community', 2::bigint, 'research');});
is_seen($session, 'one three, 0 addresses', 'and in one that began before the withdrawal');
$session->query_safe('COMMIT');
change(q{BEGIN; SELECT memreg.withdraw_consent('community', 3::bigint, 'research'); PREPARE TRANSACTION 'withdrawal';});
is_seen($session, 'one three, 0 addresses', 'one that is prepared does not bind');
change(q{COMMIT PREPARED 'withdrawal';});
is_seen($session, 'one, 0 addresses', 'until it is committed');
change(q{SELECT memreg.set_treatment('community', 'research', 'contact', 'clear');}
	. q{SELECT memreg.set_treatment('community', 'research', 'nickname', 'withhold');});
is($session->query(q{SELECT count(nickname), count(email) FROM app.member}), '0|1', 'a changed treatment binds');
change(q{SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'nickname';});
is($session->query(q{SELECT count(nickname), count(email) FROM app.member}), '0|0', 'a changed label too');
change(q{SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact'; SELECT memreg.set_treatment('community', 'research', 'nickname', 'clear');});
is_seen($session, 'one, 1 addresses', 'and back');
is($session->query('SELECT count(id) - count(DISTINCT id), bool_or(id = 1) FROM app.member'), '0|f', 'pseudonyms are given');
change(q{SELECT memreg.revoke_access('researcher', 'community', 'research');});
is_seen($session, 'ERROR:  role researcher has no access to register community for purpose research', 'a revoked grant binds');
change(q{SELECT memreg.grant_access('researcher', 'community', 'research');});
is_seen($session, 'one, 1 addresses', 'and so does a new one');
is($standby->safe_psql('postgres', "SET ROLE clerk; SET memreg.purpose = 'billing'; SELECT count(*), count(email) FROM app.member"), '6|5', 'another role');
is(($standby->psql('postgres', 'SET ROLE stranger; SELECT FROM app.member WHERE false'))[0], 3, 'none without a purpose');
is(($standby->psql('postgres', q{SET ROLE researcher; SET memreg.purpose = 'research'; UPDATE app.member SET score = 0}))[0], 3, 'nothing is written');

$standby->promote;
is_seen($session, 'one, 1 addresses', 'promotion changes nothing');
$standby->safe_psql('postgres', q{SELECT memreg.withdraw_consent('community', 1::bigint, 'research'), memreg.grant_consent('community', 2::bigint, 'research')});
is_seen($session, 'two, 1 addresses', 'and consents are taken there');
is($session->query(q{WITH u AS (UPDATE app.member SET score = 0 RETURNING nickname) SELECT * FROM u}), 'two', 'what is written is what is seen');
$session->quit;
done_testing();
