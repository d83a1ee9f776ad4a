-- Known answers: pseudonyms, byte by byte, from an implementation that shares no code with memreg.
--
-- The expected values were computed once, in Python: BLAKE2b with hashlib.blake2b (key, digest_size, salt and
-- person; a subkey n of a key is the hash of nothing under that key, with n in eight bytes, little end first, as
-- salt and the eight characters of its context as person), SipHash-2-4 written after Aumasson and Bernstein,
-- XChaCha20-Poly1305 after RFC 8439 and draft-irtf-cfrg-xchacha-03, each first held against its published vectors.
--
--   master key    the public one of test/server.conf
--   fingerprint   subkey 1 of it, context memreg_k, 16 bytes
--   wrapping key  subkey 2 of it, context memreg_k, 32 bytes
--   scope key     bytes 40 to 5f, wrapped with nonce a0 to b7 and "memreg scope key 1 known answers" as context
--   text, uuid    subkeys 1 and 2 of the scope key, context memreg_s, 32 bytes each
--   bytea         subkey 13 of it, likewise
--   bigint        subkeys 16 to 25 of the scope key, context memreg_s, 16 bytes each, one a round
--   integer       subkeys 32 to 41, likewise: the permutation below 2^32 with 5 in the first byte of its tweak
--   smallint      the same below 2^16 with 6 there
CREATE EXTENSION memreg;
SELECT plan(61);

INSERT INTO memreg.scope (scope) VALUES ('known answers');
INSERT INTO memreg.scope_key (scope_id, version, wrapped_key, master_fingerprint)
SELECT scope_id, 1,
	'\xa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b731cf3c9374d09555e515a495bfbac943d802cad8f9412efb8f2674f50a8b145f4a581ea203b85eebf6004e8f4e5edec8',
	'\x0e43a6bbe5db094d4077335a38e73f56'
  FROM memreg.scope;

SELECT is(memreg.master_fingerprint(), '\x0e43a6bbe5db094d4077335a38e73f56'::bytea, 'fingerprint of the master key');

CREATE TABLE answer (name text, value text, pseudonym text, uuid uuid);
INSERT INTO answer VALUES
	('the empty string', '', 'p1-sy051k963659jyycthtf8p7p', '56c0e054-4bc0-8513-aefa-2a9b1903a470'),
	('one character', 'a', 'p1-f9wjr84fkssv998va32jgwgc', '4532ee80-55ae-8b17-be5d-3fa261ea5da2'),
	('a made-up name', 'Aino Esimerkki', 'p1-z9g4qeragraytnpvd7fpf864', '3f33fd00-711c-8634-8976-ae48e948ca1f'),
	('two to four bytes a character', 'äö€😀', 'p1-08qq5xk3gt5pe5shg1x828x0', '12e32255-7b6d-8b5c-abe3-05ef236bf4db'),
	('a megabyte', repeat('x', 1048576), 'p1-ngxme6yewtt9w43je706g0k7', 'b4f4564f-122f-8cf7-bf6e-856666f35475'),
	('a composed character', U&'\00C4', 'p1-kwnqqxb0jf7jy87f64dc8z8x', '8ac574ad-4575-8621-8da8-0e937ee47795'),
	('the same, decomposed', U&'A\0308', 'p1-mjfx0t8xxjd66vfspy45fvpt', 'ad633077-5c0c-80eb-bd1a-0176f0c7778a');
SELECT is(memreg.pseudonym('known answers', value), pseudonym, 'text pseudonym of ' || name) FROM answer;
SELECT is(memreg.pseudonym_uuid('known answers', value), uuid, 'uuid pseudonym of ' || name) FROM answer;

-- Subject keys are given as pseudonyms by protected tables.
CREATE TABLE by_bigint (subject bigint PRIMARY KEY, name text NOT NULL, expected bigint NOT NULL);
CREATE TABLE by_uuid (subject uuid PRIMARY KEY, name text NOT NULL, expected uuid NOT NULL);
CREATE TABLE by_text (subject text PRIMARY KEY, name text NOT NULL, expected text NOT NULL);
INSERT INTO by_bigint VALUES
	(0, 'zero', -2022517921538030535), (1, 'one', -1440821966356521124), (2, 'two', -8518232470955481730),
	(-1, 'minus one', -3270072091866933685), (123456789, 'nine digits', 2694109543841797433),
	(-9223372036854775808, 'the least bigint', 3019221460002358440),
	(9223372036854775807, 'the greatest bigint', -7267044906252119892);
INSERT INTO by_uuid VALUES
	('00000000-0000-0000-0000-000000000000', 'the nil uuid', '899b292e-57cb-8a4c-be62-42ac87326a95'),
	('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', 'a random uuid', '22fa630a-80ea-8cf3-9098-7c1c4e471380');
