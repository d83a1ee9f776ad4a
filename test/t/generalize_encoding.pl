# Letters and e-mail addresses in databases of several encodings.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('encodings');
my @cases = (
	# encoding, text and address (in UTF-8, converted on their way), first letter, two letters, canonical address
	[ 'UTF8', 'Äiti', 'Öljy@EXAMPLE.org', 'Ä', 'Äi', 'Öljy@example.org' ],
	[ 'LATIN1', 'Äiti', 'Öljy@EXAMPLE.org', 'Ä', 'Äi', 'Öljy@example.org' ],
	[ 'EUC_JP', '漢字A', '漢字@EXAMPLE.org', '漢', '漢字', '漢字@example.org' ],
	# no encoding, no characters: bytes
	[ 'SQL_ASCII', 'Aino', 'Öljy@EXAMPLE.org', 'A', 'Ai', 'Öljy@example.org' ],
);

$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$node->start;
foreach my $case (@cases)
{
	my ($encoding, $text, $address, @expected) = @$case;

	$node->safe_psql('postgres', "CREATE DATABASE \"db_$encoding\" ENCODING $encoding TEMPLATE template0");
	is($node->safe_psql("db_$encoding", <<"END"), join('|', @expected), "letters and addresses in $encoding");
SET client_encoding = UTF8;
CREATE EXTENSION memreg;
SELECT memreg.first_letters('$text'), memreg.first_letters('$text', 2), memreg.canonical_email('$address');
END
}

# Bytes that mean nothing are taken as they are; none is told in an error.
is($node->safe_psql('db_SQL_ASCII', q{SELECT length(memreg.first_letters(E'\xe4\xcc')), memreg.canonical_email(E'A\xe4\xcc@x') = E'a\xe4\xcc@x'}),
	'1|t', 'bytes that are no UTF-8');
is($node->safe_psql('db_LATIN1', q{SELECT memreg.first_letters(E'A\xcc\x80') = 'A', memreg.first_letters(E'A\xcc\x80', 3) = E'A\xcc\x80'}),
	't|t', 'what would be a mark in UTF-8 is none elsewhere');
$node->stop;
done_testing();
