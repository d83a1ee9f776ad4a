-- What enforcement puts into queries can be called by nobody: it would tell whose consent stands and whose pseudonym a
-- value is. And nothing of enforcement can be changed by who is bound by it.
\i test/policy/register.sql
SELECT plan(155);
CREATE TABLE lab.own (id bigint);
ALTER TABLE lab.own OWNER TO researcher;
GRANT CREATE ON SCHEMA public TO researcher;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO researcher', current_database()); END $$;

-- A call, with everything that SQL can put in the place of the first argument.
CREATE TABLE inserted AS
	SELECT p.oid::regprocedure AS function, format('memreg.%I', p.proname) AS name, string_agg(
			   format('%L::%s', CASE a.type WHEN 'uuid'::regtype THEN '00000000-0000-0000-0000-000000000001'
								WHEN 'text[]'::regtype THEN '{}' WHEN 'jsonb[]'::regtype THEN '{}' ELSE '1' END, replace(a.type::text, 'anyelement', 'text')),
			   ', ' ORDER BY n) AS others
	  FROM pg_proc p, unnest(p.proargtypes::oid[]::regtype[]) WITH ORDINALITY a(type, n)
	 WHERE p.pronamespace = 'memreg'::regnamespace AND p.proargtypes[0] = 'internal'::regtype AND p.prorettype <> 'internal'::regtype AND p.pronargs > 1 AND n > 1
	 GROUP BY p.oid;
SELECT is((SELECT count(*) FROM inserted), 17::bigint, 'functions that the hook inserts');
SELECT is((SELECT count(*) FROM inserted WHERE NOT has_function_privilege('researcher', function, 'EXECUTE')), 0::bigint, 'every role runs them');
SELECT ok(seen('researcher', 'research', format('SELECT %s(%s, %s) FROM (VALUES (NULL)) s(x)', name, internal, others)) ~ '^(42883|42846|42804|0A000|42P16|42P18|42601|22P02|42725|42809|42501|42704|42702)$', format('%s with %s', function, internal))
  FROM inserted, unnest(ARRAY['NULL', 'NULL::internal', 'x', '(SELECT NULL)', 'CAST (NULL AS internal)', '''''']) internal;
SELECT ok(touched('researcher', 'research', statement) ~ '^(42883|42846|42804|0A000|42P13|42P16|42P18|42501|42704|42P17|42601|42809)$', statement) FROM unnest(ARRAY[
	'DO $do$ BEGIN EXECUTE ''PREPARE p(internal) AS SELECT memreg.check_ground($1, 1, 1::bigint)''; EXECUTE ''EXECUTE p(NULL)''; END $do$',
	'DO $do$ BEGIN EXECUTE ''PREPARE q AS SELECT memreg.check_ground($1, 1, 1::bigint)''; EXECUTE ''EXECUTE q(NULL)''; END $do$',
	'CREATE FUNCTION lab.f(internal, int, bigint) RETURNS boolean LANGUAGE internal AS ''memreg_check_ground_bigint''',
	'CREATE FUNCTION lab.f(internal, int, bigint) RETURNS boolean LANGUAGE c AS ''$libdir/memreg'', ''memreg_check_ground_bigint''',
	'CREATE FUNCTION lab.f(int, int, bigint) RETURNS boolean LANGUAGE c AS ''memreg'', ''memreg_check_ground_bigint''',
	'CREATE FUNCTION lab.f(x internal) RETURNS boolean LANGUAGE sql AS ''SELECT memreg.check_ground(x, 1, 1::bigint)''',
	'CREATE FUNCTION lab.f(x internal) RETURNS boolean LANGUAGE plpgsql AS ''BEGIN RETURN memreg.check_ground(x, 1, 1::bigint); END''',
	'CREATE FUNCTION lab.f() RETURNS internal LANGUAGE sql AS ''SELECT NULL''',
	'DO ''DECLARE x internal; BEGIN PERFORM memreg.check_ground(x, 1, 1::bigint); END''',
	'CREATE AGGREGATE lab.a(int, bigint) (sfunc = memreg.check_ground, stype = internal)',
	'CREATE AGGREGATE lab.a(bigint) (sfunc = memreg.treat_pseudonym, stype = bigint)',
	'CREATE OPERATOR lab.## (FUNCTION = memreg.check_ground, LEFTARG = internal, RIGHTARG = int)',
	'CREATE CAST (internal AS boolean) WITH FUNCTION memreg.check_ground(internal, int, bigint)',
	'CREATE DOMAIN lab.d AS internal',
	'CREATE TYPE lab.t AS (x internal)',
	'CREATE TYPE lab.r AS RANGE (subtype = internal)',
	'CREATE TABLE lab.t (x internal)',
	'CREATE CONVERSION lab.c FOR ''UTF8'' TO ''LATIN1'' FROM memreg.check_ground',
	'CREATE TEXT SEARCH TEMPLATE lab.t (lexize = memreg.check_ground)',
	'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION memreg.check_ground()',
	'CREATE TRIGGER t AFTER UPDATE ON lab.own EXECUTE FUNCTION memreg.announce_change()',
	'ALTER FUNCTION memreg.check_ground(internal, int, bigint) COST 1',
	'ALTER FUNCTION memreg.guard_row(regclass, bigint) RENAME TO free',
	'CREATE OR REPLACE FUNCTION memreg.guard_table(regclass) RETURNS boolean LANGUAGE sql AS ''SELECT true''',
	'CREATE FUNCTION memreg.mine() RETURNS boolean LANGUAGE sql AS ''SELECT true''',
	'CREATE TABLE memreg.mine ()',
	'DROP FUNCTION memreg.guard_table(regclass) CASCADE',
	'DROP EXTENSION memreg CASCADE',
	'ALTER EXTENSION memreg DROP FUNCTION memreg.guard_table(regclass)',
	'INSERT INTO memreg.access_grant (role, register, purpose) VALUES (''researcher'', ''community'', ''billing'')',
	'UPDATE memreg.treatment SET treatment = ''clear''',
	'DELETE FROM memreg.registered_table',
	'TRUNCATE memreg.registered_table',
	'LOCK TABLE memreg.proxy IN SHARE MODE',
	'SELECT FROM memreg.proxy',
	'SELECT 1 FROM memreg.proxy AS "memreg ticket"',
	'SELECT FROM memreg.consent_state',
	'SELECT FROM memreg.consent',
	'SELECT FROM memreg.access_grant',
	'SELECT FROM memreg.scope',
	'SELECT FROM memreg.scope_key',
	'SELECT FROM memreg.scope_right',
	'SET session_replication_role = replica',
	'LOAD ''memreg''',
	'SECURITY LABEL FOR memreg ON COLUMN app.member.email IS ''nonpersonal''',
	'ALTER TABLE app.member DISABLE ROW LEVEL SECURITY',
	'DROP POLICY memreg_row ON app.member',
	'CREATE POLICY p ON app.member USING (true)'
	]) statement;

-- Marks and tickets are not names.
SET ROLE researcher;
SET memreg.purpose = 'research';
SELECT is((SELECT count(*) FROM app.member "memreg: treated as 1", app.visit AS "memreg ticket"), 18::bigint, 'aliases that look like memreg''s own');
SELECT is((WITH "memreg ticket" AS (SELECT nickname, email FROM app.member) SELECT count(email) FROM "memreg ticket"), 0::bigint, 'as names of a CTE');
CREATE VIEW lab."memreg ticket" AS SELECT * FROM app.member;
SELECT is((SELECT count(email) FROM lab."memreg ticket"), 0::bigint, 'and of a view');
SELECT * FROM finish();
