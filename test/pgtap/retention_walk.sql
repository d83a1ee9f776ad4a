-- However the rows past their term lie in their table, exactly they go: found by an index's entries, by its rows,
-- or on a walk through pages.
CREATE EXTENSION memreg;
SELECT plan(22);
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
CREATE SCHEMA app;
DO $$ BEGIN PERFORM memreg.create_register('members', 'Member register', 'Example City'); END $$;

-- A table of so many pages of few rows, of which one in so many is due, in no order of time. Numbers count from 1.
CREATE FUNCTION app.make(name text, rows int, one_in int, indexed boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE app.%I (id bigint NOT NULL, at timestamptz, note text) WITH (fillfactor = 10, autovacuum_enabled = off)', name);
    EXECUTE format('INSERT INTO app.%I SELECT n, now() - CASE WHEN n %% %s = 0 THEN interval ''2 years'' ELSE interval ''0'' END
                       - hashint4(n) %% 1000 * interval ''1 minute'', repeat(''made up '', 4) FROM generate_series(1, %s) n', name, one_in, rows);
    IF indexed THEN
        EXECUTE format('CREATE INDEX ON app.%I (at)', name);
    END IF;
    PERFORM memreg.add_table('members', format('app.%I', name)::regclass, 'id');
    PERFORM memreg.add_retention('members', format('app.%I', name)::regclass, '1 year', 'at');
END $$;
CREATE FUNCTION app.left_of(name text) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT id FROM app.%I', name);
END $$;
CREATE FUNCTION app.pages(name text) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_relation_size(format('app.%I', name)::regclass) / current_setting('block_size')::bigint
$$;
CREATE VIEW app.run AS SELECT relation, outcome, rows_due, rows_removed FROM memreg.retention_run;

-- Many: nearly all, and an index that leads here and there; more pages than one batch walks through.
DO $$ BEGIN PERFORM app.make('nearly_all', 25000, 1); END $$;
UPDATE app.nearly_all SET at = now() WHERE id % 10 = 0;
VACUUM app.nearly_all;
SELECT cmp_ok(app.pages('nearly_all'), '>', 2100::bigint, 'more pages than a batch walks through');

-- The same, half of them, where no page is known to be all visible, and dead entries lie among the others.
DO $$ BEGIN PERFORM app.make('half', 2000, 2); END $$;
DELETE FROM app.half WHERE id % 20 = 0;

-- One long stretch without any due row, then many, in no order of time, and another stretch without.
DO $$ BEGIN PERFORM app.make('in_the_middle', 10000, 50000); END $$;
INSERT INTO app.in_the_middle SELECT n, now() - interval '2 years' - hashint4(n) % 1000 * interval '1 minute', repeat('made up ', 4) FROM generate_series(10001, 16000) n;
INSERT INTO app.in_the_middle SELECT n, now(), repeat('made up ', 4) FROM generate_series(16001, 17000) n;

-- No index: half of the rows, and few of them.
DO $$ BEGIN PERFORM app.make('half_unindexed', 2000, 2, false), app.make('few_unindexed', 2000, 100, false); END $$;

-- Few, and rows that index entries lead to by way of others on their pages (HOT), with and without vacuum.
DO $$ BEGIN PERFORM app.make('few', 2000, 100), app.make('few_moved', 2000, 100); END $$;
UPDATE app.few SET note = 'made up otherwise';
VACUUM app.few;
UPDATE app.few SET note = 'made up a third time' WHERE id % 200 = 0;
UPDATE app.few_moved SET note = 'made up otherwise';

-- Few, whose index holds entries of deleted rows, too.
DO $$ BEGIN PERFORM app.make('few_deleted', 2000, 50); END $$;
DELETE FROM app.few_deleted WHERE id % 100 = 0;

-- A subject that is held counts as nobody's due rows, whatever an index says.
DO $$ BEGIN PERFORM memreg.create_register('held', 'Another register', 'Example City'); END $$;
CREATE TABLE app.kept (LIKE app.half);
CREATE INDEX ON app.kept (at);
INSERT INTO app.kept TABLE app.half;
VACUUM app.kept;
DO $$
BEGIN
    PERFORM memreg.add_table('held', 'app.kept', 'id'), memreg.add_retention('held', 'app.kept', '1 year', 'at');
    PERFORM memreg.hold('held', 2::bigint, 'court case 1/2026 (made up)');
END $$;

CALL memreg.run_retention();

SELECT set_eq($$SELECT app.left_of('nearly_all')$$, 'SELECT n * 10 FROM generate_series(1::bigint, 2500) n', 'nearly all');
SELECT set_eq($$SELECT app.left_of('half')$$, 'SELECT n * 2 - 1 FROM generate_series(1::bigint, 1000) n', 'half');
SELECT set_eq($$SELECT app.left_of('in_the_middle')$$, 'SELECT n::bigint FROM generate_series(1, 17000) n WHERE n NOT BETWEEN 10001 AND 16000', 'a stretch of them');
SELECT set_eq($$SELECT app.left_of('half_unindexed')$$, 'SELECT n * 2 - 1 FROM generate_series(1::bigint, 1000) n', 'half, without an index');
SELECT set_eq($$SELECT app.left_of('few_unindexed')$$, 'SELECT n::bigint FROM generate_series(1, 2000) n WHERE n % 100 <> 0', 'few, without an index');
SELECT set_eq($$SELECT app.left_of('few')$$, 'SELECT n::bigint FROM generate_series(1, 2000) n WHERE n % 100 <> 0', 'few, behind other entries');
SELECT set_eq($$SELECT app.left_of('few_moved')$$, 'SELECT n::bigint FROM generate_series(1, 2000) n WHERE n % 100 <> 0', 'the same, not all visible');
SELECT set_eq($$SELECT app.left_of('few_deleted')$$, 'SELECT n::bigint FROM generate_series(1, 2000) n WHERE n % 50 <> 0', 'few, among deleted ones');
SELECT set_eq($$SELECT app.left_of('kept')$$, 'SELECT 2::bigint UNION SELECT n * 2 - 1 FROM generate_series(1::bigint, 1000) n', 'all but the one that is held');
SELECT set_eq('TABLE app.run', $$VALUES ('app.nearly_all', 'done', 22500::bigint, 22500::bigint), ('app.half', 'done', 900, 900), ('app.in_the_middle', 'done', 6000, 6000),
    ('app.half_unindexed', 'done', 1000, 1000), ('app.few_unindexed', 'done', 20, 20), ('app.few', 'done', 20, 20), ('app.few_moved', 'done', 20, 20),
    ('app.few_deleted', 'done', 20, 20), ('app.kept', 'done', 899, 899)$$, 'all of them were counted before');

-- A row that comes to lie behind the walk while it goes on is found all the same: here a trigger of the first batch
-- touches a later row, and no page has room for the new version but the first one. Nine rows make a page.
CREATE TABLE app.behind (id bigint NOT NULL, at timestamptz, note text) WITH (autovacuum_enabled = off);
INSERT INTO app.behind SELECT n, '2000-01-01', repeat('made up ', 100) FROM generate_series(0, 3005) n;
DELETE FROM app.behind WHERE id < 5;
VACUUM app.behind;
CREATE TABLE app.place (before tid, after tid);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH was AS (SELECT ctid FROM app.behind WHERE id = 3000),
         became AS (UPDATE app.behind SET note = repeat('made up ', 101) WHERE id = 3000 RETURNING ctid)
    INSERT INTO app.place SELECT was.ctid, became.ctid FROM was, became;
    RETURN NULL;
END $$;
CREATE TRIGGER touch AFTER DELETE ON app.behind FOR EACH ROW WHEN (old.id = 50) EXECUTE FUNCTION app.touch();
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.behind', 'id'), memreg.add_retention('members', 'app.behind', '1 year', 'at'); END $$;
CALL memreg.run_retention();
SELECT ok(after < before AND after < '(10,1)', 'a row that moved to the front') FROM app.place;
SELECT is_empty('TABLE app.behind', 'is not left behind');

-- A run that more would go in than was approved stops on the way.
DO $$ BEGIN PERFORM app.make('growing', 2000, 2); END $$;
CREATE FUNCTION app.grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.growing SELECT n, '2000-01-01', 'made up' FROM generate_series(3001, 3500) n;
    RETURN NULL;
END $$;
CREATE TRIGGER grow AFTER DELETE ON app.growing FOR EACH ROW WHEN (old.id = 2) EXECUTE FUNCTION app.grow();
SET memreg.retention_max_rows = 1200;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_due, rows_removed FROM app.run WHERE relation = ''app.growing''',
    $$VALUES ('interrupted', 1000::bigint, 1200::bigint)$$, 'a walk that meets more than may go ends');
RESET memreg.retention_max_rows;
CALL memreg.run_retention();
SELECT set_eq($$SELECT app.left_of('growing')$$, 'SELECT n * 2 - 1 FROM generate_series(1::bigint, 1000) n', 'the next one goes on');

-- Where the share that may go is all, an estimate of all rows does, and it must not stop a run.
CREATE TABLE app.estimated (id bigint NOT NULL, at timestamptz, note text) WITH (fillfactor = 10, autovacuum_enabled = off);
CREATE INDEX ON app.estimated (at);
INSERT INTO app.estimated SELECT n, '2000-01-01', repeat('made up ', 20) FROM generate_series(1, 8000) n;
ANALYZE app.estimated;
UPDATE pg_class SET reltuples = 100 WHERE oid = 'app.estimated'::regclass;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.estimated', 'id'), memreg.add_retention('members', 'app.estimated', '1 year', 'at'); END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_due, rows_removed FROM app.run WHERE relation = ''app.estimated''',
    $$VALUES ('done', 8000::bigint, 8000::bigint)$$, 'an estimate that is too low stops nothing');

-- Dates: the day has to be over, also where an entry alone decides.
CREATE TABLE app.daily (id bigint NOT NULL, day date) WITH (autovacuum_enabled = off);
CREATE INDEX ON app.daily (day);
INSERT INTO app.daily SELECT n, (now() AT TIME ZONE 'UTC')::date - 100 + n FROM generate_series(-2, 2) n UNION ALL SELECT 9, NULL;
VACUUM app.daily;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.daily', 'id'), memreg.add_retention('members', 'app.daily', '100 days', 'day', time_zone => 'UTC'); END $$;
CALL memreg.run_retention();
SELECT set_eq('SELECT id FROM app.daily', 'SELECT unnest(ARRAY[0, 1, 2, 9]::bigint[])', 'a day that is not over keeps its rows');
SELECT results_eq('SELECT rows_due, rows_removed FROM app.run WHERE relation = ''app.daily''', 'VALUES (2::bigint, 2::bigint)', 'and they are not counted');

-- As many rows in a second as may go, and no more in a transaction, however fast they go.
CREATE TABLE app.slowly (id bigint NOT NULL, at timestamptz);
CREATE TABLE app.gone (id bigint, by xid8 DEFAULT pg_current_xact_id());
INSERT INTO app.slowly SELECT n, '2000-01-01' FROM generate_series(1, 30) n;
CREATE RULE note AS ON DELETE TO app.slowly DO ALSO INSERT INTO app.gone SELECT old.id;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.slowly', 'id'), memreg.add_retention('members', 'app.slowly', '1 year', 'at'); END $$;
SET memreg.retention_max_rate = 20;
CALL memreg.run_retention();
RESET memreg.retention_max_rate;
SELECT results_eq('SELECT count(*) FROM app.gone GROUP BY by ORDER BY 1', 'VALUES (10::bigint), (20)', 'a limit of rows in a second');

-- More than can be remembered at once: the first partition leaves no room for a place in the second, in which they are far apart.
CREATE TABLE app.parted (id bigint NOT NULL, at timestamptz) PARTITION BY RANGE (id);
CREATE TABLE app.parted_1 PARTITION OF app.parted FOR VALUES FROM (1) TO (300000) WITH (autovacuum_enabled = off);
CREATE TABLE app.parted_2 PARTITION OF app.parted FOR VALUES FROM (300000) TO (400000) WITH (fillfactor = 10, autovacuum_enabled = off);
INSERT INTO app.parted SELECT n, '2000-01-01'::timestamptz + n * interval '1 second' FROM generate_series(1, 131072) n;
INSERT INTO app.parted SELECT n, CASE WHEN n % 300 = 0 THEN '2000-01-01'::timestamptz ELSE now() END FROM generate_series(300000, 320000) n;
CREATE INDEX ON app.parted (at);
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.parted', 'id'), memreg.add_retention('members', 'app.parted', '1 year', 'at'); END $$;
CALL memreg.run_retention();
SELECT set_eq('SELECT id FROM app.parted', 'SELECT n::bigint FROM generate_series(300000, 320000) n WHERE n % 300 <> 0', 'more than can be remembered');
SELECT results_eq('SELECT rows_due, rows_removed FROM app.run WHERE relation = ''app.parted''', 'VALUES (131139::bigint, 131139::bigint)', 'go all the same');

SELECT is_empty('SELECT FROM app.run WHERE outcome NOT IN (''done'', ''interrupted'')', 'no run failed');
SELECT * FROM finish();
