-- Retention rules: bad input, each with its own error; names of any kind; rules
-- that follow what happens to their table.
\set VERBOSITY verbose
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS memreg;
RESET client_min_messages;
SET TimeZone = 'Europe/Helsinki';
CREATE SCHEMA app;
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_register('customers', 'Customer register', 'Example City');
CREATE TABLE app.member (
    id bigint PRIMARY KEY,
    last_active timestamptz,
    joined timestamp,
    born date,
    name text,
    left_at time,
    yearly timestamp[]
);
SELECT memreg.add_table('members', 'app.member', 'id', root => true);
CREATE TABLE app.unregistered (id bigint PRIMARY KEY, last_active timestamptz);

-- Bad input.
\set VERBOSITY default
SELECT memreg.add_retention('nobody', 'app.member', '6 months', 'last_active');
SELECT memreg.add_retention(NULL, 'app.member', '6 months', 'last_active');
SELECT memreg.add_retention('members', 'app.unregistered', '6 months', 'last_active');
SELECT memreg.add_retention('members', NULL, '6 months', 'last_active');
SELECT memreg.add_retention('customers', 'app.member', '6 months', 'last_active');
SELECT memreg.add_retention('members', 'app.member', '0', 'last_active');
SELECT memreg.add_retention('members', 'app.member', '-6 months', 'last_active');
SELECT memreg.add_retention('members', 'app.member', '1 month -31 days', 'last_active');
SELECT memreg.add_retention('members', 'app.member', '1 day -25 hours', 'last_active');
SELECT memreg.add_retention('members', 'app.member', '300000 years'::interval / 2, 'last_active');
SELECT memreg.add_retention('members', 'app.member', NULL, 'last_active');
SELECT memreg.add_retention('members', 'app.member', '6 months', 'last_seen');
SELECT memreg.add_retention('members', 'app.member', '6 months', NULL);
SELECT memreg.add_retention('members', 'app.member', '6 months', 'last_active + interval ''1 day''');
SELECT memreg.add_retention('members', 'app.member', '6 months', 'ctid');
SELECT memreg.add_retention('members', 'app.member', '6 months', 'name');
SELECT memreg.add_retention('members', 'app.member', '6 months', 'left_at');
SELECT memreg.add_retention('members', 'app.member', '6 months', 'yearly');
SELECT memreg.add_retention('members', 'app.member', '6 months', 'last_active', 'vanish');
SELECT memreg.add_retention('members', 'app.member', '6 months', 'last_active', NULL);
SELECT memreg.add_retention('members', 'app.member', '6 months', 'last_active', time_zone => 'Atlantis');
SELECT memreg.remove_retention(4711);
SELECT memreg.remove_retention(NULL);
SELECT memreg.approve_run(4711);
SELECT memreg.approve_run(NULL);

-- Nothing of it has changed anything.
SELECT count(*) AS rules FROM memreg.retention_rule;
\set VERBOSITY terse

