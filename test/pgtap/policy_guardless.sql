-- Promise 6, it fails closed: what has lost its guards, or never had them, is refused; what PostgreSQL lets pass row security
-- tells no values. What other files of policy_* test is not repeated here.
\i test/policy/register.sql
SELECT plan(87);
CREATE ROLE keeper BYPASSRLS;
GRANT USAGE ON SCHEMA app TO keeper;
GRANT ALL ON ALL TABLES IN SCHEMA app TO keeper;

-- What each kind of role sees after a change by the owner of the extension; the change is taken back.
CREATE FUNCTION after(change text, relation text DEFAULT 'app.member') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE change;
	RAISE EXCEPTION USING ERRCODE = 'MR998', MESSAGE = concat_ws(' ',
		seen('researcher', 'research', 'SELECT count(*) FROM ' || relation), seen('app_owner', 'research', 'SELECT count(*) FROM ' || relation),
		seen('clerk', 'billing', 'SELECT count(*) FROM ' || relation), seen('stranger', 'research', 'SELECT count(*) FROM ' || relation));
EXCEPTION WHEN SQLSTATE 'MR998' THEN
	RETURN SQLERRM;
END
$$;
SELECT is(after('SELECT'), '(3) (3) (6) MR302', 'before');

-- Policies: each is needed, by whatever name.
SELECT matches(after(format('DROP POLICY %I ON app.member', policy)), '^(MR303 ){3}MR30[234]$', 'without ' || policy)
  FROM unnest('{memreg_table,memreg_row,memreg_select,memreg_insert,memreg_update,memreg_delete}'::text[]) policy;
SELECT matches(after(format('ALTER POLICY %I ON app.member TO clerk', policy)), '^(MR303 ){3}MR30[234]$', 'for one role only: ' || policy)
  FROM unnest('{memreg_table,memreg_row,memreg_select,memreg_insert,memreg_update,memreg_delete}'::text[]) policy;
SELECT is(after(format('ALTER POLICY %I ON app.member RENAME TO other', policy)), '(3) (3) (6) MR302', 'by another name: ' || policy)
  FROM unnest('{memreg_table,memreg_row,memreg_select}'::text[]) policy;
CREATE FUNCTION drop_policies() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	policy name;
BEGIN
	FOR policy IN SELECT polname FROM pg_policy WHERE polrelid = 'app.member'::regclass LOOP
		EXECUTE format('DROP POLICY %I ON app.member', policy);
	END LOOP;
END
$$;
SELECT matches(after('SELECT drop_policies()'), '^(MR303 ){3}MR303$', 'without any');
SELECT matches(after('SELECT drop_policies(); ALTER TABLE app.member DISABLE ROW LEVEL SECURITY'), '^(MR303 ){3}MR303$', 'and without row security');
SELECT matches(after('SELECT drop_policies(); CREATE POLICY mine ON app.member USING (true)'), '^(MR303 ){3}MR303$', 'with one that lets everybody see everything');
SELECT matches(after('DELETE FROM memreg.registered_table WHERE relation = ''app.member''::regclass'), '^(MR303 ){3}MR30[234]$', 'a registration taken away by hand leaves the guards, which raise');
SELECT is(after('SELECT memreg.unprotect(''app.member'')'), '(6) (6) (6) (6)', 'unprotect alone opens a table');

-- The subject column.
SELECT matches(after('ALTER TABLE app.member DROP COLUMN id CASCADE'), '^(MR303 ){3}MR30[234]$', 'DROP COLUMN … CASCADE of the subject');
SELECT matches(after('ALTER TABLE app.answer DROP COLUMN member_id CASCADE', 'app.answer'), '^(MR303 ){3}MR30[234]$', 'of a partitioned table');
SELECT matches(after('ALTER TABLE app.answer DROP COLUMN member_id CASCADE', 'app.answer_2024'), '^(MR303 ){3}MR30[234]$', 'in a partition');
SELECT matches(after('ALTER TABLE app.member DROP COLUMN id CASCADE; ALTER TABLE app.member ADD COLUMN id bigint'), '^(MR303 ){3}MR30[234]$', 'another column of its name does not take its place');
SELECT matches(after('SET LOCAL session_replication_role = replica; ALTER EVENT TRIGGER memreg_forget_dropped DISABLE; ALTER TABLE app.member DROP COLUMN id CASCADE'),
	'^(MR303 ){3}MR30[234]$', 'where nobody noticed');
