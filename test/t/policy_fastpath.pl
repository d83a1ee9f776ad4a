# The protocol's function call message reaches functions without SQL: guards raise by it too, what memreg puts into queries
# takes no value for its argument of type internal, and functions for administration ask for their privilege.
use strict;
use warnings;
use IO::Socket::UNIX;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('fastpath');
$node->init;
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION memreg;
CREATE ROLE anybody LOGIN;
CREATE TABLE member (id bigint PRIMARY KEY);
SELECT memreg.create_register('members', 'Members', 'An association');
SELECT memreg.create_purpose('members', 'research', 'consent');
SELECT memreg.add_table('members', 'member', 'id');
SELECT memreg.protect('member');
SELECT memreg.grant_consent('members', 1, 'research');
GRANT SELECT ON member TO anybody;
END

my $socket = connect_as('anybody');
is(call('pg_catalog.int8pl(bigint,bigint)', '2', '3'), '5', 'a function call works');

# What the hook inserts: NULL, an empty text, a text, and no first argument.
foreach my $function (split /\n/, $node->safe_psql('postgres', <<'END'))
SELECT p.oid::regprocedure FROM pg_proc p
 WHERE p.pronamespace = 'memreg'::regnamespace AND p.proargtypes[0] = 'internal'::regtype AND has_function_privilege('anybody', p.oid, 'EXECUTE')
END
{
	my @rest = ('1', '1')[ 0 .. ($function =~ tr/,//) - 1 ];

	$rest[1] = '00000000-0000-0000-0000-000000000001' if $function =~ /,uuid\)/;
	like(call($function, $_, @rest), qr/^(0A000|22P02|42883|42501)$/, "$function with " . ($_ // 'NULL')) foreach undef, '', '0';
	like(call_binary($function, scalar(@rest) + 1), qr/^(0A000|22P02|42883|42501)$/, "$function with NULLs in binary form");
	is(call($function, @rest), '08P01', "$function with an argument too few");
}
is(call('memreg.guard_table(regclass)', 'member'), 'MR304', 'a table guard raises');
is(call('memreg.guard_row(regclass,bigint)', 'member', '1'), 'MR304', 'a row guard raises');
is(call('memreg.guard_command(regclass,text)', 'member', 'SELECT'), 'MR304', 'and a guard for a command');
is(call('memreg.has_consent(text,bigint,text)', 'members', '1', 'research'), '42501', 'what nobody was granted is refused');
is(call('memreg.unprotect(regclass)', 'member'), '42501', 'whatever it is');
$node->safe_psql('postgres', 'GRANT EXECUTE ON FUNCTION memreg.has_consent(text, bigint, text) TO anybody');
is(call('memreg.has_consent(text,bigint,text)', 'members', '1', 'research'), 't', 'and what was is not');

$node->stop;
done_testing();

# A session by hand, as psql has no function calls.
sub connect_as
{
	my ($role) = @_;
	my $connection = IO::Socket::UNIX->new(Peer => $node->host . '/.s.PGSQL.' . $node->port) or die "no connection: $!";
	my $parameters = "user\0$role\0database\0postgres\0\0";

	$connection->print(pack('NN', length($parameters) + 8, 196608) . $parameters);
	$socket = $connection;
	1 while (read_message())[0] ne 'Z';
	return $connection;
}

# A function's answer as text, or the SQLSTATE.
sub call
{
	my ($function, @arguments) = @_;
	my $values = join '', map { defined $_ ? pack('N', length $_) . $_ : pack('N', 0xffffffff) } @arguments;

	return answer_of($function, pack('n', 0) . pack('n', scalar @arguments) . $values . pack('n', 0));
}

sub call_binary
{
	my ($function, $count) = @_;

	return answer_of($function, pack('nn', 1, 1) . pack('n', $count) . pack('N', 0xffffffff) x $count . pack('n', 1));
}

sub answer_of
{
	my ($function, $body) = @_;
	my $oid = $node->safe_psql('postgres', "SELECT '$function'::regprocedure::oid");
	my $answer = '';

	$body = pack('N', $oid) . $body;
	$socket->print('F' . pack('N', length($body) + 4) . $body);
	while (1)
	{
		my ($type, $content) = read_message();

		return $answer if $type eq 'Z';
		$answer = unpack('N', $content) == 0xffffffff ? 'NULL' : substr($content, 4) if $type eq 'V';
		($answer) = $content =~ /\0C(\w{5})\0/ if $type eq 'E';
	}
}

sub read_message
{
	my ($header, $content) = ('', '');

	$socket->read($header, 5) == 5 or die 'the server went away';
	my ($type, $length) = unpack('aN', $header);
	$socket->read($content, $length - 4) if $length > 4;
	return ($type, $content);
}
