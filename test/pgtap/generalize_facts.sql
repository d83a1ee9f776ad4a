-- What the functions of generalize return, held against what the functions promise and what plain SQL says.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SET timezone = 'UTC';
SELECT setseed(0.25);
SELECT plan(67);

SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
				   WHERE p.proname ~ '^(generalize_|age_band|number_band|postal_area|first_letters|truncate_ip|canonical_email)'
					 AND NOT (p.provolatile = 'i' AND p.proisstrict AND p.proparallel = 's' AND NOT p.proleakproof)$$,
				'every function is immutable, strict, parallel safe and not leakproof');

-- Dates

CREATE TABLE unit AS SELECT unnest('{month,quarter,year,decade}'::text[]) AS unit;
CREATE TABLE day AS
	SELECT date '4700-01-01 BC' + (random() * 109100000)::int AS value FROM generate_series(1, 20000)
	UNION ALL SELECT date '0031-01-01 BC' + g FROM generate_series(0, 22000) g
	UNION ALL SELECT date '1890-01-01' + g FROM generate_series(0, 60000) g;
SELECT is_empty($$SELECT value, unit FROM day, unit WHERE memreg.generalize_date(value, unit) <> date_trunc(unit, value::timestamp)::date$$,
				'a date is truncated as date_trunc does');
SELECT is_empty($$SELECT value, unit FROM day, unit WHERE memreg.generalize_date(memreg.generalize_date(value, unit), unit) <> memreg.generalize_date(value, unit)$$,
				'and stays so');
SELECT is_empty($$SELECT unit FROM unit, unnest('{infinity,-infinity}'::date[]) value WHERE memreg.generalize_date(value, unit) <> value$$,
				'infinity stays as it is');
SELECT results_eq($$SELECT memreg.generalize_date('4714-12-24 BC', unit) FROM unit$$,
	ARRAY['4714-12-01 BC', '4714-11-24 BC', '4714-11-24 BC', '4714-11-24 BC']::date[], 'no date is before the first');
SELECT results_eq($$SELECT memreg.generalize_date('4714-11-24 BC', unit) FROM unit$$,
	array_fill(date '4714-11-24 BC', ARRAY[4]), 'nor for the first itself');
SELECT results_eq($$SELECT memreg.generalize_date('5874897-12-31', unit) FROM unit$$,
	ARRAY['5874897-12-01', '5874897-10-01', '5874897-01-01', '5874890-01-01']::date[], 'the last date is truncated, too');
SELECT results_eq($$SELECT memreg.generalize_date('0001-03-05', unit) FROM unit$$,
	ARRAY['0001-03-01', '0001-01-01', '0001-01-01', '0001-01-01 BC']::date[], 'the first decade of our era begins with 1 BC');
SELECT results_eq($$SELECT memreg.generalize_date('0002-02-05 BC', unit) FROM unit$$,
	ARRAY['0002-02-01 BC', '0002-01-01 BC', '0002-01-01 BC', '0011-01-01 BC']::date[], 'the one before with 11 BC');
SELECT is(memreg.generalize_date(NULL, 'year'), NULL, 'nothing has no year');
SELECT is(memreg.generalize_date('2000-01-01', NULL), NULL, 'nor has anything in no unit');

CREATE TABLE moment AS
	SELECT value + random() * interval '1 day' AS value FROM day WHERE value < '294270-01-01'
	UNION ALL SELECT value FROM day WHERE value BETWEEN '0002-01-01 BC' AND '0002-01-01'
	UNION ALL SELECT value - interval '1 microsecond' FROM day WHERE value BETWEEN '0002-01-01 BC' AND '0002-01-01';
SELECT is_empty($$SELECT value, unit FROM moment, unit WHERE memreg.generalize_timestamp(value, unit) <> date_trunc(unit, value)$$,
				'a timestamp is truncated as date_trunc does');
