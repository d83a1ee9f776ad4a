-- Promise 1, no row without a ground: which rows a role sees and touches, and under which purpose.
\i test/policy/register.sql
SELECT plan(87);

-- The ground is the purpose's.
SELECT is(seen('researcher', 'research', 'SELECT nickname FROM app.member ORDER BY nickname'), '(one) (three) (two)',
	'a purpose that rests on consent sees who consents');
SELECT is(seen('clerk', 'billing', 'SELECT id, email FROM app.member ORDER BY id'),
	'(1,CANARY1@example.com) (2,CANARY2@example.com) (3,CANARY3@example.com) (4,CANARY4@example.com) (5,CANARY5@example.com) (6,)',
	'a purpose that rests on a contract sees everybody');
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.visit'), '(6)', 'rows of another table about the same subjects');
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.answer'), '(6)', 'rows of a partitioned table');
SELECT is(seen('app_owner', 'research', 'SELECT count(*), count(email) FROM app.member'), '(3,0)', 'the owner of the table is no exception');
SELECT is(seen('postgres', '', 'SELECT count(*), count(email) FROM app.member'), '(6,5)', 'a superuser is');

-- No purpose, an unknown one, another's.
SELECT is(seen('researcher', '', 'SELECT FROM app.member'), 'MR301', 'no purpose is set');
SELECT is(seen('researcher', 'sales', 'SELECT FROM app.member'), 'MR020', 'a purpose that does not exist');
SELECT is(seen('researcher', 'Research', 'SELECT FROM app.member'), 'MR020', 'a purpose in capitals');
SELECT is(seen('researcher', ' research', 'SELECT FROM app.member'), 'MR020', 'a purpose with a blank');
SELECT is(seen('researcher', 'billing', 'SELECT FROM app.member'), 'MR302', 'a purpose that the role was not granted');
SELECT is(seen('clerk', 'research', 'SELECT FROM app.member'), 'MR302', 'the same the other way');
SELECT is(seen('stranger', 'research', 'SELECT FROM app.member'), 'MR302', 'a role without any grant');
SELECT is(seen('app_owner', 'billing', 'SELECT FROM app.member'), 'MR302', 'the owner without a grant for the purpose');
SELECT is(seen('researcher', 'research', 'SELECT FROM app.member WHERE false'), '', 'an allowed purpose, and no row');
SELECT is(seen('researcher', '', 'SELECT FROM app.member WHERE false'), 'MR301', 'no purpose, and no row');
SELECT is(seen('stranger', 'research', 'SELECT FROM app.member LIMIT 0'), 'MR302', 'no grant, and no row');
SELECT is(seen('stranger', 'research', 'SELECT 1 WHERE EXISTS (SELECT FROM app.visit)'), 'MR302', 'no grant, in a sublink');
SELECT is(seen('stranger', 'research', 'WITH m AS (SELECT FROM app.member) SELECT 1'), 'MR302', 'no grant, in a CTE that nobody reads');
SELECT is(seen('stranger', 'research', 'EXPLAIN (COSTS off) SELECT FROM app.member'), 'MR302', 'no grant, EXPLAIN');
SELECT is(touched('researcher', '', 'INSERT INTO app.member (nickname) VALUES (''x'')'), 'MR301', 'no purpose, INSERT');
SELECT is(touched('researcher', '', 'UPDATE app.member SET nickname = ''x'''), 'MR301', 'no purpose, UPDATE');
SELECT is(touched('researcher', '', 'DELETE FROM app.member'), 'MR301', 'no purpose, DELETE');
SELECT is(touched('researcher', '', 'MERGE INTO app.visit v USING (SELECT 1 AS i) s ON v.visit_id = s.i WHEN MATCHED THEN DELETE'), 'MR301', 'no purpose, MERGE');
SELECT is(touched('researcher', '', 'CREATE TABLE lab.copy AS TABLE app.member'), 'MR301', 'no purpose, CREATE TABLE AS');
SELECT is(touched('researcher', '', 'CREATE MATERIALIZED VIEW lab.copy AS SELECT nickname FROM app.member'), 'MR301', 'no purpose, CREATE MATERIALIZED VIEW');
SELECT is(touched('researcher', '', 'SELECT nickname INTO lab.copy FROM app.member'), 'MR301', 'no purpose, SELECT INTO');
SELECT is(touched('researcher', '', 'DO $d$ BEGIN PERFORM FROM app.member; END $d$'), 'MR301', 'no purpose, DO');
SELECT is(seen('researcher', '', 'SELECT FROM app.member FOR UPDATE'), 'MR301', 'no purpose, row locks');

