-- Official interfaces: a declared view shows protected tables in its own words, to whoever may act for the session's purpose,
-- for as long as it is the view that was declared. Nothing else passes with it.
\i test/policy/register.sql
SELECT plan(79);
CREATE ROLE keeper BYPASSRLS;
GRANT USAGE ON SCHEMA app TO keeper;
GRANT ALL ON ALL TABLES IN SCHEMA app TO keeper;
CREATE ROLE outsider;
SELECT memreg.create_register('partners', 'Partners', 'An association');
SELECT memreg.create_purpose('partners', 'research', 'public_task');
CREATE TABLE app.partner (id bigint NOT NULL, name text);
INSERT INTO app.partner VALUES (1, 'CANARY');
GRANT ALL ON app.partner TO keeper, researcher, clerk, stranger;
SELECT memreg.add_table('partners', 'app.partner', 'id'), memreg.protect('app.partner');

-- A view in schema app, of keeper's, that everybody may use.
CREATE FUNCTION make_view(name text, query text, options text DEFAULT 'security_barrier') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE VIEW app.%I WITH (%s) AS %s', name, options, query);
	EXECUTE format('ALTER VIEW app.%I OWNER TO keeper', name);
	EXECUTE format('GRANT ALL ON app.%I TO PUBLIC', name);
END
$$;
SELECT make_view('statistic', 'SELECT count(*) AS members, count(email) AS emails, sum(score) AS score FROM app.member');
GRANT USAGE ON SCHEMA app TO outsider;

-- Who sees what.
SELECT is(seen('researcher', 'research', 'TABLE app.statistic'), 'MR303', 'a view of a privileged owner is refused');
SELECT memreg.declare_view('app.statistic', decision => 'City Board, 1.2.2026 § 7');
SELECT is(seen('researcher', 'research', 'TABLE app.statistic'), '(6,5,200)', 'once it is declared, it shows everybody and every column in its own words');
SELECT is(seen('clerk', 'billing', 'TABLE app.statistic'), '(6,5,200)', 'under each purpose that is granted');
SELECT is(seen('researcher', '', 'TABLE app.statistic'), 'MR301', 'not without a purpose');
SELECT is(seen('researcher', 'sales', 'TABLE app.statistic'), 'MR020', 'not for an unknown one');
SELECT is(seen('researcher', 'billing', 'TABLE app.statistic'), 'MR302', 'nor for one that was not granted');
SELECT is(seen('stranger', 'research', 'TABLE app.statistic'), 'MR302', 'whatever its owner may do, the current user is who counts');
SELECT is(seen('outsider', 'research', 'TABLE app.statistic'), 'MR302', 'who may have no right on the table itself');
SELECT memreg.grant_access('outsider', 'community', 'research');
SELECT is(seen('outsider', 'research', 'TABLE app.statistic'), '(6,5,200)', 'and then sees the interface');
SELECT is(seen('outsider', 'research', 'TABLE app.member'), '42501', 'and nothing besides');
SELECT is(seen('postgres', '', 'TABLE app.statistic'), '(6,5,200)', 'who bypasses row security needs no purpose');
SELECT is(seen('researcher', 'research', 'SELECT 1 FROM app.statistic WHERE false'), '', 'a query of no row');
SELECT is(seen('stranger', 'research', 'SELECT 1 FROM app.statistic WHERE false'), 'MR302', 'is checked too');

-- The rest of the query stays under its treatment.
SELECT is(seen('researcher', 'research', 'SELECT s.emails, (to_jsonb(m) - ''member_id'')::text FROM app.statistic s, app.visit m WHERE visit_id = 7'), '(5,"{""ip"": null, ""page"": ""page 3"", ""visit_id"": 7}")', 'whole rows beside it');
SELECT is(seen('researcher', 'research', 'SELECT s.emails, count(*), count(m.email) FROM app.statistic s, app.member m GROUP BY 1'), '(5,3,0)', 'rows and columns beside it');
SELECT is(seen('researcher', 'research', 'SELECT (SELECT emails FROM app.statistic), count(email) FROM app.member'), '(5,0)', 'and around it');
SELECT is(seen('researcher', 'research', 'WITH s AS (TABLE app.statistic), m AS (SELECT email FROM app.member) SELECT emails, (SELECT count(email) FROM m) FROM s'), '(5,0)', 'in CTEs');
SELECT is(seen('researcher', 'research', 'SELECT emails FROM app.statistic UNION ALL SELECT count(email) FROM app.member'), '(5) (0)', 'in UNION');
SELECT is(seen('researcher', 'research', 'SELECT emails, x FROM app.statistic, LATERAL (SELECT count(email) AS x FROM app.member WHERE score < emails * 1000) l'), '(5,0)', 'in LATERAL');
SELECT is(touched('researcher', 'research', 'UPDATE app.member SET score = s.emails FROM app.statistic s'), '3', 'an UPDATE that reads it');
SELECT is(touched('researcher', 'research', 'DELETE FROM app.member WHERE score <= (SELECT score FROM app.statistic)'), '3', 'a DELETE');
SELECT is(touched('researcher', 'research', 'CREATE TABLE lab.copy AS TABLE app.statistic'), '1', 'a copy');
SELECT is(touched('researcher', 'research', 'DECLARE c CURSOR WITH HOLD FOR TABLE app.statistic'), 'MR311', 'but no cursor WITH HOLD');

