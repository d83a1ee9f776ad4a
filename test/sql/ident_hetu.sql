-- is_hetu and contains_hetu. Every code here is made up: its individual number
-- is 900 to 999 wherever the code is well-formed and nothing else is tested.
CREATE EXTENSION memreg;

-- What they are declared as, and that everybody may call them.
SELECT proname, provolatile, proisstrict, proparallel, proleakproof,
	   has_function_privilege('public', oid, 'EXECUTE') AS public,
	   obj_description(oid, 'pg_proc') IS NOT NULL AS commented
FROM pg_proc
WHERE pronamespace = 'memreg'::regnamespace
  AND proname IN ('is_hetu', 'contains_hetu', 'is_business_id', 'refuse_hetu')
ORDER BY proname COLLATE "C";

-- NULL is no answer; the empty string is a value.
SELECT memreg.is_hetu(NULL) IS NULL AS is_null, memreg.contains_hetu(NULL) IS NULL AS contains_null,
	   memreg.is_hetu('') AS is_empty, memreg.contains_hetu('') AS contains_empty;

-- The 13 century signs, and what is none.
SELECT sign, memreg.is_hetu('010190' || sign || '900P') AS upper,
	   memreg.is_hetu(lower('010190' || sign || '900P')) AS lower
FROM regexp_split_to_table('+-YXWVUABCDEF', '') AS sign;
SELECT string_agg(chr(code), '' ORDER BY code) AS accepted_signs
FROM generate_series(1, 127) AS code
WHERE memreg.is_hetu('010190' || chr(code) || '900P');

-- Each of the 31 check characters is right once and wrong 30 times.
WITH candidate AS (
	SELECT '010190-' || number AS body, character
	FROM generate_series(900, 930) AS number,
		 regexp_split_to_table('0123456789ABCDEFHJKLMNPRSTUVWXY', '') AS character
)
SELECT count(*) AS candidates,
	   count(*) FILTER (WHERE memreg.is_hetu(body || character)) AS codes,
	   count(DISTINCT body) FILTER (WHERE memreg.is_hetu(body || character)) AS bodies,
	   count(DISTINCT character) FILTER (WHERE memreg.is_hetu(body || character)) AS characters
FROM candidate;
SELECT string_agg(character, '') AS never_a_check_character
FROM regexp_split_to_table('ABCDEFGHIJKLMNOPQRSTUVWXYZ', '') AS character
WHERE NOT EXISTS (SELECT FROM generate_series(900, 999) AS number
				  WHERE memreg.is_hetu('010190-' || number || character));