INSERT INTO by_text SELECT value, name, pseudonym FROM answer WHERE value <> repeat('x', 1048576);

SELECT is(memreg.pseudonym_bigint('known answers', subject), expected, 'bigint pseudonym of ' || name) FROM by_bigint;
SELECT is(memreg.pseudonym_uuid('known answers', subject), expected, 'uuid pseudonym of ' || name) FROM by_uuid;

-- Types that no key has, but columns do.
CREATE TABLE of_number (type text, value int, pseudonym int);
INSERT INTO of_number VALUES
	('integer', 0, -1962942563), ('integer', 1, -1024162340), ('integer', 2, 876934777), ('integer', -1, -92357675),
	('integer', 123456789, -1018567786), ('integer', -2147483648, -1976922436), ('integer', 2147483647, -498946779),
	('smallint', 0, -31175), ('smallint', 1, 13474), ('smallint', 2, 7692), ('smallint', -1, -15287), ('smallint', 12345, 1114),
	('smallint', -32768, -6296), ('smallint', 32767, -14820);
SELECT is(CASE type WHEN 'integer' THEN memreg.pseudonym_integer('known answers', value)
		  ELSE memreg.pseudonym_smallint('known answers', value::smallint) END, pseudonym, format('%s pseudonym of %s', type, value)) FROM of_number;
SELECT is(memreg.pseudonym_bytea('known answers', value), pseudonym, format('bytea pseudonym of %s bytes', octet_length(value)))
  FROM (VALUES (''::bytea, '\x1903ae712e3d2c1c21da98caf1e44b18'::bytea), ('a', '\x7da998fef0a6c958f8eafd7d4ebe01df'), ('\x00', '\x12a1b645dc5830a466ba21819292fa1d'),
	('\xff00', '\x751ffa91dd8063c05e2425bc566956bd'), (repeat('x', 4000)::bytea, '\x189483fe512e6725b2025b5f9951a8e4')) s(value, pseudonym);

CREATE ROLE researcher;
CREATE FUNCTION declare_register(type regtype) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	register text := 'of ' || type;
	relation regclass := 'by_' || type;
BEGIN
	PERFORM memreg.create_register(register, 'Known answers', 'Nobody', type);
	PERFORM memreg.create_purpose(register, 'research', 'public_task');
	PERFORM memreg.set_treatment(register, 'research', 'subject_key', 'pseudonym(known answers)');
	PERFORM memreg.add_table(register, relation, 'subject', root => true);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN %s.name IS ''nonpersonal''', relation);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN %s.expected IS ''nonpersonal''', relation);
	PERFORM memreg.protect(relation);
	PERFORM memreg.grant_access('researcher', register, 'research');
	EXECUTE format('GRANT SELECT ON %s TO researcher', relation);
END
$$;
SELECT declare_register(type) FROM unnest('{bigint,uuid,text}'::regtype[]) AS type \g /dev/null

-- pgTAP keeps its count in a temporary table of the present user.
CREATE TABLE seen (kind text, name text, pseudonym text, expected text);
GRANT INSERT ON seen TO researcher;
SET ROLE researcher;
SET memreg.purpose = 'research';
INSERT INTO seen SELECT 'bigint', name, subject, expected FROM by_bigint;
INSERT INTO seen SELECT 'uuid', name, subject, expected FROM by_uuid;
INSERT INTO seen SELECT 'text', name, subject, expected FROM by_text;
RESET ROLE;
SELECT is(pseudonym, expected, kind || ' subject key: ' || name) FROM seen;

SELECT throws_ok($$UPDATE memreg.scope_key SET wrapped_key = overlay(wrapped_key PLACING '\x00' FROM 72);
				  SELECT memreg.pseudonym('known answers', 'a')$$,
				 'MR103', NULL, 'one changed byte of a wrapped key is noticed');
-- A wrapped key belongs to one name and version.
CREATE FUNCTION add(scope text, version int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	added int;
BEGIN
	INSERT INTO memreg.scope AS s (scope, version) VALUES (add.scope, add.version) RETURNING scope_id INTO added;
	INSERT INTO memreg.scope_key (scope_id, version, wrapped_key, master_fingerprint)
	SELECT added, add.version, k.wrapped_key, k.master_fingerprint FROM memreg.scope_key k LIMIT 1;
END $$;
SELECT add('of another name', 1) \g /dev/null
SELECT throws_ok($$SELECT memreg.pseudonym('of another name', 'a')$$, 'MR103', NULL, 'a wrapped key moved to another scope');
SELECT throws_ok($$UPDATE memreg.scope_key SET version = 2; UPDATE memreg.scope SET version = 2;
				  SELECT memreg.pseudonym('known answers', 'a')$$, 'MR103', NULL, 'a wrapped key given another version');
SELECT * FROM finish();
