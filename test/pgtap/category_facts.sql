-- Categories: what is declared of them, where it is told, and what memreg.check makes of it. Each finding is not there
-- before, is there once it is so, and is gone when it is mended.
\i test/policy/register.sql
SET client_min_messages = error;
SELECT plan(144);

CREATE FUNCTION found(severity text, object text, finding text) RETURNS boolean LANGUAGE sql AS $$
	SELECT EXISTS (SELECT FROM memreg.check() c
					WHERE c.severity = found.severity AND c.object = found.object
					  AND c.finding ~ found.finding AND c.advice <> '')
$$;

-- A finding that a statement brings and another one takes away. Both are taken back.
CREATE FUNCTION comes_and_goes(brings text, mends text, severity text, object text, finding text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	came boolean;
	went boolean;
BEGIN
	RETURN NEXT ok(NOT found(severity, object, finding), format('not found before: %s, %s', object, finding));
	BEGIN
		EXECUTE brings;
		came := found(severity, object, finding);
		EXECUTE mends;
		went := NOT found(severity, object, finding);
		RAISE EXCEPTION USING ERRCODE = 'MR999';
	EXCEPTION WHEN SQLSTATE 'MR999' THEN
		NULL;
	END;
	RETURN NEXT ok(came, 'found after: ' || brings);
	RETURN NEXT ok(went, 'and gone after: ' || mends);
END
$$;

-- A statement that brings none. It is taken back.
CREATE FUNCTION brings_none(statement text, object text, finding text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	absent boolean;
BEGIN
	EXECUTE statement;
	absent := NOT EXISTS (SELECT FROM memreg.check() c WHERE c.object = brings_none.object AND c.finding ~ brings_none.finding);
	RAISE EXCEPTION USING ERRCODE = 'MR999';
EXCEPTION WHEN SQLSTATE 'MR999' THEN
	RETURN ok(absent, format('no %s of %s after: %s', finding, object, statement));
END
$$;

-- Declaring

SELECT is_empty('SELECT FROM memreg.category', 'categories need no declaration');
SELECT memreg.declare_category('community', 'contact', identifying => true, source => 'the person', mandatory => true, description => 'E-mail address');
SELECT results_eq($$SELECT c::text FROM memreg.category c$$,
	$$VALUES ('(community,contact,f,t,f,f,f,"the person",t,"E-mail address")')$$, 'what is declared is kept');
SELECT memreg.declare_category('community', 'contact', identifying => true, source => 'the person', mandatory => true, description => 'E-mail address');
SELECT is((SELECT count(*) FROM memreg.category), 1::bigint, 'once, also when said again');
SELECT memreg.declare_category('community', 'contact', special => true, free_text => true, technical => true, mandatory => false);
SELECT results_eq($$SELECT c::text FROM memreg.category c$$,
	$$VALUES ('(community,contact,t,f,f,t,t,,f,)')$$, 'a second declaration replaces the first, also what it does not name');
SELECT memreg.declare_category('community', 'subject_key', source => 'the application');
SELECT is((SELECT identifying FROM memreg.category WHERE category = 'subject_key'), true, 'the subject key is identifying whatever is said');
SELECT memreg.declare_category('community', 'of_later', quasi_identifying => true);
SELECT is((SELECT count(*) FROM memreg.category), 3::bigint, 'a category need not be on a column yet');
SELECT memreg.withdraw_category('community', 'of_later');
SELECT memreg.withdraw_category('community', 'of_later');
SELECT set_eq('SELECT category FROM memreg.category', '{contact,subject_key}'::text[], 'what is withdrawn is gone, twice is as good as once');
SELECT is(seen('clerk', 'billing', 'SELECT email FROM app.member WHERE id = 1'), '(CANARY1@example.com)', 'declaring changes nothing of what is seen');
SELECT throws_ok($$DELETE FROM memreg.register$$, 'MR015', NULL, 'a register whose categories are declared stays');

-- Who is identified: what is cached follows every change.

SELECT is(memreg.identifies('community', 'subject_key'), true, 'the subject key identifies');
SELECT is(memreg.identifies('community', NULL), true, 'so does what has no category');
SELECT is(memreg.identifies('community', 'contact'), false, 'not what is declared otherwise');
SELECT is(memreg.identifies('community', 'nickname'), false, 'nor what is not declared');
SELECT is(memreg.identifies('community', 'nonpersonal'), false, 'nor what is about nobody');
SELECT memreg.declare_category('community', 'contact', identifying => true, source => 'the person', mandatory => true);
SELECT is(memreg.identifies('community', 'contact'), true, 'a new declaration counts at once');
SELECT is(memreg.identifies('another', 'contact'), false, 'in its register alone');
SELECT is(memreg.identifies(NULL, 'contact'), true, 'of no register nothing can be said');
UPDATE memreg.category SET identifying = false WHERE category = 'contact';
SELECT is(memreg.identifies('community', 'contact'), false, 'a change by hand counts too');
BEGIN;
SELECT memreg.declare_category('community', 'contact', identifying => true);
SELECT is(memreg.identifies('community', 'contact'), true, 'so does one of this transaction');
ROLLBACK;
SELECT is(memreg.identifies('community', 'contact'), false, 'until it is rolled back');
SELECT memreg.declare_category('community', 'contact', identifying => true, source => 'the person', mandatory => true);

-- The columns of a register

CREATE TABLE app.tag (tag_id bigint, member_id bigint, word text);
SET ROLE app_owner;
CREATE TABLE app.person (id bigint PRIMARY KEY, name text, gone text);
CREATE TABLE app.worker (title text, skill text, "The ""pay day""" date) INHERITS (app.person);
CREATE TABLE app.boss (extra text) INHERITS (app.worker);
ALTER TABLE app.person DROP gone;
GRANT SELECT ON app.person, app.worker, app.boss TO clerk;
RESET ROLE;
SECURITY LABEL FOR memreg ON COLUMN app.person.name IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.worker.title IS 'nickname';
SECURITY LABEL FOR memreg ON COLUMN app.boss.title IS 'address';
SELECT memreg.add_table('community', 'app.person', 'id');
SELECT is((SELECT string_agg(format('%s.%s: %s %s %s %s', relation, "column", coalesce(category, '-'), identifying, source, mandatory), E'\n' ORDER BY relation::text, attnum)
			 FROM memreg.labelled_column WHERE registered = 'app.person'::regclass),
	'app.boss.title: address   ' || E'\n'
	'app.boss.skill: -   ' || E'\n'
	'app.boss.The "pay day": -   ' || E'\n'
	'app.boss.extra: -   ' || E'\n'
	'app.person.id: subject_key t the application ' || E'\n'
	'app.person.name: contact t the person t' || E'\n'
	'app.worker.title: nickname   ' || E'\n'
	'app.worker.skill: -   ' || E'\n'
	'app.worker.The "pay day": -   ',
	'columns that children add are listed with their own labels, those of the table once, and what is declared with all');
SELECT is((SELECT string_agg("column", ' ' ORDER BY attnum) FROM memreg.labelled_column WHERE registered = 'app.answer'::regclass),
		  'answered member_id body question', 'partitions add none, in whatever order they have them');

-- What is listed is what is done.
INSERT INTO app.person VALUES (1, 'CANARY');
INSERT INTO app.worker VALUES (2, 'two', 'a title', 'CANARY', '2026-01-15');
INSERT INTO app.boss VALUES (3, 'three', 'a title', 'CANARY', '2026-01-15', 'CANARY');
SELECT memreg.protect('app.person');
SELECT is(seen('clerk', 'billing', 'SELECT * FROM app.worker ORDER BY id'), '(2,two,"a title",,) (3,three,"a title",,)', 'a child''s own columns go by their own labels');
SELECT is(seen('clerk', 'billing', 'SELECT * FROM app.boss'), '(3,three,"a title",,,)', 'its child''s too');
SELECT memreg.declare_category('community', 'nickname', special => true);
SELECT is((SELECT string_agg(category || ' ' || treatment, ', ' ORDER BY category) FROM memreg.seen_category WHERE purpose = 'research'),
		  'address pseudonym, contact withhold, nickname clear, nonpersonal clear, subject_key pseudonym', 'what a purpose sees of each category, by itself too');
SELECT memreg.withdraw_category('community', 'nickname');

-- A treatment that a column's type does not take is refused, wherever the column is.
SECURITY LABEL FOR memreg ON COLUMN app.worker."The ""pay day""" IS 'salary';
SELECT throws_ok($$SELECT memreg.set_treatment('community', 'research', 'salary', 'pseudonym')$$, 'MR321', NULL, 'a column of a child is looked at when a treatment is declared');
SECURITY LABEL FOR memreg ON COLUMN app.worker."The ""pay day""" IS NULL;
SELECT memreg.set_treatment('community', 'research', 'salary', 'pseudonym');
SECURITY LABEL FOR memreg ON COLUMN app.worker."The ""pay day""" IS 'salary';
SELECT throws_ok($$SELECT memreg.protect('app.person')$$, 'MR321', NULL, 'and when the table is protected');
SELECT lives_ok($$SELECT memreg.protect('app.visit')$$, 'which others do not mind');
SECURITY LABEL FOR memreg ON COLUMN app.worker."The ""pay day""" IS NULL;
DELETE FROM memreg.treatment WHERE category = 'salary';
SELECT lives_ok($$SELECT memreg.protect('app.person')$$, 'mended, it can be protected');
SELECT is((SELECT string_agg(object, ' ' ORDER BY object) FROM memreg.check() WHERE finding ~ 'without a category' AND object ~ 'worker|boss|person'),
		  'app.boss."The ""pay day""" app.boss.extra app.boss.skill app.worker."The ""pay day""" app.worker.skill', 'each column without a category is a finding');

-- Findings: labels that decide nothing

SELECT comes_and_goes('SECURITY LABEL FOR memreg ON COLUMN app.tag.word IS ''contact''', 'SECURITY LABEL FOR memreg ON COLUMN app.tag.word IS NULL',
	'warning', 'app.tag.word', 'belongs to no register');
SELECT comes_and_goes('SECURITY LABEL FOR memreg ON COLUMN app.tag.word IS ''contact''', 'SELECT memreg.add_table(''community'', ''app.tag'', ''member_id'')',
	'warning', 'app.tag.word', 'belongs to no register');
CREATE VIEW app.tag_view AS SELECT * FROM app.tag;
CREATE MATERIALIZED VIEW app.tag_copy AS SELECT * FROM app.tag;
CREATE TYPE app.tag_type AS (word text);
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE app.tag_elsewhere (word text) SERVER elsewhere;
SELECT comes_and_goes(format('SECURITY LABEL FOR memreg ON COLUMN %s.word IS ''contact''', o), format('SECURITY LABEL FOR memreg ON COLUMN %s.word IS NULL', o),
	'warning', o || '.word', 'columns of tables only')
  FROM unnest('{app.tag_view,app.tag_copy,app.tag_type,app.tag_elsewhere}'::text[]) o;
SELECT comes_and_goes('SECURITY LABEL FOR memreg ON COLUMN app.answer_2025.body IS ''contact''', 'SECURITY LABEL FOR memreg ON COLUMN app.answer_2025.body IS NULL',
	'warning', 'app.answer_2025.body', 'labelled contact, but the label of app.answer.body decides');
SELECT comes_and_goes('SECURITY LABEL FOR memreg ON COLUMN app.boss.name IS ''nickname''', 'SECURITY LABEL FOR memreg ON COLUMN app.boss.name IS ''contact''',
	'warning', 'app.boss.name', 'the label of app.person.name decides');
SELECT brings_none('SECURITY LABEL FOR memreg ON COLUMN app.answer_2025.question IS ''nonpersonal''', 'app.answer_2025.question', 'labelled');
SELECT brings_none('SECURITY LABEL FOR memreg ON COLUMN app.worker.skill IS ''contact''', 'app.worker.skill', 'labelled');
SELECT comes_and_goes('SECURITY LABEL FOR memreg ON COLUMN app.visit.member_id IS ''contact''', 'SECURITY LABEL FOR memreg ON COLUMN app.visit.member_id IS NULL',
	'warning', 'app.visit.member_id', 'of category subject_key');
SELECT comes_and_goes('SECURITY LABEL FOR memreg ON COLUMN app.answer_2025.member_id IS ''contact''', 'SECURITY LABEL FOR memreg ON COLUMN app.answer_2025.member_id IS ''subject_key''',
	'warning', 'app.answer_2025.member_id', 'of category subject_key');

-- Findings: categories without a treatment, and those on no column

SELECT comes_and_goes('SECURITY LABEL FOR memreg ON COLUMN app.worker.skill IS ''skill''', 'SELECT memreg.set_treatment(''community'', ''research'', ''skill'', ''withhold'')',
	'warning', 'community/skill', 'no purpose has a treatment');
SELECT brings_none('DELETE FROM memreg.treatment', 'community/subject_key', 'no purpose has a treatment');
SELECT brings_none('DELETE FROM memreg.treatment', 'community/nonpersonal', 'no purpose has a treatment');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''adress'')', 'SELECT memreg.withdraw_category(''community'', ''adress'')',
	'notice', 'community/adress', 'the category is declared, but no column');
