-- Rules over whole partitions: tables that are not partitioned so, each with a clear error, when a rule is added and
-- when a run comes to it; names of any kind; nobody is let in.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS memreg;
RESET client_min_messages;
SET TimeZone = 'Europe/Helsinki';
CREATE SCHEMA app;
SELECT memreg.create_register('members', 'Member register', 'Example City');
CREATE TABLE app.plain (id bigint NOT NULL, at timestamptz);
CREATE TABLE app.child () INHERITS (app.plain);
CREATE TABLE app.listed (id bigint NOT NULL, at date) PARTITION BY LIST (at);
CREATE TABLE app.hashed (id bigint NOT NULL, at date) PARTITION BY HASH (at);
CREATE TABLE app.other (id bigint NOT NULL, at date, made date) PARTITION BY RANGE (made, at);
CREATE TABLE app.computed (id bigint NOT NULL, at timestamp) PARTITION BY RANGE (date_trunc('day', at));
CREATE TABLE app.log (id bigint NOT NULL, at date) PARTITION BY RANGE (at);
SELECT memreg.add_table('members', t::regclass, 'id') FROM unnest('{app.plain,app.listed,app.hashed,app.other,app.computed,app.log}'::text[]) t;

SELECT memreg.add_retention('members', 'app.plain', '1 year', 'at', 'drop_partition');
SELECT memreg.add_retention('members', 'app.plain', '1 year', 'at', 'detach_partition');
SELECT memreg.add_retention('members', 'app.listed', '1 year', 'at', 'drop_partition');
SELECT memreg.add_retention('members', 'app.hashed', '1 year', 'at', 'drop_partition');
SELECT memreg.add_retention('members', 'app.other', '1 year', 'at', 'drop_partition');
SELECT memreg.add_retention('members', 'app.computed', '1 year', 'at', 'drop_partition');
SELECT memreg.add_retention('members', 'app.log', '1 year', 'made', 'drop_partition');
SELECT memreg.add_retention('members', 'app.log', '1 year', 'at', 'truncate_partition');
SELECT count(*) AS rules FROM memreg.retention_rule;

-- An operator class that orders dates the other way round: a bound then says how early a time can be.
CREATE FUNCTION app.backwards(a date, b date) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT date_cmp(b, a)';
CREATE OPERATOR CLASS app.backwards FOR TYPE date USING btree AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 app.backwards(date, date);
CREATE TABLE app.reversed (id bigint NOT NULL, at date) PARTITION BY RANGE (at app.backwards);
CREATE TABLE app.reversed_1 PARTITION OF app.reversed FOR VALUES FROM ('2999-01-01') TO ('2000-01-01');
SELECT memreg.add_table('members', 'app.reversed', 'id');
SELECT memreg.add_retention('members', 'app.reversed', '1 year', 'at', 'drop_partition');

-- A rule that was right when it was added.
SELECT memreg.add_retention('members', 'app.log', '1 year', 'at', 'drop_partition') AS rule \gset
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE app.log_far PARTITION OF app.log FOR VALUES FROM ('2000-01-01') TO ('2001-01-01') SERVER nowhere;
SELECT problem FROM memreg.retention_due;
CALL memreg.run_retention();
DROP FOREIGN TABLE app.log_far;
UPDATE memreg.retention_rule SET relation = 'app.other' WHERE rule_id = :rule;
SELECT problem FROM memreg.retention_due;
CALL memreg.run_retention();
SELECT relation, outcome, error_sqlstate FROM memreg.retention_run ORDER BY run_id;
SELECT memreg.remove_retention(:rule);

-- Names with quotes, capitals, spaces and line ends.
CREATE SCHEMA "App ""2""";
CREATE TABLE "App ""2"""."The
Log's" ("Id" bigint NOT NULL, "Seen ""at""" date) PARTITION BY RANGE ("Seen ""at""");
CREATE TABLE "App ""2"""."Old;
DROP" PARTITION OF "App ""2"""."The
Log's" FOR VALUES FROM ('2000-01-01') TO ('2001-01-01');
CREATE TABLE "App ""2"""."Older" PARTITION OF "App ""2"""."The
Log's" FOR VALUES FROM ('1999-01-01') TO ('2000-01-01');
INSERT INTO "App ""2"""."The
Log's" VALUES (1, '2000-02-02'), (2, '1999-02-02');
SELECT memreg.add_table('members', E'"App ""2"""."The\nLog''s"', 'Id');
SELECT memreg.add_retention('members', E'"App ""2"""."The\nLog''s"', '1 year', 'Seen "at"', 'detach_partition') > 0 AS added;
SET memreg.retention_max_share = 1;
CALL memreg.run_retention();
SELECT relation, partition, outcome, rows FROM memreg.retention_partition ORDER BY partition;
SELECT "Id" FROM "App ""2"""."Old;
DROP";

-- Nobody is let in by default.
CREATE ROLE partition_nobody;
SET ROLE partition_nobody;
SELECT * FROM memreg.retention_partition;
SELECT * FROM memreg.detached_partition;
SELECT memreg.settle_partition(0);
SELECT memreg.guard_partition('pg_class');
SET memreg.retention_lock_timeout = 1;
RESET ROLE;
DROP ROLE partition_nobody;
SELECT name, setting, unit, context, min_val, max_val FROM pg_settings WHERE name = 'memreg.retention_lock_timeout';
