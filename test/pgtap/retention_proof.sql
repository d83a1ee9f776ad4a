-- What a run leaves behind to prove what it removed, and what shows when that is tampered with.
CREATE EXTENSION memreg;
SELECT no_plan();
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
CREATE SCHEMA app;
DO $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City'), memreg.create_register('others', 'Other register', 'Example City', 'text'),
			memreg.create_register('devices', 'Device register', 'Example City', 'uuid');
END $$;
CREATE VIEW app.latest AS SELECT * FROM memreg.retention_record ORDER BY run DESC LIMIT 1;
CREATE FUNCTION app.findings() RETURNS SETOF text LANGUAGE sql AS
	$$SELECT concat_ws(' ', of_register, number, finding) FROM memreg.verify_retention_records()$$;

-- The facts.
CREATE TABLE app.member (id bigint, at timestamptz);
INSERT INTO app.member VALUES (1, '2001-02-03 04:05 UTC'), (1, '2001-02-03 04:05 UTC'), (2, '-infinity'), (NULL, '2002-01-01 UTC'), (3, now()), (4, NULL);
CREATE TABLE app.backup AS TABLE app.member;
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'app.member', 'id'), memreg.add_retention('members', 'app.member', '1 year', 'at', time_zone => 'Europe/Helsinki');
END $$;
SELECT pg_current_xact_id() AS before \gset
CALL memreg.run_retention();
SELECT results_eq('SELECT number, run, rule, wording, relation, outcome, rows, first_at, last_at FROM memreg.retention_record',
	$$SELECT 1::bigint, r.run_id, r.rule_id, 'delete 1 year from column at in time zone Europe/Helsinki', 'app.member', 'done', 4::bigint,
			 '-infinity'::timestamptz, '2002-01-01 UTC'::timestamptz FROM memreg.run r$$, 'a record says what went, by which rule');
SELECT results_eq('SELECT cutoff, started_at, finished_at, rows FROM memreg.retention_record', 'SELECT cutoff, started_at, finished_at, rows_removed FROM memreg.run', 'as the history does');
SELECT ok(first_xid > :'before' AND last_xid >= first_xid AND last_xid < pg_current_xact_id() AND last_lsn <= pg_current_wal_insert_lsn(), 'between which transactions') FROM app.latest;
SELECT ok(previous IS NULL AND length(chain) = 32 AND length(digest) = 32 AND length(rows_digest) = 24 AND length(nonce) = 16, 'with a seal') FROM app.latest;
SELECT is_empty('SELECT * FROM memreg.run_tally', 'and nothing is left of the way to it');
SELECT is_empty('SELECT app.findings()', 'all is whole');

-- The digest of the rows: a backup's rows have it, in any order, and no other rows do.
SELECT is(memreg.retention_digest(r, b.id, b.at), r.rows_digest, 'a backup has these rows')
  FROM memreg.retention_record r, app.backup b WHERE b.at < '2003-01-01' GROUP BY r.*, r.rows_digest;
SELECT is(memreg.retention_digest(r, b.id, b.at ORDER BY b.id DESC), r.rows_digest, 'in any order')
  FROM memreg.retention_record r, app.backup b WHERE b.at < '2003-01-01' GROUP BY r.*, r.rows_digest;
SELECT isnt(memreg.retention_digest(r, b.id, b.at), r.rows_digest, 'not with one more')
  FROM memreg.retention_record r, app.backup b GROUP BY r.*, r.rows_digest;
SELECT isnt(memreg.retention_digest(r, b.id, b.at), r.rows_digest, 'nor with a double one less')
  FROM memreg.retention_record r, (SELECT DISTINCT * FROM app.backup) b WHERE b.at < '2003-01-01' GROUP BY r.*, r.rows_digest;
SELECT isnt(memreg.retention_digest(r, b.id, b.at + interval '1 microsecond'), r.rows_digest, 'nor with other times')
  FROM memreg.retention_record r, app.backup b WHERE b.at < '2003-01-01' GROUP BY r.*, r.rows_digest;
SELECT is(memreg.retention_digest(r, b.id, b.at), NULL, 'of no rows there is none')
  FROM memreg.retention_record r, app.backup b WHERE false;
