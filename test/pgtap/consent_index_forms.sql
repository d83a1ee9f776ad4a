-- The forms in which sets are kept: integers that share their upper bits are a few words, a sorted array or a bitmap as their number grows,
-- other keys a table that grows and closes its gaps. Members come and go in any order, in a shared image and in one that is loaded anew.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(13);

CREATE ROLE researcher;
CREATE TABLE number_row (id bigint);
CREATE TABLE code_row (id uuid);
CREATE TABLE name_row (id text);
GRANT SELECT ON number_row, code_row, name_row TO researcher;
CREATE TABLE wrong (what text);

CREATE FUNCTION declare_register(register text, type regtype, relation regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register(register, 'Keys', 'Nobody', type), memreg.create_purpose(register, 'research', 'consent');
	PERFORM memreg.add_table(register, relation, 'id'), memreg.set_treatment(register, 'research', 'subject_key', 'clear');
	PERFORM memreg.grant_access('researcher', register, 'research'), memreg.protect(relation);
END $$;
SELECT declare_register('numbers', 'bigint', 'number_row'), declare_register('codes', 'uuid', 'code_row'), declare_register('names', 'text', 'name_row') \g /dev/null
SELECT purpose_id AS numbers FROM memreg.purpose WHERE register = 'numbers' \gset
SELECT purpose_id AS codes FROM memreg.purpose WHERE register = 'codes' \gset
SELECT purpose_id AS names FROM memreg.purpose WHERE register = 'names' \gset

-- Note it if the rows that a bound role sees are not those of whom the tables say that they consent.
CREATE FUNCTION compare(relation regclass, step text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	seen bigint;
	expected bigint;
BEGIN
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', 'research', true);
	EXECUTE format('SELECT coalesce(sum(hashtextextended(id::text, 0)::numeric), 0) %% 1e15 FROM %s', relation) INTO seen;
	PERFORM set_config('role', 'none', true);
	EXECUTE format('SELECT coalesce(sum(hashtextextended(id::text, 0)::numeric), 0) %% 1e15 FROM %s WHERE id::text IN (
					SELECT s.subject FROM memreg.consent_state s JOIN memreg.purpose USING (purpose_id) JOIN memreg.registered_table t USING (register)
					 WHERE t.relation = $1 AND s.granted)', relation) INTO expected USING relation;
	IF seen <> expected THEN
		INSERT INTO wrong VALUES (format('%s %s', relation, step));
	END IF;
END $$;

-- Integers. Three blocks of 65,536: one on either side of 0, the last there is; "place" says in which order its members come and go.
CREATE TABLE candidate (id bigint, place int);
SELECT setseed(0.20261121) \g /dev/null
INSERT INTO candidate SELECT low + n, row_number() OVER (PARTITION BY low ORDER BY random())
  FROM unnest(ARRAY[-65536, 0, 9223372036854710272]) low, generate_series(0, 65535, 31) n;
CREATE INDEX ON candidate (place);
INSERT INTO number_row SELECT id FROM candidate;
ANALYZE candidate;

-- Make so many of each block members: those with the first places.
CREATE FUNCTION fill(number int, purpose int) RETURNS bigint LANGUAGE sql AS $$
	DELETE FROM memreg.consent_state s USING candidate c WHERE c.place > number AND s.purpose_id = purpose AND s.subject = c.id::text;
	INSERT INTO memreg.consent_state (purpose_id, subject, granted, changed_at, events, changed)
	SELECT purpose, c.id, true, now(), 1, true FROM candidate c WHERE c.place <= number ON CONFLICT DO NOTHING;
	SELECT count(*) FROM memreg.consent_state s WHERE s.purpose_id = purpose;
$$;

SELECT memreg.load_consent_index() \g /dev/null
CREATE TABLE size (number int);
INSERT INTO size SELECT n + d FROM unnest('{0,4,7,15,31,63,127,255,511,1023,2047}'::int[]) n, generate_series(0, 1) d UNION VALUES (2), (3), (2115);
\o /dev/null
SELECT unnest(ARRAY[format('SELECT fill(%s, %s)', number, :numbers), format('SELECT compare(''number_row'', ''up to %s'')', number)]) FROM size ORDER BY number
\gexec
\o
SELECT is((SELECT subjects FROM memreg.consent_index WHERE register = 'numbers'), (SELECT count(*) FROM candidate), 'all three blocks are full');
SELECT is_empty('SELECT what FROM wrong', 'while they were filled, everybody was seen as soon as they consented');
SELECT is_empty($$SELECT * FROM memreg.verify_consent_index() WHERE (missing, surplus) <> (0, 0)$$, 'and nobody else is held');
SELECT cmp_ok((SELECT bytes FROM memreg.consent_index WHERE register = 'numbers'), '<', 3 * 8192 + 1024::bigint, 'a bitmap takes 8 kB');

\o /dev/null
SELECT unnest(ARRAY[format('SELECT fill(%s, %s)', number, :numbers), format('SELECT compare(''number_row'', ''down to %s'')', number)]) FROM size ORDER BY number DESC
\gexec
\o
SELECT is((SELECT subjects FROM memreg.consent_index WHERE register = 'numbers'), 0::bigint, 'all three blocks are empty again');
SELECT is_empty('SELECT what FROM wrong', 'while they were emptied, nobody was seen any more who had withdrawn');

-- Each number of members in an image that is loaded anew, and down from there in the form that it has then.
\o /dev/null
SELECT unnest(ARRAY[format('SELECT fill(%s, %s)', number, :numbers), 'SELECT memreg.load_consent_index()', format('SELECT compare(''number_row'', ''loaded with %s'')', number),
	format('SELECT fill(%s, %s)', number / 2, :numbers), format('SELECT compare(''number_row'', ''from %s to the half'')', number)]) FROM size ORDER BY number
\gexec
\o
SELECT is_empty('SELECT what FROM wrong', 'the same in images that are loaded anew');
SELECT is_empty($$SELECT * FROM memreg.verify_consent_index() WHERE (missing, surplus) <> (0, 0)$$, 'of which the last is right');

-- Scattered integers: a table of many blocks with one member each.
INSERT INTO number_row SELECT n * 65537 FROM generate_series(100, 3100) n;
\o /dev/null
SELECT unnest(ARRAY[
	format('INSERT INTO memreg.consent_state (purpose_id, subject, granted, changed_at, events, changed)
		SELECT %s, n * 65537, true, now(), 1, true FROM generate_series(%s::bigint, %s) n WHERE n %% 3 < 2', :numbers, g, g + 99),
	format('SELECT compare(''number_row'', ''scattered %s'')', g)]) FROM generate_series(100, 3000, 100) g
\gexec
\o
SELECT is_empty('SELECT what FROM wrong', 'integers that are far from each other');

-- Other keys: a few of forty come and go, so that searches run into each other and around the end of a small table.
CREATE TABLE code (n int PRIMARY KEY, code uuid, name text);
INSERT INTO code SELECT n, CASE n WHEN 1 THEN '00000000-0000-0000-0000-000000000000' ELSE md5(n::text)::uuid END, CASE n WHEN 1 THEN '' ELSE 'name ' || n END
  FROM generate_series(1, 40) n;
INSERT INTO code_row SELECT code FROM code;
INSERT INTO name_row SELECT name FROM code;
CREATE FUNCTION toggle(purpose int, key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM memreg.consent_state s WHERE s.purpose_id = purpose AND s.subject = key;
	IF NOT FOUND THEN
		INSERT INTO memreg.consent_state (purpose_id, subject, granted, changed_at, events, changed) VALUES (purpose, key, true, now(), 1, true);
	END IF;
END $$;
\o /dev/null
SELECT unnest(ARRAY[
	format('SELECT toggle(%s, code::text), toggle(%s, name) FROM code WHERE n = 1 + floor(random() * %s)::int', :codes, :names, least(40, 8 + g / 20)),
	format('SELECT compare(''code_row'', ''%s'')', g), format('SELECT compare(''name_row'', ''%1$s'')', g)]) FROM generate_series(1, 500) g
\gexec
\o
SELECT is_empty('SELECT what FROM wrong', 'uuids and texts that come and go in a small table');

-- And many, in a table that grows.
INSERT INTO code_row SELECT md5(n::text)::uuid FROM generate_series(41, 20000) n;
\o /dev/null
SELECT unnest(ARRAY[
	format('INSERT INTO memreg.consent_state (purpose_id, subject, granted, changed_at, events, changed)
		SELECT %s, md5(n::text)::uuid, true, now(), 1, true FROM generate_series(%s, %s) n', :codes, 41 + g * 1000, 1040 + g * 1000),
	format('DELETE FROM memreg.consent_state WHERE purpose_id = %s AND hashtext(subject) %% 4 = %s', :codes, g % 4),
	format('SELECT compare(''code_row'', ''growing %s'')', g)]) FROM generate_series(0, 18) g
\gexec
\o
SELECT is_empty('SELECT what FROM wrong', 'uuids in a table that grows');

-- A key that is longer than a page, put there by hand, and texts that are no key of the register's type.
INSERT INTO name_row VALUES (repeat('x', 100000)), (repeat('x', 100001));
INSERT INTO number_row VALUES (7000000), (7000001);
INSERT INTO memreg.consent_state (purpose_id, subject, granted, changed_at, events, changed)
VALUES (:names, repeat('x', 100000), true, now(), 1, true), (:numbers, '007000000', true, now(), 1, true), (:numbers, '+7000001', true, now(), 1, true),
	   (:numbers, '', true, now(), 1, true), (:numbers, '9223372036854775808', true, now(), 1, true), (:codes, upper(md5('1')::uuid::text), true, now(), 1, true);
SELECT compare('name_row', 'long') \g /dev/null
SELECT compare('number_row', 'no key') \g /dev/null
SELECT compare('code_row', 'no key') \g /dev/null
SELECT is_empty('SELECT what FROM wrong', 'a long key, and what is no key');
DELETE FROM memreg.consent_state WHERE subject !~ '^(-?[1-9]\d*|0|[0-9a-f-]{36}|name.*|x+|)$' OR subject = '9223372036854775808' OR subject = '' AND purpose_id = :numbers;
SELECT is_empty($$SELECT * FROM memreg.verify_consent_index() WHERE (missing, surplus) <> (0, 0)$$, 'the image is right at the end');
SELECT * FROM finish();