SELECT is_empty($$SELECT value, unit FROM moment, unit
				   WHERE memreg.generalize_timestamp(value AT TIME ZONE 'UTC', unit) <> date_trunc(unit, value AT TIME ZONE 'UTC', 'UTC')$$,
				'one with time zone as in UTC');
SET timezone = 'Pacific/Kiritimati';
SELECT is_empty($$SELECT value, unit FROM moment, unit
				   WHERE memreg.generalize_timestamp(value AT TIME ZONE 'UTC', unit) <> date_trunc(unit, value AT TIME ZONE 'UTC', 'UTC')$$,
				'whatever the session''s time zone');
SET timezone = 'UTC';
SELECT is_empty($$SELECT unit FROM unit, unnest('{infinity,-infinity}'::timestamp[]) value
				   WHERE memreg.generalize_timestamp(value, unit) <> value OR memreg.generalize_timestamp(value::timestamptz, unit) <> value::timestamptz$$,
				'infinity stays as it is');
SELECT results_eq($$SELECT memreg.generalize_timestamp(timestamp '4714-11-24 00:00:01 BC', unit) FROM unit$$,
	array_fill(timestamp '4714-11-24 BC', ARRAY[4]), 'no timestamp is before the first');
SELECT results_eq($$SELECT memreg.generalize_timestamp(timestamp '294276-12-31 23:59:59.999999', unit) FROM unit$$,
	ARRAY['294276-12-01', '294276-10-01', '294276-01-01', '294270-01-01']::timestamp[], 'the last is truncated, too');

-- Ages

CREATE TABLE life AS
	SELECT born, born + (random() * 40000)::int AS on_date, 1 + (random() * 199)::int AS width
	  FROM (SELECT date '1850-01-01' + (random() * 60000)::int AS born FROM generate_series(1, 30000)) l
	UNION ALL SELECT date '2000-02-27' + b, date '2000-02-27' + b + (365.25 * y)::int + d, 1
	  FROM generate_series(0, 4) b, generate_series(0, 101) y, generate_series(-2, 2) d WHERE y > 0 OR d >= 0;
CREATE FUNCTION years(born date, on_date date) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT extract(year FROM age(on_date, born))::int';
SELECT is_empty($$SELECT * FROM life WHERE memreg.age_band(born, on_date, 1) <> years(born, on_date)::text$$,
				'an age is in whole years, as age() has them');
SELECT is_empty($$SELECT * FROM life, LATERAL (SELECT years(born, on_date) / width * width AS first) f
				   WHERE width > 1 AND memreg.age_band(born, on_date, width) <> first || '-' || first + width - 1$$,
				'and its band is of the width');
SELECT is(memreg.age_band('1984-05-17', '2024-05-16'), '30-39', 'ten years if nothing else is said');
SELECT is(memreg.age_band('1984-05-17', '2024-05-17'), '40-49', 'the birthday counts');
SELECT is(memreg.age_band('2004-02-29', '2023-02-28', 1), '18', 'on 28 February nobody born on the 29th is a year older');
SELECT is(memreg.age_band('2004-02-29', '2023-03-01', 1), '19', 'but on 1 March');
SELECT is(memreg.age_band('0001-01-01 BC', '0001-01-01', 1), '1', 'there is no year 0');
SELECT is(memreg.age_band('4714-11-24 BC', '5874897-12-31'), '5879610-5879619', 'the longest life');
SELECT is(memreg.age_band('2024-05-17', '2024-05-17'), '0-9', 'on the day of birth');
SELECT is(memreg.age_band('2024-05-18', '2024-05-17'), NULL, 'before birth there is no age');
SELECT is_empty($$SELECT b, o FROM unnest('{infinity,-infinity,2000-01-01}'::date[]) b, unnest('{infinity,-infinity,2000-01-01}'::date[]) o
				   WHERE NOT (isfinite(b) AND isfinite(o)) AND memreg.age_band(b, o) IS NOT NULL$$,
				'nor with infinite dates');

