-- Pseudonyms of subjects: the same as long as the subject is there, and gone with it, by every way a row can go.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SET memreg.retention_max_share = 1;
SELECT plan(104);

CREATE ROLE extractor;
CREATE ROLE clerk;
CREATE ROLE shop;
CREATE SCHEMA app AUTHORIZATION shop;
GRANT USAGE ON SCHEMA app TO PUBLIC;
SET ROLE shop;
CREATE TABLE app.account (account_id bigint PRIMARY KEY);
CREATE TABLE app.member (
	gone int,
	member_id bigint PRIMARY KEY REFERENCES app.account ON DELETE CASCADE ON UPDATE CASCADE,
	name text,
	last_active timestamptz DEFAULT now()
);
ALTER TABLE app.member DROP gone;
CREATE TABLE app.visit (visit_id bigint GENERATED ALWAYS AS IDENTITY, member_id bigint REFERENCES app.member ON DELETE CASCADE);
CREATE TABLE app.person (code text, district int NOT NULL, name text) PARTITION BY LIST (district);
CREATE TABLE app.person_1 PARTITION OF app.person FOR VALUES IN (1);
CREATE TABLE app.person_2 (name text, gone int, district int NOT NULL, code text);
ALTER TABLE app.person_2 DROP gone;
ALTER TABLE app.person ATTACH PARTITION app.person_2 FOR VALUES IN (2);
CREATE TABLE app.person_3 PARTITION OF app.person FOR VALUES IN (3, 4) PARTITION BY LIST (district);
CREATE TABLE app.person_33 PARTITION OF app.person_3 FOR VALUES IN (3);
CREATE TABLE app.person_34 PARTITION OF app.person_3 FOR VALUES IN (4);
CREATE TABLE app.device (id uuid PRIMARY KEY, name text);
RESET ROLE;
CREATE FUNCTION declare() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	register text;
BEGIN
	PERFORM memreg.create_scope('university'), memreg.create_scope('contractor');
	PERFORM memreg.grant_scope('extractor', 'university');
	PERFORM memreg.create_register('members', 'Member register', 'Example City', 'bigint'), memreg.create_register('people', 'People', 'Example City', 'text'),
			memreg.create_register('devices', 'Devices', 'Example City', 'uuid'), memreg.create_register('others', 'Others', 'Example City', 'bigint');
	PERFORM memreg.add_table('members', 'app.member', 'member_id', root => true), memreg.add_table('members', 'app.visit', 'member_id'),
			memreg.add_table('people', 'app.person', 'code', root => true), memreg.add_table('devices', 'app.device', 'id', root => true);
	FOREACH register IN ARRAY '{members,people,devices}'::text[] LOOP
		PERFORM memreg.create_purpose(register, 'service', 'public_task');
		PERFORM memreg.set_treatment(register, 'service', category, 'clear') FROM unnest('{subject_key,identity}'::text[]) category;
		PERFORM memreg.grant_access('clerk', register, 'service');
	END LOOP;
END $$;
SECURITY LABEL FOR memreg ON COLUMN app.person.district IS 'nonpersonal';
SELECT declare() \g /dev/null