SELECT is(after('ALTER TABLE app.member RENAME COLUMN id TO key'), '(3) (3) (6) MR302', 'a renamed one is followed');
SELECT matches(after('ALTER EVENT TRIGGER memreg_follow_rename DISABLE; ALTER TABLE app.member RENAME COLUMN id TO key'), '^(MR303 ){3}MR30[234]$', 'and refused where it was not');
SELECT matches(after('ALTER EVENT TRIGGER memreg_follow_rename DISABLE; ALTER TABLE app.member RENAME COLUMN id TO key; ALTER TABLE app.member ADD id bigint'),
	'^(MR303 ){3}MR30[234]$', 'also with another column of its name');

-- Owners.
SELECT is(after('ALTER TABLE app.member OWNER TO keeper'), '(3) 42501 (6) MR302', 'a new owner who bypasses row security changes nothing for others');
SELECT is(after('ALTER TABLE app.member OWNER TO stranger'), '(3) 42501 (6) MR302', 'nor gets one who is bound anything');
SELECT is(after('REASSIGN OWNED BY app_owner TO clerk'), '(3) 42501 (6) MR302', 'REASSIGN OWNED: who was the owner has no privilege left');
SELECT is(after('DROP OWNED BY researcher'), '42501 (3) (6) MR302', 'DROP OWNED BY a role takes its privileges');
SELECT is(after('DROP OWNED BY clerk, stranger'), '(3) (3) 42501 MR302', 'and never a guard');
CREATE ROLE shop;
CREATE SCHEMA shop AUTHORIZATION shop;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
SET ROLE shop;
CREATE TABLE shop.sale (id bigint NOT NULL, total int);
GRANT SELECT ON shop.sale TO researcher, app_owner, clerk, stranger;
RESET ROLE;
INSERT INTO shop.sale SELECT n, n FROM generate_series(1, 6) n;
SELECT memreg.add_table('community', 'shop.sale', 'id'), memreg.protect('shop.sale');
SELECT is(after('SELECT', 'shop.sale'), '(3) (3) (6) MR302', 'another owner''s table');
SELECT is(after('DROP OWNED BY shop', 'shop.sale'), '42P01 42P01 42P01 42P01', 'DROP OWNED BY its owner takes it away');
SELECT is((SELECT count(*) FROM memreg.registered_table WHERE relation::text = 'shop.sale'), 1::bigint, 'which was taken back');