SELECT throws_ok('SELECT memreg.retention_digest(NULL, id, at) FROM app.backup', 'MR430');
SELECT throws_ok('SELECT memreg.retention_digest(r, id::text, at::text) FROM app.backup, app.latest l, memreg.retention_record r', 'MR402');
SELECT throws_ok('SELECT memreg.retention_digest(r, id::int, at) FROM app.backup, memreg.retention_record r', 'MR013');

-- Neither the size of batches nor the order of rows matters, nor where they are stored.
CREATE TABLE app.visit (member bigint NOT NULL, at date) PARTITION BY LIST (member);
CREATE TABLE app.visit_1 (at date, gone int, member bigint NOT NULL);
ALTER TABLE app.visit_1 DROP gone;
ALTER TABLE app.visit ATTACH PARTITION app.visit_1 FOR VALUES IN (1);
CREATE TABLE app.visit_rest PARTITION OF app.visit DEFAULT;
INSERT INTO app.visit SELECT n % 3, '2000-01-01'::date + n FROM generate_series(1, 5000) n;
CREATE TABLE app.visit_backup AS SELECT * FROM app.visit ORDER BY random();
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.visit', 'member'), memreg.add_retention('members', 'app.visit', '1 year', 'at', time_zone => 'UTC'); END $$;
SET memreg.retention_batch_time = 1;
CALL memreg.run_retention();
RESET memreg.retention_batch_time;
SELECT results_eq('SELECT number, rows, first_at, last_at FROM app.latest', $$VALUES (2::bigint, 5000::bigint, '2000-01-02 UTC'::timestamptz, '2013-09-09 UTC'::timestamptz)$$,
	'many batches and leaves make one record');
SELECT is(memreg.retention_digest(r, b.member, b.at), r.rows_digest, 'with one digest')
  FROM memreg.retention_record r, app.visit_backup b WHERE r.number = 2 GROUP BY r.*, r.rows_digest;
SELECT isnt(memreg.retention_digest(r, b.member, b.at::timestamp), r.rows_digest, 'of times of this type')
  FROM memreg.retention_record r, app.visit_backup b WHERE r.number = 2 GROUP BY r.*, r.rows_digest;
SELECT is(previous, (SELECT chain FROM memreg.retention_record WHERE number = 1), 'it is linked to the one before') FROM app.latest;

-- Other subjects and times; another register has a chain of its own.
CREATE TABLE app.note (who text COLLATE "C" NOT NULL, at timestamp);
INSERT INTO app.note SELECT repeat('ö', n), '2001-07-01 12:00' FROM generate_series(0, 200, 20) n;
CREATE TABLE app.note_backup AS TABLE app.note;
CREATE TABLE app.device (id uuid NOT NULL, at timestamptz);
INSERT INTO app.device VALUES ('0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', '2001-01-01 UTC');
CREATE TABLE app.device_backup AS TABLE app.device;
DO $$
BEGIN
	PERFORM memreg.add_table('others', 'app.note', 'who'), memreg.add_retention('others', 'app.note', '2 years 3 days', 'at', time_zone => 'Europe/Helsinki'),
			memreg.add_table('devices', 'app.device', 'id'), memreg.add_retention('devices', 'app.device', '1 year', 'at', time_zone => 'UTC');
END $$;
CALL memreg.run_retention();
SELECT results_eq($$SELECT r.number, r.wording, r.first_at, r.last_at FROM memreg.retention_record r JOIN memreg.register g USING (register_id) WHERE g.register = 'others'$$,
	$$VALUES (1::bigint, 'delete 2 years 3 days from column at in time zone Europe/Helsinki', '2001-07-01 12:00 Europe/Helsinki'::timestamptz, '2001-07-01 12:00 Europe/Helsinki'::timestamptz)$$,
	'a register has records of its own, with times as the rule counts them');
SELECT is(memreg.retention_digest(r, b.who, b.at), r.rows_digest, 'texts, short and long')
  FROM memreg.retention_record r, app.note_backup b WHERE r.relation = 'app.note' GROUP BY r.*, r.rows_digest;
SELECT is(memreg.retention_digest(r, b.id, b.at), r.rows_digest, 'and uuids')
  FROM memreg.retention_record r, app.device_backup b WHERE r.relation = 'app.device' GROUP BY r.*, r.rows_digest;
SELECT is_empty('SELECT app.findings()', 'still whole');

