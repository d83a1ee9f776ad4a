-- What keeps a row that is past a term; what a look costs; what stops a run.
CREATE EXTENSION memreg;
SELECT plan(30);
SET client_min_messages = error;
CREATE SCHEMA app;
DO $$ BEGIN PERFORM memreg.create_register('members', 'Member register', 'Example City'); END $$;
SET memreg.retention_max_share = 1;

CREATE FUNCTION app.left_of(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	ids text;
BEGIN
	EXECUTE format('SELECT string_agg(id::text, '','' ORDER BY id) FROM %s', relation) INTO ids;
	RETURN ids;
END
$$;

-- The longest ground wins, by whichever rule a run goes.
CREATE TABLE app.customer (id bigint NOT NULL, used date, billed timestamptz, closed timestamp);
INSERT INTO app.customer VALUES (1, '2000-01-01', '2000-01-01', '2000-01-01'), (2, now(), '2000-01-01', '2000-01-01'),
	(3, '2000-01-01', now(), '2000-01-01'), (4, '2000-01-01', '2000-01-01', now()), (5, '2000-01-01', '2000-01-01', NULL);
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'app.customer', 'id');
	PERFORM memreg.add_retention('members', 'app.customer', '6 months', 'used');
	PERFORM memreg.add_retention('members', 'app.customer', '10 years', 'billed');
END $$;
SELECT is((SELECT string_agg(rows_due::text, ',') FROM memreg.retention_due), '3,3', 'each rule tells what all of them let go');
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.customer', '1 year', 'closed'); END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.customer'), '2,3,4,5', 'a row goes when all terms have passed, and none that has not begun has');
SELECT results_eq('SELECT rows_due, rows_removed FROM memreg.retention_run', 'VALUES (1::bigint, 1::bigint)', 'with the first rule whose turn comes');
DO $$ BEGIN PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule WHERE since = 'billed'; END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.customer'), '2,4,5', 'a rule that was taken back keeps nothing');

-- Who is restricted, in this register.
DO $$
BEGIN
	PERFORM memreg.create_register('others', 'Another register', 'Example City');
	PERFORM memreg.restrict_subject('members', 5::bigint, 'Art. 18(1)(c)'), memreg.restrict_subject('others', 4::bigint, 'Art. 18(1)(c)');
	PERFORM memreg.lift_restriction('members', 4::bigint), memreg.restrict_subject('members', 4::bigint, 'Art. 18(1)(a)'), memreg.lift_restriction('members', 4::bigint);
END $$;
UPDATE app.customer SET used = '2000-01-01', closed = '2000-01-01';
SELECT results_eq('SELECT rows_due, rows_total FROM memreg.retention_due LIMIT 1', 'VALUES (2::bigint, 3::bigint)', 'restricted rows are not due');
CALL memreg.run_retention();
SELECT is(app.left_of('app.customer'), '5', 'and stay');
DO $$ BEGIN PERFORM memreg.lift_restriction('members', 5::bigint); END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.customer'), NULL, 'until the restriction is lifted');

-- Who is held.
INSERT INTO app.customer SELECT n, '2000-01-01', '2000-01-01', '2000-01-01' FROM generate_series(1, 3) n;
DO $$
BEGIN
	PERFORM memreg.hold('members', 1::bigint, 'a claim'), memreg.hold('members', 2::bigint, 'a claim', until => now() + '1 day'), memreg.hold('others', 3::bigint, 'a claim');
END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.customer'), '1,2', 'held rows stay');
UPDATE memreg.hold_state SET expires_at = now() - interval '1 second' WHERE subject = '2';
CALL memreg.run_retention();
SELECT is(app.left_of('app.customer'), '1', 'until the hold ends by its date');
DO $$ BEGIN PERFORM memreg.release_hold('members', 1::bigint); END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.customer'), NULL, 'or is released');

-- An index: nothing due costs a probe, and what is due is found by it.
CREATE TABLE app.visit (id bigint NOT NULL, at timestamptz, day date, local timestamp) WITH (autovacuum_enabled = off);
INSERT INTO app.visit SELECT n, now(), now(), now() FROM generate_series(1, 20000) n;
CREATE FUNCTION app.reads() RETURNS text LANGUAGE sql AS $$
	SELECT format('%s by scan, %s by index', pg_stat_get_xact_tuples_returned('app.visit'::regclass),
				  (SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = 'app.visit'::regclass))
$$;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.visit', 'id'), memreg.add_retention('members', 'app.visit', '1 year', 'day'); END $$;
SELECT results_eq($$SELECT object, finding LIKE 'retention rule % reads the whole table%', advice FROM memreg.check() WHERE finding LIKE 'retention rule%' AND object = 'app.visit'$$,
	$$VALUES ('app.visit', true, 'CREATE INDEX ON app.visit (day)')$$, 'a rule without an index is reported');