SELECT comes_and_goes('SELECT memreg.set_treatment(''community'', ''research'', ''adress'', ''clear'')', 'SECURITY LABEL FOR memreg ON COLUMN app.worker.skill IS ''adress''',
	'notice', 'community/adress', 'the category is treated, but no column');
SELECT comes_and_goes('SELECT memreg.set_treatment(''community'', ''research'', ''adress'', ''clear''), memreg.declare_category(''community'', ''adress'')',
	'SECURITY LABEL FOR memreg ON COLUMN app.member.note IS ''adress''', 'notice', 'community/adress', 'declared and treated');

-- Findings: special categories and free text

SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''address'', special => true)', 'SELECT memreg.set_treatment(''community'', ''billing'', ''address'', ''withhold'')',
	'warning', 'community/billing', 'special category address in clear, on the legal basis contract');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''address'', special => true)', 'UPDATE memreg.purpose SET basis = ''consent''',
	'warning', 'community/billing', 'special category');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''address'', special => true)', 'UPDATE memreg.purpose SET reach = ''own''',
	'warning', 'community/billing', 'special category');
SELECT brings_none('SELECT memreg.declare_category(''community'', ''nickname'', special => true)', 'community/research', 'special category');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''nickname'', free_text => true)', 'SELECT memreg.set_treatment(''community'', ''research'', ''nickname'', ''pseudonym'')',
	'warning', 'community/research', 'free text of category nickname in clear, but not contact, subject_key$');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''nickname'', free_text => true)',
	'SELECT memreg.set_treatment(''community'', ''research'', c, ''clear'') FROM unnest(''{contact,subject_key}''::text[]) c',
	'warning', 'community/research', 'free text');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''nickname'', free_text => true), memreg.withdraw_category(''community'', ''contact'')',
	'SELECT memreg.declare_category(''community'', ''nickname'')', 'warning', 'community/research', 'in clear, but not subject_key$');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''nickname'', free_text => true)', 'SELECT memreg.set_treatment(''community'', ''research'', ''contact'', ''clear'')',
	'warning', 'community/research', 'free text');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''nickname'', free_text => true)', 'UPDATE memreg.purpose SET reach = ''own''',
	'warning', 'community/research', 'free text');
SELECT brings_none('SELECT memreg.declare_category(''community'', ''nickname'', free_text => true)', 'community/billing', 'free text');

-- Findings: generated columns, statistics

SELECT comes_and_goes('ALTER TABLE app.member ADD domain text GENERATED ALWAYS AS (split_part(email, ''@'', 2) || id::text) STORED;
	SECURITY LABEL FOR memreg ON COLUMN app.member.domain IS ''nonpersonal''', 'SECURITY LABEL FOR memreg ON COLUMN app.member.domain IS ''contact''',
	'warning', 'app.member.domain', 'labelled nonpersonal, but computed from email, id$');
