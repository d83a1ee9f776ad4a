-- The removal runs as the table's owner and gives nobody more rights.
CREATE EXTENSION memreg;
SELECT plan(17);
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
CREATE ROLE shop;
CREATE ROLE clerk IN ROLE pg_monitor;
CREATE SCHEMA app AUTHORIZATION shop;
DO $$ BEGIN PERFORM memreg.create_register('customers', 'Customer register', 'Example City'); END $$;
CREATE FUNCTION public.register(relation regclass, subject name DEFAULT 'id') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM memreg.add_table('customers', relation, subject);
    PERFORM memreg.add_retention('customers', relation, '1 year', 'at');
END $$;

SET ROLE shop;
-- What the trigger of each table tries when its row goes.
CREATE TABLE app.attempt (name text, statement text);
INSERT INTO app.attempt VALUES
    ('who', $$INSERT INTO app.seen VALUES (current_user, current_setting('search_path'))$$),
    ('role', 'SET ROLE postgres'),
    ('reset', 'RESET ROLE'),
    ('authorization', 'SET SESSION AUTHORIZATION postgres'),
    ('superuser', 'ALTER ROLE shop SUPERUSER'),
    ('create_role', 'CREATE ROLE intruder SUPERUSER'),
    ('read_file', $$SELECT pg_read_file('postgresql.conf')$$),
    ('catalog', $$DELETE FROM memreg.retention_rule$$),
    ('history', $$DELETE FROM memreg.run$$),
    ('approve', $$SELECT memreg.approve_run(1)$$),
    ('temporary', 'CREATE TEMPORARY TABLE leftover (a int)'),
    ('defer', 'SET CONSTRAINTS ALL DEFERRED; INSERT INTO app.bait DEFAULT VALUES'),
    ('commit', 'COMMIT'),
    ('path', $$SET search_path = app; SET work_mem = '77MB'$$);
CREATE TABLE app.seen (who name, path text);
CREATE FUNCTION app.try() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE (SELECT a.statement FROM app.attempt a WHERE a.name = TG_TABLE_NAME);
    RETURN OLD;
END $$;
DO $$
DECLARE
    attempt text;
BEGIN
    FOR attempt IN SELECT name FROM app.attempt LOOP
        EXECUTE format('CREATE TABLE app.%I (id bigint NOT NULL, at timestamptz)', attempt);
        EXECUTE format('INSERT INTO app.%I VALUES (1, ''2000-01-01'')', attempt);
        EXECUTE format('CREATE TRIGGER try BEFORE DELETE ON app.%I FOR EACH ROW EXECUTE FUNCTION app.try()', attempt);
    END LOOP;
END $$;
-- A deferred trigger would run at the commit, as whoever commits.
CREATE TABLE app.bait (id bigint GENERATED ALWAYS AS IDENTITY);
CREATE FUNCTION app.spring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.seen VALUES (current_user, 'deferred');
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER spring AFTER INSERT ON app.bait DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION app.spring();
CREATE TABLE app.after (id bigint NOT NULL, at timestamptz);
INSERT INTO app.after VALUES (1, '2000-01-01');
CREATE CONSTRAINT TRIGGER spring AFTER DELETE ON app.after DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION app.spring();
RESET ROLE;
DO $$
BEGIN
    PERFORM register(format('app.%I', name)::regclass) FROM app.attempt;
    PERFORM register('app.after');
END $$;

-- The owner may not delete from their own table: nor may retention as them.
CREATE TABLE app.revoked (id bigint NOT NULL, at timestamptz);
ALTER TABLE app.revoked OWNER TO shop;
REVOKE DELETE ON app.revoked FROM shop;
INSERT INTO app.revoked VALUES (1, '2000-01-01');
-- Row security, forced, that shows nothing: the rows go all the same.
CREATE TABLE app.hidden (id bigint NOT NULL, at timestamptz);
INSERT INTO app.hidden VALUES (1, '2000-01-01'), (2, now());
ALTER TABLE app.hidden ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, OWNER TO shop;
-- A protected table, its rows under a purpose that nobody has set.
CREATE TABLE app.guarded (id bigint NOT NULL, at timestamptz);
INSERT INTO app.guarded VALUES (1, '2000-01-01'), (2, now());
ALTER TABLE app.guarded OWNER TO shop;
DO $$
BEGIN
    PERFORM register('app.revoked');
    PERFORM register('app.hidden');
    PERFORM register('app.guarded');
    PERFORM memreg.protect('app.guarded');
