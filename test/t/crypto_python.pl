# Keys, pseudonyms and sealed values are what the documents say, byte by byte: an implementation in Python, which shares no
# code with memreg and is held against published vectors first, unwraps the keys of a database and comes to the same.
use strict;
use warnings;
use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $known = 'test/known/known.py';
my $master_key = slurp_file('test/server.conf') =~ /echo ([0-9a-f]{64})/ ? $1 : die 'no test key';
my $seed = $ENV{MEMREG_TEST_SEED} // rand;
my $document = PostgreSQL::Test::Utils::tempdir . '/document';

sub known
{
	my (@arguments) = @_;
	my ($out, $error);

	run [ 'python3', '-B', $known, @arguments ], '<', $document, '>', \$out, '2>', \$error;
	return ($out, $error);
}

# First of all the implementation itself.
append_to_file($document, '');
my ($out, $error) = known('vectors');
my @vectors = split /\n/, $out;
cmp_ok(scalar @vectors, '>', 8, 'there are published vectors');
foreach (@vectors)
{
	my ($result, $name) = /^(good|BAD)\s+(.*)/;
	is($result, 'good', "published vector: $name");
}

my $node = PostgreSQL::Test::Cluster->new('python');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', 'memreg.retention_naptime = 0');
$node->start;
$node->safe_psql('postgres', <<"END");
CREATE EXTENSION memreg;
SET client_min_messages = error;
SELECT setseed($seed - 0.5);

-- Text of characters of one to four bytes, of 0 to 70 of them.
CREATE FUNCTION random_text() RETURNS text LANGUAGE sql VOLATILE AS \$\$
	SELECT coalesce(string_agg(chr((ARRAY[33, 161, 2304, 65536])[1 + floor(random() * 4)::int] + floor(random() * 90)::int), ''), '')
	  FROM generate_series(1, floor(random() * 70)::int)
\$\$;
CREATE FUNCTION utf8(value text) RETURNS text LANGUAGE sql AS \$\$ SELECT encode(convert_to(value, 'UTF8'), 'hex') \$\$;
CREATE TABLE sample AS SELECT n, random_text() AS value, random_text() AS context, gen_random_uuid() AS id,
	('x' || encode(substr(uuid_send(gen_random_uuid()), 1, 6), 'hex') || encode(substr(uuid_send(gen_random_uuid()), 1, 2), 'hex'))::bit(64)::bigint AS number
	FROM generate_series(1, 150) n;
INSERT INTO sample VALUES (0, '', '', '00000000-0000-0000-0000-000000000000', 0),
	(-1, repeat('x', 4000), repeat('y', 200), 'ffffffff-ffff-ffff-ffff-ffffffffffff', -1),
	(-2, repeat('x', 64), '', gen_random_uuid(), 9223372036854775807), (-3, repeat('x', 65), 'x', gen_random_uuid(), -9223372036854775808);
CREATE TABLE answered (kind text, scope text, version int, value text, context text, number bigint, register_id int, subject text,
	token text, cluster bigint, database bigint, answer json);

CREATE FUNCTION answer(in_scope text, in_version int) RETURNS void LANGUAGE sql AS \$\$
	INSERT INTO answered (kind, scope, version, value, context, number, answer)
	SELECT kind, in_scope, in_version, utf8(s.value), utf8(s.context), s.number, to_json(a)
	  FROM sample s, LATERAL (VALUES
		('text', memreg.pseudonym(in_scope, s.value)),
		('uuid', memreg.pseudonym_uuid(in_scope, s.value)::text),
		('seal', memreg.seal(in_scope, s.value, s.context)),
		('seal_random', memreg.seal_random(in_scope, s.value, s.context))) v (kind, a);
	INSERT INTO answered (kind, scope, version, value, answer)
	SELECT 'uuid', in_scope, in_version, encode(uuid_send(s.id), 'hex'), to_json(memreg.pseudonym_uuid(in_scope, s.id)) FROM sample s;
	INSERT INTO answered (kind, scope, version, number, answer)
	SELECT kind, in_scope, in_version, s.number, a
	  FROM sample s, LATERAL (VALUES
		('bigint', to_json(memreg.pseudonym_bigint(in_scope, s.number))),
		('integer', to_json(memreg.pseudonym_integer(in_scope, s.number::bit(32)::integer))),
		('smallint', to_json(memreg.pseudonym_smallint(in_scope, ((s.number & 65535) - 2 * (s.number & 32768))::smallint)))) v (kind, a);
	INSERT INTO answered (kind, scope, version, value, answer)
	SELECT 'bytea', in_scope, in_version, utf8(s.value), to_json(memreg.pseudonym_bytea(in_scope, convert_to(s.value, 'UTF8'))) FROM sample s;
