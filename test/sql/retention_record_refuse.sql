-- What records of retention refuse: nobody changes them, and few see them.
\set SHOW_CONTEXT never
CREATE EXTENSION memreg;
\i test/attempt.sql
SELECT memreg.create_register('members', 'Member register', 'Example City');
CREATE SCHEMA app;
CREATE TABLE app.member (id bigint PRIMARY KEY, at timestamptz);
INSERT INTO app.member VALUES (1, '2000-01-01');
SELECT memreg.add_table('members', 'app.member', 'id');
SELECT memreg.add_retention('members', 'app.member', '1 year', 'at') AS rule \gset
SET memreg.retention_max_share = 1;
CALL memreg.run_retention();
SELECT number, relation, outcome, rows FROM memreg.retention_record;

-- Records are only ever added, by anybody.
SELECT attempt(form) FROM unnest('{UPDATE memreg.retention_record SET rows = 0,DELETE FROM memreg.retention_record,TRUNCATE memreg.retention_record}'::text[]) AS form;
SET session_replication_role = replica;
SELECT attempt($$DELETE FROM memreg.retention_record$$);
RESET session_replication_role;
SELECT attempt($$DELETE FROM memreg.register$$);

-- What is asked of records that are not there, or not whole
SELECT attempt($$SELECT * FROM memreg.physical_status(4711)$$);
SELECT attempt($$SELECT * FROM memreg.physical_status(NULL)$$);
SELECT attempt($$SELECT * FROM memreg.verify_retention_records('nowhere')$$);
SELECT attempt($$SELECT memreg.retention_digest(NULL, id, at) FROM (VALUES (1::bigint, now())) v (id, at)$$);
SELECT attempt($$SELECT memreg.retention_digest(r, id::int, at) FROM memreg.retention_record r, (VALUES (1::bigint, now())) v (id, at)$$);
SELECT attempt($$SELECT memreg.retention_digest(r, id, 'x'::text) FROM memreg.retention_record r, (VALUES (1::bigint, now())) v (id, at)$$);
SELECT attempt($$SELECT memreg.retention_digest((SELECT (r.register_id, r.number, r.run, r.rule, r.wording, r.relation, r.started_at, r.finished_at, r.outcome, r.cutoff, 2,
	r.first_at, r.last_at, r.rows_digest, r.nonce, r.first_xid, r.last_xid, r.last_lsn, r.cluster, r.previous, r.chain, r.digest)::memreg.retention_record
	FROM memreg.retention_record r), id, at) FROM (VALUES (1::bigint, now())) v (id, at)$$);

-- Ordinary roles
CREATE ROLE clerk;
SET ROLE clerk;
SELECT * FROM memreg.retention_record;
SELECT * FROM memreg.run_tally;
INSERT INTO memreg.retention_record DEFAULT VALUES;
SELECT * FROM memreg.retention_health;
SELECT * FROM memreg.snapshot_holder;
SELECT * FROM memreg.verify_retention_records();
SELECT * FROM memreg.physical_status(1);
SELECT memreg.retention_digest(NULL::memreg.retention_record, 1::bigint, now());
RESET ROLE;
DROP ROLE clerk;
