-- Purposes that see aggregates only: which queries may be asked, and that the answers are those of plain SQL over the
-- groups with enough subjects.
\i test/policy/statistics.sql
SELECT current_user AS superuser \gset
CREATE FUNCTION answers(purpose text, query text, plain text, description text) RETURNS text LANGUAGE sql AS $$
	SELECT is(seen('researcher', purpose, query), seen(current_user, purpose, plain), description)
$$;
CREATE TABLE app.grade (age int, kind text, grade text, PRIMARY KEY (age, kind));
INSERT INTO app.grade SELECT a, k, CASE WHEN a < 40 THEN 'young' ELSE 'old' END FROM generate_series(20, 70) a, unnest('{bus,tram,CANARY}'::text[]) k;
CREATE TABLE app.tag (district text, tag text);
INSERT INTO app.tag VALUES ('six', 'a'), ('six', 'b');
CREATE TABLE app.later (age int PRIMARY KEY DEFERRABLE);
INSERT INTO app.later VALUES (30);
CREATE TABLE lab.own (district text, n bigint);
GRANT ALL ON app.grade, app.tag, app.later, lab.own TO researcher;
SELECT no_plan();

-- Groups.
SELECT answers('statistics', 'SELECT district, count(*), sum(income), avg(age) FROM app.person GROUP BY district ORDER BY 1',
	'SELECT district, count(*), sum(income), avg(age) FROM app.person GROUP BY district HAVING count(*) >= 5 ORDER BY 1', 'groups of five are shown, of four are not');
SELECT answers('statistics', 'SELECT count(*), stddev(income), var_pop(age), variance(bonus) FROM app.person', 'SELECT count(*), stddev(income), var_pop(age), variance(bonus) FROM app.person', 'all as one group');
SELECT is(seen('researcher', 'statistics', 'SELECT count(*) FROM app.person WHERE age < 25'), '', 'too few as one group: no row');
SELECT is(seen('researcher', 'statistics', 'SELECT count(*) FROM app.person WHERE age < 26'), '(5)', 'just enough');
SELECT is(seen('researcher', 'statistics', 'SELECT count(*) FROM app.person WHERE age < 0'), '', 'nobody is too few as well');
SELECT answers('statistics', 'SELECT age >= 40 AND income > 5000, count(*) FROM app.person GROUP BY 1 ORDER BY 1',
	'SELECT age >= 40 AND income > 5000, count(*) FROM app.person GROUP BY 1 ORDER BY 1', 'groups by what is compared');
SELECT answers('statistics', 'SELECT CASE WHEN age < 30 THEN ''young'' ELSE ''old'' END AS ages, count(*) FROM app.person GROUP BY ages ORDER BY ages',
	'SELECT CASE WHEN age < 30 THEN ''young'' ELSE ''old'' END AS ages, count(*) FROM app.person GROUP BY ages ORDER BY ages', 'groups by bands');
SELECT answers('statistics', 'SELECT district FROM app.person GROUP BY district ORDER BY 1', 'SELECT district FROM app.person GROUP BY district HAVING count(*) >= 5 ORDER BY 1', 'groups without an aggregate');
SELECT answers('statistics', 'SELECT tableoid::regclass, count(*) FROM app.answer GROUP BY tableoid ORDER BY 1', 'SELECT tableoid::regclass, count(*) FROM app.answer GROUP BY tableoid ORDER BY 1', 'groups by partition');
SELECT answers('statistics', 'SELECT answered, count(*), sum(question) FROM app.answer WHERE answered > date ''2024-01-01'' GROUP BY answered ORDER BY 1',
	'SELECT answered, count(*), sum(question) FROM app.answer WHERE answered > date ''2024-01-01'' GROUP BY answered ORDER BY 1', 'a partitioned table');

-- Subjects are counted, not rows.
SELECT is(seen('researcher', 'statistics', 'SELECT count(*) FROM app.trip WHERE person_id <= 5'), '(15)', 'five people');
SELECT is(seen('researcher', 'statistics', 'SELECT count(*) FROM app.trip WHERE person_id <= 4'), '', 'four people with ten rows');
SELECT answers('statistics', 'SELECT kind, count(*), count(DISTINCT person_id), sum(euros) FROM app.trip GROUP BY kind ORDER BY 1',
	'SELECT kind, count(*), count(DISTINCT person_id), sum(euros) FROM app.trip GROUP BY kind HAVING count(DISTINCT person_id) >= 5 ORDER BY 1', 'rows may be many');

