-- Removing a row does what a DELETE of the table's owner would do, no more and no less: triggers, foreign keys, rights.
CREATE EXTENSION memreg;
SELECT plan(16);
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
CREATE SCHEMA app;
CREATE ROLE shop;
GRANT USAGE ON SCHEMA app TO shop;
DO $$ BEGIN PERFORM memreg.create_register('customers', 'Customer register', 'Example City'); END $$;
CREATE FUNCTION app.make(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE app.%I (id bigint PRIMARY KEY, at timestamptz, note text)', name);
    EXECUTE format('INSERT INTO app.%I SELECT n, CASE WHEN n <= 3 THEN timestamptz ''2000-01-01'' ELSE now() END, ''made up '' || n FROM generate_series(1, 5) n', name);
    PERFORM memreg.add_table('customers', format('app.%I', name)::regclass, 'id'),
            memreg.add_retention('customers', format('app.%I', name)::regclass, '1 year', 'at');
END $$;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['quiet', 'after_row', 'after_some', 'statement', 'transition', 'before_row', 'failing', 'referenced', 'published', 'revoked', 'ruled', 'disabled'] LOOP
        PERFORM app.make(name);
    END LOOP;
END $$;

-- What each trigger saw, as the table's owner.
CREATE TABLE app.seen (number int GENERATED ALWAYS AS IDENTITY, relation name, fired text, id bigint, note text, rows_left bigint);
CREATE FUNCTION app.see() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rows_left bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM app.%I', TG_TABLE_NAME) INTO rows_left;
    IF TG_LEVEL = 'ROW' THEN
        INSERT INTO app.seen (relation, fired, id, note, rows_left) VALUES (TG_TABLE_NAME, TG_WHEN || ' ROW', OLD.id, OLD.note, rows_left);
        RETURN OLD;
    END IF;
    INSERT INTO app.seen (relation, fired, rows_left) VALUES (TG_TABLE_NAME, TG_WHEN || ' STATEMENT', rows_left);
    RETURN NULL;
END $$;
CREATE FUNCTION app.see_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.seen (relation, fired, id, note) SELECT TG_TABLE_NAME, 'TRANSITION', gone.id, gone.note FROM gone ORDER BY gone.id;
    RETURN NULL;
END $$;
CREATE FUNCTION app.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no' USING ERRCODE = 'ZZ001'; END $$;

CREATE TRIGGER see AFTER DELETE ON app.after_row FOR EACH ROW EXECUTE FUNCTION app.see();
CREATE TRIGGER see AFTER DELETE ON app.after_some FOR EACH ROW WHEN (old.id = 2) EXECUTE FUNCTION app.see();
CREATE TRIGGER see_first BEFORE DELETE ON app.statement FOR EACH STATEMENT EXECUTE FUNCTION app.see();
CREATE TRIGGER see_last AFTER DELETE ON app.statement FOR EACH STATEMENT EXECUTE FUNCTION app.see();
CREATE TRIGGER see AFTER DELETE ON app.transition REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION app.see_all();
CREATE TRIGGER see BEFORE DELETE ON app.before_row FOR EACH ROW EXECUTE FUNCTION app.see();
CREATE TRIGGER fail AFTER DELETE ON app.failing FOR EACH ROW WHEN (old.id = 3) EXECUTE FUNCTION app.fail();
CREATE TRIGGER see AFTER DELETE ON app.disabled FOR EACH ROW EXECUTE FUNCTION app.see();
ALTER TABLE app.disabled DISABLE TRIGGER see;
CREATE TABLE app.referring (id bigint REFERENCES app.referenced);
INSERT INTO app.referring VALUES (2);
ALTER TABLE app.published DROP CONSTRAINT published_pkey;
CREATE PUBLICATION app_published FOR TABLE app.published;
CREATE TABLE app.archived (LIKE app.ruled);
CREATE RULE archive AS ON DELETE TO app.ruled DO ALSO INSERT INTO app.archived SELECT old.*;
ALTER TABLE app.revoked OWNER TO shop;
REVOKE DELETE ON app.revoked FROM shop;

CALL memreg.run_retention();

CREATE FUNCTION app.left_of(name text) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT id FROM app.%I', name);
END $$;
SELECT set_eq($$SELECT name FROM unnest(ARRAY['quiet', 'after_row', 'after_some', 'statement', 'transition', 'before_row', 'ruled', 'disabled']) name
                 WHERE ARRAY(SELECT app.left_of(name) ORDER BY 1) <> '{4,5}'$$, ARRAY[]::text[], 'where a DELETE goes, exactly the rows past their term are gone');
SELECT set_eq($$SELECT name FROM unnest(ARRAY['failing', 'referenced', 'published', 'revoked']) name
                 WHERE ARRAY(SELECT app.left_of(name) ORDER BY 1) <> '{1,2,3,4,5}'$$, ARRAY[]::text[], 'where it fails, all are there');
SELECT results_eq($$SELECT fired, id, note, rows_left FROM app.seen WHERE relation = 'after_row' ORDER BY number$$,
    $$SELECT 'AFTER ROW', n, 'made up ' || n, 2::bigint FROM generate_series(1::bigint, 3) n$$, 'triggers for a row see it when all have gone');
SELECT results_eq($$SELECT fired, id FROM app.seen WHERE relation = 'after_some'$$, $$VALUES ('AFTER ROW', 2::bigint)$$, 'their conditions are asked');
SELECT results_eq($$SELECT fired, rows_left FROM app.seen WHERE relation = 'statement' ORDER BY number$$,
    $$VALUES ('BEFORE STATEMENT', 5::bigint), ('AFTER STATEMENT', 2)$$, 'those for a statement run once');
SELECT results_eq($$SELECT fired, id, note FROM app.seen WHERE relation = 'transition' ORDER BY number$$,
    $$SELECT 'TRANSITION', n, 'made up ' || n FROM generate_series(1::bigint, 3) n$$, 'those for its rows as a whole have them');
SELECT results_eq($$SELECT fired, id FROM app.seen WHERE relation = 'before_row' ORDER BY number$$,
    $$SELECT 'BEFORE ROW', n FROM generate_series(1::bigint, 3) n$$, 'and those before a row');
SELECT is_empty($$SELECT FROM app.seen WHERE relation = 'disabled'$$, 'one that is off stays off');
SELECT set_eq('SELECT id FROM app.archived', ARRAY[1, 2, 3]::bigint[], 'a rule is followed');

-- Why the others failed, in the server's own words.
CREATE FUNCTION app.why(name text, OUT code text, OUT message text) LANGUAGE sql AS $$
    SELECT error_sqlstate, error_message FROM memreg.retention_run WHERE relation = 'app.' || name AND outcome = 'failed'
$$;
SELECT is((app.why('failing')).code, 'ZZ001', 'a trigger''s error ends the run');
SELECT is((app.why('referenced')).code, '23503', 'a foreign key''s, too');
SELECT is((app.why('published')).code, '55000', 'a publication without replica identity refuses');
SELECT is((app.why('revoked')).code, '42501', 'an owner who has taken the right from themselves lacks it');

-- What stood in the way is gone.
DROP TRIGGER fail ON app.failing;
DELETE FROM app.referring;
DROP PUBLICATION app_published;
GRANT DELETE ON app.revoked TO shop;
CALL memreg.run_retention();
SELECT set_eq($$SELECT name FROM unnest(ARRAY['failing', 'referenced', 'published', 'revoked']) name
                 WHERE ARRAY(SELECT app.left_of(name) ORDER BY 1) <> '{4,5}'$$, ARRAY[]::text[], 'the next run takes them');

-- Values stored apart from their rows go with them.
CREATE TABLE app.large (id bigint NOT NULL, at timestamptz, note text) WITH (autovacuum_enabled = off);
ALTER TABLE app.large ALTER note SET STORAGE EXTERNAL;
INSERT INTO app.large SELECT n, CASE WHEN n < 3 THEN timestamptz '2000-01-01' ELSE now() END, repeat('made up ', 2000) FROM generate_series(1, 4) n;
DO $$ BEGIN PERFORM memreg.add_table('customers', 'app.large', 'id'), memreg.add_retention('customers', 'app.large', '1 year', 'at'); END $$;
SELECT reltoastrelid::regclass AS apart FROM pg_class WHERE oid = 'app.large'::regclass \gset
SELECT count(*) / 4 AS chunks FROM :apart \gset
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM :apart), 2::bigint * :chunks, 'and those of rows that stay stay');
SELECT set_eq('SELECT id FROM app.large', ARRAY[3, 4]::bigint[], 'large rows');
SELECT * FROM finish();