-- Runs that failed in the middle, and that were ended, leave a record of what went.
CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id > 100 THEN RAISE EXCEPTION 'no'; END IF; RETURN OLD; END $$;
CREATE TRIGGER refuse BEFORE DELETE ON app.member FOR EACH ROW EXECUTE FUNCTION app.refuse();
INSERT INTO app.member SELECT n, '2001-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 900) n;
TRUNCATE app.backup;
INSERT INTO app.backup TABLE app.member;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows FROM app.latest', $$SELECT 'failed', 100::bigint$$, 'a run that failed has removed something');
SELECT is(memreg.retention_digest(r, b.id, b.at), r.rows_digest, 'that and nothing else')
  FROM memreg.retention_record r, (SELECT id, at FROM app.backup EXCEPT SELECT id, at FROM app.member) b
 WHERE r.run = (SELECT run FROM app.latest) GROUP BY r.*, r.rows_digest;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM memreg.retention_record), 5::bigint, 'a run that has removed nothing leaves no record');
DROP TRIGGER refuse ON app.member;
CREATE FUNCTION app.pause() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO memreg.retention_pause DEFAULT VALUES ON CONFLICT DO NOTHING; RETURN OLD; END $$;
CREATE TRIGGER pause BEFORE DELETE ON app.member FOR EACH ROW EXECUTE FUNCTION app.pause();
INSERT INTO app.member SELECT n, '2001-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 600) n;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows FROM app.latest', $$SELECT 'interrupted', 100::bigint$$, 'so does one that was ended');
DROP TRIGGER pause ON app.member;
DO $$ BEGIN PERFORM memreg.resume_retention(); END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows FROM app.latest', $$SELECT 'done', 1300::bigint$$, 'and the next one has the rest');
SELECT is_empty('SELECT app.findings()', 'the chain goes on');

-- Longer grounds stand in the wording.
CREATE TABLE app.bill (id bigint NOT NULL, used date, paid date);
INSERT INTO app.bill VALUES (1, '2001-01-01', '2001-01-01');
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'app.bill', 'id'), memreg.add_retention('members', 'app.bill', '1 year', 'used', time_zone => 'UTC'),
			memreg.add_retention('members', 'app.bill', '6 years', 'paid', time_zone => 'UTC');
END $$;
SET intervalstyle = iso_8601;
CALL memreg.run_retention();
RESET intervalstyle;
SELECT matches(wording, '^delete 1 year from column used in time zone UTC, and by rule \d+ 6 years from column paid in time zone UTC$', 'all rules that kept the row are named') FROM app.latest;

