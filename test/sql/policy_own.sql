-- Self-service as an application meets it: one pooled login, a subject for each transaction, and what is said when the
-- subject is not proven.
\set ECHO none
\i test/policy/register.sql
CREATE ROLE web LOGIN;
CREATE ROLE trusted LOGIN;
CREATE ROLE service LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA app TO web, trusted;
GRANT EXECUTE ON FUNCTION memreg.session_subject(text) TO web, trusted;
GRANT EXECUTE ON FUNCTION memreg.issue_subject_token(text, bigint, interval, regrole) TO service;
DO $$
DECLARE
	category text;
BEGIN
	PERFORM memreg.create_purpose('community', 'self', 'contract', reach => 'own');
	FOREACH category IN ARRAY ARRAY['subject_key', 'nickname'] LOOP
		PERFORM memreg.set_treatment('community', 'self', category, 'clear');
	END LOOP;
	PERFORM memreg.grant_access('web', 'community', 'self');
	PERFORM memreg.grant_access('trusted', 'community', 'self');
	PERFORM memreg.create_register('other', 'Other', 'An association');
END
$$;
ALTER ROLE web SET memreg.purpose = 'self';
ALTER ROLE trusted SET memreg.purpose = 'self';
ALTER ROLE trusted SET memreg.trust_subject = on;
SELECT current_database() AS database,
	   memreg.issue_subject_token('community', 1) AS one,
	   memreg.issue_subject_token('community', 2) AS two,
	   memreg.issue_subject_token('community', 1, '1 microsecond') AS expired,
	   memreg.issue_subject_token('community', 1, role => 'trusted') AS of_trusted,
	   memreg.issue_subject_token('other', 1) AS elsewhere \gset
\set SHOW_CONTEXT never
\pset tuples_only
\pset format unaligned
\set ECHO all

-- What is said. No message repeats a token or a key.
\c - web
SELECT id FROM app.member;
SET memreg.subject = '1';
SELECT id FROM app.member;
SET memreg.subject = :'expired';
SELECT id FROM app.member;
SET memreg.subject = :'of_trusted';
SELECT id FROM app.member;
SET memreg.subject = :'elsewhere';
SELECT id FROM app.member;
SELECT memreg.session_subject('community');
SELECT memreg.session_subject('none');
SET memreg.subject = :'one';
UPDATE app.visit SET member_id = 5;
INSERT INTO app.visit VALUES (20, 5);
SELECT memreg.issue_subject_token('community', 1);
SET memreg.trust_subject = on;
ALTER ROLE web SET memreg.trust_subject = on;
\c - service
SELECT memreg.issue_subject_token('community', 1, '1 day');
SELECT memreg.issue_subject_token('community', 1, '-1 day');
SELECT memreg.issue_subject_token('community', NULL::bigint);
SELECT memreg.issue_subject_token('none', 1);
SELECT left(memreg.issue_subject_token('community', 1), 4);

-- A pool: the same connection and the same plan, for one subject after another.
\c - web
PREPARE own AS SELECT id, nickname, (SELECT count(*) FROM app.visit) FROM app.member;
BEGIN;
SET LOCAL memreg.subject = :'one';
EXECUTE own;
SELECT memreg.session_subject('community');
COMMIT;
EXECUTE own;
BEGIN;
SELECT set_config('memreg.subject', :'two', true) IS NOT NULL;
EXECUTE own;
SAVEPOINT before;
SET LOCAL memreg.subject = :'one';
EXECUTE own;
ROLLBACK TO before;
EXECUTE own;
ROLLBACK;
EXECUTE own;
SELECT generic_plans, custom_plans FROM pg_prepared_statements;
SET memreg.subject = :'one';
EXECUTE own;
SET memreg.subject = :'expired';
EXECUTE own;
SET memreg.subject = :'two';
EXECUTE own;
SELECT memreg.session_subject('community');
DISCARD ALL;
SELECT memreg.session_subject('community') IS NULL;
SELECT id FROM app.member;

-- Functions keep plans of their own.
CREATE FUNCTION pg_temp.own_nickname() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT nickname FROM app.member);
END $$;
SET memreg.subject = :'one';
SELECT pg_temp.own_nickname();
SET memreg.subject = :'two';
SELECT pg_temp.own_nickname();
RESET memreg.subject;
SELECT pg_temp.own_nickname();

-- A statement that began for one subject goes on for it.
SET memreg.subject = :'one';
SELECT id, set_config('memreg.subject', :'two', false) IS NOT NULL FROM app.member;
SELECT id FROM app.member;
BEGIN;
DECLARE own_visits CURSOR FOR SELECT visit_id, member_id FROM app.visit;
FETCH own_visits;
SET LOCAL memreg.subject = :'one';
FETCH own_visits;
FETCH own_visits;
COMMIT;

-- A role that is trusted says whom it acts for, and stays trusted whatever role it takes.
\c - trusted
SHOW memreg.trust_subject;
SELECT id FROM app.member;
SET memreg.subject = '2';
SELECT id, nickname FROM app.member;
SELECT memreg.session_subject('community');
SET memreg.subject = 'two';
SELECT id FROM app.member;
SET memreg.subject = :'one';
SELECT id FROM app.member;
RESET ALL;
SHOW memreg.trust_subject;
\! PGOPTIONS="-c memreg.subject=$(printf '\344')" psql -X -A -t -U trusted -d contrib_regression -c 'SELECT id FROM app.member'
\c - postgres
SHOW memreg.trust_subject;
SET memreg.subject = '2';
SET memreg.purpose = 'self';
SET ROLE trusted;
SELECT id FROM app.member;
RESET ROLE;

-- In another database a token is worth nothing, though all there is the same.
CREATE DATABASE regression_elsewhere TEMPLATE template0;
\c regression_elsewhere
CREATE EXTENSION memreg;
SELECT memreg.create_register('community', 'Members', 'An association');
SELECT set_config('memreg.subject', :'one', false) IS NOT NULL;
SELECT memreg.session_subject('community');
SELECT set_config('memreg.subject', memreg.issue_subject_token('community', 1), false) IS NOT NULL;
SELECT memreg.session_subject('community');
\c :database
DROP DATABASE regression_elsewhere;
