-- What is noted of a subject's activity is never earlier than the activity and less than an interval later, costs one
-- write an interval, and is taken back with the transaction that noted it.
CREATE EXTENSION memreg;
SELECT plan(69);
SET TimeZone = 'Europe/Helsinki';
SET client_min_messages = warning;
CREATE SCHEMA app;
CREATE TABLE app.visit (visit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, member bigint, page text);
INSERT INTO app.visit (member) VALUES (1), (2), (2), (NULL);
DO $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.add_table('members', 'app.visit', 'member');
	PERFORM memreg.track_activity('app.visit');
END $$;

-- Who is noted, and how much later than now; what a subject's row was written by.
CREATE VIEW app.noted AS SELECT string_agg(subject, ' ' ORDER BY subject) AS noted FROM memreg.last_activity;
CREATE FUNCTION app.noted(subject text) RETURNS timestamptz LANGUAGE sql AS
	$$SELECT l.not_after FROM memreg.last_activity l WHERE l.subject = noted.subject$$;
CREATE FUNCTION app.ahead(subject text) RETURNS interval LANGUAGE sql AS
	$$SELECT date_trunc('hour', app.noted(subject) - now() + interval '30 minutes')$$;
CREATE FUNCTION app.written(subject text) RETURNS xid LANGUAGE sql AS
	$$SELECT e.xmin FROM memreg.subject_event e WHERE e.event = 'activity' AND e.subject = written.subject$$;
-- As if nobody had been active for long.
CREATE PROCEDURE app.age() LANGUAGE sql AS
	$$UPDATE memreg.subject_event SET at = now() - interval '1 year' WHERE event = 'activity'$$;
CREATE FUNCTION app.fresh() RETURNS text LANGUAGE sql AS
	$$SELECT string_agg(subject, ' ' ORDER BY subject) FROM memreg.last_activity WHERE not_after > now()$$;

SELECT is(noted, '1 2', 'who is in the table when its tracking begins is noted, and nobody for NULL') FROM app.noted;
SELECT is(app.ahead('2'), '24:00', 'for a day from then');
INSERT INTO app.visit (member) VALUES (3), (NULL);
SELECT is(noted, '1 2 3', 'a row that is inserted notes its subject') FROM app.noted;
SELECT is(app.ahead('3'), '24:00', 'for a day');
SELECT cmp_ok(app.noted('3'), '>=', statement_timestamp() - interval '1 minute' + interval '1 day', 'from its time on');

-- One write an interval
SELECT app.written('3') AS before, app.noted('3') AS until \gset
INSERT INTO app.visit (member) VALUES (3), (3);
UPDATE app.visit SET page = 'start' WHERE member = 3;
SELECT is(app.written('3'), :'before', 'what follows within the interval writes nothing');
SELECT is(app.noted('3'), :'until', 'and moves nothing');
UPDATE memreg.subject_event SET at = at - interval '1 second' WHERE subject = '1';
INSERT INTO app.visit (member) VALUES (3);
SELECT is(app.written('3'), :'before', 'nor where a session does not know it yet');
UPDATE memreg.subject_event SET at = now() + interval '1 hour' WHERE subject = '3';
INSERT INTO app.visit (member) VALUES (3);
SELECT is(app.ahead('3'), '1:00', 'up to the end of the interval');
UPDATE memreg.subject_event SET at = now() - interval '1 second' WHERE subject = '3';
INSERT INTO app.visit (member) VALUES (3);
SELECT is(app.ahead('3'), '24:00', 'what follows after it is noted, though this session had noted the subject');
DELETE FROM memreg.subject_event WHERE subject = '3';
INSERT INTO app.visit (member) VALUES (3);
SELECT is(app.ahead('3'), '24:00', 'as when the note was deleted');
TRUNCATE memreg.subject_event;
INSERT INTO app.visit (member) VALUES (3);
SELECT is(app.ahead('3'), '24:00', 'or all were');
UPDATE memreg.subject_event SET subject = '4' WHERE subject = '3';
INSERT INTO app.visit (member) VALUES (3);
SELECT is(noted, '3 4', 'or it was given to somebody else') FROM app.noted;