-- A view of rows; functions of whoever queries it stay outside.
CREATE FUNCTION lab.peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$BEGIN RAISE EXCEPTION 'saw %', $1; END$$;
SELECT make_view('open_page', 'SELECT DISTINCT v.page FROM app.visit v JOIN app.member m ON m.id = v.member_id WHERE m.email IS NOT NULL AND v.page <> ''CANARY''');
SELECT make_view('by_zip', 'WITH z AS (SELECT zip, score FROM app.member WHERE zip IS NOT NULL) SELECT right(zip, 5) AS area, count(*), (SELECT count(*) FROM app.answer) AS answers FROM z GROUP BY 1');
SELECT memreg.declare_view('app.open_page'), memreg.declare_view('app.by_zip');
SELECT is(seen('researcher', 'research', 'SELECT page FROM app.open_page ORDER BY 1'), '("page 0") ("page 1") ("page 2") ("page 3")', 'a join');
SELECT is(seen('researcher', 'research', 'SELECT page FROM app.open_page WHERE lab.peek(page) ORDER BY 1'), 'P0001', 'functions of the query see what it shows, not more');
SELECT is(seen('researcher', 'research', 'SELECT * FROM app.by_zip ORDER BY 1'), '(00100,3,12) (00200,2,12)', 'CTEs, sublinks and partitions');
SELECT is(seen('clerk', 'billing', 'SELECT count(*) FROM app.open_page p WHERE EXISTS (SELECT FROM app.member)'), '(4)', 'beside other tables');

-- Each register that it reads decides.
SELECT make_view('both', 'SELECT (SELECT count(*) FROM app.member) AS members, (SELECT count(name) FROM app.partner) AS partners');
SELECT memreg.declare_view('app.both');
SELECT is(seen('researcher', 'research', 'TABLE app.both'), 'MR302', 'a view over two registers asks for two grants');
SELECT memreg.grant_access('researcher', 'partners', 'research');
SELECT is(seen('researcher', 'research', 'TABLE app.both'), '(6,1)', 'and with both it shows both');
SELECT is(seen('clerk', 'billing', 'TABLE app.both'), 'MR020', 'a purpose that one of them does not know');

-- Views within views: each that reads past row security is declared itself.
SELECT make_view('inner_view', 'SELECT id, email FROM app.member');
SELECT make_view('outer_view', 'SELECT count(email) FROM app.inner_view');
SELECT memreg.declare_view('app.outer_view');
SELECT is(seen('researcher', 'research', 'TABLE app.outer_view'), 'MR303', 'a declared view opens no other view');
SELECT memreg.declare_view('app.inner_view');
SELECT is(seen('researcher', 'research', 'TABLE app.outer_view'), '(5)', 'unless that is declared too');
SELECT memreg.withdraw_view('app.outer_view');
SELECT is(seen('researcher', 'research', 'TABLE app.outer_view'), '(5)', 'a view that only reads interfaces needs no declaration');
SELECT make_view('mixed', 'SELECT (SELECT emails FROM app.statistic), count(email) FROM app.member');
SELECT is(seen('researcher', 'research', 'TABLE app.mixed'), 'MR303', 'an undeclared view around a declared one is refused for what it reads itself');
SELECT make_view('invoker', 'SELECT id, email FROM app.member', 'security_invoker');
SELECT make_view('around_invoker', 'SELECT count(*) AS a, count(email) AS b, (SELECT count(email) FROM app.member) AS c FROM app.invoker');
SELECT memreg.declare_view('app.around_invoker');
SELECT is(seen('researcher', 'research', 'TABLE app.around_invoker'), '(3,0,5)', 'a view with its reader''s rights keeps them within a declared one');
CREATE VIEW lab.mine WITH (security_invoker) AS SELECT emails FROM app.statistic;
GRANT SELECT ON lab.mine TO PUBLIC;
SELECT is(seen('researcher', 'research', 'TABLE lab.mine'), '(5)', 'an interface within a view of somebody else');
SELECT is(seen('stranger', 'research', 'TABLE lab.mine'), 'MR302', 'asks the current user for the grant');
CREATE FUNCTION lab.by_function() RETURNS SETOF app.inner_view LANGUAGE sql STABLE AS 'TABLE app.inner_view';
CREATE FUNCTION lab.by_definer() RETURNS SETOF app.inner_view LANGUAGE sql STABLE SECURITY DEFINER AS 'TABLE app.inner_view';
ALTER FUNCTION lab.by_definer() OWNER TO stranger;
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(email) FROM lab.by_function()'), '(6,5)', 'an SQL function over it');
SELECT is(seen('stranger', 'research', 'SELECT count(*), count(email) FROM lab.by_function()'), 'MR302', 'an SQL function over it, by who has no grant');
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(email) FROM lab.by_definer()'), 'MR302', 'with the rights of who has none');