-- What is touched is what is seen.
SELECT is(touched('researcher', 'research', 'UPDATE app.member SET score = 0'), '3', 'UPDATE touches who consents');
SELECT is(touched('researcher', 'research', 'UPDATE app.member SET score = 0 WHERE nickname = ''CANARY'''), '0', 'and nobody else');
SELECT is(seen('researcher', 'research', 'DELETE FROM app.member RETURNING nickname, email, note'), '(one,,) (two,,) (three,,)', 'DELETE too');
SELECT is(touched('researcher', 'research', 'DELETE FROM app.member WHERE score = 40'), '0', 'and nobody else');
SELECT is(seen('researcher', 'research', 'SELECT nickname FROM app.member FOR UPDATE'), '(one) (two) (three)', 'row locks too');
SELECT is(seen('researcher', 'research', 'SELECT nickname FROM app.member ORDER BY id FOR KEY SHARE SKIP LOCKED'),
	seen('researcher', 'research', 'SELECT nickname FROM app.member ORDER BY id'), 'weak ones as well');
SELECT is(touched('researcher', 'research', 'UPDATE app.visit SET page = ''x'''), '6', 'UPDATE of another table');
SELECT is(touched('researcher', 'research', 'DELETE FROM app.answer'), '6', 'DELETE from a partitioned one');
SELECT is(touched('researcher', 'research', 'MERGE INTO app.visit v USING generate_series(1, 12) s ON v.visit_id = s WHEN MATCHED THEN UPDATE SET page = ''x'''),
	'6', 'MERGE … UPDATE');
SELECT is(touched('researcher', 'research', 'MERGE INTO app.visit v USING generate_series(1, 12) s ON v.visit_id = s WHEN MATCHED THEN DELETE'), '6', 'MERGE … DELETE');
SELECT is(touched('researcher', 'research', 'MERGE INTO app.visit v USING app.member m ON v.member_id = m.id AND m.nickname = ''CANARY'' WHEN MATCHED THEN DELETE'),
	'0', 'MERGE finds nobody whose consent does not stand');
SELECT is(touched('clerk', 'billing', 'UPDATE app.member SET email = NULL'), '6', 'a contract touches everybody');
SELECT is(touched('researcher', 'research', 'CREATE TABLE lab.copy AS SELECT nickname, email FROM app.member'), '3', 'CREATE TABLE AS copies what is seen');

-- What is written needs the same ground.
SELECT memreg.set_treatment('community', 'research', 'subject_key', 'clear');
SELECT memreg.grant_consent('community', 7::bigint, 'research');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.member (id, nickname) VALUES (7, ''seven'')'), '1', 'INSERT of who consents');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.member (id, nickname) VALUES (8, ''eight'')'), '42501', 'and of who does not');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.member (id) SELECT generate_series(7, 8)'), '42501', 'all or nothing');
SELECT is(touched('researcher', 'research', 'UPDATE app.member SET id = 7 WHERE id = 1'), '23503', 'a row may change its subject to who consents');
SELECT is(touched('researcher', 'research', 'UPDATE app.visit SET member_id = 2 WHERE visit_id = 6'), '1', 'and does where nothing refers to it');
SELECT is(touched('researcher', 'research', 'UPDATE app.visit SET member_id = 5 WHERE visit_id = 6'), '42501', 'but not to who does not');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.visit VALUES (20, 5, ''p'')'), '42501', 'INSERT into another table');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.answer (answered, member_id) VALUES (''2024-01-01'', 5)'), '42501', 'INSERT into a partitioned one');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.answer (answered, member_id) VALUES (''2025-01-01'', 3)'), '1', 'and of who consents');
SELECT is(touched('researcher', 'research', 'UPDATE app.answer SET answered = ''2025-02-02'' WHERE answered < ''2025-01-01'''), '3', 'rows move between partitions');
SELECT is(touched('researcher', 'research', 'MERGE INTO app.member m USING (VALUES (7), (8)) s(i) ON m.id = s.i WHEN NOT MATCHED THEN INSERT (id) VALUES (s.i)'),
	'42501', 'MERGE … INSERT');
