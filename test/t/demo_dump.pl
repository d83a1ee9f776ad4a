# The demo's database, restored in another server where a role is missing: both registers stand and are enforced.
use strict;
use warnings;
use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $archive = PostgreSQL::Test::Utils::tempdir . '/demo.dump';
my @roles = qw(community business researcher host manager trainee web registrar authentication marketer statistician customer_service);
my $missing_role = 'adviser';

my %declared = (
	registers => 'SELECT r::text FROM memreg.register r ORDER BY 1',
	purposes => 'SELECT p::text FROM memreg.purpose p ORDER BY 1',
	tables => 'SELECT t::text FROM memreg.registered_table t ORDER BY 1',
	categories => 'SELECT c::text FROM memreg.category c ORDER BY 1',
	treatments => 'SELECT t::text FROM memreg.treatment t ORDER BY 1',
	grants => 'SELECT g::text FROM memreg.access_grant g ORDER BY 1',
	consents => 'SELECT c::text FROM memreg.consent_state c ORDER BY 1',
	ledger => 'SELECT e::text FROM memreg.consent_event e ORDER BY 1',
	labels => q{SELECT row(objname, label)::text FROM pg_seclabels WHERE provider = 'memreg' ORDER BY 1},
	policies => 'SELECT row(polrelid::regclass, polname, pg_get_expr(polqual, polrelid))::text FROM pg_policy ORDER BY 1',
	'retention rules' => 'SELECT r::text FROM memreg.retention_rule r ORDER BY 1');

my $source = new_server('source');
$source->safe_psql('postgres', 'CREATE DATABASE demo');
$source->safe_psql('demo', 'CREATE EXTENSION memreg');
run([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $source->connstr('demo'), '-f', 'test/docs/demo.sql' ])
	or die 'the demo cannot be set up';
$source->safe_psql('demo', <<'END');
SELECT memreg.add_retention(register => 'community', relation => 'community.member', term => '6 months', since => 'last_active_at'),
	   memreg.add_retention(register => 'community', relation => 'community.ip_log', term => '90 days', since => 'seen_at');
END
run([ 'pg_dump', '--format=custom', '--file', $archive, '--dbname', $source->connstr('demo') ]) or die 'no dump';

my $target = new_server('target');
$target->safe_psql('postgres', join '', map { "CREATE ROLE $_ LOGIN;" } @roles);
$target->safe_psql('postgres', 'CREATE DATABASE demo');
my $complaints = '';
run([ 'pg_restore', '--dbname', $target->connstr('demo'), $archive ], '2>', \$complaints);
my @other_complaints = grep { /error:/ && !/role "$missing_role" does not exist/ && !/errors ignored/ } split /\n/, $complaints;

is("@other_complaints", '', 'nothing but the missing role is missed');
foreach my $what (sort keys %declared)
{
	my $before = $source->safe_psql('demo', $declared{$what});

	isnt($before, '', "there are $what");
	is($target->safe_psql('demo', $declared{$what}), $before, "and they stand again");
}

my $look = q{SET ROLE researcher; SET memreg.purpose = 'research';
	SELECT member_id, email, nickname FROM community.member ORDER BY 1};
my $seen = $source->safe_psql('demo', $look);
is(scalar(split /\n/, $seen), 20, 'a researcher sees who consents');
is($target->safe_psql('demo', $look), $seen, 'and sees the same in the other server, under the same pseudonyms');

$target->safe_psql('demo', 'SELECT memreg.withdraw_consent(register => \'community\', subject => 1, purpose => \'research\')');
is(scalar(split /\n/, $target->safe_psql('demo', $look)), 19, 'where a withdrawal binds as well');

$source->stop('fast');
$target->stop('fast');
done_testing();

sub new_server
{
	my $node = PostgreSQL::Test::Cluster->new(shift);

	$node->init;
	$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
	$node->start;
	return $node;
}
