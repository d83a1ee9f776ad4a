-- Rows that name nobody any more when a term has passed; nothing leads back from them.
CREATE EXTENSION memreg;
SELECT plan(42);
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
CREATE SCHEMA app;
DO $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.create_register('devices', 'Device register', 'Example City', subject_type => 'uuid');
	PERFORM memreg.create_register('clients', 'Client register', 'Example City', subject_type => 'text');
	PERFORM memreg.create_purpose('members', 'archive', 'public_task', anonymous_data => true);
	PERFORM memreg.create_purpose('members', 'research', 'consent');
	PERFORM memreg.create_purpose(r, 'archive', 'public_task') FROM unnest('{devices,clients}'::text[]) r;
	PERFORM memreg.set_treatment(r, 'archive', 'birth', 'generalize(decade)') FROM unnest('{members,devices,clients}'::text[]) r;
	PERFORM memreg.set_treatment('members', 'archive', 'opinion', 'clear');
END $$;
CREATE FUNCTION app.last() RETURNS text LANGUAGE sql AS $$
	SELECT format('%s %s %s of %s', action, outcome, rows_removed, rows_due) FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1
$$;
-- How many times anything of a person is found in a table or in what memreg keeps of anonymous rows.
CREATE FUNCTION app.found(relation regclass, words text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT to_jsonb(t)::text AS all_of_it FROM %s t UNION ALL SELECT to_jsonb(a)::text FROM memreg.anonymous_subject a) r
		WHERE EXISTS (SELECT FROM unnest($1) w WHERE r.all_of_it ~* (''(^|[^0-9a-z])'' || w || ''([^0-9a-z]|$)''))', relation) INTO n USING words;
	RETURN n;
END
$$;

-- A subject column that can be NULL.
CREATE TABLE app.answer (answer_id int PRIMARY KEY, member_id bigint, email text, born date, body text, unlabelled text, length int GENERATED ALWAYS AS (length(email)) STORED, at timestamptz NOT NULL);
INSERT INTO app.answer (answer_id, member_id, email, born, body, unlabelled, at)
SELECT n, 70000000 + n / 2, 'canary' || n, '1984-05-17', 'agree', 'canary', CASE WHEN n <= 6 THEN '2000-01-01' ELSE now() END FROM generate_series(1, 10) n;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.answer', 'member_id'); END $$;
SECURITY LABEL FOR memreg ON COLUMN app.answer.answer_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.answer.at IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.answer.email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.answer.born IS 'birth';
SECURITY LABEL FOR memreg ON COLUMN app.answer.body IS 'opinion';
DO $$
BEGIN
	PERFORM memreg.add_retention('members', 'app.answer', '1 year', 'at', 'anonymize(archive)');
	PERFORM memreg.hold('members', 70000003::bigint, 'a claim');
END $$;
SELECT results_eq('SELECT action, rows_due, kept_for_subject FROM memreg.retention_due', $$VALUES ('anonymize(archive)', 5::bigint, 1::bigint)$$, 'due, but for whom somebody holds');
CALL memreg.run_retention();
SELECT is(app.last(), 'anonymize done 5 of 5', 'the history counts the rows');
SELECT results_eq('SELECT * FROM app.answer WHERE answer_id <= 6 ORDER BY 1', $$SELECT n, CASE WHEN n = 6 THEN 70000003 END::bigint, CASE WHEN n = 6 THEN 'canary6' END, CASE WHEN n = 6 THEN '1984-05-17' ELSE '1980-01-01' END::date,
	'agree', CASE WHEN n = 6 THEN 'canary' END, CASE WHEN n = 6 THEN 7 END, '2000-01-01'::timestamptz FROM generate_series(1, 5) n UNION ALL SELECT 6, 70000003, 'canary6', '1984-05-17', 'agree', 'canary', 7, '2000-01-01' ORDER BY 1$$,
	'each column is what the purpose sees; what nobody labelled is gone');
SELECT is((SELECT count(*) FROM app.answer WHERE answer_id > 6 AND email IS NOT NULL AND member_id IS NOT NULL), 4::bigint, 'other rows are as they were');
SELECT is((SELECT count(*) FROM memreg.anonymous_subject), 0::bigint, 'without one-time keys');
SELECT is((SELECT rows_due FROM memreg.retention_due), 0::bigint, 'and not due again');
DO $$ BEGIN PERFORM memreg.release_hold('members', 70000003::bigint); END $$;
CALL memreg.run_retention();
SELECT is(app.last(), 'anonymize done 1 of 1', 'released, it goes too');

