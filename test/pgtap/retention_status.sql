-- What is physically left of removed rows, and whether rules are well.
CREATE EXTENSION memreg;
SELECT no_plan();
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
CREATE SCHEMA app;
DO $$ BEGIN PERFORM memreg.create_register('members', 'Member register', 'Example City'); END $$;
CREATE FUNCTION app.last_run() RETURNS bigint LANGUAGE sql AS 'SELECT max(run) FROM memreg.retention_record';
CREATE FUNCTION app.status(relation regclass DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', CASE WHEN place LIKE 'pg_toast%' THEN 'toast' ELSE place END, state, rows_there, versions_there, dead_pointers)
	  FROM memreg.physical_status(app.last_run(), relation)
$$;

-- The rows and their long values. Earlier versions are seen where somebody keeps them: test/t/retention_proof.pl
CREATE TABLE app.member (id bigint PRIMARY KEY, at timestamptz, email text, note text) WITH (autovacuum_enabled = off);
ALTER TABLE app.member ALTER note SET STORAGE EXTERNAL;
CREATE INDEX ON app.member (at); -- so that a run goes to the rows and does not come by again, which would tidy the page up
INSERT INTO app.member SELECT n, '2001-01-01', 'jasen' || n || '@example.org', CASE WHEN n <= 3 THEN repeat('x', 5000) END FROM generate_series(1, 100) n;
INSERT INTO app.member SELECT n, now() FROM generate_series(101, 120) n;
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'app.member', 'id'), memreg.add_retention('members', 'app.member', '1 year', 'at', time_zone => 'UTC');
END $$;
CALL memreg.run_retention();
SELECT matches((SELECT string_agg(s, ',') FROM app.status() s), '^app.member awaits vacuum 100 0 \d+,toast awaits vacuum 9 0 0$', 'rows are there until vacuum has passed, and so are their long values');
SELECT results_eq('SELECT what_to_do, held_by FROM memreg.physical_status(app.last_run()) WHERE place = ''app.member''',
	$$VALUES ('VACUUM app.member, or wait for autovacuum to do so.', NULL::text)$$, 'it says what to do');
VACUUM (INDEX_CLEANUP OFF, TRUNCATE OFF) app.member;
DELETE FROM app.member WHERE id = 120;
SELECT matches((SELECT string_agg(s, ',') FROM app.status() s), '^app.member index entries 0 0 1[01]\d,toast ', 'the rows are gone, entries of indexes are not');
SELECT matches((SELECT what_to_do FROM memreg.physical_status(app.last_run()) WHERE place = 'app.member'), '^VACUUM \(INDEX_CLEANUP ON\)', 'it says what to do then');
VACUUM (INDEX_CLEANUP ON) app.member;
SELECT results_eq('SELECT app.status()', '{app.member gone 0 0 0,toast gone 0 0 0}'::text[], 'until they are, too');
SELECT ok(pages_read <= pages AND last_vacuum IS NOT NULL, 'pages that are all visible are not read') FROM memreg.physical_status(app.last_run()) WHERE place = 'app.member';

