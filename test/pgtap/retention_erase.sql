-- Rules that erase subjects: from all tables of the register, once the longest ground of all has passed.
CREATE EXTENSION memreg;
SELECT plan(28);
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
CREATE SCHEMA app;
CREATE TABLE app.member (id bigint PRIMARY KEY, joined timestamptz, friend bigint REFERENCES app.member);
CREATE TABLE app.visit (nr int NOT NULL, member bigint NOT NULL REFERENCES app.member, at date, PRIMARY KEY (nr, at)) PARTITION BY RANGE (at);
CREATE TABLE app.visit_old PARTITION OF app.visit FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE app.visit_new PARTITION OF app.visit FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
CREATE TABLE app.remark (visit int, visit_at date, author bigint, at timestamptz, FOREIGN KEY (visit, visit_at) REFERENCES app.visit);
CREATE TABLE app.invoice (nr int PRIMARY KEY, member bigint, billed timestamptz);
CREATE INDEX ON app.visit (member);
CREATE FUNCTION app.rows_of(person bigint) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s member, %s visits, %s remarks, %s invoices', (SELECT count(*) FROM app.member WHERE id = person),
				  (SELECT count(*) FROM app.visit WHERE member = person), (SELECT count(*) FROM app.remark WHERE author = person),
				  (SELECT count(*) FROM app.invoice WHERE member = person))
$$;
DO $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City'), memreg.create_purpose('members', 'research', 'consent');
	PERFORM memreg.add_table('members', 'app.member', 'id', root => true), memreg.add_table('members', 'app.visit', 'member'),
			memreg.add_table('members', 'app.remark', 'author'), memreg.add_table('members', 'app.invoice', 'member');
END $$;
INSERT INTO app.member SELECT n, '2000-01-01' FROM generate_series(1, 8) n;
INSERT INTO app.visit SELECT n, n % 8 + 1, CASE n % 2 WHEN 0 THEN '2001-01-01' ELSE '2021-01-01' END::date FROM generate_series(0, 15) n;
INSERT INTO app.remark SELECT nr, at, member, now() FROM app.visit;
INSERT INTO app.invoice SELECT n, n, '2001-01-01' FROM generate_series(1, 7) n;
UPDATE app.member SET joined = now() WHERE id = 1;
UPDATE app.invoice SET billed = now() WHERE member = 2;
UPDATE app.invoice SET billed = NULL WHERE member = 3;

SELECT results_eq('SELECT relation FROM memreg.removal_order(''members'') relation', $$VALUES ('app.remark'::regclass), ('app.visit'), ('app.invoice'), ('app.member')$$,
				  'referring tables before those they refer to, the root last');
SELECT throws_ok($$SELECT memreg.add_retention('members', 'app.visit', '1 year', 'at', action => 'erase_subject')$$, 'MR417', NULL, 'subjects are erased by a rule of a root table');
SELECT throws_ok($$SELECT memreg.add_retention('members', 'app.member', '1 year', 'joined', action => 'erase_subject', category => 'contact')$$, 'MR416', NULL, 'and whole');
DO $$
BEGIN
	PERFORM memreg.add_retention('members', 'app.member', '5 years', 'joined', action => 'erase_subject');
	PERFORM memreg.add_retention('members', 'app.invoice', '6 years', 'billed');
	PERFORM memreg.hold('members', 4::bigint, 'a claim'), memreg.restrict_subject('members', 5::bigint, 'Art. 18(1)(a)');
	PERFORM memreg.note_leaving('members', 6::bigint, '2001-01-01'), memreg.note_leaving('members', 7::bigint, '2001-01-01'), memreg.note_leaving('members', 5::bigint, '2001-01-01');
END $$;
DELETE FROM memreg.subject_event WHERE subject = '7';
SELECT results_eq($$SELECT rows_due, rows_total, kept_longer, kept_for_subject FROM memreg.retention_due WHERE action = 'erase_subject'$$, 'VALUES (3::bigint, 8::bigint, 2::bigint, 2::bigint)',
				  'due are those whom nothing keeps in any table');
SELECT matches((SELECT reason FROM memreg.retention_due WHERE action = 'erase_subject'),
			   '^5 years from column joined; 2 rows are kept longer by rule \d+ \(6 years from column billed\); 2 rows are kept', 'and it is said what keeps the others');
CALL memreg.run_retention();
SELECT is(app.rows_of(n), CASE WHEN n IN (6, 7, 8) THEN '0 member, 0 visits, 0 remarks, 0 invoices'
							   WHEN n IN (4, 5) THEN '1 member, 2 visits, 2 remarks, 1 invoices'
							   WHEN n = 1 THEN '1 member, 2 visits, 2 remarks, 0 invoices'
							   ELSE '1 member, 2 visits, 2 remarks, 1 invoices' END, format('member %s', n)) FROM generate_series(1, 8) n;