-- What an aggregate leaves out does not count for it.
SELECT is(seen('researcher', 'statistics', 'SELECT district, count(bonus), sum(bonus) FROM app.person GROUP BY district ORDER BY 1'),
	'(five,,) (six,,) (twenty,,) (,,)', 'aggregates of a column that few have');
SELECT answers('statistics', 'SELECT count(bonus), sum(bonus), avg(DISTINCT bonus) FROM app.person', 'SELECT count(bonus), sum(bonus), avg(DISTINCT bonus) FROM app.person', 'that enough have');
SELECT is(seen('researcher', 'statistics', 'SELECT count(note), count(*), count(1) FROM app.person'), '(,45,45)', 'that is withheld');

-- HAVING, ORDER BY, window functions, DISTINCT and LIMIT see groups with enough subjects only.
SELECT answers('statistics', 'SELECT district, count(*) FROM app.person GROUP BY district HAVING count(*) > 5 AND avg(income) > 20000 ORDER BY avg(income) DESC',
	'SELECT district, count(*) FROM app.person GROUP BY district HAVING count(*) > 5 AND avg(income) > 20000 ORDER BY avg(income) DESC', 'HAVING and ORDER BY');
SELECT is(seen('researcher', 'statistics', 'SELECT district, rank() OVER (ORDER BY count(*)), sum(count(*)) OVER () FROM app.person GROUP BY district ORDER BY 2'),
	'(five,1,38) (six,2,38) (,3,38) (twenty,4,38)', 'window functions');
SELECT is(seen('researcher', 'statistics', 'SELECT DISTINCT count(*) > 5 FROM app.person GROUP BY district ORDER BY 1 LIMIT 1'), '(f)', 'DISTINCT and LIMIT');
SELECT is(seen('researcher', 'statistics', 'SELECT 100 / (count(*) - 4) FROM app.person GROUP BY district ORDER BY count(*)'), '(100) (50) (33) (6)', 'what would fail for small groups');

-- Where an aggregation may stand.
SELECT is(seen('researcher', 'statistics', 'SELECT sum(n) FROM (SELECT count(*) AS n FROM app.person GROUP BY district) s'), '(38)', 'in a subquery');
SELECT is(seen('researcher', 'statistics', 'WITH s AS (SELECT district, count(*) AS n FROM app.person GROUP BY district) SELECT part, n FROM s JOIN app.area USING (district) ORDER BY n'), '(south,5) (south,6)', 'in a CTE');
SELECT is(seen('researcher', 'statistics', 'SELECT district, count(*) FROM app.person GROUP BY district UNION ALL SELECT ''all'', count(*) FROM app.person ORDER BY 2'),
	'(five,5) (six,6) (,7) (twenty,20) (all,45)', 'in UNION');
SELECT is(seen('researcher', 'statistics', 'SELECT part, (SELECT count(*) FROM app.person WHERE district = a.district) FROM app.area a ORDER BY 2, 1'),
	'(south,5) (south,6) (north,) (north,) (nowhere,)', 'in a subquery that refers to the query around it');
SELECT is(seen('researcher', 'statistics', 'SELECT district, count(*) > (SELECT count(*) FROM app.area) FROM app.person GROUP BY district ORDER BY count(*)'), '(five,f) (six,t) (,t) (twenty,t)', 'around a subquery');
SELECT is(touched('researcher', 'statistics', 'INSERT INTO lab.own SELECT district, count(*) FROM app.person GROUP BY district'), '4', 'as what is inserted');
SELECT is(touched('researcher', 'statistics', 'CREATE TEMP TABLE kept AS SELECT district, count(*) FROM app.person GROUP BY district'), '4', 'as what is kept');
SET ROLE researcher;
CREATE VIEW lab.by_district WITH (security_invoker) AS SELECT district, count(*) AS n FROM app.person GROUP BY district;
CREATE VIEW lab.of_owner AS SELECT district, count(*) AS n FROM app.person GROUP BY district;
CREATE VIEW lab.rows WITH (security_invoker) AS SELECT * FROM app.person;
RESET ROLE;
SELECT is(seen('researcher', 'statistics', 'SELECT n FROM lab.by_district ORDER BY n'), '(5) (6) (7) (20)', 'in a view with its reader''s rights');
SELECT is(seen('researcher', 'statistics', 'SELECT n FROM lab.of_owner WHERE n > 6 ORDER BY n'), '(7) (20)', 'in a view with its owner''s rights');
SELECT isnt(refused('statistics', 'SELECT count(*) FROM lab.rows'), 'accepted', 'but not around a view');
SELECT is(seen('researcher', 'statistics', 'EXPLAIN (COSTS off) SELECT count(*) FROM app.person') ~ 'enough_subjects\(person.person_id, 5\)', true, 'EXPLAIN');

