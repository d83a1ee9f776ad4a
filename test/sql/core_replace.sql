-- DROP EXTENSION and CREATE EXTENSION, in one session that goes on using what it had cached.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION memreg;
CREATE ROLE owner;
CREATE ROLE clerk;
CREATE SCHEMA app AUTHORIZATION owner;
GRANT USAGE ON SCHEMA app TO clerk;
CREATE TABLE app.member (id bigint PRIMARY KEY, name text);
ALTER TABLE app.member OWNER TO owner;
CREATE TABLE app.note (id bigint PRIMARY KEY, member bigint NOT NULL);
ALTER TABLE app.note OWNER TO owner;
INSERT INTO app.member VALUES (1, 'a'), (2, 'b');
INSERT INTO app.note VALUES (1, 1), (2, 2);
GRANT SELECT ON ALL TABLES IN SCHEMA app TO clerk;
SECURITY LABEL FOR memreg ON COLUMN app.member.name IS 'identity';

CREATE FUNCTION declare_register() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.create_purpose('members', 'research', 'consent');
	PERFORM memreg.add_table('members', 'app.member', 'id', root => true), memreg.add_table('members', 'app.note', 'member');
	PERFORM memreg.set_treatment('members', 'research', 'subject_key', 'clear');
	PERFORM memreg.set_treatment('members', 'research', 'identity', 'pseudonym');
	PERFORM memreg.protect('app.member'), memreg.protect('app.note');
	PERFORM memreg.grant_access('clerk', 'members', 'research');
	PERFORM memreg.grant_consent('members', 1, 'research');
	PERFORM memreg.create_scope('university');
	PERFORM memreg.pseudonym('university', 'x');
END $$;
SELECT declare_register();
-- A policy of the DBA's own, narrower than memreg needs.
CREATE POLICY own ON app.note FOR SELECT USING (id < 10);

PREPARE members AS SELECT id, length(name) FROM app.member ORDER BY id;
PREPARE notes AS SELECT id FROM app.note ORDER BY id;
PREPARE consent AS SELECT memreg.has_consent('members', $1, 'research');
SET ROLE clerk;
SET memreg.purpose = 'research';
EXECUTE members;
EXECUTE notes;
RESET ROLE;
EXECUTE consent (1);

-- It does not go while tables rely on it.
\set VERBOSITY sqlstate
DROP EXTENSION memreg;
DROP FUNCTION memreg.guard_row(regclass, bigint) CASCADE;
DROP TABLE memreg.proxy;
\set VERBOSITY terse
SELECT count(*) FROM pg_policy;

-- With CASCADE its policies go. Row security stays on, and forced, so nobody but superusers sees a row through memreg's
-- permissive policies any more; what a policy of the DBA's own lets through is no longer narrowed by consents.
DROP EXTENSION memreg CASCADE;
SELECT polname FROM pg_policy;
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' ORDER BY 1;
SET ROLE clerk;
EXECUTE members;
SELECT count(*) FROM app.member;
EXECUTE notes;
SET ROLE owner;
SELECT count(*) FROM app.member;
INSERT INTO app.member VALUES (3, 'c');
RESET ROLE;
EXECUTE consent (1);
SELECT memreg.has_consent('members', 1, 'research');
SELECT objsubid, label FROM pg_seclabels WHERE provider = 'memreg';
SELECT count(*) FROM pg_event_trigger;
CREATE TABLE app.passing (a int);
ALTER TABLE app.passing RENAME a TO b;
DROP TABLE app.passing;

-- Anew, in the same session. Registers, consents and keys were its own and are gone; labels are the columns' and stay.
CREATE EXTENSION memreg;
SELECT count(*) FROM memreg.register;
SELECT memreg.pseudonym('university', 'x');
SELECT memreg.grant_consent('members', 1, 'research');
EXECUTE consent (1);
SELECT declare_register();
EXECUTE consent (1);
EXECUTE consent (2);
SET ROLE clerk;
EXECUTE members;
EXECUTE notes;
RESET ROLE;
SELECT memreg.withdraw_consent('members', 1, 'research');
SET ROLE clerk;
EXECUTE members;
RESET ROLE;
ALTER TABLE app.member RENAME id TO number;
SELECT relation, subject FROM memreg.registered_table ORDER BY relation::text;

-- Rolled back, nothing has happened.
BEGIN;
DROP EXTENSION memreg CASCADE;
ROLLBACK;
EXECUTE consent (1);
SET ROLE clerk;
SELECT count(*) FROM app.member;
RESET ROLE;
BEGIN;
DROP EXTENSION memreg CASCADE;
CREATE EXTENSION memreg;
ROLLBACK;
SELECT count(*) FROM memreg.register;
SET ROLE clerk;
SELECT count(*) FROM app.note;
RESET ROLE;

-- The schema takes the extension with it.
DROP SCHEMA memreg CASCADE;
SELECT count(*) FROM pg_extension WHERE extname = 'memreg';
SELECT count(*) FROM pg_policy;
CREATE EXTENSION memreg;
ALTER TABLE app.member RENAME number TO id;
SELECT declare_register();
