-- CALL memreg.run_retention() and what it says.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS memreg;
RESET client_min_messages;
CREATE SCHEMA app;
SELECT memreg.create_register('members', 'Member register', 'Example City');
CREATE TABLE app.member (id bigint PRIMARY KEY, last_active timestamptz);
SELECT memreg.add_table('members', 'app.member', 'id', root => true);
INSERT INTO app.member SELECT n, now() - n * interval '1 month' FROM generate_series(1, 10) n;

-- Without a rule there is nothing to do.
CALL memreg.run_retention();
SELECT memreg.add_retention('members', 'app.member', '30 months', 'last_active') AS rule \gset
CALL memreg.run_retention();
SELECT count(*) AS runs FROM memreg.retention_run;

-- It wants transactions of its own.
BEGIN;
CALL memreg.run_retention();
ROLLBACK;
DO $$
BEGIN
    CALL memreg.run_retention();
EXCEPTION WHEN SQLSTATE 'MR410' THEN
    RAISE NOTICE 'refused: %', SQLERRM;
END $$;
CREATE FUNCTION app.run() RETURNS void LANGUAGE plpgsql AS 'BEGIN CALL memreg.run_retention(); END';
SELECT app.run();
BEGIN READ ONLY;
CALL memreg.run_retention();
ROLLBACK;

-- It has them in an anonymous block, a procedure, and whatever isolation level is preferred.
DO $$ BEGIN CALL memreg.run_retention(dry_run => true); END $$;
CREATE PROCEDURE app.nightly() LANGUAGE plpgsql AS 'BEGIN CALL memreg.run_retention(true); END';
CALL app.nightly();
SET default_transaction_isolation = 'serializable';
CALL memreg.run_retention(true);
SET default_transaction_isolation = 'repeatable read';
CALL memreg.run_retention(true);
RESET default_transaction_isolation;
CALL memreg.run_retention(NULL);

-- More than the setting allows is due: dry run, stop, stop again, approval.
UPDATE app.member SET last_active = last_active - interval '25 months';
CALL memreg.run_retention(dry_run => true);
SELECT count(*) AS members FROM app.member;
CALL memreg.run_retention();
CALL memreg.run_retention();
SELECT count(*) AS members FROM app.member;
SELECT run_id, outcome, rows_due, rows_removed, rows_total, share, approved_by FROM memreg.retention_run
 WHERE outcome <> 'dry run';
SELECT max(run_id) AS stopped FROM memreg.retention_run WHERE outcome = 'stopped' \gset
SELECT min(run_id) AS dry FROM memreg.retention_run WHERE outcome = 'dry run' \gset
SELECT memreg.approve_run(:dry);
SELECT memreg.approve_run(:stopped);
SELECT memreg.approve_run(:stopped);
CALL memreg.run_retention();
SELECT outcome, rows_due, rows_removed, rows_total, share, approved_by,
       approval = :stopped AS acts_on_approval, cutoff = (SELECT s.cutoff FROM memreg.retention_run s
                                                           WHERE s.run_id = :stopped) AS same_cutoff
  FROM memreg.retention_run WHERE outcome <> 'dry run' ORDER BY run_id;
SELECT count(*) AS members FROM app.member;

-- Approvals of what does not stand any more.
SELECT memreg.approve_run((SELECT run_id FROM memreg.retention_run WHERE outcome = 'done'));
UPDATE app.member SET last_active = '2000-01-01';
CALL memreg.run_retention();
SELECT memreg.remove_retention(:rule);
SELECT memreg.approve_run((SELECT max(run_id) FROM memreg.retention_run WHERE outcome = 'stopped'));
SELECT outcome, relation FROM memreg.retention_run WHERE outcome <> 'dry run' ORDER BY run_id;

-- A failing rule says so, without the value, and the others go on.
CREATE TABLE app.a_first (id bigint NOT NULL, at timestamp, secret text);
CREATE TABLE app.kept (id bigint NOT NULL, at timestamp);
CREATE TABLE app.parent (id bigint PRIMARY KEY, at date);
CREATE TABLE app.child (id bigint REFERENCES app.parent);
CREATE TABLE app.z_last (id bigint NOT NULL, at timestamptz);
SELECT memreg.add_table('members', t, 'id') FROM unnest('{app.a_first,app.kept,app.parent,app.z_last}'::regclass[]) t;
SELECT memreg.add_retention('members', t, '1 year', 'at') FROM unnest('{app.a_first,app.kept,app.parent,app.z_last}'::regclass[]) t;
INSERT INTO app.a_first VALUES (1, '2000-01-01', 'made-up secret');
INSERT INTO app.kept VALUES (1, '2000-01-01');
INSERT INTO app.parent VALUES (1, '2000-01-01');
INSERT INTO app.child VALUES (1);
INSERT INTO app.z_last VALUES (1, '2000-01-01');
CREATE FUNCTION app.shout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'not %', OLD.secret USING ERRCODE = '57014', CONSTRAINT = OLD.secret, TABLE = OLD.secret, SCHEMA = 'app';
END $$;
CREATE TRIGGER shout BEFORE DELETE ON app.a_first FOR EACH ROW EXECUTE FUNCTION app.shout();
CREATE FUNCTION app.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE DELETE ON app.kept FOR EACH ROW EXECUTE FUNCTION app.keep();
SET memreg.retention_max_share = 1;
CALL memreg.run_retention();
SELECT relation, outcome, rows_due, rows_removed, error_sqlstate, error_message
  FROM memreg.retention_run WHERE relation <> 'app.member' ORDER BY run_id;
SELECT relation, attempts, next_attempt_at > now() AS waits, rows_due FROM memreg.retention_due ORDER BY relation::text;
-- Once the cause is gone it works.
TRUNCATE app.child;
DROP TRIGGER shout ON app.a_first;
CREATE RULE keep AS ON DELETE TO app.kept DO INSTEAD NOTHING;
CALL memreg.run_retention();
SELECT relation, outcome, error_sqlstate, error_message FROM (
    SELECT DISTINCT ON (rule) * FROM memreg.retention_run WHERE relation <> 'app.member' ORDER BY rule, run_id DESC) latest;
SELECT relation, attempts FROM memreg.retention_due ORDER BY relation::text;

-- A row that memreg cannot reach is an error of the rule.
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE TABLE app.log (id bigint NOT NULL, at timestamptz) PARTITION BY RANGE (at);
CREATE FOREIGN TABLE app.log_old PARTITION OF app.log FOR VALUES FROM (MINVALUE) TO ('2000-01-01') SERVER nowhere;
CREATE TABLE app.log_new PARTITION OF app.log FOR VALUES FROM ('2000-01-01') TO (MAXVALUE);
SELECT count(memreg.remove_retention(rule_id)) AS removed FROM memreg.retention_rule;
SELECT memreg.add_table('members', 'app.log', 'id');
SELECT memreg.add_retention('members', 'app.log', '1 year', 'at');
INSERT INTO app.log VALUES (1, '2001-01-01');
\set VERBOSITY terse
CALL memreg.run_retention(true);
SELECT relation, rows_due, problem FROM memreg.retention_due WHERE relation = 'app.log'::regclass;
SELECT count(*) FROM app.log_new;