-- Joins: of the register's tables by subject, of others by a unique key.
SELECT answers('statistics', 'SELECT district, count(*), sum(euros) FROM app.person JOIN app.trip USING (person_id) GROUP BY district ORDER BY 1',
	'SELECT district, count(*), sum(euros) FROM app.person JOIN app.trip USING (person_id) GROUP BY district HAVING count(DISTINCT person_id) >= 5 ORDER BY 1', 'two tables of the register');
SELECT answers('statistics', 'SELECT district, count(*), count(euros) FROM app.person p LEFT JOIN app.trip t ON t.person_id = p.person_id AND euros > 20 GROUP BY district ORDER BY 1',
	'SELECT district, count(*), count(euros) FROM app.person p LEFT JOIN app.trip t ON t.person_id = p.person_id AND euros > 20 GROUP BY district HAVING count(DISTINCT t.person_id) >= 5 ORDER BY 1', 'LEFT JOIN: enough subjects of each');
SELECT answers('statistics', 'SELECT count(*), sum(p.income), sum(t.euros) FROM app.person p FULL JOIN app.trip t ON t.person_id = p.person_id',
	'SELECT count(*), sum(p.income), sum(t.euros) FROM app.person p FULL JOIN app.trip t ON t.person_id = p.person_id', 'FULL JOIN');
SELECT answers('statistics', 'SELECT a.part, count(*) FROM app.area a JOIN app.person p ON a.district = p.district GROUP BY a.part ORDER BY 1',
	'SELECT a.part, count(*) FROM app.area a JOIN app.person p ON a.district = p.district GROUP BY a.part ORDER BY 1', 'a table of districts');
SELECT answers('statistics', 'SELECT grade, count(*) FROM app.person p JOIN app.trip t USING (person_id) LEFT JOIN app.grade g ON (p.age, t.kind) = (g.age, g.kind) GROUP BY grade ORDER BY 1',
	'SELECT grade, count(*) FROM app.person p JOIN app.trip t USING (person_id) LEFT JOIN app.grade g ON (p.age, t.kind) = (g.age, g.kind) GROUP BY grade ORDER BY 1', 'a key of two columns');
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person JOIN app.tag USING (district)'), 'It is joined with tag, but neither by their subjects nor by a unique key of that.', 'no key');
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person JOIN app.grade USING (age)'), 'It is joined with grade, but neither by their subjects nor by a unique key of that.', 'a part of a key');
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person JOIN app.later USING (age)'), 'It is joined with later, but neither by their subjects nor by a unique key of that.', 'a key that may not hold for a while');
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person, app.trip'), 'It is joined with trip, but neither by their subjects nor by a unique key of that.', 'no condition');
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person p JOIN app.trip t ON p.person_id = t.trip_id'), 'It is joined with t, but neither by their subjects nor by a unique key of that.', 'another column than the subject');
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person p JOIN app.trip t ON p.person_id = t.person_id OR p.age = 20'), 'It is joined with t, but neither by their subjects nor by a unique key of that.', 'a condition that need not hold');
SELECT is(refused('statistics', 'SELECT count(*) FROM (app.person p CROSS JOIN app.trip t) LEFT JOIN app.area a ON p.person_id = t.person_id AND a.district = p.district'), 'It is joined with t, but neither by their subjects nor by a unique key of that.', 'one that an outer join does not hold its rows to');
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person p JOIN (app.grade g JOIN app.area a ON g.grade = a.part) ON g.kind = p.district'), 'It is joined with g, but neither by their subjects nor by a unique key of that.', 'a part of a key, once more');
SELECT is(refused('statistics', 'SELECT count(*) FROM app.person p RIGHT JOIN app.area a ON a.district = p.district'), 'An outer join keeps rows of other tables that are joined with no row of it.', 'rows of nobody');