-- Numbers: the band of a value begins at a multiple of the width, and the value is in it.

CREATE TABLE number AS
	SELECT v::numeric AS value, w::numeric AS width
	  FROM (SELECT (random() * 2e9 - 1e9)::int, (1 + random() ^ 8 * 1e9)::int FROM generate_series(1, 10000)
			UNION ALL SELECT v, w FROM generate_series(-60, 60) v, generate_series(1, 12) w
			UNION ALL SELECT v, w FROM unnest('{-2147483648,-2147483647,-1,0,1,2147483647}'::int[]) v,
									   unnest('{1,2,10,1000,2147483646,2147483647}'::int[]) w) n(v, w);
SELECT is_empty($$SELECT value, width FROM number, LATERAL (SELECT memreg.generalize_number(value::int, width::int) AS lower) g
				   WHERE NOT (lower <= value AND value < lower + width AND (lower % width = 0 OR lower = -2147483648))$$,
				'an int begins its band');
SELECT is_empty($$SELECT value, width FROM number, LATERAL (SELECT memreg.generalize_number(value::bigint, width::bigint) AS lower) g
				   WHERE NOT (lower <= value AND value < lower + width AND lower % width = 0)$$,
				'and so does a bigint');
SELECT is_empty($$SELECT v, w FROM unnest('{-9223372036854775808,-9223372036854775807,9223372036854775807}'::bigint[]) v,
							   unnest('{1,2,10,9223372036854775806,9223372036854775807}'::bigint[]) w,
							   LATERAL (SELECT memreg.generalize_number(v, w) AS lower) g
				   WHERE lower <> greatest(v::numeric - mod(mod(v::numeric, w) + w, w), -9223372036854775808)$$,
				'also the least and the greatest');
SELECT is(memreg.generalize_number(-2147483648, 1000), -2147483648, 'what int cannot hold is the least int');
SELECT is(memreg.generalize_number(-9223372036854775808, 1000::bigint), -9223372036854775808, 'what bigint cannot hold the least bigint');
SELECT is(pg_typeof(memreg.generalize_number(1::smallint, 10)), 'integer'::regtype, 'a smallint counts as int');
SELECT is(pg_typeof(memreg.generalize_number(1::real, 10)), 'real'::regtype, 'a real stays one');

CREATE TABLE amount AS
	SELECT value / 10::numeric ^ (random() * 12)::int AS value, width / 10::numeric ^ (random() * 12)::int AS width FROM number
	UNION ALL SELECT v, w FROM unnest(ARRAY[1e-16383, -1e-16383, 1e131071, -1e131071, repeat('9', 40)::numeric, 1e20 + 0.5]) v,
							   unnest(ARRAY[1e-100, 1, 7, 1e20, 0.1 + 1e-30]) w;
SELECT is_empty($$SELECT value, width FROM amount, LATERAL (SELECT memreg.generalize_number(value, width) AS lower) g
				   WHERE NOT (lower <= value AND value < lower + width AND lower % width = 0)$$,
				'a numeric begins its band');
SELECT is_empty($$SELECT value, width FROM amount, LATERAL (SELECT memreg.number_band(value, width) AS band) g
				   WHERE NOT (value <@ band AND lower(band) = memreg.generalize_number(value, width) AND upper(band) - lower(band) = width
							  AND lower_inc(band) AND NOT upper_inc(band))$$,
				'and is in it');
SELECT is(memreg.generalize_number(123.4500, 0.50)::text, '123', 'its digits do not tell how the value was written');
SELECT is(memreg.number_band(-0.75, 0.50)::text, '[-1,-0.5)', 'nor do those of the band');
SELECT results_eq($$SELECT memreg.generalize_number(value, 10.0) FROM unnest('{NaN,Infinity,-Infinity}'::numeric[]) value$$,
	'{NaN,Infinity,-Infinity}'::numeric[], 'what is not finite stays as it is');
