-- memreg.explain tells what a query mentions and what would be seen of it, and refuses what the query itself is refused; and who may
-- see counts of rows, or the planner's statistics.
\i test/policy/register.sql
SELECT plan(139);

-- What memreg.explain says: relation or column and treatment, in lines; or the SQLSTATE.
CREATE FUNCTION told(query text, role text DEFAULT 'researcher', purpose text DEFAULT 'research') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN coalesce(string_agg(coalesce("column", relation::text) || ': ' || treatment, ', '), 'nothing') FROM memreg.explain(query, role::regrole, purpose);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
-- Whether PostgreSQL's EXPLAIN plans a query; or the SQLSTATE.
CREATE FUNCTION planned(role name, purpose text, query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', role, true), set_config('memreg.purpose', purpose, true);
	EXECUTE 'EXPLAIN ' || query;
	RAISE EXCEPTION SQLSTATE 'MR999'; -- takes role and purpose back
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN 'planned';
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END $$;
\set consenting 'rows of subjects whose consent stands and whose data is not restricted'
\set unrestricted 'rows of subjects whose data is not restricted'

-- What a row has.

SELECT results_eq($$SELECT relation, "column", register, purpose, category, treatment
					  FROM memreg.explain(query => 'SELECT nickname, note FROM app.member WHERE zip = $1', role => 'researcher', purpose => 'research')$$,
	$$VALUES ('app.member'::regclass, NULL::name, 'community', 'research', NULL, 'rows of subjects whose consent stands and whose data is not restricted'),
			 ('app.member', 'nickname', 'community', 'research', 'nickname', 'clear'),
			 ('app.member', 'zip', 'community', 'research', 'address', 'pseudonym'),
			 ('app.member', 'note', 'community', 'research', NULL, 'withhold')$$,
	'a row for the relation, then its columns in their order, with category and treatment');
SELECT is(told('SELECT nickname FROM app.member', 'clerk', 'billing'), 'app.member: ' || :'unrestricted' || ', nickname: clear', 'another role and purpose');

-- Where columns are found.

CREATE VIEW lab.invoker WITH (security_invoker) AS SELECT email, nickname FROM app.member;
CREATE VIEW lab.declared WITH (security_barrier) AS SELECT zip, count(*) FROM app.member GROUP BY zip;
CREATE TABLE lab.plain (id bigint, note text);
CREATE FUNCTION lab.emails() RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT email FROM app.member';
CREATE TABLE lab.ruled (id bigint);
CREATE RULE notes AS ON INSERT TO lab.ruled DO ALSO (DELETE FROM app.visit WHERE visit_id = new.id; NOTIFY lab);
ALTER TABLE lab.ruled OWNER TO researcher;
GRANT ALL ON lab.invoker, lab.declared, lab.plain TO researcher;
DO $$ BEGIN PERFORM memreg.declare_view('lab.declared'); END $$;

CREATE TABLE example (about text, query text, answer text);
INSERT INTO example VALUES
	('no protected table', 'SELECT id FROM lab.plain', 'nothing'),
	('no table', 'VALUES (1)', 'nothing'),
	('a table without a column', 'SELECT count(*) FROM app.member', 'app.member'),
	('every column', 'TABLE app.visit', 'app.visit visit_id member_id page ip'),
	('a condition', 'SELECT FROM app.member WHERE email IS NULL', 'app.member email'),
	('grouping and sorting', 'SELECT count(*) FROM app.member GROUP BY zip HAVING max(score) > 1 ORDER BY zip', 'app.member zip score'),
	('a join', 'SELECT m.nickname FROM app.member m JOIN app.visit v ON v.member_id = m.id', 'app.member id nickname app.visit member_id'),
	('USING', 'SELECT nickname FROM lab.plain JOIN app.member USING (id)', 'app.member id nickname'),
	('NATURAL', 'SELECT FROM lab.plain NATURAL JOIN app.member', 'app.member id note'),
	('itself', 'SELECT a.zip FROM app.member a JOIN app.member b ON a.nickname = b.nickname', 'app.member nickname zip'),
	('a subquery', 'SELECT (SELECT max(nickname) FROM app.member)', 'app.member nickname'),
	('a correlated one', 'SELECT visit_id FROM app.visit v WHERE EXISTS (SELECT FROM app.member m WHERE m.id = v.member_id)', 'app.visit visit_id member_id app.member id'),
	('LATERAL', 'SELECT FROM app.visit v, LATERAL (SELECT v.ip) l', 'app.visit ip'),
	('a CTE', 'WITH c AS (SELECT nickname FROM app.member) SELECT * FROM c', 'app.member nickname'),
	('UNION', 'SELECT nickname FROM app.member UNION SELECT page FROM app.visit', 'app.member nickname app.visit page'),
	('a window', 'SELECT rank() OVER (PARTITION BY zip ORDER BY score) FROM app.member', 'app.member zip score'),
	('TABLESAMPLE', 'SELECT nickname FROM app.member TABLESAMPLE system (50)', 'app.member nickname'),
	('FOR UPDATE', 'SELECT nickname FROM app.member FOR UPDATE', 'app.member nickname'),
	('a view', 'SELECT nickname FROM lab.invoker', 'app.member email nickname'),
	('a declared view', 'SELECT zip FROM lab.declared', 'app.member zip'),
	('both', 'SELECT m.nickname FROM app.member m, lab.declared d WHERE d.zip = m.zip', 'app.member nickname zip app.member zip'),
	('a partitioned table', 'SELECT body FROM app.answer', 'app.answer body'),
	('a partition', 'SELECT body FROM app.answer_2025', 'app.answer_2025 body'),
	('system columns', 'SELECT ctid, tableoid, xmin FROM app.visit', 'app.visit tableoid xmin ctid'),
	('INSERT', 'INSERT INTO app.visit (visit_id, page) SELECT 1, nickname FROM app.member', 'app.visit visit_id page app.member nickname'),
	('ON CONFLICT', 'INSERT INTO app.visit (visit_id) VALUES (1) ON CONFLICT (visit_id) DO UPDATE SET page = excluded.page', 'app.visit visit_id page'),
	('UPDATE', 'UPDATE app.member SET nickname = zip WHERE score = 1 RETURNING note', 'app.member nickname zip score note'),
	('UPDATE of a view', 'UPDATE lab.invoker SET nickname = NULL', 'app.member email nickname'),
	('DELETE', 'DELETE FROM app.visit USING lab.plain p WHERE p.id = visit_id', 'app.visit visit_id'),
	('MERGE', 'MERGE INTO app.visit v USING app.member m ON v.visit_id = m.score WHEN MATCHED THEN UPDATE SET page = m.nickname', 'app.visit visit_id page app.member nickname score'),
	('a rule', 'INSERT INTO lab.ruled VALUES (1)', 'app.visit visit_id'),
	('EXPLAIN', 'EXPLAIN ANALYZE SELECT zip FROM app.member', 'app.member zip'),
	('a cursor', 'DECLARE c CURSOR FOR SELECT zip FROM app.member', 'app.member zip'),
	('CREATE TABLE AS', 'EXPLAIN CREATE TABLE t AS SELECT zip FROM app.member', 'app.member zip'),
	('CREATE MATERIALIZED VIEW', 'CREATE MATERIALIZED VIEW t AS SELECT zip FROM app.member', 'app.member zip'),
	('PREPARE', 'PREPARE p AS SELECT zip FROM app.member WHERE score = $1', 'app.member zip score'),
	('COPY', 'COPY (SELECT zip FROM app.member) TO STDOUT', 'app.member zip'),
	('not what a function reads', 'SELECT lab.emails() FROM app.member', 'app.member'),
	('not a comment, nor a semicolon at the end', 'SELECT zip FROM app.member -- email ;' || chr(10) || '; ;', 'app.member zip');
SELECT is((SELECT coalesce(string_agg(coalesce("column", relation::text), ' '), 'nothing') FROM memreg.explain(query, 'researcher', 'research')), answer, about)
  FROM example;
SELECT is(told('SELECT m FROM app.member m'), 'app.member: ' || :'consenting' || ', id: pseudonym, email: withhold, nickname: clear, zip: pseudonym, score: clear, note: withhold',
		  'a whole row mentions each column');

-- How rows and columns are told.

SELECT is(told('SELECT zip FROM lab.declared'), 'app.member: rows as stored, read by declared view lab.declared, zip: clear', 'what a declared view reads is not treated');
SELECT is(told('SELECT ctid, tableoid FROM app.visit'), 'app.visit: ' || :'consenting' || ', tableoid: clear, ctid: withhold', 'system columns follow the key');
SELECT is(told('SELECT ctid FROM app.visit', 'clerk', 'billing'), 'app.visit: ' || :'unrestricted' || ', ctid: clear', 'clear where it is clear');
SELECT is(told('SELECT nickname FROM app.member', 'postgres', 'research'), 'app.member: not guarded: the role bypasses row security', 'who bypasses row security sees everything');
SELECT is(told('SELECT nickname FROM app.member', 'postgres', ''), 'app.member: not guarded: the role bypasses row security', 'whatever the purpose');
CREATE VIEW lab.of_owner AS SELECT nickname FROM app.member;
ALTER VIEW lab.of_owner OWNER TO app_owner;
SELECT is(told('SELECT nickname FROM lab.of_owner', 'postgres', ''), 'app.member: not guarded: the role bypasses row security', 'also where a view''s owner does not');
CREATE POLICY district ON app.member AS RESTRICTIVE FOR SELECT USING (zip <> 'x');
SELECT is(told('SELECT nickname FROM app.member'), 'app.member: ' || :'consenting' || '; the table''s other policies apply too, nickname: clear', 'other policies are told of, not what they look at');
DROP POLICY district ON app.member;
CREATE POLICY visited ON app.member FOR SELECT USING (EXISTS (SELECT FROM app.visit v WHERE v.page = nickname));
SELECT is(told('SELECT score FROM app.member'), 'app.member: ' || :'consenting' || '; the table''s other policies apply too, score: clear, app.visit: ' || :'consenting' || ', page: clear', 'but other tables in them are');
DROP POLICY visited ON app.member;
ALTER TABLE app.visit ADD made text GENERATED ALWAYS AS (page || host(ip)) STORED;
SECURITY LABEL FOR memreg ON COLUMN app.visit.made IS 'nonpersonal';
SELECT is(told('SELECT made FROM app.visit'), 'app.visit: ' || :'consenting' || ', made: withhold', 'a generated column as it is treated');
DO $$ BEGIN PERFORM memreg.create_scope('others'), memreg.set_treatment('community', 'research', 'address', 'pseudonym(others)'); END $$;
SELECT is(told('SELECT zip FROM app.member'), 'app.member: ' || :'consenting' || ', zip: pseudonym(others)', 'a treatment as it is declared');
DO $$
BEGIN
	PERFORM memreg.set_treatment('community', 'research', 'address', 'generalize(postal_code 3)'), memreg.set_treatment('community', 'research', 'contact', 'clear if consent to research else withhold');
END $$;
SELECT is(told('SELECT zip, email FROM app.member'), 'app.member: ' || :'consenting' || ', email: clear if consent to research else withhold, zip: generalize(postal_code 3)', 'with its arguments');
ALTER TABLE app.visit ADD device jsonb;
SECURITY LABEL FOR memreg ON COLUMN app.visit.device IS 'device {os: nonpersonal, "user name": contact, model: device}';
SELECT is(told('SELECT device FROM app.visit'), 'app.visit: ' || :'consenting' || ', device: os: clear, "user name": clear if consent to research else withhold, model: withhold, other keys: withhold', 'key by key');
DO $$
BEGIN
	PERFORM memreg.create_purpose('community', 'p ' || basis, basis, restricted_data => restricted, anonymous_data => anonymous), memreg.grant_access('clerk', 'community', 'p ' || basis)
	   FROM (VALUES ('consent', true, false), ('contract', true, true), ('vital_interests', true, false), ('public_task', false, false), ('legitimate_interests', true, true)) v (basis, restricted, anonymous);
END $$;
SELECT is(told('SELECT FROM app.member', 'clerk', 'p ' || basis), 'app.member: ' || rows, basis) FROM (VALUES
	('consent', 'rows of subjects whose consent stands'),
	('contract', 'rows of all subjects, and rows that name nobody'),
	('vital_interests', 'rows of all subjects'),
	('public_task', 'rows of subjects who have not objected and whose data is not restricted'),
	('legitimate_interests', 'rows of subjects who have not objected, and rows that name nobody')) v (basis, rows);
DO $$ BEGIN PERFORM memreg.create_purpose('community', 'few', 'public_task', smallest_group => 2), memreg.grant_access('clerk', 'community', 'few'); END $$;
SELECT is(told('SELECT count(*) FROM app.member', 'clerk', 'few'), 'app.member: aggregates over at least 2 subjects, of rows of subjects who have not objected and whose data is not restricted', 'a purpose that sees aggregates');
SELECT is(told('SELECT score FROM app.member', 'clerk', 'few'), planned('clerk', 'few', 'SELECT score FROM app.member'), 'is refused single rows, as ever');
DO $$ BEGIN PERFORM memreg.create_purpose('community', 'my own', 'contract', reach => 'own'), memreg.grant_access('clerk', 'community', 'my own'); END $$;
SELECT is(told('SELECT FROM app.member', 'clerk', 'my own'), 'MR340', 'a purpose of reach own needs somebody to act for');
SET memreg.trust_subject = on;
SET memreg.subject = '1';
SELECT is(told('SELECT FROM app.member', 'clerk', 'my own'), 'app.member: rows of the session''s own subject whose data is not restricted', 'and sees that one');
RESET memreg.subject;
RESET memreg.trust_subject;

-- It refuses what the query itself is refused.

CREATE VIEW lab.of_superuser AS SELECT nickname FROM app.member;
GRANT SELECT ON lab.of_superuser, lab.of_owner TO PUBLIC;
INSERT INTO example (query) VALUES ('SELECT nickname FROM lab.of_superuser'), ('SELECT nickname FROM lab.of_owner'), ('UPDATE app.member SET email = 1'),
	('UPDATE app.member SET email = zip'), ('INSERT INTO app.member (id) VALUES (1)'), ('SELECT m FROM app.member m'), ('SELECT answered FROM ONLY app.answer'),
	('UPDATE lab.declared SET zip = NULL'), ('SELECT zip FROM lab.declared FOR UPDATE'), ('SELECT nothing FROM app.member'), ('SELECT FROM nothing'), ('SELECT 1 +'),
	('SELECT ''x''::int');
SELECT is_empty($$
	SELECT role, purpose, query, told(query, role, purpose), planned(role, purpose, query)
	  FROM example, (VALUES ('researcher', 'research'), ('clerk', 'billing'), ('researcher', ''), ('stranger', 'research'), ('app_owner', 'research'), ('clerk', 'no such')) v (role, purpose)
	 WHERE query !~ '^(EXPLAIN|DECLARE|CREATE|PREPARE|COPY|.*\$1)' AND planned(role, purpose, query) <> '42501'
	   AND CASE planned(role, purpose, query) WHEN 'planned' THEN told(query, role, purpose) ~ '^\w{5}$' ELSE told(query, role, purpose) <> planned(role, purpose, query) END$$,
	'the same errors as EXPLAIN''s own, of every role, purpose and query');
SELECT is(told(query), answer, format('%L is refused', query)) FROM (VALUES ('', 'MR351'), ('SELECT 1; SELECT 2', 'MR351'), ('VACUUM', 'MR351'), ('COPY app.member TO STDOUT', 'MR351'),
	('EXECUTE p', 'MR351'), ('EXPLAIN EXECUTE p', 'MR351'), ('SELECT 1 INTO t', 'MR351'), ('CREATE VIEW v AS SELECT 1', 'MR351'), ('BEGIN', 'MR351'), (NULL, 'MR014'), ('SELECT $2::int', '42P18')) v (query, answer);
SELECT is(told('SELECT 1', '999999'), 'MR040', 'a role that is not there');
SELECT is(told('SELECT 1', 'researcher', repeat('x', 300)), '22023', 'a purpose that cannot be');
ALTER TABLE app.member DISABLE ROW LEVEL SECURITY;
SELECT is(told('SELECT nickname FROM app.member'), 'MR303', 'a table whose guards are missing');
ALTER TABLE app.member ENABLE ROW LEVEL SECURITY;

-- It runs nothing and leaves everything as it was.

CREATE SEQUENCE lab.counter;
GRANT ALL ON lab.counter TO PUBLIC;
CREATE FUNCTION lab.count_up() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$SELECT nextval('lab.counter')$$;
SELECT is(told('DELETE FROM app.visit WHERE lab.count_up() > 0 AND visit_id > nextval(''lab.counter'')'), 'app.visit: ' || :'consenting' || ', visit_id: clear', 'explained');
SELECT results_eq('SELECT is_called FROM lab.counter', ARRAY[false], 'and not run, nor planned');
SELECT is((SELECT count(*) FROM app.visit), 12::bigint, 'nobody is gone');
SET memreg.purpose = 'of before';
SELECT is(told(query) || ' ' || current_user || ' ' || current_setting('memreg.purpose'), answer || ' postgres of before', 'role and purpose are as before, after ' || answer)
  FROM (VALUES ('SELECT 1', 'nothing'), ('SELECT x', '42703'), ('UPDATE app.member SET email = NULL', 'MR310')) v (query, answer);
SELECT is(told('SELECT FROM app.member', 'clerk', NULL), 'MR020', 'no purpose given: the session''s');
SET memreg.purpose = 'billing';
SELECT is(told('SELECT FROM app.member', 'clerk', NULL), 'app.member: ' || :'unrestricted', 'which may do');
SELECT is((SELECT count(*) FROM memreg.explain('SELECT FROM app.member')), 1::bigint, 'no role given: the current user');
RESET memreg.purpose;
CREATE SCHEMA researcher;
CREATE TABLE researcher.here (id bigint);
SET search_path = "$user", public;
SELECT is(told('SELECT FROM here', 'researcher'), '42P01', 'names are looked up as the role sees them');
GRANT USAGE ON SCHEMA researcher TO researcher;
SELECT is(told('SELECT FROM here', 'researcher'), 'nothing', 'and where it looks');
RESET search_path;

-- For whom it is.

CREATE ROLE auditor;
SELECT ok(NOT has_function_privilege('auditor', 'memreg.explain(text, regrole, text)', 'EXECUTE'), 'not for everybody');
GRANT EXECUTE ON FUNCTION memreg.explain(text, regrole, text), told(text, text, text) TO auditor;
GRANT USAGE ON SCHEMA memreg TO auditor;
SET ROLE auditor;
SELECT is(told('SELECT 1', 'researcher'), '42501', 'a role that the caller cannot take');
SELECT is(told('SELECT FROM app.member', NULL), 'MR302', 'the caller''s own');
RESET ROLE;
GRANT researcher TO auditor;
SET ROLE auditor;
SELECT is(told('SELECT 1', 'researcher'), 'nothing', 'one that the caller can take');
RESET ROLE;

-- EXPLAIN ANALYZE tells how many rows are hidden.

CREATE FUNCTION lab.analyze_it(statement text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE statement; END';
CREATE FUNCTION lab.analyze_plain() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY EXPLAIN ANALYZE SELECT nickname FROM app.member; END';
CREATE FUNCTION lab.analyze_in_sql() RETURNS void LANGUAGE sql AS 'EXPLAIN ANALYZE SELECT nickname FROM app.member';
CREATE FUNCTION lab.count_members() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN count(*) FROM app.member; END';
CREATE FUNCTION lab.for_others() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'EXPLAIN ANALYZE SELECT nickname FROM app.member';
CREATE TABLE attempt (statement text);
INSERT INTO attempt VALUES
	('EXPLAIN ANALYZE SELECT nickname FROM app.member'),
	('EXPLAIN (ANALYZE, FORMAT JSON) SELECT nickname FROM app.member'),
	('EXPLAIN (ANALYZE, TIMING off, SUMMARY off) SELECT nickname FROM app.member'),
	('EXPLAIN (ANALYZE, BUFFERS, WAL) DELETE FROM app.visit'),
	('EXPLAIN ANALYZE SELECT 1 WHERE EXISTS (SELECT FROM app.member)'),
	('EXPLAIN ANALYZE SELECT body FROM app.answer_2025'),
	('EXPLAIN ANALYZE SELECT FROM lab.invoker'),
	('EXPLAIN ANALYZE SELECT FROM lab.declared'),
	('EXPLAIN ANALYZE INSERT INTO lab.ruled VALUES (1)'),
	('EXPLAIN ANALYZE CREATE TABLE lab.made_by_explain AS SELECT nickname FROM app.member'),
	('EXPLAIN ANALYZE CREATE TABLE lab.made_by_explain AS EXECUTE members'),
	('EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT nickname FROM app.member'),
	('EXPLAIN ANALYZE EXECUTE members'),
	('DO ''BEGIN EXECUTE ''''EXPLAIN ANALYZE SELECT nickname FROM app.member''''; END'''),
	('DO ''DECLARE line text; BEGIN FOR line IN EXPLAIN ANALYZE SELECT nickname FROM app.member LOOP NULL; END LOOP; END'''),
	('SELECT lab.analyze_it(''EXPLAIN ANALYZE SELECT nickname FROM app.member'')'),
	('SELECT lab.analyze_it(''EXPLAIN ANALYZE EXECUTE members'')'),
	('SELECT lab.analyze_plain()'),
	('SELECT lab.analyze_in_sql()'),
	('EXPLAIN SELECT nickname FROM app.member; EXPLAIN ANALYZE SELECT nickname FROM app.member');
SET memreg.purpose = 'research';
SET ROLE researcher;
PREPARE members AS SELECT nickname FROM app.member;
RESET ROLE;
GRANT ALL ON SCHEMA lab TO app_owner;
SELECT is(touched('researcher', 'research', statement), 'MR350', statement) FROM attempt;
SELECT matches(touched('researcher', 'research', statement), '^\d+$', statement || ' may be run') FROM (VALUES
	('EXPLAIN SELECT nickname FROM app.member'),
	('EXPLAIN (VERBOSE, BUFFERS) SELECT nickname FROM app.member'),
	('EXPLAIN (ANALYZE off) SELECT nickname FROM app.member'),
	('EXPLAIN EXECUTE members'),
	('EXPLAIN ANALYZE SELECT FROM lab.plain'),
	('EXPLAIN ANALYZE SELECT lab.count_members()'),
	('SELECT lab.for_others()')) v (statement);
SELECT is_empty($$SELECT statement, touched('postgres', '', statement) FROM attempt WHERE touched('postgres', '', statement) !~ '^\d+$' AND statement !~ 'members'$$, 'who bypasses row security may');
GRANT pg_read_all_stats TO researcher;
SELECT is_empty($$SELECT statement, touched('researcher', 'research', statement) FROM attempt WHERE touched('researcher', 'research', statement) = 'MR350'$$, 'and who may read all statistics');
REVOKE pg_read_all_stats FROM researcher;
SELECT is(touched('researcher', 'research', 'EXPLAIN ANALYZE EXECUTE members'), 'MR350', 'not any more');
DEALLOCATE members;

-- The planner's statistics hold values of everybody.

CREATE STATISTICS app.together (mcv) ON zip, nickname FROM app.member;
CREATE INDEX ON app.member (lower(email));
CREATE STATISTICS app.expression ON (zip || nickname), (email || note) FROM app.member;
INSERT INTO app.member SELECT n, 'CANARY' || n, 'CANARY' || n % 3, 'CANARY' || n % 3, n, 'CANARY' || n % 2 FROM generate_series(101, 900) n;
INSERT INTO app.answer SELECT '2025-02-02', n, 'CANARY' || n % 3, 1 FROM generate_series(101, 900) n;
ANALYZE app.member, app.answer;
SELECT cmp_ok((SELECT count(*) FROM pg_stats WHERE schemaname = 'app' AND most_common_vals::text ~ 'CANARY')::int, '>', 3, 'pg_stats has values');
SELECT is_empty(format($$SELECT seen(%L, 'research', 'SELECT tablename, attname FROM pg_stats WHERE schemaname = ''app'' AND tablename !~ ''lower''') WHERE seen(%1$L, 'research', 'SELECT FROM pg_stats WHERE schemaname = ''app'' AND tablename !~ ''lower''') <> ''$$, role), 'not for ' || role)
  FROM unnest('{researcher,app_owner,stranger}'::text[]) role;
SELECT is(seen(role, 'research', statement), '', format('%s: %s', role, statement)) FROM unnest('{researcher,app_owner,stranger}'::text[]) role, unnest(ARRAY[
	'SELECT attnames FROM pg_stats_ext WHERE schemaname = ''app''', 'SELECT expr FROM pg_stats_ext_exprs WHERE schemaname = ''app''']) statement;
SELECT is(seen('researcher', 'research', 'SELECT FROM pg_stats WHERE schemaname = ''app'''), '', 'nor of an index over an expression');
SELECT is(seen('app_owner', 'research', 'SELECT count(*) FROM pg_stats WHERE schemaname = ''app'''), '(1)', 'which its owner sees: docs/threat-model.md');
SELECT is(seen('researcher', 'research', 'SELECT FROM pg_statistic'), '42501', 'the tables themselves are closed');
SELECT is(seen('researcher', 'research', 'SELECT FROM pg_statistic_ext_data'), '42501', 'both');

-- Plans hold no values but those of the query.

SELECT is_empty($$SELECT query, format FROM example, unnest('{text,xml,json,yaml}'::text[]) format
	WHERE query !~ '^(EXPLAIN|DECLARE|CREATE|PREPARE|COPY)|\$1' AND seen('researcher', 'research', format('EXPLAIN (VERBOSE, SETTINGS, FORMAT %s) %s', format, query)) ~ 'CANARY'$$, 'no plan has a canary');
SELECT is_empty($$SELECT condition FROM unnest(ARRAY['zip', 'email', 'note', 'nickname', 'lower(email)', 'zip || nickname']) condition, unnest('{<,=,~~}'::text[]) operator
	WHERE seen('researcher', 'research', format('EXPLAIN (VERBOSE, FORMAT json) SELECT count(*) FROM app.member WHERE %s %s ''m'' GROUP BY %1$s', condition, operator)) ~ 'CANARY'$$, 'whatever is asked of which column');
SELECT * FROM finish();