-- Tampering by whoever can switch the trigger off.
CREATE FUNCTION app.tampered(how text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	found text[];
BEGIN
	ALTER TABLE memreg.retention_record DISABLE TRIGGER append_only;
	EXECUTE how;
	found := ARRAY(SELECT app.findings());
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = array_to_string(found, '; ');
EXCEPTION WHEN SQLSTATE 'MR999' THEN
	RETURN nullif(string_to_array(SQLERRM, '; '), '{}');
END $$;
SELECT is(app.tampered('SELECT'), NULL, 'nothing tampered with, nothing found');
SELECT is(app.tampered(format('UPDATE memreg.retention_record SET %I = %s WHERE register_id = 1 AND number = 2', c, v)),
		  '{"members 2 altered after it was written, or sealed with another key"}', 'found: another ' || c)
  FROM (VALUES ('rows', 'rows - 1'), ('rule', 'rule + 100'), ('wording', $$'delete 2 years from column at in time zone UTC'$$), ('wording', 'NULL'), ('relation', $$'app.other'$$),
			   ('cutoff', $$cutoff + '1 second'$$), ('first_at', 'last_at'), ('last_at', 'NULL'), ('outcome', $$'failed'$$), ('finished_at', 'now()'), ('started_at', 'now()'),
			   ('rows_digest', 'nonce'), ('nonce', 'rows_digest'), ('first_xid', $$'3'$$), ('last_xid', $$'9999999'$$), ('last_lsn', $$'0/1'$$), ('cluster', 'cluster + 1'),
			   ('digest', 'chain')) t (c, v);
SELECT ok('members 3 not linked to the record before: one of the two was altered, or another was taken out or put in' = ANY (
	app.tampered('UPDATE memreg.retention_record SET chain = digest WHERE register_id = 1 AND number = 2')), 'found: a chain');
SELECT is(app.tampered('DELETE FROM memreg.retention_record WHERE register_id = 1 AND number = 3'),
	ARRAY['members 4 record 3 is missing', (SELECT 'members the run has removed rows, and its record is missing')], 'found: one taken out');
SELECT ok('members 4 records 1 to 3 are missing' = ANY (app.tampered('DELETE FROM memreg.retention_record WHERE register_id = 1 AND number < 4')), 'found: the first ones taken out');
SELECT is(app.tampered('DELETE FROM memreg.retention_record WHERE register_id = 1 AND number = (SELECT max(number) FROM memreg.retention_record WHERE register_id = 1)'),
	'{"members the run has removed rows, and its record is missing"}', 'found: the last one taken out');
SELECT ok('members 2 altered after it was written, or sealed with another key' = ANY (app.tampered(
	$$UPDATE memreg.retention_record a SET run = -a.run WHERE register_id = 1 AND number = 2$$)), 'found: a run renamed');
SELECT ok(cardinality(app.tampered('UPDATE memreg.retention_record SET number = number + 1 WHERE register_id = 1 AND number = (SELECT max(number) FROM memreg.retention_record WHERE register_id = 1)')) > 0, 'found: a number changed');
SELECT is(app.tampered('UPDATE memreg.retention_record SET digest = NULL WHERE register_id = 1 AND number = 2'), NULL,
	'a record without a seal is sealed by the next one');
SELECT is(app.tampered('UPDATE memreg.retention_record SET digest = NULL WHERE register_id = 2'),
	'{"others 1 not sealed, nor any record after it: the key was absent"}', 'found: unless there is none');
SELECT ok('members 1 its seal cannot be looked at: the key is not available' = ANY (app.tampered(
	'UPDATE memreg.scope_key SET wrapped_key = overlay(wrapped_key PLACING ''\x00'' FROM 1)')), 'found: a key that is not available');
SELECT throws_ok(format($$WITH r AS (SELECT (jsonb_populate_record(r, '{"rows": 1}')).* FROM memreg.retention_record r WHERE number = 1 AND register_id = 1)
	SELECT memreg.retention_digest(r::memreg.retention_record, b.id, b.at) FROM (SELECT q::memreg.retention_record AS r FROM r q) x, app.backup b$$), 'MR430');

-- A record that was noted elsewhere is still there, or not.
SELECT is_empty(format('SELECT * FROM memreg.verify_retention_records(%L, 2, %L)', 'members', chain), 'a record noted elsewhere is there')
  FROM memreg.retention_record WHERE register_id = 1 AND number = 2;
SELECT results_eq($$SELECT finding FROM memreg.verify_retention_records('members', 2, '\x00')$$, ARRAY['there is no such record with the chain that was noted'], 'one that is not is missed');
SELECT throws_ok($$SELECT * FROM memreg.verify_retention_records('nowhere')$$, 'MR010');

-- Taken out of its register, dropped: records stay.
DROP TABLE app.visit;
DO $$ BEGIN PERFORM memreg.remove_table('app.bill'); END $$;
SELECT is_empty('SELECT app.findings()', 'records outlive tables and rules');
SELECT is_empty($$SELECT r FROM memreg.retention_record r, unnest('{öö,0b5e6a5c}'::text[]) person WHERE r::text LIKE '%' || person || '%'$$, 'and hold no personal data');

-- Without the key rows go all the same.
UPDATE memreg.scope_key SET wrapped_key = overlay(wrapped_key PLACING '\x00' FROM 1);
INSERT INTO app.member VALUES (1, '2001-01-01');
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.member WHERE at < '2002-01-01'), 0::bigint, 'a key that cannot be had keeps no row');
SELECT ok(rows = 1 AND rows_digest IS NULL AND nonce IS NULL AND digest IS NULL AND chain IS NOT NULL, 'the record says so') FROM app.latest;
SELECT is((SELECT DISTINCT key_problem FROM memreg.retention_health WHERE relation = 'app.member'::regclass), 'the last record has no digest', 'and so does memreg.retention_health');
SELECT ok(EXISTS (SELECT FROM memreg.check() WHERE finding = 'the last record of retention rule 1 has no digest'), 'and memreg.check');
SELECT * FROM finish();