SELECT results_eq($$SELECT action, outcome, rows_removed FROM memreg.retention_run WHERE action = 'erase_subject'$$, $$VALUES ('erase_subject', 'done', 3::bigint)$$, 'the history counts subjects');
SELECT is((SELECT string_agg(subject, ',') FROM memreg.leaving), '5', 'events go with their subjects');
SELECT is((SELECT count(*) FROM memreg.check() WHERE finding LIKE '%reads the whole table%' AND object = 'app.remark'), 1::bigint, 'tables that are read whole are found');

-- Its secret
CREATE FUNCTION app.key() RETURNS text LANGUAGE sql AS $$ SELECT memreg.subject_pseudonym('members/research', 'members', 3::bigint)::text $$;
SELECT ok(app.key() = app.key(), 'a subject has a secret') WHERE memreg.master_key_present();
SELECT ok(true, 'a subject has a secret') WHERE NOT memreg.master_key_present();
UPDATE app.invoice SET billed = '2001-01-01' WHERE member = 3;
CALL memreg.run_retention();
SELECT is(app.rows_of(3), '0 member, 0 visits, 0 remarks, 0 invoices', 'once its last ground has passed it goes');
SELECT is_empty($$SELECT FROM memreg.subject_secret WHERE subject = '3'$$, 'and so does its secret');

-- Somebody refers to it
UPDATE app.member SET friend = 2 WHERE id = 1;
UPDATE app.invoice SET billed = '2001-01-01';
CALL memreg.run_retention();
SELECT is(app.rows_of(2), '1 member, 2 visits, 2 remarks, 0 invoices', 'nothing of it goes if something cannot, but by rules of its own');
SELECT is((SELECT error_message FROM memreg.retention_run WHERE outcome = 'failed' ORDER BY run_id DESC LIMIT 1), 'constraint member_friend_fkey of table app.member does not allow it', 'and the history names what');
UPDATE app.member SET friend = NULL;
CREATE TABLE app.unregistered (member bigint REFERENCES app.member);
INSERT INTO app.unregistered VALUES (2);
CALL memreg.run_retention();
SELECT is((SELECT error_message FROM memreg.retention_run WHERE outcome = 'failed' ORDER BY run_id DESC LIMIT 1), 'constraint unregistered_member_fkey of table app.unregistered does not allow it',
		  'a table that is not registered is named');
DROP TABLE app.unregistered;

-- A table that came to the register while a run was at work is the next run's; a trigger that keeps a row is an error.
CREATE FUNCTION app.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE DELETE ON app.remark FOR EACH ROW EXECUTE FUNCTION app.keep();
CALL memreg.run_retention();
SELECT is(app.rows_of(2), '1 member, 2 visits, 2 remarks, 0 invoices', 'a trigger of another table keeps the whole subject');
SELECT is((SELECT error_sqlstate FROM memreg.retention_run WHERE action = 'erase_subject' ORDER BY run_id DESC LIMIT 1), 'MR414', 'and is an error');
DROP TRIGGER keep ON app.remark;
CREATE TABLE app.letter (id int, member bigint);
INSERT INTO app.letter VALUES (1, 2), (2, 1), (3, NULL);
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.letter', 'member'); END $$;
CALL memreg.run_retention();
SELECT is(app.rows_of(2), '0 member, 0 visits, 0 remarks, 0 invoices', 'without it the subject goes');
SELECT results_eq('SELECT id FROM app.letter', 'VALUES (2), (3)', 'from the table that was added since, too');

-- A row that names nobody is nobody to erase.
CREATE TABLE app.guest (id bigint UNIQUE, at date);
INSERT INTO app.guest VALUES (NULL, '2001-01-01'), (1, '2001-01-01');
DO $$
BEGIN
	PERFORM memreg.create_register('guests', 'Guests', 'Example City'), memreg.add_table('guests', 'app.guest', 'id', root => true);
	PERFORM memreg.add_retention('guests', 'app.guest', '1 year', 'at', action => 'erase_subject');
END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT count(*), count(id) FROM app.guest', 'VALUES (1::bigint, 0::bigint)', 'a row that names nobody stays');
SELECT results_eq('SELECT rows_due, rows_total FROM memreg.retention_due WHERE relation = ''app.guest''::regclass', 'VALUES (0::bigint, 1::bigint)', 'and is not due');
SELECT * FROM finish();