-- An interface is for reading.
SELECT is(touched('researcher', 'research', 'UPDATE app.inner_view SET email = ''x'''), 'MR303', 'UPDATE');
SELECT is(touched('researcher', 'research', 'DELETE FROM app.inner_view'), 'MR303', 'DELETE');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.inner_view VALUES (9, ''x'')'), 'MR303', 'INSERT');
SELECT is(touched('researcher', 'research', 'MERGE INTO app.inner_view i USING (SELECT) s ON true WHEN MATCHED THEN DELETE') IN ('MR303', '0A000', '42809'), true, 'MERGE, which knows views from 17 on');
SELECT is(seen('researcher', 'research', 'SELECT id FROM app.inner_view FOR UPDATE'), 'MR303', 'row locks');
CREATE FUNCTION lab.keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'told %', OLD; END$$;
SELECT make_view('with_trigger', 'SELECT id, email FROM app.member');
CREATE TRIGGER t INSTEAD OF UPDATE OR DELETE ON app.with_trigger FOR EACH ROW EXECUTE FUNCTION lab.keep();
SELECT memreg.declare_view('app.with_trigger');
SELECT is(seen('researcher', 'research', 'SELECT count(email) FROM app.with_trigger'), '(5)', 'a view with a trigger is read');
SELECT is(touched('researcher', 'research', 'UPDATE app.with_trigger SET email = ''x'''), 'MR303', 'and not written');
SELECT is(touched('researcher', 'research', 'DELETE FROM app.with_trigger'), 'MR303', 'nor are its rows shown to the trigger');

-- What is not reading with its owner's rights does not pass.
SELECT make_view('by_policy', 'SELECT id FROM app.member WHERE memreg.guard_table(''app.member'')');
SELECT memreg.declare_view('app.by_policy');
SELECT is(seen('researcher', 'research', 'TABLE app.by_policy'), 'MR304', 'guards in its words');
CREATE TABLE app.above (id bigint NOT NULL);
GRANT SELECT ON app.above TO keeper;
ALTER TABLE app.partner INHERIT app.above;
SELECT make_view('over_parent', 'SELECT id FROM app.above');
SELECT memreg.declare_view('app.over_parent');
SELECT is(seen('researcher', 'research', 'TABLE app.over_parent'), 'MR303', 'a parent above a protected table');

-- Another view than the one that was declared.
CREATE FUNCTION after(change text, question text DEFAULT 'TABLE app.statistic') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE change;
	answer := seen('researcher', 'research', question);
	RAISE EXCEPTION USING ERRCODE = 'MR998', MESSAGE = concat_ws(' ', answer,
		(SELECT 'found' FROM memreg.check() c WHERE c.object = 'app.statistic' AND c.finding ~ 'changed since' AND c.severity = 'error'));
EXCEPTION WHEN SQLSTATE 'MR998' THEN
	RETURN SQLERRM;
END
$$;
SELECT is(after(change), 'MR332 found', change) FROM unnest(ARRAY[
	'CREATE OR REPLACE VIEW app.statistic WITH (security_barrier) AS SELECT count(*) AS members, count(note) AS emails, sum(score) AS score FROM app.member',
	'ALTER VIEW app.statistic SET (security_barrier = false)',
	'ALTER VIEW app.statistic RESET (security_barrier)',
	'ALTER VIEW app.statistic OWNER TO postgres',
	'ALTER VIEW app.statistic RENAME COLUMN emails TO addresses',
	'ALTER TABLE app.member RENAME COLUMN email TO address',
	'ALTER TABLE app.member RENAME TO person',
	'CREATE RULE more AS ON DELETE TO app.statistic DO INSTEAD NOTHING']) change;
