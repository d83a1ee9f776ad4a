-- A plan is run by whom and for what it was made: prepared statements, cached plans, cursors and portals across changes
-- of purpose and role.
\set ECHO none
\i test/policy/register.sql
GRANT SELECT ON app.member TO PUBLIC;
DO $$ BEGIN PERFORM memreg.grant_access('stranger', 'community', 'billing'); END $$;
CREATE ROLE analyst IN ROLE researcher, clerk;
CREATE ROLE keeper BYPASSRLS;
CREATE ROLE aloof NOINHERIT IN ROLE clerk;
GRANT CREATE ON SCHEMA lab TO PUBLIC;
-- Its answers say for whom and what it was planned.
CREATE FUNCTION lab.members() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT concat(count(*), ' members, ', count(email), ' addresses') FROM app.member);
END $$;
CREATE FUNCTION lab.for_billing() RETURNS text LANGUAGE plpgsql SET memreg.purpose = 'billing' AS $$
BEGIN
	RETURN lab.members();
END $$;
CREATE FUNCTION lab.as_clerk() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	RETURN lab.members();
END $$;
ALTER FUNCTION lab.as_clerk() OWNER TO clerk;
CREATE FUNCTION lab.as_keeper() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	RETURN lab.members();
END $$;
ALTER FUNCTION lab.as_keeper() OWNER TO keeper;
CREATE VIEW lab.of_keeper AS SELECT count(email) FROM app.member;
ALTER VIEW lab.of_keeper OWNER TO keeper;
CREATE VIEW lab.of_clerk AS SELECT concat(count(*), ' members, ', count(email), ' addresses') FROM app.member;
ALTER VIEW lab.of_clerk OWNER TO clerk;
GRANT SELECT ON ALL TABLES IN SCHEMA lab TO PUBLIC;
ALTER ROLE clerk LOGIN;
ALTER ROLE researcher LOGIN;
RESET client_min_messages;
\pset tuples_only
\pset format unaligned
\set VERBOSITY terse
\set ECHO all

-- Purposes.
SET ROLE analyst;
SET memreg.purpose = 'research';
PREPARE members AS SELECT concat(count(*), ' members, ', count(email), ' addresses') FROM app.member;
EXECUTE members;
SELECT lab.members();
SET memreg.purpose = 'billing';
EXECUTE members;
SELECT lab.members();
SET plan_cache_mode = force_generic_plan;
SET memreg.purpose = 'research';
EXECUTE members;
SET memreg.purpose = '';
EXECUTE members;
SELECT lab.members();
RESET memreg.purpose;
EXECUTE members;
SET memreg.purpose = 'research';
EXECUTE members;
SET memreg.purpose = 'nothing';
EXECUTE members;
SET memreg.purpose = 'research';
EXECUTE members;
SELECT lab.for_billing(), lab.members(), lab.for_billing(), current_setting('memreg.purpose');
EXECUTE members;

-- Within a transaction.
BEGIN;
SET LOCAL memreg.purpose = 'billing';
EXECUTE members;
SAVEPOINT s;
SET LOCAL memreg.purpose = 'research';
EXECUTE members;
ROLLBACK TO s;
EXECUTE members;
SELECT lab.members();
COMMIT;
EXECUTE members;
BEGIN;
SET memreg.purpose = 'billing';
EXECUTE members;
ROLLBACK;
EXECUTE members;
BEGIN;
SET memreg.purpose = 'billing';
SELECT 1 / 0;
ROLLBACK;
EXECUTE members;
SELECT set_config('memreg.purpose', 'billing', true), lab.members() FROM app.member LIMIT 1;
DO $$ BEGIN PERFORM set_config('memreg.purpose', 'billing', true); RAISE NOTICE '%', lab.members(); END $$;
EXECUTE members;

-- Roles.
RESET ROLE;
EXECUTE members;
SET ROLE researcher;
EXECUTE members;
SET ROLE clerk;
EXECUTE members;
SELECT lab.members();
SET memreg.purpose = 'billing';
EXECUTE members;
SELECT lab.members();
SET ROLE researcher;
EXECUTE members;
SET ROLE keeper;
EXECUTE members;
SET ROLE aloof;
EXECUTE members;
SET ROLE stranger;
EXECUTE members;
SET SESSION AUTHORIZATION researcher;
EXECUTE members;
SET memreg.purpose = 'research';
EXECUTE members;
SELECT lab.members();
RESET SESSION AUTHORIZATION;
EXECUTE members;

-- Functions and views of other roles: a function runs as its owner, who needs a grant, a view as who asks.
SET ROLE researcher;
SELECT lab.as_clerk();
SELECT lab.as_keeper();
SELECT * FROM lab.of_clerk;
SELECT * FROM lab.of_keeper;
SET memreg.purpose = 'billing';
SELECT lab.as_clerk();
SELECT * FROM lab.of_clerk;
SET ROLE clerk;
SELECT * FROM lab.of_clerk;
SELECT * FROM lab.of_keeper;
SET ROLE keeper;
SELECT * FROM lab.of_clerk;
SELECT * FROM lab.of_keeper;

-- A role's and a database's own setting.
RESET ROLE;
ALTER ROLE clerk SET memreg.purpose = 'billing';
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET memreg.purpose = ''research''', current_database()); END $$;
\c - clerk
SELECT current_setting('memreg.purpose'), lab.members();
RESET memreg.purpose;
SELECT current_setting('memreg.purpose'), lab.members();
DISCARD ALL;
SELECT current_setting('memreg.purpose'), lab.members();
\c - researcher
SELECT current_setting('memreg.purpose'), lab.members();
\c - postgres
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET memreg.purpose', current_database()); END $$;
\c - postgres

-- Cursors: the statement is the DECLARE.
SET ROLE analyst;
SET memreg.purpose = 'research';
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT nickname, email FROM app.member ORDER BY score, nickname;
FETCH 1 FROM c;
SET LOCAL memreg.purpose = 'billing';
FETCH 1 FROM c;
SET LOCAL ROLE stranger;
FETCH ALL FROM c;
FETCH BACKWARD 1 FROM c;
COMMIT;
BEGIN;
DECLARE c CURSOR FOR SELECT nickname, email FROM app.member ORDER BY score, nickname FOR UPDATE;
FETCH 1 FROM c;
UPDATE app.member SET nickname = 'first' WHERE CURRENT OF c RETURNING nickname, email, zip LIKE 'p1-%';
UPDATE app.member SET email = 'x' WHERE CURRENT OF c;
ROLLBACK;
DECLARE c CURSOR WITH HOLD FOR SELECT nickname FROM app.member;
DECLARE c CURSOR WITH HOLD FOR SELECT 1 WHERE EXISTS (SELECT FROM app.visit);

-- COPY.
COPY app.member (nickname, email, note, score) TO stdout;
COPY (SELECT nickname, email FROM app.member WHERE email IS NULL) TO stdout;
COPY (DELETE FROM app.visit RETURNING page, ip) TO stdout;
SET memreg.purpose = '';
COPY app.member TO stdout;
COPY app.visit TO stdout;
SET memreg.purpose = 'billing';
COPY app.member (id, email, note) TO stdout;
SET row_security = off;
COPY app.member TO stdout;
SELECT FROM app.member;
SET ROLE keeper;
COPY app.member (id, email, note) TO stdout;

-- Clean: everything that the session kept is gone, the table is as closed as before.
RESET ROLE;
DISCARD ALL;
EXECUTE members;
SET ROLE analyst;
SELECT lab.members();
