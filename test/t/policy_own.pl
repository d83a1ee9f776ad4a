# Subject tokens and the server: good on a standby, worthless under another master key, an error without one; and trust
# needs no key.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');

$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$primary->start;
$primary->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
CREATE TABLE member (id bigint PRIMARY KEY);
INSERT INTO member VALUES (1), (2);
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_purpose('members', 'self', 'contract', reach => 'own');
SELECT memreg.set_treatment('members', 'self', 'subject_key', 'clear');
SELECT memreg.add_table('members', 'member', 'id');
SELECT memreg.protect('member');
CREATE ROLE web LOGIN;
CREATE ROLE trusted LOGIN;
GRANT SELECT ON member TO web, trusted;
SELECT memreg.grant_access(role, 'members', 'self') FROM unnest('{web,trusted}'::regrole[]) role;
ALTER DATABASE postgres SET memreg.purpose = 'self';
ALTER ROLE trusted SET memreg.trust_subject = on;
END

sub token_of
{
	my ($node, $subject) = @_;

	return $node->safe_psql('postgres', "SELECT memreg.issue_subject_token('members', $subject)");
}

# The member that a login sees for what it sets as its subject, or the SQLSTATE.
sub seen
{
	my ($node, $login, $subject) = @_;
	my ($code, $out, $error) = $node->psql('postgres',
		"\\set VERBOSITY sqlstate\nSET memreg.subject = '$subject';\nSELECT id FROM member;",
		extra_params => [ '-U', $login ], on_error_stop => 0);

	return $error =~ /ERROR:  (\w{5})/ ? $1 : $out;
}

sub restart_with_key
{
	my ($command) = @_;

	$primary->append_conf('postgresql.conf', "memreg.master_key_command = '$command'");
	$primary->restart;
}

my $token = token_of($primary, 1);

is(seen($primary, 'web', $token), '1', 'a token shows its subject');
is(seen($primary, 'web', '1'), 'MR341', 'a key shows nobody');
is(seen($primary, 'trusted', '2'), '2', 'unless the login is trusted');
is(seen($primary, 'trusted', ''), 'MR340', 'which names one');

$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;
is(seen($standby, 'web', $token), '1', 'a token of the primary is good on its standby');
is(seen($primary, 'web', token_of($standby, 2)), '2', 'and the other way');
$standby->stop;

restart_with_key('printf %064d 1');
is(seen($primary, 'web', $token), 'MR341', 'another master key, and it proves nothing');
isnt($primary->psql('postgres', q{SELECT memreg.issue_subject_token('members', 2)}, stderr => \my $refused), 0, 'nor does it sign');
like($refused, qr/the master key is not the one/, 'as it is the wrong one');

restart_with_key('false');
is(seen($primary, 'web', $token), 'MR101', 'no master key, no proof');
is(seen($primary, 'trusted', '2'), '2', 'trust needs none');
$primary->stop;

unlike(slurp_file($_->logfile), qr/ERROR:.*\Q$token\E/, 'no error tells the token') foreach $primary, $standby;
done_testing();
