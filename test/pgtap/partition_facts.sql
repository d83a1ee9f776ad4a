-- Whole partitions past their term: which bounds prove it, what keeps a partition, limits, and what is left behind.
CREATE EXTENSION memreg;
SELECT plan(65);
SET client_min_messages = error;
SET TimeZone = 'Europe/Helsinki';
SET memreg.retention_max_share = 1;
SET memreg.retention_lock_timeout = 1000;
CREATE SCHEMA app;
DO $$ BEGIN PERFORM memreg.create_register('members', 'Member register', 'Example City'); END $$;

CREATE FUNCTION app.partitions(relation regclass) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_partition_tree(relation) t JOIN pg_class c ON c.oid = t.relid WHERE t.level > 0
$$;
CREATE FUNCTION app.keep(relation regclass, term interval, since name, action text, time_zone text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.add_table('members', relation, 'id');
	PERFORM memreg.add_retention('members', relation, term, since, action, time_zone);
END
$$;
CREATE PROCEDURE app.forget(relation regclass) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule r WHERE r.relation = forget.relation;
END
$$;
-- Partitions of a table, from its lower bound to its upper bound, as SQL writes them.
CREATE PROCEDURE app.part(relation text, partition text, low text, high text, more text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE app.%I PARTITION OF app.%I FOR VALUES FROM (%s) TO (%s) %s', partition, relation, low, high, more);
END
$$;
CREATE VIEW app.latest AS SELECT outcome, rows_due, rows_removed, rows_total FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1;

-- timestamptz: to the microsecond; MAXVALUE, DEFAULT and infinity are never past.
CREATE TABLE app.exact (id bigint NOT NULL, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE app.cut AS SELECT now() - interval '1 year' AS at;
SELECT quote_literal(at + '1 microsecond') AS after, quote_literal(at + '1 hour') AS later FROM app.cut \gset
CALL app.part('exact', 'e1', 'minvalue', quote_literal('2001-01-01'));
CALL app.part('exact', 'e2', quote_literal('2001-01-01'), :'after');
CALL app.part('exact', 'e3', :'after', :'later');
CALL app.part('exact', 'e4', :'later', quote_literal('infinity'));
CALL app.part('exact', 'e5', quote_literal('infinity'), 'maxvalue');
CREATE TABLE app.e6 PARTITION OF app.exact DEFAULT;
INSERT INTO app.exact SELECT n, '2000-01-01' FROM generate_series(1, 10) n;
INSERT INTO app.exact SELECT 11, at FROM app.cut;
INSERT INTO app.exact SELECT 12, at + '59 minutes' FROM app.cut;
INSERT INTO app.exact VALUES (13, '-infinity'), (14, 'infinity'), (15, NULL), (16, now());
DO $$ BEGIN PERFORM app.keep('app.exact', '1 year', 'at', 'drop_partition'); END $$;
SELECT results_eq('SELECT rows_due, rows_total FROM memreg.retention_due', 'VALUES (12::bigint, 16::bigint)', 'what is due is counted exactly');
SELECT results_eq('SELECT partition, rows, kept FROM memreg.retention_partition_due', $$VALUES ('app.e1'::regclass, 11::bigint, NULL), ('app.e2', 1, NULL)$$, 'partition by partition');
CALL memreg.run_retention(dry_run => true);
SELECT results_eq('TABLE app.latest', $$VALUES ('dry run', 12::bigint, 0::bigint, 16::bigint)$$, 'and by a dry run');
SELECT is(app.partitions('app.exact'), 'e1 e2 e3 e4 e5 e6', 'which drops nothing');
CALL memreg.run_retention();
SELECT is(app.partitions('app.exact'), 'e3 e4 e5 e6', 'a partition goes when no row in it can be within its term');
SELECT results_eq('TABLE app.latest', $$VALUES ('done', 12::bigint, 12::bigint, 16::bigint)$$, 'the history says how many rows went');
SELECT results_eq('SELECT partition, outcome, rows, why FROM memreg.retention_partition ORDER BY partition',
	$$VALUES ('app.e1', 'dropped', 11::bigint, NULL), ('app.e2', 'dropped', 1::bigint, NULL)$$, 'and which partitions');
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM memreg.retention_run), 2::bigint, 'nothing due leaves no run behind');
SELECT is((SELECT count(*) FROM app.exact), 4::bigint, 'no other row went');
CALL app.forget('app.exact');

-- date: the day before the bound has to be over, where the rule's zone says so. timestamp: the hour.
CREATE TABLE app.daily (id bigint NOT NULL, at date) PARTITION BY RANGE (at);
CREATE TABLE app.local (id bigint NOT NULL, at timestamp) PARTITION BY RANGE (at);
SELECT quote_literal(early) AS early, quote_literal(early + interval '1 hour') AS early_after, quote_literal(late) AS late,
	   quote_literal(early::date - 1) AS early_eve, quote_literal(early::date) AS early_day, quote_literal(early::date + 1) AS early_morrow, quote_literal(late::date) AS late_day
  FROM (SELECT now() AT TIME ZONE 'Pacific/Kiritimati' - interval '1 year' AS early, now() AT TIME ZONE 'Pacific/Pago_Pago' - interval '1 year' AS late) day \gset
CALL app.part('daily', 'd1', 'minvalue', :'late_day');
CALL app.part('daily', 'd2', :'late_day', :'early_day');
CALL app.part('daily', 'd3', :'early_day', :'early_morrow');
CALL app.part('local', 'l1', 'minvalue', :'late');
CALL app.part('local', 'l2', :'late', :'early');
CALL app.part('local', 'l3', :'early', :'early_after');
DO $$ BEGIN PERFORM app.keep('app.daily', '1 year', 'at', 'drop_partition', 'Pacific/Pago_Pago'), app.keep('app.local', '1 year', 'at', 'drop_partition', 'Pacific/Pago_Pago'); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.daily'), 'd2 d3', 'date, where the day begins late');
SELECT is(app.partitions('app.local'), 'l2 l3', 'timestamp, likewise');
CALL app.forget('app.daily');
CALL app.forget('app.local');
DO $$ BEGIN PERFORM app.keep('app.daily', '1 year', 'at', 'drop_partition', 'Pacific/Kiritimati'), app.keep('app.local', '1 year', 'at', 'drop_partition', 'Pacific/Kiritimati'); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.daily'), 'd3', 'date, where it begins early');
SELECT is(app.partitions('app.local'), 'l3', 'timestamp, likewise');
SELECT results_eq($$SELECT DISTINCT outcome, rows_removed FROM memreg.retention_run WHERE relation IN ('app.daily', 'app.local')$$, $$VALUES ('done', 0::bigint)$$, 'empty partitions go as well');
CALL app.forget('app.daily');
CALL app.forget('app.local');

-- A key of two columns: rows at the bound itself may be in the partition.
CREATE TABLE app.pair (id bigint NOT NULL, at date) PARTITION BY RANGE (at, id);
CALL app.part('pair', 'p1', 'minvalue, minvalue', :'early_eve' || ', 5');
CALL app.part('pair', 'p2', :'early_eve' || ', 5', :'early_day' || ', 5');
CALL app.part('pair', 'p3', :'early_day' || ', 5', 'maxvalue, maxvalue');
DO $$ BEGIN PERFORM app.keep('app.pair', '1 year', 'at', 'drop_partition', 'Pacific/Kiritimati'); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.pair'), 'p2 p3', 'a key of two columns proves what its first one does');
CALL app.forget('app.pair');

-- Partitions of partitions, whole and one by one; columns in another order; a bound that the parent sets.
CREATE TABLE app.tree (id bigint NOT NULL, at date, kind int) PARTITION BY RANGE (at);
CALL app.part('tree', 't1', quote_literal('2000-01-01'), quote_literal('2010-01-01'), 'PARTITION BY LIST (kind)');
CREATE TABLE app.t1_a PARTITION OF app.t1 FOR VALUES IN (1);
CREATE TABLE app.t1_b PARTITION OF app.t1 DEFAULT;
CREATE TABLE app.t2 (kind int, gone int, at date, id bigint NOT NULL) PARTITION BY RANGE (at);
ALTER TABLE app.t2 DROP COLUMN gone;
ALTER TABLE app.tree ATTACH PARTITION app.t2 FOR VALUES FROM ('2010-01-01') TO ('2999-01-01');
CALL app.part('t2', 't2_a', quote_literal('2010-01-01'), quote_literal('2011-01-01'));
CALL app.part('t2', 't2_b', quote_literal('2011-01-01'), 'maxvalue');
CREATE TABLE app.t2_c PARTITION OF app.t2 DEFAULT;
CALL app.part('tree', 't3', quote_literal('2999-01-01'), quote_literal('3000-01-01'), 'PARTITION BY LIST (kind)');
CREATE TABLE app.t3_a PARTITION OF app.t3 FOR VALUES IN (1);
INSERT INTO app.tree SELECT n, date '2000-01-01' + n * 300, n % 2 FROM generate_series(1, 20) n;
DO $$ BEGIN PERFORM app.keep('app.tree', '1 year', 'at', 'drop_partition'); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.tree'), 't2 t2_b t2_c t3 t3_a', 'a partition goes with those below it, or one below goes alone');
SELECT is((SELECT rows_removed FROM app.latest), 13::bigint, 'rows of all of them are counted');
SELECT is((SELECT count(*) FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relname LIKE 't1%'), 0::bigint, 'nothing is left of it');
CALL app.forget('app.tree');

-- Two rules over one column: the longest term wins. Over another column: every row is looked at.
CREATE TABLE app.log (id bigint NOT NULL, at date, billed date) PARTITION BY RANGE (at);
CALL app.part('log', 'g1', quote_literal('2000-01-01'), quote_literal('2001-01-01'));
CALL app.part('log', 'g2', quote_literal('2001-01-01'), quote_literal('2002-01-01'));
CALL app.part('log', 'g3', quote_literal('2002-01-01'), 'maxvalue');
INSERT INTO app.log SELECT n, date '2000-06-06' + n * 365, '2002-02-02' FROM generate_series(0, 1) n;
INSERT INTO app.log VALUES (2, '2001-07-07', '2001-07-07'), (3, now(), now());
DO $$ BEGIN PERFORM app.keep('app.log', '1 year', 'at', 'drop_partition'), memreg.add_retention('members', 'app.log', '100 years', 'at'); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.log'), 'g1 g2 g3', 'a longer term over the same column keeps all');
DO $$ BEGIN PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule WHERE term = '100 years'; END $$;
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.log', '1 year', 'billed'); END $$;
UPDATE app.log SET billed = now() WHERE id = 1;
SELECT results_eq($$SELECT rows_due FROM memreg.retention_due WHERE action = 'drop_partition'$$, 'VALUES (1::bigint)', 'one row keeps a partition, and it is not due');
DO $$ BEGIN PERFORM memreg.pause_retention(rule_id) FROM memreg.retention_rule WHERE action = 'delete'; END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.log'), 'g2 g3', 'over another column each row counts');
SELECT results_eq($$SELECT partition, outcome, why FROM memreg.retention_partition WHERE relation = 'app.log' ORDER BY partition$$,
	$$VALUES ('app.g1', 'dropped', NULL), ('app.g2', 'kept', 'a row is not past the term of another rule')$$, 'and the run says what kept a partition');
DO $$ BEGIN PERFORM memreg.resume_retention(rule_id) FROM memreg.retention_rule WHERE action = 'delete'; END $$;
CALL memreg.run_retention();
SELECT set_eq('SELECT id FROM app.log', 'VALUES (1), (3)', 'rows of a kept partition go by the rule for rows');
SELECT is((SELECT rows_due FROM memreg.retention_due WHERE action = 'drop_partition'), 0::bigint, 'and the partition is not due');
UPDATE app.log SET billed = NULL WHERE id = 1;
CALL memreg.run_retention();
SELECT is(app.partitions('app.log'), 'g2 g3', 'a term that has not begun keeps it');
CALL app.forget('app.log');

-- Who is held or restricted keeps the partition.
UPDATE app.log SET billed = '2000-01-01' WHERE id = 1;
INSERT INTO app.log VALUES (4, '2001-07-07', '2001-07-07'), (5, '2001-07-07', '2001-07-07');
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.log', '1 year', 'at', 'drop_partition'); PERFORM memreg.hold('members', 4::bigint, 'a claim'); END $$;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.g2), 3::bigint, 'a held subject keeps the partition');
SELECT is((SELECT rows_due FROM memreg.retention_due), 0::bigint, 'none of its rows is due');
SELECT results_eq('SELECT partition, rows, kept FROM memreg.retention_partition_due', $$VALUES ('app.g2'::regclass, NULL::bigint, 'a subject is held or restricted')$$, 'which is told');
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.log', '1 year', 'at'); END $$;
CALL memreg.run_retention();
SELECT set_eq('SELECT id FROM app.g2', 'VALUES (4)', 'a rule for rows takes the others');
DO $$ BEGIN PERFORM memreg.release_hold('members', 4::bigint), memreg.restrict_subject('members', 4::bigint, 'Art. 18(1)(c)'); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.log'), 'g2 g3', 'so does a restricted one');
DO $$ BEGIN PERFORM memreg.lift_restriction('members', 4::bigint), memreg.hold('members', 77::bigint, 'somebody else'); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.log'), 'g3', 'until that has ended, and others who are held keep nothing');
SELECT set_eq('SELECT id FROM app.log', 'VALUES (3)', 'no other row went');
CALL app.forget('app.log');

-- Limits: share, rows, gap, approval.
CREATE TABLE app.visit (id bigint NOT NULL, at date) PARTITION BY RANGE (at);
CALL app.part('visit', 'v1', quote_literal('2000-01-01'), quote_literal('2001-01-01'));
CALL app.part('visit', 'v2', quote_literal('2001-01-01'), quote_literal('2002-01-01'));
CALL app.part('visit', 'v3', quote_literal('2002-01-01'), 'maxvalue');
INSERT INTO app.visit SELECT n, '2000-05-05' FROM generate_series(1, 3) n;
INSERT INTO app.visit SELECT n, now() FROM generate_series(4, 10) n;
DO $$ BEGIN PERFORM app.keep('app.visit', '1 year', 'at', 'drop_partition'); END $$;
SET memreg.retention_max_share = 0.2;
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('stopped', 3::bigint, 0::bigint, 10::bigint)$$, 'more than the share stops before the first partition');
SELECT is(app.partitions('app.visit'), 'v1 v2 v3', 'and drops none');
DO $$ BEGIN PERFORM memreg.approve_run(max(run_id)) FROM memreg.retention_run WHERE outcome = 'stopped'; END $$;
INSERT INTO app.visit VALUES (11, '2000-05-05');
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('stopped', 4::bigint, 0::bigint, 11::bigint)$$, 'an approval covers what was counted');
DO $$ BEGIN PERFORM memreg.approve_run(max(run_id)) FROM memreg.retention_run WHERE outcome = 'stopped'; END $$;
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('done', 4::bigint, 4::bigint, 11::bigint)$$, 'and lets that go');
SELECT is(app.partitions('app.visit'), 'v3', 'with partitions that are empty');
CALL app.part('visit', 'v1', quote_literal('2000-01-01'), quote_literal('2001-01-01'));
INSERT INTO app.visit SELECT n, '2000-05-05' FROM generate_series(1, 2) n;
INSERT INTO app.visit SELECT n, now() FROM generate_series(11, 100) n;
SET memreg.retention_max_rows = 1;
CALL memreg.run_retention();
SELECT is((SELECT stopped_by FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1), 'memreg.retention_max_rows', 'a limit in rows');
SET memreg.retention_max_rows = 0;
UPDATE memreg.retention_state SET looked_at = now() - interval '100 days';
CALL memreg.run_retention();
SELECT is((SELECT stopped_by FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1), 'memreg.retention_max_rows', 'a run that waits says nothing new');
SELECT is(app.partitions('app.visit'), 'v1 v3', 'though a clock that has jumped stops it too');
UPDATE memreg.retention_state SET looked_at = now();
CALL memreg.run_retention();
SELECT is(app.partitions('app.visit'), 'v3', 'within all limits it goes');
CALL app.forget('app.visit');
SET memreg.retention_max_share = 1;

