-- What holds for scopes: who may use one and until when, which versions of its key are recognized, and that what comes
-- out of it looks like nothing but chance.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(123);

CREATE ROLE extractor;
CREATE ROLE member_of_extractor IN ROLE extractor;
CREATE ROLE bearer NOINHERIT IN ROLE extractor;
CREATE ROLE lead;
CREATE ROLE stranger;
CREATE FUNCTION declare() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_scope('one'), memreg.create_scope('two'), memreg.create_scope('three');
	PERFORM memreg.create_register('members', 'Member register', 'Example City'), memreg.create_register('people', 'Another', 'Example City');
	PERFORM memreg.create_purpose(r, 'research', 'public_task') FROM unnest('{members,people}'::text[]) r;
	PERFORM memreg.grant_scope('extractor', 'one'), memreg.grant_scope('lead', 'one', 'reverse');
END $$;
SELECT declare() \g /dev/null

-- What a role gets from a query of one value, or the SQLSTATE. A value is never part of it. Each is kept as a plan.
CREATE FUNCTION got(role name, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	message text;
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE query INTO answer;
	RESET ROLE;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
	RETURN CASE WHEN message ~ 'CANARY' THEN 'CANARY in ' ELSE '' END || SQLSTATE;
END $$;
CREATE TABLE sealed AS SELECT memreg.seal('one', 'CANARY') AS same, memreg.seal_random('one', 'CANARY') AS random;
GRANT SELECT ON sealed TO PUBLIC;
CREATE TABLE use (may text, query text);
INSERT INTO use VALUES
	('pseudonymize', $$SELECT memreg.pseudonym('one', 'CANARY') IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.pseudonym_uuid('one', 'CANARY') IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.pseudonym_uuid('one', gen_random_uuid()) IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.pseudonym_bigint('one', 1) IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.pseudonyms('one', 'CANARY') IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.pseudonyms_uuid('one', 'CANARY') IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.pseudonyms_uuid('one', gen_random_uuid()) IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.pseudonyms_bigint('one', 1) IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.seal('one', 'CANARY') IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.seal_random('one', 'CANARY') IS NOT NULL$$),
	('pseudonymize', $$SELECT memreg.subject_pseudonym('one', 'members', 1) IS NOT NULL$$),
	('reverse', $$SELECT memreg.unseal('one', same, 'Test') IS NOT NULL FROM sealed$$),
	('reverse', $$SELECT memreg.unseal('one', random, 'Test') IS NOT NULL FROM sealed$$);

-- Rights
SELECT is(got('extractor', query), CASE may WHEN 'pseudonymize' THEN 'true' ELSE 'MR115' END, 'the right to pseudonymize is for that alone: ' || query) FROM use;
SELECT is(got('lead', query), CASE may WHEN 'reverse' THEN 'true' ELSE 'MR115' END, 'and that to reverse too: ' || query) FROM use;
SELECT is_empty($$SELECT query FROM use WHERE got('stranger', query) <> 'MR115'$$, 'who has none may nothing');
SELECT is_empty($$SELECT query FROM use WHERE got('extractor', replace(query, '''one''', '''two''')) <> 'MR115'$$, 'nor in another scope');
SELECT is_empty($$SELECT query FROM use WHERE got('postgres', query) <> 'true'$$, 'superusers need none');
SELECT is(got('member_of_extractor', 'SELECT memreg.pseudonym(''one'', ''x'')'), memreg.pseudonym('one', 'x'), 'members have their role''s right');
SELECT is(got('bearer', 'SELECT memreg.pseudonym(''one'', ''x'')'), 'MR115', 'one that does not inherit has not');
SELECT is(got('stranger', 'SELECT count(*) FROM memreg.scope_right'), '42501', 'nobody else reads who has which');
SELECT is(got('extractor', format('SELECT memreg.%s(''stranger'', ''one'')', f)), '42501', 'who has a right cannot pass it on: ' || f) FROM unnest('{grant_scope,revoke_scope}'::text[]) f;

-- By other ways to become somebody
CREATE FUNCTION as_definer() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$SELECT memreg.pseudonym('one', 'x')$$;
CREATE FUNCTION as_invoker() RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN memreg.pseudonym('one', 'x'); END$$;
ALTER FUNCTION as_definer() OWNER TO extractor;
SELECT is(got('stranger', 'SELECT as_definer()'), memreg.pseudonym('one', 'x'), 'a SECURITY DEFINER function has its owner''s right');
ALTER FUNCTION as_definer() OWNER TO stranger;
SELECT is(got('extractor', 'SELECT as_definer()'), 'MR115', 'and not its caller''s');
SELECT is(got('extractor', 'SELECT as_invoker()'), memreg.pseudonym('one', 'x'), 'another function its caller''s');
CREATE VIEW pseudonym_view AS SELECT memreg.pseudonym('one', 'x') AS p;
GRANT SELECT ON pseudonym_view TO PUBLIC;
SELECT is(got('stranger', 'TABLE pseudonym_view'), 'MR115', 'a view does not lend its owner''s');
CREATE FUNCTION changing_roles() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answers text := '';
	r name;
BEGIN
	FOREACH r IN ARRAY '{extractor,stranger,member_of_extractor,lead,extractor}'::name[] LOOP
		PERFORM set_config('role', r, true);
		BEGIN
			answers := answers || ' ' || (memreg.pseudonym('one', 'x') IS NOT NULL)::text;
		EXCEPTION WHEN SQLSTATE 'MR115' THEN
			answers := answers || ' MR115';
		END;
	END LOOP;
	RETURN answers;
END $$;
SELECT is(changing_roles(), ' true MR115 true MR115 true', 'whoever is current is asked, also within one statement');
RESET ROLE;

-- From when and until when: in plans that are kept, in functions, in transactions
CREATE FUNCTION kept() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	SELECT CASE WHEN memreg.pseudonym('one', 'x') = (memreg.pseudonyms('one', 'x'))[1] THEN 'made' END INTO answer;
	RETURN answer;
END $$;
SET plan_cache_mode = force_generic_plan;
PREPARE prepared AS SELECT CASE WHEN memreg.pseudonym('one', 'x') = ANY (memreg.pseudonyms('one', 'x')) THEN 'made' END;
CREATE FUNCTION all_ways(role name) RETURNS text LANGUAGE sql AS $$ SELECT got(role, 'SELECT kept()') || ' ' || got(role, 'EXECUTE prepared') $$;
SELECT is(all_ways('extractor'), 'made made', 'a right, by plans that are kept');
SELECT memreg.revoke_scope('extractor', 'one') \g /dev/null
SELECT is(all_ways('extractor'), 'MR115 MR115', 'they notice that it was revoked');
SELECT is(all_ways('member_of_extractor'), 'MR115 MR115', 'for members too');
SELECT memreg.grant_scope('extractor', 'one') \g /dev/null
SELECT is(all_ways('extractor'), 'made made', 'and granted again');
BEGIN;
SELECT memreg.revoke_scope('extractor', 'one') \g /dev/null
SELECT is(all_ways('extractor'), 'MR115 MR115', 'for the transaction that revokes');
ROLLBACK;
SELECT is(all_ways('extractor'), 'made made', 'and not when it is rolled back');
CREATE FUNCTION revoked_midway() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before text := all_ways('extractor');
BEGIN
	PERFORM memreg.revoke_scope('extractor', 'one');
	RETURN before || ', ' || all_ways('extractor');
END $$;
SELECT is(revoked_midway(), 'made made, MR115 MR115', 'within one statement of the client''s');
SELECT memreg.grant_scope('lead', 'one') \g /dev/null
SELECT is(all_ways('lead'), 'made made', 'a second right beside the first');
SELECT memreg.revoke_scope('lead', 'one', 'reverse') \g /dev/null
SELECT is(all_ways('lead'), 'made made', 'is not taken with it');
SELECT memreg.grant_scope('lead', 'one', 'reverse') \g /dev/null
GRANT lead TO stranger;
SELECT is(all_ways('stranger'), 'made made', 'a new member has the right at the next statement');
REVOKE lead FROM stranger;
SELECT is(all_ways('stranger'), 'MR115 MR115', 'one that is a member no more has lost it');

-- Until a time: what is allowed is what the clock says at the start of the statement.
DO $$ BEGIN PERFORM memreg.grant_scope('extractor', 'one', until => clock_timestamp() + interval '1 second'); END $$;
SELECT is(all_ways('extractor'), CASE WHEN statement_timestamp() < until THEN 'made made' ELSE 'MR115 MR115' END, 'a right until a time') FROM memreg.scope_right WHERE role = 'extractor';
DO $$ BEGIN WHILE clock_timestamp() <= (SELECT until FROM memreg.scope_right WHERE role = 'extractor') LOOP PERFORM pg_sleep(0.02); END LOOP; END $$;
SELECT is(all_ways('extractor'), 'MR115 MR115', 'ends by itself, for plans that are kept too');
SELECT memreg.grant_scope('extractor', 'one', until => now() + interval '1 hour', decision => 'Minutes § 3') \g /dev/null
SELECT is(all_ways('extractor'), 'made made', 'and can be given anew');
SELECT is((SELECT decision || ' ' || granted_by FROM memreg.scope_right WHERE role = 'extractor'), 'Minutes § 3 postgres', 'with who decided');
SELECT memreg.grant_scope('extractor', 'one') \g /dev/null
SELECT is((SELECT until FROM memreg.scope_right WHERE role = 'extractor' AND may = 'pseudonymize'), NULL, 'a later grant replaces it');

-- Rights name roles by name.
ALTER ROLE extractor RENAME TO former;
SELECT is(all_ways('former'), 'MR115 MR115', 'a renamed role leaves its rights behind');
SELECT is(all_ways('member_of_extractor'), 'MR115 MR115', 'its members with it');
ALTER ROLE former RENAME TO extractor;
SELECT is(all_ways('extractor'), 'made made', 'and finds them again');
CREATE ROLE passing;
SELECT memreg.grant_scope('passing', 'one') \g /dev/null
DROP ROLE passing;
SELECT is(all_ways('stranger'), 'MR115 MR115', 'a right of a role that is gone hurts nobody');
CREATE ROLE passing;
SELECT is(all_ways('passing'), 'made made', 'who takes the name over has it');
DROP ROLE passing;

-- Protected tables show pseudonyms to whom they were declared for, without a right on the scope.
CREATE TABLE member (id bigint PRIMARY KEY, name text);
INSERT INTO member VALUES (1, 'x');
GRANT SELECT ON member TO stranger;
SECURITY LABEL FOR memreg ON COLUMN member.name IS 'identity';
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'member', 'id', root => true), memreg.set_treatment('members', 'research', 'identity', 'pseudonym(one)');
	PERFORM memreg.protect('member'), memreg.grant_access('stranger', 'members', 'research');