CREATE FUNCTION of_member(subject bigint) RETURNS uuid LANGUAGE sql AS $$ SELECT memreg.subject_pseudonym('university', 'members', subject) $$;
CREATE FUNCTION of_person(subject text) RETURNS uuid LANGUAGE sql AS $$ SELECT memreg.subject_pseudonym('university', 'people', subject) $$;
CREATE FUNCTION secrets(register text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(s.subject, ' ' ORDER BY length(s.subject), s.subject) FROM memreg.subject_secret s JOIN memreg.register r USING (register_id) WHERE r.register = secrets.register
$$;
CREATE FUNCTION refill() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE app.account, app.member, app.visit, app.person;
	INSERT INTO app.account SELECT generate_series(1, 6);
	INSERT INTO app.member (member_id, name) SELECT g, 'CANARY ' || g FROM generate_series(1, 5) g;
	INSERT INTO app.person SELECT 'p' || g, 1 + g % 4, 'CANARY ' || g FROM generate_series(1, 8) g;
	PERFORM of_member(g) FROM generate_series(1, 5) g;
	PERFORM of_person('p' || g) FROM generate_series(1, 8) g;
END $$;
CREATE FUNCTION change_key() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.member_id := 6; RETURN NEW; END';
-- What is left of the secrets after a statement, which is taken back.
CREATE FUNCTION left_by(statement text, register text DEFAULT 'members', role name DEFAULT 'postgres') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', role, true), set_config('memreg.purpose', 'service', true);
	EXECUTE statement;
	PERFORM set_config('role', 'none', true);
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = coalesce(secrets(register), '');
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		RETURN CASE WHEN SQLERRM ~ 'CANARY' THEN 'CANARY in ' ELSE '' END || SQLSTATE;
END $$;

-- The same for the same
SELECT refill() \g /dev/null
SELECT matches(of_member(1)::text, '^.{14}8.{4}[89ab].{16}$', 'a subject''s pseudonym is a uuid of version 8');
SELECT is(of_member(1), of_member(1), 'the same each time');
SELECT is((SELECT count(DISTINCT of_member(g))::int FROM generate_series(1, 5) g), 5, 'another for another');
CREATE TABLE was AS SELECT member_id, of_member(member_id) AS university, memreg.subject_pseudonym('contractor', 'members', member_id) AS contractor FROM app.member;
SELECT is_empty('SELECT university FROM was INTERSECT SELECT contractor FROM was', 'another in another scope');
SELECT isnt(memreg.subject_pseudonym('university', 'others', 1), of_member(1), 'the same key in another register has another');
SELECT is_empty($$SELECT FROM was WHERE university IN (memreg.pseudonym_uuid('university', member_id::text)) OR contractor = memreg.pseudonym_uuid('contractor', member_id::text)$$, 'it is not that of the key');
SELECT is((SELECT count(DISTINCT s.wrapped_secret) || ' ' || min(length(s.wrapped_secret)) || ' ' || max(length(s.wrapped_secret)) FROM memreg.subject_secret s), '14 72 72', 'each subject has a secret of its own');
SELECT is((SELECT string_agg(scope, ' ' ORDER BY scope) FROM memreg.scope WHERE register_id IS NOT NULL), 'members/ others/ people/', 'each register a scope of its own once it is needed');
SELECT is(memreg.rotate_scope('university'), 2, 'a new key of the scope');
SELECT is_empty('SELECT university FROM was INTERSECT SELECT of_member(member_id) FROM was', 'gives new pseudonyms');
SELECT is((SELECT count(*)::int FROM was WHERE contractor = memreg.subject_pseudonym('contractor', 'members', member_id)), 5, 'those of other scopes stay');
UPDATE was SET university = of_member(member_id);

-- Keys of every type, as they are written
SELECT is(memreg.subject_pseudonym('university', 'members', '1'::text), of_member(1), 'a number as text');
SELECT is(memreg.subject_pseudonym('university', 'devices', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), memreg.subject_pseudonym('university', 'devices', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid), 'a uuid in capitals');
SELECT isnt(of_person('ä'), of_person('Ä'), 'text is as it is');
SELECT isnt(of_person(' p1'), of_person('p1'), 'to the blank');
SELECT throws_ok(format('SELECT memreg.subject_pseudonym(''university'', %s)', arguments), code, NULL, 'refused: ' || arguments)
  FROM (VALUES ('''members'', ''x''', 'MR014'), ('''members'', gen_random_uuid()', 'MR013'), ('''people'', 1', 'MR013'), ('''devices'', 1', 'MR013'), ('''nothing'', 1', 'MR010'),
	('''people'', repeat(''x'', 1025)', 'MR014'), ('''members'', 9223372036854775808::text', 'MR014')) a (arguments, code);
SELECT is(memreg.subject_pseudonym('university', 'members', NULL::bigint), NULL, 'nobody has none');
SELECT is(memreg.subject_pseudonym('university', 'people', repeat('x', 1024)) IS NULL, false, 'the longest key has one');
SELECT is(secrets('others'), '1', 'a subject without a row has one too');

-- Rights
CREATE FUNCTION got(role name, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE query INTO answer;
	RESET ROLE;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is(got('extractor', 'SELECT memreg.subject_pseudonym(''university'', ''members'', 1)')::uuid, of_member(1), 'who may pseudonymize gets them');
SELECT is(got('extractor', 'SELECT memreg.subject_pseudonym(''university'', ''members'', 77) IS NOT NULL'), 'true', 'also where a secret must be made');
SELECT is(got('extractor', 'SELECT memreg.subject_pseudonym(''contractor'', ''members'', 1)'), 'MR115', 'in that scope alone');
SELECT is(got('clerk', 'SELECT memreg.subject_pseudonym(''university'', ''members'', 88)'), 'MR115', 'who may not gets none');
SELECT ok(secrets('members') LIKE '% 77' AND secrets('members') NOT LIKE '% 88', 'and makes none');
SELECT is(got('extractor', statement), '42501', 'nobody else: ' || statement) FROM unnest(ARRAY['SELECT memreg.forget_subject_secret(''members'', 1)', 'SELECT wrapped_secret FROM memreg.subject_secret',
	'DELETE FROM memreg.subject_secret', 'SELECT memreg.unwatch_root(''app.member'')', 'CREATE TRIGGER t AFTER DELETE ON app.member FOR EACH ROW EXECUTE FUNCTION memreg.forget_subject()']) statement;

-- Forgotten
SELECT is(memreg.forget_subject_secret('members', 77), true, 'a secret is forgotten');
SELECT is(memreg.forget_subject_secret('members', 77), false, 'and then there is none');
SELECT is(memreg.forget_subject_secret('members', '1'), true, 'another');
SELECT isnt(of_member(1), university, 'whose subject gets another pseudonym') FROM was WHERE member_id = 1;
SELECT isnt(memreg.subject_pseudonym('contractor', 'members', 1), contractor, 'in every scope') FROM was WHERE member_id = 1;
SELECT is(of_member(2), university, 'the others keep theirs') FROM was WHERE member_id = 2;

-- Gone with the row
SELECT refill() \g /dev/null
SELECT is(left_by(statement), expected, statement) FROM (VALUES
	('DELETE FROM app.member WHERE member_id = 2', '1 3 4 5'),
	('DELETE FROM app.member', ''),
	('DELETE FROM app.account WHERE account_id < 4', '4 5'),
	('TRUNCATE app.member CASCADE', ''),
	('TRUNCATE app.account CASCADE', ''),
	('WITH d AS (DELETE FROM app.member WHERE member_id = 2 RETURNING 1) SELECT count(*) FROM d', '1 3 4 5'),
	('DELETE FROM app.member m USING generate_series(1, 3) g WHERE m.member_id = g', '4 5'),
	('MERGE INTO app.member m USING (VALUES (1), (9)) v (id) ON v.id = m.member_id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING', '2 3 4 5'),
	('DO $d$ DECLARE c CURSOR FOR SELECT FROM app.member WHERE member_id = 5 FOR UPDATE; BEGIN OPEN c; MOVE c; DELETE FROM app.member WHERE CURRENT OF c; END $d$', '1 2 3 4'),
	('SET LOCAL session_replication_role = replica; DELETE FROM app.member WHERE member_id = 2', '1 3 4 5'),
	('UPDATE app.member SET member_id = 6 WHERE member_id = 1', '2 3 4 5'),
	('UPDATE app.account SET account_id = account_id + 100 WHERE account_id = 3', '1 2 4 5'),
	('INSERT INTO app.member VALUES (1, ''CANARY'') ON CONFLICT (member_id) DO UPDATE SET member_id = 6', '2 3 4 5'),
	('DELETE FROM app.member WHERE member_id = 2; INSERT INTO app.member VALUES (2, ''CANARY'')', '1 3 4 5'),
	('CREATE TRIGGER b BEFORE UPDATE ON app.member FOR EACH ROW EXECUTE FUNCTION change_key(); UPDATE app.member SET name = NULL WHERE member_id = 1', '2 3 4 5'),
	-- and not otherwise
	('UPDATE app.member SET name = ''CANARY other''', '1 2 3 4 5'),
	('UPDATE app.member SET member_id = member_id', '1 2 3 4 5'),
	('INSERT INTO app.member VALUES (1, ''CANARY'') ON CONFLICT (member_id) DO UPDATE SET name = excluded.name', '1 2 3 4 5'),
	('DELETE FROM app.visit; TRUNCATE app.visit', '1 2 3 4 5'),
	('DELETE FROM app.person; TRUNCATE app.person', '1 2 3 4 5'),
	('DELETE FROM app.account WHERE account_id = 6', '1 2 3 4 5'),
	('DO $d$ BEGIN DELETE FROM app.member; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END $d$', '1 2 3 4 5'),
	('VACUUM FULL app.member', '25001'),
	('CLUSTER app.member USING member_pkey', '1 2 3 4 5'),
	('ALTER TABLE app.member ALTER name TYPE varchar(99)', '1 2 3 4 5'),
	('ALTER TABLE app.member RENAME member_id TO id; DELETE FROM app.member WHERE id = 2', '1 3 4 5')
	) s (statement, expected);
SELECT is(secrets('members'), '1 2 3 4 5', 'each of these was taken back');

-- By whoever may delete, from protected tables too
SELECT is(left_by('DELETE FROM app.member WHERE member_id = 2', role => 'shop'), '1 3 4 5', 'the owner deletes');
GRANT SELECT, DELETE, UPDATE ON app.member, app.person, app.device TO clerk;
SELECT is(left_by('DELETE FROM app.member WHERE member_id = 2', role => 'clerk'), '1 3 4 5', 'an ordinary role deletes');
SELECT lives_ok($$SELECT memreg.protect('app.member'), memreg.protect('app.person'), memreg.protect('app.device')$$, 'tables with these triggers are protected');
SELECT is(left_by('DELETE FROM app.member WHERE member_id = 2', role => 'clerk'), '1 3 4 5', 'and then it deletes under a purpose');
SELECT is(left_by('UPDATE app.member SET member_id = 6 WHERE member_id = 2', role => 'clerk'), '1 3 4 5', 'or changes a key');
SELECT is(left_by('DELETE FROM app.person WHERE code = ''p1''', 'people', 'clerk'), 'p2 p3 p4 p5 p6 p7 p8', 'in a partition');
SELECT is(left_by('UPDATE app.person SET district = 4 WHERE code = ''p1''', 'people', 'clerk'), 'p1 p2 p3 p4 p5 p6 p7 p8', 'or moves a row');

-- Partitions
SELECT is(left_by(statement, 'people'), expected, statement) FROM (VALUES
	('DELETE FROM app.person WHERE code IN (''p1'', ''p4'')', 'p2 p3 p5 p6 p7 p8'),
	('DELETE FROM app.person_1', 'p1 p2 p3 p5 p6 p7'),
	('DELETE FROM app.person_33', 'p1 p3 p4 p5 p7 p8'),
	('TRUNCATE app.person', ''),
	('UPDATE app.person SET code = ''new'' WHERE code = ''p5''', 'p1 p2 p3 p4 p6 p7 p8'),
	('UPDATE app.person SET district = 1 + district % 4', 'p1 p2 p3 p4 p5 p6 p7 p8'),
	('UPDATE app.person SET district = 1 + district % 4, code = ''new'' WHERE code = ''p5''', 'p1 p2 p3 p4 p6 p7 p8'),
	('UPDATE app.person_3 SET district = 7 - district', 'p1 p2 p3 p4 p5 p6 p7 p8'),
	('UPDATE app.person SET code = NULL WHERE code = ''p5''', 'p1 p2 p3 p4 p6 p7 p8'),
	('UPDATE app.person SET name = ''CANARY''', 'p1 p2 p3 p4 p5 p6 p7 p8'),
	('CREATE TABLE app.person_9 PARTITION OF app.person FOR VALUES IN (9); UPDATE app.person SET district = 9; DELETE FROM app.person_9 WHERE code > ''p3''', 'p1 p2 p3')
	) s (statement, expected);

-- Anew
CREATE TABLE former AS SELECT of_member(2) AS member, of_person('p2') AS person;
DELETE FROM app.member WHERE member_id = 2;
INSERT INTO app.member (member_id) VALUES (2);
SELECT isnt(of_member(2), member, 'the same person registered anew gets another pseudonym') FROM former;
SELECT is_empty($$SELECT FROM memreg.subject_secret s, former f WHERE memreg.subject_pseudonym('university', 'members', s.subject) = f.member AND s.register_id = (SELECT register_id FROM memreg.register WHERE register = 'members')$$,
				'and nobody has the former');
INSERT INTO app.device VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
DELETE FROM app.device;
SELECT is(secrets('devices'), NULL, 'so with uuids');

-- Retention
SELECT memreg.add_retention('members', 'app.member', '1 year', 'last_active') \g /dev/null
UPDATE app.member SET last_active = now() - interval '2 years' WHERE member_id IN (1, 4);
CALL memreg.run_retention();
SELECT is((SELECT string_agg(member_id::text, ' ' ORDER BY member_id) FROM app.member), '2 3 5', 'retention removes members');
SELECT is(secrets('members'), '2 3 5', 'and their secrets');

-- Taken out
CREATE FUNCTION triggers(relation regclass) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(tgname || ' ' || tgenabled::text, ', ' ORDER BY tgname), 'none') FROM pg_trigger WHERE tgrelid = relation AND tgname ~ 'forget'
$$;
SELECT is(triggers('app.member'), 'memreg_forget_key A, memreg_forget_subject A, memreg_forget_subjects A', 'a root table has three triggers');
SELECT is(triggers('app.person_33'), 'memreg_forget_key A, memreg_forget_subject A', 'its partitions two');
SELECT is(triggers('app.visit'), 'none', 'another table none');
SELECT lives_ok($$SELECT memreg.remove_table('app.member'), memreg.remove_table('app.person')$$, 'tables are taken out');
SELECT is(triggers('app.member') || ', ' || triggers('app.person') || ', ' || triggers('app.person_33'), 'none, none, none', 'and with them their triggers');
SELECT is(left_by('DELETE FROM app.member; DELETE FROM app.person'), '2 3 5', 'who is deleted then keeps a secret');
SELECT is(of_member(3) IS NOT NULL, true, 'as those do who have a pseudonym without a root table');
SELECT lives_ok($$SELECT memreg.add_table('members', 'app.member', 'member_id')$$, 'not a root table any more');
SELECT is(triggers('app.member'), 'none', 'it gets no triggers');
SELECT lives_ok($$SELECT memreg.remove_table('app.member'), memreg.add_table('members', 'app.member', 'member_id', root => true)$$, 'again one');
SELECT is(left_by('DELETE FROM app.member WHERE member_id = 3'), '2 5', 'it does');

-- A register that was renamed leaves its name to another.
SELECT memreg.subject_pseudonym('university', 'others', 5) \g /dev/null
UPDATE memreg.register SET register = 'renamed' WHERE register = 'others';
SELECT memreg.create_register('others', 'Others', 'Example City') \g /dev/null
SELECT lives_ok($$SELECT memreg.subject_pseudonym('university', 'others', 5)$$, 'a register whose name was another''s before');
SELECT isnt(memreg.subject_pseudonym('university', 'others', 5), memreg.subject_pseudonym('university', 'renamed', 5), 'has secrets of its own');
SELECT * FROM finish();