SELECT comes_and_goes('ALTER TABLE app.worker ADD initial text GENERATED ALWAYS AS (left(name, 1)) STORED;
	SECURITY LABEL FOR memreg ON COLUMN app.worker.initial IS ''nonpersonal''', 'SECURITY LABEL FOR memreg ON COLUMN app.worker.initial IS ''contact''',
	'warning', 'app.worker.initial', 'computed from name$');
SELECT brings_none('ALTER TABLE app.member ADD double int GENERATED ALWAYS AS (2 * score) STORED; SECURITY LABEL FOR memreg ON COLUMN app.member.double IS ''nonpersonal''',
	'app.member.double', 'computed');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''address'', identifying => true)', 'ALTER TABLE app.member ALTER zip SET STATISTICS 0',
	'notice', 'app.member', 'keeps values .*zip');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''address'', identifying => true); ANALYZE app.member; ALTER TABLE app.member ALTER zip SET STATISTICS 0',
	'DELETE FROM pg_statistic WHERE starelid = ''app.member''::regclass', 'notice', 'app.member', 'keeps values .*zip');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''address'', identifying => true); SECURITY LABEL FOR memreg ON COLUMN app.answer.body IS ''address'';
	ALTER TABLE app.answer ALTER body SET STATISTICS 0; ALTER TABLE app.answer_2024 ALTER body SET STATISTICS 50', 'ALTER TABLE app.answer_2024 ALTER body SET STATISTICS 0',
	'notice', 'app.answer', 'keeps values .*body');