-- Row security turned off by whom it binds, and roles that act for others.
CREATE FUNCTION as_function(owner name, body text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('CREATE FUNCTION lab.acting() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS %L', body);
	EXECUTE format('ALTER FUNCTION lab.acting() OWNER TO %I', owner);
	answer := seen('researcher', 'research', 'SELECT lab.acting()');
	RAISE EXCEPTION USING ERRCODE = 'MR998', MESSAGE = answer;
EXCEPTION WHEN SQLSTATE 'MR998' THEN
	RETURN SQLERRM;
END
$$;
GRANT CREATE ON SCHEMA lab TO PUBLIC;
SELECT is(as_function(owner, 'BEGIN RETURN (SELECT count(email) FROM app.member); END'), outcome, 'SECURITY DEFINER of ' || owner)
  FROM (VALUES ('researcher', '(0)'), ('app_owner', '(0)'), ('clerk', 'MR302'), ('stranger', 'MR302'), ('keeper', '(5)')) s(owner, outcome);
SELECT is(as_function('clerk', 'BEGIN SET LOCAL memreg.purpose = ''billing''; RETURN (SELECT count(email) FROM app.member); END'), '(5)', 'which chooses among its owner''s purposes');
SELECT is(as_function('stranger', 'BEGIN SET LOCAL memreg.purpose = ''billing''; RETURN (SELECT count(email) FROM app.member); END'), 'MR302', 'and no others');
SELECT is(as_function('stranger', 'BEGIN SET LOCAL row_security = off; RETURN (SELECT count(email) FROM app.member); END'), '42501', 'without row security it gets nothing');
SELECT is(seen(role, purpose, 'SELECT set_config(''row_security'', ''off'', true), (SELECT count(*) FROM app.member)'), outcome, 'row_security = off, set in the query, by ' || role)
  FROM (VALUES ('researcher', 'research', '(off,3)'), ('stranger', 'research', 'MR302')) s(role, purpose, outcome);
CREATE FUNCTION without_row_security(role name, purpose text, statement text) RETURNS text LANGUAGE plpgsql SET row_security = off AS
	$$BEGIN RETURN seen(role, purpose, statement); END$$;
SELECT is(without_row_security(role, purpose, statement), '42501', format('row_security = off, %s: %s', role, statement))
  FROM (VALUES ('researcher', 'research'), ('app_owner', 'research'), ('clerk', 'billing'), ('stranger', '')) s(role, purpose),
	   unnest('{SELECT FROM app.member,SELECT FROM app.answer_2024,UPDATE app.visit SET page = NULL,DELETE FROM app.answer}'::text[]) statement;
SELECT is(without_row_security('keeper', '', 'SELECT count(*) FROM app.member'), '(6)', 'who bypasses row security may say so');

-- A grant that ends binds plans that are kept.
CREATE FUNCTION executed(role name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE 'EXECUTE kept' INTO answer;
	PERFORM set_config('role', 'none', true);
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
SET plan_cache_mode = force_generic_plan;
SET memreg.purpose = 'research';
SELECT memreg.grant_access('stranger', 'community', 'research', until => clock_timestamp() + '2 seconds');
SET ROLE stranger;
PREPARE kept AS SELECT count(*) FROM app.member;
RESET ROLE;
SELECT is(executed('stranger'), '3', 'a kept plan while the grant stands');
DO $$ BEGIN FOR i IN 1..100 LOOP EXIT WHEN (SELECT until <= clock_timestamp() FROM memreg.access_grant WHERE role = 'stranger'); PERFORM pg_sleep(0.1); END LOOP; END $$;
SELECT is(executed('stranger'), 'MR302', 'and when it has ended, with nothing else done');
SELECT memreg.grant_access('stranger', 'community', 'research');
SELECT is(executed('stranger'), '3', 'given again');
SELECT memreg.revoke_access('stranger', 'community', 'research');
SELECT is(executed('stranger'), 'MR302', 'revoked');
RESET memreg.purpose;

-- Constraints see every row, and what they say of one is that it is there.
CREATE FUNCTION said(role name, purpose text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	message text;
BEGIN
	PERFORM set_config('role', role, true);
	PERFORM set_config('memreg.purpose', purpose, true);
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, message = MESSAGE_TEXT;
	RETURN concat_ws(' ', SQLSTATE, CASE WHEN concat(message, detail) ~ '=\(|contains \(|CANARY|\m5\M' THEN 'with values: ' || detail END);
END
$$;
ALTER TABLE app.visit ADD CHECK (visit_id < 100), ADD EXCLUDE USING btree (visit_id WITH =);
ALTER TABLE app.member ALTER score SET NOT NULL;
SELECT memreg.set_treatment('community', 'research', 'subject_key', 'clear');
SELECT memreg.grant_consent('community', 7::bigint, 'research');
SELECT is(said('researcher', 'research', statement), outcome, statement) FROM (VALUES
	('UPDATE app.member SET id = 5 WHERE id = 1', '42501'),
	('INSERT INTO app.visit (visit_id, member_id) VALUES (4, 1)', '23505'),
	('INSERT INTO app.visit (visit_id, member_id) VALUES (50, 7)', '23503'),
	('INSERT INTO app.visit (visit_id, member_id) VALUES (500, 1)', '23514'),
	('INSERT INTO app.member (id, score) VALUES (7, NULL)', '23502'),
	('INSERT INTO app.answer (answered, member_id) VALUES (''1999-01-01'', 1)', '23514')) s(statement, outcome);
SELECT is(said('clerk', 'billing', statement), outcome, statement) FROM (VALUES
	('UPDATE app.member SET email = ''CANARY5@example.com'' WHERE id = 1', '23505'),
	('UPDATE app.member SET id = 50 WHERE id = 5', '23503')) s(statement, outcome);

-- Statistics are for who sees the rows.
ANALYZE app.member;
SELECT is(seen(role, '', 'SELECT count(*) > 0 FROM pg_stats WHERE schemaname = ''app'''), outcome, 'pg_stats, by ' || role)
  FROM (VALUES ('researcher', '(f)'), ('app_owner', '(f)'), ('clerk', '(f)'), ('postgres', '(t)')) s(role, outcome);
SELECT is(seen('researcher', 'research', 'SELECT FROM pg_statistic'), '42501', 'pg_statistic');

-- A table can be made neither from a protected one nor beside it by who does not own it.
SELECT is(touched('researcher', 'research', statement), '42501', statement) FROM unnest(ARRAY[
	'CREATE TABLE lab.below () INHERITS (app.member)', 'CREATE TABLE lab.part PARTITION OF app.answer DEFAULT', 'ALTER TABLE app.answer DETACH PARTITION app.answer_2024',
	'CREATE STATISTICS lab.s ON zip, score FROM app.member', 'CREATE PUBLICATION p FOR TABLE app.member']) statement;
SELECT is(touched('researcher', 'research', statement), '0', statement || ' copies no rows') FROM unnest(ARRAY['CREATE TABLE lab.likeness (LIKE app.member INCLUDING ALL)']) statement;
SELECT * FROM finish();
