-- Promise 2: each treatment of each type of column. What is shown is what the public functions give, of the column's own
-- type and length; NULL stays NULL and equal values stay equal. What a treatment does not suit is refused, and withheld
-- if it comes about later.
\i test/policy/register.sql
CREATE EXTENSION citext;
CREATE DOMAIN app.plain AS text;
CREATE DOMAIN app.wide AS varchar(36);
CREATE DOMAIN app.narrow AS varchar(35);
CREATE DOMAIN app.twice AS app.wide;
CREATE DOMAIN app.checked AS text CHECK (value <> '');
CREATE DOMAIN app.filled AS text NOT NULL DEFAULT '';
CREATE DOMAIN app.upon_checked AS app.checked;
CREATE DOMAIN app.names AS varchar(40)[];
CREATE DOMAIN app.amount AS numeric(9, 2);
CREATE TYPE app.mood AS ENUM ('sad', 'happy');
CREATE TYPE app.pair AS (name text, age int);

-- One column of each kind: three values, of which the second equals the first, a form that suits it (NULL: none does), and
-- what is expected of a value v as a pseudonym and generalized (NULL: it cannot be).
CREATE TABLE kind (number int GENERATED ALWAYS AS IDENTITY, name name, type text, first text, same text, other text,
	form text, pseudonym text, coarser text);