-- Conditions and what they are made of.
SELECT answers('statistics', q, q, q) FROM unnest(ARRAY[
	'SELECT count(*) FROM app.person WHERE joined > now() - interval ''200 years'' AND joined < date ''2025-02-01''',
	'SELECT count(*) FROM app.person WHERE income BETWEEN 5000 AND 40000.5 AND NOT age IN (20, 30)',
	'SELECT count(*) FROM app.person WHERE district IS NULL OR district > ''six'' OR coalesce(bonus, 0) > 7',
	'SELECT count(*) FROM app.person WHERE district IS DISTINCT FROM lower(''TWENTY'')',
	'SELECT count(*) FROM app.person WHERE joined < current_date',
	'SELECT count(*) FROM app.person WHERE joined < localtimestamp AND name <> current_user',
	'SELECT (joined > now() - interval ''300 years'')::text || ''!'' AS recent, count(*) FROM app.person WHERE joined < now() - interval ''1 day'' GROUP BY joined > now() - interval ''300 years'' HAVING joined > now() - interval ''300 years'' ORDER BY recent',
	'SELECT since, n FROM (VALUES (timestamptz ''2025-01-10''), (timestamptz ''2025-02-10'')) v(since), LATERAL (SELECT count(*) AS n FROM app.person WHERE joined BETWEEN since AND since + interval ''10 days'') s ORDER BY 1',
	'SELECT since, (SELECT sum(income) FROM app.person p LEFT JOIN app.area a USING (district) WHERE joined > since + interval ''1 month'') FROM (VALUES (timestamptz ''2025-01-01'')) v(since)',
	'WITH w AS (SELECT count(*) AS n FROM app.person WHERE joined < now() - interval ''1 day'') SELECT n FROM w UNION ALL SELECT count(*) FROM app.person WHERE joined > now() - interval ''300 years'' ORDER BY 1',
	'SELECT count(*), sum(t.euros) FROM app.person p RIGHT JOIN app.trip t ON t.person_id = p.person_id',
	'SELECT count(*), sum(t.euros) FROM (app.person p JOIN app.area a USING (district)) FULL JOIN app.trip t ON t.person_id = p.person_id']) q;
SELECT is(seen('researcher', 'summary', 'SELECT district, joined > timestamptz ''2025-01-01'' + interval ''1 day'' AS later, count(*), memreg.is_remainder() FROM app.person WHERE joined < now() - interval ''1 day'' GROUP BY district, later ORDER BY 3, 1'),
	'(five,t,5,f) (six,t,6,f) (,t,7,f) (,,7,t) (twenty,t,20,f)', 'with a remainder');
PREPARE of_age(int) AS SELECT count(*) FROM app.person WHERE age > 100 / $1;
SELECT is(seen('researcher', 'statistics', 'EXECUTE of_age(' || n || ')'), seen, 'a parameter') FROM (VALUES (2, '(15)'), (4, '(40)')) v(n, seen);

-- Treatments: groups are those of what is shown; keys need not be clear to be counted and joined.
SELECT memreg.create_purpose('community', 'coarse', 'contract', smallest_group => 5);
SELECT memreg.set_treatment('community', 'coarse', 'area', 'pseudonym'), memreg.set_treatment('community', 'coarse', 'facts', 'withhold');
SELECT memreg.grant_access('researcher', 'community', 'coarse');
SELECT answers('coarse', 'SELECT count(*), count(DISTINCT person_id) FROM app.person p JOIN app.trip t USING (person_id) GROUP BY district ORDER BY 1',
	'SELECT count(*), count(DISTINCT person_id) FROM app.person p JOIN app.trip t USING (person_id) GROUP BY district HAVING count(DISTINCT person_id) >= 5 ORDER BY 1', 'pseudonyms');
SELECT is(seen('researcher', 'coarse', 'SELECT age, count(*), sum(income) FROM app.person GROUP BY age'), '(,45,)', 'what is withheld');
SELECT is(seen('researcher', 'coarse', 'SELECT count(*) FROM app.person WHERE age = 21'), '', 'cannot be a condition either');
SELECT memreg.set_treatment('community', 'coarse', 'facts', 'generalize(year, 10, letters 1)');
SELECT answers('coarse', 'SELECT age, count(*) FROM app.person GROUP BY age ORDER BY 1', 'SELECT age / 10 * 10, count(*) FROM app.person GROUP BY 1 HAVING count(*) >= 5 ORDER BY 1', 'bands');
SELECT memreg.set_treatment('community', 'coarse', 'subject_key', 'withhold');
SELECT is(refused('coarse', 'SELECT count(*) FROM app.person JOIN app.trip USING (person_id)'), 'It is joined with trip, but neither by their subjects nor by a unique key of that.', 'a key that is withheld joins nothing');
SELECT is(seen('researcher', 'coarse', 'SELECT count(*), count(person_id) FROM app.person'), '(45,)', 'but is counted');

