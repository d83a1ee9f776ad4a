-- What holds for pseudonyms whatever the key.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(44);

CREATE FUNCTION declare_register() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.create_register('people', 'Another register', 'Example City', 'text');
	PERFORM memreg.create_purpose(register, purpose, 'public_task')
	   FROM unnest('{members,people}'::text[]) register, unnest('{research,service}'::text[]) purpose;
	PERFORM memreg.create_scope('one', 'First recipient');
	PERFORM memreg.create_scope('two', 'Second recipient');
	CREATE ROLE researcher;
	CREATE TABLE member (id bigint PRIMARY KEY, name text, note text);
	CREATE TABLE person (id text PRIMARY KEY, name text);
	GRANT SELECT ON member, person TO researcher;
	SECURITY LABEL FOR memreg ON COLUMN member.name IS 'identity';
	SECURITY LABEL FOR memreg ON COLUMN member.note IS 'free_text';
	SECURITY LABEL FOR memreg ON COLUMN person.name IS 'identity';
	INSERT INTO member SELECT g, 'Name ' || g, NULL FROM generate_series(-2000, 2000) g;
	INSERT INTO person SELECT g, 'Name ' || g FROM generate_series(-2000, 2000) g;
	PERFORM memreg.add_table('members', 'member', 'id'), memreg.add_table('people', 'person', 'id');
	PERFORM memreg.set_treatment(register, purpose, category, 'pseudonym')
	   FROM unnest('{members,people}'::text[]) register, unnest('{research,service}'::text[]) purpose,
			unnest('{subject_key,identity,free_text}'::text[]) category;
	PERFORM memreg.protect('member'), memreg.protect('person');
	PERFORM memreg.grant_access('researcher', p.register, p.purpose) FROM memreg.purpose p;
END $$;
SELECT declare_register() \g /dev/null

CREATE TABLE sample AS
	SELECT 'value ' || g AS value FROM generate_series(1, 2000) g
	UNION ALL SELECT v FROM unnest(ARRAY['', ' ', E'\n', 'ä', 'NULL', repeat('x', 126), repeat('x', 127), repeat('x', 128), repeat('y', 1000000)]) v;

-- Form
SELECT is_empty($$SELECT value FROM sample WHERE memreg.pseudonym('one', value) !~ '^p1-[0-9abcdefghjkmnpqrstvwxyz]{24}$'$$,
				'a pseudonym is p, the version, and 24 characters');
SELECT is_empty($$SELECT value FROM sample WHERE memreg.pseudonym_uuid('one', value)::text !~ '^.{14}8.{4}[89ab].{16}$'$$,
				'a uuid is of version 8 and variant 10');
SELECT is(memreg.pseudonym('one', NULL), NULL, 'nothing has no pseudonym');
SELECT is(memreg.pseudonym_uuid('one', NULL), NULL, 'nor a uuid');
SELECT isnt(memreg.pseudonym('one', ''), NULL, 'the empty string has one');

-- The same for the same, another for another
SELECT is_empty($$SELECT value FROM sample WHERE memreg.pseudonym('one', value) <> memreg.pseudonym('one', value || '')$$, 'the same value has the same');
SELECT is_empty($$SELECT value FROM sample WHERE memreg.pseudonym_uuid('one', value) <> memreg.pseudonym_uuid('one', value || '')$$, 'and the same uuid');
SELECT is((SELECT count(DISTINCT memreg.pseudonym('one', value)) FROM sample), (SELECT count(DISTINCT value) FROM sample), 'another value another');
SELECT is((SELECT count(DISTINCT memreg.pseudonym_uuid('one', value)) FROM sample), (SELECT count(DISTINCT value) FROM sample), 'and another uuid');
SELECT is_empty($$SELECT memreg.pseudonym('one', value) FROM sample INTERSECT SELECT memreg.pseudonym('two', value) FROM sample$$,
				'two scopes have nothing in common');
SELECT is_empty($$SELECT memreg.pseudonym_uuid('one', value) FROM sample INTERSECT SELECT memreg.pseudonym_uuid('two', value) FROM sample$$,
				'nor of their uuids');
SELECT is((SELECT count(DISTINCT memreg.pseudonym_bigint('one', g)) FROM generate_series(-5000, 4999) g), 10000::bigint, 'no two numbers have the same');
SELECT is_empty($$SELECT memreg.pseudonym_bigint('one', g) FROM generate_series(1, 1000) g INTERSECT SELECT memreg.pseudonym_bigint('two', g) FROM generate_series(1, 1000) g$$,
				'nor have they in two scopes');
SELECT is(memreg.pseudonym_bigint('one', NULL), NULL, 'no number has no pseudonym');
SELECT is_empty($$SELECT u FROM (SELECT md5(value)::uuid FROM sample) s (u) WHERE memreg.pseudonym_uuid('one', u)::text !~ '^.{14}8.{4}[89ab].{16}$'$$, 'a uuid''s is of version 8 too');
SELECT isnt(memreg.pseudonym_uuid('one', u), memreg.pseudonym_uuid('one', u::text), 'and not that of its text') FROM md5('value') m, CAST(m AS uuid) u;
SELECT isnt(memreg.pseudonym('one', 'ä'), memreg.pseudonym('one', E'a\u0308'), 'nothing is normalized');
SELECT isnt(memreg.pseudonym('one', 'a'), memreg.pseudonym('one', 'A'), 'nor folded');
SELECT isnt(memreg.pseudonym('one', 'a'), memreg.pseudonym('one', 'a '), 'nor trimmed');
SELECT is((SELECT count(*)::int FROM (SELECT memreg.pseudonym(scope, 'x') FROM unnest('{one,two,one,two}'::text[]) scope GROUP BY 1) d), 2,
		  'scopes may change from row to row');