END $$;

-- A session that has switched triggers off does not switch foreign keys off here.
CREATE TABLE app.parent (id bigint PRIMARY KEY, at timestamptz);
CREATE TABLE app.child (id bigint REFERENCES app.parent ON DELETE CASCADE);
INSERT INTO app.parent VALUES (1, '2000-01-01');
INSERT INTO app.child VALUES (1);
DO $$ BEGIN PERFORM register('app.parent'); END $$;
SET session_replication_role = replica;
CALL memreg.run_retention();
RESET session_replication_role;

SELECT results_eq('SELECT * FROM app.seen WHERE path <> ''deferred''', $$VALUES ('shop'::name, 'pg_catalog, pg_temp')$$,
    'triggers run as the owner, with a search_path that nobody can plant in');
SELECT results_eq('SELECT who FROM app.seen WHERE path = ''deferred''', $$VALUES ('shop'::name)$$,
    'deferred ones too, before the commit');
SELECT set_eq($$SELECT relation FROM memreg.retention_run WHERE outcome = 'done'$$,
    $$VALUES ('app.who'), ('app.path'), ('app.after'), ('app.hidden'), ('app.guarded'), ('app.parent')$$,
    'what is harmless is done');
SELECT set_eq($$SELECT relation, error_sqlstate FROM memreg.retention_run WHERE outcome = 'failed'$$, $$VALUES
    ('app.role', '42501'), ('app.reset', '42501'), ('app."authorization"', '42501'), ('app.superuser', '42501'),
    ('app.create_role', '42501'), ('app.read_file', '42501'), ('app.catalog', '42501'), ('app.history', '42501'),
    ('app.approve', '42501'), ('app.temporary', '42501'), ('app.defer', '42501'), ('app.commit', '0A000'),
    ('app.revoked', '42501')$$, 'what is not fails, by name');
SELECT is((SELECT rolsuper FROM pg_roles WHERE rolname = 'shop'), false, 'the owner is no superuser');
SELECT hasnt_role('intruder', 'nor has one been made');
SELECT is((SELECT count(*) FROM memreg.retention_rule), (SELECT count(*) FROM memreg.retention_run),
    'rules and history are complete');
SELECT is((SELECT count(*) FROM app.superuser), 1::bigint, 'a row whose trigger fails stays');
SELECT is((SELECT count(*) FROM app.child), 0::bigint, 'cascades run in a session that has triggers switched off');
SELECT is((SELECT count(*) FROM app.hidden), 1::bigint, 'forced row security hides no row from its end');
SELECT is((SELECT count(*) FROM app.guarded), 1::bigint, 'nor does protection');
SELECT is(current_setting('search_path') || current_setting('work_mem'), '"$user", public4MB', 'settings are as before');
SELECT is(session_user || current_user, 'postgrespostgres', 'and so is the user');

-- Who runs and reads it.
GRANT EXECUTE ON PROCEDURE memreg.run_retention(boolean) TO clerk;
INSERT INTO app.hidden VALUES (3, '2000-01-01');
SET ROLE clerk;
SELECT lives_ok('SELECT * FROM memreg.retention_run', 'pg_monitor reads the history');
SELECT lives_ok('SELECT * FROM memreg.retention_due', 'what is due');
SELECT lives_ok('SELECT * FROM memreg.retention_progress', 'and the progress');
CALL memreg.run_retention();
RESET ROLE;
SELECT is((SELECT count(*) FROM app.hidden), 1::bigint, 'EXECUTE is enough to run the rules');
SELECT * FROM finish();
