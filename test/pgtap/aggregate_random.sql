-- Aggregations put together at random, over people in groups of every size, against the same over those rows only that
-- are in groups with enough subjects.
\i test/policy/statistics.sql
SELECT no_plan();
UPDATE memreg.purpose SET anonymous_data = true WHERE smallest_group IS NOT NULL;
SELECT setseed(0.1974);
INSERT INTO app.person
SELECT 100 + n, 'CANARY' || n, 'd' || floor(random() * random() * 30), 20 + floor(random() * 8), floor(random() * 50) * 100,
	   CASE WHEN random() < 0.5 THEN floor(random() * 9) END, timestamptz '2025-01-01' + floor(random() * 30) * interval '1 day', 'CANARY'
  FROM generate_series(1, 300) n;
INSERT INTO app.trip
SELECT 10000 + n, CASE WHEN random() < 0.98 THEN 101 + floor(random() * random() * 300) END, 'k' || floor(random() * random() * 9), floor(random() * 20)
  FROM generate_series(1, 900) n;
INSERT INTO app.area SELECT 'd' || n, 'part ' || n % 4 FROM generate_series(0, 29) n WHERE n % 3 > 0;
CREATE FUNCTION pick(choices text[]) RETURNS text LANGUAGE sql AS 'SELECT choices[1 + floor(random() * array_length(choices, 1))]';
CREATE TABLE shape (tables text, subjects text[], groups text[], conditions text[], columns text[]);
INSERT INTO shape VALUES
	('app.person p', '{p.person_id}', '{p.district,p.age,p.age > 24,p.joined,p.bonus,coalesce(p.bonus\, 0) < 4}', '{p.age < 25,p.income > 2000,p.bonus IS NOT NULL,p.district <> ''d3'',true}', '{p.income,p.bonus,p.age}'),
	('app.trip t', '{t.person_id}', '{t.kind,t.euros,t.euros > 10}', '{t.euros < 15,t.kind <> ''k0'',true}', '{t.euros}'),
	('app.person p JOIN app.trip t ON t.person_id = p.person_id', '{p.person_id,t.person_id}', '{p.district,t.kind,t.euros > p.age,p.bonus}', '{t.euros < p.age,p.bonus > 3,true}', '{p.income,t.euros,p.bonus}'),
	('app.person p LEFT JOIN app.trip t ON t.person_id = p.person_id AND t.euros > 8', '{p.person_id,t.person_id}', '{p.district,t.kind,p.age}', '{p.age < 24,t.euros IS NULL OR t.euros < 15,true}', '{p.income,t.euros,p.bonus}'),
	('app.trip t FULL JOIN app.person p ON t.person_id = p.person_id', '{p.person_id,t.person_id}', '{p.district,t.kind,p.age IS NULL}', '{t.euros < 18 OR p.age > 22,true}', '{p.income,t.euros,p.bonus}'),
	('app.person p LEFT JOIN app.area a ON a.district = p.district', '{p.person_id}', '{a.part,p.age,a.part IS NULL}', '{p.age < 26,true}', '{p.income,p.bonus}');

