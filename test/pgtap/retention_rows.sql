-- Exactly the rows past their term go: compared with a plain SQL oracle.
CREATE EXTENSION memreg;
SELECT plan(14);
SET TimeZone = 'Europe/Helsinki';
SET memreg.retention_max_share = 1;
SET client_min_messages = warning;
CREATE SCHEMA app;
DO $$ BEGIN PERFORM memreg.create_register('members', 'Member register', 'Example City'); END $$;

-- What is left, and what an oracle says should be.
CREATE FUNCTION app.left_of(relation regclass, OUT ids text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT string_agg(id::text, '','' ORDER BY id) FROM %s', relation) INTO ids;
END $$;
CREATE FUNCTION app.register(relation regclass, term interval, since name, time_zone text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM memreg.add_table('members', relation, 'id');
    PERFORM memreg.add_retention('members', relation, term, since, time_zone => time_zone);
END $$;

-- Times around the boundary, an hour to either side, in each type; NULL and infinity.
CREATE TABLE app.exact (id bigint NOT NULL, at timestamptz);
CREATE TABLE app.local (id bigint NOT NULL, at timestamp);
CREATE TABLE app.daily (id bigint NOT NULL, at date);
INSERT INTO app.exact
    SELECT n, now() - interval '6 months' + (n - 5) * interval '1 hour' FROM generate_series(1, 9) n WHERE n <> 5
    UNION ALL VALUES (10, NULL::timestamptz), (11, 'infinity'), (12, '-infinity');
INSERT INTO app.local
    SELECT n, (now() AT TIME ZONE 'Asia/Tokyo') - interval '6 months' + (n - 5) * interval '1 hour' FROM generate_series(1, 9) n WHERE n <> 5
    UNION ALL VALUES (10, NULL::timestamp), (11, 'infinity'), (12, '-infinity');
INSERT INTO app.daily
    SELECT n, (now() AT TIME ZONE 'Asia/Tokyo' - interval '6 months')::date + n - 5 FROM generate_series(1, 9) n
    UNION ALL VALUES (10, NULL::date), (11, 'infinity'), (12, '-infinity');
DO $$
BEGIN
    PERFORM app.register('app.exact', '6 months', 'at');
    PERFORM app.register('app.local', '6 months', 'at', 'Asia/Tokyo');
    PERFORM app.register('app.daily', '6 months', 'at', 'Asia/Tokyo');
END $$;

-- Random times.
CREATE TABLE app.random (id bigint NOT NULL, at timestamptz);
INSERT INTO app.random SELECT n, now() - random() * interval '2 years' FROM generate_series(1, 20000) n;
CREATE TABLE app.random_before AS TABLE app.random;
DO $$ BEGIN PERFORM app.register('app.random', '1 year 1 month 3 days 4 hours', 'at'); END $$;

-- Partitions whose columns are ordered otherwise, partitions of partitions; inheritance.
CREATE TABLE app.log (id bigint NOT NULL, at timestamptz, kind int) PARTITION BY LIST (kind);
CREATE TABLE app.log_1 PARTITION OF app.log FOR VALUES IN (1);
CREATE TABLE app.log_2 (gone text, kind int, at timestamptz, id bigint NOT NULL);
ALTER TABLE app.log_2 DROP COLUMN gone;
ALTER TABLE app.log ATTACH PARTITION app.log_2 FOR VALUES IN (2);
CREATE TABLE app.log_3 PARTITION OF app.log FOR VALUES IN (3) PARTITION BY RANGE (id);
CREATE TABLE app.log_3_1 PARTITION OF app.log_3 FOR VALUES FROM (0) TO (1000000);
INSERT INTO app.log SELECT n, now() - n * interval '1 day', n % 3 + 1 FROM generate_series(1, 900) n;
CREATE TABLE app.parent (id bigint NOT NULL, at timestamptz);
CREATE TABLE app.child (more text) INHERITS (app.parent);
INSERT INTO app.parent SELECT n, now() - n * interval '1 day' FROM generate_series(1, 100) n;
INSERT INTO app.child SELECT n, now() - n * interval '1 day', 'x' FROM generate_series(101, 200) n;
DO $$
BEGIN
    PERFORM app.register('app.log', '100 days', 'at');
    PERFORM app.register('app.parent', '90 days', 'at');
END $$;

-- A column added later with a default that old rows do not store; a stored generated one.
CREATE TABLE app.late (id bigint NOT NULL, made timestamp NOT NULL DEFAULT '2000-01-01');
INSERT INTO app.late VALUES (1), (2);
ALTER TABLE app.late ADD at timestamptz DEFAULT '2001-01-01';
INSERT INTO app.late VALUES (3, now(), now());
CREATE TABLE app.generated (id bigint NOT NULL, made timestamp,
                            at timestamp GENERATED ALWAYS AS (made + interval '1 year') STORED);
INSERT INTO app.generated VALUES (1, '2000-01-01'), (2, now() - interval '18 months'), (3, NULL);
DO $$
BEGIN
    PERFORM app.register('app.late', '1 day', 'at');
    PERFORM app.register('app.generated', '1 year', 'at');
END $$;

-- Foreign keys: what an application declared for a delete happens, also within the table.
CREATE TABLE app.member (id bigint PRIMARY KEY, at timestamptz,
                         invited_by bigint REFERENCES app.member ON DELETE CASCADE);
CREATE TABLE app.answer (id bigint NOT NULL, member bigint REFERENCES app.member ON DELETE CASCADE);
CREATE TABLE app.thread (id bigint NOT NULL, starter bigint REFERENCES app.member ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX ON app.member (invited_by);
CREATE INDEX ON app.answer (member);
INSERT INTO app.member SELECT n, CASE WHEN n % 4 = 0 THEN timestamptz '2000-01-01' ELSE now() END,
                              CASE WHEN n % 8 = 0 THEN n - 4 END FROM generate_series(1, 4000) n;
INSERT INTO app.answer SELECT n, n FROM generate_series(1, 4000) n;
INSERT INTO app.thread SELECT n, n FROM generate_series(1, 8) n;
DO $$ BEGIN PERFORM app.register('app.member', '1 year', 'at'); END $$;

-- Two rules on one table: a row goes when both terms have passed; one that has not begun has not.
CREATE TABLE app.two (id bigint NOT NULL, a date, b date);
INSERT INTO app.two VALUES (1, '2000-01-01', NULL), (2, NULL, '2000-01-01'), (3, NULL, NULL), (4, '2000-01-01', '2000-01-01');
DO $$
BEGIN
    PERFORM app.register('app.two', '1 year', 'a');
    PERFORM memreg.add_retention('members', 'app.two', '1 year', 'b');
END $$;

SET TimeZone = 'Pacific/Kiritimati'; -- the caller's is of no account
CALL memreg.run_retention();
RESET TimeZone;

SELECT is(app.left_of('app.exact'), '6,7,8,9,10,11', 'timestamp with time zone');
SELECT is(app.left_of('app.local'), '6,7,8,9,10,11', 'timestamp, told by the clock of the rule''s zone');
SELECT is(app.left_of('app.daily'), '5,6,7,8,9,10,11', 'date: the day has to be over');
SELECT set_eq('TABLE app.random',
    format('SELECT * FROM app.random_before WHERE at > %L',
           (SELECT cutoff FROM memreg.retention_run WHERE relation = 'app.random')), 'random times, as the oracle says');
SELECT set_eq('SELECT id FROM app.log', 'SELECT generate_series(1, 99)', 'partitions of any shape');
SELECT set_eq('SELECT id FROM app.parent', 'SELECT generate_series(1, 89)', 'a table and its children');
SELECT is(app.left_of('app.late'), '3', 'a column with a default that is not stored in the row');
SELECT is(app.left_of('app.generated'), '2,3', 'a stored generated column');
SELECT set_eq('SELECT id FROM app.member', 'SELECT n FROM generate_series(1, 4000) n WHERE n % 4 <> 0', 'a table that references itself');
SELECT set_eq('SELECT id FROM app.answer', 'SELECT n FROM generate_series(1, 4000) n WHERE n % 4 <> 0', 'cascades');
SELECT results_eq('SELECT id, starter FROM app.thread ORDER BY id',
    'SELECT n, nullif(n, 4 * (n / 4)) FROM generate_series(1::bigint, 8) n', 'a deferrable foreign key that sets NULL');
SELECT is(app.left_of('app.two'), '1,2,3', 'two rules on one table: the longest ground wins');
SELECT is((SELECT count(*) FROM memreg.retention_run WHERE outcome <> 'done'), 0::bigint, 'every run ended well');
SELECT results_eq($$SELECT rows_due, rows_removed, rows_total, rows_skipped FROM memreg.retention_run WHERE relation = 'app.log'$$,
    $$VALUES (801::bigint, 801::bigint, 900::bigint, 0::bigint)$$, 'and says how many rows went');
SELECT * FROM finish();
