-- What is kept from one statement to the next, of a relation as a purpose sees it and of the number of its policies, is
-- forgotten with whatever it was decided by. All in one session, which asks before and after each change.
\i test/policy/register.sql
SELECT plan(37);
CREATE FUNCTION emails() RETURNS text LANGUAGE sql AS
	$$SELECT seen('researcher', 'research', 'SELECT email IS NULL, nickname FROM app.member WHERE id <> 0 ORDER BY score, nickname LIMIT 1')$$;

-- What the purpose sees.
SELECT is(emails(), '(t,one)', 'withheld');
BEGIN;
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear');
SELECT is(emails(), '(f,one)', 'another treatment');
ROLLBACK;
SELECT is(emails(), '(t,one)', 'and back');
BEGIN;
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'nonpersonal';
SELECT is(emails(), '(f,one)', 'another label');
SAVEPOINT labelled;
SECURITY LABEL FOR memreg ON COLUMN app.member.nickname IS NULL;
SELECT is(emails(), '(f,)', 'none');
ROLLBACK TO labelled;
SELECT is(emails(), '(f,one)', 'back to a savepoint');
ROLLBACK;
SELECT is(emails(), '(t,one)', 'and to the beginning');
BEGIN;
ALTER TABLE app.member RENAME nickname TO called;
ALTER TABLE app.member RENAME email TO nickname;
SELECT is(seen('researcher', 'research', 'SELECT DISTINCT nickname FROM app.member'), '()', 'names that changed places');
ROLLBACK;
BEGIN;
ALTER TABLE app.member DROP nickname;
ALTER TABLE app.member ADD nickname text DEFAULT 'CANARY';
SELECT is(seen('researcher', 'research', 'SELECT DISTINCT nickname FROM app.member'), '()', 'a new column of the same name has no label');
ROLLBACK;
SELECT is(emails(), '(t,one)', 'as before');

-- For each purpose, and whoever may act for it.
SELECT is(seen('clerk', 'billing', 'SELECT count(email) FROM app.member'), '(5)', 'another purpose');
SELECT is(emails(), '(t,one)', 'the first again');
SELECT is(seen('clerk', 'research', 'SELECT count(email) FROM app.member'), 'MR302', 'who has no access has none to what others have seen');
BEGIN;
SELECT memreg.revoke_access('researcher', 'community', 'research');
SELECT is(emails(), 'MR302', 'nor does one who had it');
ROLLBACK;
SELECT is(emails(), '(t,one)', 'who has it again');
SELECT is(seen('stranger', 'research', 'SELECT count(email) FROM app.member'), 'MR302', 'a stranger');

-- Below a table.
SELECT is(seen('researcher', 'research', 'SELECT DISTINCT body FROM app.answer_2025'), '()', 'a partition');
BEGIN;
SECURITY LABEL FOR memreg ON COLUMN app.answer.body IS 'nonpersonal';
SELECT is(seen('researcher', 'research', 'SELECT count(DISTINCT body) FROM app.answer_2025'), '(3)', 'goes by the labels of its table');
ALTER TABLE app.answer DETACH PARTITION app.answer_2025;
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.answer'), '(3)', 'until it is detached');
SELECT is(seen('researcher', 'research', 'SELECT count(DISTINCT body) FROM app.answer_2025'), 'MR304', 'after which its guards still stand');
ROLLBACK;
BEGIN;
SELECT memreg.unprotect('app.answer');
SELECT is(seen('researcher', 'research', 'SELECT count(body) FROM app.answer_2025'), '(6)', 'not protected any more');
ROLLBACK;
SELECT is(seen('researcher', 'research', 'SELECT DISTINCT body FROM app.answer_2025'), '()', 'protected');

-- Policies: those of the table see its columns, and a view's own conditions, which stand behind them, do not.
SET ROLE researcher;
CREATE FUNCTION lab.hears_nothing(value text) RETURNS boolean LANGUAGE plpgsql AS
	$$BEGIN IF value IS NOT NULL THEN RAISE 'CANARY'; END IF; RETURN true; END$$;
CREATE VIEW lab.listening WITH (security_barrier) AS SELECT nickname FROM app.member WHERE lab.hears_nothing(email);
RESET ROLE;
CREATE FUNCTION heard() RETURNS text LANGUAGE sql AS
	$$SELECT seen('researcher', 'research', 'SELECT count(*) FROM lab.listening')$$;
SELECT is(heard(), '(3)', 'the policies that protect made');
CREATE POLICY narrow ON app.member AS RESTRICTIVE USING (score < 15);
SELECT is(heard(), '(1)', 'one more');
ALTER POLICY narrow ON app.member TO clerk;
SELECT is(heard(), '(3)', 'for another role');
ALTER POLICY narrow ON app.member TO PUBLIC;
SELECT is(heard(), '(1)', 'for all');
DROP POLICY narrow ON app.member;
SELECT is(heard(), '(3)', 'for nobody');
BEGIN;
CREATE POLICY narrow ON app.member AS RESTRICTIVE USING (score < 15);
CREATE POLICY narrower ON app.member AS RESTRICTIVE USING (score < 5);
SELECT is(heard(), '(0)', 'two more');
ROLLBACK;
SELECT is(heard(), '(3)', 'rolled back');
CREATE POLICY for_clerks ON app.member AS RESTRICTIVE TO clerk USING (score < 15);
SELECT is(heard(), '(3)', 'a policy for a role');
GRANT clerk TO researcher;
SELECT is(heard(), '(1)', 'which the reader is given');
REVOKE clerk FROM researcher;
SELECT is(heard(), '(3)', 'and not any more');
DROP POLICY for_clerks ON app.member;
SELECT is(heard(), '(3)', 'without it');
SELECT is(seen('clerk', 'billing', 'SELECT count(*) FROM app.member'), '(6)', 'another reader');
BEGIN;
DROP POLICY memreg_table ON app.member;
SELECT is(heard(), 'MR303', 'a guard that was removed');
ROLLBACK;
BEGIN;
ALTER TABLE app.member NO FORCE ROW LEVEL SECURITY;
SELECT is(heard(), 'MR303', 'row security that is not forced');
ROLLBACK;
SELECT is(heard(), '(3)', 'as before');
SELECT * FROM finish();
