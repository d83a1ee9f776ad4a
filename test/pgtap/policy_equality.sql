-- Two columns under the same pseudonym are compared by what they stand for: joins are as fast as without treatment, and
-- give what they give over a copy of what is shown. Nothing else is compared so, and nobody's function sees the values.
\i test/policy/register.sql
CREATE EXTENSION citext;
CREATE DOMAIN app.plain AS text;

-- Two tables with a column of each type, whose values meet now and then, and blanks where they count or do not.
CREATE TABLE kind (name name, type text, value text, raw boolean);
INSERT INTO kind VALUES
	('bigint', 'bigint', 'n % 7', true), ('integer', 'integer', 'n % 7', true), ('smallint', 'smallint', 'n % 7', true), ('uuid', 'uuid', '(''00000000-0000-4000-8000-00000000000'' || n % 7)::uuid', true),
	('text', 'text', '''CANARY'' || n % 7 || CASE WHEN n > 14 THEN '' '' ELSE '''' END', true), ('varchar', 'varchar(40)', '''CANARY'' || n % 7', true), ('char', 'char(40)', '''CANARY'' || n % 7 || CASE WHEN n > 14 THEN '' '' ELSE '''' END', true),
	('bytea', 'bytea', '(''CANARY'' || n % 7)::bytea', true), ('citext', 'citext', 'CASE n % 2 WHEN 0 THEN ''CANARY'' ELSE ''canary'' END || n % 7', false), ('domain', 'app.plain', '''CANARY'' || n % 7', false),
	('texts', 'text[]', 'ARRAY[''CANARY'' || n % 7]', false), ('jsonb', 'jsonb', 'to_jsonb(''CANARY'' || n % 7)', false), ('unlike', 'text COLLATE loose', 'CASE n % 2 WHEN 0 THEN ''CANARY'' ELSE ''canary'' END || n % 7', false);
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT format('CREATE TABLE app.%I (id bigint PRIMARY KEY, row int, %s, other text, band int, hidden text, clear text)', side, string_agg(format('%I %s', name, type), ', ')) FROM kind, unnest('{one,two}'::text[]) side GROUP BY side \gexec
SELECT format('INSERT INTO app.%I SELECT n, n, %s, ''CANARY'' || n %% 7, n %% 7, ''CANARY'' || n %% 7, ''x'' || n %% 7 FROM generate_series(%s) n', side, string_agg(format('CASE WHEN n %% 5 <> 0 THEN %s END', value), ', '), CASE side WHEN 'one' THEN '1, 20' ELSE '8, 30, 2' END)
  FROM kind, unnest('{one,two}'::text[]) side GROUP BY side \gexec
SELECT format('CREATE INDEX ON app.%I (%I)', side, name) FROM kind, unnest('{one,two}'::text[]) side WHERE raw \gexec
SELECT format('SECURITY LABEL FOR memreg ON COLUMN app.%I.%I IS ''address''', side, name) FROM kind, unnest('{one,two}'::text[]) side \gexec
SELECT format('SECURITY LABEL FOR memreg ON COLUMN app.%I.%I IS %L', side, name, label) FROM (VALUES ('row', 'nonpersonal'), ('other', 'other_' ), ('band', 'band'), ('hidden', 'hidden'), ('clear', 'nickname')) s(name, label), unnest('{one,two}'::text[]) side \gexec
SECURITY LABEL FOR memreg ON COLUMN app.two.other IS 'shared';
DO $$
BEGIN
	PERFORM memreg.create_scope('shared'), memreg.set_treatment('community', 'research', 'shared', 'pseudonym(shared)'), memreg.set_treatment('community', 'research', 'other_', 'pseudonym'),
			memreg.set_treatment('community', 'research', 'band', 'generalize(2)');
	PERFORM memreg.add_table('community', relation, 'id'), memreg.protect(relation) FROM unnest('{app.one,app.two}'::regclass[]) relation;
	PERFORM memreg.grant_consent('community', n::bigint, 'research') FROM generate_series(1, 30) n WHERE n % 4 <> 0;
	GRANT ALL ON app.one, app.two TO researcher;
END
$$;
ANALYZE app.one, app.two;
SET ROLE researcher;
SET memreg.purpose = 'research';
CREATE TABLE lab.one AS TABLE app.one;
CREATE TABLE lab.two AS TABLE app.two;
CREATE TABLE lab.kept (text text);
-- Operators of the researcher's own, which tell when they are shown a value.
CREATE FUNCTION lab.spy(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.000001 AS $$ BEGIN IF concat(a, b) ~* 'canary' THEN RAISE 'CANARY'; END IF; RETURN a OPERATOR(pg_catalog.=) b; END $$;
CREATE FUNCTION lab.not_spy(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.000001 AS $$ BEGIN RETURN NOT lab.spy(a, b); END $$;
CREATE OPERATOR lab.= (FUNCTION = lab.spy, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(lab.=), NEGATOR = OPERATOR(lab.<>), RESTRICT = eqsel, JOIN = eqjoinsel, MERGES);
CREATE OPERATOR lab.<> (FUNCTION = lab.not_spy, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(lab.<>), NEGATOR = OPERATOR(lab.=), RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR lab.== (FUNCTION = pg_catalog.texteq, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(lab.==), MERGES);
RESET memreg.purpose;
RESET ROLE;

-- A plan's lines, without what it shows of each row.
CREATE FUNCTION plan_of(statement text, VARIADIC settings text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	answer text := '';
BEGIN
	FOR i IN 1 .. coalesce(array_length(settings, 1), 0) BY 2 LOOP
		PERFORM set_config(settings[i], settings[i + 1], true);
	END LOOP;
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', 'research', true);
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS off) ' || statement LOOP
		IF line !~ 'Output:' THEN answer := answer || line || E'\n'; END IF;
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = answer;
EXCEPTION WHEN SQLSTATE 'MR999' THEN
	RETURN SQLERRM;
END
$$;
-- The same statement over app and over the copy: something, the same, and no more.
CREATE FUNCTION same(statement text, about text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	given text;
	due text;
BEGIN
	PERFORM set_config('search_path', 'app, public', true);
	given := seen('researcher', 'research', statement);
	PERFORM set_config('search_path', 'lab, public', true);
	due := seen('researcher', 'research', statement);
	PERFORM set_config('search_path', 'public', true);
	RETURN is(CASE WHEN given !~ '^\(' OR given ~* 'canary' THEN 'not as it should be: ' ELSE '' END || given, due, about);
END
$$;
CREATE TABLE comparison (form text, raw boolean);
INSERT INTO comparison VALUES ('a.%1$s = b.%1$s', true), ('b.%1$s = a.%1$s', true), ('a.%1$s <> b.%1$s', true), ('NOT a.%1$s = b.%1$s', true), ('a.%1$s IS DISTINCT FROM b.%1$s', true), ('a.%1$s IS NOT DISTINCT FROM b.%1$s', true),
	('(a.%1$s, a.row) = (b.%1$s, b.row - 7)', true), ('a.%1$s = b.%1$s OR a.row = b.row', true), ('a.%1$s = ANY (ARRAY[b.%1$s])', false), ('nullif(a.%1$s, b.%1$s) IS NULL', false), ('a.%1$s = (SELECT b.%1$s)', NULL),
	('a.%1$s = coalesce(b.%1$s, a.%1$s)', false), ('CASE a.%1$s WHEN b.%1$s THEN true END', NULL);
INSERT INTO comparison SELECT f, false FROM unnest(ARRAY['a.%1$s < b.%1$s', 'a.%1$s >= b.%1$s', 'a.%1$s BETWEEN b.%1$s AND b.%1$s', '(a.%1$s, a.row) < (b.%1$s, b.row)']) f;
SELECT plan(698);

-- Joins compare the columns, through their indexes where these serve.
SELECT unalike(plan_of(format('SELECT FROM app.one a JOIN app.two b ON %s', format(form, name))), '%treat_pseudonym%', format('%s: %s compares the columns', name, format(form, name))) FROM kind, comparison c WHERE kind.raw AND c.raw;
SELECT matches(plan_of(format('SELECT FROM app.one a JOIN app.two b ON %s', format(form, name))), '(treat_pseudonym|::text\[\])', format('%s: %s compares pseudonyms', name, format(form, name))) FROM kind, comparison c WHERE NOT (kind.raw AND c.raw) AND (name <> 'texts' OR form !~ 'ANY');
SELECT matches(plan_of(format('SELECT FROM app.one a JOIN app.two b ON a.%1$s = b.%1$s', name), 'enable_hashjoin', 'off', 'enable_mergejoin', 'off', 'enable_seqscan', 'off', 'enable_bitmapscan', 'off'),
			   format('Nested Loop.*Index (Only )?Scan using (one|two)_%s_idx.*Index Cond: \(\(*[ab]\.', name), name || ': through an index') FROM kind WHERE raw;
SELECT matches(plan_of(format('SELECT FROM app.one a JOIN app.two b USING (%s)', name), 'enable_hashjoin', CASE way WHEN 'Hash' THEN 'on' ELSE 'off' END, 'enable_mergejoin', CASE way WHEN 'Merge' THEN 'on' ELSE 'off' END, 'enable_nestloop', 'off'),
			   format('%s Cond: \(\(*[ab]\.', way), format('%s: %s join', name, lower(way))) FROM kind, unnest('{Hash,Merge}'::text[]) way WHERE raw;
SELECT matches(plan_of('SELECT FROM app.visit v JOIN app.member m ON m.id = v.member_id', 'enable_hashjoin', 'off', 'enable_mergejoin', 'off', 'enable_seqscan', 'off', 'enable_bitmapscan', 'off'), 'Index (Only )?Scan using member_pkey.*Index Cond: \(m\.id = v\.member_id\)', 'the subject key, by the primary key');

-- What they give.
SELECT same(format('SELECT a.row, b.row FROM one a JOIN two b ON %s ORDER BY 1, 2', format(form, name)), format('%s: %s', name, format(form, name))) FROM kind, comparison WHERE NOT (name = 'texts' AND form ~ 'ANY' OR name = 'unlike' AND form ~ 'row - 7');
SELECT same(format('SELECT a.row, b.row, a.%1$s, b.%1$s FROM one a %2$s JOIN two b ON a.%1$s = b.%1$s ORDER BY 1, 2', name, way), format('%s: %s join', name, lower(way))) FROM kind, unnest('{LEFT,RIGHT,FULL}'::text[]) way;
SELECT same(format('SELECT row FROM one a WHERE %s (SELECT %s FROM two b WHERE b.row IN (18, 22)) ORDER BY 1', format(form, name), name), format('%s: %s (SELECT …)', name, format(form, name))) FROM kind, unnest('{%s IN,%s = ANY,%s <> ALL}'::text[]) form;
SELECT same(format('SELECT row FROM one a WHERE %sEXISTS (SELECT FROM two b WHERE a.%2$s = b.%2$s) ORDER BY 1', NOT_, name), format('%s: %sEXISTS', name, NOT_)) FROM kind, unnest('{NULL,"NOT "}'::text[]) n(NOT_);
SELECT same('SELECT a.row, b.row, c.row FROM one a JOIN two b ON a.id = b.id JOIN one c ON c.text = b.text AND c.id <> a.id ORDER BY 1, 2, 3', 'three tables');
SELECT same('SELECT a.row, (SELECT count(*) FROM two b WHERE b.text = a.text AND b.id IS DISTINCT FROM a.id) FROM one a ORDER BY 1', 'from a subquery to the query around it');
SELECT same('SELECT a.row, x.row FROM one a, LATERAL (SELECT b.row FROM two b WHERE b.uuid = a.uuid) x ORDER BY 1, 2', 'LATERAL');
SELECT same('SELECT a.row, b.row FROM one a LEFT JOIN two b ON a.text = b.text WHERE b.text = a.text OR b.row IS NULL ORDER BY 1, 2', 'above an outer join');
SELECT same('SELECT a.row, a.text = b.text, a.text = b.varchar, a.uuid <> b.uuid FROM one a, two b ORDER BY 1, 2, 3, 4', 'in the target list');
SELECT same('SELECT count(*), count(*) FILTER (WHERE a.char = b.char), bool_and(a.text = b.text) FROM one a, two b GROUP BY a.bigint = b.bigint HAVING count(*) > 0 ORDER BY 1', 'in aggregates');
SELECT same('SELECT a.row FROM one a WHERE a.text = a.varchar AND a.integer = a.integer ORDER BY 1', 'within one row');
SELECT unalike(plan_of('SELECT FROM app.one a JOIN app.two b ON a.text = b.varchar'), '%treat_pseudonym%', 'a varchar and a text have the same pseudonyms');

-- Nothing else is compared so.
CREATE TABLE other (form text, plan text DEFAULT 'treat_pseudonym');
INSERT INTO other (form) VALUES ('a.text = ''CANARY1'''), ('a.bigint = 1'), ('a.id = a.row'), ('a.uuid = ''00000000-0000-4000-8000-000000000001'''), ('a.text = a.clear'), ('a.char = ''CANARY1'''), ('a.bytea = ''CANARY1'''),
	('a.text = b.clear'), ('a.text = b.text || '''''), ('lower(a.text) = lower(b.text)'), ('a.bigint + 0 = b.bigint'), ('a.text = (SELECT ''CANARY1'')'), ('a.text IN (''CANARY1'', b.text)'), ('a.text = concat(b.text)'),
	('a.text::char(40) = b.text::char(40)'), ('a.text::bpchar = b.text::bpchar'), ('a.varchar::bpchar = b.varchar::bpchar'), ('a.char = b.text'), ('a.char = b.varchar'), ('a.char::text = b.char::text'), ('a.text::name = b.text::name'), ('a.text::citext = b.text::citext'),
	('a.text::varchar(7) = b.text::varchar(7)'), ('a.text COLLATE loose = b.text COLLATE loose'), ('a.text COLLATE "C" = b.text'), ('a.unlike COLLATE "C" = b.unlike COLLATE "C"'), ('a.text::app.plain = b.text::app.plain'), ('a.domain::text = b.domain::text'),
	('a.integer = b.bigint'), ('a.smallint = b.integer'), ('a.integer::bigint = b.bigint'), ('a.integer::oid = b.integer::oid'), ('a.uuid::text = b.uuid::text'),
	('a.other = b.other'), ('a.text = b.other'), ('a.text LIKE b.text'), ('a.text ~~ b.text'), ('a.text ^@ b.text'), ('a.text >= b.text AND a.text <= b.text'),
	('a.text OPERATOR(lab.=) b.text'), ('a.text OPERATOR(lab.<>) b.text'), ('a.text OPERATOR(lab.==) b.text'), ('a.text OPERATOR(lab.=) ''x'''), ('lab.spy(a.text, b.text)'), ('texteq(a.text, b.text)'), ('int8eq(a.bigint, b.bigint)'),
	('ARRAY[a.text] = ARRAY[b.text]'), ('to_jsonb(a.text) = to_jsonb(b.text)');
-- What is compared there is no pseudonym either.
INSERT INTO other VALUES ('(SELECT a.text) = (SELECT b.text)', 'SubPlan'), ('a.hidden = b.hidden', '.'), ('a.hidden IS NOT DISTINCT FROM b.hidden', '.'), ('a.band = b.band', 'generalize_number'), ('a.clear = b.clear', '.'), ('a.text = b.hidden', '.'), ('a.band = b.integer', 'treat_pseudonym');
SELECT matches(plan_of(format('SELECT FROM app.one a, app.two b WHERE %s', form)), plan, form || ': compares what is shown') FROM other;
SELECT is(seen_app, seen_lab, form || ': as over the copy') FROM (SELECT form, seen('researcher', 'research', format('SELECT count(*), sum(a.row * b.row) FROM app.one a, app.two b WHERE %s', form)) AS seen_app,
	seen('researcher', 'research', format('SELECT count(*), sum(a.row * b.row) FROM lab.one a, lab.two b WHERE %s', form)) AS seen_lab FROM other) s;
-- Through subqueries and views, which hand the columns on; what else is done with them is done with pseudonyms.
CREATE TABLE handed (statement text, plan boolean);
INSERT INTO handed VALUES
	('SELECT a.row, b.row, a.text FROM (SELECT row, text FROM one) a JOIN (SELECT row, text FROM two OFFSET 0) b ON a.text = b.text', true),
	('SELECT a.row, b.row, b.uuid FROM (SELECT * FROM (SELECT * FROM one OFFSET 0) x OFFSET 0) a LEFT JOIN (SELECT * FROM two OFFSET 0) b USING (uuid)', true),
	('SELECT a.row, b.row, a.key, b.bigint FROM (SELECT row, bigint AS key FROM one OFFSET 0) a FULL JOIN two b ON b.bigint = a.key', true),
	('SELECT a.row, a.text FROM (SELECT row, text FROM one OFFSET 0) a WHERE a.text IN (SELECT text FROM two)', true),
	('SELECT a.row, (SELECT count(*) FROM two b WHERE b.text = a.text) FROM (SELECT row, text FROM one OFFSET 0) a', true),
	('SELECT a.row, x.row, x.text FROM one a, LATERAL (SELECT b.row, b.text FROM two b WHERE b.text = a.text OFFSET 0) x', true),
	('SELECT a.row, b.row FROM (SELECT row, text FROM one OFFSET 0) a JOIN (SELECT row, text FROM two OFFSET 0) b ON a.text OPERATOR(lab.=) b.text', false),
	('SELECT a.row, b.row FROM (SELECT row, text FROM one OFFSET 0) a JOIN (SELECT row, text FROM two OFFSET 0) b ON a.text <= b.text', false),
	('SELECT a.row, b.row FROM (SELECT DISTINCT text, row FROM one) a JOIN (SELECT text, row FROM two UNION SELECT text, row FROM one) b ON a.text = b.text', false),
	('SELECT a.row, a.text = ''CANARY1'', lower(a.text), lab.spy(a.text, ''x'') FROM (SELECT row, text FROM one OFFSET 0) a', false),
	('SELECT a, to_jsonb(a) FROM (SELECT row, text, uuid FROM one OFFSET 0) a', false), ('SELECT a, b.row FROM (SELECT row, text FROM one OFFSET 0) a JOIN two b USING (text)', false),
	('SELECT a.text, count(*), min(a.text), array_agg(a.row ORDER BY a.text, a.row) FROM (SELECT row, text FROM one OFFSET 0) a GROUP BY a.text', false),
	('SELECT a.row, a.text FROM (SELECT row, text FROM one ORDER BY text, row LIMIT 3) a', false), ('SELECT a.row, rank() OVER (ORDER BY a.text), lag(a.text) OVER (ORDER BY a.text, a.row) FROM (SELECT row, text FROM one OFFSET 0) a', false),
	('WITH c AS MATERIALIZED (SELECT row, text FROM one) SELECT a.row, b.row, a.text FROM c a JOIN c b ON a.text = b.text', false), ('SELECT a.row, unnest(ARRAY[a.text, a.varchar]) FROM (SELECT row, text, varchar FROM one OFFSET 0) a', false),
	('SELECT text FROM (SELECT text FROM one OFFSET 0) a UNION SELECT text FROM (SELECT text FROM two OFFSET 0) b', false), ('SELECT text FROM (SELECT text FROM one OFFSET 0) a EXCEPT SELECT text FROM two', false),
	('SELECT j.text, j.row FROM ((SELECT row, text FROM one OFFSET 0) a CROSS JOIN (SELECT 1 AS x) o) j', false), ('SELECT j FROM ((SELECT row, text FROM one OFFSET 0) a LEFT JOIN (SELECT text, uuid FROM two OFFSET 0) b USING (text)) j', false),
	('WITH i AS (INSERT INTO lab.kept SELECT a.text FROM (SELECT text FROM one OFFSET 0) a RETURNING text) SELECT * FROM i', false);
SELECT unalike(regexp_replace(plan_of(replace(replace(statement, ' one', ' app.one'), ' two', ' app.two')), 'Output[^\n]*', ''), '%treat_pseudonym%', 'compares the columns: ' || statement) FROM handed WHERE plan;
SELECT same(format('SELECT s::text FROM (%s) s ORDER BY s::text COLLATE "C"', statement), statement) FROM handed WHERE statement !~ '^WITH';
SELECT same(statement || ' ORDER BY 1', statement) FROM handed WHERE statement ~ '^WITH i';
SELECT same(statement || ' ORDER BY 1, 2', statement) FROM handed WHERE statement ~ '^WITH c';
SELECT * FROM finish();
