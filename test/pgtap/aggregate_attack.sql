-- Ways to learn of single people from a purpose that sees aggregates only: functions that leave traces, errors, and
-- queries that would show a group of a few.
\i test/policy/statistics.sql
SELECT no_plan();
GRANT CREATE ON SCHEMA public TO researcher;
SET ROLE researcher;
CREATE SEQUENCE lab.told;
-- Leaves a trace that an error does not take back.
CREATE FUNCTION lab.tell(anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
	PERFORM nextval('lab.told');
	RETURN true;
END
$$;
CREATE FUNCTION lab.tell_quickly(anyelement) RETURNS boolean LANGUAGE plpgsql STABLE COST 0.0000001 AS $$
BEGIN
	RAISE EXCEPTION 'there is a row';
END
$$;
CREATE FUNCTION lab.rows_of(int) RETURNS SETOF int LANGUAGE plpgsql AS $$
BEGIN
	PERFORM nextval('lab.told');
	RETURN NEXT $1;
END
$$;
CREATE FUNCTION lab.equal(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS 'BEGIN PERFORM nextval(''lab.told''); RETURN $1 = $2; END';
CREATE OPERATOR lab.=== (FUNCTION = lab.equal, LEFTARG = text, RIGHTARG = text, HASHES, MERGES);
CREATE DOMAIN lab.told AS int CHECK (lab.tell(VALUE));
CREATE TABLE lab.guess (age int PRIMARY KEY, district text, big float8, whole numeric);
INSERT INTO lab.guess SELECT n, 'five', 1e308, 9e131071 FROM generate_series(20, 70) n;
CREATE TABLE lab.watched (age int PRIMARY KEY);
INSERT INTO lab.watched SELECT age FROM lab.guess;
CREATE POLICY watching ON lab.watched USING (lab.tell(age));
ALTER TABLE lab.watched ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE VIEW lab.telling AS SELECT age FROM lab.guess WHERE lab.tell(age);
CREATE TABLE lab.parent (age int PRIMARY KEY);
CREATE TABLE lab.child () INHERITS (lab.parent);
CREATE COLLATION lab.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE lab.texts (age int PRIMARY KEY, one text COLLATE "C", other text COLLATE "POSIX", loose text COLLATE lab.loose, list text[]);
INSERT INTO lab.texts SELECT age, 'x', 'x', 'x', '{x,y}' FROM lab.guess;
CREATE AGGREGATE lab.mine(int) (SFUNC = int4larger, STYPE = int);
RESET ROLE;
CREATE FUNCTION told() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	calls bigint := (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM lab.told);
BEGIN
	PERFORM setval('lab.told', 1, false);
	RETURN calls;
END
$$;
CREATE VIEW reason AS SELECT * FROM (VALUES
	('rows', 'The query, or a part of it, reads rows and does not aggregate them.'),
	('writes', 'The statement writes to the table, or reads its rows to write others.'),
	('leaky', 'A condition or a group is computed from single rows in a way that could tell of them.'),
	('filter', 'An aggregate has a FILTER or an ORDER BY.'),
	('correlated', 'A subquery refers to a column of the query that aggregates.'),
	('sets', 'The query has functions that return sets.'),
	('sample', 'The query takes a sample of a table.'),
	('grouping sets', 'The query has grouping sets, ROLLUP or CUBE.')) v(reason, detail);
CREATE FUNCTION closed(reason text, statement text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT is(refused('statistics', statement), coalesce((SELECT detail FROM reason r WHERE r.reason = closed.reason), reason), statement)
$$;

-- Rows.
SELECT closed('rows', q) FROM unnest(ARRAY[
	'SELECT * FROM app.person', 'SELECT 1 FROM app.person LIMIT 1', 'SELECT DISTINCT district FROM app.person', 'TABLE app.trip',
	'SELECT count(*) FROM (SELECT * FROM app.person) p', 'SELECT count(*) FROM (SELECT * FROM app.person OFFSET 0) p',
	'WITH p AS (SELECT * FROM app.person) SELECT count(*) FROM p', 'SELECT EXISTS (SELECT FROM app.person WHERE income = 5000)',
	'SELECT 1 WHERE 5000 IN (SELECT income FROM app.person)', 'SELECT ARRAY(SELECT income FROM app.person)',
	'SELECT district, row_number() OVER () FROM app.person', 'SELECT enough FROM (SELECT memreg.enough_subjects(person_id, 1) OVER () AS enough FROM app.person) p',
	'SELECT income FROM app.person FOR UPDATE', 'SELECT count(*) FROM app.area a, LATERAL (SELECT FROM app.person p WHERE p.district = a.district) s',
	'INSERT INTO lab.parent SELECT age FROM app.person', 'SELECT 1 FROM app.area UNION ALL SELECT age FROM app.person', 'DECLARE c CURSOR FOR SELECT age FROM app.person',
	'SELECT count(*) FROM app.area a WHERE EXISTS (SELECT FROM app.person p WHERE p.district = a.district)',
	'CREATE TEMP TABLE copy AS SELECT * FROM app.person', 'SELECT 1 FROM app.person HAVING true',
	'WITH RECURSIVE r AS (SELECT age FROM app.person UNION SELECT age + 1 FROM r WHERE age < 0) SELECT count(*) FROM r']) q;
SELECT closed('writes', q) FROM unnest(ARRAY[
	'UPDATE app.person SET age = 1', 'DELETE FROM app.person WHERE income = 5000', 'DELETE FROM app.trip RETURNING trip_id',
	'INSERT INTO app.trip VALUES (1000, 5, ''x'', 1) RETURNING trip_id', 'INSERT INTO app.trip VALUES (1, 5, ''x'', 1) ON CONFLICT DO NOTHING',
	'UPDATE lab.guess g SET district = ''x'' FROM app.person p WHERE p.age = g.age RETURNING p.income', 'DELETE FROM lab.guess g USING app.person p WHERE p.age = g.age',
	'MERGE INTO app.trip t USING lab.guess g ON t.euros = g.age WHEN MATCHED THEN DELETE',
	'MERGE INTO lab.guess g USING app.person p ON p.age = g.age WHEN MATCHED THEN DELETE',
	'WITH gone AS (DELETE FROM app.trip RETURNING euros) SELECT count(*) FROM gone']) q;

-- What is evaluated for each row.
SELECT closed('leaky', q) FROM unnest(ARRAY[
	'SELECT count(*) FROM app.person WHERE lab.tell(age)', 'SELECT count(*) FROM app.person WHERE lab.tell(1)', 'SELECT count(*) FROM app.person WHERE age = 21 OR lab.tell_quickly(1)',
	'SELECT count(*) FROM app.person WHERE age = 21 OR random() < 2', 'SELECT count(*) FROM app.person WHERE age = 21 OR pg_sleep(0) IS NOT NULL', 'SELECT count(*) FROM app.person WHERE clock_timestamp() > joined',
	'SELECT count(*) FROM app.person WHERE 1 / (income - 5000) > 0', 'SELECT count(*) FROM app.person WHERE name LIKE ''%\''', 'SELECT count(*) FROM app.person WHERE name::int > 0',
	'SELECT count(*) FROM app.person WHERE CASE WHEN income = 5000 THEN 1 / (age - age) > 0 ELSE true END',
	'SELECT count(*) FROM app.person WHERE CASE WHEN income = 5000 THEN lab.tell(1) ELSE true END', 'SELECT count(*) FROM app.person WHERE age::lab.told > 0', 'SELECT count(*) FROM app.person WHERE age = 21 OR 5::lab.told > 0',
	'SELECT count(*) FROM app.person WHERE district OPERATOR(lab.===) ''five''', 'SELECT count(*) FROM app.person WHERE name = ANY (string_to_array(district, ''''))',
	'SELECT count(*) FROM app.person WHERE age = 21 OR (SELECT lab.tell(1))', 'SELECT count(*) FROM app.person WHERE income > 5000 AND EXISTS (SELECT FROM lab.telling)',
	'SELECT count(*) FROM app.person WHERE age IN (SELECT age FROM lab.telling)', 'SELECT count(*) FROM app.person p WHERE EXISTS (SELECT FROM lab.guess g WHERE g.age = p.age)',
	'SELECT count(*) FROM app.person p JOIN lab.guess g ON g.age = p.age AND lab.tell(p.income)', 'SELECT count(*) FROM app.person p LEFT JOIN lab.guess g ON g.age = p.age AND lab.tell(1)',
	'SELECT count(*) FROM app.person JOIN lab.watched USING (age)', 'SELECT count(*) FROM app.person GROUP BY lab.tell(district)', 'SELECT count(*) FROM app.person GROUP BY 1 / (income - 5000)',
	'SELECT age / 10, count(*) FROM app.person GROUP BY 1', 'SELECT count(*) FROM app.person GROUP BY district || name', 'SELECT count(*) FROM app.person p FULL JOIN app.trip t USING (person_id) GROUP BY person_id > 5',
	'SELECT count(*) FROM app.person WHERE ROW(person.*)::text ~ ''5000''',
	-- What fails when it is called: arrays of several lengths, two collations, one that is not deterministic.
	'SELECT count(*) FROM app.person p JOIN lab.texts t USING (age) WHERE p.income <> 5000 OR ARRAY[t.list, ARRAY[p.name]] IS NOT NULL',
	'SELECT count(*) FROM app.person p JOIN lab.texts t USING (age) WHERE p.income <> 5000 OR t.one < t.other', 'SELECT count(*) FROM app.person p JOIN lab.texts t USING (age) WHERE p.income <> 5000 OR t.loose ^@ ''x''',
	'SELECT count(*) FROM app.person p JOIN lab.texts t USING (age) WHERE p.income <> 5000 OR p.name = ANY (ARRAY[CASE WHEN t.age > 30 THEN t.one ELSE t.other END])',
	'SELECT count(*) FROM app.person WHERE gen_random_uuid() < ''80000000-0000-0000-0000-000000000000''']) q;
SELECT closed('correlated', q) FROM unnest(ARRAY[
	'SELECT district, (SELECT lab.tell(p.district)) FROM app.person p GROUP BY district',
	'SELECT age > 30, (SELECT count(p.bonus)) FROM app.person p GROUP BY 1',
	'SELECT district FROM app.person p GROUP BY district HAVING EXISTS (SELECT FROM app.area a WHERE a.district = p.district)']) q;
SELECT CASE WHEN current_setting('server_version_num')::int < 180000 THEN 'STORED' ELSE 'VIRTUAL' END AS kind \gset
CREATE TABLE lab.computed (age int PRIMARY KEY, inverse int GENERATED ALWAYS AS (100 / (age - 21)) :kind);
INSERT INTO lab.computed SELECT 22;
GRANT SELECT ON lab.computed TO researcher;
SELECT closed(CASE :'kind' WHEN 'VIRTUAL' THEN 'leaky' ELSE 'accepted' END, 'SELECT count(*) FROM app.person JOIN lab.computed USING (age) WHERE inverse > 0');
SELECT is(told(), 0::bigint, 'nothing of this was called');

-- What runs when the first row is found.
SELECT closed(format('It is joined with %s, which is no table.', what), q) FROM (VALUES
	('rows_of', 'SELECT count(*) FROM app.person, lab.rows_of(1) WHERE income = 5000'), ('r', 'SELECT count(*) FROM app.person p, LATERAL lab.rows_of(p.age) r'),
	('generate_series', 'SELECT count(*) FROM app.person, generate_series(1, 2)'), ('s', 'SELECT count(*) FROM app.person, (SELECT 1 WHERE lab.tell(1)) s'),
	('s', 'SELECT count(*) FROM app.person p, LATERAL (SELECT 1 WHERE lab.tell(p.income)) s'), ('telling', 'SELECT count(*) FROM app.person JOIN lab.telling USING (age)'),
	('w', 'WITH w AS (SELECT age FROM lab.telling) SELECT count(*) FROM app.person JOIN w USING (age)'), ('v', 'SELECT count(*) FROM app.person p, LATERAL (VALUES (lab.tell(p.age)), (true)) v'),
	('parent', 'SELECT count(*) FROM app.person JOIN lab.parent USING (age)')) v(what, q);
SELECT closed('filter', q) FROM unnest(ARRAY['SELECT count(*) FILTER (WHERE income = 5000) FROM app.person', 'SELECT sum(income ORDER BY income) FROM app.person']) q;
SELECT closed('sets', 'SELECT district, generate_series(1, 2) FROM app.person GROUP BY district');
SELECT closed('sample', 'SELECT count(*) FROM app.person TABLESAMPLE SYSTEM (50)');
SELECT closed('grouping sets', q) FROM unnest(ARRAY['SELECT count(*) FROM app.person GROUP BY ROLLUP (district)', 'SELECT count(*) FROM app.person GROUP BY GROUPING SETS ((district), ())']) q;
SELECT is(told(), 0::bigint, 'nor of this');

-- Aggregates that show a value, or that fail on some.
SELECT closed(format('Aggregate %s can show the value of a single row, or is not known not to.', what), format('SELECT %s FROM app.person', call)) FROM (VALUES
	('max', 'max(income)'), ('min', 'min(age)'), ('array_agg', 'array_agg(name)'), ('string_agg', 'string_agg(name, '','')'), ('json_agg', 'json_agg(age)'), ('mine', 'lab.mine(age)'), ('bool_or', 'bool_or(age > 20)'),
	('percentile_cont', 'percentile_cont(0.5) WITHIN GROUP (ORDER BY age)'), ('mode', 'mode() WITHIN GROUP (ORDER BY name)'), ('enough_subjects', 'memreg.enough_subjects(person_id, 1)'), ('corr', 'corr(age, age)'),
	('bit_xor', 'bit_xor(age)'), ('every', 'every(age > 20)')) v(what, call);
SELECT closed(format('The argument of aggregate %s is not a column of such a table.', what), q) FROM (VALUES
	('sum', 'SELECT sum(CASE WHEN income = 5000 THEN 1 ELSE 0 END) FROM app.person'), ('sum', 'SELECT sum(1 / (income - 5000)) FROM app.person'), ('count', 'SELECT count(lab.tell(age)) FROM app.person'),
	('sum', 'SELECT sum(g.big) FROM app.person p JOIN lab.guess g USING (age)'), ('avg', 'SELECT avg(g.whole) FROM app.person p JOIN lab.guess g USING (age)'), ('sum', 'SELECT sum(1) FROM app.person'),
	('count', 'SELECT count(NULLIF(income, 5000)) FROM app.person'), ('avg', 'SELECT avg(age::numeric) FROM app.person')) v(what, q);
SELECT closed(format('Column %s identifies its subject, or has no category.', what), q) FROM (VALUES
	('person_id', 'SELECT count(*) FROM app.person GROUP BY person_id'), ('note', 'SELECT count(*) FROM app.person GROUP BY note'), ('person_id', 'SELECT count(*) FROM app.person GROUP BY person_id > 5'),
	('*', 'SELECT count(*) FROM app.person GROUP BY ctid'), ('*', 'SELECT count(*) FROM app.person p GROUP BY p'), ('person_id', 'SELECT kind, count(*) FROM app.trip GROUP BY kind, person_id')) v(what, q);
SELECT is(told(), 0::bigint, 'nor of this');

-- What is seen of groups is free; but nothing is moved to where rows are.
SET ROLE researcher;
CREATE VIEW lab.by_district WITH (security_invoker) AS SELECT district, count(*) AS n FROM app.person GROUP BY district;
CREATE FUNCTION lab.by_district() RETURNS SETOF lab.by_district LANGUAGE sql STABLE AS 'SELECT district, count(*) FROM app.person GROUP BY district';
RESET ROLE;
CREATE FUNCTION tells_of_groups(query text, purpose text DEFAULT 'statistics', groups int DEFAULT 4) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	outcome text := seen('researcher', purpose, query);
BEGIN
	RETURN is(told()::text || ' ' || (outcome ~ 'CANARY|^[0-9A-Z]{5}$'), groups || ' false', query);
END
$$;
SELECT tells_of_groups(q) FROM unnest(ARRAY[
	'SELECT district, lab.tell(district) FROM app.person GROUP BY district', 'SELECT district FROM app.person GROUP BY district HAVING lab.tell(district)',
	'SELECT district FROM app.person GROUP BY district HAVING lab.tell(district) AND count(*) > 0', 'SELECT district FROM app.person GROUP BY district ORDER BY lab.tell(district)',
	'SELECT count(*) FROM app.person GROUP BY district ORDER BY lab.tell(sum(income))', 'SELECT rank() OVER (ORDER BY lab.tell(district)) FROM app.person GROUP BY district',
	'SELECT DISTINCT lab.tell(district) FROM app.person GROUP BY district', 'SELECT * FROM (SELECT district, count(*) FROM app.person GROUP BY district) s WHERE lab.tell(district)',
	'WITH s AS (SELECT district, count(*) FROM app.person GROUP BY district) SELECT * FROM s WHERE lab.tell(district)',
	'WITH s AS NOT MATERIALIZED (SELECT district, count(*) FROM app.person GROUP BY district) SELECT * FROM s WHERE lab.tell(district)',
	'SELECT * FROM (SELECT district FROM app.person GROUP BY district UNION ALL SELECT part FROM app.area WHERE false) s WHERE lab.tell(district)',
	'SELECT * FROM (SELECT district FROM app.person GROUP BY district EXCEPT SELECT part FROM app.area) s WHERE lab.tell(district)',
	'SELECT * FROM lab.by_district WHERE lab.tell(district)', 'SELECT * FROM (SELECT * FROM lab.by_district) s WHERE lab.tell(district)', 'SELECT * FROM lab.by_district() WHERE lab.tell(district)',
	'SELECT district, count(*) FROM lab.by_district GROUP BY district HAVING lab.tell(district)', 'SELECT * FROM (SELECT DISTINCT district FROM app.person GROUP BY district) s WHERE lab.tell(district)',
	'SELECT * FROM (SELECT district, sum(count(*)) OVER (PARTITION BY district) FROM app.person GROUP BY district) s WHERE lab.tell(district)']) q;
SELECT tells_of_groups(q, 'summary', 5) FROM unnest(ARRAY[
	'SELECT district, lab.tell(district) FROM app.person GROUP BY district', 'SELECT district FROM app.person GROUP BY district HAVING lab.tell(district)',
	'SELECT * FROM (SELECT district, count(*) FROM app.person GROUP BY district) s WHERE lab.tell(district)', 'SELECT * FROM lab.by_district WHERE lab.tell(district)']) q;
SELECT is(seen('researcher', 'statistics', 'SELECT district FROM (SELECT district, count(*) AS n FROM app.person GROUP BY district) s WHERE 100 / (n - 4) > 0 AND length(district) / (n - 1) < 100 ORDER BY 1'), '(five) (six) (twenty)', 'errors of small groups');
SELECT is(seen('researcher', 'statistics', 'SELECT district FROM app.person GROUP BY district HAVING 100 / (count(*) - 4) > 0 ORDER BY 1'), '(five) (six) (twenty) ()', 'in HAVING');

-- What depends on no row fails before any is read.
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person WHERE age = ' || age || ' AND (income < 0 OR now() - interval ''1000000 years'' < now())'), '22008 timestamp out of range', 'whether there are rows or not') FROM unnest('{21,0}'::int[]) age;
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person WHERE age = ' || age || ' OR current_setting(''lab.none'') = ''x'''), '42704 unrecognized configuration parameter "lab.none"', 'whether there are rows or not') FROM unnest('{21,0}'::int[]) age;
PREPARE divided(int) AS SELECT count(*) FROM app.person WHERE income < 0 AND age > 1 / $1;
SET plan_cache_mode = force_generic_plan;
SET ROLE researcher;
SET memreg.purpose = 'statistics';
SELECT throws_ok('EXECUTE divided(0)', '22012', NULL, 'parameters, too');
RESET ROLE;

-- Nor later, when a setting that it reads has been changed while groups are handed out.
SET ROLE researcher;
CREATE TABLE lab.named AS SELECT unnest('{five,six,twenty}'::text[]) AS district;
ALTER TABLE lab.named ADD PRIMARY KEY (district);
RESET ROLE;
SELECT set_config(setting, 'off', false) FROM unnest('{enable_hashjoin,enable_mergejoin,enable_hashagg,enable_sort,enable_material,enable_memoize,enable_bitmapscan}'::text[]) setting \g /dev/null
SET lab.setting = '1';
SELECT is(seen('researcher', 'statistics', format('SELECT district, count(*), set_config(''lab.setting'', ''x'', true) FROM lab.named JOIN app.person USING (district) WHERE income <> %s OR current_setting(''lab.setting'')::int = 1 GROUP BY district', income)),
	'(five,5,x) (six,6,x) (twenty,20,x)', 'whether there is a row with an income of ' || income) FROM unnest('{13000,13001}'::int[]) income;
SELECT set_config(setting, 'on', false) FROM unnest('{enable_hashjoin,enable_mergejoin,enable_hashagg,enable_sort,enable_material,enable_memoize,enable_bitmapscan}'::text[]) setting \g /dev/null

-- Joins that would give one person more rows than another.
SELECT closed(format('It is joined with %s, but neither by their subjects nor by a unique key of that.', what), q) FROM (VALUES
	('g', 'SELECT sum(p.income) FROM (app.person p CROSS JOIN lab.guess g) LEFT JOIN app.area a ON a.district = p.district AND a.part = g.district AND g.age = length(a.part) WHERE g.age = p.age OR g.whole > 0'),
	('g', 'SELECT sum(p.income) FROM (app.person p CROSS JOIN lab.guess g) LEFT JOIN lab.texts t ON t.age = p.age AND g.age = t.age'), ('g', 'SELECT sum(p.income) FROM lab.texts t RIGHT JOIN (app.person p CROSS JOIN lab.guess g) ON t.age = p.age AND g.age = t.age'),
	('t', 'SELECT sum(t.euros) FROM app.person p FULL JOIN (app.trip t CROSS JOIN lab.guess g) ON p.person_id = t.person_id AND g.age = p.age'),
	('t2', 'SELECT sum(t.euros) FROM (app.trip t CROSS JOIN app.trip t2) LEFT JOIN app.person p ON p.person_id = t.person_id AND p.person_id = t2.person_id'),
	('t', 'SELECT sum(t.euros) FROM app.person p FULL JOIN (app.trip t CROSS JOIN app.trip t2) ON p.person_id = t.person_id AND p.person_id = t2.person_id')) v(what, q);
SET ROLE researcher;
CREATE TABLE lab.clock (k timestamp PRIMARY KEY);
RESET ROLE;
SELECT closed('It is joined with clock, but neither by their subjects nor by a unique key of that.', 'SELECT sum(income) FROM app.person JOIN lab.clock ON k = joined');

-- Cursors, and a policy of the table's own.
CREATE FUNCTION lab.fetched() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	groups CURSOR FOR SELECT district, count(*) AS n FROM app.person GROUP BY district ORDER BY n;
	answer record;
	numbers text := '';
BEGIN
	OPEN groups;
	LOOP
		FETCH groups INTO answer;
		EXIT WHEN NOT FOUND;
		numbers := numbers || answer.n || ' ';
	END LOOP;
	RETURN numbers;
END
$$;
SELECT is(seen('researcher', 'statistics', 'SELECT lab.fetched()'), '("5 6 7 20 ")', 'a cursor');
CREATE POLICY with_trips ON app.person AS RESTRICTIVE USING (EXISTS (SELECT FROM app.trip t WHERE t.person_id = person.person_id));
SELECT is(seen('researcher', purpose, 'SELECT district, count(*) FROM app.person GROUP BY district ORDER BY 2, 1'), shown, 'a policy of the owner''s that reads rows')
  FROM (VALUES ('statistics', '(six,5) (,6) (twenty,17)'), ('summary', '(six,5) (,6) (,10) (twenty,17)')) v(purpose, shown);
SELECT * FROM finish();
