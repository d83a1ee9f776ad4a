-- What memreg.explain and EXPLAIN ANALYZE refuse, and what they say: which statement, which right, and nobody's data.
\set ECHO none
\i test/policy/register.sql
CREATE ROLE auditor;
GRANT USAGE ON SCHEMA memreg TO auditor;
GRANT EXECUTE ON FUNCTION memreg.explain(text, regrole, text) TO auditor;
CREATE VIEW lab.of_superuser AS SELECT * FROM app.member;
CREATE TABLE lab.ruled (id bigint);
GRANT ALL ON lab.of_superuser, lab.ruled TO researcher;
CREATE FUNCTION lab.analyzed() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY EXPLAIN ANALYZE SELECT nickname FROM app.member; END';
RESET client_min_messages;
\set SHOW_CONTEXT never
\pset format unaligned
\pset null '(null)'
\set ECHO all

-- What it answers.
SELECT * FROM memreg.explain(query => 'SELECT nickname, count(*) FROM app.member m JOIN app.visit v ON v.member_id = m.id WHERE ip IS NOT NULL GROUP BY 1',
							 role => 'researcher', purpose => 'research');

-- What is no query.
SELECT * FROM memreg.explain('');
SELECT * FROM memreg.explain('SELECT 1; SELECT 2');
SELECT * FROM memreg.explain('VACUUM');
SELECT * FROM memreg.explain('COPY app.member TO STDOUT');
SELECT * FROM memreg.explain(NULL);
SELECT * FROM memreg.explain('SELECT nickname FROM app.memberr');
SELECT * FROM memreg.explain('SELECT FROM WHERE');
SELECT * FROM memreg.explain('SELECT $1');

-- What the query is refused itself.
SELECT * FROM memreg.explain('SELECT nickname FROM app.member', 'researcher', '');
SELECT * FROM memreg.explain('SELECT nickname FROM app.member', 'researcher', 'sales');
SELECT * FROM memreg.explain('SELECT nickname FROM app.member', 'researcher', 'billing');
SELECT * FROM memreg.explain('SELECT nickname FROM lab.of_superuser', 'researcher', 'research');
SELECT * FROM memreg.explain('UPDATE app.member SET email = nickname', 'researcher', 'research');

-- For whom it is.
SELECT * FROM memreg.explain('SELECT 1', 0);
SET ROLE auditor;
SELECT * FROM memreg.explain('SELECT nickname FROM app.member', 'researcher', 'research');
SET ROLE researcher;
SELECT * FROM memreg.explain('SELECT 1');

-- Counts of rows.
SET memreg.purpose = 'research';
EXPLAIN ANALYZE SELECT nickname FROM app.member;
EXPLAIN (ANALYZE, FORMAT JSON) DELETE FROM app.visit;
PREPARE members AS SELECT nickname FROM app.member;
EXPLAIN ANALYZE EXECUTE members;
SELECT lab.analyzed();
EXPLAIN (VERBOSE, COSTS OFF) SELECT nickname, email, zip FROM app.member WHERE id = 1;

-- A foreign key's action, as the table's owner, names no row that it meets.
RESET ROLE;
SET client_min_messages = warning;
CREATE TABLE app.receipt (member_id bigint, visit_id bigint REFERENCES app.visit ON DELETE SET NULL, secret text, CHECK (visit_id IS NOT NULL OR secret IS NULL));
ALTER TABLE app.receipt OWNER TO app_owner;
INSERT INTO app.receipt VALUES (6, 7, 'CANARY');
SELECT memreg.add_table('community', 'app.receipt', 'member_id'), memreg.protect('app.receipt') \g /dev/null
RESET client_min_messages;
SET ROLE researcher;
DELETE FROM app.visit WHERE visit_id = 7;
RESET ROLE;