-- A trigger's subtransactions, cascades, partitions; a table that is rewritten, renamed, dropped.
CREATE TABLE app.visit (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.visit_old PARTITION OF app.visit FOR VALUES FROM (MINVALUE) TO ('2010-01-01') WITH (autovacuum_enabled = off);
CREATE TABLE app.visit_new PARTITION OF app.visit DEFAULT WITH (autovacuum_enabled = off);
CREATE TABLE app.answer (id bigint, at date, FOREIGN KEY (id, at) REFERENCES app.visit ON DELETE CASCADE) WITH (autovacuum_enabled = off);
INSERT INTO app.visit SELECT n, '2001-01-01'::date + n FROM generate_series(1, 20) n;
INSERT INTO app.visit SELECT n, '2012-01-01'::date + n FROM generate_series(1, 10) n;
INSERT INTO app.answer TABLE app.visit;
CREATE FUNCTION app.nested() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		DELETE FROM app.answer a WHERE a.id = OLD.id AND a.at = OLD.at;
	EXCEPTION WHEN division_by_zero THEN
		NULL;
	END;
	RETURN OLD;
END $$;
CREATE TRIGGER nested BEFORE DELETE ON app.visit_old FOR EACH ROW EXECUTE FUNCTION app.nested();
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.visit', 'id'), memreg.add_retention('members', 'app.visit', '1 year', 'at', time_zone => 'UTC'); END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT app.status()', '{app.visit_new awaits vacuum 10 0 0,app.visit_old awaits vacuum 20 0 0}'::text[], 'each partition by itself');
SELECT results_eq($$SELECT app.status('app.answer')$$, '{app.answer awaits vacuum 30 0 0}'::text[], 'rows that went by cascades and triggers are seen as well');
ALTER TABLE app.visit RENAME TO visits;
SELECT is((SELECT count(*) FROM app.status()), 2::bigint, 'a table that was renamed is found by its rule');
VACUUM FULL app.visit_old;
SELECT results_eq('SELECT app.status()', '{app.visit_new awaits vacuum 10 0 0,app.visit_old gone 0 0 0}'::text[], 'a rewritten table holds nothing old');
DO $$ BEGIN PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule WHERE relation = 'app.visits'::regclass; END $$;
SELECT results_eq('SELECT app.status()', '{app.visit gone 0 0 0}'::text[], 'one of a name that is unknown is taken for dropped');
SELECT is((SELECT count(*) FROM app.status('app.visits')), 2::bigint, 'unless it is named');

-- A run that removed nothing, that never was, that was elsewhere.
CALL memreg.run_retention(dry_run => true);
SELECT is_empty('SELECT * FROM memreg.physical_status((SELECT max(run_id) FROM memreg.run))', 'a run that removed nothing left nothing');
SELECT throws_ok('SELECT * FROM memreg.physical_status(4711)', 'MR411');
SELECT throws_ok('SELECT * FROM memreg.physical_status(NULL)', 'MR411');
ALTER TABLE memreg.retention_record DISABLE TRIGGER append_only;
UPDATE memreg.retention_record SET cluster = 1 WHERE run = app.last_run();
SELECT results_eq('SELECT app.status()', '{app.visit elsewhere}'::text[], 'a run of another cluster cannot be judged');
UPDATE memreg.retention_record SET cluster = memreg.this_cluster() WHERE run = app.last_run();
ALTER TABLE memreg.retention_record ENABLE ALWAYS TRIGGER append_only;

-- Health: what is overdue, by a probe.
CREATE TABLE app.log (id bigint NOT NULL, at timestamptz) WITH (autovacuum_enabled = off);
CREATE VIEW app.health AS SELECT * FROM memreg.retention_health WHERE relation = 'app.log'::regclass;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.log', 'id'), memreg.add_retention('members', 'app.log', '10 days', 'at', time_zone => 'UTC'); END $$;
SELECT results_eq('SELECT overdue, overdue_unknown, failures, last_success, last_outcome FROM app.health',
	$$VALUES (NULL::interval, 'no index begins with the column; memreg.check() names it', 0, NULL::timestamptz, NULL)$$, 'a new rule without an index');
CREATE INDEX log_at ON app.log (at);
SELECT results_eq('SELECT overdue, overdue_unknown FROM app.health', 'VALUES (NULL::interval, NULL)', 'nothing overdue');
INSERT INTO app.log VALUES (1, now() - interval '15 days'), (2, now() - interval '12 days'), (3, now()), (4, NULL);
SELECT ok(overdue BETWEEN '5 days' AND '5 days 10 min', 'the oldest row is five days overdue') FROM app.health;
DO $$ BEGIN PERFORM memreg.hold('members', 1, 'a claim'); END $$;
SELECT ok(overdue BETWEEN '2 days' AND '2 days 10 min', 'a held one is not') FROM app.health;
DO $$ BEGIN PERFORM memreg.release_hold('members', 1); END $$;
DROP INDEX app.log_at;
CREATE INDEX log_at ON app.log (at DESC, id);
SELECT ok(overdue BETWEEN '5 days' AND '5 days 10 min', 'an index that runs backwards serves as well') FROM app.health;
INSERT INTO app.log VALUES (5, '-infinity');
SELECT results_eq('SELECT overdue, overdue_unknown FROM app.health', $$VALUES (NULL::interval, 'a row has the time -infinity')$$, 'for ever is no time');
DELETE FROM app.log WHERE id = 5;
INSERT INTO app.log SELECT n, now() - interval '20 days' FROM generate_series(100, 2000) n;
DELETE FROM app.log WHERE id >= 100;
SELECT results_eq('SELECT overdue, overdue_unknown FROM app.health',
	$$VALUES (NULL::interval, 'the oldest entries of the index are of rows that are kept, or gone and not vacuumed')$$, 'it does not look for long');