-- The remainder.
SELECT is(seen('researcher', 'summary', 'SELECT district, count(*), sum(income), memreg.is_remainder() FROM app.person GROUP BY district ORDER BY 1, 4'),
	'(five,5,50000,f) (six,6,93000,f) (twenty,20,570000,f) (,7,294000,f) (,7,28000,t)', 'small groups together, apart from that of NULL');
SELECT is(seen('researcher', 'summary', 'SELECT district, count(*) FROM app.person WHERE person_id NOT IN (1, 2, 3) GROUP BY district ORDER BY 1'),
	'(five,5) (six,6) (twenty,20) (,7)', 'too small together, too');
SELECT is(seen('researcher', 'summary', 'SELECT district, count(*), sum(euros), count(DISTINCT person_id) FROM app.person JOIN app.trip USING (person_id) GROUP BY district ORDER BY memreg.is_remainder(), 1'),
	'(six,15,270,5) (twenty,48,1467,17) (,18,789,6) (,30,270,10)', 'of two tables');
SELECT is(seen('researcher', 'summary', 'SELECT age >= 60, district IS NULL, count(*) FROM app.person GROUP BY 1, 2 ORDER BY memreg.is_remainder(), 1, 2'), '(f,f,38) (t,t,6)', 'a single person is not shown as a remainder');
SELECT is(seen('researcher', 'summary', 'SELECT count(bonus), count(*) FROM app.person GROUP BY district ORDER BY 2, 1'), '(,5) (,6) (,7) (,7) (,20)', 'whose aggregates are limited as well');
SELECT is(seen('researcher', 'summary', 'SELECT district, count(*) FROM app.person GROUP BY district HAVING count(*) BETWEEN 6 AND 7 ORDER BY memreg.is_remainder(), 1'), '(six,6) (,7) (,7)', 'with HAVING');
SELECT is(seen('researcher', 'summary', 'SELECT count(*), memreg.is_remainder() FROM app.person'), '(45,f)', 'not without groups');
SELECT is(seen('researcher', 'summary', 'SELECT part, (SELECT count(*) FROM app.person WHERE district <> a.district GROUP BY age < 0) FROM app.area a ORDER BY 2, 1'),
	'(south,32) (south,33) (north,34) (north,37) (nowhere,38)', 'in a subquery that refers to the query around it');
SELECT is(seen('researcher', 'summary', 'SELECT district, n FROM (SELECT district, count(*) AS n FROM app.person GROUP BY district) s ORDER BY 2, 1'), '(five,5) (six,6) (,7) (,7) (twenty,20)', 'in a subquery');
SELECT is(seen('researcher', 'statistics', 'SELECT district, memreg.is_remainder() FROM app.person GROUP BY district ORDER BY 1'), '(five,f) (six,f) (twenty,f) (,f)', 'there is none where they are removed');
SELECT is(refused('summary', 'SELECT trip_id, kind FROM app.trip GROUP BY trip_id'), 'The query shows columns that it does not group by, as a primary key determines them.', 'what a remainder could not show');

-- Declaring it.
SELECT is(smallest_group || small_groups, '5remainder', 'as it was declared') FROM memreg.purpose WHERE purpose = 'summary';
SET ROLE researcher;
SET memreg.purpose = 'statistics';
PREPARE districts AS SELECT count(*) FROM (SELECT FROM app.person GROUP BY district) s;
EXECUTE districts \g /dev/null
EXECUTE districts \gset five_
RESET ROLE;
SELECT memreg.set_smallest_group('community', 'statistics', 6);
SET ROLE researcher;
EXECUTE districts \gset six_
RESET ROLE;
SELECT memreg.set_smallest_group('community', 'statistics', 6, 'remainder');
SET ROLE researcher;
EXECUTE districts \gset together_
RESET ROLE;
SELECT memreg.set_smallest_group('community', 'statistics', NULL);
SET ROLE researcher;
EXECUTE districts \gset all_
RESET ROLE;
RESET memreg.purpose;
SELECT is(ARRAY[:five_count, :six_count, :together_count, :all_count], ARRAY[4, 3, 4, 7], 'a change binds the next run of a prepared statement');
SELECT is(seen('researcher', 'statistics', 'SELECT count(name) FROM app.person WHERE age = 20'), '(0)', 'a purpose may see rows again');
SELECT memreg.set_smallest_group('community', 'statistics', 5);
SELECT is(seen('clerk', 'billing', 'SELECT max(euros) FROM app.trip'), seen('clerk', 'billing', 'SELECT max(euros) FROM (SELECT * FROM app.trip) t'), 'other purposes see rows');
SELECT is(seen(:'superuser', 'statistics', 'SELECT min(age) FROM app.person'), '(21)', 'and so does who bypasses row security');