END $$;
SET memreg.purpose = 'research';
SELECT is(got('stranger', 'SELECT name FROM member'), memreg.pseudonym('one', 'x'), 'a treatment needs no right on its scope');
SELECT is(got('stranger', 'SELECT memreg.pseudonym(''one'', name) FROM member'), 'MR115', 'and gives none');
PREPARE shown AS SELECT name || ' ' || id FROM member;
CREATE TABLE before AS SELECT got('stranger', 'EXECUTE shown') AS shown, memreg.pseudonym('one', 'x') AS name, memreg.pseudonym_bigint('members/research', 1) AS id,
	memreg.pseudonym_uuid('one', 'x') AS uuid, memreg.pseudonym_bigint('one', 7) AS number, memreg.pseudonym_uuid('one', '00000000-0000-0000-0000-000000000001'::uuid) AS uuid_of_uuid;
SELECT is(shown, name || ' ' || id, 'a plan that is kept shows them') FROM before;

-- Versions
SELECT is(memreg.rotate_scope('one'), 2, 'a new key is version 2');
SELECT matches(memreg.pseudonym('one', 'x'), '^p2-[0-9a-hjkmnp-tv-z]{24}$', 'which pseudonyms say');
SELECT is(got('stranger', 'EXECUTE shown'), memreg.pseudonym('one', 'x') || ' ' || id, 'plans that are kept use it at once') FROM before;
SELECT is(memreg.pseudonyms('one', 'x'), ARRAY[memreg.pseudonym('one', 'x'), name], 'version 1 is still recognized') FROM before;
SELECT is(memreg.pseudonyms_uuid('one', 'x'), ARRAY[memreg.pseudonym_uuid('one', 'x'), uuid], 'as uuid') FROM before;
SELECT is(memreg.pseudonyms_uuid('one', '00000000-0000-0000-0000-000000000001'::uuid),
		  ARRAY[memreg.pseudonym_uuid('one', '00000000-0000-0000-0000-000000000001'::uuid), uuid_of_uuid], 'of a uuid') FROM before;
