-- What is refused to purposes that see aggregates only, and how they are declared: what it says, and nobody's data.
\set ECHO none
\i test/policy/statistics.sql
\i test/attempt.sql
CREATE FUNCTION attempts(statements text[]) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT attempt(s) FROM unnest(statements) s
$$;
CREATE TABLE lab.own (age int PRIMARY KEY);
GRANT ALL ON lab.own TO researcher;
SET client_min_messages = warning;

-- Declaring.
SELECT attempts(ARRAY[
	$$SELECT memreg.create_purpose('community', 'x', 'contract', smallest_group => 1)$$,
	$$SELECT memreg.create_purpose('community', 'x', 'contract', smallest_group => 5, small_groups => 'hide')$$,
	$$SELECT memreg.create_purpose('community', 'x', 'contract', small_groups => NULL)$$,
	$$SELECT memreg.create_purpose('community', 'x', 'contract', reach => 'own', smallest_group => 5)$$,
	$$SELECT memreg.create_purpose('community', 'x', 'contract', smallest_group => 2, small_groups => 'remainder')$$,
	$$SELECT memreg.set_smallest_group('community', 'statistics', 0)$$,
	$$SELECT memreg.set_smallest_group('community', 'statistics', 5, '')$$,
	$$SELECT memreg.set_smallest_group('community', 'nothing', 5)$$,
	$$SELECT memreg.set_smallest_group('nowhere', 'statistics', 5)$$,
	$$SELECT memreg.set_smallest_group('community', 'statistics', 7)$$,
	$$SELECT memreg.set_smallest_group('community', 'statistics', NULL)$$]);

-- Asking.
SET ROLE researcher;
SET memreg.purpose = 'statistics';
SELECT attempts(ARRAY[
	$$SELECT name FROM app.person$$,
	$$SELECT DISTINCT district FROM app.person$$,
	$$SELECT count(*) FROM (SELECT * FROM app.person) p$$,
	$$UPDATE app.person SET age = 1$$,
	$$DELETE FROM lab.own USING app.trip WHERE age = euros$$,
	$$SELECT count(*) FROM app.person GROUP BY CUBE (district)$$,
	$$SELECT generate_series(1, 3) FROM app.person GROUP BY district$$,
	$$SELECT count(*) FROM app.person TABLESAMPLE SYSTEM (50)$$,
	$$SELECT count(*) FROM app.person, generate_series(1, 3) AS "Odd one"$$,
	$$SELECT count(*) FROM app.person, app.area AS "Odd one"$$,
	$$SELECT count(*) FROM app.person p RIGHT JOIN app.area a USING (district)$$,
	$$SELECT count(*) FROM app.person WHERE name LIKE 'CANARY%'$$,
	$$SELECT age / 10, count(*) FROM app.person GROUP BY 1$$,
	$$SELECT max(income) FROM app.person$$,
	$$SELECT sum(income) FILTER (WHERE name = 'CANARY1') FROM app.person$$,
	$$SELECT sum(income / 1) FROM app.person$$,
	$$SELECT count(*) FROM app.person GROUP BY person_id$$,
	$$SELECT count(*) FROM app.person GROUP BY xmin$$,
	$$SELECT (SELECT p.district) FROM app.person p GROUP BY district$$]);
SET memreg.purpose = 'summary';
SELECT attempts(ARRAY[
	$$SELECT trip_id, kind FROM app.trip GROUP BY trip_id$$,
	$$SELECT own.xmin FROM lab.own JOIN app.person USING (age) GROUP BY own.xmin$$]);