-- Who sees such rows.
DO $$ BEGIN
	PERFORM memreg.protect('app.answer');
	PERFORM memreg.set_treatment('members', p, 'nonpersonal', 'clear') FROM unnest('{archive,research}'::text[]) p;
	PERFORM memreg.grant_consent('members', 70000004::bigint, 'research');
END $$;
CREATE ROLE anonymize_reader;
GRANT USAGE ON SCHEMA app TO anonymize_reader;
GRANT SELECT ON app.answer TO anonymize_reader;
DO $$ BEGIN PERFORM memreg.grant_access('anonymize_reader', 'members', p) FROM unnest('{archive,research}'::text[]) p; END $$;
SET ROLE anonymize_reader;
SET memreg.purpose = 'archive';
CREATE TEMPORARY TABLE seen AS SELECT count(*) AS n FROM app.answer;
SET memreg.purpose = 'research';
INSERT INTO seen SELECT count(*) FROM app.answer;
RESET ROLE;
SELECT results_eq('SELECT n FROM seen', 'VALUES (10::bigint), (2)', 'a purpose for anonymous data does, one that rests on consent does not');

-- One that cannot: keys of each type, unique where the rows of different people were.
CREATE TABLE app.member (id bigint PRIMARY KEY, email text, born date, at timestamptz);
CREATE TABLE app.visit (id bigint NOT NULL, n int, at timestamptz);
CREATE TABLE app.device (id uuid PRIMARY KEY, email text, born date, at timestamptz);
CREATE TABLE app.client (id text PRIMARY KEY, email text, born date, at timestamptz);
INSERT INTO app.member SELECT 70000000 + n, 'canary', '1984-05-17', '2000-01-01' FROM generate_series(1, 2000) n;
INSERT INTO app.visit SELECT 70000000 + n, i, '2000-01-01' FROM generate_series(1, 2000) n, generate_series(1, 3) i;
INSERT INTO app.device SELECT ('70000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'canary', '1984-05-17', '2000-01-01' FROM generate_series(1, 50) n;
INSERT INTO app.client SELECT 'anonymous-canary' || n, 'canary', '1984-05-17', '2000-01-01' FROM generate_series(1, 50) n;
CREATE TEMPORARY TABLE was AS SELECT id::text FROM app.member UNION ALL SELECT id::text FROM app.device UNION ALL SELECT id FROM app.client;
DO $$ BEGIN
	PERFORM memreg.add_table('members', 'app.member', 'id', root => true), memreg.add_table('members', 'app.visit', 'id');
	PERFORM memreg.add_table('devices', 'app.device', 'id'), memreg.add_table('clients', 'app.client', 'id');
END $$;
SECURITY LABEL FOR memreg ON COLUMN app.member.born IS 'birth';
SECURITY LABEL FOR memreg ON COLUMN app.device.born IS 'birth';
SECURITY LABEL FOR memreg ON COLUMN app.client.born IS 'birth';
SECURITY LABEL FOR memreg ON COLUMN app.member.at IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.visit.at IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.visit.n IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.device.at IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.client.at IS 'nonpersonal';
DO $$ BEGIN PERFORM memreg.add_retention(r, t, '1 year', 'at', 'anonymize(archive)') FROM (VALUES ('members', 'app.member'::regclass), ('members', 'app.visit'), ('devices', 'app.device'), ('clients', 'app.client')) x(r, t); END $$;
CREATE TEMPORARY TABLE pseudonyms AS SELECT memreg.pseudonym_bigint(s.scope, w.id::bigint)::text AS p FROM memreg.scope s, was w WHERE w.id ~ '^[0-9]+$';
CALL memreg.run_retention();
SELECT results_eq('SELECT relation, outcome, rows_due, rows_removed FROM memreg.retention_run ORDER BY run_id DESC LIMIT 4', $$VALUES ('app.client', 'done', 50::bigint, 50::bigint), ('app.device', 'done', 50, 50),
	('app.visit', 'done', 6000, 6000), ('app.member', 'done', 2000, 2000)$$, 'rows with keys');
SELECT results_eq('SELECT count(DISTINCT id), max(id) < 0, count(email), min(born), max(born) FROM app.member', $$VALUES (2000::bigint, true, 0::bigint, '1980-01-01'::date, '1980-01-01'::date)$$, 'bigint: negative, one for each subject');
SELECT results_eq('SELECT count(DISTINCT id), count(*), min(n), max(n) FROM app.visit', 'VALUES (2000::bigint, 6000::bigint, 1, 3)', 'what a person has left stays together');
SELECT set_eq('SELECT id, count(*) FROM app.visit GROUP BY id', 'SELECT id, 3::bigint FROM app.member', 'in all tables of the register');
SELECT results_eq($$SELECT count(DISTINCT id), bool_and(id::text ~ '^.{14}4.{4}[89ab]') FROM app.device$$, 'VALUES (50::bigint, true)', 'uuid: of version 4');
SELECT results_eq($$SELECT count(DISTINCT id), bool_and(id ~ '^anonymous-[0-9a-f]{32}$') FROM app.client$$, 'VALUES (50::bigint, true)', 'text: says so');
SELECT is((SELECT count(*) FROM memreg.anonymous_subject), 4100::bigint, 'they are known, for each table');
SELECT is((SELECT sum(rows_due) FROM memreg.retention_due), 0::numeric, 'so they are not due again');
SELECT is(app.found(t, ARRAY['canary\w*', '7000[0-9]{4}']), 0::bigint, 'nothing of a person is left in ' || t) FROM unnest('{app.member,app.visit,app.device,app.client}'::regclass[]) t;
SELECT is((SELECT count(*) FROM pseudonyms WHERE p IN (SELECT id::text FROM app.member)), 0::bigint, 'nor what any scope computes');
SELECT results_eq('SELECT count(*), count(rows_digest) FROM memreg.retention_record', 'VALUES (6::bigint, 0::bigint)', 'nor does a record tell by trying');
SELECT is_empty('SELECT FROM memreg.unproven_rule', 'which is as it should be');
UPDATE app.member SET email = 'canary again', at = '2000-01-01' WHERE id = (SELECT min(id) FROM app.member);
SELECT is((SELECT sum(rows_due) FROM memreg.retention_due), 0::numeric, 'a key that is nobody''s stays nobody''s');

-- Later rows of a subject do not join those of before.
CREATE TEMPORARY TABLE first_keys AS SELECT DISTINCT id FROM app.visit;
INSERT INTO app.visit VALUES (70000001, 9, '2000-01-01'), (70000001, 10, '2000-01-01'), (70000002, 9, '2000-01-01');
CALL memreg.run_retention();
SELECT is(app.last(), 'anonymize done 3 of 3', 'rows that come later');
SELECT results_eq('SELECT count(DISTINCT id), count(*) FROM app.visit WHERE n >= 9 AND id NOT IN (SELECT id FROM first_keys)', 'VALUES (2::bigint, 3::bigint)', 'have keys of their own');

-- Negative keys of the application's are keys like others, until they are known.
INSERT INTO app.visit VALUES (-5, 11, '2000-01-01'), (-5, 12, now());
CALL memreg.run_retention();
SELECT results_eq('SELECT id = -5 FROM app.visit WHERE n IN (11, 12) ORDER BY n', 'VALUES (false), (true)', 'a negative key is not anonymous by itself');

-- Foreign keys that refer to the key.
CREATE TABLE app.child (member bigint REFERENCES app.member ON UPDATE CASCADE, word text);
INSERT INTO app.member VALUES (71, 'canary', '1984-05-17', '2000-01-01'), (72, 'canary', '1984-05-17', '2000-01-01');
INSERT INTO app.child VALUES (71, 'a word');
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_removed FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('done', 2::bigint)$$, 'ON UPDATE CASCADE');
SELECT is((SELECT count(*) FROM app.child JOIN app.member ON id = member WHERE id < 0), 1::bigint, 'takes the key along');
ALTER TABLE app.child DROP CONSTRAINT child_member_fkey, ADD CONSTRAINT held_fast FOREIGN KEY (member) REFERENCES app.member;
INSERT INTO app.member VALUES (73, 'canary', '1984-05-17', '2000-01-01');
INSERT INTO app.child VALUES (73, 'a word');
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_removed, error_sqlstate, error_message FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('failed', 0::bigint, '23503', 'constraint held_fast of table app.child does not allow it')$$, 'others fail with the constraint''s name');
SELECT is((SELECT count(*) FROM memreg.anonymous_subject a WHERE a.relation = 'app.member'::regclass), 2002::bigint, 'and leave no key');
DROP TABLE app.child;