-- A query as it is asked, and the same with the rule spelled out: in two steps where small groups are put together.
CREATE FUNCTION compose(small_groups text, OUT asked text, OUT spelled text) LANGUAGE plpgsql AS $$
DECLARE
	s shape := (SELECT s FROM shape s ORDER BY random() LIMIT 1);
	groups text[] := ARRAY(SELECT g FROM unnest(s.groups) g ORDER BY random() LIMIT 1 + floor(random() * 2));
	condition text := pick(s.conditions);
	"column" text := pick(s.columns);
	call text := pick('{sum(%s),avg(%s),count(%s),count(DISTINCT %s),sum(DISTINCT %s),var_samp(%s)}');
	kept text := pick('{true,count(*) > 7,count(*) < 40}');
	group_by text := array_to_string(groups, ', ');
	enough text := (SELECT string_agg(format('count(DISTINCT %s) >= 5', u), ' AND ') FROM unnest(s.subjects) u);
	counted text := (SELECT string_agg(format('count(DISTINCT %s) FILTER (WHERE %s IS NOT NULL) >= 5', u, "column"), ' AND ') FROM unnest(s.subjects) u);
	shown text := (SELECT string_agg(format('CASE WHEN enough THEN g%s END', n), ', ' ORDER BY n) FROM generate_series(1, array_length(groups, 1)) n);
	inner_columns text := (SELECT string_agg(format('%s AS g%s', g, n), ', ' ORDER BY n) FROM unnest(groups) WITH ORDINALITY u(g, n));
	inner_subjects text := (SELECT string_agg(format('%s AS s%s', u, n), ', ' ORDER BY n) FROM unnest(s.subjects) WITH ORDINALITY v(u, n));
	is_enough text := (SELECT string_agg(format('(SELECT count(DISTINCT s%s) FROM r q WHERE (%s) IS NOT DISTINCT FROM (%s)) >= 5', i,
		(SELECT string_agg('q.g' || n, ', ') FROM generate_series(1, array_length(groups, 1)) n),
		(SELECT string_agg('r.g' || n, ', ') FROM generate_series(1, array_length(groups, 1)) n)), ' AND ') FROM generate_series(1, array_length(s.subjects, 1)) i);
	outer_enough text := (SELECT string_agg(format('count(DISTINCT s%s) >= 5', n), ' AND ') FROM generate_series(1, array_length(s.subjects, 1)) n);
	outer_counted text := (SELECT string_agg(format('count(DISTINCT s%s) FILTER (WHERE c IS NOT NULL) >= 5', n), ' AND ') FROM generate_series(1, array_length(s.subjects, 1)) n);
BEGIN
	asked := format('SELECT %s, count(*), round(%s, 6) FROM %s WHERE %s GROUP BY %s HAVING %s', group_by,
		replace(call, '%s', "column") || '::numeric', s.tables, condition, group_by, kept);
	IF small_groups = 'remove' THEN
		spelled := format('SELECT %s, count(*), CASE WHEN %s THEN round(%s, 6) END FROM %s WHERE %s GROUP BY %s HAVING %s AND %s', group_by,
			counted, replace(call, '%s', "column") || '::numeric', s.tables, condition, group_by, enough, kept);
	ELSE
		spelled := format('WITH r AS (SELECT %s, %s, %s AS c FROM %s WHERE %s), e AS (SELECT *, %s AS enough FROM r)
			SELECT %s, count(*), CASE WHEN %s THEN round(%s, 6) END FROM e GROUP BY %s, enough HAVING %s AND %s',
			inner_columns, inner_subjects, "column", s.tables, condition, is_enough,
			shown, outer_counted, replace(call, '%s', 'c') || '::numeric', shown, outer_enough, kept);
	END IF;
END
$$;
CREATE FUNCTION sorted(role name, purpose text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT seen(role, purpose, format('SELECT s::text FROM (%s) s ORDER BY 1', query))
$$;
CREATE TABLE outcome (rows int);
CREATE FUNCTION differences(purpose text, small_groups text, times int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	query record;
	answer text;
BEGIN
	FOR i IN 1..times LOOP
		SELECT * INTO query FROM compose(small_groups);
		answer := sorted('researcher', purpose, query.asked);
		INSERT INTO outcome VALUES (cardinality(string_to_array(answer, ') (')));
		IF answer <> sorted(current_user, purpose, query.spelled) THEN
			RETURN NEXT format(E'%s\n%s\n%s\n%s', query.asked, query.spelled, answer, sorted(current_user, purpose, query.spelled));
		END IF;
	END LOOP;
END
$$;
SELECT is_empty($$SELECT * FROM differences('statistics', 'remove', 80)$$, 'small groups are removed');
SELECT is_empty($$SELECT * FROM differences('summary', 'remainder', 25)$$, 'small groups are shown together');
SELECT ok(avg((rows > 1)::int) > 0.5, 'most of the queries have shown groups') FROM outcome;
SELECT * FROM finish();