-- Their SQLSTATEs.
CREATE FUNCTION app.state_of(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT arguments, app.state_of('SELECT memreg.add_retention(' || arguments || ')') AS state
  FROM unnest(ARRAY[
    $$'nobody', 'app.member', '1 day', 'last_active'$$,
    $$'members', 'app.unregistered', '1 day', 'last_active'$$,
    $$'customers', 'app.member', '1 day', 'last_active'$$,
    $$'members', 'app.member', '0', 'last_active'$$,
    $$'members', 'app.member', '1 month -31 days', 'last_active'$$,
    $$'members', 'app.member', NULL, 'last_active'$$,
    $$'members', 'app.member', '1 day', 'last_seen'$$,
    $$'members', 'app.member', '1 day', 'name'$$,
    $$'members', 'app.member', '1 day', 'last_active', 'vanish'$$]) arguments;
SELECT app.state_of('SELECT memreg.remove_retention(4711)') AS remove,
       app.state_of('SELECT memreg.approve_run(4711)') AS approve;

-- Rules of every type of column; the same again says so; another term is refused.
SELECT memreg.add_retention('members', 'app.member', '6 months', 'last_active');
SELECT memreg.add_retention('members', 'app.member', '2 years', 'joined', time_zone => 'UTC');
SELECT memreg.add_retention('members', 'app.member', '99 years', 'born', action => 'delete');
SELECT memreg.add_retention('members', 'app.member', '6 months', 'last_active');
\set VERBOSITY default
SELECT memreg.add_retention('members', 'app.member', '180 days', 'last_active');
SELECT memreg.add_retention('members', 'app.member', '6 months', 'last_active', time_zone => 'UTC');
\set VERBOSITY terse
SELECT app.state_of($$SELECT memreg.add_retention('members', 'app.member', '180 days', 'last_active')$$);
SELECT rule_id, relation, term, since, action, time_zone, created_by,
       next_attempt_at - created_at = current_setting('memreg.retention_naptime')::interval AS waits_a_naptime
  FROM memreg.retention_rule JOIN memreg.retention_state USING (rule_id) ORDER BY rule_id;
SELECT memreg.remove_retention(3);
SELECT memreg.add_retention('members', 'app.member', '100 years', 'born');

-- Names with quotes, capitals, spaces and line ends; a domain.
CREATE SCHEMA "App ""2""";
CREATE DOMAIN "App ""2"""."Moment" AS timestamptz;
CREATE TABLE "App ""2"""."The
Member's" ("Id" bigint PRIMARY KEY, "Last ""seen""
at'" "App ""2"""."Moment");
SELECT memreg.create_register(E'Re"gi\nster''s', 'Odd names', 'Example City');
SELECT memreg.add_table(E'Re"gi\nster''s', E'"App ""2"""."The\nMember''s"', 'Id');
SELECT memreg.add_retention(E'Re"gi\nster''s', E'"App ""2"""."The\nMember''s"', '1 year', E'Last "seen"\nat''');
SELECT memreg.add_retention(E'Re"gi\nster''s', E'"App ""2"""."The\nMember''s"', '1 year', E'Last "seen"\nat');
INSERT INTO "App ""2"""."The
Member's" SELECT n, now() - n * interval '100 days' FROM generate_series(1, 4) n;
SET memreg.retention_max_share = 0.5;
CALL memreg.run_retention();
SELECT "Id" FROM "App ""2"""."The
Member's" ORDER BY 1;
SELECT rule, relation, outcome, rows_due, rows_removed, rows_total, share FROM memreg.retention_run;
RESET memreg.retention_max_share;

-- What happens to a table and its columns happens to the rules.
ALTER TABLE app.member RENAME COLUMN last_active TO last_seen;
ALTER TABLE app.member RENAME TO person;
SELECT rule_id, relation, since FROM memreg.retention_rule WHERE relation = 'app.person'::regclass ORDER BY 1;
ALTER TABLE app.person DROP COLUMN last_seen;
SELECT rule_id, relation, since FROM memreg.retention_rule WHERE relation = 'app.person'::regclass ORDER BY 1;
DROP TABLE app.person;
SELECT rule_id, since FROM memreg.retention_rule ORDER BY 1;
DROP DOMAIN "App ""2"""."Moment" CASCADE;
SELECT count(*) AS rules FROM memreg.retention_rule;

-- The same where the column is an attribute of a type that the table is made of.
CREATE TYPE app.happening AS (id bigint, happened timestamptz);
CREATE TABLE app.event OF app.happening (id NOT NULL);
SELECT memreg.add_table('members', 'app.event', 'id');
SELECT memreg.add_retention('members', 'app.event', '1 year', 'happened');
ALTER TYPE app.happening RENAME ATTRIBUTE happened TO happened_at CASCADE;
SELECT relation, since FROM memreg.retention_rule;
ALTER TYPE app.happening DROP ATTRIBUTE happened_at CASCADE;
SELECT count(*) AS rules FROM memreg.retention_rule;

-- A column that can no longer serve makes the rule fail, and says why.
CREATE TABLE app.answer (id bigint NOT NULL, given timestamptz, body text);
SELECT memreg.add_table('members', 'app.answer', 'id');
SELECT memreg.add_retention('members', 'app.answer', '1 year', 'given') AS rule \gset
INSERT INTO app.answer VALUES (1, '2000-01-01', 'kept');
ALTER TABLE app.answer ALTER COLUMN given TYPE text;
SELECT problem FROM memreg.retention_due;
\set VERBOSITY default
CALL memreg.run_retention();
\set VERBOSITY terse
SELECT relation, outcome, error_sqlstate, error_message FROM memreg.retention_run WHERE rule = :rule;
SELECT count(*) FROM app.answer;

-- Nobody is let in by default.
CREATE ROLE retention_nobody;
SET ROLE retention_nobody;
SELECT memreg.add_retention('members', 'app.answer', '1 year', 'given');
SELECT memreg.remove_retention(1);
SELECT memreg.approve_run(1);
CALL memreg.run_retention();
SELECT * FROM memreg.retention_run;
SELECT * FROM memreg.retention_due;
SELECT * FROM memreg.retention_progress;
SELECT * FROM memreg.retention_rule;
SELECT * FROM memreg.run;
SET memreg.retention_max_share = 1;
RESET ROLE;
DROP ROLE retention_nobody;

-- The settings.
SELECT name, setting, unit, context, min_val, max_val FROM pg_settings
 WHERE name IN ('memreg.retention_naptime', 'memreg.max_workers', 'memreg.retention_max_share') ORDER BY name;