-- Partitioned by the key: rows move.
CREATE TABLE app.bill (id bigint NOT NULL, sum int, at timestamptz) PARTITION BY HASH (id);
CREATE TABLE app.bill_0 PARTITION OF app.bill FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.bill_1 PARTITION OF app.bill FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO app.bill SELECT 70000000 + n, n, '2000-01-01' FROM generate_series(1, 900) n;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.bill', 'id'); END $$;
SECURITY LABEL FOR memreg ON COLUMN app.bill.at IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.bill.sum IS 'nonpersonal';
DO $$ BEGIN PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule; PERFORM memreg.add_retention('members', 'app.bill', '1 year', 'at', 'anonymize(archive)'); END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_due, rows_removed FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('done', 900::bigint, 900::bigint)$$, 'a table that is partitioned by the key');
SELECT results_eq('SELECT count(*), count(DISTINCT id), max(id) < 0 FROM app.bill', 'VALUES (900::bigint, 900::bigint, true)', 'each row once');

-- What is not anonymous, found at the time of the run.
INSERT INTO app.bill VALUES (1, 1, '2000-01-01');
DO $$ BEGIN PERFORM memreg.set_treatment('members', 'archive', 'amount', 'pseudonym'); END $$;
SECURITY LABEL FOR memreg ON COLUMN app.bill.sum IS 'amount';
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, error_sqlstate, error_message FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('failed', 'MR431', 'column sum of table bill_0 would not be anonymous')$$, 'a treatment that became a pseudonym');
DO $$ BEGIN PERFORM memreg.set_treatment('members', 'archive', 'amount', 'clear'), memreg.declare_category('members', 'amount', identifying => true); END $$;
CALL memreg.run_retention();
SELECT is((SELECT error_sqlstate FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1), 'MR432', 'a category that identifies');
SELECT is((SELECT id FROM app.bill WHERE sum = 1 AND id = 1), 1::bigint, 'leave the row as it is');

