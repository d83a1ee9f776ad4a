-- Promise 2 in every kind of statement: the shapes of PostgreSQL's own tests prepare, plancache, portals, copyselect,
-- plpgsql, select_parallel and explain over protected tables.
\i test/policy/equivalence.sql
SELECT * FROM no_plan();

-- Prepared, with parameters, run again.
SELECT same_steps(ARRAY['PREPARE p AS SELECT id, email, zip FROM member ORDER BY id', 'EXECUTE p', 'EXECUTE p', 'DEALLOCATE p']);
SELECT same_steps(ARRAY['PREPARE p(text) AS SELECT id, zip FROM member WHERE zip = $1 OR name = $1 ORDER BY id', $$EXECUTE p('Aino')$$, $$EXECUTE p('CANARY00100')$$, $$EXECUTE p(NULL)$$, 'DEALLOCATE p']);
SELECT same_steps(ARRAY['PREPARE p(bigint) AS SELECT visit_id, member_id = $1, zip FROM visit WHERE member_id > $1 ORDER BY visit_id', 'EXECUTE p(880000001)', 'EXECUTE p(0)', 'EXECUTE p(1)', 'EXECUTE p(2)', 'EXECUTE p(3)', 'EXECUTE p(4)', 'EXECUTE p(5)', 'DEALLOCATE p']);
SELECT same_steps(ARRAY['PREPARE p(text, int) AS SELECT count(*) FROM member m JOIN visit v ON v.member_id = m.id AND (v.zip = $1 OR v.zip = m.zip) WHERE v.minutes > $2', $$EXECUTE p('x', 10)$$, $$EXECUTE p('', 0)$$, 'DEALLOCATE p']);
SELECT same_steps(ARRAY['SET LOCAL plan_cache_mode = force_generic_plan', 'PREPARE p(text) AS SELECT id FROM member WHERE email = $1 OR zip > $1 ORDER BY id', $$EXECUTE p('p1-5')$$, $$EXECUTE p('CANARY1@example.com')$$, 'DEALLOCATE p']);
SELECT same_steps(ARRAY['SET LOCAL plan_cache_mode = force_custom_plan', 'PREPARE p(text) AS SELECT id FROM member WHERE email = $1 OR zip > $1 ORDER BY id', $$EXECUTE p('p1-5')$$, $$EXECUTE p('CANARY1@example.com')$$, 'DEALLOCATE p']);
SELECT same_steps(ARRAY['PREPARE p(int) AS UPDATE member SET score = score + $1 WHERE zip IS NOT NULL RETURNING id, zip, email, score', 'EXECUTE p(1)', 'EXECUTE p(2)', 'SELECT * FROM member ORDER BY id', 'DEALLOCATE p'], ordered => false);
SELECT same_steps(ARRAY['PREPARE p(text) AS DELETE FROM visit WHERE zip = $1 OR ip::text = $1 RETURNING *', $$EXECUTE p('')$$, $$EXECUTE p('192.0.2.7/32')$$, 'SELECT count(*) FROM visit', 'DEALLOCATE p'], ordered => false);
SELECT same_steps(ARRAY['PREPARE p AS SELECT * FROM answer ORDER BY answered, member_id, question', 'EXECUTE p', 'SET LOCAL enable_partitionwise_join = on', 'EXECUTE p', 'DEALLOCATE p']);
SELECT same_steps(ARRAY['PREPARE p AS SELECT zip FROM member ORDER BY id', 'CREATE TEMPORARY TABLE got AS EXECUTE p', 'SELECT * FROM got', 'DEALLOCATE p']);