VACUUM app.log;
SELECT ok(overdue BETWEEN '5 days' AND '5 days 10 min', 'after vacuum it finds the row again') FROM app.health;

CREATE TABLE app.day (id bigint NOT NULL, at date, seen timestamp);
CREATE INDEX ON app.day (at);
CREATE INDEX ON app.day (seen);
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.day', 'id'), memreg.add_retention('members', 'app.day', '10 days', s, time_zone => 'UTC') FROM unnest('{at,seen}'::name[]) s; END $$;
INSERT INTO app.day VALUES (1, (now() AT TIME ZONE 'UTC')::date - 13, now() AT TIME ZONE 'UTC' - interval '15 days');
SELECT results_eq($$SELECT CASE WHEN wording LIKE '% from column at %' THEN date_trunc('day', overdue) ELSE date_trunc('hour', overdue) END FROM memreg.retention_health WHERE relation = 'app.day'::regclass ORDER BY rule$$,
	$$VALUES ('2 days'::interval), ('5 days')$$, 'days are over when they have ended, and each rule is overdue by its own term');

-- Health: how it went.
CALL memreg.run_retention();
SELECT results_eq('SELECT overdue, last_outcome, failures, waits_for_approval, paused, key_problem FROM app.health', $$VALUES (NULL::interval, 'done', 0, NULL::bigint, false, NULL)$$, 'after a run');
SELECT ok(now() - last_success < '1 min' AND next_attempt_at > now() AND dead_rows >= 0 AND removed_rows_kept IS NULL, 'that was right now') FROM app.health;
CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
CREATE TRIGGER refuse BEFORE DELETE ON app.log FOR EACH ROW EXECUTE FUNCTION app.refuse();
INSERT INTO app.log VALUES (1, now() - interval '15 days');
SELECT last_success AS before FROM app.health \gset
CALL memreg.run_retention();
CALL memreg.run_retention();
SELECT results_eq('SELECT last_outcome, failures, last_success FROM app.health', format($$VALUES ('failed', 2, %L::timestamptz)$$, :'before'), 'failures are counted');
DROP TRIGGER refuse ON app.log;
SET memreg.retention_max_share = 0;
CALL memreg.run_retention();
SELECT results_eq('SELECT last_outcome, waits_for_approval FROM app.health', $$SELECT 'stopped', max(run_id) FROM memreg.run WHERE outcome = 'stopped'$$, 'a run waits for somebody');
SET memreg.retention_max_share = 1;
DO $$ BEGIN PERFORM memreg.pause_retention(); END $$;
SELECT ok(paused, 'a pause is shown') FROM app.health;
DO $$ BEGIN PERFORM memreg.resume_retention(); END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT last_outcome, failures, waits_for_approval FROM app.health', $$VALUES ('done', 0, NULL::bigint)$$, 'and all is well again');
ALTER TABLE app.log ALTER at TYPE text;
SELECT ok(overdue IS NULL AND overdue_unknown LIKE 'a term can no longer run from column at%', 'a rule that cannot be looked at says why') FROM app.health;

-- Whoever monitors the server sees it.
CREATE ROLE watcher IN ROLE pg_monitor;
SET ROLE watcher;
SELECT lives_ok('SELECT * FROM memreg.retention_health', 'health');
SELECT lives_ok('SELECT * FROM memreg.retention_progress', 'progress');
SELECT lives_ok('SELECT * FROM memreg.snapshot_holder', 'who holds rows');
SELECT isnt_empty('SELECT * FROM memreg.physical_status(1)', 'what is left');
SELECT is_empty('SELECT * FROM memreg.verify_retention_records()', 'and that records are whole');
SELECT throws_ok('SELECT * FROM memreg.retention_record', '42501');
RESET ROLE;
SELECT * FROM finish();
