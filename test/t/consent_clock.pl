# A clock that is set forward, and back again: what ends by date has ended by the clock that there is now, for every session.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $library = PostgreSQL::Test::Utils::tempdir() . '/clock.so';
my $offset = PostgreSQL::Test::Utils::tempdir() . '/offset';

sub set_clock
{
	my ($hours) = @_;

	open my $file, '+<', $offset or die "$offset: $!";
	syswrite $file, pack('q', $hours * 3600 * 1e6) or die "$offset: $!";
	close $file;
}

system_or_bail($ENV{CC} || 'cc', '-shared', '-fPIC', '-O2', '-o', $library, 'test/clock/clock.c', '-ldl');
append_to_file($offset, pack('q', 0));

my $node = PostgreSQL::Test::Cluster->new('clock');
$node->init;
{
	local $ENV{LD_PRELOAD} = $library;
	local $ENV{CLOCK_OFFSET} = $offset;
	$node->start;
}
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
CREATE ROLE researcher;
CREATE TABLE member (id bigint);
INSERT INTO member SELECT generate_series(1, 100);
GRANT SELECT ON member TO researcher;
SELECT memreg.create_register('members', 'Members', 'An association');
SELECT memreg.create_purpose('members', 'research', 'consent'), memreg.add_table('members', 'member', 'id');
SELECT memreg.grant_access('researcher', 'members', 'research', until => now() + interval '5 hours'), memreg.protect('member');
SELECT memreg.grant_consent('members', n::bigint, 'research', expires_at => now() + n * interval '1 minute') FROM generate_series(1, 100) n;
SELECT memreg.hold('members', n::bigint, 'claim', until => now() + n * interval '1 minute') FROM generate_series(11, 110) n;
END

my $look = q{SET ROLE researcher; SET memreg.purpose = 'research'; SELECT count(*) FROM member};
my $held = q{SELECT memreg.refresh_consent_index(); SELECT count(*) FILTER (WHERE memreg.is_held('members', n::bigint)),
	count(*) FILTER (WHERE memreg.consent_index_has('hold', register_id, n::text)) FROM memreg.register, generate_series(1, 200) n};
my $verify = 'SELECT DISTINCT missing, surplus FROM memreg.verify_consent_index()';

foreach my $step ([0, 100, 100], [1, 40, 50], [2, 0, 0], [0, 100, 100], [1, 40, 50], [1.75, 0, 5], [-1, 100, 100], [0.5, 70, 80], [0, 100, 100])
{
	my ($hours, $seen, $holds) = @$step;

	set_clock($hours);
	is($node->safe_psql('postgres', $look), $seen, "at $hours hours $seen consents stand");
	is($node->safe_psql('postgres', "BEGIN; $held; END"), "t\n$holds|$holds", "and $holds holds");
	is($node->safe_psql('postgres', $verify), '0|0', 'and the index is equal to the tables');
}
is($node->safe_psql('postgres', 'SELECT max(refreshes) > 0 AND count(*) > 0 FROM memreg.consent_index'), 't', 'without a load');

set_clock(6);
like(($node->psql('postgres', $look))[2], qr/has no access/, 'an access grant has ended');
set_clock(0);
is($node->safe_psql('postgres', $look), 100, 'and has not');

$node->stop;
done_testing();