-- With the registration the keys are forgotten; and a partial index serves.
DO $$ BEGIN PERFORM memreg.remove_table('app.bill'); END $$;
SELECT is((SELECT count(*) FROM memreg.anonymous_subject WHERE relation = 'app.bill'::regclass), 0::bigint, 'keys go with the registration of their table');
CREATE TABLE app.trip (id bigint, at timestamptz NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO app.trip SELECT n, '2000-01-01' FROM generate_series(1, 20000) n;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.trip', 'id'); END $$;
SECURITY LABEL FOR memreg ON COLUMN app.trip.at IS 'nonpersonal';
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.trip', '1 year', 'at', 'anonymize(archive)'); END $$;
SELECT is((SELECT advice FROM memreg.check() WHERE object = 'app.trip' AND finding LIKE 'retention rule%'), 'CREATE INDEX ON app.trip (at) WHERE id IS NOT NULL', 'the check names the index');
CREATE INDEX ON app.trip (at) WHERE id IS NOT NULL;
SELECT is_empty($$SELECT FROM memreg.check() WHERE object = 'app.trip' AND finding LIKE 'retention rule%'$$, 'and is content with it');
CALL memreg.run_retention();
SELECT is((SELECT count(id) FROM app.trip), 0::bigint, 'the rows name nobody');
VACUUM app.trip;
DO $$ BEGIN PERFORM pg_stat_force_next_flush(); END $$;
BEGIN;
SELECT is((SELECT rows_due FROM memreg.retention_due), 0::bigint, 'nothing is due');
SELECT cmp_ok((SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = 'app.trip'::regclass), '<', 100::numeric, 'by a probe');
COMMIT;
SELECT * FROM finish();
DROP SCHEMA app CASCADE;
DROP OWNED BY anonymize_reader;
DROP ROLE anonymize_reader;