SELECT is(memreg.pseudonyms_bigint('one', 7), ARRAY[memreg.pseudonym_bigint('one', 7), number], 'of a number') FROM before;
SELECT is(memreg.rotate_scope('members/research'), 2, 'a purpose''s scope can be rotated');
SELECT isnt(got('stranger', 'SELECT id FROM member')::bigint, id, 'its table shows other keys') FROM before;
SELECT ok((memreg.pseudonyms_bigint('members/research', 1))[2] = id, 'the former are recognized') FROM before;
BEGIN;
SELECT is(memreg.rotate_scope('one'), 3, 'a rotation');
SELECT is(left(memreg.pseudonym('one', 'x'), 3), 'p3-', 'holds for its own transaction');
ROLLBACK;
SELECT is(left(memreg.pseudonym('one', 'x'), 3), 'p2-', 'and for nobody when it is rolled back');
SELECT is(memreg.rotate_scope('one'), 3, 'versions are counted on');
SELECT is((SELECT array_agg(left(p, 3)) FROM unnest(memreg.pseudonyms('one', 'x')) p), '{p3-,p2-,p1-}', 'newest first');
SELECT is(memreg.pseudonym('one', 'x'), (memreg.pseudonyms('one', 'x'))[1], 'made is the newest');
SELECT throws_ok($$SELECT memreg.retire_scope_version('one', 3)$$, 'MR118', NULL, 'the version in use is not retired');
SELECT throws_ok($$SELECT memreg.retire_scope_version('one', 4)$$, 'MR117', NULL, 'nor one that never was');
SELECT lives_ok($$SELECT memreg.retire_scope_version('one', 2)$$, 'one in between is');
SELECT is((SELECT array_agg(left(p, 3)) FROM unnest(memreg.pseudonyms('one', 'x')) p), '{p3-,p1-}', 'and recognized no more');
SELECT is((SELECT array_agg(k.version) FROM memreg.scope_key k JOIN memreg.scope s USING (scope_id) WHERE scope = 'one' AND wrapped_key IS NULL), '{2}', 'its key is gone');
SELECT lives_ok($$SELECT memreg.retire_scope_version('one', 2)$$, 'to retire it again does nothing');
SELECT is(memreg.rotate_scope('one'), 4, 'its number is not used again');
SELECT is((SELECT string_agg(key || coalesce(' ' || version, '') || ' ' || state, ', ' ORDER BY key, version) FROM memreg.key_status WHERE key = 'one' OR key LIKE '%master%'),
		  'master key in use, one 1 recognized, one 2 retired, one 3 recognized, one 4 in use, previous master key absent', 'key_status has each with its state');