SELECT results_eq($$SELECT memreg.number_band(value, 10.0) FROM unnest('{NaN,Infinity,-Infinity}'::numeric[]) value$$,
	ARRAY[NULL, NULL, NULL]::numrange[], 'and has no band');
SELECT is(memreg.generalize_number(-9e131071, 7e131071), '-Infinity'::numeric, 'what numeric cannot hold is infinite');
SELECT is(memreg.number_band(-9e131071, 7e131071), numrange('-Infinity', -7e131071), 'also in a band');
SELECT is(memreg.number_band(9e131071, 7e131071), numrange(7e131071, 'Infinity'), 'at either end');

-- Doubles that are whole numbers of 64ths, so that numeric can follow without rounding
SELECT is_empty($$SELECT value, width FROM number, LATERAL (SELECT memreg.generalize_number(value::float8 / 64, width::float8 / 64) * 64 AS lower) g
				   WHERE lower::numeric(40) <> value - mod(mod(value, width) + width, width)$$,
				'a double precision number begins its band');
-- And any: r is the value's place in its band.  Two values of a band have one lower bound; none is above its value.
CREATE TABLE double AS
	SELECT w * (n + r) AS value, w AS width, n, r
	  FROM (SELECT 10 ^ (random() * 30 - 15) AS w, (random() * 2e9 - 1e9)::int AS n, 0.001 + random() * 0.998 AS r FROM generate_series(1, 20000)) d
	 WHERE abs(n) < 1e9;
SELECT is_empty($$SELECT * FROM double WHERE memreg.generalize_number(value, width) <> n * width$$, 'whatever the width');
SELECT is_empty($$SELECT * FROM double WHERE memreg.generalize_number(value, width) > value
					 OR memreg.generalize_number(n * width, width) NOT IN (n * width, (n - 1) * width)$$, 'and never after the value');
SELECT results_eq($$SELECT memreg.generalize_number(value, 10::float8) FROM unnest('{NaN,Infinity,-Infinity,-0,1e300,-1e300}'::float8[]) value$$,
	'{NaN,Infinity,-Infinity,0,1e300,-1e300}'::float8[], 'what is not finite, or beyond counting, stays as it is');
SELECT is(memreg.generalize_number(-1.7e308::float8, 1e308), '-Infinity'::float8, 'what double precision cannot hold is infinite');
SELECT is(memreg.generalize_number('-5e-324'::float8, '5e-324'::float8), '-5e-324'::float8, 'the least doubles have bands');
SELECT is(memreg.generalize_number(1e300::float8, 1e-300), 1e300::float8, 'where bands cannot be numbered, the number stays');
SELECT is(memreg.generalize_number('-0'::float8, 1)::text, '0', 'no zero is negative');

-- IP addresses

CREATE TABLE host AS
	SELECT set_masklen(CASE WHEN g % 2 = 0 THEN '0.0.0.0'::inet + (random() * 4294967295)::bigint
							ELSE ('3' || substr(regexp_replace(md5(g::text), '(....)(?!$)', '\1:', 'g'), 2))::inet END, -1) AS address,
		   (random() * 32)::int AS v4, (random() * 128)::int AS v6, random() < 0.3 AS is_network, random() AS r
	  FROM generate_series(1, 10000) g;
UPDATE host SET address = set_masklen(address, (r * masklen(address))::int) WHERE is_network;
SELECT is_empty($$SELECT * FROM host WHERE memreg.truncate_ip(address, v4, v6)
					 <> network(set_masklen(address, least(masklen(address), CASE family(address) WHEN 4 THEN v4 ELSE v6 END)))$$,
				'an address becomes its network');
SELECT is_empty($$SELECT * FROM host WHERE NOT is_network AND memreg.truncate_ip(host(address), v4, v6) IS DISTINCT FROM host(memreg.truncate_ip(address, v4, v6))$$,
				'and so does its text');