DO $$ BEGIN PERFORM pg_stat_force_next_flush(); END $$; -- what was counted before
BEGIN;
SELECT is((SELECT rows_due FROM memreg.retention_due WHERE relation = 'app.visit'::regclass), 0::bigint, 'nothing is due');
SELECT is(app.reads(), '20000 by scan,  by index', 'which takes a scan');
COMMIT;
CREATE INDEX partial ON app.visit (day) WHERE id < 100;
CREATE INDEX second ON app.visit (id, day);
CREATE INDEX hashed ON app.visit USING hash (day);
SELECT isnt((SELECT count(*) FROM memreg.check() WHERE finding LIKE 'retention rule%' AND object = 'app.visit'), 0::bigint, 'partial, hash and other indexes do not help');
CREATE INDEX ON app.visit (day DESC NULLS LAST, id);
CREATE INDEX ON app.visit (at);
CREATE INDEX ON app.visit (local);
SELECT is_empty($$SELECT * FROM memreg.check() WHERE finding LIKE 'retention rule%' AND object = 'app.visit'$$, 'one that begins with the column does');
INSERT INTO app.visit SELECT n, now() - interval '2 years', now() - interval '2 years', now() - interval '2 years' FROM generate_series(20001, 23000) n;
DO $$ BEGIN PERFORM memreg.restrict_subject('members', 20001::bigint, 'Art. 18(1)(c)'); END $$;
VACUUM ANALYZE app.visit;
CALL memreg.run_retention();
SELECT results_eq('SELECT rows_due, rows_removed, rows_total FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', 'VALUES (2999::bigint, 2999::bigint, 23000::bigint)', 'what is due is found by it');
SELECT set_eq('SELECT id FROM app.visit', 'SELECT generate_series(1, 20001)', 'and no other');
DO $$ BEGIN PERFORM memreg.lift_restriction('members', 20001::bigint), memreg.remove_retention(rule_id) FROM memreg.retention_rule WHERE relation = 'app.visit'::regclass; END $$;
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.visit', '1 year', since) FROM unnest('{at,local,day}'::name[]) since; END $$;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.visit), 20000::bigint, 'indexes over each type of time');
INSERT INTO app.visit SELECT n, 'infinity', NULL, '-infinity' FROM generate_series(1, 10) n;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.visit), 20010::bigint, 'infinite and missing times');
VACUUM app.visit;
DO $$ BEGIN PERFORM pg_stat_force_next_flush(); END $$;
BEGIN;
SELECT is((SELECT max(rows_due) FROM memreg.retention_due WHERE relation = 'app.visit'::regclass), 0::bigint, 'nothing is due');
SELECT cmp_ok((SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = 'app.visit'::regclass), '<', 100::numeric, 'which takes a probe');
COMMIT;

-- Limits, beside the share.
UPDATE app.visit SET at = '2000-01-01', day = '2000-01-01', local = '2000-01-01' WHERE id <= 30;
SET memreg.retention_max_rows = 29;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_due > 29, rows_removed FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('stopped', true, 0::bigint)$$, 'more rows than the limit stop a run');
SELECT is((SELECT count(*) FROM app.visit), 20010::bigint, 'before the first row');
SET memreg.retention_max_rows = 100;
CREATE TABLE app.begun AS SELECT clock_timestamp() AS at;
SET memreg.retention_max_rate = 100;
CALL memreg.run_retention();
SELECT cmp_ok((SELECT clock_timestamp() - at FROM app.begun), '>=', interval '0.3 seconds', 'rows a second');
SELECT is((SELECT count(*) FROM app.visit WHERE id <= 30), 0::bigint, 'within the limits all go');

-- Small batches, and ones that grow.
RESET memreg.retention_max_rate;
SET memreg.retention_max_rows = 0;
SET memreg.retention_batch_time = 1;
UPDATE app.visit SET at = '2000-01-01', day = '2000-01-01', local = '2000-01-01';
SET memreg.retention_max_share = 1;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.visit), 0::bigint, 'in batches of whatever size');
SELECT is((SELECT rows_removed FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1), 19970::bigint, 'each row once');
SELECT is((SELECT count(*) FROM memreg.retention_run WHERE outcome NOT IN ('done', 'stopped')), 0::bigint, 'and no run failed');

-- Who refers goes before what it refers to, whichever rule was added first.
CREATE TABLE app.tour (id bigint PRIMARY KEY, at date);
CREATE TABLE app.remark (id bigint, visit bigint REFERENCES app.tour, at date);
CREATE TABLE app.answer (id bigint, remark int, at date);
ALTER TABLE app.remark ADD PRIMARY KEY (id);
ALTER TABLE app.answer ADD FOREIGN KEY (remark) REFERENCES app.remark;
DO $$
BEGIN
	PERFORM memreg.add_table('members', t, 'id'), memreg.add_retention('members', t, '1 year', 'at') FROM unnest('{app.tour,app.remark,app.answer}'::regclass[]) t;
	INSERT INTO app.tour VALUES (1, '2001-01-01');
	INSERT INTO app.remark VALUES (1, 1, '2001-01-01');
	INSERT INTO app.answer VALUES (1, 1, '2001-01-01');
	DELETE FROM memreg.run;
END $$;
CALL memreg.run_retention();
SELECT is((SELECT string_agg(relation || ' ' || outcome, ', ' ORDER BY run_id) FROM memreg.retention_run), 'app.answer done, app.remark done, app.tour done', 'referring tables come first');
SELECT is((SELECT count(*) FROM app.tour), 0::bigint, 'so that what they refer to can go in the same round');
SELECT * FROM finish();
