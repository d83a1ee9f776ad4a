-- What holds for pseudonyms that keep a shape, whatever the key.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(112);

SELECT memreg.create_scope('one'), memreg.create_scope('two') \g /dev/null
SELECT setseed(0.3) \g /dev/null

-- E-mail addresses
CREATE TABLE email AS SELECT format('Person.%s@%s.Example.org', g, chr(97 + g % 26)) AS address FROM generate_series(1, 3000) g;
SELECT is_empty($$SELECT address FROM email WHERE memreg.pseudonym_email('one', address) !~ '^[0-9abcdefghjkmnpqrstvwxyz]{20}@pseudonym\.invalid$'$$,
				'an address is 20 characters at a domain that is in no name server');
SELECT is((SELECT count(DISTINCT memreg.pseudonym_email('one', address)) FROM email), 3000::bigint, 'each has its own');
SELECT is_empty($$SELECT memreg.pseudonym_email('one', address) FROM email INTERSECT SELECT memreg.pseudonym_email('two', address) FROM email$$,
				'and another in another scope');
SELECT is_empty($$SELECT address FROM email WHERE memreg.pseudonym_email('one', address) IS DISTINCT FROM memreg.pseudonym_email('one', E' \t' || upper(address) || E'\n')$$,
				'case and blanks around it do not matter');
SELECT is_empty($$SELECT address FROM email WHERE memreg.pseudonym_email('one', address, keep_domain => true)
														<> replace(memreg.pseudonym_email('one', address), 'pseudonym.invalid', lower(split_part(address, '@', 2)))$$,
				'the domain can stay');
SELECT is_empty($$SELECT memreg.pseudonym_email('one', 'aino@' || d.name, keep_domain => true) FROM unnest('{example.org,example.net}'::text[]) AS d (name)
				   GROUP BY 1 HAVING count(DISTINCT split_part(memreg.pseudonym_email('one', 'aino@' || d.name), '@', 1)) > 1$$,
				'what replaces the name depends on the whole address');
SELECT is(memreg.pseudonym_email('one', address), NULL, 'no address: ' || quote_literal(address))
  FROM unnest(ARRAY['', ' ', 'aino', '@', 'aino@', '@example.org', 'aino@@example.org', 'a@b@example.org', 'aino esimerkki@example.org',
					'aino@example..org', '<aino@example.org>', repeat('a', 100) || '@example.org', repeat('a', 100000)]) address;

