-- Included by tests of purposes that see aggregates only: more people, of districts of every size, and two purposes,
-- both granted to the researcher, that see them in groups of five or more.
--
--   statistics  leaves smaller groups out
--   summary     shows them together
--
-- The districts have 1, 2, 4, 5, 6 and 20 people; 7 have none. A person has up to five trips.
\i test/policy/register.sql
SET ROLE app_owner;
CREATE TABLE app.person (
	person_id bigint PRIMARY KEY,
	name text NOT NULL,
	district text,
	age int NOT NULL,
	income numeric NOT NULL,
	bonus int,
	joined timestamptz NOT NULL,
	note text
);
CREATE TABLE app.trip (
	trip_id bigint PRIMARY KEY,
	person_id bigint REFERENCES app.person,
	kind text NOT NULL,
	euros int NOT NULL
);
CREATE TABLE app.area (district text PRIMARY KEY, part text);
INSERT INTO app.person
SELECT n, 'CANARY' || n,
	   CASE WHEN n = 1 THEN 'CANARY one' WHEN n <= 3 THEN 'CANARY two' WHEN n <= 7 THEN 'CANARY four' WHEN n <= 12 THEN 'five'
			WHEN n <= 18 THEN 'six' WHEN n <= 38 THEN 'twenty' END,
	   20 + n % 50, 1000 * n, CASE WHEN n % 9 = 0 THEN n END,
	   timestamptz '2025-01-01 00:00:00+00' + n * interval '1 day', 'CANARY'
  FROM generate_series(1, 45) n;
INSERT INTO app.trip
SELECT row_number() OVER (), n, CASE WHEN n % 2 = 0 THEN 'bus' WHEN n < 10 THEN 'CANARY' ELSE 'tram' END, n + t
  FROM generate_series(1, 45) n, generate_series(1, 5) t WHERE t <= n % 6;
INSERT INTO app.area VALUES ('CANARY one', 'north'), ('CANARY four', 'north'), ('five', 'south'), ('six', 'south'), ('nobody', 'nowhere');
GRANT SELECT, INSERT, UPDATE, DELETE ON app.person, app.trip TO researcher;
GRANT SELECT ON app.area TO researcher;
RESET ROLE;

SECURITY LABEL FOR memreg ON COLUMN app.person.name IS 'name';
SECURITY LABEL FOR memreg ON COLUMN app.person.district IS 'area';
SECURITY LABEL FOR memreg ON COLUMN app.person.age IS 'facts';
SECURITY LABEL FOR memreg ON COLUMN app.person.income IS 'facts';
SECURITY LABEL FOR memreg ON COLUMN app.person.bonus IS 'facts';
SECURITY LABEL FOR memreg ON COLUMN app.person.joined IS 'facts';
SECURITY LABEL FOR memreg ON COLUMN app.trip.trip_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.trip.kind IS 'facts';
SECURITY LABEL FOR memreg ON COLUMN app.trip.euros IS 'facts';

DO $$
DECLARE
	purpose text;
	category text;
BEGIN
	PERFORM memreg.add_table('community', 'app.person', 'person_id');
	PERFORM memreg.add_table('community', 'app.trip', 'person_id');
	PERFORM memreg.create_purpose('community', 'statistics', 'contract', smallest_group => 5);
	PERFORM memreg.create_purpose('community', 'summary', 'contract', smallest_group => 5, small_groups => 'remainder');
	FOREACH purpose IN ARRAY ARRAY['statistics', 'summary'] LOOP
		FOREACH category IN ARRAY ARRAY['subject_key', 'area', 'facts', 'name'] LOOP
			PERFORM memreg.set_treatment('community', purpose, category, 'clear');
		END LOOP;
		PERFORM memreg.grant_access('researcher', 'community', purpose);
	END LOOP;
	PERFORM memreg.protect('app.person');
	PERFORM memreg.protect('app.trip');
END
$$;

-- Why a statement is refused: the detail of the error, or what came of it otherwise.
CREATE FUNCTION refused(purpose text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	PERFORM set_config('role', 'researcher', true);
	PERFORM set_config('memreg.purpose', purpose, true);
	EXECUTE statement;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = 'accepted';
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		RETURN CASE WHEN SQLSTATE = 'MR312' THEN detail ELSE SQLSTATE || ' ' || SQLERRM END;
END
$$;
