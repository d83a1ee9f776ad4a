-- Stops, approvals, dry runs, the history and its end.
CREATE EXTENSION memreg;
SELECT plan(25);
SET client_min_messages = error;
CREATE SCHEMA app;
DO $$ BEGIN PERFORM memreg.create_register('members', 'Member register', 'Example City'); END $$;
CREATE TABLE app.member (id bigint PRIMARY KEY, at timestamptz);
DO $$
BEGIN
    PERFORM memreg.add_table('members', 'app.member', 'id');
    PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at');
END $$;
CREATE VIEW app.latest AS
    SELECT outcome, rows_due, rows_removed FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1;
CREATE VIEW app.runs AS SELECT count(*) FROM memreg.retention_run;

-- The share: exactly as much as allowed goes, one row more stops.
INSERT INTO app.member SELECT n, CASE WHEN n <= 2 THEN '2000-01-01' ELSE now() END FROM generate_series(1, 10) n;
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('done', 2::bigint, 2::bigint)$$, 'two of ten are not too many');
UPDATE app.member SET at = '2001-01-01' WHERE id = 3;
SET memreg.retention_max_share = 0;
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('stopped', 1::bigint, 0::bigint)$$, 'a share of 0 lets nothing go unasked');
RESET memreg.retention_max_share;
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('done', 1::bigint, 1::bigint)$$, 'one of eight goes, though a run waits');

-- A table of two rows, of which one is due, stops as well.
DELETE FROM app.member WHERE id > 5;
UPDATE app.member SET at = '2000-01-01' WHERE id = 4;
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('stopped', 1::bigint, 0::bigint)$$, 'small tables are no exception');
SELECT results_eq('TABLE app.runs', 'VALUES (4::bigint)', 'each is one run');
CALL memreg.run_retention();
SELECT results_eq('TABLE app.runs', 'VALUES (4::bigint)', 'a rule that goes on waiting is not written down again');

-- An approval covers what was counted: a fifth row that has come since stops again.
INSERT INTO app.member SELECT n, now() FROM generate_series(6, 10) n;
UPDATE app.member SET at = '2000-01-01' WHERE id IN (5, 6);
CREATE PROCEDURE app.approve() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM memreg.approve_run(max(run_id)) FROM memreg.retention_run WHERE outcome = 'stopped';
END $$;
CALL app.approve();
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('stopped', 3::bigint, 0::bigint)$$, 'more than was approved stops again');
SELECT is((SELECT count(*) FROM app.member), 7::bigint, 'before the first row');
CALL app.approve();
UPDATE app.member SET at = now() WHERE id = 6;
UPDATE app.member SET at = clock_timestamp() - interval '1 year' WHERE id = 7;
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('done', 2::bigint, 2::bigint)$$, 'less than was approved goes');
SELECT set_eq('SELECT id FROM app.member', 'VALUES (6), (7), (8), (9), (10)', 'a row renewed since, or due since, stays');
SELECT set_eq('SELECT approved_by FROM memreg.retention_run WHERE approved_at IS NOT NULL', $$VALUES ('postgres'::name)$$, 'who approved is written down');
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('done', 1::bigint, 1::bigint)$$, 'an approval is used once; what is due now goes by the share');

-- An approval is used up by rows that have gone by themselves.
UPDATE app.member SET at = '2000-01-01';
CALL memreg.run_retention();
CALL app.approve();
UPDATE app.member SET at = now();
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('done', 0::bigint, 0::bigint)$$, 'nothing is left of what was approved');
UPDATE app.member SET at = '2000-01-01';
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('stopped', 4::bigint, 0::bigint)$$, 'and the next one stops');

-- A longer term, set by hand, holds against an approval of the shorter.
CALL app.approve();
UPDATE memreg.retention_rule SET term = '100 years';
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.member), 4::bigint, 'an approval does not shorten a term');
UPDATE memreg.retention_rule SET term = '1 year';

-- Dry runs change nothing.
CREATE TABLE app.before AS SELECT ctid AS place, xmax::text AS locked_by, * FROM app.member;
CALL memreg.run_retention(dry_run => true);
SELECT results_eq('TABLE app.latest', $$VALUES ('dry run', 4::bigint, 0::bigint)$$, 'a dry run counts');
SELECT set_eq('SELECT ctid AS place, xmax::text AS locked_by, * FROM app.member', 'TABLE app.before', 'and touches no row');

-- What is due, told without a run.
SELECT results_eq($$SELECT register, relation, since, rows_due, rows_total, share, attempts, problem FROM memreg.retention_due$$,
    $$VALUES ('members', 'app.member'::regclass, 'at'::name, 4::bigint, 4::bigint, 1.0000, 0, NULL)$$, 'what is due');

-- A run whose process is gone: seen at once, written down by the next run.
INSERT INTO memreg.run (rule_id, relation, action, outcome) SELECT rule_id, 'app.member', 'delete', 'running' FROM memreg.retention_rule;
SELECT is((SELECT outcome FROM app.latest), 'interrupted', 'nobody works on a run that is said to be running');
SELECT is_empty('SELECT * FROM memreg.retention_progress', 'so it makes no progress');
SET memreg.retention_max_share = 1;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM memreg.run WHERE outcome = 'interrupted'), 1::bigint, 'the next run says so');
SELECT is((SELECT count(*) FROM app.member), 0::bigint, 'and does the work');

-- The history is capped, but keeps what stopped.
INSERT INTO memreg.run (rule_id, relation, action, outcome)
SELECT rule_id, 'app.member', 'delete', 'failed' FROM memreg.retention_rule, generate_series(1, 150);
INSERT INTO app.member VALUES (1, '2000-01-01');
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM memreg.run WHERE outcome <> 'stopped'), 100::bigint, 'a hundred runs of a rule are kept');
SELECT is((SELECT count(*) FROM memreg.run WHERE outcome = 'stopped'), 1::bigint, 'and the last that stopped, though it is older');

-- Rows that come past their term while a run is at work do not ride on its count.
CREATE FUNCTION app.age_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE app.member SET at = '2000-01-01' WHERE id > 1000;
    RETURN NULL;
END $$;
CREATE TRIGGER age_others AFTER DELETE ON app.member FOR EACH STATEMENT EXECUTE FUNCTION app.age_others();
INSERT INTO app.member SELECT n, CASE WHEN n <= 10 THEN '2000-01-01' ELSE now() END FROM generate_series(1, 2000) n;
SET memreg.retention_max_share = 0.1;
CALL memreg.run_retention();
SELECT ok((SELECT count(*) FROM app.member WHERE id > 1000) >= 800, 'a mass update during a run does not empty the table');
SELECT * FROM finish();