-- Each way of writing
CALL app.age();
COPY app.visit (member) FROM stdin;
11
12
11
\.
WITH w AS (INSERT INTO app.visit (member) VALUES (13) RETURNING member) SELECT FROM w;
DO $$ BEGIN INSERT INTO app.visit (member) VALUES (14); END $$;
INSERT INTO app.visit OVERRIDING SYSTEM VALUE VALUES (1, 15) ON CONFLICT DO NOTHING;
INSERT INTO app.visit OVERRIDING SYSTEM VALUE VALUES (1, 16) ON CONFLICT (visit_id) DO UPDATE SET member = 17;
UPDATE app.visit SET member = 18 WHERE visit_id = 1;
MERGE INTO app.visit v USING (VALUES (19)) n (member) ON v.member = n.member WHEN NOT MATCHED THEN INSERT (member) VALUES (n.member);
SELECT is(app.fresh(), '11 12 13 14 17 18 19', 'each statement that writes a row notes its subject, and no other');
UPDATE app.visit SET member = NULL WHERE member = 19;
DELETE FROM app.visit WHERE member = 12;
SELECT is(app.fresh(), '11 12 13 14 17 18 19', 'rows that name nobody any more, or go, note nothing');
CALL app.age();
SET session_replication_role = replica;
INSERT INTO app.visit (member) VALUES (20);
RESET session_replication_role;
SELECT is(app.fresh(), '20', 'what a subscription applies is noted as well');

-- What is rolled back
CALL app.age();
BEGIN;
INSERT INTO app.visit (member) VALUES (1);
ROLLBACK;
SELECT is(app.fresh(), NULL, 'a transaction that is rolled back notes nothing');
BEGIN;
SAVEPOINT a;
INSERT INTO app.visit (member) VALUES (21);
ROLLBACK TO a;
INSERT INTO app.visit (member) VALUES (22);
SAVEPOINT b;
SAVEPOINT c;
INSERT INTO app.visit (member) VALUES (23);
RELEASE c;
ROLLBACK TO b;
SAVEPOINT d;
INSERT INTO app.visit (member) VALUES (24);
SAVEPOINT e;
INSERT INTO app.visit (member) VALUES (25);
RELEASE d;
COMMIT;
SELECT is(app.fresh(), '22 24 25', 'nor does what is rolled back to a savepoint');
INSERT INTO app.visit (member) VALUES (1), (21), (23);
SELECT is(app.fresh(), '1 21 22 23 24 25', 'which is noted when it happens after all');
CALL app.age();
DO $$
BEGIN
	FOR n IN 31..36 LOOP
		BEGIN
			INSERT INTO app.visit (member) VALUES (n);
			IF n % 2 = 0 THEN
				RAISE division_by_zero;
			END IF;
		EXCEPTION WHEN division_by_zero THEN
		END;
	END LOOP;
END $$;
SELECT is(app.fresh(), '31 33 35', 'likewise in blocks with exceptions');
CALL app.age();
CREATE PROCEDURE app.work() LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.visit (member) VALUES (41);
	COMMIT;
	INSERT INTO app.visit (member) VALUES (42);
	ROLLBACK;
	INSERT INTO app.visit (member) VALUES (43);
END $$;
CALL app.work();
SELECT is(app.fresh(), '41 43', 'in procedures that commit and roll back');