-- An independent implementation: the calendar is PostgreSQL's own.
CREATE FUNCTION oracle_is_hetu(code text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	part text[] := regexp_match(upper(code), '^(\d\d)(\d\d)(\d\d)([-+YXWVUABCDEF])(\d\d\d)(.)$');
	century int;
BEGIN
	IF part IS NULL OR part[5]::int < 2 THEN
		RETURN false;
	END IF;
	century := CASE WHEN part[4] = '+' THEN 1800 WHEN part[4] ~ '[A-F]' THEN 2000 ELSE 1900 END;
	PERFORM make_date(century + part[3]::int, part[2]::int, part[1]::int);
	RETURN part[6] = substr('0123456789ABCDEFHJKLMNPRSTUVWXY',
							((part[1] || part[2] || part[3] || part[5])::bigint % 31)::int + 1, 1);
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
	RETURN false;
END $$;

-- Every day number and month of leap, century and common years, in all centuries.
CREATE TABLE code AS
SELECT body || substr('0123456789ABCDEFHJKLMNPRSTUVWXY',
					  (replace(body, sign, '')::bigint % 31)::int + 1, 1) AS code
FROM generate_series(0, 33) AS day, generate_series(0, 13) AS month,
	 unnest('{00,01,04,96,99}'::text[]) AS year, unnest('{+,-,A,Y,F}'::text[]) AS sign,
	 LATERAL (SELECT to_char(day, 'FM00') || to_char(month, 'FM00') || year || sign || '9' || year) AS b(body);
SELECT count(*) AS codes, count(*) FILTER (WHERE memreg.is_hetu(code)) AS valid,
	   count(*) FILTER (WHERE memreg.is_hetu(code) <> oracle_is_hetu(code)) AS differ
FROM code;
-- Every individual number, with its right and with a fixed check character.
SELECT count(*) AS codes, count(*) FILTER (WHERE memreg.is_hetu(code)) AS valid,
	   count(*) FILTER (WHERE memreg.is_hetu(code) <> oracle_is_hetu(code)) AS differ
FROM generate_series(0, 999) AS number, unnest('{P,Y,0}'::text[]) AS character,
	 LATERAL (SELECT '010190-' || to_char(number, 'FM000') || character) AS c(code);
-- Every code above is found in a text, and only codes are.
SELECT count(*) FILTER (WHERE memreg.contains_hetu('hetu: ' || code || '.') <> memreg.is_hetu(code)) AS differ
FROM code;
-- One position changed to any printable character.
SELECT count(*) AS texts, count(*) FILTER (WHERE memreg.is_hetu(text)) AS valid,
	   count(*) FILTER (WHERE memreg.is_hetu(text) <> oracle_is_hetu(text)) AS differ
FROM generate_series(1, 11) AS position, generate_series(32, 126) AS character,
	 LATERAL (SELECT overlay('290204A900C' PLACING chr(character) FROM position)) AS t(text);

-- 29 February of leap years and of others.
SELECT year, memreg.is_hetu(code) AS valid
FROM (VALUES (1800, '290200+900B'), (1804, '290204+900C'), (1900, '290200-900B'), (1904, '290204Y900C'),
			 (2000, '290200A900B'), (2004, '290204F900C')) AS leap(year, code);

-- What may surround a code in a text, and what makes it a piece of something else.
SELECT text, memreg.contains_hetu(text) AS found
FROM unnest(ARRAY[
	'010190-900P', 'hetu:010190-900P', 'hetu010190-900P', '(010190-900P)', '"010190-900P"', '010190-900P.',
	'010190-900P, 010190-901R', 'ä010190-900Pä', '»010190-900P«', E'\n010190-900P\t', '010190–900P', '010190−900P',
	'010190-900p', '010190-010190-900P', '010190-900Pn', '{"id": "010190-900P"}',
	'1010190-900P', '010190-900P1', '010190-900R', '010190 - 900P', '010190900P',
	'ab290204-900c-4bad-8000-0123456789ab', 'f290204A900Cf', '0401010190', '123456-7890', '2024-01-01 01:01:90+900'
]) AS text;

-- Short, compressed and out-of-line values; a code at the very end of 10 MB.
CREATE TABLE long_text (kind text, body text);
ALTER TABLE long_text ALTER body SET STORAGE EXTERNAL;
INSERT INTO long_text VALUES ('short', ' 010190-900P'), ('external', repeat('x ', 5000000) || '010190-900P');
ALTER TABLE long_text ALTER body SET STORAGE EXTENDED;
INSERT INTO long_text VALUES ('compressed', repeat('x ', 5000000) || '010190-900P'),
							 ('without', repeat('010190-900 ', 10000));
SELECT kind, memreg.contains_hetu(body), memreg.is_hetu(body) FROM long_text ORDER BY kind;

-- Usable in a constraint and in an index; long digit runs are not searched for codes.
CREATE TABLE plain (note text CHECK (NOT memreg.contains_hetu(note)));
CREATE INDEX ON plain (note) WHERE memreg.is_hetu(note);
INSERT INTO plain VALUES (repeat('290204', 1000));
\set VERBOSITY sqlstate
INSERT INTO plain VALUES ('010190-900P');
\set VERBOSITY default