SELECT brings_none('ANALYZE', 'app.member', 'keeps values .*(\mid\M|nickname)');
SELECT ok(found('notice', 'app.member', 'keeps values of identifying columns: email$'), 'but the columns that are declared identifying');
SELECT comes_and_goes('CREATE INDEX by_name ON app.member (score, lower(email))', 'ALTER INDEX app.by_name ALTER 2 SET STATISTICS 0',
	'warning', 'app.by_name', 'pg_stats shows its owner');
SELECT comes_and_goes('CREATE INDEX by_body ON app.answer_2024 (lower(body)); ANALYZE app.answer_2024; ALTER INDEX app.by_body ALTER 1 SET STATISTICS 0', 'DELETE FROM pg_statistic WHERE starelid = ''app.by_body''::regclass',
	'warning', 'app.by_body', 'pg_stats shows its owner');
SELECT brings_none('CREATE INDEX by_score ON app.member ((score + 1)); CREATE INDEX by_email ON app.member (email)', object, 'pg_stats')
  FROM unnest('{app.by_score,app.by_email}'::text[]) object;

-- Keys of JSON objects have categories as columns do.

ALTER TABLE app.member ADD more jsonb;
SELECT comes_and_goes('SECURITY LABEL FOR memreg ON COLUMN app.member.more IS ''nonpersonal {nick: skill}''', 'SELECT memreg.set_treatment(''community'', ''research'', ''skill'', ''clear'')',
	'warning', 'community/skill', 'no purpose has a treatment');