\set json '[\"CANARY\", 1.0, 1, true, null, {\"CANARY\": 1}, [2], \"1977-07-07\"]'
INSERT INTO kind (name, type, first, same, other, form, pseudonym, coarser) VALUES
	('text', 'text', 'CANARY', 'CANARY', '', 'letters 1', 'p(v)', 'memreg.first_letters(v, 1)'),
	('text_area', 'text', '00120', ' fi-00120 ', '90570', 'postal_code 3', 'p(v)', 'memreg.postal_area(v, 3)'),
	('text_ip', 'text', '192.0.2.77', ' 192.0.2.77', '2001:db8:7::7', 'ip 16 32', 'p(v)', 'memreg.truncate_ip(v, 16, 32)'),
	('varchar', 'varchar', 'CANARY', 'CANARY', 'x', 'letters 2', 'p(v)', 'memreg.first_letters(v, 2)'),
	('varchar_36', 'varchar(36)', 'CANARY', 'CANARY', '', 'letters 2', 'p(v)::varchar(36)', 'memreg.first_letters(v, 2)::varchar(36)'),
	('varchar_35', 'varchar(35)', 'CANARY', 'CANARY', 'x', 'letters 3', NULL, 'memreg.first_letters(v, 3)::varchar(35)'),
	('char_40', 'char(40)', 'CANARY', 'CANARY  ', '', 'letters 3', 'p(v::text)::char(40)', 'memreg.first_letters(v::text, 3)::char(40)'),
	('char_5', 'char(5)', '00120', '00120', '905', 'postal_code 2', NULL, 'memreg.postal_area(v::text, 2)::char(5)'),
	('char_1', 'char', 'C', 'C ', 'x', 'letters 1', NULL, 'memreg.first_letters(v::text, 1)::char'),
	('citext', 'citext', 'CaNaRy', 'cAnArY', 'x', 'letters 2', 'p(lower(v::text))::citext', 'memreg.first_letters(lower(v::text), 2)::citext'),
	('of_plain', 'app.plain', 'CANARY', 'CANARY', '', 'letters 1', 'p(v)::app.plain', 'memreg.first_letters(v, 1)::app.plain'),
	('of_wide', 'app.wide', 'CANARY', 'CANARY', '', 'letters 1', 'p(v)::app.wide', 'memreg.first_letters(v, 1)::app.wide'),
	('of_narrow', 'app.narrow', 'CANARY', 'CANARY', 'x', 'letters 1', NULL, 'memreg.first_letters(v, 1)::app.narrow'),
	('of_twice', 'app.twice', 'CANARY', 'CANARY', 'x', 'letters 1', 'p(v)::app.twice', 'memreg.first_letters(v, 1)::app.twice'),
	('of_checked', 'app.checked', 'CANARY', 'CANARY', 'x', NULL, NULL, NULL),
	('of_filled', 'app.filled', 'CANARY', 'CANARY', 'x', NULL, NULL, NULL),
	('of_upon_checked', 'app.upon_checked', 'CANARY', 'CANARY', 'x', NULL, NULL, NULL),
	('of_names', 'app.names', '{CANARY,NULL,b}', '{CANARY,NULL,b}', '{}', 'letters 1', '(SELECT coalesce(array_agg(p(e) ORDER BY n), ''{}'') FROM unnest(v) WITH ORDINALITY u(e, n))::app.names',
		'(SELECT coalesce(array_agg(memreg.first_letters(e, 1) ORDER BY n), ''{}'') FROM unnest(v) WITH ORDINALITY u(e, n))::app.names'),
	('of_amount', 'app.amount', '77.77', '77.770', '-0.01', '10', NULL, 'memreg.generalize_number(v, 10)'),
	('smallint', 'smallint', '77', '77', '-32768', '10', 'memreg.pseudonym_smallint(''community/research'', v)', 'memreg.generalize_number(v, 10::smallint)'),
	('integer', 'integer', '77', '77', '-2147483648', '100', 'memreg.pseudonym_integer(''community/research'', v)', 'memreg.generalize_number(v, 100)'),
	('bigint', 'bigint', '77', '77', '9223372036854775807', '1000', 'memreg.pseudonym_bigint(''community/research'', v)', 'memreg.generalize_number(v, 1000::bigint)'),
	('numeric', 'numeric', '77.70', '77.7', '-0.001', '0.25', NULL, 'memreg.generalize_number(v, 0.25)'),
	('numeric_6_2', 'numeric(6, 2)', '77.77', '77.770', '-9999.99', '10', NULL, 'memreg.generalize_number(v, 10)'),
	('real', 'real', '77.7', '77.70', '-Infinity', '0.5', NULL, 'memreg.generalize_number(v, 0.5::real)'),
	('double', 'double precision', '77.7', '77.70', 'NaN', '10', NULL, 'memreg.generalize_number(v, 10::double precision)'),
	('zero', 'double precision', '0', '-0', '1', '10', NULL, 'memreg.generalize_number(v, 10::double precision)'),
	('uuid', 'uuid', '77777777-7777-4777-8777-777777777777', '{77777777-7777-4777-8777-777777777777}', '00000000-0000-0000-0000-000000000000', NULL,
		'memreg.pseudonym_uuid(''community/research'', v)', NULL),
	('bytea', 'bytea', 'CANARY', '\x43414e415259', '', NULL, 'memreg.pseudonym_bytea(''community/research'', v)', NULL),
	('date', 'date', '1977-07-07', '1977-7-7', 'infinity', 'year', NULL, 'memreg.generalize_date(v, ''year'')'),
	('date_decade', 'date', '1977-07-07', '1977-7-7', '4713-01-01 BC', 'decade', NULL, 'memreg.generalize_date(v, ''decade'')'),
	('timestamp', 'timestamp', '1977-07-07 07:07', '1977-07-07 07:07:00', '-infinity', 'month', NULL, 'memreg.generalize_timestamp(v, ''month'')'),
	('timestamp_0', 'timestamp(0)', '1977-07-07 07:07', '1977-07-07 07:07:00.1', '2000-01-01', 'quarter', NULL, 'memreg.generalize_timestamp(v, ''quarter'')::timestamp(0)'),
	('timestamptz', 'timestamptz', '1977-07-07 07:07+00', '1977-07-07 09:07+02', '2000-01-01', 'year', NULL, 'memreg.generalize_timestamp(v, ''year'')'),
	('timestamptz_3', 'timestamptz(3)', '1977-07-07 07:07+00', '1977-07-07 09:07+02', '2000-01-01', 'year', NULL, 'memreg.generalize_timestamp(v, ''year'')::timestamptz(3)'),
	('inet', 'inet', '192.0.2.77', '192.0.2.77/32', '2001:db8:7:7::7', 'ip 24 32', NULL, 'memreg.truncate_ip(v, 24, 32)'),
	('inet_48', 'inet', '2001:db8:7:7::7', '2001:db8:7:7:0::7', '192.0.2.77', 'ip 8', NULL, 'memreg.truncate_ip(v, 8, 48)'),
	('jsonb', 'jsonb', '"1977-07-07"', '"1977-07-07"', '{"CANARY": 1}', 'year, 10', 'json_pseudonym(v)', 'memreg.generalize_json(v, ''year, 10'')'),
	('jsonb_number', 'jsonb', '77', '77.0', '0.00', '10', 'json_pseudonym(v)', 'memreg.generalize_json(v, ''10'')'),
	('jsonb_array', 'jsonb', :'json', :'json', '[]', 'year, 10, letters 1', 'json_pseudonym(v)', 'memreg.generalize_json(v, ''year, 10, letters 1'')'),
	('jsonb_true', 'jsonb', 'true', ' true ', '"CANARY"', 'letters 1', 'json_pseudonym(v)', 'memreg.generalize_json(v, ''letters 1'')'),
	('texts', 'text[]', '{CANARY,NULL,b}', '{CANARY,NULL,b}', '{}', 'letters 1', '(SELECT coalesce(array_agg(p(e) ORDER BY n), ''{}'') FROM unnest(v) WITH ORDINALITY u(e, n))',
		'(SELECT coalesce(array_agg(memreg.first_letters(e, 1) ORDER BY n), ''{}'') FROM unnest(v) WITH ORDINALITY u(e, n))'),
	('grid', 'text[]', '{{CANARY,NULL},{b,c}}', '[1:2][1:2]={{CANARY,NULL},{b,c}}', '[0:0][7:8]={{x,y}}', 'letters 1',
		'CASE WHEN array_length(v, 1) = 2 THEN ARRAY[[p(v[1][1]), NULL], [p(v[2][1]), p(v[2][2])]] ELSE format(''[0:0][7:8]={{%s,%s}}'', p(''x''), p(''y''))::text[] END',
		'CASE WHEN array_length(v, 1) = 2 THEN ''{{C,NULL},{b,c}}'' ELSE ''[0:0][7:8]={{x,y}}'' END::text[]'),
	('varchars', 'varchar(36)[]', '{CANARY}', '{CANARY}', '{NULL}', 'letters 1', 'ARRAY[p(v[1])]::varchar(36)[]', 'ARRAY[memreg.first_letters(v[1], 1)]::varchar(36)[]'),
	('varchars_9', 'varchar(9)[]', '{CANARY}', '{CANARY}', '{NULL}', 'letters 1', NULL, 'ARRAY[memreg.first_letters(v[1], 1)]::varchar(9)[]'),
	('chars', 'char(40)[]', '{CANARY}', '{"CANARY "}', '{NULL}', 'letters 1', 'ARRAY[p(v[1]::text)]::char(40)[]', 'ARRAY[memreg.first_letters(v[1]::text, 1)]::char(40)[]'),
	('plains', 'app.plain[]', '{CANARY}', '{CANARY}', '{NULL}', 'letters 1', 'ARRAY[p(v[1])]::app.plain[]', 'ARRAY[memreg.first_letters(v[1], 1)]::app.plain[]'),
	('checkeds', 'app.checked[]', '{CANARY}', '{CANARY}', '{x}', NULL, NULL, NULL),
	('citexts', 'citext[]', '{CANARY}', '{canary}', '{NULL}', 'letters 1', 'ARRAY[p(lower(v[1]::text))]::citext[]', 'ARRAY[memreg.first_letters(lower(v[1]::text), 1)]::citext[]'),
	('uuids', 'uuid[]', '{77777777-7777-4777-8777-777777777777}', '{77777777-7777-4777-8777-777777777777}', '{NULL}', NULL,
		'ARRAY[memreg.pseudonym_uuid(''community/research'', v[1])]', NULL),
	('integers', 'integer[]', '{77,78}', '{77,78}', '{}', '10', '(SELECT coalesce(array_agg(memreg.pseudonym_integer(''community/research'', e) ORDER BY n), ''{}'') FROM unnest(v) WITH ORDINALITY u(e, n))',
		'(SELECT coalesce(array_agg(memreg.generalize_number(e, 10) ORDER BY n), ''{}'') FROM unnest(v) WITH ORDINALITY u(e, n))'),
	('numerics', 'numeric(6, 2)[]', '{77.77}', '{77.770}', '{-9999.99}', '10', NULL, 'ARRAY[memreg.generalize_number(v[1], 10)]'),
	('dates', 'date[]', '{1977-07-07,NULL}', '{1977-7-7,NULL}', '{2000-01-01,2000-12-31}', 'year', NULL, 'ARRAY[memreg.generalize_date(v[1], ''year''), memreg.generalize_date(v[2], ''year'')]'),
	('inets', 'inet[]', '{192.0.2.77}', '{192.0.2.77/32}', '{NULL}', 'ip 24', NULL, 'ARRAY[memreg.truncate_ip(v[1], 24, 48)]'),
	('jsonbs', 'jsonb[]', '{"\"CANARY\"","{}"}', '{"\"CANARY\"","{}"}', '{NULL,1}', '10', 'ARRAY[json_pseudonym(v[1]), json_pseudonym(v[2])]',
		'ARRAY[memreg.generalize_json(v[1], ''10''), memreg.generalize_json(v[2], ''10'')]');
