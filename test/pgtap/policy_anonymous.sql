-- Rows that name no subject are anonymous: a purpose's word on anonymous data decides them, and nothing else does.
\i test/policy/register.sql
SELECT plan(141);

-- A purpose of every basis and reach, with and without anonymous data; clerk may act for all of them.
CREATE TABLE kind AS
	SELECT basis || CASE WHEN anonymous THEN ' and nobody' ELSE '' END || ' ' || reach AS purpose, basis, reach, anonymous
	  FROM unnest('{consent,contract,legal_obligation,vital_interests,public_task,legitimate_interests}'::text[]) basis,
		   unnest('{all,own}'::text[]) reach, unnest('{true,false}'::boolean[]) anonymous;
SELECT memreg.create_purpose('community', purpose, basis, reach => reach, anonymous_data => anonymous),
	   memreg.set_treatment('community', purpose, 'subject_key', 'clear'), memreg.set_treatment('community', purpose, 'nickname', 'clear'),
	   memreg.grant_access('clerk', 'community', purpose)
  FROM kind \g /dev/null

-- Subject columns may be null, whether they were when the table was protected or only now.
CREATE TABLE app.ticket (ticket int PRIMARY KEY, member_id bigint, body text);
CREATE TABLE app.letter (member text, body text);
CREATE TABLE app.device (member uuid, body text) PARTITION BY HASH (member);
CREATE TABLE app.device_0 PARTITION OF app.device FOR VALUES WITH (MODULUS 1, REMAINDER 0);
GRANT ALL ON app.ticket, app.letter, app.device, app.device_0 TO clerk, researcher;
INSERT INTO app.ticket VALUES (1, 1, 'a'), (2, NULL, 'b'), (3, NULL, 'c'), (4, 5, 'd');
SECURITY LABEL FOR memreg ON COLUMN app.ticket.ticket IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.ticket.body IS 'nonpersonal';
SELECT lives_ok($$SELECT memreg.add_table('community', 'app.ticket', 'member_id')$$, 'a nullable column can hold subjects');
SELECT lives_ok($$SELECT memreg.protect('app.ticket')$$, 'and its table can be protected');
ALTER TABLE app.visit ALTER member_id DROP NOT NULL;
INSERT INTO app.visit VALUES (30, NULL, 'nobody''s');
SELECT lives_ok($$SELECT memreg.protect('app.visit')$$, 'as can one whose column became nullable');

-- Nobody's rows are nobody's own. A session that acts for nobody may be told so.
CREATE FUNCTION outcome(kind kind, seen text, unseen text) RETURNS text LANGUAGE sql AS
	$$SELECT format('^(%s)$', CASE WHEN kind.reach = 'own' THEN unseen || '|MR340' WHEN kind.anonymous THEN seen ELSE unseen END)$$;
SELECT matches(seen('clerk', purpose, 'SELECT ticket FROM app.ticket WHERE member_id IS NULL ORDER BY ticket'), outcome(kind, '\(2\) \(3\)', ''), 'SELECT, ' || purpose) FROM kind;
SELECT matches(seen('clerk', purpose, 'SELECT visit_id FROM app.visit WHERE visit_id = 30'), outcome(kind, '\(30\)', ''), 'from another table, ' || purpose) FROM kind;
SELECT matches(touched('clerk', purpose, 'INSERT INTO app.ticket (ticket, member_id) VALUES (9, NULL)'), outcome(kind, '1', '42501'), 'INSERT, ' || purpose) FROM kind;
SELECT matches(touched('clerk', purpose, 'DELETE FROM app.ticket WHERE member_id IS NULL'), outcome(kind, '2', '0'), 'DELETE, ' || purpose) FROM kind;
SELECT matches(touched('clerk', purpose, 'UPDATE app.ticket SET member_id = NULL WHERE ticket = 4'),
	CASE WHEN basis = 'consent' THEN outcome(kind, '0', '0') WHEN reach = 'own' THEN outcome(kind, '0', '0') ELSE outcome(kind, '1', '42501') END, 'UPDATE that takes the subject away, ' || purpose) FROM kind;

