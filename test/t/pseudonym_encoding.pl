# A value has the same pseudonym in databases of every encoding, is sealed the same and opens in each that can write it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @encodings = qw(UTF8 LATIN1 SQL_ASCII);
my @values = ('', 'a', 'Äiti Esimerkki', 'öljyä', 'ÿ', 'x' x 5000 . 'ä');
my $node = PostgreSQL::Test::Cluster->new('encodings');

$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$node->start;

# The values arrive in UTF-8 and are converted, except where the database has no encoding.
my $list = join ', ', map { "'$_'" } @values;
my $pseudonyms = "SELECT memreg.pseudonym('one', v), memreg.pseudonym_uuid('one', v), memreg.seal('one', v, 'Ä' || v), memreg.nickname('one', v, 'sv'), memreg.pseudonym_name('one', v, 'sv'),
		memreg.shift_date('one', v, date '2026-02-01') FROM unnest(ARRAY[$list]) v;
	SELECT memreg.pseudonym_email('one', 'ä\@example.fi'), memreg.pseudonym_email('one', 'a\@ä.example', true), memreg.pseudonym_phone('one', '+358\xc2\xa040\xc2\xa01234567')";
my ($scope, $expected, $tokens, $euro);

foreach my $encoding (@encodings)
{
	$node->safe_psql('postgres', "CREATE DATABASE \"db_$encoding\" ENCODING $encoding TEMPLATE template0");
	$node->safe_psql("db_$encoding", 'CREATE EXTENSION memreg');
	if (defined $scope)
	{
		$node->safe_psql("db_$encoding", "INSERT INTO memreg.scope (scope) VALUES ('one'); INSERT INTO memreg.scope_key (scope_id, version, wrapped_key, master_fingerprint) SELECT scope_id, 1, $scope FROM memreg.scope");
	}
	else
	{
		$node->safe_psql("db_$encoding", "SELECT memreg.create_scope('one')");
		$scope = $node->safe_psql("db_$encoding", q{SELECT quote_literal(wrapped_key) || ', ' || quote_literal(master_fingerprint) FROM memreg.scope_key});
		$expected = $node->safe_psql("db_$encoding", "SET client_encoding = UTF8; $pseudonyms");
		is(scalar(split /\n/, $expected), @values + 1, 'there are values');
		$tokens = $node->safe_psql("db_$encoding", "SET client_encoding = UTF8; SELECT quote_literal(v) || ', ' || quote_literal(memreg.seal_random('one', v, 'Ä' || v)) FROM unnest(ARRAY[$list]) v");
		$euro = $node->safe_psql("db_$encoding", "SET client_encoding = UTF8; SELECT memreg.seal('one', '100 €')");
		next;
	}
	is($node->safe_psql("db_$encoding", "SET client_encoding = UTF8; $pseudonyms"), $expected, "the same pseudonyms in $encoding");
	foreach (split /\n/, $tokens)
	{
		my ($value, $token) = /^('.*'), ('.*')$/;
		is($node->safe_psql("db_$encoding", "SET client_encoding = UTF8; SELECT memreg.unseal('one', $token, 'Test', 'Ä' || $value) = $value"), 't', "what was sealed elsewhere opens in $encoding");
	}
	is($node->safe_psql("db_$encoding", "SELECT memreg.pseudonym('one', s) = memreg.pseudonym('one', s || '') FROM (SELECT string_agg(chr(g), '') AS s FROM generate_series(1, 127) g) s"), 't',
		"every character of ASCII in $encoding");
}

# Where the database has no encoding, a value may hold bytes that are no UTF-8. Whatever comes of it, no byte is told.
$node->safe_psql('db_SQL_ASCII', q{CREATE TABLE t AS SELECT E'Secret\xe4 name' AS v});
$node->psql('db_SQL_ASCII', q{SELECT memreg.pseudonym('one', v) FROM t}, stderr => \my $error);
unlike($error, qr/Secret|0xe4/, 'bytes that are no UTF-8 are not told');