INSERT INTO kind (name, type, first, same, other) VALUES
	('json', 'json', '"CANARY"', '"CANARY"', '1'), ('boolean', 'boolean', 'true', 't', 'false'), ('enum', 'app.mood', 'sad', 'sad', 'happy'),
	('composite', 'app.pair', '(CANARY,77)', '(CANARY,77)', '(,)'), ('composites', 'app.pair[]', '{"(CANARY,77)"}', '{"(CANARY,77)"}', '{}'),
	('range', 'int4range', '[77,78)', '[77,77]', 'empty'), ('multirange', 'datemultirange', '{[1977-07-07,1977-07-08)}', '{[1977-07-07,1977-07-07]}', '{}'),
	('interval', 'interval', '77 years', '924 months', '0'), ('money', 'money', '77.77', '77.77', '0'), ('name', 'name', 'CANARY', 'CANARY', 'x'),
	('one_char', '"char"', 'C', 'C', 'x'), ('cidr', 'cidr', '192.0.2.0/24', '192.0.2.0/24', '10.0.0.0/8'), ('time', 'time', '07:07', '07:07:00', '00:00'),
	('timetz', 'timetz', '07:07+00', '07:07:00+00', '00:00+00'), ('bit', 'bit(4)', '0111', '0111', '0000'), ('varbit', 'varbit', '0111', '0111', ''),
	('point', 'point', '(7,7)', '(7,7)', '(0,0)'), ('macaddr', 'macaddr', '07:07:07:07:07:07', '070707:070707', '00:00:00:00:00:00'),
	('tsvector', 'tsvector', 'canary', 'canary', ''), ('int2vector', 'int2vector', '77 78', '77 78', ''), ('oid', 'oid', '77', '77', '0'), ('regclass', 'regclass', 'pg_class', 'pg_class', 'pg_type'),
	('lsn', 'pg_lsn', '7/7', '7/7', '0/0'), ('jsonpath', 'jsonpath', '$.canary', '$.canary', '$');

