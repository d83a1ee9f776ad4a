-- The consent index where little, or something unusual, has been recorded: purposes of which nobody ever consented, purposes that become known
-- after what was said about them, tables that are emptied by the transaction that looks, triggers that were disabled, parallel plans.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(36);

CREATE ROLE researcher IN ROLE pg_read_all_stats; -- for EXPLAIN ANALYZE
CREATE TABLE number_row (id bigint);
CREATE TABLE code_row (id uuid);
CREATE TABLE name_row (id text);
INSERT INTO number_row SELECT generate_series(1, 10);
INSERT INTO code_row SELECT lpad(n::text, 32, '0')::uuid FROM generate_series(0, 9) n;
INSERT INTO name_row SELECT 'name ' || n FROM generate_series(1, 10) n;
GRANT SELECT ON number_row, code_row, name_row TO researcher;
CREATE FUNCTION declare_register(register text, type regtype, relation regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register(register, 'Keys', 'Nobody', type), memreg.create_purpose(register, 'research', 'consent');
	PERFORM memreg.create_purpose(register, 'service', 'public_task'), memreg.add_table(register, relation, 'id');
	PERFORM memreg.grant_access('researcher', register, 'research'), memreg.grant_access('researcher', register, 'service'), memreg.protect(relation);
END $$;
SELECT declare_register('numbers', 'bigint', 'number_row'), declare_register('codes', 'uuid', 'code_row'), declare_register('names', 'text', 'name_row') \g /dev/null

CREATE FUNCTION seen(purpose text, relation regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	number bigint;
BEGIN
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', purpose, true);
	EXECUTE format('SELECT count(*) FROM %s', relation) INTO number;
	PERFORM set_config('role', 'none', true);
	RETURN number;
END $$;
CREATE FUNCTION object(purpose_id int, subject text, objects boolean DEFAULT true) RETURNS void LANGUAGE sql AS $$
	INSERT INTO memreg.objection_state VALUES (purpose_id, subject, objects, now(), 1, true)
	ON CONFLICT ON CONSTRAINT objection_state_pkey DO UPDATE SET objected = objects $$;
CREATE FUNCTION restrict(register text, subject text, restricts boolean DEFAULT true) RETURNS void LANGUAGE sql AS $$
	INSERT INTO memreg.restriction_state SELECT r.register_id, restrict.subject, restricts, now(), 1, true FROM memreg.register r WHERE r.register = restrict.register
	ON CONFLICT ON CONSTRAINT restriction_state_pkey DO UPDATE SET restricted = restricts $$;
CREATE FUNCTION purpose(register text, purpose text) RETURNS int LANGUAGE sql AS $$
	SELECT p.purpose_id FROM memreg.purpose p WHERE (p.register, p.purpose) = ($1, $2) $$;

-- Sets without members.
SELECT is(seen('research', 'code_row') + seen('research', 'number_row') + seen('research', 'name_row'), 0::bigint, 'nobody has said anything');
SELECT is(seen('service', 'code_row') + seen('service', 'number_row') + seen('service', 'name_row'), 30::bigint, 'nor objected');
SELECT memreg.withdraw_consent('codes', lpad('1', 32, '0')::uuid, 'research'), memreg.withdraw_consent('names', 'name 1', 'research'), memreg.withdraw_consent('numbers', 1::bigint, 'research') \g /dev/null
SELECT object(purpose(register, 'service'), subject, false), restrict(register, subject, false) FROM (VALUES ('codes', lpad('1', 32, '0')::uuid::text), ('names', 'name 1'), ('numbers', '1')) v (register, subject) \g /dev/null
SELECT is(seen('research', relation), 0::bigint, 'what was never given is withdrawn: ' || relation) FROM unnest('{code_row,name_row,number_row}'::regclass[]) relation;
SELECT is(seen('service', relation), 10::bigint, 'what never stood is taken back: ' || relation) FROM unnest('{code_row,name_row,number_row}'::regclass[]) relation;
SELECT memreg.grant_consent('codes', lpad('0', 32, '0')::uuid, 'research') \g /dev/null
SELECT is(seen('research', 'code_row'), 1::bigint, 'the only one is the key of zeros');
SELECT memreg.withdraw_consent('codes', lpad('0', 32, '0')::uuid, 'research') \g /dev/null
SELECT is(seen('research', 'code_row'), 0::bigint, 'and it withdraws');
SELECT is_empty('SELECT * FROM memreg.verify_consent_index() WHERE (missing, surplus) <> (0, 0)', 'the index is right');

-- A restore or a subscription brings what was said before it brings the purpose.
BEGIN;
SET LOCAL session_replication_role = replica;
SELECT object(9999, '1'), object(9999, '2') \g /dev/null
COMMIT;
SELECT is(seen('service', 'number_row'), 10::bigint, 'objections to a purpose that is not known yet');
INSERT INTO memreg.purpose (purpose_id, register, purpose, basis) OVERRIDING SYSTEM VALUE VALUES (9999, 'numbers', 'late', 'public_task');
SELECT memreg.grant_access('researcher', 'numbers', 'late') \g /dev/null
SELECT is(seen('late', 'number_row'), 8::bigint, 'stand once it is');
SELECT object(9999, '3') \g /dev/null
SELECT is(seen('late', 'number_row'), 7::bigint, 'as do those that follow');
SELECT memreg.load_consent_index() \g /dev/null
SELECT is(seen('late', 'number_row'), 7::bigint, 'in an index that is loaded anew, too');

-- Nobody else may see what a transaction has emptied, and it must not stay so when that is taken back.
SELECT restrict('numbers', n::text) FROM generate_series(1, 3) n \g /dev/null
SELECT memreg.reset_consent_index() \g /dev/null
BEGIN;
TRUNCATE memreg.restriction_state;
SELECT is(seen('service', 'number_row'), 10::bigint, 'restrictions are emptied');
ROLLBACK;
SELECT is(seen('service', 'number_row'), 7::bigint, 'and are not: an index was to be loaded meanwhile');
SELECT restrict('numbers', '4') \g /dev/null
BEGIN;
SAVEPOINT s;
TRUNCATE memreg.restriction_state;
SELECT is(seen('service', 'number_row'), 10::bigint, 'they are emptied again');
ROLLBACK TO s;
SELECT is(seen('service', 'number_row'), 6::bigint, 'and are not, within the transaction');
COMMIT;
SELECT is(seen('service', 'number_row'), 6::bigint, 'and after it: an index was to be refreshed meanwhile');
BEGIN;
TRUNCATE memreg.restriction_state;
SELECT throws_ok('SELECT memreg.load_consent_index()', 'MR220', NULL, 'nothing is loaded from a table that was emptied');
ROLLBACK;
SELECT is(seen('service', 'number_row'), 6::bigint, 'so the restrictions stand');
SELECT isnt_empty('SELECT * FROM memreg.verify_consent_index()', 'there is an index');
SELECT is_empty('SELECT * FROM memreg.verify_consent_index() WHERE (missing, surplus) <> (0, 0)', 'which is right');

-- What is changed while nobody listens, as pg_restore --disable-triggers does, is asked of the tables.
ALTER TABLE memreg.restriction_state DISABLE TRIGGER ALL;
SELECT restrict('numbers', '5') \g /dev/null
SELECT is(seen('service', 'number_row'), 5::bigint, 'while the triggers are disabled');
ALTER TABLE memreg.restriction_state ENABLE TRIGGER ALL;
SELECT is(seen('service', 'number_row'), 5::bigint, 'when they are enabled, but not always');
BEGIN;
SET LOCAL session_replication_role = replica;
SELECT restrict('numbers', '6') \g /dev/null
COMMIT;
SELECT is(seen('service', 'number_row'), 4::bigint, 'which a subscription does not set off');
ALTER TABLE memreg.restriction_state ENABLE ALWAYS TRIGGER note_change, ENABLE ALWAYS TRIGGER note_truncate;
SELECT is(seen('service', 'number_row'), 4::bigint, 'when they are as they were');
SELECT is_empty('SELECT * FROM memreg.verify_consent_index() WHERE (missing, surplus) <> (0, 0)', 'the index is right');

-- Parallel plans ask the index, unless there is something that only this session knows.
INSERT INTO number_row SELECT generate_series(11, 20000);
INSERT INTO memreg.consent_state (purpose_id, subject, granted, changed_at, events, changed) SELECT purpose('numbers', 'research'), n, true, now(), 1, true FROM generate_series(1001, 11000) n;
ANALYZE number_row;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
CREATE FUNCTION workers() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', 'research', true);
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) SELECT count(*) FROM number_row' INTO plan;
	PERFORM set_config('role', 'none', true);
	RETURN jsonb_path_query_first(plan::jsonb, '$.**."Workers Launched"');
END $$;
SELECT cmp_ok(workers()::int, '>', 0, 'a parallel plan has workers');
SELECT is(seen('research', 'number_row'), 10000::bigint, 'and sees everybody');
SELECT memreg.withdraw_consent('numbers', 1001::bigint, 'research') \g /dev/null
SELECT is(seen('research', 'number_row'), 9999::bigint, 'a withdrawal binds its workers');
BEGIN;
SELECT memreg.withdraw_consent('numbers', n::bigint, 'research') FROM generate_series(1002, 1011) n \g /dev/null
SELECT is(workers(), '0', 'after a change of its own a transaction does without workers');
SELECT is(seen('research', 'number_row'), 9989::bigint, 'and sees the change');
ROLLBACK;
SELECT is(seen('research', 'number_row'), 9999::bigint, 'which is taken back');
SELECT cmp_ok(workers()::int, '>', 0, 'then there are workers again');
SELECT * FROM finish();