-- A value out of line, compressed or not
CREATE TABLE stored (value text, packed text);
ALTER TABLE stored ALTER COLUMN value SET STORAGE EXTERNAL;
INSERT INTO stored SELECT string_agg(md5(g::text), ''), repeat('memreg', 100000) FROM generate_series(1, 20000) g;
SELECT is((SELECT memreg.pseudonym('one', value) FROM stored), (SELECT memreg.pseudonym('one', string_agg(md5(g::text), '')) FROM generate_series(1, 20000) g),
		  'a value stored out of line');
SELECT is((SELECT memreg.pseudonym('one', packed) FROM stored), memreg.pseudonym('one', repeat('memreg', 100000)), 'a compressed value');

-- Subject keys and columns of protected tables
CREATE FUNCTION seen_by(purpose text, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE researcher;
	PERFORM set_config('memreg.purpose', purpose, true);
	RETURN QUERY EXECUTE query;
	RESET ROLE;
END $$;
CREATE FUNCTION one_seen_by(purpose text, query text) RETURNS text LANGUAGE sql AS 'SELECT * FROM seen_by(purpose, query)';
SELECT is(one_seen_by('research', 'SELECT count(DISTINCT id)::text FROM member'), '4001', 'each bigint has a pseudonym of its own');
SELECT is(one_seen_by('research', 'SELECT count(*)::text FROM member WHERE id BETWEEN -2000 AND 2000'), '0', 'which tells nothing of the number');
SELECT is(one_seen_by('research', 'SELECT count(DISTINCT id)::text FROM person'), '4001', 'so has each text');
SELECT is(one_seen_by('research', 'SELECT count(note)::text FROM member'), '0', 'nothing has none');
SELECT is_empty($$SELECT seen_by('research', 'SELECT id::text FROM member') INTERSECT SELECT seen_by('service', 'SELECT id::text FROM member')$$,
				'the keys of two purposes never match');
SELECT is_empty($$SELECT seen_by('research', 'SELECT id FROM person') INTERSECT SELECT seen_by('service', 'SELECT id FROM person')$$,
				'nor as text');
SELECT is_empty($$SELECT seen_by('research', 'SELECT name FROM person') INTERSECT SELECT seen_by('research', 'SELECT name FROM member')$$,
				'the same name in two registers has two pseudonyms');
SELECT is(one_seen_by('research', 'SELECT name FROM member ORDER BY name LIMIT 1'), one_seen_by('research', 'SELECT min(name) FROM member'),
		  'a pseudonym stays the same through a query');

-- Parallel workers
CREATE TABLE many AS SELECT 'value ' || g % 100 AS value FROM generate_series(1, 20000) g;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE FUNCTION plan_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
		plan := plan || line;
	END LOOP;
	RETURN plan;
END $$;
CREATE VIEW by_workers AS SELECT DISTINCT memreg.pseudonym('one', value) AS p, memreg.pseudonym_uuid('one', value) AS u FROM many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
SELECT matches(plan_of('SELECT * FROM by_workers'), 'Parallel Seq Scan', 'pseudonyms are made in parallel');
SELECT set_eq('SELECT * FROM by_workers',
			  $$SELECT memreg.pseudonym('one', 'value ' || g), memreg.pseudonym_uuid('one', 'value ' || g) FROM generate_series(0, 99) g$$,
			  'with the same result');
RESET parallel_leader_participation;

-- Marks
SELECT set_eq($$SELECT DISTINCT provolatile::text || proparallel::text || proisstrict FROM pg_proc
				 WHERE pronamespace = 'memreg'::regnamespace AND proname IN ('pseudonym', 'pseudonym_uuid', 'pseudonym_bigint')$$,
			  ARRAY['sstrue'], 'stable, parallel safe, strict');
SELECT throws_ok($$CREATE INDEX ON sample (memreg.pseudonym('one', value))$$, '42P17', NULL, 'no index can be made of pseudonyms, which die with their scope');

-- Keys
SELECT is((SELECT count(DISTINCT wrapped_key) FROM memreg.scope_key), (SELECT count(*) FROM memreg.scope), 'every scope has a key of its own');
SELECT is_empty('SELECT FROM memreg.scope_key WHERE length(wrapped_key) <> 72 OR length(master_fingerprint) <> 16', 'of one form');
SELECT is((SELECT count(*)::int FROM memreg.scope WHERE purpose_id IS NOT NULL), 4, 'every purpose has a scope');

-- The end of a scope
SELECT lives_ok($$SELECT memreg.destroy_scope('one')$$, 'a scope is destroyed');
SELECT throws_ok($$SELECT memreg.pseudonym('one', 'x')$$, 'MR113', NULL, 'and has no pseudonyms any more');
SELECT is((SELECT wrapped_key FROM memreg.scope_key JOIN memreg.scope USING (scope_id) WHERE scope = 'one'), NULL, 'nor a key');
SELECT ok((SELECT destroyed_at <= now() FROM memreg.scope WHERE scope = 'one'), 'it is known since when');
SELECT lives_ok($$SELECT memreg.pseudonym('two', 'x')$$, 'the others go on');
CREATE TABLE was AS SELECT memreg.pseudonym('two', 'x') AS pseudonym;
CREATE FUNCTION destroyed_and_taken_back() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.destroy_scope('two');
	RETURN memreg.pseudonym('two', 'x');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is(destroyed_and_taken_back(), 'MR113', 'destroyed for the transaction that does it');
SELECT is(memreg.pseudonym('two', 'x'), (SELECT pseudonym FROM was), 'and back when it is rolled back');
SELECT * FROM finish();