-- Keys of other types, parallel workers, many groups.
CREATE TABLE app.by_uuid (id uuid NOT NULL, n int NOT NULL);
CREATE TABLE app.by_text (id text NOT NULL, n int NOT NULL);
INSERT INTO app.by_uuid SELECT md5((i % 900)::text)::uuid, i % 300 FROM generate_series(1, 20000) i;
INSERT INTO app.by_text SELECT 'x' || i % 900, i % 300 FROM generate_series(1, 20000) i;
INSERT INTO app.by_uuid SELECT md5('one')::uuid, 1000 + i % 5 FROM generate_series(1, 100) i;
INSERT INTO app.by_text SELECT 'one', 1000 + i % 5 FROM generate_series(1, 100) i;
GRANT SELECT ON app.by_uuid, app.by_text TO researcher;
DO $$
DECLARE
	kind text;
BEGIN
	FOREACH kind IN ARRAY ARRAY['uuid', 'text'] LOOP
		PERFORM memreg.create_register('by ' || kind, 'Members', 'An association', kind::regtype);
		PERFORM memreg.create_purpose('by ' || kind, 'statistics', 'contract', smallest_group => 3);
		PERFORM memreg.create_purpose('by ' || kind, 'summary', 'contract', smallest_group => 4, small_groups => 'remainder');
		PERFORM memreg.add_table('by ' || kind, ('app.by_' || kind)::regclass, 'id');
		EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.by_%s.n IS ''nonpersonal''', kind);
		PERFORM memreg.grant_access('researcher', 'by ' || kind, 'statistics');
		PERFORM memreg.grant_access('researcher', 'by ' || kind, 'summary');
		PERFORM memreg.protect(('app.by_' || kind)::regclass);
	END LOOP;
END
$$;
ANALYZE app.by_uuid, app.by_text;
SELECT is(seen('researcher', purpose, format('SELECT count(*), sum(rows), max(n) FROM (SELECT n, count(*) AS rows FROM app.by_%s GROUP BY n) s', kind)), shown, kind || ' ' || purpose)
  FROM unnest(ARRAY['uuid', 'text']) kind, (VALUES ('statistics', '(300,20000,299)'), ('summary', '(1,20100,)')) v(purpose, shown);
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT is(seen('researcher', purpose, format('SELECT count(*), sum(rows), max(n) FROM (SELECT n, count(*) AS rows FROM app.by_%s GROUP BY n) s', kind)), shown, kind || ' ' || purpose || ' in parallel')
  FROM unnest(ARRAY['uuid', 'text']) kind, (VALUES ('statistics', '(300,20000,299)'), ('summary', '(1,20100,)')) v(purpose, shown);
SELECT ok(seen('researcher', 'statistics', 'EXPLAIN (COSTS off) SELECT n, count(*) FROM app.by_uuid GROUP BY n') ~ 'Partial', 'workers count subjects of their part');
SELECT is(array_agg(enough ORDER BY k), '{t,t,t,t,f}', 'the aggregate by itself')
  FROM (VALUES (0), (1), (2), (3), (4)) v(k), LATERAL (SELECT memreg.enough_subjects(x, k) AS enough FROM unnest('{1,2,2,NULL,3,1}'::bigint[]) x) s;
SELECT is(ARRAY[memreg.enough_subjects(x, NULL), memreg.enough_subjects(x, 1), memreg.enough_subjects(NULL::text, 0)], '{f,t,f}', 'NULL counts for nobody, and is never reached') FROM unnest('{a}'::text[]) x;
SELECT is(memreg.enough_subjects(x, 1), false, 'no rows are not enough') FROM unnest('{}'::uuid[]) x;
SELECT * FROM finish();