-- Cursors.
SELECT same_steps(ARRAY['DECLARE c SCROLL CURSOR FOR SELECT id, zip, email FROM member ORDER BY id', 'FETCH LAST FROM c', 'FETCH BACKWARD 2 FROM c', 'FETCH FIRST FROM c', 'FETCH RELATIVE 2 FROM c', 'FETCH ABSOLUTE -1 FROM c', 'MOVE BACKWARD ALL FROM c', 'FETCH ALL FROM c', 'CLOSE c']);
SELECT same_steps(ARRAY['DECLARE c CURSOR FOR SELECT m.zip, v.zip FROM member m JOIN visit v ON v.member_id = m.id ORDER BY v.visit_id', 'FETCH 3 FROM c', 'DELETE FROM visit', 'FETCH ALL FROM c']);
SELECT same_steps(ARRAY['DECLARE c SCROLL CURSOR FOR SELECT zip, count(*) FROM visit GROUP BY zip ORDER BY zip', 'FETCH ALL FROM c', 'FETCH BACKWARD ALL FROM c']);
SELECT same_steps(ARRAY['DECLARE a CURSOR FOR SELECT zip FROM member ORDER BY id', 'DECLARE b CURSOR FOR SELECT email, zip FROM member ORDER BY id DESC', 'FETCH a', 'FETCH b', 'FETCH a', 'FETCH b']);
SELECT same_steps(ARRAY['DECLARE c BINARY CURSOR FOR SELECT zip FROM member ORDER BY id', 'FETCH ALL FROM c']);
SELECT refused('DECLARE c CURSOR WITH HOLD FOR SELECT * FROM member', 'MR311');

-- What makes tables, and keeps what was seen.
SELECT same_steps(ARRAY['CREATE TEMPORARY TABLE got AS SELECT * FROM member', 'SELECT * FROM got ORDER BY id']);
SELECT same_steps(ARRAY['CREATE TEMPORARY TABLE got (LIKE member)', 'INSERT INTO got SELECT * FROM member', 'SELECT g.zip, m.zip FROM got g JOIN member m USING (id) ORDER BY id']);
SELECT same_steps(ARRAY['CREATE TEMPORARY VIEW got AS SELECT zip, email FROM member', 'SELECT * FROM got ORDER BY zip']);
SELECT same_steps(ARRAY['CREATE TEMPORARY TABLE got AS SELECT zip, id FROM member', 'ANALYZE got', 'SELECT m.name FROM got g JOIN member m ON m.zip = g.zip AND m.id = g.id ORDER BY m.id']);
SELECT same_steps(ARRAY[$q$DO $do$DECLARE r record; BEGIN FOR r IN SELECT id, zip, email FROM member LOOP INSERT INTO lab.basket VALUES (r.id, r.zip, length(r.email)); END LOOP; END$do$$q$, 'SELECT * FROM lab.basket ORDER BY k']);
SELECT same_steps(ARRAY[$q$DO $do$DECLARE c refcursor; z text; e text; BEGIN OPEN c FOR SELECT zip, email FROM member ORDER BY id; LOOP FETCH c INTO z, e; EXIT WHEN NOT FOUND; INSERT INTO lab.basket VALUES ((SELECT max(k) + 1 FROM lab.basket), concat(z, '/', e)); END LOOP; END$do$$q$, 'SELECT * FROM lab.basket ORDER BY k']);
SELECT same_steps(ARRAY[$q$DO $do$DECLARE n int; BEGIN UPDATE member SET score = 0 WHERE zip > 'p'; GET DIAGNOSTICS n = ROW_COUNT; EXECUTE 'INSERT INTO lab.basket SELECT $1, max(zip) FROM member' USING n + 100; END$do$$q$, 'SELECT * FROM lab.basket ORDER BY k']);
SELECT same_steps(ARRAY[$q$DO $do$DECLARE m member.zip%TYPE; BEGIN SELECT zip INTO STRICT m FROM member WHERE name = 'Eero'; PERFORM FROM visit WHERE zip = m; IF FOUND THEN INSERT INTO lab.basket VALUES (99, m); END IF; END$do$$q$, 'SELECT * FROM lab.basket ORDER BY k']);

