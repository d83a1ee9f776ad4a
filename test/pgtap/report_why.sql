-- memreg.why says what a SELECT shows: over every kind of role, purpose, state and table, its last line and the truth agree;
-- and its other lines say what it is.
\i test/policy/register.sql
SELECT plan(114);

-- Members are told apart by their score, which every purpose sees; row 7 names nobody.
ALTER TABLE app.answer ALTER member_id DROP NOT NULL;
CREATE TABLE app.note (score int, subject bigint);
INSERT INTO app.note SELECT n, nullif(n, 7) FROM generate_series(1, 7) n;
GRANT SELECT ON app.note TO PUBLIC;
SECURITY LABEL FOR memreg ON COLUMN app.note.score IS 'nonpersonal';

CREATE ROLE keeper BYPASSRLS;
CREATE ROLE trainee IN ROLE researcher;
CREATE ROLE distant NOINHERIT IN ROLE researcher;
CREATE ROLE leaver;
CREATE ROLE guest;
CREATE ROLE outsider;
CREATE TABLE asker AS SELECT unnest('{researcher,clerk,stranger,app_owner,postgres,keeper,trainee,distant,leaver,guest,outsider}'::name[]) AS role;
DO $$
BEGIN
	PERFORM memreg.add_table('community', 'app.note', 'subject'), memreg.protect('app.note');
	PERFORM memreg.create_purpose('community', 'mailing', 'legitimate_interests', anonymous_data => true),
			memreg.create_purpose('community', 'archive', 'public_task', restricted_data => true),
			memreg.create_purpose('community', 'own page', 'contract', reach => 'own');
	PERFORM memreg.grant_access(role::regrole, 'community', purpose) FROM asker, unnest('{mailing,archive,own page}'::text[]) purpose WHERE role IN ('clerk', 'trainee', 'outsider');
	PERFORM memreg.grant_access('leaver', 'community', 'research'), memreg.grant_access('guest', 'community', 'research', until => now() + '1 day');
	UPDATE memreg.access_grant SET until = now() - interval '1 day' WHERE role = 'leaver';
	PERFORM memreg.grant_consent('community', 5::bigint, 'research', expires_at => now() + '1 day'), memreg.grant_consent('community', 6::bigint, 'research', expires_at => now() + '1 day');
	UPDATE memreg.consent_state SET expires_at = now() - interval '1 hour' WHERE subject = '6';
	INSERT INTO memreg.objection_state (purpose_id, subject, objected, changed_at, events, changed)
		SELECT purpose_id, s.subject, s.stands, now(), 1, true FROM memreg.purpose, (VALUES ('1', true), ('2', false)) s(subject, stands) WHERE purpose IN ('mailing', 'archive');
	INSERT INTO memreg.restriction_state (register_id, subject, restricted, changed_at, events, changed)
		SELECT register_id, s.subject, s.stands, now(), 1, true FROM memreg.register, (VALUES ('3', true), ('4', false)) s(subject, stands);
END
$$;
REVOKE ALL ON app.note FROM PUBLIC;
GRANT SELECT ON app.note TO researcher, clerk, stranger, app_owner, keeper, trainee, distant, leaver;
GRANT SELECT (score) ON app.note TO guest;

CREATE FUNCTION visible(role name, purpose text, subject bigint) RETURNS boolean LANGUAGE sql AS
	$$SELECT w.holds FROM memreg.why('app.note', subject, quote_ident(role)::regrole, purpose) w WHERE w.question = 'visible'$$;