SELECT is(touched('researcher', 'research', 'MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN MATCHED THEN UPDATE SET member_id = 5'),
	'42501', 'MERGE … UPDATE of the subject');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.member (id, nickname) VALUES (4, ''x'') ON CONFLICT (id) DO UPDATE SET nickname = ''x'''),
	'42501', 'ON CONFLICT DO UPDATE of a row that is not seen');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.member (id, nickname) VALUES (1, ''x'') ON CONFLICT (id) DO UPDATE SET nickname = ''x'''),
	'1', 'and of one that is');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.visit VALUES (4, 1, ''x'') ON CONFLICT (visit_id) DO UPDATE SET page = ''x'''),
	'42501', 'ON CONFLICT with a row of somebody else');
SELECT is(touched('clerk', 'billing', 'INSERT INTO app.member (id) VALUES (9)'), '1', 'a contract needs no consent');

-- Referential integrity works as ever, and for roles without a purpose.
SELECT is(touched('clerk', 'billing', 'DELETE FROM app.member WHERE id = 1'), '1', 'a cascade');
CREATE TABLE lab.order_line (member_id bigint REFERENCES app.member ON UPDATE CASCADE);
GRANT ALL ON lab.order_line TO researcher;
SELECT is(touched('researcher', '', 'INSERT INTO lab.order_line VALUES (5)'), '1', 'a foreign key to a protected table');
SELECT is(touched('researcher', '', 'INSERT INTO lab.order_line VALUES (99)'), '23503', 'that nobody fulfills');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.visit VALUES (21, 7)'), '23503', 'a foreign key of a protected table');
INSERT INTO lab.order_line VALUES (2);
SELECT is(touched('clerk', 'billing', 'UPDATE app.member SET id = 22 WHERE id = 2'), '23503', 'one without cascade');
DELETE FROM app.visit WHERE member_id = 2;
SELECT is(touched('clerk', 'billing', 'UPDATE app.member SET id = 22 WHERE id = 2'), '1', 'one with cascade');

-- Rows that name nobody have no ground that a consent could give.
ALTER TABLE app.visit ALTER member_id DROP NOT NULL;
INSERT INTO app.visit VALUES (30, NULL, 'CANARY');
SELECT is(seen('researcher', 'research', 'SELECT FROM app.visit WHERE visit_id = 30'), '', 'a row without subject is not seen for a consent');
SELECT is(seen('clerk', 'billing', 'SELECT visit_id FROM app.visit WHERE visit_id = 30'), '', 'nor for a contract');
SELECT is(touched('clerk', 'billing', 'INSERT INTO app.visit (visit_id, page) VALUES (31, ''x'')'), '42501', 'and none is written');
UPDATE memreg.purpose SET anonymous_data = true WHERE purpose = 'billing';
SELECT is(seen('clerk', 'billing', 'SELECT visit_id FROM app.visit WHERE visit_id = 30'), '(30)', 'but for a purpose that is marked for it');
SELECT is(touched('clerk', 'billing', 'INSERT INTO app.visit (visit_id, page) VALUES (31, ''x'')'), '1', 'which also writes such');
DELETE FROM app.visit WHERE visit_id = 30;

-- Roles that privileges make strong are bound all the same; grants go to roles as privileges do.
CREATE ROLE auditor IN ROLE pg_read_all_data, pg_write_all_data, pg_monitor;
SELECT is(seen('auditor', 'research', 'SELECT FROM app.member'), 'MR302', 'pg_read_all_data gives no access');
SELECT is(touched('auditor', 'research', 'DELETE FROM app.member'), 'MR302', 'nor does pg_write_all_data');
SELECT is(seen('auditor', '', 'SELECT FROM app.member'), 'MR301', 'nor any purpose');
SELECT memreg.grant_access('auditor', 'community', 'research');
SELECT is(seen('auditor', 'research', 'SELECT count(*), count(email) FROM app.member'), '(3,0)', 'with a grant it sees what the purpose sees');
CREATE ROLE assistant IN ROLE researcher;
CREATE ROLE trainee IN ROLE assistant;
CREATE ROLE distant NOINHERIT IN ROLE researcher;
GRANT ALL ON app.member TO assistant, trainee, distant;
GRANT USAGE ON SCHEMA app TO PUBLIC;
SELECT is(seen('assistant', 'research', 'SELECT count(*) FROM app.member'), '(3)', 'a member of a role has its grants');
SELECT is(seen('trainee', 'research', 'SELECT count(*) FROM app.member'), '(3)', 'at any distance');
SELECT is(seen('distant', 'research', 'SELECT FROM app.member'), 'MR302', 'unless it inherits nothing');
SELECT memreg.grant_access('stranger', 'community', 'research', until => clock_timestamp() + '1 hour');
SELECT is(seen('stranger', 'research', 'SELECT count(*) FROM app.member'), '(3)', 'a grant with an end');
UPDATE memreg.access_grant SET until = clock_timestamp() WHERE role = 'stranger';
SELECT is(seen('stranger', 'research', 'SELECT FROM app.member'), 'MR302', 'ends there');
UPDATE memreg.access_grant SET until = '-infinity' WHERE role = 'stranger';
SELECT is(seen('stranger', 'research', 'SELECT FROM app.member'), 'MR302', 'or has never begun');
UPDATE memreg.access_grant SET until = 'infinity' WHERE role = 'stranger';
SELECT is(seen('stranger', 'research', 'SELECT count(*) FROM app.member'), '(3)', 'or never ends');
DELETE FROM memreg.access_grant WHERE role = 'stranger';
ALTER ROLE assistant RENAME TO helper;
SELECT is(seen('helper', 'research', 'SELECT count(*) FROM app.member'), '(3)', 'a member may take another name');

-- Expiry, and acts of the same transaction.
SELECT memreg.grant_consent('community', 5::bigint, 'research', expires_at => clock_timestamp() + '1 hour');
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member'), '(4)', 'a consent given in the same transaction counts at once');
UPDATE memreg.consent_state SET expires_at = clock_timestamp() WHERE subject = '5';
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member'), '(3)', 'and lapses by itself');
BEGIN;
SELECT memreg.withdraw_consent('community', 1::bigint, 'research');
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member'), '(2)', 'a withdrawal counts in its own transaction');
SAVEPOINT before;
SELECT memreg.withdraw_consent('community', 2::bigint, 'research');
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member'), '(1)', 'and in a savepoint');
ROLLBACK TO before;
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member'), '(2)', 'until it is taken back');
ROLLBACK;
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member'), '(3)', 'as if it had not been');
SELECT * FROM finish();