-- Telephone numbers
CREATE FUNCTION digits(number text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT regexp_replace(number, '[^0-9]', '', 'g')$$;
CREATE TABLE phone AS
	SELECT prefix || string_agg(CASE WHEN n > 1 AND random() < 0.3 THEN substr(' -./()', 1 + (random() * 5)::int, 1) ELSE '' END
								|| CASE WHEN n = 1 THEN 1 + (random() * 8)::int ELSE (random() * 9)::int END, '' ORDER BY n) AS number
	  FROM unnest('{+358,+1,+7,+44,+999,00358,001,0," (0","",+3 58,"  +46 "}'::text[]) prefix, generate_series(1, 400) g, LATERAL generate_series(1, 4 + g % 9) n
	 GROUP BY prefix, g;
SELECT is((SELECT count(*) FROM phone WHERE memreg.pseudonym_phone('one', number) IS NOT NULL), (SELECT count(*) FROM phone), 'there are numbers');
SELECT is_empty($$SELECT number FROM phone WHERE translate(memreg.pseudonym_phone('one', number), '0123456789', '9999999999') <> translate(number, '0123456789', '9999999999')$$,
				'digits become digits, and everything else stays');
SELECT is_empty($$SELECT number FROM phone, LATERAL (SELECT substring(regexp_replace(number, '[^0-9+]', '', 'g') FROM '^(?:\+|00)(?:358|999|44|46|1|7)') AS kept) k
				   WHERE kept IS NOT NULL AND NOT starts_with(regexp_replace(memreg.pseudonym_phone('one', number), '[^0-9+]', '', 'g'), kept)$$,
				'a country code stays');
SELECT is_empty($$SELECT number FROM phone WHERE (digits(number) ~ '^0[1-9]') <> (digits(memreg.pseudonym_phone('one', number)) ~ '^0[1-9]')$$,
				'so does the form with one 0 in front');
SELECT is_empty($$SELECT number FROM phone WHERE (digits(number) ~ '^[1-9]') <> (digits(memreg.pseudonym_phone('one', number)) ~ '^[1-9]')$$,
				'and that without');
SELECT is_empty($$SELECT number FROM phone
				   WHERE digits(memreg.pseudonym_phone('one', number)) <> digits(memreg.pseudonym_phone('one', regexp_replace(number, '[^0-9+]', '', 'g')))$$,
				'how a number is written does not matter');
SELECT is_empty($$SELECT number FROM phone WHERE number ~ '^\s*\+'
					 AND '00' || digits(memreg.pseudonym_phone('one', number)) <> digits(memreg.pseudonym_phone('one', '00' || digits(number)))$$,
				'00 is as good as a plus');
SELECT is((SELECT count(DISTINCT memreg.pseudonym_phone('one', '+358 40 1' || lpad(g::text, 6, '0'))) FROM generate_series(0, 19999) g), 20000::bigint,
		  'different numbers of a country and length never get the same');
SELECT is((SELECT count(DISTINCT memreg.pseudonym_phone('one', '+358 ' || lpad(g::text, 4, '0'))) FROM generate_series(0, 9999) g), 10000::bigint,
		  'nor do all of a length, which are permuted');
SELECT set_eq($$SELECT memreg.pseudonym_phone('one', '0' || g) FROM generate_series(10, 999) g$$, $$SELECT '0' || g FROM generate_series(10, 999) g$$,
			  'with a 0 in front as well');
SELECT set_eq($$SELECT memreg.pseudonym_phone('one', g::text) FROM generate_series(100, 9999) g$$, 'SELECT g::text FROM generate_series(100, 9999) g',
			  'and without');
SELECT cmp_ok((SELECT count(*) FROM generate_series(1000000, 1001999) g WHERE digits(memreg.pseudonym_phone('one', '+358' || g)) = digits(memreg.pseudonym_phone('two', '+358' || g))), '<', 5::bigint,
			  'two scopes have another for nearly every number');
SELECT cmp_ok((SELECT count(*) FROM generate_series(1000000, 1001999) g WHERE right(memreg.pseudonym_phone('one', '+358' || g), 7) = right(memreg.pseudonym_phone('one', '+372' || g), 7)), '<', 5::bigint,
			  'and two countries');
SELECT cmp_ok((SELECT count(*) FROM generate_series(1000000, 1001999) g WHERE right(memreg.pseudonym_phone('one', '0' || g), 7) = right(memreg.pseudonym_phone('one', g::text), 7)), '<', 5::bigint,
			  'and two forms');
SELECT is(memreg.pseudonym_phone('one', number), NULL, 'no telephone number: ' || quote_literal(number))
  FROM unnest(ARRAY['', ' ', '+', '12', '+12', '0012', '+358', '1234567890123456', '+1234567890123456', '+0401234567', '000401234567',
					'040 123 4567 x', 'puh. 040 1234567', '++358401234567', '040+1234567', '112#', '١١٢', repeat('1', 100000), 'é112']) number;
SELECT is(digits(memreg.pseudonym_phone('one', repeat(' ', 100000) || '112')), memreg.pseudonym_phone('one', '112'), 'blanks may be many');

-- Postal codes
SELECT set_eq($$SELECT memreg.pseudonym_postal_code('one', lpad(g::text, 5, '0')) FROM generate_series(0, 99999) g$$, $$SELECT lpad(g::text, 5, '0') FROM generate_series(0, 99999) g$$,
			  'postal codes are permuted');
SELECT cmp_ok((SELECT count(*) FROM generate_series(0, 99999) g, lpad(g::text, 5, '0') code WHERE memreg.pseudonym_postal_code('one', code) = memreg.pseudonym_postal_code('two', code)), '<', 15::bigint,
			  'otherwise in another scope');
SELECT is(memreg.pseudonym_postal_code('one', ' FI-00100'), memreg.pseudonym_postal_code('one', '00100'), 'a prefix does not matter');
SELECT is(memreg.pseudonym_postal_code('one', code), NULL, 'no postal code: ' || quote_literal(code))
  FROM unnest(ARRAY['', '0010', '001000', '0010a', 'SE-12345', '00 100', '-0100']) code;

-- IP addresses; inet_merge gives the smallest network that has both.
CREATE FUNCTION in_common(a inet, b inet) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT masklen(inet_merge(a, b))';
CREATE FUNCTION random_ip(bits int) RETURNS inet LANGUAGE sql VOLATILE AS $$
	SELECT CASE bits WHEN 32 THEN inet '0.0.0.0' + (random() * 4294967295)::bigint
					 ELSE ('2' || substr(string_agg(to_hex((random() * 65535)::int), ':'), 2))::inet END FROM generate_series(1, 8) $$;
CREATE TABLE pair AS
	SELECT a, b FROM generate_series(1, 10000) g, LATERAL (SELECT random_ip(32) AS a, random_ip(32) AS b WHERE g > 0) p
	UNION ALL SELECT a, a + (1::bigint << g % 31) FROM generate_series(1, 5000) g, LATERAL (SELECT inet '0.0.0.0' + (random() * 2147483647)::bigint AS a WHERE g > 0) p
	UNION ALL SELECT a, b FROM generate_series(1, 2000) g, LATERAL (SELECT random_ip(128) AS a, random_ip(128) AS b WHERE g > 0) p
	UNION ALL SELECT a, a + (1::bigint << g % 62) FROM generate_series(1, 2000) g, LATERAL (SELECT random_ip(128) AS a WHERE g > 0) p;
SELECT is_empty($$SELECT a, b FROM pair WHERE in_common(memreg.pseudonym_ip('one', a), memreg.pseudonym_ip('one', b)) <> in_common(a, b)$$,
				'addresses that share exactly so many bits have pseudonyms that do');
SELECT cmp_ok((SELECT count(DISTINCT in_common(a, b)) FROM pair), '>', 80::bigint, 'seen for many numbers of bits');
SELECT cmp_ok((SELECT count(*) FROM pair WHERE memreg.pseudonym_ip('one', a) = memreg.pseudonym_ip('two', a)), '<', 5::bigint,
			  'two scopes have another for nearly every address');
SELECT is_empty($$SELECT a FROM pair WHERE host(memreg.pseudonym_ip('one', a)) <> memreg.pseudonym_ip('one', host(a))$$, 'in text they are the same');
SELECT is_empty($$SELECT g FROM generate_series(0, 32) g
				   WHERE memreg.pseudonym_ip('one', set_masklen(inet '192.0.2.55', g)) <> set_masklen(memreg.pseudonym_ip('one', inet '192.0.2.55'), g)$$,
				'a netmask stays');
SELECT is_empty($$SELECT g FROM generate_series(0, 128) g
				   WHERE memreg.pseudonym_ip('one', set_masklen(inet '2001:db8::55', g)) <> set_masklen(memreg.pseudonym_ip('one', inet '2001:db8::55'), g)$$,
				'also of IPv6');
SELECT is(memreg.pseudonym_ip('one', inet '::ffff:192.0.2.55'), memreg.pseudonym_ip('one', inet '192.0.2.55'), 'an IPv4-mapped address is the IPv4 address');
SELECT is(memreg.pseudonym_ip('one', '::ffff:192.0.2.55'), memreg.pseudonym_ip('one', '192.0.2.55'), 'in text too');
SELECT is(memreg.pseudonym_ip('one', address), NULL, 'no IP address: ' || quote_literal(address))
  FROM unnest(ARRAY['', '192.0.2', '192.0.2.256', '192.0.2.1/24', '192.0.2.1:80', '192.0.2.01', '2001:db8::1/64', 'fe80::1%eth0', '[::1]', ':', '1::2::3', 'localhost', repeat('1', 100000)]) address;

-- Dates
CREATE TABLE shifted AS
	SELECT g AS subject, max_days, memreg.shift_date('one', g, date '2026-02-01', max_days) - date '2026-02-01' AS days
	  FROM generate_series(1, 2000) g, unnest('{1,2,30,180,36500}'::int[]) max_days;
SELECT is_empty('SELECT FROM shifted WHERE days = 0 OR abs(days) > max_days', 'dates are moved, and not too far');
SELECT is((SELECT count(DISTINCT days) FROM shifted WHERE max_days = 30), 60::bigint, 'by every number of days');
SELECT is_empty('SELECT days FROM shifted WHERE max_days = 2 GROUP BY days HAVING count(*) NOT BETWEEN 350 AND 650', 'about as often by each');
SELECT ok(count(*) FILTER (WHERE sign(a.days) = sign(b.days)) BETWEEN 800 AND 1200, 'another limit draws another number')
  FROM shifted a JOIN shifted b USING (subject) WHERE a.max_days = 30 AND b.max_days = 180;
SELECT is((SELECT memreg.shift_date('one', 7, date '2026-02-01')), date '2026-02-01' + days, '180 days are the default') FROM shifted WHERE subject = 7 AND max_days = 180;
SELECT is_empty($$SELECT g FROM generate_series(-700000, 700000, 997) g WHERE memreg.shift_date('one', 7, date '2026-02-01' + g) - memreg.shift_date('one', 7, date '2026-02-01') <> g$$,
				'dates of one subject stay as far from each other');
SELECT is_empty($$SELECT subject FROM shifted
				   WHERE memreg.shift_date('one', subject, timestamp '2026-02-01 23:59:59.999999', max_days) <> timestamp '2026-02-01 23:59:59.999999' + make_interval(days => days)$$,
				'timestamps move by as many days');
SET TimeZone = 'Europe/Helsinki';
SELECT is_empty($$SELECT subject FROM shifted
				   WHERE memreg.shift_date('one', subject, timestamptz '2026-02-01 00:00+00', max_days) <> timestamptz '2026-02-01 00:00+00' + make_interval(hours => 24 * days)$$,
				'and timestamps with time zone, of 24 hours each');
RESET TimeZone;
SELECT cmp_ok((SELECT count(*) FROM generate_series(1, 1000) g, LATERAL (SELECT date '2026-02-01' AS d, lpad(g::text, 32, '0')::uuid AS u) v
				WHERE memreg.shift_date('one', g, d, 36500) = memreg.shift_date('one', g::text, d, 36500)
				   OR memreg.shift_date('one', u, d, 36500) = memreg.shift_date('one', u::text, d, 36500)
				   OR memreg.shift_date('one', g, d, 36500) = memreg.shift_date('two', g, d, 36500)), '<', 5::bigint,
			  'subjects of another type, and another scope, draw other numbers');
SELECT is(memreg.shift_date('one', 7, value), value, 'it stays: ' || value) FROM unnest('{infinity,-infinity}'::date[]) value;
SELECT is(memreg.shift_date('one', 7, value), value, 'as a timestamp: ' || value) FROM unnest('{infinity,-infinity}'::timestamptz[]) value;
SELECT set_eq($$SELECT memreg.shift_date('one', g, date '5874897-12-31', 1) FROM generate_series(1, 100) g$$, $$VALUES (date '5874897-12-30'), (NULL)$$,
			  'beyond the last date there is nothing');
SELECT set_eq($$SELECT memreg.shift_date('one', g, date '4714-11-24 BC', 1) FROM generate_series(1, 100) g$$, $$VALUES (date '4714-11-25 BC'), (NULL)$$,
			  'nor before the first');
SELECT set_eq($$SELECT memreg.shift_date('one', g, timestamp '294276-12-31 23:59', 1) FROM generate_series(1, 100) g$$, $$VALUES (timestamp '294276-12-30 23:59'), (NULL)$$,
			  'nor beyond the last timestamp');
SELECT set_eq($$SELECT memreg.shift_date('one', g, timestamp '4714-11-24 00:00 BC', 1) FROM generate_series(1, 100) g$$, $$VALUES (timestamp '4714-11-25 00:00 BC'), (NULL)$$,
			  'nor before the first');
SELECT isnt(memreg.shift_date('one', repeat('x', 1000000), date '2026-02-01'), NULL, 'a subject may be long');

-- Parallel workers
CREATE TABLE many AS SELECT g % 100 AS n FROM generate_series(1, 20000) g;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE FUNCTION plan_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
		plan := plan || line;
	END LOOP;
	RETURN plan;
END $$;
CREATE FUNCTION all_of(n int) RETURNS text STABLE PARALLEL SAFE LANGUAGE sql AS $$
	SELECT concat_ws(' ', memreg.pseudonym_email('one', n || '@example.org'), memreg.pseudonym_phone('one', '+358 40 ' || 1000000 + n),
					 memreg.pseudonym_postal_code('one', (10000 + n)::text), memreg.pseudonym_ip('one', inet '192.0.2.0' + n),
					 memreg.pseudonym_ip('one', host(inet '2001:db8::' + n)), memreg.shift_date('one', n, date '2026-02-01')) $$;
CREATE VIEW by_workers AS SELECT DISTINCT all_of(n) AS pseudonyms FROM many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
SELECT matches(plan_of('SELECT * FROM by_workers'), 'Parallel Seq Scan', 'they are made in parallel');
SELECT set_eq('SELECT * FROM by_workers', 'SELECT all_of(g) FROM generate_series(0, 99) g', 'with the same result');
RESET parallel_leader_participation;

-- Marks, and who may
CREATE VIEW shape AS
	SELECT p.* FROM pg_proc p WHERE pronamespace = 'memreg'::regnamespace AND proname IN ('pseudonym_email', 'pseudonym_phone', 'pseudonym_postal_code', 'pseudonym_ip', 'shift_date');
SELECT is((SELECT count(*) FROM shape), 14::bigint, 'there are fourteen functions');
SELECT set_eq('SELECT DISTINCT provolatile::text || proparallel::text || proisstrict || proleakproof FROM shape', ARRAY['sstruefalse'], 'stable, parallel safe, strict, not leakproof');
SELECT throws_ok($$CREATE INDEX ON email (memreg.pseudonym_email('one', address))$$, '42P17', NULL, 'no index can be made of pseudonyms, which die with their scope');
CREATE ROLE extractor;
CREATE FUNCTION as_extractor(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	SET LOCAL ROLE extractor;
	EXECUTE 'SELECT ' || expression INTO result;
	RETURN coalesce(result, 'NULL');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE TABLE call AS SELECT unnest(ARRAY['memreg.pseudonym_email(''one'', ''a@example.org'')', 'memreg.pseudonym_phone(''one'', ''112'')', 'memreg.pseudonym_phone(''one'', ''none'')',
	'memreg.pseudonym_postal_code(''one'', ''00100'')', 'memreg.pseudonym_ip(''one'', ''192.0.2.1'')', 'memreg.pseudonym_ip(''one'', inet ''192.0.2.1'')',
	'memreg.shift_date(''one'', 7, date ''2026-02-01'')', 'memreg.shift_date(''one'', ''7'', timestamp ''2026-02-01'')']) AS expression;
SELECT set_eq('SELECT DISTINCT as_extractor(expression) FROM call', ARRAY['MR115'], 'who has no right on the scope has no pseudonyms');
SELECT memreg.grant_scope('extractor', 'one') \g /dev/null
SELECT is_empty($$SELECT expression, as_extractor(expression) FROM call WHERE as_extractor(expression) ~ '^(MR...|42...)$'$$, 'who has, has them');
SELECT is(as_extractor('memreg.pseudonym_phone(''one'', ''none'')'), 'NULL', 'and none of what is ill-formed');

-- The key of a scope
CREATE TABLE was AS SELECT expression, as_extractor(expression) AS pseudonym FROM call WHERE expression ~ 'email|ip';
SELECT memreg.rotate_scope('one') \g /dev/null
SELECT is_empty('SELECT expression FROM was WHERE pseudonym = as_extractor(expression)', 'a new key gives other pseudonyms');
SELECT memreg.destroy_scope('one') \g /dev/null
SELECT set_eq('SELECT DISTINCT as_extractor(expression) FROM call', ARRAY['MR113'], 'and a destroyed scope none');
SELECT * FROM finish();
