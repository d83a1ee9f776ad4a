-- Promise 2, no column beyond its treatment, in every clause of every query.
--
-- lab holds what the researcher sees of app, copied into ordinary tables. Every query over app must give what the same
-- query gives over that copy: whatever shape it has, it works on treated values and on nothing else.
\i test/policy/register.sql
GRANT USAGE ON SCHEMA app TO researcher;
SET ROLE researcher;
SET memreg.purpose = 'research';
CREATE TABLE lab.member AS SELECT * FROM app.member;
CREATE TABLE lab.visit AS SELECT * FROM app.visit;
CREATE TABLE lab.answer AS SELECT * FROM app.answer;
ALTER TABLE lab.member ADD PRIMARY KEY (id);
RESET memreg.purpose;
RESET ROLE;
CREATE SCHEMA over_app AUTHORIZATION researcher;
CREATE SCHEMA over_lab AUTHORIZATION researcher;

-- The same views over both.
CREATE FUNCTION make_views(place text, path text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('search_path', path, true), set_config('role', 'researcher', true);
	EXECUTE format('CREATE VIEW %I.plain AS SELECT * FROM member', place);
	EXECUTE format('CREATE VIEW %I.invoker WITH (security_invoker) AS SELECT * FROM member', place);
	EXECUTE format('CREATE VIEW %I.barrier WITH (security_barrier) AS SELECT * FROM member WHERE email IS NULL OR zip IS NOT NULL', place);
	EXECUTE format('CREATE VIEW %I.nested WITH (security_barrier) AS SELECT b.id, b.zip, count(v.ip) AS ips, max(v.page) AS page'
				   ' FROM %1$I.barrier b LEFT JOIN visit v ON v.member_id = b.id GROUP BY b.id, b.zip', place);
	EXECUTE format('CREATE VIEW %I.merged AS SELECT zip, m.email, n.nickname FROM member m FULL JOIN member n USING (zip)', place);
	EXECUTE format('CREATE FUNCTION %I.scalar(text) RETURNS text LANGUAGE sql STABLE AS $f$SELECT coalesce($1, ''none'')$f$', place);
	EXECUTE format('CREATE FUNCTION %I.not_inlined(bigint) RETURNS text LANGUAGE sql VOLATILE SET search_path = %s AS'
				   ' $f$SELECT coalesce(email, zip, nickname) FROM member WHERE id = $1$f$', place, path);
	EXECUTE format('CREATE FUNCTION %I.procedural(bigint) RETURNS text LANGUAGE plpgsql SET search_path = %s AS'
				   ' $f$BEGIN RETURN (SELECT coalesce(email, zip, nickname) FROM member WHERE id = $1); END$f$', place, path);
	EXECUTE format('CREATE FUNCTION %I.rows_of(int) RETURNS SETOF text LANGUAGE plpgsql SET search_path = %s AS'
				   ' $f$BEGIN RETURN QUERY SELECT email || zip || nickname FROM member WHERE score > $1; END$f$', place, path);
	PERFORM set_config('role', 'none', true), set_config('search_path', 'public', true);
END
$$;
SELECT make_views('over_app', 'over_app, app, public');
SELECT make_views('over_lab', 'over_lab, lab, public');

CREATE TABLE shape (number int GENERATED ALWAYS AS IDENTITY, about text, statement text);
INSERT INTO shape (about, statement) VALUES
	('all columns', 'SELECT * FROM member'),
	('columns by name', 'SELECT email, id, zip, note FROM member'),
	('columns of an alias', 'SELECT a.b, a.c FROM member a(a, b, c, d)'),
	('ONLY', 'SELECT * FROM ONLY member'),
	('column as function', 'SELECT email(m), zip(m) FROM member m'),
	('TABLE', 'TABLE member'),
	('expression over a treated column', 'SELECT upper(email), length(zip), coalesce(note, ''none''), id % 7 FROM member'),
	('cast', 'SELECT email::varchar(3), zip::char(5), id::text, note::bytea FROM member'),
	('concatenation', 'SELECT ''x'' || email || zip FROM member'),
	('CASE', 'SELECT CASE WHEN email LIKE ''CANARY1%'' THEN 1 WHEN zip > ''p1-'' THEN 2 ELSE 3 END FROM member'),
	('simple CASE', 'SELECT CASE zip WHEN ''CANARY00100'' THEN 1 ELSE 2 END FROM member'),
	('array, row, JSON', 'SELECT ARRAY[email, zip], ROW(email, id), jsonb_build_object(''e'', email, ''z'', zip) FROM member'),
	('row comparison', 'SELECT (email, zip) < (''CANARY2'', ''p1''), (id, zip) IS DISTINCT FROM (1, ''CANARY00100'') FROM member'),
	('IS NULL', 'SELECT email IS NULL, zip IS NOT NULL, note IS DISTINCT FROM ''CANARY1'' FROM member'),
	('greatest, least, nullif', 'SELECT greatest(email, zip), least(email, zip), nullif(zip, ''CANARY00100'') FROM member'),
	('xml', 'SELECT xmlforest(email, zip)::text FROM member'),
	('COLLATE', 'SELECT email COLLATE "C", zip COLLATE "C" FROM member ORDER BY zip COLLATE "C"'),
	('array subscript, slice', 'SELECT (ARRAY[email, zip])[2], (string_to_array(zip, ''-''))[1:1] FROM member'),
	('ANY, IN, BETWEEN', 'SELECT id FROM member WHERE zip = ANY (ARRAY[''CANARY00100'']) OR email IN (''CANARY1@example.com'') OR zip BETWEEN ''CANARY'' AND ''CANARY9'''),
	('WHERE on a withheld column', 'SELECT id FROM member WHERE email = ''CANARY1@example.com'''),
	('WHERE on its absence', 'SELECT id FROM member WHERE email IS NULL'),
	('WHERE with LIKE', 'SELECT id FROM member WHERE note LIKE ''CANARY%'''),
	('WHERE on a pseudonym', 'SELECT score FROM member WHERE zip = (SELECT min(zip) FROM member)'),
	('WHERE on the clear key', 'SELECT score FROM member WHERE id = 1'),
	('WHERE on the pseudonym of the key', 'SELECT score FROM member WHERE id = (SELECT min(id) FROM member)'),
	('WHERE NOT', 'SELECT id FROM member WHERE NOT (email = ''x'') OR NOT (zip = ''CANARY00100'')'),
	('ORDER BY', 'SELECT score FROM member ORDER BY email, zip, id'),
	('ORDER BY position, expression', 'SELECT zip, score FROM member ORDER BY 1 DESC, length(zip), 2'),
	('ORDER BY what is not selected', 'SELECT score FROM member ORDER BY id'),
	('LIMIT, OFFSET', 'SELECT zip FROM member ORDER BY zip, id LIMIT 2 OFFSET 1'),
	('LIMIT computed', 'SELECT score FROM member ORDER BY id LIMIT (SELECT count(email) + 1 FROM member)'),
	('WITH TIES', 'SELECT zip FROM member ORDER BY zip FETCH FIRST 1 ROW WITH TIES'),
	('DISTINCT', 'SELECT DISTINCT email, zip FROM member'),
	('DISTINCT ON', 'SELECT DISTINCT ON (zip) zip, score FROM member ORDER BY zip, score'),
	('GROUP BY', 'SELECT zip, count(*), count(email), count(note), min(email) FROM member GROUP BY zip'),
	('GROUP BY the primary key', 'SELECT id, email, zip, nickname FROM member GROUP BY id'),
	('GROUP BY a withheld column', 'SELECT email, count(*) FROM member GROUP BY email'),
	('GROUP BY an expression', 'SELECT left(zip, 4), count(*) FROM member GROUP BY left(zip, 4)'),
	('GROUP BY an alias', 'SELECT upper(zip) AS z, sum(score) FROM member GROUP BY z'),
	('HAVING', 'SELECT zip FROM member GROUP BY zip HAVING min(email) IS NULL AND max(zip) > ''CANARY'''),
	('GROUPING SETS', 'SELECT zip, score, grouping(zip), grouping(score), count(*) FROM member GROUP BY GROUPING SETS ((zip), (score), ())'),
	('ROLLUP, CUBE', 'SELECT zip, email, count(*), grouping(zip, email) FROM member GROUP BY CUBE (zip, email)'),
	('aggregates', 'SELECT count(DISTINCT zip), string_agg(zip, '','' ORDER BY zip), array_agg(email ORDER BY id), min(id), max(note) FROM member'),
	('aggregate FILTER', 'SELECT count(*) FILTER (WHERE email IS NOT NULL), count(*) FILTER (WHERE zip LIKE ''p1-%'') FROM member'),
	('ordered-set aggregates', 'SELECT mode() WITHIN GROUP (ORDER BY zip), percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM member'),
	('JSON aggregates', 'SELECT jsonb_object_agg(id, email), jsonb_agg(zip ORDER BY zip) FROM member'),
	('window', 'SELECT id, rank() OVER (PARTITION BY zip ORDER BY id), lag(email) OVER (ORDER BY id), first_value(zip) OVER w FROM member WINDOW w AS (PARTITION BY email ORDER BY zip DESC, id)'),
	('window frame', 'SELECT score, count(email) OVER (ORDER BY score ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), max(zip) OVER (ORDER BY id GROUPS 1 PRECEDING) FROM member'),
	('UNION', 'SELECT email, zip FROM member UNION SELECT zip, email FROM member'),
	('UNION ALL', 'SELECT id, email FROM member UNION ALL SELECT member_id, host(ip) FROM visit'),
	('EXCEPT', 'SELECT zip FROM member EXCEPT SELECT ''CANARY00100'''),
	('INTERSECT', 'SELECT id FROM member INTERSECT SELECT member_id FROM visit'),
	('set operation, ordered', '(SELECT zip FROM member) UNION (SELECT page FROM visit) ORDER BY 1'),
	('inner join', 'SELECT m.email, m.zip, v.ip, v.page FROM member m JOIN visit v ON v.member_id = m.id'),
	('join on a treated column', 'SELECT a.id, b.id FROM member a JOIN member b ON a.zip = b.zip AND a.id < b.id'),
	('join on a withheld column', 'SELECT a.id, b.id FROM member a JOIN member b ON a.email = b.email'),
	('left join', 'SELECT m.email, m.zip, a.id FROM generate_series(9, 10) a(id) LEFT JOIN member m ON m.score = a.id'),
	('right join', 'SELECT m.zip, v.page FROM visit v RIGHT JOIN member m ON v.member_id = m.id AND v.visit_id > 6'),
	('full join', 'SELECT m.zip, m.email, v.ip, v.page FROM member m FULL JOIN visit v ON v.member_id = m.id'),
	('USING', 'SELECT id, a.email, b.zip FROM member a JOIN member b USING (id)'),
	('USING a treated column', 'SELECT zip, a.zip, b.zip, a.id FROM member a LEFT JOIN member b USING (zip)'),
	('USING in a full join', 'SELECT zip, a.email FROM member a FULL JOIN (SELECT zip, 1 AS one FROM member WHERE score > 10) b USING (zip)'),
	('USING withheld columns', 'SELECT email, count(*) FROM member a FULL JOIN member b USING (email) GROUP BY email'),
	('USING with an alias', 'SELECT j.zip, a.email FROM member a JOIN member b USING (zip) AS j'),
	('NATURAL', 'SELECT * FROM (SELECT id, zip FROM member) a NATURAL JOIN (SELECT zip, email FROM member) b'),
	('join with an alias', 'SELECT j.email, j.zip, j.page FROM (member m JOIN visit v ON v.member_id = m.id) j'),
	('join with column aliases', 'SELECT j.e, j.z FROM (member m CROSS JOIN (SELECT 1) o) j(i, e, n, z)'),
	('join, nested, merged twice', 'SELECT zip, c.email FROM (member a LEFT JOIN member b USING (zip)) FULL JOIN member c USING (zip)'),
	('merged column in clauses', 'SELECT zip, count(*) FROM member a FULL JOIN member b USING (zip) WHERE zip IS NOT NULL GROUP BY zip HAVING max(zip) > ''p'' ORDER BY zip'),
	('whole row of a subquery', 'SELECT s, to_jsonb(s), row_to_json(s) FROM (SELECT email, zip FROM member) s'),
	('whole row of a join', 'SELECT j FROM ((SELECT email, zip FROM member) m CROSS JOIN (SELECT 1 AS one) o) j'),
	('subquery in FROM', 'SELECT s.e, s.z FROM (SELECT email AS e, zip AS z, id FROM member OFFSET 0) s WHERE s.z IS NOT NULL'),
	('subquery in the target list', 'SELECT (SELECT email FROM member ORDER BY id LIMIT 1), (SELECT max(zip) FROM member)'),
	('correlated subquery', 'SELECT id, (SELECT count(*) FROM visit v WHERE v.member_id = m.id), (SELECT max(n.zip) FROM member n WHERE n.zip = m.zip) FROM member m'),
	('correlated two levels up', 'SELECT id, (SELECT (SELECT m.email || m.zip || v.page LIMIT 1) FROM visit v WHERE v.member_id = m.id ORDER BY v.visit_id LIMIT 1) FROM member m'),
	('correlated four levels up', 'SELECT (SELECT (SELECT (SELECT (SELECT coalesce(m.email, m.zip))))) FROM member m'),
	('EXISTS', 'SELECT zip FROM member m WHERE EXISTS (SELECT FROM visit v WHERE v.member_id = m.id AND v.ip IS NULL)'),
	('NOT EXISTS', 'SELECT zip FROM member m WHERE NOT EXISTS (SELECT FROM member n WHERE n.email = m.email)'),
	('IN subquery', 'SELECT zip FROM member WHERE id IN (SELECT member_id FROM visit) AND zip IN (SELECT zip FROM member)'),
	('NOT IN subquery', 'SELECT zip FROM member WHERE zip NOT IN (SELECT email FROM member)'),
	('row IN subquery', 'SELECT zip FROM member WHERE (id, zip) IN (SELECT id, zip FROM member)'),
	('ALL, ANY', 'SELECT zip FROM member WHERE zip >= ALL (SELECT zip FROM member) OR id > ANY (SELECT id FROM member)'),
	('ARRAY subquery', 'SELECT ARRAY(SELECT email FROM member ORDER BY id), ARRAY(SELECT zip FROM member ORDER BY id)'),
	('LATERAL', 'SELECT m.zip, x.* FROM member m, LATERAL (SELECT m.email AS e, upper(m.zip) AS u) x'),
	('LATERAL join', 'SELECT m.zip, x.n FROM member m LEFT JOIN LATERAL (SELECT count(v.ip) AS n FROM visit v WHERE v.member_id = m.id) x ON true'),
	('LATERAL function', 'SELECT m.id, u FROM member m, unnest(ARRAY[m.email, m.zip]) u'),
	('LATERAL in an alias of a join', 'SELECT j.zip, x.y FROM (member m JOIN visit v ON m.id = v.member_id) j, LATERAL (SELECT j.email AS y) x'),
	('ROWS FROM', 'SELECT r.* FROM member m, ROWS FROM (unnest(ARRAY[m.email, m.zip]), generate_series(1, 2)) WITH ORDINALITY r'),
	('set-returning function', 'SELECT unnest(ARRAY[email, zip]), regexp_split_to_table(zip, ''-'') FROM member'),
	('function over a column', 'SELECT c FROM member m, regexp_split_to_table(m.email || m.zip, ''-'') c'),
	('VALUES', 'SELECT v.* FROM member m, LATERAL (VALUES (m.email, m.zip), (m.zip, m.email)) v(a, b)'),
	('VALUES with subqueries', 'VALUES ((SELECT max(email) FROM member)), ((SELECT max(zip) FROM member))'),
	('XMLTABLE', 'SELECT x.z FROM member m, XMLTABLE(''/r'' PASSING xmlelement(NAME r, m.zip) COLUMNS z text PATH ''.'') x'),
	('CTE', 'WITH a AS (SELECT email, zip FROM member) SELECT * FROM a JOIN a b USING (zip)'),
	('CTE, materialized', 'WITH a AS MATERIALIZED (SELECT email, zip, id FROM member) SELECT * FROM a WHERE zip IS NOT NULL'),
	('CTE, inlined', 'WITH a AS NOT MATERIALIZED (SELECT * FROM member) SELECT email, zip FROM a WHERE email IS NULL'),
	('CTE of a CTE', 'WITH a AS (SELECT * FROM member), b AS (SELECT zip, count(email) n FROM a GROUP BY zip) SELECT * FROM b, a WHERE a.zip = b.zip'),
	('recursive CTE', 'WITH RECURSIVE r(n, z) AS (SELECT 1, min(zip) FROM member UNION ALL SELECT n + 1, (SELECT max(m.zip) FROM member m WHERE m.zip >= z) FROM r WHERE n < 4) SELECT * FROM r'),
	('recursive join', 'WITH RECURSIVE r(id, zip, n) AS (SELECT id, zip, 1 FROM member UNION SELECT m.id, m.zip, n + 1 FROM r JOIN member m ON m.zip = r.zip WHERE n < 3) SELECT count(*), count(DISTINCT zip) FROM r'),
	('SEARCH and CYCLE', 'WITH RECURSIVE r(zip) AS (SELECT zip FROM member UNION ALL SELECT m.zip FROM r, member m WHERE m.zip > r.zip) SEARCH DEPTH FIRST BY zip SET o CYCLE zip SET c USING p SELECT zip, c FROM r'),
	('TABLESAMPLE', 'SELECT email, zip FROM member TABLESAMPLE BERNOULLI (100) REPEATABLE (1)'),
	('partitioned table', 'SELECT answered, member_id, body, question FROM answer'),
	('partitioned table, pruned', 'SELECT member_id, body, question FROM answer WHERE answered > ''2025-01-01'''),
	('partitioned table, joined by key', 'SELECT a.body, m.zip, a.question FROM answer a JOIN member m ON m.id = a.member_id'),
	('partitioned table, grouped', 'SELECT member_id, count(body), sum(question) FROM answer GROUP BY member_id'),
	('tables joined three ways', 'SELECT count(*), count(DISTINCT m.zip), count(v.ip), count(a.body) FROM member m JOIN visit v ON v.member_id = m.id JOIN answer a ON a.member_id = v.member_id'),
	('constant false', 'SELECT * FROM member WHERE false'),
	('no columns', 'SELECT FROM member'),
	('count(*)', 'SELECT count(*) FROM member, visit, answer'),
	('plain view', 'SELECT * FROM plain'),
	('security_invoker view', 'SELECT email, zip FROM invoker WHERE email IS NULL'),
	('security_barrier view', 'SELECT * FROM barrier WHERE coalesce(email, zip) <> ''x'''),
	('nested views', 'SELECT * FROM nested WHERE zip > ''a'''),
	('view of a merged join', 'SELECT zip, email, count(nickname) FROM merged GROUP BY zip, email'),
	('whole row of a view', 'SELECT p, to_jsonb(p) FROM plain p'),
	('view joined to its table', 'SELECT p.email, m.zip FROM plain p JOIN member m USING (id)'),
	('inlined scalar function', 'SELECT scalar(email), scalar(zip) FROM member'),
	('SQL function', 'SELECT not_inlined(id) FROM member'),
	('SQL function of the clear key', 'SELECT not_inlined(n) FROM generate_series(1, 6) n'),
	('PL/pgSQL function', 'SELECT procedural(id) FROM member'),
	('set-returning PL/pgSQL function', 'SELECT * FROM rows_of(0)'),
	('query_to_xml', 'SELECT query_to_xml(''SELECT email, zip FROM member ORDER BY id'', true, false, '''')::text'),
	('table_to_xml', 'SELECT regexp_count(table_to_xml(''member'', true, false, '''')::text, ''CANARY'')'),
	('ts_stat', 'SELECT word FROM ts_stat(''SELECT to_tsvector(''''simple'''', coalesce(email, nickname)) FROM member'')'),
	('INSERT … SELECT', 'WITH i AS (INSERT INTO lab.kept SELECT email, zip, id FROM member RETURNING *) SELECT * FROM i'),
	('UPDATE … FROM', 'WITH u AS (UPDATE lab.marked k SET t = m.zip FROM member m WHERE m.nickname = k.n AND m.email IS NULL RETURNING k.*, m.email, m.zip) SELECT * FROM u'),
	('DELETE … USING', 'WITH d AS (DELETE FROM lab.marked k USING member m WHERE m.nickname = k.n RETURNING k.n, m.zip, m.note) SELECT * FROM d');
INSERT INTO shape (about, statement) SELECT about, statement FROM (VALUES
	(160000, 'any_value', 'SELECT any_value(email), any_value(id) IS NULL FROM member'),
	(160000, 'JSON constructors', 'SELECT JSON_OBJECT(''e'' : email, ''z'' : zip), JSON_ARRAYAGG(zip ORDER BY zip) FROM member GROUP BY email, zip'),
	(160000, 'IS JSON', 'SELECT email IS JSON, zip IS NOT JSON FROM member'),
	(160000, 'subquery without alias', 'SELECT email, zip FROM (SELECT * FROM member)'),
	(170000, 'JSON_TABLE', 'SELECT t.* FROM member m, JSON_TABLE(jsonb_build_array(m.email, m.zip), ''$[*]'' COLUMNS (v text PATH ''$'')) t'),
	(170000, 'JSON_TABLE, passing', 'SELECT t.* FROM member m, JSON_TABLE(''[1]''::jsonb, ''$[*]'' PASSING m.zip AS z, m.email AS e COLUMNS (v text PATH ''$z'', w text PATH ''$e'')) t'),
	(170000, 'JSON_VALUE, JSON_EXISTS', 'SELECT JSON_VALUE(to_jsonb(zip), ''$''), JSON_EXISTS(jsonb_build_object(''a'', email), ''$.a'') FROM member'),
	(180000, 'GROUP BY expressions twice', 'SELECT upper(zip), email, count(*) FROM member GROUP BY upper(zip), email HAVING upper(zip) > ''P'''),
	(180000, 'self-join on the key', 'SELECT a.email, b.zip FROM member a JOIN member b ON a.id = b.id WHERE a.email IS NULL')
	) s(since, about, statement)
 WHERE since <= current_setting('server_version_num')::int;
SET ROLE researcher;
CREATE TABLE lab.kept (email text, zip text, id bigint);
CREATE TABLE lab.marked AS SELECT n, NULL::text AS t FROM unnest(ARRAY['one', 'two', 'CANARY']) n;
RESET ROLE;

-- What a statement gives over app or lab, in no order, or the SQLSTATE.
CREATE FUNCTION over(place text, how text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text[];
	parallel text := CASE WHEN current_setting('server_version_num')::int < 160000
						  THEN 'force_parallel_mode' ELSE 'debug_parallel_query' END;
BEGIN
	PERFORM set_config('search_path', format('over_%s, %1$s, public', place), true),
			set_config('role', 'researcher', true), set_config('memreg.purpose', 'research', true);
	IF how = 'generic' THEN
		-- The first call plans, the second runs the plan that was kept.
		PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
		EXECUTE format('CREATE FUNCTION lab.kept() RETURNS SETOF text LANGUAGE plpgsql AS'
					   ' $kept$DECLARE kept record; BEGIN FOR kept IN %s LOOP RETURN NEXT kept::text; END LOOP; END$kept$', statement);
		PERFORM lab.kept();
		answer := ARRAY(SELECT k FROM lab.kept() k ORDER BY k);
	ELSE
		IF how = 'parallel' THEN
			PERFORM set_config(parallel, 'on', true), set_config('min_parallel_table_scan_size', '0', true),
					set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true);
		END IF;
		EXECUTE format('SELECT coalesce(array_agg(q::text ORDER BY q::text), ''{}'') FROM (%s) q', statement) INTO answer;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = array_to_string(answer, ' ');
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

CREATE TABLE outcome AS
	SELECT number, about || coalesce(', ' || how, '') AS about, over('app', how, statement) AS given, due
	  FROM shape, LATERAL (SELECT over('lab', NULL, statement) OFFSET 0) o(due), unnest(ARRAY[NULL, 'parallel', 'generic']) how
	 WHERE statement !~ '^WITH . AS \((INSERT|UPDATE|DELETE)'
	   -- Starting workers takes time: every third statement has some.
	   AND (how IS DISTINCT FROM 'parallel' OR number % 3 = 0)
	 UNION ALL
	SELECT number, about, seen('researcher', 'research', replace(statement, 'member', 'app.member')),
		   seen('researcher', 'research', replace(statement, 'member', 'lab.member'))
	  FROM shape
	 WHERE statement ~ '^WITH . AS \((INSERT|UPDATE|DELETE)';

SELECT plan((SELECT 2 * count(*)::int FROM outcome));
SELECT is(given, due, about) FROM outcome ORDER BY number, about;
-- Some find nothing, as they should; no other may be empty, or fail.
SELECT ok(given !~ 'CANARY' AND
		  CASE WHEN about ~ '^(constant false|WHERE on a withheld column|WHERE with LIKE|WHERE on the clear key|join on a withheld column|ANY, IN, BETWEEN|NOT IN subquery|function over a column)'
			   THEN given = '' ELSE given ~ '^\(.*\)$' END, about || ': what may be seen, and no more')
  FROM outcome ORDER BY number, about;
SELECT * FROM finish();
