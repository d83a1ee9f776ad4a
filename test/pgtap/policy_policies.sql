-- Other policies of a protected table compose with memreg's and never widen it; policies that were changed or
-- removed close the table.
\i test/policy/register.sql
SELECT plan(52);
CREATE FUNCTION nicknames(role name, purpose text DEFAULT 'research') RETURNS text LANGUAGE sql AS
	$$SELECT seen(role, purpose, 'SELECT nickname FROM app.member ORDER BY id <> 0, score, nickname')$$;
CREATE FUNCTION updates(role name, purpose text DEFAULT 'research') RETURNS text LANGUAGE sql AS
	$$SELECT touched(role, purpose, 'UPDATE app.member SET nickname = nickname')$$;

-- Permissive policies.
BEGIN;
CREATE POLICY by_score ON app.member USING (score < 45);
SELECT is(nicknames('researcher'), '(one) (three) (two)', 'a permissive policy does not widen consent');
SELECT is(seen('clerk', 'billing', 'SELECT id FROM app.member'), '(1) (2) (3) (4)', 'it decides where memreg leaves all rows open');
SELECT is(updates('clerk', 'billing'), '4', 'for every command');
SELECT is(touched('clerk', 'billing', 'INSERT INTO app.member (id, score) VALUES (9, 50)'), '42501', 'INSERT too');
SELECT is(touched('clerk', 'billing', 'DELETE FROM app.member'), '4', 'DELETE too');
ALTER POLICY by_score ON app.member USING (true);
SELECT is(nicknames('researcher'), '(one) (three) (two)', 'one that is always true does not widen consent');
ALTER POLICY by_score ON app.member USING (score < 15);
SELECT is(nicknames('researcher'), '(one)', 'one that is narrower narrows');
ROLLBACK;
BEGIN;
CREATE POLICY for_clerk ON app.member FOR SELECT TO clerk USING (score > 45);
SELECT is(seen('clerk', 'billing', 'SELECT id FROM app.member'), '(5) (6)', 'a policy for a role and a command');
SELECT is(nicknames('researcher'), '', 'shows nothing to other roles, as in PostgreSQL without memreg');
SELECT is(touched('clerk', 'billing', 'INSERT INTO app.member (id) VALUES (9)'), '1', 'other commands stay open');
ROLLBACK;
BEGIN;
CREATE POLICY by_email ON app.member FOR SELECT USING (email LIKE 'CANARY%');
SELECT is(nicknames('researcher'), '(one) (three) (two)', 'a policy sees its own table''s columns as they are');
ROLLBACK;
BEGIN;
CREATE POLICY by_visit ON app.member FOR SELECT USING (EXISTS (SELECT FROM app.visit v WHERE v.page LIKE 'page%' AND v.ip IS NULL));
SELECT is(nicknames('researcher'), '(one) (three) (two)', 'but other tables in its sublinks as the purpose sees them');
ALTER POLICY by_visit ON app.member USING (EXISTS (SELECT FROM app.visit v WHERE v.page = 'CANARY'));
SELECT is(nicknames('researcher'), '', 'in rows');
ALTER POLICY by_visit ON app.member USING (EXISTS (SELECT FROM app.visit v WHERE v.ip IS NOT NULL));
SELECT is(nicknames('researcher'), '', 'and in columns');
ALTER POLICY by_visit ON app.member USING (EXISTS (SELECT FROM app.visit v WHERE v.member_id = member.id));
SELECT is(nicknames('researcher'), '', 'whose keys are pseudonyms there, and its own is not');
ROLLBACK;

-- Restrictive policies.
BEGIN;
CREATE POLICY by_score ON app.member AS RESTRICTIVE USING (score > 15);
SELECT is(nicknames('researcher'), '(three) (two)', 'a restrictive policy narrows');
SELECT is(updates('researcher'), '2', 'for every command');
ALTER POLICY by_score ON app.member TO clerk;
SELECT is(nicknames('researcher'), '(one) (three) (two)', 'for its roles');
SELECT is(updates('clerk', 'billing'), '5', 'for its roles');
ROLLBACK;
BEGIN;
CREATE POLICY a ON app.member AS RESTRICTIVE FOR UPDATE USING (score > 15) WITH CHECK (score < 25);
SELECT is(nicknames('researcher'), '(one) (three) (two)', 'one for UPDATE leaves SELECT');
SELECT is(updates('researcher'), '2', 'and narrows UPDATE');
SELECT is(touched('researcher', 'research', 'UPDATE app.member SET score = 30'), '42501', 'with its check');
ROLLBACK;