-- Detaching: the table stays, and memreg.check tells of it.
CREATE ROLE shop;
CREATE ROLE reader;
GRANT USAGE ON SCHEMA app TO reader;
CREATE TABLE app.answer (id bigint NOT NULL, at date, body text) PARTITION BY RANGE (at);
ALTER TABLE app.answer OWNER TO shop;
GRANT ALL ON SCHEMA app TO shop;
CALL app.part('answer', 'a1', quote_literal('2000-01-01'), quote_literal('2001-01-01'));
CALL app.part('answer', 'a2', quote_literal('2001-01-01'), quote_literal('2002-01-01'));
CALL app.part('answer', 'a3', quote_literal('2002-01-01'), 'maxvalue');
ALTER TABLE app.a1 OWNER TO shop;
INSERT INTO app.answer VALUES (1, '2000-02-02', 'CANARY'), (2, '2001-02-02', 'CANARY'), (3, now(), 'CANARY');
DO $$
BEGIN
	PERFORM app.keep('app.answer', '1 year', 'at', 'detach_partition');
	PERFORM memreg.create_purpose('members', 'billing', 'contract'), memreg.grant_access('reader', 'members', 'billing');
	PERFORM memreg.protect('app.answer');
END $$;
-- One that comes after the protection has no guards of its own.
CALL app.part('answer', 'a0', quote_literal('1999-01-01'), quote_literal('2000-01-01'), 'PARTITION BY LIST (id)');
CREATE TABLE app.a0_1 PARTITION OF app.a0 DEFAULT;
INSERT INTO app.answer VALUES (4, '1999-02-02', 'CANARY');
GRANT SELECT ON ALL TABLES IN SCHEMA app TO reader;
CALL memreg.run_retention();
SELECT is(app.partitions('app.answer'), 'a3', 'detached partitions are none any more');
SELECT results_eq('TABLE app.latest', $$VALUES ('done', 3::bigint, 3::bigint, 4::bigint)$$, 'and their rows have gone from the table');
SELECT is((SELECT count(*) FROM app.a0) + (SELECT count(*) FROM app.a1) + (SELECT count(*) FROM app.a2), 3::bigint, 'to lie in tables of their own');
CREATE FUNCTION app.state_of(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SET ROLE reader;
SET memreg.purpose = 'billing';
SELECT is(app.state_of('SELECT body FROM ' || t), 'MR304', 'which are closed: ' || t) FROM unnest('{app.a0,app.a0_1,app.a1,app.a2}'::text[]) t;
RESET ROLE;
SET ROLE shop;
SELECT is(app.state_of('SELECT body FROM app.a1'), 'MR304', 'to their owner too');
RESET ROLE;
SELECT set_eq($$SELECT object, finding FROM memreg.check() WHERE finding LIKE 'detached from%'$$,
	$$SELECT t, format('detached from app.answer by retention rule %s, with 1 rows past their term', (SELECT max(rule_id) FROM memreg.retention_rule)) FROM unnest('{app.a0,app.a1,app.a2}'::text[]) t$$, 'memreg.check tells of them');
DROP TABLE app.a1;
SELECT is((SELECT count(*) FROM memreg.detached_partition), 2::bigint, 'until they are dropped');
ALTER TABLE app.answer ATTACH PARTITION app.a2 FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
SELECT is((SELECT count(*) FROM memreg.check() WHERE object = 'app.a2' AND finding LIKE 'detached from%'), 0::bigint, 'or attached again');
CALL memreg.run_retention();
SELECT is(app.partitions('app.answer'), 'a3', 'whence they go again');
CALL app.forget('app.answer');

-- Foreign keys and views: a clear failure, and nothing lost; the others go.
CREATE TABLE app.thing (id bigint NOT NULL, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CALL app.part('thing', 'k1', quote_literal('2000-01-01'), quote_literal('2001-01-01'));
CALL app.part('thing', 'k2', quote_literal('2001-01-01'), quote_literal('2002-01-01'));
CALL app.part('thing', 'k3', quote_literal('2002-01-01'), quote_literal('2003-01-01'));
CREATE TABLE app.refers (id bigint, at date, FOREIGN KEY (id, at) REFERENCES app.thing);
INSERT INTO app.thing VALUES (1, '2000-02-02'), (2, '2001-02-02'), (3, '2002-02-02');
INSERT INTO app.refers VALUES (1, '2000-02-02');
CREATE VIEW app.upon AS SELECT * FROM app.k2;
DO $$ BEGIN PERFORM app.keep('app.thing', '1 year', 'at', 'drop_partition'); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.thing'), 'k1 k2', 'what is referred to stays');
-- The constraint of a partition is named by the server, in each version otherwise.
SELECT results_eq($$SELECT outcome, rows_removed, error_sqlstate, regexp_replace(error_message, '_fkey\w*', '_fkey') FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1$$,
	$$VALUES ('failed', 1::bigint, '23503', 'app.k1: constraint refers_id_at_fkey of table app.refers does not allow it')$$, 'and the run says what referred to it');
SELECT results_eq($$SELECT why FROM memreg.retention_partition WHERE partition = 'app.k2'$$, $$VALUES ('a view, foreign key or other object depends on it')$$, 'to each');
DELETE FROM app.refers;
DROP VIEW app.upon;
CALL memreg.run_retention();
SELECT is(app.partitions('app.thing'), NULL, 'what is referred to no more goes');
SELECT is((SELECT count(*) FROM pg_constraint WHERE conrelid = 'app.refers'::regclass AND contype = 'f'), 1::bigint, 'the foreign key stays');
CALL app.forget('app.thing');

-- The owner's right, not the caller's: who may call runs it, and an owner without the schema's rights does not matter.
CREATE ROLE clerk IN ROLE pg_monitor;
GRANT EXECUTE ON PROCEDURE memreg.run_retention(boolean) TO clerk;
CREATE TABLE app.owned (id bigint NOT NULL, at date) PARTITION BY RANGE (at);
CALL app.part('owned', 'o1', quote_literal('2000-01-01'), quote_literal('2001-01-01'));
ALTER TABLE app.owned OWNER TO shop;
ALTER TABLE app.o1 OWNER TO shop;
CREATE TABLE app.seen (who name, command text);
GRANT INSERT ON app.seen TO shop;
CREATE FUNCTION app.spy() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.seen SELECT current_user, o.object_identity FROM pg_event_trigger_dropped_objects() o WHERE o.original;
END $$;
CREATE EVENT TRIGGER spy ON sql_drop EXECUTE FUNCTION app.spy();
DO $$ BEGIN PERFORM app.keep('app.owned', '1 year', 'at', 'drop_partition'); END $$;
SET ROLE clerk;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM memreg.retention_partition WHERE partition = 'app.o1'), 1::bigint, 'pg_monitor reads what became of partitions');
RESET ROLE;
SELECT results_eq('TABLE app.seen', $$VALUES ('shop'::name, 'app.o1')$$, 'an event trigger sees the owner drop it');
DROP EVENT TRIGGER spy;
SELECT is(app.partitions('app.owned'), NULL, 'though the caller has no right to');