SELECT is_empty($$SELECT * FROM host WHERE family(address) = 4 AND NOT is_network AND (memreg.truncate_ip(('::ffff:' || host(address))::inet, v4, v6)
					 <> memreg.truncate_ip(address, v4, v6) OR memreg.truncate_ip('::ffff:' || host(address), v4, v6) <> memreg.truncate_ip(host(address), v4, v6))$$,
				'an IPv4-mapped address is the IPv4 address');
SELECT results_eq($$SELECT memreg.truncate_ip(a) FROM unnest('{192.0.2.77,192.0.2.77/30,10.1.2.3/8,2001:db8:1:2::3,2001:db8::/32,::ffff:192.0.2.77,
				::ffff:192.0.2.77/112,::ffff:192.0.2.77/95,2002:c000:24d::1,::,::1,fe80::1}'::inet[]) a$$,
	'{192.0.2.0/24,192.0.2.0/24,10.0.0.0/8,2001:db8:1::/48,2001:db8::/32,192.0.2.0/24,
	  192.0.0.0/16,::/48,2002:c000:200::/40,::/48,::/48,fe80::/48}'::inet[], 'by 24 and 48 bits if nothing else is said');
SELECT is(host(memreg.truncate_ip('2002:c000:24d::1'::inet, 32, 128)), '2002:c000:24d::', 'of 6to4 as many bits remain as of IPv4');
SELECT is_empty($$SELECT t FROM unnest(ARRAY['', ' ', '192.0.2', '192.0.2.1/24', '192.0.2.256', '192.0.2.01', '192.0.2.1.1', '192.0.2.1 x', '0x7f.1',
				'fe80::1%eth0', '::1::', ':', '1:2:3:4:5:6:7:8:9', '::ffff:192.0.2', '2001:db8::g', '[::1]', 'host', repeat('1', 100000)]) t
				   WHERE memreg.truncate_ip(t) IS NOT NULL$$, 'what is no address is nothing');
SELECT is(memreg.truncate_ip(E'\t 2001:DB8:1:2:0:0:0:3\r\n'), '2001:db8:1::', 'blanks do not count, nor does how it is written');

-- Texts

CREATE TABLE code AS
	SELECT (ARRAY['', '', '', ' ', 'FI-', 'fi-', 'Ax-', E'\tFI-', 'FI', 'SE-'])[1 + (random() * 9)::int]
		   || lpad((random() * 99999)::int::text, 4 + (random() * 1.1)::int, '0')
		   || (ARRAY['', '', '', ' ', E'\n', 'x', '-'])[1 + (random() * 6)::int] AS code, 1 + (random() * 4)::int AS digits
	  FROM generate_series(1, 20000);
SELECT is_empty($$SELECT * FROM code WHERE memreg.postal_area(code, digits)
					 IS DISTINCT FROM left(substring(btrim(code, E' \t\n\r') FROM '(?i)^(?:FI-|AX-)?([0-9]{5})$'), digits)$$,
				'five digits have an area');
SELECT results_eq($$SELECT memreg.postal_area(c) FROM unnest(ARRAY['00100', 'FI-90570', 'ax-22100', '0010', '001000', 'FI-0010', '00 100', '٠٠١٠٠', '', NULL]) c$$,
	ARRAY['00', '90', '22', NULL, NULL, NULL, NULL, NULL, NULL, NULL], 'two of them if nothing else is said');

CREATE TABLE word AS
	SELECT string_agg((ARRAY['a', 'Z', ' ', 'å', 'ß', '漢', '😀', U&'\0300', U&'\0331', U&'\036F', U&'\0370', E'\n'])[1 + (random() * 11)::int], '') AS word,
		   1 + (random() * 5)::int AS letters
	  FROM generate_series(1, 20000) g, generate_series(0, g % 9) GROUP BY g;
SELECT is_empty($$SELECT * FROM word WHERE memreg.first_letters(word, letters) <> substring(word FROM format(U&'^(?:.[\0300-\036F]*){0,%s}', letters))$$,
				'letters come with the marks that follow');