-- In other words and ways.
SELECT is(seen('clerk', 'contract and nobody all', 'SELECT ticket FROM app.ticket ORDER BY 1'), '(1) (2) (3) (4)', 'beside those of subjects');
SELECT is(seen('clerk', 'consent and nobody all', 'SELECT ticket FROM app.ticket ORDER BY 1'), '(2) (3)', 'or of nobody who did not consent');
SELECT is(touched('clerk', 'contract all', 'INSERT INTO app.ticket (ticket) VALUES (9)'), '42501', 'INSERT that leaves the subject out');
SELECT is(touched('clerk', 'contract and nobody all', 'INSERT INTO app.ticket (ticket) VALUES (9)'), '1', 'where it may');
SELECT is(touched('clerk', 'contract all', 'INSERT INTO app.ticket (ticket, member_id) VALUES (1, 1) ON CONFLICT (ticket) DO UPDATE SET member_id = NULL'), '42501', 'ON CONFLICT DO UPDATE');
SELECT is(touched('clerk', 'contract all', 'INSERT INTO app.ticket (ticket, member_id) VALUES (2, 1) ON CONFLICT (ticket) DO UPDATE SET member_id = 1'), '42501', 'which names the subject of a row that is not seen');
SELECT is(touched('clerk', 'contract and nobody all', 'UPDATE app.ticket SET member_id = 1 WHERE ticket = 2'), '1', 'UPDATE that names one');
SELECT is(touched('clerk', 'contract all', 'MERGE INTO app.ticket t USING (VALUES (1), (2)) s(i) ON t.ticket = s.i WHEN MATCHED THEN UPDATE SET member_id = NULL'), '42501', 'MERGE');
SELECT is(touched('clerk', 'consent and nobody all', 'MERGE INTO app.ticket t USING (VALUES (1), (2)) s(i) ON t.ticket = s.i WHEN MATCHED THEN DELETE'), '1', 'MERGE, where nobody else is seen');
SELECT is(seen('clerk', 'contract and nobody all', 'SELECT ticket FROM app.ticket WHERE member_id IS NOT DISTINCT FROM NULL AND body = ''b'''), '(2)', 'conditions');

-- Keys of other types, and partitions.
DO $$
DECLARE
	type text;
	purpose text;
	answer boolean;
BEGIN
	FOREACH type IN ARRAY ARRAY['text', 'uuid'] LOOP
		PERFORM memreg.create_register(type, 'Subjects by ' || type, 'An association', subject_type => type::regtype);
		FOREACH answer IN ARRAY ARRAY[true, false] LOOP
			purpose := CASE WHEN answer THEN 'with' ELSE 'without' END;
			PERFORM memreg.create_purpose(type, purpose, 'consent', anonymous_data => answer), memreg.grant_access('clerk', type, purpose);
		END LOOP;
	END LOOP;
	INSERT INTO app.letter VALUES (NULL, 'x'), ('', 'y'), ('a', 'z');
	INSERT INTO app.device VALUES (NULL, 'x'), ('00000000-0000-0000-0000-000000000000', 'y');
	SECURITY LABEL FOR memreg ON COLUMN app.letter.body IS 'nonpersonal';
	SECURITY LABEL FOR memreg ON COLUMN app.device.body IS 'nonpersonal';
	PERFORM memreg.add_table('text', 'app.letter', 'member'), memreg.add_table('uuid', 'app.device', 'member');
	PERFORM memreg.protect('app.letter'), memreg.protect('app.device');
END
$$;
SELECT is(seen('clerk', 'with', 'SELECT body FROM app.letter'), '(x)', 'text: NULL is nobody, the empty text is somebody');
SELECT is(seen('clerk', 'without', 'SELECT body FROM app.letter'), '', 'text: not without the purpose''s word');
SELECT is(seen('clerk', 'with', 'SELECT body FROM app.device'), '(x)', 'uuid');
SELECT is(seen('clerk', 'with', 'SELECT body FROM app.device_0'), '(x)', 'uuid: a partition');
SELECT is(seen('clerk', 'without', 'SELECT body FROM app.device_0'), '', 'uuid: not without the purpose''s word');

-- The purpose's word changes for kept plans too.
SET ROLE clerk;
SET memreg.purpose = 'contract and nobody all';
SET plan_cache_mode = force_generic_plan;
PREPARE kept AS SELECT count(*) FROM app.ticket WHERE member_id IS NULL;
EXECUTE kept \g /dev/null
RESET ROLE;
UPDATE memreg.purpose SET anonymous_data = false WHERE purpose = 'contract and nobody all';
CREATE FUNCTION kept() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	answer bigint;
BEGIN
	SET LOCAL ROLE clerk;
	EXECUTE 'EXECUTE kept' INTO answer;
	RESET ROLE;
	RETURN answer;
END
$$;
SELECT is(kept(), 0::bigint, 'a kept plan follows when the purpose sees them no more');
UPDATE memreg.purpose SET anonymous_data = true WHERE purpose = 'contract and nobody all';
SELECT is(kept(), 2::bigint, 'and when it does again');

-- Acts of subjects have nothing to do with them.
SELECT throws_ok($$SELECT memreg.grant_consent('community', NULL::bigint, 'consent all')$$, 'MR014', NULL, 'nobody cannot consent');
SELECT * FROM finish();