CREATE FUNCTION p(value text) RETURNS text LANGUAGE sql AS $$ SELECT memreg.pseudonym('community/research', value) $$;
CREATE FUNCTION json_pseudonym(value jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE jsonb_typeof(value)
		WHEN 'string' THEN to_jsonb(p(value #>> '{}'))
		WHEN 'number' THEN to_jsonb(p(trim_scale((value #>> '{}')::numeric)::text))
		WHEN 'object' THEN NULL
		WHEN 'array' THEN (SELECT coalesce(jsonb_agg(CASE WHEN jsonb_typeof(e) = 'array' THEN NULL ELSE json_pseudonym(e) END ORDER BY n), '[]')
							 FROM jsonb_array_elements(value) WITH ORDINALITY u(e, n))
		ELSE 'null' END WHERE value IS NOT NULL
$$;

-- Member 1 to 3 have the values, member 4 has none.
SELECT format('CREATE TABLE app.kinds (id bigint PRIMARY KEY, row int, %s)', string_agg(format('%I %s', name, type), ', ' ORDER BY number)) FROM kind \gexec
SELECT format('INSERT INTO app.kinds SELECT n, n, %s FROM generate_series(1, 4) n',
	string_agg(format('CASE n WHEN 1 THEN %L WHEN 2 THEN %L WHEN 3 THEN %L %s END::%s', first, same, other, CASE WHEN type = 'app.filled' THEN 'ELSE ''CANARY''' END, type), ', ' ORDER BY number))
  FROM kind \gexec
GRANT ALL ON app.kinds TO researcher;
SECURITY LABEL FOR memreg ON COLUMN app.kinds.row IS 'nonpersonal';
SELECT format('SECURITY LABEL FOR memreg ON COLUMN app.kinds.%I IS %L', name, 'k_' || name) FROM kind \gexec
DO $$
BEGIN
	PERFORM memreg.add_table('community', 'app.kinds', 'id');
	PERFORM memreg.protect('app.kinds');
	PERFORM memreg.grant_consent('community', 4::bigint, 'research');
	PERFORM memreg.create_purpose('community', 'contact', 'consent');
	PERFORM memreg.grant_consent('community', member, 'contact') FROM unnest('{1,3,4}'::bigint[]) member;
END
$$;

-- Each treatment, as it is declared for a kind, and what it shows of v; NULL: it does not suit.
CREATE TABLE treated AS
	SELECT k.number, k.name, k.type, t.label, t.treatment, t.shows
	  FROM kind k, LATERAL (SELECT coalesce(k.form, 'year, 10, ip 24 48, postal_code 3, letters 1')) f(form), LATERAL (VALUES
		('clear', 'clear', 'v'),
		('withhold', 'withhold', 'NULL'),
		('pseudonym', 'pseudonym', k.pseudonym),
		('generalize', format('generalize(%s)', f.form), k.coarser),
		('if_clear', 'clear if consent to contact', 'CASE WHEN row <> 2 THEN v END'),
		('if_pseudonym', 'clear if consent to contact else pseudonym', 'CASE WHEN row <> 2 THEN v ELSE ' || k.pseudonym || ' END'),
		('if_generalize', format('clear if consent to contact else generalize(%s)', f.form), 'CASE WHEN row <> 2 THEN v ELSE ' || k.coarser || ' END'),
		('mixed', CASE WHEN k.pseudonym IS NOT NULL THEN 'pseudonym' WHEN k.coarser IS NOT NULL THEN format('generalize(%s)', f.form) ELSE 'withhold' END,
			coalesce(k.pseudonym, k.coarser, 'NULL'))) t(label, treatment, shows);
CREATE TABLE outcome (label text, name name, said text);

-- Declare one treatment for every kind, and keep what the researcher is shown. Where it does not suit, set_treatment says
-- so; then it comes about behind its back, as do those that need not be asked about again.
CREATE FUNCTION show(which text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	kind record;
BEGIN
	DELETE FROM memreg.treatment d WHERE d.category LIKE 'k\_%';
	FOR kind IN SELECT * FROM treated t WHERE t.label = which AND (t.shows IS NULL OR which IN ('pseudonym', 'generalize')) ORDER BY t.shows IS NULL LOOP
		BEGIN
			PERFORM memreg.set_treatment('community', 'research', 'k_' || kind.name, kind.treatment);
			INSERT INTO outcome VALUES (which, kind.name, 'declared');
		EXCEPTION WHEN OTHERS THEN
			INSERT INTO outcome VALUES (which, kind.name, SQLSTATE || CASE WHEN SQLERRM ~ 'CANARY' THEN ' CANARY' ELSE '' END);
		END;
	END LOOP;
	INSERT INTO memreg.treatment SELECT 'community', 'research', 'k_' || t.name, t.treatment FROM treated t WHERE t.label = which
		ON CONFLICT DO NOTHING;
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', 'research', true);
	EXECUTE format('CREATE TABLE lab.%I AS SELECT * FROM app.kinds', which);
	PERFORM set_config('role', 'none', true);
END
$$;
SELECT show(label) FROM unnest(ARRAY['clear', 'withhold', 'pseudonym', 'generalize', 'if_clear', 'if_pseudonym', 'if_generalize', 'mixed']) label \g /dev/null

-- Does lab have of a column what is expected of app's? The differences, as text.
CREATE FUNCTION differs(name name, which text, shows text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SELECT string_agg(format(''row %%s: %%s, not %%s'', row, seen, expected), ''; '')'
				   '  FROM (SELECT e.row, s.%1$I::text AS seen, expected::text AS expected FROM lab.%2$I s'
				   '		  JOIN (SELECT row, (SELECT CASE WHEN num_nulls(v) = 0 THEN %3$s END FROM (SELECT %1$I AS v) o) AS expected FROM app.kinds) e USING (row)) c'
				   ' WHERE seen IS DISTINCT FROM expected', name, which, coalesce(shows, 'NULL')) INTO answer;
	RETURN answer;
END
$$;
CREATE VIEW shown_type AS
	SELECT c.relname AS label, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
	  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace IN ('lab'::regnamespace, 'app'::regnamespace);
CREATE FUNCTION equal(name name, relation text, one int, other int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	answer boolean;
BEGIN
	EXECUTE format('SELECT a.%I IS NOT DISTINCT FROM b.%1$I FROM %s a, %2$s b WHERE a.row = %s AND b.row = %s', name, relation, one, other) INTO answer;
	RETURN answer;
EXCEPTION WHEN undefined_function THEN
	RETURN NULL;
END
$$;
CREATE TABLE sameness AS
	SELECT t.*, pair, equal(t.name, 'app.kinds', 1, pair) AS equal, equal(t.name, format('lab.%I', t.label), 1, pair) AS shown_equal
	  FROM treated t, unnest(ARRAY[2, 3]) pair WHERE t.label IN ('pseudonym', 'generalize') AND t.shows IS NOT NULL;

-- What a query makes of what is shown is what it makes of a copy of that.
CREATE TABLE use (about text, statement text);
INSERT INTO use VALUES
	('all columns', 'SELECT * FROM %s'),
	('UNION', 'SELECT texts, varchar_36, char_40, citext, numeric_6_2, jsonb_array FROM %s UNION SELECT texts, varchar_36, char_40, citext, numeric_6_2, jsonb_array FROM %1$s ORDER BY 1'),
	('UNION with other types', 'SELECT char_40, integer FROM %s UNION ALL SELECT varchar_36, smallint FROM %1$s'),
	('EXCEPT', 'SELECT citext, grid FROM %s EXCEPT SELECT citext, grid FROM %1$s WHERE row = 1 ORDER BY 1'),
	('DISTINCT', 'SELECT DISTINCT citext, char_40, texts, dates, jsonb_number FROM %s ORDER BY 1'),
	('GROUP BY', 'SELECT citext, count(*) FROM %s GROUP BY citext ORDER BY citext'),
	('GROUP BY an array', 'SELECT texts, grid, count(*), min(date), max(timestamp_0) FROM %s GROUP BY texts, grid ORDER BY texts'),
	('ORDER BY', 'SELECT row FROM %s ORDER BY char_40, of_names, citext, numeric, row'),
	('windows', 'SELECT row, rank() OVER (ORDER BY varchar_36), lag(dates) OVER (ORDER BY row) FROM %s'),
	('subscripts', 'SELECT texts[1], texts[2:3], grid[1][2], dates[2], of_names[1] FROM %s'),
	('unnest', 'SELECT row, unnest(texts), unnest(grid), unnest(dates) FROM %s'),
	('array functions', 'SELECT array_length(grid, 2), array_dims(grid), cardinality(texts), array_append(texts, ''x''), texts || of_names, array_to_string(integers, '','') FROM %s'),
	('array conditions', 'SELECT row FROM %s WHERE ''CANARY'' = ANY (texts) OR ''C'' = ANY (of_names) OR texts @> ''{b}'' OR texts && ''{CANARY}'''),
	('text functions', 'SELECT length(char_40), octet_length(char_40), upper(varchar_36), char_40 || ''x'', citext = ''canary'', citext LIKE ''c%%'' FROM %s'),
	('domains', 'SELECT upper(of_twice), of_wide::text, of_names || ''{x}'' FROM %s'),
	('numbers', 'SELECT integer %% 7, smallint::int + 1, round(numeric_6_2, 1), double > 75, numeric_6_2 = 77.77 FROM %s'),
	('dates', 'SELECT extract(year FROM date), date + 1, timestamp_0::date, timestamptz AT TIME ZONE ''UTC'' FROM %s WHERE row < 3'),
	('JSON', 'SELECT jsonb_array -> 0, jsonb_array ->> 7, jsonb_array @> ''["CANARY"]'', jsonb_path_query_array(jsonb_array, ''$[*]''), jsonb_typeof(jsonb) FROM %s'),
	('JSON apart', 'SELECT row, e FROM %s, jsonb_array_elements(CASE jsonb_typeof(jsonb_array) WHEN ''array'' THEN jsonb_array END) e'),
	('addresses', 'SELECT host(inet), masklen(inet), inet << ''192.0.2.0/23'', inet = ''192.0.2.77'' FROM %s'),
	('conditions', 'SELECT row FROM %s WHERE char_40 = ''CANARY'' OR varchar_36 = ''CANARY'' OR citext = ''canary'' OR of_plain = ''CANARY'' OR integer = 77'),
	('aggregates', 'SELECT array_agg(grid[1][1]) FILTER (WHERE row < 3), string_agg(citext::text, '','' ORDER BY row), jsonb_agg(jsonb_array ORDER BY row), sum(numeric_6_2) FROM %s'),
	('joins', 'SELECT a.row, b.row FROM %s a JOIN %1$s b ON a.citext = b.citext AND a.char_40 = b.char_40 AND a.texts = b.texts'),
	('functions', 'SELECT row, concat_ws(''|'', varchar_36, of_plain, inet), pg_typeof(varchar_36), pg_typeof(of_twice), pg_typeof(of_names), pg_typeof(dates) FROM %s');
SELECT current_setting('data_directory') || '/memreg_policy_types.copy' AS copy_file \gset
SELECT count(*) + (SELECT count(*) FROM sameness WHERE equal IS NOT NULL) + (SELECT count(*) FROM use) + 18 AS tests FROM treated \gset
SELECT plan(:tests);

-- Whether it suits, what set_treatment says, what the researcher sees that is not as expected, and of which type it is.
SELECT is(format('%s %s %s %s', memreg.treatment_suits(treatment, a.atttypid, a.atttypmod), coalesce(said, 'declared'), differs(t.name, t.label, shows), s.type),
		  format('%s %s %s %s', shows IS NOT NULL, CASE WHEN shows IS NULL THEN 'MR321' ELSE 'declared' END, '', o.type),
		  format('%s of %s', treatment, t.name))
  FROM treated t LEFT JOIN outcome USING (label, name) JOIN shown_type s USING (label, name) JOIN shown_type o ON o.label = 'kinds' AND o.name = t.name
  JOIN pg_attribute a ON a.attrelid = 'app.kinds'::regclass AND a.attname = t.name ORDER BY t.label, t.number;

-- Equal values stay equal, also where they are written otherwise; others do not become equal by a pseudonym.
SELECT ok(CASE WHEN equal THEN shown_equal WHEN label = 'pseudonym' THEN NOT shown_equal ELSE true END,
		  format('%s of %s: rows 1 and %s are equal: %s before and %s after', treatment, name, pair, equal, shown_equal))
  FROM sameness WHERE equal IS NOT NULL ORDER BY label, number, pair;
SELECT cmp_ok((SELECT count(*) FROM sameness WHERE equal AND label = 'pseudonym' AND pair = 2), '>', 20::bigint, 'there are equal values to look at');

SELECT is(seen('researcher', 'research', format(statement, 'app.kinds')), seen('researcher', 'research', format(statement, 'lab.mixed')), 'as over a copy: ' || about) FROM use;
SELECT is((SELECT string_agg(about, ', ') FROM use WHERE seen('researcher', 'research', format(statement, 'app.kinds')) ~ 'CANARY|^[0-9A-Z]{5}$'), NULL, 'and each of these works');

-- COPY.
GRANT pg_write_server_files TO researcher;
SELECT is(touched('researcher', 'research', format('COPY (SELECT * FROM app.kinds) TO %L', :'copy_file')), '4', 'COPY (query)');
CREATE TABLE lab.copied (LIKE lab.mixed);
-- NULL is no value of a NOT NULL domain; -10000, where the band of -9999.99 begins, none of numeric(6, 2); numeric(9, 2)
-- writes -10 as -10.00.
ALTER TABLE lab.copied ALTER of_filled TYPE text, ALTER of_amount TYPE numeric, ALTER numeric_6_2 TYPE numeric, ALTER numerics TYPE numeric[];
COPY lab.copied FROM :'copy_file';
SELECT set_eq('SELECT c::text FROM lab.copied c', 'SELECT m::text FROM lab.mixed m', 'brings out what is seen');

-- Lengths: a pseudonym's own, and texts that become longer.
SELECT is((SELECT string_agg(memreg.treatment_suits('pseudonym', 'varchar'::regtype, n + 4)::text, ',' ORDER BY n) FROM generate_series(35, 37) n), 'false,true,true', 'a pseudonym needs 36 characters');
SELECT is(memreg.treatment_suits('generalize(ip 32 128)', 'varchar'::regtype, 15 + 4), false, 'an address may become longer');
SELECT is(memreg.treatment_suits('generalize(ip 32 96)', 'varchar'::regtype, 15 + 4), true, 'but not one that is cut before its last 32 bits');
SELECT is(memreg.treatment_suits('generalize(40000)', 'smallint'::regtype) OR memreg.treatment_suits('generalize(0.5)', 'integer'::regtype), false, 'bands of integers have a width of the type');
-- Keys of JSON objects, by the label. Those whose value is withheld are not there; what has no label of its own, and what
-- is no object, goes by the column's.
CREATE DOMAIN app.document AS jsonb;
CREATE TABLE app.doc (id bigint NOT NULL, row int, j jsonb, d app.document, k json, t text);
INSERT INTO app.doc SELECT 1, row, j, j, j, j FROM (VALUES
	(1, '{"name": "CANARY", "born": "1977-07-07", "age": 77, "open": {"a": ["b"]}, "hidden": "CANARY", "Ä \"q\"": "x", "other": "CANARY", "names": ["CANARY", {"CANARY": 1}, 7.0], "object": {"CANARY": 1}}'::jsonb),
	(2, '{"name": null, "open": null, "born": "CANARY"}'), (3, '{}'), (4, '"CANARY"'), (5, '["CANARY", {"name": "CANARY"}]'), (6, NULL), (7, 'true')) s(row, j);
GRANT ALL ON app.doc TO researcher;
SECURITY LABEL FOR memreg ON COLUMN app.doc.row IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.doc.j IS 'whole {name: name, names: name, object: name, born: birth, age:birth,open  :  open, hidden: undeclared, "Ä ""q""": nonpersonal}';
SELECT memreg.add_table('community', 'app.doc', 'id'), memreg.protect('app.doc'), memreg.set_treatment('community', 'research', 'name', 'pseudonym'),
	   memreg.set_treatment('community', 'research', 'birth', 'generalize(year, 10)'), memreg.set_treatment('community', 'research', 'open', 'clear') \g /dev/null
CREATE TABLE object (treatment text, row int, expected jsonb);
INSERT INTO object
	SELECT t.treatment, row, v || CASE WHEN t.treatment = 'clear' AND row = 1 THEN '{"other": "CANARY"}' ELSE '{}' END::jsonb FROM unnest('{withhold,clear,pseudonym,"generalize(letters 2)"}'::text[]) t(treatment), (VALUES
		(1, jsonb_build_object('name', p('CANARY'), 'born', '1977-01-01', 'age', 70, 'open', '{"a": ["b"]}'::jsonb, 'Ä "q"', 'x', 'names', jsonb_build_array(p('CANARY'), NULL, p('7')))),
		(2, '{"name": null, "open": null, "born": null}'), (3, '{}')) s(row, v);
INSERT INTO object
	SELECT treatment, row, CASE treatment WHEN 'withhold' THEN NULL WHEN 'clear' THEN j WHEN 'pseudonym' THEN json_pseudonym(j) ELSE memreg.generalize_json(j, 'letters 2') END
	  FROM app.doc, unnest('{withhold,clear,pseudonym,"generalize(letters 2)"}'::text[]) treatment WHERE row > 3;
CREATE FUNCTION show_objects(treatment text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.set_treatment('community', 'research', 'whole', treatment);
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', 'research', true);
	EXECUTE format('CREATE TABLE lab.%I AS SELECT * FROM app.doc', 'objects ' || treatment);
	PERFORM set_config('role', 'none', true);
END
$$;
SELECT show_objects(treatment) FROM (SELECT DISTINCT treatment FROM object) o \g /dev/null
SELECT set_eq(format('SELECT row, j FROM lab.%I', 'objects ' || treatment), format('SELECT row, expected FROM object WHERE treatment = %L', treatment), 'JSON keys, the others: ' || treatment) FROM (SELECT DISTINCT treatment FROM object) o;
SELECT memreg.set_treatment('community', 'research', 'whole', 'clear') \g /dev/null
SELECT is(seen('researcher', 'research', 'SELECT row FROM app.doc WHERE j @> ''{"name": "CANARY"}'' OR j ? ''hidden'' OR j -> ''born'' = ''"1977-07-07"'' OR j #>> ''{names,0}'' = ''CANARY'''), '', 'none can be found by what it was');
SELECT is(touched('researcher', 'research', 'UPDATE app.doc SET j = ''{}'''), 'MR310', 'or written');
SELECT is((SELECT string_agg(key || ' ' || category, ', ' ORDER BY key COLLATE "C") FROM memreg.labelled_key WHERE relation = 'app.doc'::regclass),
	'age birth, born birth, hidden undeclared, name name, names name, object name, open open, Ä "q" nonpersonal', 'the keys are listed');
-- Where the type knows no keys the column is withheld.
SELECT format('SECURITY LABEL FOR memreg ON COLUMN app.doc.%I IS ''open {name: open}''', c) FROM unnest('{d,k,t}'::text[]) c \gexec
SELECT is(seen('researcher', 'research', 'SELECT count(j), count(d), count(k), count(t) FROM app.doc'), '(6,0,0,0)', 'keys of columns that are not jsonb');
SECURITY LABEL FOR memreg ON COLUMN app.doc.j IS 'open {name: open, other: nonpersonal}';
SELECT is(seen('researcher', 'research', 'SELECT j ->> ''name'' FROM app.doc WHERE row = 1'), '(CANARY)', 'and where all of it is clear');
SELECT is(touched('researcher', 'research', 'UPDATE app.doc SET j = ''{}'''), '7', 'it may be written');
SELECT * FROM finish();