# A byte that is no character, as WIN1252 has a few, is part of no shape.
$node->safe_psql('postgres', 'CREATE DATABASE "db_WIN1252" ENCODING WIN1252 TEMPLATE template0');
$node->safe_psql('db_WIN1252', q{CREATE EXTENSION memreg});
$node->safe_psql('db_WIN1252', q{SELECT memreg.create_scope('one')});
is($node->safe_psql('db_WIN1252', <<'END'), 't|t|t|f', 'what cannot be in UTF-8 is ill-formed');
CREATE TABLE t AS SELECT convert_from('\x8120313132', 'WIN1252') AS v;
SELECT memreg.pseudonym_phone('one', v) IS NULL, memreg.pseudonym_email('one', left(v, 1) || '@example.org') IS NULL, memreg.shift_date('one', v, date '2026-02-01') IS NULL, memreg.pseudonym_phone('one', substr(v, 2)) IS NULL FROM t;
END

# So with a value that was sealed where there was another encoding, or none: it is neither told nor recorded as opened.
$node->psql('db_LATIN1', "SELECT memreg.unseal('one', '$euro', 'Test')", stderr => \$error, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($error, qr/22P05: the value cannot be written in this database's encoding/, 'a character that the encoding does not have');
unlike($error, qr/0xe2/, 'is not told');
my $bytes = $node->safe_psql('db_SQL_ASCII', q{SELECT memreg.seal('one', E'Secret\xe4 name')});
is($node->safe_psql('db_SQL_ASCII', "SELECT memreg.unseal('one', '$bytes', 'Test') = E'Secret\\xe4 name'"), 't', 'bytes that are no UTF-8 are sealed as they are');
foreach my $encoding (qw(UTF8 LATIN1))
{
	$node->psql("db_$encoding", "SELECT memreg.unseal('one', '$bytes', 'Test')", stderr => \$error, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	like($error, qr/22P05: the value cannot be written in this database's encoding/, "and do not open in $encoding");
	unlike($error, qr/Secret|0xe4/, 'nor are told there');
}

# Names of scopes and registers may be written in the database's encoding as well.
foreach my $encoding (grep { $_ ne 'SQL_ASCII' } @encodings)
{
	is($node->safe_psql("db_$encoding", <<'END'), "t\nt", "names that are not ASCII in $encoding");
SET client_encoding = UTF8;
SET client_min_messages = error;
DO $$ BEGIN PERFORM memreg.create_scope('yhteistyö'), memreg.create_register('jäsenet', 'Jäsenrekisteri', 'Kaupunki', 'text'), memreg.create_purpose('jäsenet', 'yhteydenotto ä', 'consent'); END $$;
SELECT memreg.pseudonym('yhteistyö', 'x') <> memreg.pseudonym('one', 'x');
DO $$ BEGIN PERFORM memreg.grant_consent('jäsenet', 'Ä', 'yhteydenotto ä'); END $$;
SELECT memreg.has_consent('jäsenet', 'Ä', 'yhteydenotto ä');
END
}

# Which nicknames count as the same does not depend on the encoding.
foreach my $encoding (@encodings)
{
	my $choose = "SELECT memreg.choose_nickname('members', %s, '%s')";
	my $error;

	$node->safe_psql("db_$encoding", "SELECT memreg.create_register('members', 'Members', 'City')");
	is($node->safe_psql("db_$encoding", 'SET client_encoding = UTF8; ' . sprintf($choose, 1, ' Äiti½ ')), 'Äiti½', "a nickname in $encoding");
	$node->psql("db_$encoding", "SET client_encoding = UTF8; " . sprintf($choose, 2, 'ÄITI½'), stderr => \$error);
	like($error, qr/is taken/, "which in $encoding is taken in capitals as well");
}
$node->psql('db_SQL_ASCII', q{SELECT memreg.choose_nickname('members', 3, E'Secret\xe4 name')}, stderr => \$error);
like($error, qr/not suitable/, 'bytes that are no UTF-8 are no nickname');
unlike($error, qr/Secret|0xe4/, 'and not told');
$node->stop;
done_testing();
