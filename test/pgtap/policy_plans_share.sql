-- How many rows have a ground is estimated from what all subjects of the register said, also where a table holds some of
-- them only, or has no statistics.
\i test/policy/register.sql
SELECT plan(23);

-- 6,000 people: 10 % consent to "tenth", 90 % to "most", 30 % objected to "task". Another register has no root table.
CREATE FUNCTION lab.make_register(name text, rooted boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	purpose record;
BEGIN
	EXECUTE format('CREATE TABLE lab.%I (id bigint PRIMARY KEY) WITH (autovacuum_enabled = off)', name);
	EXECUTE format('INSERT INTO lab.%I SELECT generate_series(1, 6000)', name);
	PERFORM memreg.create_register(name, name, 'An association');
	FOR purpose IN SELECT * FROM (VALUES ('tenth', 'consent'), ('most', 'consent'), ('task', 'public_task')) p(name, basis) LOOP
		PERFORM memreg.create_purpose(make_register.name, purpose.name, purpose.basis), memreg.grant_access('researcher', make_register.name, purpose.name);
	END LOOP;
	PERFORM memreg.add_table(name, format('lab.%I', name), 'id', root => rooted), memreg.protect(format('lab.%I', name));
	PERFORM memreg.grant_consents(name, array_agg(i::bigint), 'tenth') FROM generate_series(10, 6000, 10) i;
	PERFORM memreg.grant_consents(name, array_agg(i::bigint), 'most') FROM generate_series(1, 6000) i WHERE i % 10 <> 0;
	PERFORM memreg.object_to(name, i::bigint, 'task') FROM generate_series(1, 6000) i WHERE i % 10 < 3;
	EXECUTE format('GRANT ALL ON lab.%I TO researcher', name);
END $$;
SELECT lab.make_register('rooted', true), lab.make_register('rootless', false) \g /dev/null
ANALYZE lab.rooted, lab.rootless;

-- Tables with all of them or some; with statistics or without.
CREATE FUNCTION lab.make_table(register text, name text, last int, analyzed boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE lab.%I (id bigint) WITH (autovacuum_enabled = off)', name);
	EXECUTE format('INSERT INTO lab.%I SELECT 1 + i %% %s FROM generate_series(1, 6000) i', name, last);
	IF analyzed THEN
		EXECUTE format('ANALYZE lab.%I', name);
	END IF;
	PERFORM memreg.add_table(register, format('lab.%I', name), 'id'), memreg.protect(format('lab.%I', name));
	EXECUTE format('GRANT ALL ON lab.%I TO researcher', name);
END $$;
SELECT lab.make_table('rooted', 'all_of_them', 6000, true), lab.make_table('rooted', 'some', 1000, true), lab.make_table('rooted', 'few', 100, true),
	lab.make_table('rooted', 'unknown', 6000, false), lab.make_table('rooted', 'unknown_some', 1000, false),
	lab.make_table('rootless', 'rootless_some', 1000, true), lab.make_table('rootless', 'rootless_unknown', 6000, false) \g /dev/null
CREATE TABLE lab.parted (id bigint NOT NULL) PARTITION BY HASH (id);
SELECT format('CREATE TABLE lab.parted_%s PARTITION OF lab.parted FOR VALUES WITH (MODULUS 8, REMAINDER %1$s)', r) FROM generate_series(0, 7) r \gexec
INSERT INTO lab.parted SELECT generate_series(1, 6000);
ANALYZE lab.parted;
SELECT memreg.add_table('rooted', 'lab.parted', 'id'), memreg.protect('lab.parted') \g /dev/null
GRANT ALL ON lab.parted, lab.parted_0 TO researcher;
SELECT memreg.load_consent_index() \g /dev/null

CREATE FUNCTION expected(purpose text, name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	PERFORM set_config('memreg.purpose', purpose, true), set_config('role', 'researcher', true);
	EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM lab.%I', name) INTO plan;
	PERFORM set_config('role', 'none', true);
	RETURN plan->0->'Plan'->>'Plan Rows';
END $$;
CREATE FUNCTION estimate(purpose text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	expected numeric := expected(purpose, name);
	come numeric := btrim(seen('researcher', purpose, format('SELECT count(*) FROM lab.%I', name)), '()');
BEGIN
	RETURN CASE WHEN come BETWEEN expected / 1.5 AND expected * 1.5 THEN 'near' ELSE format('%s expected, %s come', expected, come) END;
END $$;
SELECT is(estimate(purpose, name), 'near', format('%s, table %s', purpose, name))
  FROM unnest('{tenth,most,task}'::text[]) purpose, unnest('{all_of_them,some,few,parted,parted_0}'::text[]) name;

-- Without statistics the number of rows is a guess, the share of them is not.
SELECT is(round(expected('tenth', name)::numeric / expected('task', name), 1), round(1 / 7.0, 1), 'the shares, without statistics: ' || name) FROM unnest('{unknown,unknown_some}'::text[]) name;
SELECT is(estimate(purpose, 'unknown'), 'near', purpose || ', without statistics') FROM unnest('{tenth,task}'::text[]) purpose;

-- Nothing says how many there are: three of four consent, and most never object.
SELECT is(round(expected('tenth', 'rootless_unknown')::numeric / expected('task', 'rootless_unknown'), 2), 0.75, 'a register without root table, a table without statistics');
SELECT cmp_ok(expected('task', 'rootless_some'), '>=', 600::bigint, 'with statistics of fewer than have objected');
SELECT is(estimate('tenth', 'rootless'), 'near', 'with statistics of them all');
SELECT is(estimate('task', 'rootless'), 'near', 'also for those who have not objected');
SELECT * FROM finish();