-- Transactions of each kind
CALL app.age();
BEGIN ISOLATION LEVEL REPEATABLE READ; INSERT INTO app.visit (member) VALUES (1); COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE; INSERT INTO app.visit (member) VALUES (2); COMMIT;
BEGIN; INSERT INTO app.visit (member) VALUES (3); SET TRANSACTION READ ONLY; COMMIT;
BEGIN; INSERT INTO app.visit (member) VALUES (4); PREPARE TRANSACTION 'four';
SELECT is(app.fresh(), '1 2 3', 'under each isolation level, and also if it was made read-only later');
INSERT INTO app.visit (member) VALUES (5);
COMMIT PREPARED 'four';
SELECT is(app.fresh(), '1 2 3 4 5', 'when a prepared transaction is committed');
CALL app.age();
BEGIN; INSERT INTO app.visit (member) VALUES (4); PREPARE TRANSACTION 'four'; ROLLBACK PREPARED 'four';
SELECT is(app.fresh(), NULL, 'and not if it is rolled back');
INSERT INTO app.visit (member) VALUES (4);
SELECT is(app.fresh(), '4', 'it was not taken for noted');
BEGIN;
INSERT INTO memreg.subject_event SELECT register_id, 'activity', '50', now() + interval '1 year' FROM memreg.register;
INSERT INTO app.visit (member) VALUES (50);
ROLLBACK;
INSERT INTO app.visit (member) VALUES (50);
SELECT is(app.ahead('50'), '24:00', 'nor is a note of the transaction''s own');

-- Many
TRUNCATE memreg.subject_event;
INSERT INTO app.visit (member) SELECT n % 25000 FROM generate_series(1, 60000) n;
SELECT is((SELECT count(*) FROM memreg.last_activity WHERE not_after > now()), 25000::bigint, 'many subjects in a statement');
CALL app.age();
BEGIN;
INSERT INTO app.visit (member) SELECT n % 25000 FROM generate_series(1, 60000) n;
SELECT is(app.fresh(), NULL, 'are noted when the transaction ends');
COMMIT;
SELECT is((SELECT count(*) FROM memreg.last_activity WHERE not_after > now()), 25000::bigint, 'all of them');
SELECT sum(xmin::text::bigint) AS before FROM memreg.subject_event \gset
INSERT INTO app.visit (member) SELECT n % 25000 FROM generate_series(1, 60000) n;
SELECT is((SELECT sum(xmin::text::bigint) FROM memreg.subject_event), :'before', 'once');

-- The time in a column
SET TimeZone = 'Asia/Tokyo';
CREATE TABLE app.login (id bigint, exact timestamptz, local timestamp, day date);
CREATE DOMAIN app.moment AS timestamptz;
INSERT INTO app.login VALUES (1, '2020-01-01 12:00', '2020-01-01 12:00', '2020-01-01'), (1, '2019-01-01', '2019-01-01', '2019-01-01'),
	(2, NULL, NULL, NULL), (3, 'infinity', 'infinity', 'infinity'), (4, '-infinity', '-infinity', '-infinity');