-- A large partition, of which most is looked at ahead.
CREATE TABLE app.large (id bigint NOT NULL, at date, filler text) PARTITION BY RANGE (at);
CALL app.part('large', 'big', quote_literal('2000-01-01'), quote_literal('2001-01-01'), 'WITH (autovacuum_enabled = off)');
INSERT INTO app.large SELECT n, '2000-02-02', repeat('x', 500) FROM generate_series(1, 20000) n;
DELETE FROM app.big WHERE id % 7 = 0;
VACUUM app.big;
DELETE FROM app.big WHERE id BETWEEN 5000 AND 5100;
UPDATE app.big SET filler = 'y' WHERE id % 100 = 1;
INSERT INTO app.big SELECT n, '2000-02-02', 'z' FROM generate_series(20001, 20500) n;
CREATE TABLE app.expected AS SELECT count(*) FROM app.big;
DO $$ BEGIN PERFORM app.keep('app.large', '1 year', 'at', 'drop_partition'); END $$;
SELECT results_eq($$SELECT rows_due FROM memreg.retention_due WHERE relation = 'app.large'::regclass$$, 'TABLE app.expected', 'a large partition is counted exactly');
DO $$ BEGIN PERFORM memreg.hold('members', 19998::bigint, 'a claim'); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.large'), 'big', 'one row of many keeps it');
DO $$ BEGIN PERFORM memreg.release_hold('members', 19998::bigint); END $$;
CALL memreg.run_retention();
SELECT is(app.partitions('app.large'), NULL, 'or none');
SELECT is((SELECT rows_removed FROM app.latest), (TABLE app.expected), 'and it goes, counted exactly');
SELECT * FROM finish();