SELECT is((SELECT count(*)::int FROM memreg.key_status WHERE (wrapped_under IS NULL) <> (state NOT IN ('in use', 'recognized') OR key LIKE '%master%')), 0, 'and which master key wraps it');
SELECT is((SELECT count(DISTINCT wrapped_key) FROM memreg.scope_key), (SELECT count(*) FROM memreg.scope_key WHERE wrapped_key IS NOT NULL), 'no key is wrapped twice alike');
SELECT is_empty($$SELECT unnest(memreg.pseudonyms('one', g::text)) FROM generate_series(1, 1000) g INTERSECT SELECT unnest(memreg.pseudonyms('two', g::text)) FROM generate_series(1, 1000) g$$,
				'no version of one scope gives what another gives');
SELECT is((SELECT count(DISTINCT substr(p, 4))::int FROM generate_series(1, 1000) g, unnest(memreg.pseudonyms('one', g::text)) p), 3000, 'nor what another version gives');

-- Who has a scope keeps it.
DO $$ BEGIN PERFORM memreg.subject_pseudonym('one', 'members', 1); END $$;
SELECT throws_ok($$SELECT memreg.destroy_scope('members/research')$$, 'MR114', NULL, 'a purpose''s scope is not destroyed');
SELECT throws_ok($$SELECT memreg.destroy_scope('members/')$$, 'MR114', NULL, 'nor a register''s');
SELECT throws_ok($$SELECT memreg.rotate_scope('members/')$$, 'MR114', NULL, 'which is not rotated either, as it wraps secrets');
SELECT throws_ok($$SELECT memreg.retire_scope_version('members/', 1)$$, 'MR118', NULL, 'nor its only key retired');
SELECT lives_ok($$SELECT memreg.destroy_scope('three')$$, 'another is destroyed');
SELECT is((SELECT string_agg(DISTINCT coalesce(got('postgres', replace(query, '''one''', '''three''')), ''), ' ') FROM use), 'MR113', 'and none of its uses is left');
SELECT throws_ok(format('SELECT memreg.%s', call), 'MR113', NULL, 'nor can it come back: ' || call)
  FROM unnest(ARRAY[$$rotate_scope('three')$$, $$retire_scope_version('three', 1)$$, $$grant_scope('extractor', 'three')$$]) call;