SELECT is(after('ALTER VIEW app.statistic SET (security_invoker)'), '(3,0,50) found', 'security_invoker makes it an ordinary one');
SELECT is(after('ALTER ROLE keeper NOBYPASSRLS'), '(3,0,50)', 'and so does an owner who is bound');
SELECT is(after('ALTER ROLE keeper NOBYPASSRLS; ALTER TABLE app.member DISABLE ROW LEVEL SECURITY'), 'MR303', 'who opens nothing where row security is off');
SELECT is(after('DROP VIEW app.statistic CASCADE; SELECT make_view(''statistic'', ''SELECT count(email) FROM app.member'')'), 'MR303', 'a view that was made anew');
SELECT is(after('DELETE FROM memreg.declared_view'), 'MR303', 'a declaration taken away by hand');
SELECT is(after('SELECT memreg.withdraw_view(''app.statistic'')'), 'MR303', 'a declaration withdrawn');
SELECT is(after('CREATE OR REPLACE VIEW app.statistic WITH (security_barrier) AS SELECT 1::bigint AS members, count(note) AS emails, sum(score) AS score FROM app.member; SELECT memreg.declare_view(''app.statistic'')'),
	'(1,5,200)', 'declared again, as it is now');
SELECT is(after('ALTER VIEW app.statistic RENAME TO renamed', 'TABLE app.renamed'), '(6,5,200)', 'its name is no part of it');
SELECT is(after('SET LOCAL datestyle = ''SQL, DMY''; SET LOCAL quote_all_identifiers = on; SET LOCAL search_path = app, public, memreg'), '(6,5,200)', 'nor are the settings of who reads it');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM memreg.declared_view \g /dev/null
SELECT is(after('CREATE OR REPLACE VIEW app.statistic WITH (security_barrier) AS SELECT count(*) AS members, count(note) AS emails, sum(score) AS score FROM app.member'), 'MR332 found', 'nor is the snapshot');
ROLLBACK;
DROP VIEW app.both;
SELECT is((SELECT string_agg(view::text, ' ' ORDER BY view::text) FROM memreg.declared_view WHERE view::text ~ '^[0-9]|both'), NULL, 'a dropped view is forgotten');

-- Kept plans.
SET ROLE outsider;
SET memreg.purpose = 'research';
SET plan_cache_mode = force_generic_plan;
PREPARE kept AS SELECT members FROM app.statistic;
EXECUTE kept \g /dev/null
RESET ROLE;
CREATE FUNCTION kept_after(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE change;
	SET LOCAL ROLE outsider;
	EXECUTE 'EXECUTE kept' INTO answer;
	RAISE EXCEPTION USING ERRCODE = 'MR998', MESSAGE = answer;
EXCEPTION
	WHEN SQLSTATE 'MR998' THEN RETURN SQLERRM;
	WHEN OTHERS THEN RETURN SQLSTATE;
END
$$;
SELECT is(kept_after(change), outcome, change) FROM (VALUES
	('SELECT', '6'),
	('SELECT memreg.revoke_access(''outsider'', ''community'', ''research'')', 'MR302'),
	('UPDATE memreg.access_grant SET until = clock_timestamp() WHERE role = ''outsider''', 'MR302'),
	('SELECT memreg.withdraw_view(''app.statistic'')', 'MR303'),
	('ALTER VIEW app.statistic RESET (security_barrier)', 'MR332'),
	('SELECT memreg.unprotect(''app.member'')', '6'),
	('SET LOCAL memreg.purpose = ''''', 'MR301')) s(change, outcome);

-- What is declared, and by whom.
SELECT is((SELECT decision || ' ' || declared_by FROM memreg.declared_view WHERE view = 'app.statistic'::regclass), 'City Board, 1.2.2026 § 7 postgres', 'a declaration keeps its decision');
SELECT ok(EXISTS (SELECT FROM memreg.check() WHERE object = 'app.statistic' AND severity = 'notice' AND finding ~ 'official interface'), 'memreg.check names what is declared');
SELECT ok(NOT EXISTS (SELECT FROM memreg.check() WHERE object = 'app.statistic' AND severity = 'error'), 'and finds no fault with it');
SELECT * FROM finish();