CREATE FUNCTION app.track(at name, every interval DEFAULT NULL, zone text DEFAULT 'Asia/Tokyo') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM memreg.subject_event;
	PERFORM memreg.track_activity('app.login', at, every, zone);
	RETURN (SELECT string_agg(subject || ' ' || to_char(not_after AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS'), ', ' ORDER BY subject)
			  FROM memreg.last_activity WHERE not_after < 'infinity')
		|| (SELECT coalesce(string_agg(', ' || subject || ' never', '' ORDER BY subject), '') FROM memreg.last_activity WHERE not_after = 'infinity');
END $$;
CREATE FUNCTION app.login(id bigint, at text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM memreg.subject_event;
	INSERT INTO app.login VALUES (id, at::timestamptz, at::timestamp, at::date);
	RETURN NULL;
END $$;
CREATE FUNCTION app.login_noted(id bigint) RETURNS text LANGUAGE sql AS
	$$SELECT to_char(app.noted(id::text) AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS')$$;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.login', 'id'); END $$;

SELECT is(app.track('exact'), '1 2020-01-02 12:00:00, 3 never', 'a timestamp with time zone: the latest, and a day');
SELECT is(app.login(5, '2021-03-01 10:00'), NULL, '... and a row'); SELECT is(app.login_noted(5), '2021-03-02 10:00:00', 'that is inserted');
SELECT is(app.track('local', '1 hour'), '1 2020-01-01 13:00:00, 5 2021-03-01 11:00:00, 3 never', 'a timestamp, told by a zone''s clock, and an hour');
SET TimeZone = 'America/Lima';
SELECT is(app.login(6, '2021-03-01 10:00'), NULL, '... and a row'); SELECT is(app.login_noted(6), '2021-03-01 11:00:00', 'that a session with another clock inserts');
SELECT is(app.track('day', '0'), '1 2020-01-02 00:00:00, 5 2021-03-02 00:00:00, 6 2021-03-02 00:00:00, 3 never', 'a date: until the day is over');
SELECT is(app.login(7, '2021-03-01'), NULL, '... and a row'); SELECT is(app.login_noted(7), '2021-03-02 00:00:00', 'that is inserted');
INSERT INTO app.login (id, day) VALUES (8, NULL), (9, '-infinity'), (10, 'infinity');
SELECT is((SELECT string_agg(subject, ' ' ORDER BY subject) FROM memreg.last_activity), '10 7', 'no time, no activity; one without end lasts');
INSERT INTO app.login (id, day) VALUES (11, '5874897-12-31'), (12, '294276-12-31');
DO $$ BEGIN PERFORM memreg.track_activity('app.login', 'local', '1 year', 'Asia/Tokyo'); END $$;
INSERT INTO app.login (id, local) VALUES (13, '294276-12-31 23:59:59.999'), (14, '4713-01-01 BC');
SELECT is((SELECT count(*) FROM memreg.last_activity WHERE subject IN ('11', '12', '13') AND not_after = 'infinity'), 3::bigint, 'nor does the end of the calendar matter');
RESET TimeZone;
BEGIN;
INSERT INTO app.login (id, local) VALUES (15, '2021-01-01');
SAVEPOINT a;
INSERT INTO app.login (id, local) VALUES (15, '2030-01-01');
ROLLBACK TO a;
INSERT INTO app.login (id, local) VALUES (15, '2020-01-01');
COMMIT;
SELECT is(app.noted('15'), '2021-01-01 Asia/Tokyo'::timestamptz + interval '365 days' + interval '7 days', 'a later time that was rolled back does not count');

-- How coarse
DO $$ BEGIN DELETE FROM memreg.subject_event; PERFORM memreg.track_activity('app.visit', every => '2 hours'); END $$;
SELECT is(app.ahead('1'), '2:00', 'a table has an interval of its own');
DO $$ BEGIN PERFORM memreg.track_activity('app.visit'); END $$;
SET memreg.activity_interval = '3h';
DELETE FROM memreg.subject_event;
INSERT INTO app.visit (member) VALUES (1);
SELECT is(app.ahead('1'), '3:00', 'or that of the setting');
SET memreg.activity_interval = 0;
DELETE FROM memreg.subject_event;
INSERT INTO app.visit (member) VALUES (1);
SELECT app.noted('1') AS before \gset
INSERT INTO app.visit (member) VALUES (1);
SELECT cmp_ok(app.noted('1'), '>', :'before', 'of none at all: each activity is noted');
SELECT cmp_ok(app.noted('1'), '<=', clock_timestamp(), 'as it was');
RESET memreg.activity_interval;

-- Keys of other types
CREATE TABLE app.guest (key text);
CREATE TABLE app.device (key uuid);
DO $$
BEGIN
	PERFORM memreg.create_register('guests', 'Guest register', 'Example City', 'text');
	PERFORM memreg.create_register('devices', 'Device register', 'Example City', 'uuid');
	PERFORM memreg.add_table('guests', 'app.guest', 'key');
	PERFORM memreg.add_table('devices', 'app.device', 'key');
	PERFORM memreg.track_activity('app.guest');
	PERFORM memreg.track_activity('app.device');
END $$;
INSERT INTO app.guest SELECT repeat('made up ', n) || v FROM generate_series(0, 100) n, unnest('{a,b}'::text[]) v UNION ALL SELECT '';
INSERT INTO app.device SELECT md5(n::text)::uuid FROM generate_series(1, 100) n;
SELECT set_eq($$SELECT subject FROM memreg.last_activity WHERE register = 'guests'$$, 'SELECT key FROM app.guest', 'texts of any length');
SELECT set_eq($$SELECT subject::uuid FROM memreg.last_activity WHERE register = 'devices'$$, 'SELECT key FROM app.device', 'uuids');
SELECT sum(xmin::text::bigint) AS before FROM memreg.subject_event \gset
INSERT INTO app.guest SELECT key FROM app.guest;
INSERT INTO app.device SELECT key FROM app.device;
SELECT is((SELECT sum(xmin::text::bigint) FROM memreg.subject_event), :'before', 'each told from the others');

-- Partitions and children
CREATE TABLE app.page (id bigint, at timestamptz, kind int) PARTITION BY LIST (kind);
CREATE TABLE app.page_1 (gone int, kind int, at timestamptz, id bigint);
ALTER TABLE app.page_1 DROP COLUMN gone;
ALTER TABLE app.page ATTACH PARTITION app.page_1 FOR VALUES IN (1);
CREATE TABLE app.parent (id bigint);
CREATE TABLE app.child (more text) INHERITS (app.parent);
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'app.page', 'id');
	PERFORM memreg.track_activity('app.page', 'at');
	PERFORM memreg.add_table('members', 'app.parent', 'id');
	PERFORM memreg.track_activity('app.parent');
	DELETE FROM memreg.subject_event;
END $$;
CREATE TABLE app.page_2 PARTITION OF app.page FOR VALUES IN (2);
INSERT INTO app.page VALUES (101, '2020-01-01', 1), (102, '2020-01-01', 2);
INSERT INTO app.page_2 VALUES (103, '2020-01-01', 2);
UPDATE app.page SET kind = 1, id = 104 WHERE id = 102;
INSERT INTO app.child VALUES (105);
SELECT is((SELECT noted FROM app.noted), '101 102 103 104 105', 'rows of partitions and children');
SELECT is(app.noted('104'), '2020-01-02'::timestamptz, 'with their times');
SELECT is_empty('SELECT * FROM memreg.untracked_relation', 'none is left out');
CREATE TABLE app.later_child () INHERITS (app.parent);
ALTER TABLE app.page_2 DISABLE TRIGGER memreg_note_activity;
SELECT set_eq($$SELECT object FROM memreg.check() WHERE finding LIKE '%subjects are active%'$$, ARRAY['app.later_child', 'app.page_2'], 'or memreg.check says so');

-- Whoever writes
CREATE ROLE clerk;
GRANT USAGE ON SCHEMA app TO clerk;
GRANT INSERT ON app.visit TO clerk;
DELETE FROM memreg.subject_event;
SET ROLE clerk;
INSERT INTO app.visit (member) VALUES (61);
SELECT throws_ok('SELECT * FROM memreg.last_activity', '42501', NULL, 'who writes cannot see who was active');
SELECT throws_ok($$SELECT memreg.note_activity('members', 62)$$, '42501', NULL, 'nor say so of others');
RESET ROLE;
GRANT EXECUTE ON FUNCTION memreg.note_activity(text, bigint, timestamptz) TO clerk;
SET ROLE clerk;
DO $$ BEGIN PERFORM memreg.note_activity('members', 62), memreg.note_activity('members', 63, '2020-01-01'); END $$;
SELECT throws_ok($$SELECT memreg.note_activity('members', NULL::bigint)$$, 'MR014', NULL, 'an activity is somebody''s');
RESET ROLE;
SELECT is((SELECT noted FROM app.noted), '61 62 63', 'but is noted by what it writes and may call');
SELECT is(app.noted('63'), '2020-01-02'::timestamptz, 'at the time it gives');
BEGIN READ ONLY;
SELECT throws_ok($$SELECT memreg.note_activity('members', 64)$$, '25006', NULL, 'not in a read-only transaction');
ROLLBACK;

-- What retention does
CREATE TABLE app.member (id bigint PRIMARY KEY, at date);
CREATE TABLE app.post (author bigint, answered bigint REFERENCES app.member ON DELETE SET NULL);
INSERT INTO app.member VALUES (71, '2020-01-01'), (72, 'infinity');
INSERT INTO app.post VALUES (73, 71), (74, 72);
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'app.member', 'id');
	PERFORM memreg.add_table('members', 'app.post', 'author');
	PERFORM memreg.track_activity('app.post');
	PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at');
	DELETE FROM memreg.subject_event;
END $$;
SET memreg.retention_max_share = 1;
CALL memreg.run_retention();
SELECT results_eq('SELECT author, answered FROM app.post ORDER BY 1', 'VALUES (73::bigint, NULL::bigint), (74, 72)', 'retention removes a row, and another changes by it');
SELECT is((SELECT noted FROM app.noted), NULL, 'which is nobody''s activity');

-- A subscription's own notes
SET session_replication_role = replica;
INSERT INTO memreg.subject_event SELECT register_id, event, subject, at FROM memreg.register,
	(VALUES ('activity', '81', timestamptz '2020-01-01'), ('activity', '82', '2030-01-01'), ('leaving', '81', '2020-01-01')) e (event, subject, at) WHERE register = 'members';
INSERT INTO memreg.subject_event SELECT register_id, event, subject, at FROM memreg.register,
	(VALUES ('activity', '81', timestamptz '2021-01-01'), ('activity', '82', '2020-01-01'), ('leaving', '81', '2019-01-01')) e (event, subject, at) WHERE register = 'members';
UPDATE memreg.subject_event SET at = '2018-01-01' WHERE subject = '82';
RESET session_replication_role;
SELECT set_eq($$SELECT format('%s %s %s', event, subject, date_part('year', at)) FROM memreg.subject_event$$,
	ARRAY['activity 81 2021', 'activity 82 2030', 'leaving 81 2019'],
	'notes that a subscription brings meet those that are there, and the later activity counts');

-- The application's tables change
DO $$ BEGIN PERFORM memreg.track_activity('app.login', 'exact', time_zone => 'UTC'); END $$;
ALTER TABLE app.login RENAME exact TO logged_in;
ALTER TABLE app.login RENAME TO session;
INSERT INTO app.session (id, logged_in) VALUES (91, '2020-01-01 UTC');
SELECT is(app.noted('91'), '2020-01-02 UTC', 'a renamed column is followed');
ALTER TABLE app.session ALTER logged_in TYPE text;
SELECT throws_ok($$INSERT INTO app.session (id, logged_in) VALUES (92, 'yesterday')$$, 'MR421', NULL, 'one that is no time any more is an error');
SET client_min_messages = error;
ALTER TABLE app.session DROP logged_in;
SET client_min_messages = warning;
INSERT INTO app.session (id) VALUES (93);
SELECT is(app.ahead('93'), '24:00', 'without it, the time of writing counts');
DO $$ BEGIN PERFORM memreg.untrack_activity('app.session'); END $$;
INSERT INTO app.session (id) VALUES (94);
SELECT is(app.noted('94'), NULL, 'until tracking ends');
DO $$ BEGIN PERFORM memreg.remove_table('app.page'); END $$;
SELECT is_empty($$SELECT FROM pg_trigger WHERE tgname = 'memreg_note_activity' AND tgrelid IN ('app.page'::regclass, 'app.page_1'::regclass, 'app.session'::regclass)$$,
	'then, and with the registration, its triggers go');
DROP TABLE app.parent CASCADE;
SELECT set_eq('SELECT relation::text FROM memreg.activity_source', ARRAY['app.visit', 'app.guest', 'app.device', 'app.post'], 'a dropped table is tracked no longer');
SELECT throws_ok('DELETE FROM memreg.register', 'MR015', NULL, 'a register with events stays');
SELECT * FROM finish();