SELECT results_eq($$SELECT memreg.first_letters(v) FROM unnest(ARRAY['Aino', 'Åke', U&'A\030Ake', '', ' x', '漢字', NULL]) v$$,
	ARRAY['A', 'Å', U&'A\030A', '', ' ', '漢', NULL], 'one if nothing else is said');
SELECT is(memreg.first_letters(repeat('ä', 300000), 2147483647), repeat('ä', 300000), 'all if there are no more');

-- E-mail addresses

SELECT results_eq($$SELECT memreg.canonical_email(a) FROM unnest(ARRAY[
		'aino@example.org', 'Aino@EXAMPLE.org', E' \t\r\n aino@example.org\f\x0b\n', 'aino.k+list@example.org', 'a@b', '0!#$%&''*+-/=?^_`{|}~@0-9.x',
		U&'a\0308\00C4@example.org', U&'\212Aari@example.org', U&'H\0331@example.org', U&'J\030C@J\030C.fi', U&'pel\00E9@\00E4\00E4kk\00F6set.fi',
		repeat('a', 64) || '@' || repeat('b', 255), repeat(U&'\1FBE\0308\0301', 32) || '@' || repeat(U&'\1FBE\0308\0301', 127)]) a$$,
	ARRAY['aino@example.org', 'aino@example.org', 'aino@example.org', 'aino.k+list@example.org', 'a@b', '0!#$%&''*+-/=?^_`{|}~@0-9.x',
		U&'\00E4\00C4@example.org', 'kari@example.org', U&'\1E96@example.org', U&'\01F0@\01F0.fi', U&'pel\00E9@\00E4\00E4kk\00F6set.fi',
		repeat('a', 64) || '@' || repeat('b', 255), repeat(U&'\0390', 32) || '@' || repeat(U&'\0390', 127)],
	'an address has one form');
SELECT is_empty($$SELECT a FROM unnest(ARRAY['', ' ', '@', 'a@', '@b', 'a', 'a@b@c', 'a b@c', 'a@b c', '.a@b', 'a.@b', 'a..b@c', 'a@.b', 'a@b.', 'a@b..c',
		'a@-b', 'a@b-', 'a@b.-c.d', 'a@b_c', '"a b"@c', '"a@b"@c', 'a(b)@c', 'Aino <a@b>', '<a@b>', 'a@[192.0.2.1]', 'a,b@c', 'a;b@c', 'a:b@c', 'a\b@c',
		E'a\n@b', E'a\x01@b', E'a\x7f@b', repeat('a', 65) || '@b', 'a@' || repeat('b', 256), repeat('a', 1000000) || '@b', repeat('ä', 100000),
		repeat(U&'\1FBE\0308\0301', 33) || '@b', 'mailto:a@b']) a
				   WHERE memreg.canonical_email(a) IS NOT NULL$$, 'and what is none, nothing');
CREATE TABLE address AS
	SELECT string_agg((ARRAY['a', 'K', 'H', 'j', '.', '+', '-', U&'\212A', U&'\0331', U&'\030C', U&'\0308', U&'\00C4', U&'\1FBE', U&'\AC00', U&'\11A8', '@', '@x.fi'])
					  [1 + (random() * 16)::int], '') || '@b' AS address
	  FROM generate_series(1, 30000) g, generate_series(0, g % 7) GROUP BY g;
SELECT is_empty($$SELECT address FROM address, LATERAL (SELECT memreg.canonical_email(address) AS c) c
				   WHERE c IS NOT NULL AND (memreg.canonical_email(c) IS DISTINCT FROM c OR c IS NOT NFC NORMALIZED OR c <> translate(c, 'AKH', 'akh')
						OR memreg.canonical_email(normalize(address, NFD)) IS DISTINCT FROM c OR memreg.canonical_email(normalize(address, NFC)) IS DISTINCT FROM c)$$,
				'the form is its own form, and that of equivalent texts');
SELECT * FROM finish();