-- What a change of the database makes of them, of all or of one in so many: those cases in which memreg.why and the SELECT differ,
-- and how many rows were seen, hidden and left open.
CREATE FUNCTION compared(change text, one_in int, OUT differing text, OUT seen bigint, OUT hidden bigint, OUT open bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE change;
	SELECT string_agg(format('%s/%s/%s: %s, not %s', c.role, c.purpose, c.subject, c.said, c.shown), ', ') FILTER (WHERE c.said <> c.shown),
		   count(*) FILTER (WHERE c.shown), count(*) FILTER (WHERE NOT c.shown), count(*) FILTER (WHERE c.said IS NULL)
	  INTO differing, compared.seen, hidden, open
	  FROM (SELECT a.role, p.purpose, nullif(s.subject, 7) AS subject, visible(a.role, p.purpose, nullif(s.subject, 7)) AS said,
				   seen(a.role, p.purpose, format('SELECT score FROM app.note WHERE score = %s', s.subject)) = format('(%s)', s.subject) AS shown
			  FROM asker a, unnest('{research,billing,mailing,archive,own page,sales,""}'::text[]) p(purpose), generate_series(1, 7) s(subject)
			 WHERE hashtext(concat(change, a.role, p.purpose, s.subject)) % one_in = 0) c;
	RAISE EXCEPTION USING ERRCODE = 'MR997';
EXCEPTION WHEN SQLSTATE 'MR997' THEN
	NULL;
END
$$;
CREATE TABLE change (number serial, change text);
INSERT INTO change (change) VALUES ('SELECT'),
	('SELECT memreg.unprotect(''app.note'')'),
	('ALTER TABLE app.note DISABLE ROW LEVEL SECURITY'),
	('ALTER TABLE app.note NO FORCE ROW LEVEL SECURITY'),
	('DROP POLICY memreg_row ON app.note'),
	('ALTER POLICY memreg_row ON app.note USING (true)'),
	('ALTER POLICY memreg_table ON app.note TO clerk'),
	('CREATE POLICY own ON app.note USING (true)'),
	('CREATE POLICY own ON app.note FOR SELECT TO clerk USING (score < 3)'),
	('CREATE POLICY own ON app.note FOR DELETE USING (false)'),
	('CREATE POLICY own ON app.note AS RESTRICTIVE TO researcher USING (score = 2)'),
	('REVOKE ALL ON SCHEMA app FROM PUBLIC'),
	('REVOKE ALL ON app.note FROM researcher'),
	('REVOKE researcher FROM trainee'),
	('ALTER ROLE researcher BYPASSRLS'),
	('ALTER ROLE researcher SUPERUSER'),
	('SELECT memreg.revoke_access(''researcher'', ''community'', ''research'')'),
	('UPDATE memreg.access_grant SET until = now() - interval ''1 second'''),
	('UPDATE memreg.access_grant SET until = ''infinity'''),
	('GRANT leaver TO stranger; GRANT guest TO stranger; GRANT distant TO clerk'),
	('UPDATE memreg.purpose SET anonymous_data = NOT anonymous_data'),
	('UPDATE memreg.purpose SET restricted_data = NOT restricted_data'),
	('UPDATE memreg.purpose SET basis = ''consent'''),
	('SELECT memreg.withdraw_consent(''community'', 1::bigint, ''research''), memreg.grant_consent(''community'', 4::bigint, ''research'')'),
	('DELETE FROM memreg.restriction_state'),
	('UPDATE memreg.objection_state SET objected = NOT objected');
CREATE TABLE outcome AS
	SELECT c.number, c.change, o.*
	  FROM change c, compared(c.change, CASE WHEN c.change IN ('SELECT', 'CREATE POLICY own ON app.note USING (true)') THEN 1 ELSE 4 END) o;
SELECT is(differing, NULL, 'they agree: ' || change) FROM outcome ORDER BY number;
SELECT cmp_ok(seen, '>', 5::bigint, 'with rows that are seen: ' || change) FROM outcome ORDER BY number;
SELECT cmp_ok(hidden, '>', 10::bigint, 'and others: ' || change) FROM outcome ORDER BY number;
SELECT is((SELECT open FROM outcome WHERE change LIKE '%own ON app.note USING (true)'), 47::bigint, 'a policy for everybody leaves open all that bound roles may see');
SELECT is((SELECT open FROM outcome WHERE change = 'SELECT'), 10::bigint, 'the reach own leaves open what the session''s subject decides');

-- The lines.
CREATE FUNCTION line(question text, subject bigint, role name, purpose text, relation regclass DEFAULT 'app.note') RETURNS text LANGUAGE sql AS $$
	SELECT format('%s, %s', w.holds, regexp_replace(w.explanation, '\d{4}-\d\d-\d\d [\d:.+]+', 'TIME', 'g'))
	  FROM memreg.why(line.relation, line.subject, quote_ident(line.role)::regrole, line.purpose) w WHERE w.question = line.question
$$;
SELECT is(line('consent stands', 1, 'researcher', 'research'), 't, given, last at TIME', 'a consent');
SELECT is(line('consent stands', 5, 'researcher', 'research'), 't, given, last at TIME, until TIME', 'one with an end');
SELECT is(line('consent stands', 6, 'researcher', 'research'), 'f, given, last at TIME, until TIME, which is past', 'one that has ended');
SELECT is(line('consent stands', 4, 'researcher', 'research'), 'f, withdrawn, last at TIME', 'one that was withdrawn');
SELECT is(line('consent stands', 99, 'researcher', 'research'), 'f, the purpose rests on consent, which was never given', 'one that was never given');
SELECT is(line('legal basis needs no consent', 1, 'clerk', 'billing'), 't, the purpose rests on contract', 'another basis');
SELECT is(line('no objection stands', 1, 'clerk', 'mailing'), 'f, the subject objected, last at TIME', 'an objection');
SELECT is(line('no objection stands', 2, 'clerk', 'mailing'), 't, the objection was withdrawn, last at TIME', 'that was withdrawn');
SELECT is(line('no objection stands', 1, 'clerk', 'billing'), NULL, 'to a contract there is none');
SELECT is(line('no restriction stands', 3, 'clerk', 'mailing'), 'f, processing was restricted, last at TIME', 'a restriction');
SELECT is(line('no restriction stands', 3, 'clerk', 'archive'), 't, processing was restricted, last at TIME; the purpose may process restricted data', 'that does not bind a purpose');
SELECT is(line('purpose is granted', 1, 'researcher', 'research'), 't, granted to researcher without end', 'a grant');
SELECT is(line('purpose is granted', 1, 'trainee', 'research'), 't, granted to researcher, of which trainee is a member, without end', 'to a role that the role is a member of');
SELECT is(line('purpose is granted', 1, 'distant', 'research'), 'f, granted to researcher, of which distant is a member, who does not inherit from it; after SET ROLE it counts', 'without its privileges');
SELECT is(line('purpose is granted', 1, 'guest', 'research'), 't, granted to guest until TIME', 'until some day');
SELECT is(line('purpose is granted', 1, 'leaver', 'research'), 'f, granted to leaver until TIME, which is past', 'that has passed');
SELECT is(line('purpose is granted', 1, 'stranger', 'research'), 'f, not granted to stranger, nor to a role of which it is a member', 'no grant');
SELECT is(line('purpose is known', 1, 'researcher', ''), 'f, no purpose is set', 'no purpose');
SELECT is(line('purpose is known', 1, 'researcher', 'Sales'), 'f, register community has no purpose "Sales"', 'an unknown one');
SELECT is(line('row security binds the role', 1, 'keeper', ''), 'f, keeper bypasses row security, and with it memreg', 'a role that is not bound');
SELECT is(line('role may SELECT', 1, 'outsider', 'mailing'), 'f, outsider lacks SELECT on app.note', 'a privilege that is missing');
SELECT is(line('visible', 4, 'outsider', 'billing'), 'f, not: role may SELECT, purpose is granted', 'the last line sums up');
SELECT is(line('guards stand', 4, 'clerk', 'billing', 'app.answer_2024'), 't, row security of app.answer_2024 is as memreg.protect makes it', 'a partition');
CREATE TABLE app.answer_2026 PARTITION OF app.answer FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT is(line('guards stand', 4, 'clerk', 'billing', 'app.answer_2026'), 'f, row security of app.answer_2026 was changed or removed; memreg refuses it until memreg.protect is called again', 'a new one');
ALTER TABLE app.note ADD spoken text;
CREATE POLICY "Own policy" ON app.note AS RESTRICTIVE TO clerk USING (true);
SELECT is(line('other policies agree', 4, 'clerk', 'billing'), ', these decide for each row: "Own policy"', 'policies of the table''s own');
SELECT is(line('other policies agree', 4, 'researcher', 'research'), 't, no other policy for SELECT is for researcher', 'that are for others');

-- How it is called, and by whom.
DROP POLICY "Own policy" ON app.note;
SET memreg.purpose = 'billing';
SET ROLE clerk;
SELECT throws_ok($$SELECT memreg.why('app.note', 1)$$, '42501', NULL, 'not by everybody');
RESET ROLE;
GRANT EXECUTE ON FUNCTION memreg.why(regclass, bigint, regrole, text), memreg.why(regclass, text, regrole, text) TO clerk;
SET ROLE clerk;
SELECT is((SELECT holds FROM memreg.why('app.note', 1) WHERE question = 'visible'), true, 'by a registrar, for itself and the session''s purpose');
SELECT is((SELECT holds FROM memreg.why('app.note', '1', purpose => 'research', role => 'researcher') WHERE question = 'visible'), true, 'or for others, with the key as text');
SELECT throws_ok($$SELECT memreg.why('app.note', 'CANARY')$$, 'MR014', 'the subject key given is no valid bigint', 'a malformed key');
SELECT throws_ok($$SELECT memreg.why('pg_class', 1)$$, 'MR030', NULL, 'a table of no register');
SELECT throws_ok($$SELECT memreg.why('app.note', 1, 12345::oid::regrole)$$, 'MR040', NULL, 'no role');
RESET ROLE;
SELECT throws_ok($$SELECT memreg.why('app.note', '00000000-0000-0000-0000-000000000000'::uuid)$$, 'MR013', NULL, 'a key of another type');
CREATE ROLE "Odd ""role";
SET ROLE "Odd ""role";
RESET ROLE;
GRANT EXECUTE ON FUNCTION memreg.why(regclass, bigint, regrole, text) TO "Odd ""role";
SET ROLE "Odd ""role";
SELECT is((SELECT holds FROM memreg.why('app.note', 1) WHERE question = 'visible'), false, 'by a role of any name');
SELECT * FROM finish();
