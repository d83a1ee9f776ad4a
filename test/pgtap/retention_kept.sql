-- Where somebody is held or restricted, rows past their term are counted without theirs, exactly, in whichever way they are
-- found; and where the ends of terms have an index and those subjects, too, without a look at other rows.
CREATE EXTENSION memreg;
SELECT plan(15);
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
CREATE SCHEMA app;
DO $$ BEGIN
    PERFORM memreg.create_register('by ' || type, 'Member register', 'Example City', type) FROM unnest('{bigint,uuid,text}'::regtype[]) type;
END $$;

CREATE FUNCTION app.key_of(n bigint, type text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE type WHEN 'uuid' THEN overlay('00000000-0000-4000-8000-000000000000' PLACING to_char(n, 'FM00000') FROM 32)
                     WHEN 'text' THEN 'member ' || n ELSE n::text END
$$;
-- Rows of so many members, here and there, and some that name nobody. One in so many is past its term.
CREATE FUNCTION app.make(name text, type text, members int, one_in int, keyed boolean DEFAULT true, rows int DEFAULT 4000) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE app.%I (id %s, at timestamptz, note text) WITH (fillfactor = 10, autovacuum_enabled = off)', name, type);
    EXECUTE format('INSERT INTO app.%1$I SELECT nullif(app.key_of(n %% %2$s, %3$L), app.key_of(0, %3$L))::%3$s,
                        now() - CASE WHEN hashint8(n) %% %4$s = 0 THEN interval ''2 years'' ELSE interval ''0'' END - hashint8(n) %% 100 * interval ''1 hour'', ''made up''
                      FROM generate_series(1::bigint, %5$s) n', name, members + 1, type, one_in, rows);
    EXECUTE format('CREATE INDEX ON app.%I (at)', name);
    IF keyed THEN
        EXECUTE format('CREATE INDEX ON app.%I (id)', name);
    END IF;
    PERFORM memreg.add_table('by ' || type, format('app.%I', name)::regclass, 'id');
    PERFORM memreg.add_retention('by ' || type, format('app.%I', name)::regclass, '1 year', 'at');
END $$;
SELECT app.make('many', 'bigint', 400, 2), app.make('few', 'bigint', 400, 20), app.make('unkeyed', 'bigint', 400, 2, false),
       app.make('many_uuid', 'uuid', 400, 2), app.make('many_text', 'text', 400, 2), app.make('one_alone', 'bigint', 1, 2, rows => 500),
       app.make('nobody_due', 'bigint', 400, 1000000) \g /dev/null
UPDATE app.many SET note = 'made up otherwise' WHERE at < now() - interval '1 year' AND hashtext(ctid::text) % 7 = 0;
VACUUM app.many, app.few, app.unkeyed, app.many_uuid, app.many_text, app.nobody_due;

-- Held, held until some day, restricted, both, held no longer, and somebody who is not there.
CREATE FUNCTION app.keep(type text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    register text := 'by ' || type;
BEGIN
    EXECUTE format($e$SELECT memreg.hold($1, app.key_of(n, $2)::%1$s, 'claim (made up)', CASE n WHEN 5 THEN now() + interval '1 year' END) FROM unnest('{1,5,9,13,99999}'::int[]) n$e$, type) USING register, type;
    EXECUTE format($e$SELECT memreg.restrict_subject($1, app.key_of(n, $2)::%1$s, 'contested (made up)') FROM unnest('{7,9}'::int[]) n$e$, type) USING register, type;
    EXECUTE format($e$SELECT memreg.release_hold($1, app.key_of(13, $2)::%1$s)$e$, type) USING register, type;
END $$;
SELECT app.keep(type) FROM unnest('{bigint,uuid,text}'::text[]) type \g /dev/null

-- The oracle: what is past its term, of whom.
CREATE FUNCTION app.past(name text) RETURNS TABLE (due bigint, kept bigint) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format($e$SELECT count(*) FILTER (WHERE n IS NULL), count(n) FROM app.%I LEFT JOIN
        (SELECT app.key_of(n, type) AS key, n FROM unnest('{1,5,7,9}'::int[]) n, unnest('{bigint,uuid,text}'::text[]) type) k ON key = id::text
        WHERE at < now() - interval '1 year'$e$, name);
END $$;
CREATE TABLE app.oracle AS
    SELECT name, (app.past(name)).* FROM unnest('{many,few,unkeyed,many_uuid,many_text,one_alone,nobody_due}'::text[]) name;
CREATE VIEW app.said AS SELECT substr(relation::text, 5) AS name, rows_due, kept_for_subject FROM memreg.retention_due;

SELECT cmp_ok((SELECT min(kept) FROM app.oracle WHERE name <> 'nobody_due'), '>', 1::bigint, 'some rows are kept');
SELECT set_eq('TABLE app.said', 'TABLE app.oracle', 'the view counts what is due, and what is kept');

-- What a count looks at: index entries, and the rows of those who are kept.
CREATE FUNCTION app.fetched(name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    rule int := (SELECT d.rule FROM memreg.retention_due d WHERE relation = format('app.%I', name)::regclass);
    before bigint := (SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = name);
BEGIN
    PERFORM memreg.count_due(rule);
    RETURN (SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = name) - before;
END $$;
SELECT is(app.fetched('few'), (SELECT count(*) FROM app.few WHERE id IN (1, 5, 7, 9)), 'few are due: other rows are not looked at');
SELECT is(app.fetched('many_text'), (SELECT count(*) FROM app.many_text WHERE id IN ('member 1', 'member 5', 'member 7', 'member 9')), 'nor where many are');
SELECT is(app.fetched('nobody_due'), 0::bigint, 'nothing is due: no row at all is');
SELECT cmp_ok(app.fetched('unkeyed'), '>', 1000::bigint, 'subjects without an index: every row past its term is');

-- What the transaction itself has said counts.
BEGIN;
SELECT memreg.hold('by bigint', 21::bigint, 'claim (made up)'), memreg.release_hold('by bigint', 9::bigint), memreg.release_hold('by bigint', 1::bigint) \g /dev/null
SELECT results_eq('SELECT kept_for_subject, rows_due + kept_for_subject FROM app.said WHERE name = ''many''',
    $$SELECT (SELECT count(*) FROM app.many WHERE id IN (5, 7, 9, 21) AND at < now() - interval '1 year'), due + kept FROM app.oracle WHERE name = 'many'$$,
    'held and released in the same transaction');
ROLLBACK;

-- So many that their rows are on more pages than the table has; and more people than are gone through one by one.
CREATE TABLE app.all_kept AS SELECT count(*) FILTER (WHERE id IS NULL) AS due, count(id) AS kept FROM app.many_uuid WHERE at < now() - interval '1 year';
SELECT memreg.hold('by uuid', app.key_of(n, 'uuid')::uuid, 'claim (made up)') FROM generate_series(1, 400) n \g /dev/null
SELECT results_eq('SELECT rows_due, kept_for_subject FROM app.said WHERE name = ''many_uuid''', 'TABLE app.all_kept', 'many are kept');
SELECT memreg.hold('by uuid', app.key_of(n, 'uuid')::uuid, 'claim (made up)') FROM generate_series(401, 1100) n \g /dev/null
SELECT results_eq('SELECT rows_due, kept_for_subject FROM app.said WHERE name = ''many_uuid''', 'TABLE app.all_kept', 'even more are');
SELECT memreg.release_hold('by uuid', app.key_of(n, 'uuid')::uuid) FROM generate_series(1, 1100) n WHERE n NOT IN (1, 5, 9) \g /dev/null
SELECT set_eq('TABLE app.said', 'TABLE app.oracle', 'and all but the first ones are released');

-- The first who is held at all in a register.
CREATE TABLE app.first (LIKE app.few INCLUDING INDEXES);
INSERT INTO app.first TABLE app.few;
VACUUM app.first;
DO $$ BEGIN
    PERFORM memreg.create_register('new', 'Member register', 'Example City');
    PERFORM memreg.add_table('new', 'app.first', 'id'), memreg.add_retention('new', 'app.first', '1 year', 'at');
END $$;
BEGIN;
SELECT memreg.hold('new', id, 'claim (made up)') FROM app.first WHERE at < now() - interval '1 year' AND id IS NOT NULL LIMIT 1 \g /dev/null
SELECT cmp_ok((SELECT kept_for_subject FROM app.said WHERE name = 'first'), '>', 0::bigint, 'is counted before all others know');
ROLLBACK;
DROP TABLE app.first;

-- They stay, and nobody else does.
CALL memreg.run_retention();
SELECT results_eq('SELECT name, (app.past(name)).* FROM app.oracle ORDER BY name', 'SELECT name, 0::bigint, kept FROM app.oracle ORDER BY name',
    'what is past its term has gone, but for theirs');
SELECT set_eq('SELECT substr(relation, 5), rows_due, rows_removed, outcome FROM memreg.retention_run',
    $$SELECT name, due, due AS gone, 'done' FROM app.oracle WHERE due > 0$$, 'exactly what was counted');
SELECT set_eq('TABLE app.said', 'SELECT name, 0::bigint, kept FROM app.oracle', 'and the view says so');
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM memreg.retention_run), (SELECT count(*) FROM app.oracle WHERE due > 0), 'another run has nothing to do');
SELECT * FROM finish();
