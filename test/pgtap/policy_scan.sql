-- Scans that ask nothing of a row but its ground: whatever the size of the table and the type of its key, however rows are asked for, and
-- again and again, they give exactly those that plain SQL over the tables names, in their order.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(21);

CREATE ROLE researcher IN ROLE pg_read_all_stats; -- for EXPLAIN ANALYZE

-- Keys of subjects by number: texts on both sides of the length from which they are hashed, and some that begin alike.
CREATE FUNCTION subject_key(type text, n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE type WHEN 'bigint' THEN n::text WHEN 'uuid' THEN md5(n::text)::uuid::text
		ELSE CASE n % 5 WHEN 0 THEN '' || n WHEN 1 THEN lpad(n::text, 15, 'x') WHEN 2 THEN lpad(n::text, 16, 'x')
			WHEN 3 THEN repeat('long ', 200) || n ELSE 'ä' || n || ' ' END END $$;
CREATE FUNCTION consents(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT hashint4(n) % 3 <> 0';

-- A table of so many rows, every tenth of which is nobody's.
CREATE FUNCTION make_table(type text, rows int) RETURNS regclass LANGUAGE plpgsql AS $$
DECLARE
	name text := format('visit_%s_%s', type, rows);
BEGIN
	EXECUTE format('CREATE TABLE %I (n int, seen boolean DEFAULT false, subject %s, page text DEFAULT ''page'')', name, type);
	EXECUTE format('INSERT INTO %I (n, subject) SELECT n, CASE WHEN n %% 10 > 0 THEN subject_key(%L, n)::%s END FROM generate_series(1, %s) n',
				   name, type, type, rows);
	EXECUTE format($f$SECURITY LABEL FOR memreg ON COLUMN %I.n IS 'nonpersonal'$f$, name);
	EXECUTE format($f$SECURITY LABEL FOR memreg ON COLUMN %I.seen IS 'nonpersonal'$f$, name);
	EXECUTE format('GRANT SELECT, UPDATE, DELETE ON %I TO researcher', name);
	PERFORM memreg.add_table(type, name::regclass, 'subject'), memreg.protect(name::regclass);
	RETURN name::regclass;
END $$;

CREATE TABLE made (type text, rows int, relation regclass);
CREATE FUNCTION declare_registers() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	key_type text;
BEGIN
	FOREACH key_type IN ARRAY '{bigint,uuid,text}'::text[] LOOP
		PERFORM memreg.create_register(key_type, 'Visits', 'Nobody', key_type::regtype);
		PERFORM memreg.create_purpose(key_type, 'research', 'consent'), memreg.create_purpose(key_type, 'count', 'consent', anonymous_data => true);
		PERFORM memreg.set_treatment(key_type, p, 'subject_key', 'clear'), memreg.grant_access('researcher', key_type, p)
		   FROM unnest('{research,count}'::text[]) p;
		EXECUTE format('SELECT memreg.grant_consents(%1$L, array_agg(subject_key(%1$L, n)::%1$s), %2$L), memreg.grant_consents(%1$L, array_agg(subject_key(%1$L, n)::%1$s), %3$L)
			FROM generate_series(1, 3000) n WHERE consents(n)', key_type, 'research', 'count');
		INSERT INTO made SELECT key_type, rows, make_table(key_type, rows)
		  FROM unnest('{0,1,2,3,4,7,8,15,16,17,31,32,33,100,3000}'::int[]) rows;
	END LOOP;
END $$;
SELECT declare_registers() \g /dev/null
GRANT SELECT ON made TO researcher;

-- The oracle.
CREATE FUNCTION expected(rows int, anonymous boolean DEFAULT false) RETURNS TABLE (n int) LANGUAGE sql AS $$
	SELECT n FROM generate_series(1, rows) n WHERE CASE WHEN n % 10 > 0 THEN consents(n) ELSE anonymous END ORDER BY n $$;
CREATE FUNCTION seen(relation regclass, rest text DEFAULT '') RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
	found int[];
BEGIN
	EXECUTE format('SELECT coalesce(array_agg(n), ''{}'') FROM (SELECT n FROM %s %s) s', relation, rest) INTO found;
	RETURN found;
END $$;

SET ROLE researcher;
SET memreg.purpose = 'research';
SELECT is_empty('SELECT relation FROM made WHERE seen(relation) <> ARRAY(SELECT n FROM expected(rows))', 'tables of every size, without nobody''s rows');
SET memreg.purpose = 'count';
SELECT is_empty('SELECT relation FROM made WHERE seen(relation) <> ARRAY(SELECT n FROM expected(rows, true))', 'and with them');
SET memreg.purpose = 'research';
SELECT is_empty($$SELECT relation, wanted FROM made, generate_series(0, 40) wanted
	WHERE seen(relation, format('LIMIT %s', wanted)) <> ARRAY(SELECT n FROM expected(rows) LIMIT wanted)$$, 'the first few rows, for every few');
SELECT is_empty($$SELECT relation, skipped FROM made, unnest('{1,15,16,17}'::int[]) skipped
	WHERE seen(relation, format('OFFSET %s', skipped)) <> ARRAY(SELECT n FROM expected(rows) OFFSET skipped)$$, 'all but the first few');

-- Rows that do not pass are counted as such.
CREATE FUNCTION pg_temp.counted(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE format('EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT n FROM %s', relation) INTO plan;
	plan := plan->0->'Plan';
	RETURN format('%s %s %s', plan->>'Node Type', (plan->>'Actual Rows')::numeric::int, plan->>'Rows Removed by Filter');
END $$;
SELECT is(pg_temp.counted('visit_uuid_100'), format('Seq Scan %s %s', count(*), 100 - count(*)), 'EXPLAIN tells how many') FROM expected(100);

-- The same scan again and again, left when it has given some rows.
SELECT is_empty($$SELECT relation FROM made WHERE rows < 3000 AND (SELECT array_agg(f) FROM generate_series(1, 20) k, LATERAL (SELECT array_to_string(seen(relation, format('LIMIT %s', k)), ',')) l (f))
	<> (SELECT array_agg(array_to_string(ARRAY(SELECT n FROM expected(rows) LIMIT k), ',')) FROM generate_series(1, 20) k)$$, 'scans left half-way');
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
PREPARE joined AS SELECT count(*), sum(a.n * b.n::bigint) FROM visit_uuid_100 a JOIN visit_text_33 b ON a.n > b.n;
PREPARE joined_oracle AS SELECT count(*), sum(a.n * b.n::bigint) FROM expected(100) a JOIN expected(33) b ON a.n > b.n;
SELECT results_eq('joined', 'joined_oracle', 'the inner side of a nested loop');
PREPARE limited AS SELECT k, l.n FROM generate_series(1, 30) k, LATERAL (SELECT n + k - k AS n FROM visit_text_100 LIMIT k) l;
PREPARE limited_oracle AS SELECT k, l.n FROM generate_series(1, 30) k, LATERAL (SELECT n FROM expected(100) LIMIT k) l;
SELECT results_eq('limited', 'limited_oracle', 'a subquery that depends on the outer row and is left early');
SELECT is((SELECT count(*) FROM visit_bigint_100 a WHERE EXISTS (SELECT a.n FROM visit_uuid_17 OFFSET a.n % 20)),
	(SELECT count(*) FROM expected(100) a WHERE a.n % 20 < (SELECT count(*) FROM expected(17))), 'a subplan');
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;

-- Cursors: forward only, and both ways. What is said of each row: where the cursor then stands, 0 for nowhere.
CREATE FUNCTION pg_temp.walked(relation regclass, scroll boolean, steps int[]) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
	rows refcursor;
	step int;
	one int;
	found int[] := '{}';
BEGIN
	IF scroll THEN
		OPEN rows SCROLL FOR EXECUTE format('SELECT n FROM %s', relation);
	ELSE
		OPEN rows NO SCROLL FOR EXECUTE format('SELECT n FROM %s', relation);
	END IF;
	FOREACH step IN ARRAY steps LOOP
		FETCH RELATIVE step FROM rows INTO one;
		found := found || coalesce(one, 0);
	END LOOP;
	CLOSE rows;
	RETURN found;
END $$;
CREATE FUNCTION pg_temp.walk_expected(rows int, steps int[]) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
	visible int[] := ARRAY(SELECT n FROM expected(rows));
	place int := 0;
	step int;
	found int[] := '{}';
BEGIN
	FOREACH step IN ARRAY steps LOOP
		place := greatest(least(place + step, cardinality(visible) + 1), 0);
		found := found || coalesce(visible[place], 0);
	END LOOP;
	RETURN found;
END $$;
SELECT is_empty($$SELECT relation, walk FROM made, unnest(ARRAY['{1,1,1,1}', '{1,2,3,4,5,6,7,8,9,10}', '{17,17}', '{40,100,1,1}', '{4000}']) walk
	WHERE pg_temp.walked(relation, false, walk::int[]) <> pg_temp.walk_expected(rows, walk::int[])$$, 'forward, to the end and beyond');
SELECT is_empty($$SELECT relation, walk FROM made, unnest(ARRAY['{1,1,-1,1}', '{10,-5,7,-2,-2,20}', '{17,-16,16,-30,1}', '{4000,-1,-1,-10}']) walk
	WHERE pg_temp.walked(relation, true, walk::int[]) <> pg_temp.walk_expected(rows, walk::int[])$$, 'forward and back');

-- The row at which a cursor stands is the one that was fetched last, not one that was read in advance.
CREATE FUNCTION pg_temp.act_on_every(relation regclass, nth int, act text) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
	followed refcursor := 'followed';
	fetched int := 0;
	one int;
	reached int[] := '{}';
BEGIN
	OPEN followed NO SCROLL FOR SELECT n FROM visit_uuid_100;
	LOOP
		FETCH followed INTO one;
		EXIT WHEN NOT FOUND;
		fetched := fetched + 1;
		IF fetched % nth = 0 THEN
			EXECUTE format(act || ' WHERE CURRENT OF followed RETURNING n', relation) INTO STRICT one;
			reached := reached || one;
		END IF;
	END LOOP;
	CLOSE followed;
	RETURN reached;
END $$;
CREATE FUNCTION pg_temp.every(nth int) RETURNS int[] LANGUAGE sql AS
	'SELECT array_agg(n ORDER BY n) FROM (SELECT n, row_number() OVER (ORDER BY n) AS place FROM expected(100)) e WHERE place % nth = 0';
BEGIN;
SELECT is(pg_temp.act_on_every('visit_uuid_100', 3, 'UPDATE %s SET seen = true'), pg_temp.every(3), 'UPDATE … WHERE CURRENT OF');
SELECT is(seen('visit_uuid_100', 'WHERE seen'), pg_temp.every(3), 'has updated these');
ROLLBACK;
BEGIN;
SELECT is(pg_temp.act_on_every('visit_uuid_100', 1, 'DELETE FROM %s'), ARRAY(SELECT n FROM expected(100)), 'DELETE … WHERE CURRENT OF');
SELECT is(seen('visit_uuid_100'), '{}', 'has deleted those');
ROLLBACK;

-- Changes through the scan itself.
BEGIN;
UPDATE visit_text_100 SET seen = NOT seen;
SELECT is(seen('visit_text_100', 'WHERE seen ORDER BY n'), ARRAY(SELECT n FROM expected(100)), 'UPDATE reaches each row once');
DELETE FROM visit_text_100;
RESET ROLE;
SELECT is(ARRAY(SELECT n FROM visit_text_100 ORDER BY n), ARRAY(SELECT n FROM generate_series(1, 100) n EXCEPT SELECT expected(100) ORDER BY n),
	'DELETE leaves the others');
ROLLBACK;

-- What this transaction has changed itself is known to a scan that was begun before.
BEGIN;
SET ROLE researcher;
DECLARE begun NO SCROLL CURSOR FOR SELECT n FROM visit_bigint_3000;
MOVE 5 IN begun;
RESET ROLE;
SELECT memreg.withdraw_consents('bigint', array_agg(n::bigint), 'research') FROM expected(3000) n WHERE n > 100 \g /dev/null
SET ROLE researcher;
MOVE FORWARD ALL IN begun;
SELECT is(seen('visit_bigint_3000'), ARRAY(SELECT n FROM expected(3000) WHERE n <= 100), 'a scan sees what its transaction has withdrawn');
ROLLBACK;
RESET ROLE;

-- Long texts are compared whole, and none is taken for another.
CREATE FUNCTION compare_alike() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	CREATE TABLE alike (n int, subject text);
	INSERT INTO alike VALUES (1, 'fifteen letters'), (2, 'fifteen letters '), (3, 'fifteen lettera'), (4, ''), (5, 'f'), (6, U&'f\0001'), (7, 'ff');
	PERFORM memreg.add_table('text', 'alike', 'subject'), memreg.protect('alike');
	SECURITY LABEL FOR memreg ON COLUMN alike.n IS 'nonpersonal';
	GRANT SELECT ON alike TO researcher;
	PERFORM memreg.grant_consent('text', s, 'research') FROM unnest(ARRAY['fifteen letters', '', 'f']) s;
	SET LOCAL ROLE researcher;
	SELECT string_agg(n::text, ',' ORDER BY n) INTO found FROM alike;
	RETURN found;
END $$;
SELECT is(compare_alike(), '1,4,5', 'texts that are alike are different subjects, in the transaction that speaks of them');
SET ROLE researcher;
SELECT is((SELECT string_agg(n::text, ',' ORDER BY n) FROM alike), '1,4,5', 'and afterwards');
RESET ROLE;
SELECT is_empty('SELECT * FROM memreg.verify_consent_index() WHERE (missing, surplus) <> (0, 0)', 'the index is equal to the tables');
SELECT * FROM finish();