\$\$;
SELECT memreg.create_scope('one'), memreg.create_scope('two ä "quoted"');
SELECT answer('one', 1), answer('two ä "quoted"', 1);
SELECT memreg.rotate_scope('one');
SELECT answer('one', 2);
SELECT memreg.rotate_scope('two ä "quoted"'), memreg.rotate_scope('two ä "quoted"');
SELECT memreg.retire_scope_version('two ä "quoted"', 2);
SELECT answer('two ä "quoted"', 3);

-- Each version that is recognized, by the functions that give all of them
INSERT INTO answered (kind, scope, version, value, answer)
SELECT 'text', 'one', 3 - v, utf8(value), to_json((memreg.pseudonyms('one', value))[v]) FROM sample, generate_series(1, 2) v;
INSERT INTO answered (kind, scope, version, value, answer)
SELECT 'uuid', 'one', 3 - v, utf8(value), to_json((memreg.pseudonyms_uuid('one', value))[v]) FROM sample, generate_series(1, 2) v;
INSERT INTO answered (kind, scope, version, number, answer)
SELECT 'bigint', 'one', 3 - v, number, to_json((memreg.pseudonyms_bigint('one', number))[v]) FROM sample, generate_series(1, 2) v;

-- Registers of each type of key
SELECT memreg.create_register('by ' || t, 'Register', 'Example City', t), memreg.create_purpose('by ' || t, 'research', 'public_task')
  FROM unnest('{bigint,uuid,text}'::regtype[]) t;
CREATE FUNCTION answer_subject(in_register text, in_subject text, in_scope text, in_version int, pseudonym uuid) RETURNS void LANGUAGE sql AS \$\$
	INSERT INTO answered (kind, scope, version, register_id, subject, answer)
	SELECT 'subject', in_scope, in_version, r.register_id, in_subject, to_json(pseudonym) FROM memreg.register r WHERE r.register = in_register
\$\$;
SELECT answer_subject('by bigint', number::text, scope, version, memreg.subject_pseudonym(scope, 'by bigint', number)),
	   answer_subject('by uuid', id::text, scope, version, memreg.subject_pseudonym(scope, 'by uuid', id)),
	   answer_subject('by text', value, scope, version, memreg.subject_pseudonym(scope, 'by text', value))
  FROM (SELECT * FROM sample WHERE octet_length(value) BETWEEN 1 AND 900 LIMIT 40) s,
	   (VALUES ('one', 2), ('two ä "quoted"', 3), ('by uuid/research', 1)) u (scope, version);

INSERT INTO answered (kind, answer) VALUES ('fingerprint', to_json(encode(memreg.master_fingerprint(), 'hex')));
INSERT INTO answered (kind, token, answer)
SELECT 'token_digest', answer #>> '{}', to_json(encode(memreg.token_digest(answer #>> '{}'), 'hex')) FROM answered WHERE kind IN ('seal', 'seal_random') LIMIT 50;
INSERT INTO answered (kind, cluster, database, answer)
SELECT 'subject_token', system_identifier, oid, to_json(memreg.issue_subject_token('by bigint', number))
  FROM sample, pg_control_system(), pg_database WHERE datname = current_database() AND n > 120;
END

append_to_file($document, $node->safe_psql('postgres', <<'END'));
SELECT row_to_json(k) FROM (SELECT s.scope, s.register_id, k.version, k.wrapped_key, k.master_fingerprint
	FROM memreg.scope_key k JOIN memreg.scope s USING (scope_id) WHERE k.wrapped_key IS NOT NULL ORDER BY 1, 3) k;
SELECT row_to_json(s) FROM memreg.subject_secret s;
SELECT row_to_json(a) FROM answered a;
END
($out, $error) = known('compare', $master_key);
is($out, <<'END', 'every answer is as computed') or diag("MEMREG_TEST_SEED=$seed\n$error");
10 keys, 120 secrets
bigint: 924 of 924
bytea: 616 of 616
fingerprint: 1 of 1
integer: 616 of 616
seal: 616 of 616
seal_random: 616 of 616
smallint: 616 of 616
subject: 360 of 360
subject_token: 30 of 30
text: 924 of 924
token_digest: 50 of 50
uuid: 1540 of 1540
END
($out, $error) = known('compare', substr($master_key, 0, 63) . '0');
like($error, qr/a wrapped key does not open/, 'another master key opens nothing');

is($node->safe_psql('postgres', q{SELECT count(*) FROM answered WHERE kind IN ('seal', 'seal_random')
	AND memreg.unseal(scope, answer #>> '{}', 'Test', convert_from(decode(context, 'hex'), 'UTF8')) = convert_from(decode(value, 'hex'), 'UTF8')}),
	'1232', 'and every token opens again');
$node->stop;
done_testing();