SELECT lives_ok($$SELECT memreg.revoke_scope('extractor', 'three')$$, 'rights on it can be revoked');

-- An index finds what an array of pseudonyms names.
CREATE TABLE extract AS SELECT memreg.pseudonym('two', g::text) AS code, memreg.pseudonym_uuid('two', g::text) AS id, memreg.pseudonym_bigint('two', g) AS number, g
	FROM generate_series(1, 5000) g;
SELECT memreg.rotate_scope('two') \g /dev/null
CREATE INDEX ON extract (code);
CREATE INDEX ON extract (id);
CREATE INDEX ON extract (number);
ANALYZE extract;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END $$;
CREATE TABLE lookup AS SELECT format('SELECT g FROM extract WHERE %s = ANY (memreg.%s(''two'', %s))', c, f, v) AS query
	FROM (VALUES ('code', 'pseudonyms', '''77'''), ('id', 'pseudonyms_uuid', '''77''::text'), ('number', 'pseudonyms_bigint', '77')) x (c, f, v);
SELECT matches(plan_of(query), 'Index.* Scan.*Index Cond: \(\w+ = ANY \(memreg\.pseudonyms', 'an index is used: ' || query) FROM lookup;
SELECT is(got('postgres', query), '77', 'and finds what was issued before a rotation') FROM lookup;

-- Chance. Each bound is passed by a sound permutation or hash but once in 10^12 times, by the normal approximation of
-- Wilson and Hilferty (Proc. Natl. Acad. Sci. 17, 1931) to the distribution of chi squared.
CREATE FUNCTION chi_squared_likely(observed float, freedom float) RETURNS boolean LANGUAGE sql AS $$
	SELECT abs(((observed / freedom) ^ (1 / 3::float) - (1 - 2 / (9 * freedom))) / sqrt(2 / (9 * freedom))) < 7.2
$$;
SELECT is(chi_squared_likely(observed, freedom), likely, format('%s of %s', observed, freedom))
  FROM (VALUES (744, 744, true), (1100, 744, false), (480, 744, false)) c (observed, freedom, likely);
CREATE TABLE many AS SELECT g, memreg.pseudonym('one', g::text) AS t, memreg.pseudonym_uuid('one', g::text) AS u, memreg.pseudonym_bigint('one', g) AS b
	FROM generate_series(1, 200000) g;
SELECT is((SELECT count(DISTINCT t) || ' ' || count(DISTINCT u) || ' ' || count(DISTINCT b) FROM many), '200000 200000 200000', 'no two of 200,000 values collide');
CREATE TABLE sample AS SELECT g, substr(t, 4) AS t, encode(uuid_send(u), 'hex') AS u, b,
	memreg.pseudonym_bigint('two', g) AS b2, encode(uuid_send(memreg.pseudonym_uuid('two', g::text)), 'hex') AS u2 FROM many WHERE g <= 20000;
SELECT ok(chi_squared_likely(sum((n - 20000 / 32.0) ^ 2 / (20000 / 32.0))::float, 24 * 31), 'every character is as frequent at each place of a text')
  FROM (SELECT count(*) AS n FROM sample, generate_series(1, 24) place GROUP BY place, substr(t, place, 1)) c;
SELECT ok(chi_squared_likely(sum((n - 20000 / 16.0) ^ 2 / (20000 / 16.0))::float, 30 * 15), 'every digit at each place of a uuid, but for version and variant')
  FROM (SELECT count(*) AS n FROM sample, generate_series(1, 32) place WHERE place NOT IN (13, 17) GROUP BY place, substr(u, place, 1)) c;
SELECT is(count(DISTINCT substr(u, 17, 1))::int, 4, 'the variant leaves two bits of chance') FROM sample;
SELECT ok(chi_squared_likely(sum((n - 10000) ^ 2 / 5000.0)::float, 64), 'every bit of a number')
  FROM (SELECT sum(b >> bit & 1) AS n FROM sample, generate_series(0, 63) bit GROUP BY bit) c;
-- The bits in which two numbers differ, of so many pairs, are half of them.
CREATE FUNCTION half_likely(differing numeric, pairs numeric) RETURNS boolean LANGUAGE sql AS $$
	SELECT abs(differing - pairs * 32) / sqrt(pairs * 16) < 7.2
$$;
SELECT ok(half_likely(sum(bit_count((b # b2)::bit(64))), count(*)), 'the same number in two scopes: half of the bits differ') FROM sample;
SELECT ok(half_likely(sum(bit_count((('x' || left(u, 12))::bit(48) # ('x' || left(u2, 12))::bit(48)) || (('x' || right(u, 12))::bit(48) # ('x' || right(u2, 12))::bit(48)))) * 64 / 96, count(*)),
		  'and the same value as uuid') FROM sample;
SELECT ok(half_likely(sum(bit_count((b # g::bigint)::bit(64))), count(*)), 'a number and its pseudonym') FROM sample;
SELECT ok(half_likely(sum(bit_count((b # memreg.pseudonym_bigint('one', b))::bit(64))), count(*)), 'a pseudonym and that of it') FROM sample;
SELECT ok(chi_squared_likely(sum((n - 128) ^ 2 / 64.0)::float, 64 * 64), 'each bit of a number changes each bit of its pseudonym half of the time')
  FROM (SELECT sum(changed >> output & 1) AS n
		  FROM (SELECT input, memreg.pseudonym_bigint('one', g) # memreg.pseudonym_bigint('one', g # (1::bigint << input)) AS changed
				  FROM (SELECT hashint8extended(n, 0) FROM generate_series(1, 256) n) far_apart (g), generate_series(0, 63) input) c, generate_series(0, 63) output
		 GROUP BY input, output) c;
SELECT ok(half_likely(sum(bit_count((('x' || left(u, 12))::bit(48) # ('x' || left(v, 12))::bit(48)) || (('x' || right(u, 12))::bit(48) # ('x' || right(v, 12))::bit(48)))) * 64 / 96, count(*)),
		  'another last character changes half of the bits of a uuid')
  FROM (SELECT encode(uuid_send(memreg.pseudonym_uuid('one', 'value ' || g || 'a')), 'hex') AS u, encode(uuid_send(memreg.pseudonym_uuid('one', 'value ' || g || 'c')), 'hex') AS v
		  FROM generate_series(1, 5000) g) c;
SELECT is_empty($$SELECT memreg.pseudonym_bigint(s, g) FROM generate_series(1, 20000) g, unnest('{one,members/research}'::text[]) s GROUP BY 1 HAVING count(*) > 1$$,
				'of two scopes no two numbers collide either');
SELECT is_empty($$SELECT memreg.pseudonym('members/research', g::text) FROM generate_series(1, 2000) g INTERSECT SELECT memreg.pseudonym('people/research', g::text) FROM generate_series(1, 2000) g$$,
				'nor do those of two registers match');
SELECT * FROM finish();