SELECT comes_and_goes('SELECT memreg.declare_category(''community'', ''skill'')', 'SECURITY LABEL FOR memreg ON COLUMN app.member.more IS ''nonpersonal {nick: skill}''',
	'notice', 'community/skill', 'no column');
SELECT comes_and_goes('SECURITY LABEL FOR memreg ON COLUMN app.member.more IS ''nonpersonal {mail: contact}''', 'ALTER TABLE app.member ALTER more SET STATISTICS 0',
	'notice', 'app.member', 'keeps values .*more');
SELECT comes_and_goes('CREATE INDEX by_more ON app.member ((more->>''mail'')); SECURITY LABEL FOR memreg ON COLUMN app.member.more IS ''nonpersonal {mail: contact}''',
	'SECURITY LABEL FOR memreg ON COLUMN app.member.more IS ''nonpersonal {mail: nonpersonal}''', 'warning', 'app.by_more', 'pg_stats');
SELECT brings_none('SECURITY LABEL FOR memreg ON COLUMN app.member.more IS ''nonpersonal {mail: contact}''', 'app.member.more', 'labelled|without');
ALTER TABLE app.member DROP more;

-- The leak that the finding about indexes warns of.
CREATE INDEX by_email ON app.member (lower(email));
ANALYZE app.member;
SELECT is(seen('app_owner', 'research', 'SELECT count(*) FROM pg_stats WHERE tablename = ''member'''), '(0)', 'PostgreSQL hides a protected table''s statistics from its owner');
SELECT is(seen('app_owner', 'research', 'SELECT count(*) FROM pg_stats WHERE tablename = ''by_email'''), '(1)', 'but not those of an index''s expressions');
ALTER INDEX app.by_email ALTER 1 SET STATISTICS 0;
DELETE FROM pg_statistic WHERE starelid = 'app.by_email'::regclass;
ANALYZE app.member;
SELECT is(seen('app_owner', 'research', 'SELECT count(*) FROM pg_stats WHERE tablename = ''by_email'''), '(0)', 'unless the advice is taken');
SELECT * FROM finish();