-- Guards in other hands raise.
BEGIN;
CREATE POLICY copied ON app.member USING (memreg.guard_row('app.member', id));
SELECT is(nicknames('researcher'), 'MR304', 'a permissive policy with a row guard of its own');
ROLLBACK;
BEGIN;
CREATE POLICY copied ON app.member USING (memreg.guard_table('app.member') OR true);
SELECT is(nicknames('researcher'), 'MR304', 'or with a table guard');
ROLLBACK;
BEGIN;
CREATE POLICY copied ON app.member FOR SELECT USING (memreg.guard_command('app.member', 'SELECT'));
SELECT is(nicknames('researcher'), '(one) (three) (two)', 'a copy of memreg''s own policy for a command changes nothing');
SELECT is(nicknames('stranger'), 'MR302', 'and opens nothing');
ROLLBACK;
BEGIN;
CREATE POLICY copied ON app.visit USING (memreg.guard_table('app.member') AND memreg.guard_row('app.member', member_id));
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.visit'), 'MR304', 'guards of one protected table on another');
ROLLBACK;
SET ROLE researcher;
CREATE TABLE lab.own (id bigint);
INSERT INTO lab.own VALUES (1);
ALTER TABLE lab.own ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY copied ON lab.own AS RESTRICTIVE USING (memreg.guard_table('app.member') AND memreg.guard_row('app.member', id));
CREATE POLICY opened ON lab.own USING (true);
CREATE POLICY counting ON lab.own FOR SELECT USING (EXISTS (SELECT FROM app.member WHERE email IS NOT NULL OR nickname = 'CANARY'));
CREATE TABLE lab.checked (id bigint CHECK (memreg.guard_row('app.member', id)));
CREATE TABLE lab.defaulted (seen boolean DEFAULT memreg.guard_table('app.member'));
CREATE TABLE lab.empty_own (LIKE lab.own);
RESET ROLE;
SELECT is(seen('researcher', 'research', 'SELECT FROM lab.own'), 'MR304', 'guards on a table of one''s own');
SELECT is(touched('researcher', 'research', 'INSERT INTO lab.own VALUES (1)'), 'MR304', 'which cannot be written either');
SELECT is(touched('researcher', 'research', 'INSERT INTO lab.checked VALUES (1)'), 'MR304', 'a guard in a CHECK constraint');
SELECT is(touched('researcher', 'research', 'INSERT INTO lab.defaulted DEFAULT VALUES'), 'MR304', 'in a default');
SELECT is(touched('researcher', 'research', 'CREATE INDEX ON lab.own ((memreg.guard_table(''app.member'')))'), 'MR304', 'in an index');
SELECT is(touched('researcher', 'research', 'ALTER TABLE lab.own ADD g boolean GENERATED ALWAYS AS (memreg.guard_table(''app.member'')) STORED'), 'MR304',
	'in a generated column');
SELECT is(seen('researcher', 'research', 'SELECT memreg.guard_table(''app.member'')'), 'MR304', 'in a query');
SELECT is(seen('researcher', 'research', 'SELECT id FROM app.member WHERE memreg.guard_row(''app.member'', id)'), 'MR304', 'in a query of the table itself');
SELECT is(seen('researcher', 'research', 'SELECT memreg.guard_command(''app.member'', ''SELECT'') FROM app.member'), 'MR304', 'whatever guard');
DROP POLICY copied ON lab.own;
SELECT is(seen('researcher', 'research', 'SELECT FROM lab.own'), '()', 'a sublink in a policy of one''s own reads what one may see');
DROP POLICY opened ON lab.own;
SELECT is(seen('researcher', 'research', 'SELECT FROM lab.own'), '', 'and decides by no more');

-- What the owner of the table can do to memreg's policies closes it.
CREATE FUNCTION spoilt(change text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE app_owner;
	EXECUTE change;
	RESET ROLE;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = concat_ws(' ',
		nicknames('researcher'), updates('researcher'), nicknames('app_owner'), nicknames('clerk', 'billing'),
		touched('clerk', 'billing', 'INSERT INTO app.member (id) VALUES (9)'), touched('clerk', 'billing', 'DELETE FROM app.member'));
EXCEPTION WHEN SQLSTATE 'MR999' THEN
	RETURN SQLERRM;
END
$$;
SELECT is(spoilt(change), 'MR303 MR303 MR303 MR303 MR303 MR303', change) FROM (VALUES
	('ALTER TABLE app.member DISABLE ROW LEVEL SECURITY'),
	('ALTER TABLE app.member NO FORCE ROW LEVEL SECURITY'),
	('DROP POLICY memreg_row ON app.member'),
	('DROP POLICY memreg_table ON app.member'),
	('ALTER POLICY memreg_row ON app.member USING (true)'),
	('ALTER POLICY memreg_row ON app.member USING (memreg.guard_row(''app.member'', 1))'),
	('ALTER POLICY memreg_row ON app.member USING (memreg.guard_row(''app.member'', score))'),
	('ALTER POLICY memreg_row ON app.member USING (memreg.guard_row(''app.visit'', id))'),
	('ALTER POLICY memreg_row ON app.member USING (memreg.guard_row(''app.member'', id) OR true)'),
	('ALTER POLICY memreg_row ON app.member USING (memreg.guard_row(''app.member'', id + 0))'),
	('ALTER POLICY memreg_row ON app.member TO clerk'),
	('ALTER POLICY memreg_row ON app.member WITH CHECK (true)'),
	('ALTER POLICY memreg_select ON app.member TO clerk'),
	('DROP POLICY memreg_update ON app.member')
	) s(change);
SELECT * FROM finish();
