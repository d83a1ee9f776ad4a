-- The planner is served well: estimates near the truth, and the plans that it would make without memreg, with one
-- condition more. Whoever bypasses row security gets the plans to compare with, over the same tables.
\i test/policy/register.sql
SELECT plan(232);

-- 8,000 people in registers of each type of key. Of every ten, one consents to "tenth", five to "half", nine to "most",
-- three objected to "task"; two are restricted in the register whose keys are uuids, none in the others.
CREATE FUNCTION lab.key(type text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE type WHEN 'bigint' THEN n::text WHEN 'uuid' THEN '00000000-0000-4000-8000-' || lpad(n::text, 12, '0') ELSE 'Jäsen ' || n END $$;
CREATE FUNCTION lab.make_register(type text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	person text := 'lab.person_' || type;
	deed text := 'lab.deed_' || type;
	purpose record;
BEGIN
	EXECUTE format('CREATE TABLE %s (id %s PRIMARY KEY, born date, town text, n int) WITH (autovacuum_enabled = off)', person, type);
	EXECUTE format('INSERT INTO %s SELECT lab.key(%L, i)::%2$s, date ''1950-01-01'' + i * 7, ''town '' || i %% 40, i %% 400 FROM generate_series(1, 8000) i', person, type);
	EXECUTE format('CREATE INDEX ON %s (born)', person);
	EXECUTE format('CREATE INDEX ON %s (n)', person);
	EXECUTE format('CREATE TABLE %s (deed int PRIMARY KEY, id %s) WITH (autovacuum_enabled = off)', deed, type);
	EXECUTE format('INSERT INTO %s SELECT i, lab.key(%L, 1 + i %% 8000)::%2$s FROM generate_series(1, 24000) i', deed, type);
	EXECUTE format('CREATE INDEX ON %s (id)', deed);
	PERFORM memreg.create_register(type, type, 'An association', subject_type => type::regtype);
	FOR purpose IN SELECT * FROM (VALUES ('tenth', 'consent', false, false), ('half', 'consent', false, false), ('most', 'consent', false, false),
			('nobody', 'consent', false, false), ('task', 'public_task', false, false), ('deal', 'contract', false, false),
			('deal with all', 'contract', true, false), ('anything', 'contract', true, true), ('most and nobody', 'consent', false, true)) p(name, basis, restricted, anonymous) LOOP
		PERFORM memreg.create_purpose(type, purpose.name, purpose.basis, restricted_data => purpose.restricted, anonymous_data => purpose.anonymous);
		PERFORM memreg.set_treatment(type, purpose.name, 'subject_key', 'clear'), memreg.set_treatment(type, purpose.name, 'background', 'clear');
		PERFORM memreg.grant_access('researcher', type, purpose.name);
	END LOOP;
	PERFORM memreg.add_table(type, person::regclass, 'id', root => true), memreg.add_table(type, deed::regclass, 'id');
	EXECUTE (SELECT string_agg(format('SECURITY LABEL FOR memreg ON COLUMN %s.%s IS ''background''', person, c), ';') FROM unnest('{born,town,n}'::text[]) c);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN %s.deed IS ''background''', deed);
	PERFORM memreg.protect(person::regclass), memreg.protect(deed::regclass);
	EXECUTE format('GRANT ALL ON %s, %s TO researcher', person, deed);
	PERFORM memreg.grant_consents(type, array_agg(lab.key(type, i)), 'tenth') FROM generate_series(10, 8000, 10) i;
	PERFORM memreg.grant_consents(type, array_agg(lab.key(type, i)), 'half') FROM generate_series(2, 8000, 2) i;
	PERFORM memreg.grant_consents(type, array_agg(lab.key(type, i)), name) FROM generate_series(1, 8000) i, unnest('{most,most and nobody}'::text[]) name WHERE i % 10 <> 0 GROUP BY name;
	PERFORM memreg.object_to(type, lab.key(type, i), 'task') FROM generate_series(1, 8000) i WHERE i % 10 < 3;
	PERFORM memreg.restrict_subject(type, lab.key(type, i), 'Art. 18(1)(a)') FROM generate_series(1, 8000) i WHERE i % 10 IN (3, 4) AND type = 'uuid';
END $$;
CREATE TABLE kind AS SELECT unnest('{bigint,uuid,text}'::text[]) AS type;
SELECT lab.make_register(type) FROM kind \g /dev/null
SELECT 'VACUUM ANALYZE lab.person_' || type || ', lab.deed_' || type FROM kind \gexec

-- A statement's plan. Settings are pairs of names and values.
CREATE FUNCTION explained(role name, purpose text, statement text, options text DEFAULT 'COSTS off', VARIADIC settings text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	answer text := '';
BEGIN
	FOR i IN 1 .. coalesce(array_length(settings, 1), 0) BY 2 LOOP
		PERFORM set_config(settings[i], settings[i + 1], true);
	END LOOP;
	PERFORM set_config('memreg.purpose', purpose, true), set_config('role', role, true);
	FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, statement) LOOP
		answer := answer || line || E'\n';
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = answer;
EXCEPTION WHEN SQLSTATE 'MR999' THEN
	RETURN SQLERRM;
END $$;

-- What is expected of a scan, against what comes.
CREATE FUNCTION expected(purpose text, statement text) RETURNS bigint LANGUAGE sql AS
	$$SELECT (explained('researcher', purpose, statement, 'FORMAT JSON')::json->0->'Plan'->>'Plan Rows')::bigint$$;
CREATE FUNCTION estimate(purpose text, statement text, factor numeric DEFAULT 1.5) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	come numeric := btrim(seen('researcher', purpose, format('SELECT count(*) FROM (%s) s', statement)), '()');
	expected numeric := expected(purpose, statement);
BEGIN
	RETURN CASE WHEN greatest(come, 1) BETWEEN expected / factor AND expected * factor THEN 'near' ELSE format('%s expected, %s come', expected, come) END;
END $$;

-- Estimates before anything was asked: three of four consent, nobody has objected.
SELECT memreg.reset_consent_index() \g /dev/null
SELECT is(expected('tenth', 'SELECT FROM lab.person_bigint'), 6000::bigint, 'before the index is loaded: three of four');
SELECT is(expected('nobody', 'SELECT FROM lab.person_bigint'), 6000::bigint, 'whatever the purpose');
SELECT is(expected('task', 'SELECT FROM lab.person_bigint'), 8000::bigint, 'nobody has objected');

-- And once it is.
SELECT memreg.load_consent_index() \g /dev/null
SELECT is(estimate(purpose, 'SELECT FROM lab.person_' || type), 'near', format('%s, %s', purpose, type))
  FROM kind, unnest('{tenth,half,most,nobody,task,deal,deal with all,anything}'::text[]) purpose;
SELECT is(estimate(purpose, 'SELECT FROM lab.deed_' || type), 'near', format('%s, many rows of each, %s', purpose, type))
  FROM kind, unnest('{tenth,task,most and nobody}'::text[]) purpose;
SELECT is(estimate(purpose, 'SELECT FROM lab.person_bigint WHERE n < 100'), 'near', purpose || ', with a condition') FROM unnest('{tenth,half,most,task}'::text[]) purpose;
SELECT is(expected('nobody', 'SELECT FROM lab.person_bigint'), 1::bigint, 'of a set that is empty none is expected');
SELECT is(seen('researcher', 'nobody', 'SELECT count(*) FROM lab.person_bigint'), '(0)', 'and none comes');
SELECT memreg.withdraw_consents('bigint', array_agg(i), 'most') FROM generate_series(1, 8000) i WHERE i % 2 = 1 \g /dev/null
SELECT is(estimate('most', 'SELECT FROM lab.person_bigint', 1.1), 'near', 'changes are known to the estimates');
SELECT memreg.grant_consents('bigint', array_agg(i), 'most') FROM generate_series(1, 8000) i WHERE i % 2 = 1 AND i % 10 <> 0 \g /dev/null

-- Rows that name nobody: a quarter of them.
CREATE TABLE lab.note (note int, id bigint);
INSERT INTO lab.note SELECT i, CASE WHEN i % 4 > 0 THEN i END FROM generate_series(1, 8000) i;
ANALYZE lab.note;
GRANT ALL ON lab.note TO researcher;
SELECT memreg.add_table('bigint', 'lab.note', 'id'), memreg.protect('lab.note') \g /dev/null
SELECT is(estimate(purpose, 'SELECT FROM lab.note'), 'near', purpose || ', where a quarter of the rows name nobody')
  FROM unnest('{tenth,most,most and nobody,task,deal,deal with all,anything}'::text[]) purpose;

-- Without memreg: the plan of who bypasses row security. With it: the same, and the check.
CREATE FUNCTION without_check(plan text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(regexp_replace(replace(plan, 'Group Key: person_bigint.', 'Group Key: '),
		'Filter: \((\([^()]*\)) AND memreg\.check_ground\([^)]*\)\)\n', E'Filter: \\1\n', 'g'),
		'memreg\.check_ground\([^)]*\) AND | AND memreg\.check_ground\([^)]*\)', '', 'g'),
		' *Filter: memreg\.check_ground\([^)]*\)\n', '', 'g') $$;
CREATE TABLE query (about text, node text, statement text);
INSERT INTO query VALUES
	('primary key', 'Index Scan using person_bigint_pkey', 'SELECT * FROM lab.person_bigint WHERE id = 7'),
	('primary key of a parameter''s type', 'Index Scan using person_bigint_pkey', 'SELECT * FROM lab.person_bigint WHERE id = 7::int'),
	('range', 'Index Scan using person_bigint_pkey', 'SELECT * FROM lab.person_bigint WHERE id BETWEEN 100 AND 160'),
	('list', 'person_bigint_pkey', 'SELECT * FROM lab.person_bigint WHERE id = ANY (''{3,5,7}'')'),
	('uuid', 'Index Scan using person_uuid_pkey', 'SELECT * FROM lab.person_uuid WHERE id = ''00000000-0000-4000-8000-000000000007'''),
	('text', 'Index Scan using person_text_pkey', 'SELECT * FROM lab.person_text WHERE id = ''Jäsen 7'''),
	('order, limit', 'Index Scan using person_bigint_born_idx', 'SELECT * FROM lab.person_bigint ORDER BY born LIMIT 10'),
	('order, descending', 'Index Scan Backward using person_bigint_born_idx', 'SELECT * FROM lab.person_bigint WHERE born < ''2000-01-01'' ORDER BY born DESC LIMIT 3'),
	('bitmap', 'Bitmap Index Scan on person_bigint_n_idx', 'SELECT * FROM lab.person_bigint WHERE n = 7'),
	('two bitmaps', 'BitmapOr', 'SELECT * FROM lab.person_bigint WHERE n = 7 OR born = ''1990-01-01'''),
	('whole table', 'Seq Scan on person_bigint', 'SELECT * FROM lab.person_bigint WHERE town = ''town 7'''),
	('leaky condition', 'Seq Scan on person_bigint', 'SELECT * FROM lab.person_bigint WHERE town LIKE ''%7'' AND n + 1 = 8'),
	('index only', 'Index Only Scan using person_bigint_pkey', 'SELECT id FROM lab.person_bigint WHERE id BETWEEN 100 AND 1000'),
	('index only, another table''s', 'Index Only Scan using deed_bigint_id_idx', 'SELECT id FROM lab.deed_bigint WHERE id < 500 ORDER BY id'),
	('nested loop', 'Nested Loop', 'SELECT * FROM lab.person_bigint p JOIN lab.deed_bigint d USING (id) WHERE p.id = 11'),
	('nested loop by index', 'Index Scan using deed_bigint_id_idx', 'SELECT * FROM lab.person_bigint p CROSS JOIN LATERAL (SELECT * FROM lab.deed_bigint d WHERE d.id = p.id ORDER BY id LIMIT 1) d WHERE p.n = 3'),
	('hash join', 'Hash Join', 'SELECT * FROM lab.person_bigint p JOIN lab.deed_bigint d USING (id)'),
	('semijoin', 'Join', 'SELECT * FROM lab.person_bigint p WHERE EXISTS (SELECT FROM lab.deed_bigint d WHERE d.id = p.id AND deed < 15000)'),
	('grouping', 'HashAggregate', 'SELECT town, count(*) FROM lab.person_bigint GROUP BY town'),
	('UPDATE', 'Index Scan using person_bigint_pkey', 'UPDATE lab.person_bigint SET n = 1 WHERE id = 7'),
	('DELETE', 'Index Scan on deed_bigint_id_idx', 'DELETE FROM lab.deed_bigint WHERE id = 7');
SELECT matches(explained('researcher', 'most', statement), node, about || ': the plan') FROM query;
SELECT is(without_check(explained('researcher', 'most', statement)), explained('postgres', '', statement), about || ': is that without memreg, but for the check') FROM query;
SELECT is(without_check(explained('researcher', 'anything', statement)), explained('postgres', '', statement), about || ': nothing at all where there is nothing to check') FROM query;
SELECT doesnt_match(explained('researcher', 'deal with all', statement), 'memreg', about || ': no call where a row need only name somebody') FROM query;
SELECT matches(explained('researcher', 'most', 'SELECT * FROM lab.person_bigint WHERE town = ''town 7'''), 'Filter: \(\(town = .*\) AND memreg.check_ground', 'what is cheap and leakproof is asked before the check');
SELECT matches(explained('researcher', 'most', 'SELECT * FROM lab.person_bigint WHERE n + 1 = 8'), 'Filter: \(memreg.check_ground.*\) AND \(\(n', 'what might leak, after it');
INSERT INTO query VALUES ('minimum', 'Index Scan using person_bigint_born_idx', 'SELECT min(born) FROM lab.person_bigint');
SELECT matches(explained('researcher', 'most', statement), node, about || ': the plan') FROM query WHERE about = 'minimum';
GRANT pg_read_all_stats TO researcher; -- for EXPLAIN ANALYZE
SELECT matches(explained('researcher', 'half', 'SELECT id FROM lab.person_bigint WHERE id <= 1000', 'ANALYZE, COSTS off, TIMING off, SUMMARY off'),
	'Index Only Scan using person_bigint_pkey.* rows=500.*Heap Fetches: 0', 'an index that holds the key is enough, also for the check');

-- Joins of every kind give the same.
\set joined 'SELECT count(*), sum(deed), sum(n) FROM lab.person_bigint JOIN lab.deed_bigint USING (id)'
CREATE FUNCTION joined_by(kind text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', '0', true);
	PERFORM set_config('enable_' || name, (name = kind)::text, true) FROM unnest('{hashjoin,mergejoin,nestloop}'::text[]) name;
	RETURN (regexp_match(explained('researcher', 'half', statement), 'Hash Join|Merge Join|Nested Loop'))[1] || ' ' || seen('researcher', 'half', statement);
END $$;
SELECT is(joined_by(kind, :'joined'), node || ' ' || seen('postgres', '', :'joined' || ' WHERE id % 2 = 0'), node)
  FROM (VALUES ('hashjoin', 'Hash Join'), ('mergejoin', 'Merge Join'), ('nestloop', 'Nested Loop')) s(kind, node);

-- In parallel: the plans, that there are workers in them, and what they find.
CREATE FUNCTION in_parallel(role name, purpose text, statement text, options text DEFAULT 'COSTS off', leader text DEFAULT 'off') RETURNS text LANGUAGE sql AS $$
	SELECT explained(role, purpose, statement, options, 'parallel_setup_cost', '0', 'parallel_tuple_cost', '0', 'min_parallel_table_scan_size', '0',
		'min_parallel_index_scan_size', '0', 'parallel_leader_participation', leader) $$;
CREATE FUNCTION answer_in_parallel(purpose text, statement text, leader text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config(name, '0', true) FROM unnest('{parallel_setup_cost,parallel_tuple_cost,min_parallel_table_scan_size,min_parallel_index_scan_size}'::text[]) name;
	PERFORM set_config('parallel_leader_participation', leader, true), set_config('memreg.purpose', purpose, true), set_config('role', 'researcher', true);
	EXECUTE format('SELECT s::text FROM (%s) s', statement) INTO answer;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = answer;
EXCEPTION WHEN SQLSTATE 'MR999' THEN
	RETURN SQLERRM;
END $$;
CREATE TABLE spread (about text, node text, statement text);
INSERT INTO spread VALUES
	('aggregate', 'Finalize Aggregate.*Workers Planned: [1-9].*Partial Aggregate.*Parallel Seq Scan', 'SELECT count(*), sum(n) FROM lab.person_%s'),
	('hash join', 'Parallel Hash', 'SELECT count(*), sum(deed) FROM lab.person_%s JOIN lab.deed_%1$s USING (id)'),
	('index', 'Parallel (Bitmap Heap|Index) Scan', 'SELECT count(*), max(born) FROM lab.person_%s WHERE n BETWEEN 7 AND 9'),
	('grouping', 'Gather', 'SELECT count(*), max(c) FROM (SELECT town, count(*) AS c FROM lab.person_%s GROUP BY town) g');
SELECT matches(in_parallel('researcher', 'most', format(statement, type)), node, format('%s: %s in parallel', type, about)) FROM spread, kind WHERE type <> 'text';
SELECT is(without_check(in_parallel('researcher', 'most', format(statement, 'bigint'))), replace(in_parallel('postgres', '', format(statement, 'bigint')), 'Group Key: person_bigint.', 'Group Key: '),
	about || ' as without memreg') FROM spread;
SELECT matches(in_parallel('researcher', 'most', format(statement, type), 'ANALYZE, COSTS off, TIMING off, SUMMARY off'), 'Workers Launched: [1-9]', format('%s: %s has workers', type, about))
  FROM spread, kind WHERE about = 'aggregate';
CREATE FUNCTION due(statement text, type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	CREATE TEMPORARY TABLE due ON COMMIT DROP AS SELECT lab.key(due.type, i) AS key FROM generate_series(1, 8000) i WHERE i % 10 NOT IN (0, CASE due.type WHEN 'uuid' THEN 3 ELSE 0 END, CASE due.type WHEN 'uuid' THEN 4 ELSE 0 END);
	EXECUTE format('SELECT s::text FROM (%s) s', regexp_replace(format(statement, type), 'lab\.(person|deed)_' || type, '(SELECT * FROM \& WHERE id::text IN (SELECT key FROM due)) \1', 'g')) INTO answer;
	DROP TABLE due;
	RETURN answer;
END $$;
SELECT is(answer_in_parallel('most', format(statement, type), leader), due(statement, type), format('%s: %s finds the same, leader %s', type, about, leader))
  FROM spread, kind, unnest('{on,off}'::text[]) leader;
BEGIN;
SELECT memreg.withdraw_consent('bigint', 1::bigint, 'most'), memreg.grant_consent('bigint', 10::bigint, 'most'), memreg.withdraw_consent('bigint', 2::bigint, 'most') \g /dev/null
SELECT matches(in_parallel('researcher', 'most', 'SELECT count(*) FROM lab.person_bigint', 'ANALYZE, COSTS off, TIMING off, SUMMARY off'), 'Workers Launched: 0', 'no workers while there are changes of one''s own');
SELECT is(answer_in_parallel('most', 'SELECT count(*), count(*) FILTER (WHERE id IN (1, 2, 10)) FROM lab.person_bigint', 'off'), '(7199,1)', 'which count');
ROLLBACK;
SELECT matches(in_parallel('researcher', 'most', 'SELECT count(*) FROM lab.person_bigint', 'ANALYZE, COSTS off, TIMING off, SUMMARY off'), 'Workers Launched: [1-9]', 'and workers again afterwards');
SELECT is(answer_in_parallel('most', 'SELECT count(*), count(*) FILTER (WHERE id IN (1, 2, 10)) FROM lab.person_bigint', 'off'), '(7200,2)', 'who find what they found before');

-- Partitions are pruned as ever: when planning, when running, by the subject key too.
CREATE TABLE lab.by_day (id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE lab.by_kind (id bigint NOT NULL, kind text NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE lab.by_key (id bigint NOT NULL, note text) PARTITION BY HASH (id);
CREATE TABLE lab.by_key_too (LIKE lab.by_key) PARTITION BY HASH (id);
SELECT format('CREATE TABLE lab.by_day_%s PARTITION OF lab.by_day FOR VALUES FROM (%L) TO (%L)', y, y || '-01-01', y + 1 || '-01-01') FROM generate_series(2020, 2024) y \gexec
SELECT format('CREATE TABLE lab.by_kind_%s PARTITION OF lab.by_kind FOR VALUES IN (%1$L)', k) FROM unnest('{a,b,c}'::text[]) k \gexec
SELECT format('CREATE TABLE lab.%s_%s PARTITION OF lab.%1$s FOR VALUES WITH (MODULUS 3, REMAINDER %2$s)', t, r) FROM unnest('{by_key,by_key_too}'::text[]) t, generate_series(0, 2) r \gexec
INSERT INTO lab.by_day SELECT 1 + i % 8000, date '2020-01-01' + i % 1800 FROM generate_series(1, 9000) i;
INSERT INTO lab.by_kind SELECT 1 + i % 8000, chr(97 + i % 3) FROM generate_series(1, 9000) i;
INSERT INTO lab.by_key SELECT i FROM generate_series(1, 8000) i;
INSERT INTO lab.by_key_too SELECT i FROM generate_series(1, 8000, 2) i;
ANALYZE lab.by_day, lab.by_kind, lab.by_key, lab.by_key_too;
SECURITY LABEL FOR memreg ON COLUMN lab.by_day.day IS 'background';
SECURITY LABEL FOR memreg ON COLUMN lab.by_kind.kind IS 'background';
GRANT ALL ON lab.by_day, lab.by_kind, lab.by_key, lab.by_key_too TO researcher;
SELECT memreg.add_table('bigint', name, 'id'), memreg.protect(name) FROM unnest('{lab.by_day,lab.by_kind,lab.by_key,lab.by_key_too}'::regclass[]) name \g /dev/null
CREATE TABLE pruned (about text, node text, statement text);
INSERT INTO pruned VALUES
	('range', '^Seq Scan on by_day_2022 by_day\n', 'SELECT * FROM lab.by_day WHERE day = ''2022-02-02'''),
	('list', '^Seq Scan on by_kind_b by_kind\n', 'SELECT * FROM lab.by_kind WHERE kind = ''b'''),
	('subject key', '^Seq Scan on by_key_[012] by_key\n', 'SELECT * FROM lab.by_key WHERE id = 7'),
	('range, UPDATE', 'Update on by_day_2022 by_day_1\n', 'UPDATE lab.by_day SET day = ''2022-03-03'' WHERE day = ''2022-02-02'''),
	('none is left', 'One-Time Filter: false', 'SELECT * FROM lab.by_day WHERE day = ''2022-02-02'' AND day = ''2023-02-02'''),
	('partitionwise join', 'Append.*Join.*by_key_0.*by_key_too_0.*Join.*by_key_1.*by_key_too_1', 'SELECT * FROM lab.by_key JOIN lab.by_key_too USING (id)');
SELECT matches(explained('researcher', 'most', statement, 'COSTS off', 'enable_partitionwise_join', 'on'), node, 'pruned by ' || about) FROM pruned;
SELECT is(without_check(explained('researcher', 'most', statement, 'COSTS off', 'enable_partitionwise_join', 'on')), explained('postgres', '', statement, 'COSTS off', 'enable_partitionwise_join', 'on'), about || ': as without memreg')
  FROM pruned;
SELECT is(seen('researcher', 'most', 'SELECT count(*) FROM lab.by_day WHERE day >= ''2022-01-01'' AND day < ''2023-01-01'''),
	seen('postgres', '', 'SELECT count(*) FROM lab.by_day_2022 WHERE id % 10 <> 0'), 'with the rows that are there');
PREPARE by_day(date) AS SELECT count(*) FROM lab.by_day WHERE day = $1;
PREPARE by_key(bigint) AS SELECT count(*) FROM lab.by_key WHERE id = $1;
SELECT matches(explained('researcher', 'most', statement, 'COSTS off', 'plan_cache_mode', 'force_generic_plan'), 'Subplans Removed: ' || removed, 'when it starts: ' || statement)
  FROM (VALUES ('EXECUTE by_day(''2022-02-02'')', 4), ('EXECUTE by_key(7)', 2)) s(statement, removed);
DEALLOCATE by_day;
DEALLOCATE by_key;

-- A plan names the check and nobody.
SELECT matches(explained('researcher', purpose, 'SELECT * FROM lab.person_' || type || ' JOIN lab.deed_' || type || ' USING (id)', options), 'memreg\.check_ground\(NULL::internal, \d+, ', format('%s, %s: the check, by %s', type, purpose, options))
  FROM kind, unnest('{most,task,deal}'::text[]) purpose, unnest('{"VERBOSE, COSTS off"}'::text[]) options;
SELECT doesnt_match(explained('researcher', purpose, 'SELECT * FROM lab.person_' || type || ' JOIN lab.deed_' || type || ' USING (id)', options), '0000-|Jäsen', format('%s, %s: and nobody, by %s', type, purpose, options))
  FROM unnest('{uuid,text}'::text[]) type, unnest('{most,task,deal}'::text[]) purpose, unnest('{"VERBOSE, COSTS off","ANALYZE, VERBOSE, FORMAT JSON"}'::text[]) options;

-- Prepared statements keep their generic plans while the purpose is set again and again to the same. That a plan was made
-- anew is seen by the settings of the planner, which a kept one does not follow.
PREPARE kept(bigint) AS SELECT count(*) FROM lab.person_bigint WHERE id = $1;
CREATE FUNCTION kept(purpose text, indexes text) RETURNS text LANGUAGE sql AS $$
	SELECT (regexp_match(explained('researcher', purpose, 'EXECUTE kept(7)', 'COSTS off', 'plan_cache_mode', 'force_generic_plan',
		'enable_indexscan', indexes, 'enable_indexonlyscan', indexes, 'enable_bitmapscan', indexes), 'Index|Seq'))[1] $$;
SELECT is(kept('most', 'on'), 'Index', 'planned with indexes');
SELECT is(kept('most', 'off'), 'Index', 'the same purpose, set again: the plan is kept') FROM generate_series(1, 3);
SELECT is(seen('researcher', '', 'EXECUTE kept(7)'), 'MR301', 'none is set: nothing is seen');
SELECT is(kept('most', 'off'), 'Index', 'the plan is kept');
SELECT is(kept('half', 'off'), 'Seq', 'another purpose: planned anew');
SELECT is(kept('half', 'on'), 'Seq', 'and kept');
SELECT is(kept('most', 'on'), 'Index', 'and back');
SELECT memreg.grant_consent('bigint', 7::bigint, 'tenth') \g /dev/null
SELECT is(kept('most', 'off'), 'Index', 'a consent that changes changes no plan');
SELECT memreg.set_treatment('bigint', 'most', 'background', 'withhold') \g /dev/null
SELECT is(kept('most', 'off'), 'Seq', 'a treatment does');
SELECT is((SELECT (generic_plans > 0, custom_plans)::text FROM pg_prepared_statements WHERE name = 'kept'), '(t,0)', 'all of them were generic');
SELECT * FROM finish();
