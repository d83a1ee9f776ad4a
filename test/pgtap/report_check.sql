-- memreg.check names what stands between the promises and the database: nothing of it before, each thing once it is so.
\i test/policy/register.sql
SET client_min_messages = error; -- a publication says that wal_level is too low
SELECT plan(52);

CREATE FUNCTION found(severity text, object text, finding text) RETURNS boolean LANGUAGE sql AS $$
	SELECT EXISTS (SELECT FROM memreg.check() c
					WHERE c.severity = found.severity AND c.object = found.object
					  AND c.finding ~ found.finding AND c.advice <> '')
$$;

-- Does a statement, run as superuser, bring a finding that was not there? It is taken back.
CREATE FUNCTION brings(statement text, severity text, object text, finding text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	present boolean;
BEGIN
	RETURN NEXT ok(NOT found(severity, object, finding), 'not found before: ' || finding);
	BEGIN
		EXECUTE statement;
		present := found(severity, object, finding);
		RAISE EXCEPTION USING ERRCODE = 'MR999';
	EXCEPTION WHEN SQLSTATE 'MR999' THEN
		NULL;
	END;
	RETURN NEXT ok(present, 'found after: ' || statement);
END
$$;

SELECT is((SELECT count(*) FROM memreg.check() WHERE severity = 'error'), 0::bigint, 'no errors where all is well');
SELECT ok(found('notice', 'postgres', 'superuser'), 'a superuser is named');
SELECT ok(found('notice', 'app.member', 'owned by role app_owner'), 'and an owner');
SELECT ok(found('warning', 'app.member', 'role researcher holds TRIGGER'), 'and who could see rows by a trigger');
SELECT ok(found('warning', 'app.member.note', 'without a category'), 'and a column without a category');

SELECT brings('SELECT memreg.unprotect(''app.visit'')', 'error', 'app.visit', 'not protected');
SELECT brings('DROP POLICY memreg_row ON app.visit', 'error', 'app.visit', 'row security is not');
SELECT brings('ALTER POLICY memreg_update ON app.visit TO clerk', 'error', 'app.visit', 'row security is not');
SELECT brings('ALTER TABLE app.visit NO FORCE ROW LEVEL SECURITY', 'error', 'app.visit', 'row security is not');
SELECT brings('CREATE TABLE app.late PARTITION OF app.answer DEFAULT', 'error', 'app.late', 'row security is not');
SELECT brings('SECURITY LABEL FOR memreg ON COLUMN app.answer.answered IS ''address''', 'error', 'app.answer.answered', 'does not suit type date');
SELECT brings('CREATE VIEW lab.v AS SELECT * FROM app.member', 'error', 'lab.v', 'owner''s rights');
SELECT brings('CREATE MATERIALIZED VIEW lab.m AS SELECT * FROM app.member', 'warning', 'lab.m', 'a copy');
SELECT brings('CREATE TABLE lab.t (email text); SECURITY LABEL FOR memreg ON COLUMN lab.t.email IS ''contact''',
			  'warning', 'lab.t.email', 'belongs to no register');
SELECT brings('CREATE TABLE lab.r (member bigint REFERENCES app.member)', 'warning', 'lab.r', 'refers to app.member');
SELECT brings('CREATE PUBLICATION p FOR TABLE app.visit', 'warning', 'p', 'streams app.visit');
SELECT brings('UPDATE memreg.scope_key SET master_fingerprint = overlay(master_fingerprint PLACING ''\x00'' FROM 1) WHERE version = 1',
			  'error', 'community/research', 'wrapped under an unknown master key');
SELECT brings('SELECT memreg.create_scope(''reported''); SELECT memreg.add_pseudonym_column(''app.member'', ''email'', ''reported'')',
			  'warning', 'app.member.email_pseudonym', 'may lack pseudonyms');
SELECT brings('SELECT memreg.create_scope(''reported''); SELECT memreg.add_pseudonym_column(''app.member'', ''email'', ''reported'');
			   UPDATE memreg.pseudonym_column SET filled_at = now(); SELECT memreg.rotate_scope(''reported'')',
			  'warning', 'app.member.email_pseudonym', 'an earlier key');
SELECT brings('SELECT memreg.create_scope(''reported''); INSERT INTO memreg.scope_right (role, scope, may) VALUES (''gone'', ''reported'', ''reverse'')',
			  'warning', 'gone', 'may reverse in scope reported');
SELECT brings('DELETE FROM memreg.scope_key; DELETE FROM memreg.scope', 'warning', 'community/research', 'no scope');
SELECT brings('INSERT INTO memreg.access_grant (role, register, purpose) VALUES (''gone'', ''community'', ''research'')',
			  'warning', 'gone', 'does not exist');
SELECT brings('INSERT INTO memreg.run (rule_id, relation, action, outcome, rows_due, rows_total)
				SELECT memreg.add_retention(''community'', ''app.answer'', ''1 year'', ''answered''), ''app.answer'', ''delete'', ''stopped'', 5, 6',
			  'warning', 'app.answer', 'stopped: 5 of 6');
SELECT brings('INSERT INTO memreg.run (rule_id, relation, action, outcome, error_sqlstate)
				SELECT memreg.add_retention(''community'', ''app.answer'', ''1 year'', ''answered''), ''app.answer'', ''delete'', ''failed'', ''23503''',
			  'error', 'app.answer', 'failed with SQLSTATE 23503');
SELECT brings('ALTER TABLE memreg.hold_state DISABLE TRIGGER note_change', 'error', 'memreg.hold_state', 'note_change is switched off');

SELECT ok(NOT EXISTS (SELECT FROM memreg.bypassing_view WHERE view::text = 'lab.i'), 'a view with its reader''s rights is none of them');
CREATE VIEW lab.i WITH (security_invoker) AS SELECT * FROM app.member;
SELECT is((SELECT count(*) FROM memreg.bypassing_view), 0::bigint, 'also once it is there');

-- What a later version, or somebody by hand, may have put into the registry.
ALTER TABLE memreg.purpose DROP CONSTRAINT purpose_basis_check;
INSERT INTO memreg.purpose (register, purpose, basis) VALUES ('community', 'future', 'a basis of later');
SELECT memreg.grant_access('researcher', 'community', 'future');
SELECT is(seen('researcher', 'future', 'SELECT nickname FROM app.member'), 'MR023', 'a purpose of an unknown legal basis sees nothing');
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member'), '(3)', 'and the others see what they saw');

-- A purpose's name comes back in errors, and the log should not grow by it.
SELECT throws_ok(format('SET memreg.purpose = %L', repeat('x', 256)), '22023', NULL, 'the setting takes 255 bytes');
SELECT lives_ok(format('SET memreg.purpose = %L', repeat('x', 255)), 'and no less');
SELECT throws_ok(format('SELECT memreg.create_purpose(''community'', %L, ''consent'')', repeat('x', 256)), 'MR022', NULL,
				 'and so does a declaration');
SELECT * FROM finish();