-- COPY of a query, and of a table, which PostgreSQL makes a query.
GRANT pg_write_server_files TO researcher, clerk;
CREATE FUNCTION copied(place text, purpose text, what text, options text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/copied';
	failed text[];
BEGIN
	failed := outcome(purpose, place, 'default', format('COPY %s TO %L %s', what, file, options));
	RETURN CASE WHEN is_error(failed) THEN failed ELSE sorted(string_to_array(encode(pg_read_binary_file(file), 'escape'), E'\n')) END;
END
$$;
SELECT is(copied('app', p, what, options), CASE WHEN NOT is_error(copied(p, p, what, options)) THEN copied(p, p, what, options) END, format('COPY %s TO %s, %s', what, options, p))
  FROM unnest('{research,care}'::text[]) p, (VALUES
	('(SELECT * FROM member)', ''), ('(SELECT zip, email FROM member ORDER BY id)', '(FORMAT csv, HEADER)'), ('(SELECT visit_id, zip FROM visit ORDER BY 1)', '(FORMAT binary)'),
	('(SELECT m.zip, v.zip FROM member m JOIN visit v ON v.member_id = m.id)', '(NULL ''CANARY'')'), ('(TABLE answer)', ''), ('(TABLE event)', ''),
	('(WITH m AS (SELECT * FROM member) SELECT zip FROM m)', ''), ('(VALUES ((SELECT max(zip) FROM member)))', ''),
	('(UPDATE member SET score = 0 RETURNING *)', ''), ('(DELETE FROM visit RETURNING visit_id, zip, ip)', ''),
	('member', ''), ('member (zip, email, id)', '(FORMAT csv, FORCE_QUOTE *)'), ('visit', '(DELIMITER '';'')'), ('client', ''), ('patient', '')) c(what, options);
SELECT is(left((copied('app', 'research', 'answer', ''))[1], 5), 'MR311', 'COPY of a partitioned table by its name');

-- EXPLAIN tells names, but no values.
SELECT is(tells(outcome('research', 'app', 'default', 'EXPLAIN (' || o || ') ' || q), q), false, format('EXPLAIN (%s) %s', o, q))
  FROM unnest('{VERBOSE,FORMAT json,"COSTS off, SETTINGS"}'::text[]) o, unnest(ARRAY[
	'SELECT * FROM member m JOIN visit v ON v.member_id = m.id WHERE m.zip > ''p''', 'SELECT zip, count(*) FROM visit GROUP BY zip',
	'UPDATE member SET score = 1 WHERE email IS NULL', 'DELETE FROM answer WHERE body IS NULL',
	'SELECT * FROM score WHERE member_id = (SELECT max(id) FROM member)', 'SELECT min(zip), max(id) FROM member']) q;

-- Plans of every kind: under each of these settings the same rows.
SELECT same_steps(ARRAY[format('SET LOCAL %s', s), q], ordered => false)
  FROM unnest('{enable_hashjoin = off,enable_mergejoin = off,enable_nestloop = off,enable_seqscan = off,enable_indexscan = off,enable_bitmapscan = off,enable_sort = off,enable_hashagg = off,enable_material = off,enable_memoize = off,enable_incremental_sort = off,enable_partition_pruning = off,constraint_exclusion = on,enable_partitionwise_join = on,enable_partitionwise_aggregate = on,geqo_threshold = 2,from_collapse_limit = 1,join_collapse_limit = 1,cursor_tuple_fraction = 0.01,work_mem = 64,enable_gathermerge = off,enable_tidscan = off}'::text[]) s,
	unnest(ARRAY[
	'SELECT m.id, m.zip, v.zip, s.points FROM member m JOIN visit v ON v.member_id = m.id LEFT JOIN score s ON s.member_id = v.member_id AND s.game = ''go'' WHERE v.visit_id > 3',
	'SELECT DISTINCT a.member_id, m.zip FROM answer a JOIN member m ON m.id = a.member_id WHERE m.id IN (SELECT member_id FROM visit WHERE zip = m.zip) ORDER BY 1',
	'SELECT zip, count(DISTINCT member_id), min(visit_id) FROM visit WHERE zip > ''p'' GROUP BY zip ORDER BY zip']) q;
SELECT * FROM finish();
