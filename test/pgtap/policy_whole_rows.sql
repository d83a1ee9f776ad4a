-- Promise 2: references to whole rows. Each is a row of what stands for its columns, and nothing where an outer join has
-- found no row: every query over app gives what the same query gives over a copy of what the purpose sees.
\i test/policy/register.sql

-- A table with dropped columns, and children with others and in another order.
CREATE TABLE app.thing (gone text, id bigint NOT NULL, gone_too int, secret text, n int, at timestamp(0));
ALTER TABLE app.thing DROP gone, DROP gone_too;
CREATE TABLE app.thing_child (extra text, secret text, n int, id bigint NOT NULL, at timestamp(0)) INHERITS (app.thing);
INSERT INTO app.thing VALUES (1, 'CANARY', 10, '1977-07-07'), (2, NULL, NULL, NULL), (5, 'CANARY', 50, NULL);
INSERT INTO app.thing_child (id, secret, n, extra) VALUES (3, 'CANARY', 30, 'CANARY'), (6, 'CANARY', 60, 'CANARY');
ALTER TABLE app.visit ADD gone int;
ALTER TABLE app.visit DROP gone;
ALTER TABLE app.visit ADD tags text[] DEFAULT '{CANARY}', ADD more jsonb DEFAULT '{"name": "CANARY", "age": 7}', ADD length varchar(40) DEFAULT 'CANARY';
UPDATE app.member SET nickname = 'x' || id WHERE nickname = 'CANARY';
UPDATE app.visit SET page = NULL WHERE page = 'CANARY';
GRANT ALL ON app.thing, app.thing_child TO researcher;
SECURITY LABEL FOR memreg ON COLUMN app.thing.secret IS 'address';
SECURITY LABEL FOR memreg ON COLUMN app.thing.n IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.thing.at IS 'time';
SECURITY LABEL FOR memreg ON COLUMN app.visit.tags IS 'address';
SECURITY LABEL FOR memreg ON COLUMN app.visit.more IS 'contact {name: address, age: number}';
SECURITY LABEL FOR memreg ON COLUMN app.visit.length IS 'address';

-- research sees consenting members by pseudonym; care everybody by key, and contacts of 1 and 2; blind not even the key.
DO $$
BEGIN
	PERFORM memreg.add_table('community', 'app.thing', 'id'), memreg.protect('app.thing'), memreg.protect('app.visit');
	PERFORM memreg.create_purpose('community', 'care', 'contract'), memreg.create_purpose('community', 'blind', 'contract'), memreg.create_purpose('community', 'call', 'consent');
	PERFORM memreg.grant_access('researcher', 'community', purpose) FROM unnest('{care,blind}'::text[]) purpose;
	PERFORM memreg.grant_consent('community', member, 'call') FROM unnest('{1,2}'::bigint[]) member;
	PERFORM memreg.set_treatment('community', purpose, category, treatment) FROM (VALUES
		('research', 'time', 'generalize(year)'), ('research', 'number', 'generalize(10)'), ('care', 'subject_key', 'clear'), ('care', 'nickname', 'clear'),
		('care', 'contact', 'clear if consent to call'), ('care', 'address', 'pseudonym'), ('blind', 'subject_key', 'withhold')) t(purpose, category, treatment);
END
$$;

-- What each purpose sees, as tables of the same names.
CREATE FUNCTION make_copies(purpose text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	relation text;
BEGIN
	EXECUTE format('CREATE SCHEMA %I AUTHORIZATION researcher', purpose);
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', purpose, true);
	FOREACH relation IN ARRAY ARRAY['member', 'visit', 'answer', 'answer_2025'] LOOP
		EXECUTE format('CREATE TABLE %I.%I AS SELECT * FROM app.%2$I', purpose, relation);
	END LOOP;
	EXECUTE format('CREATE TABLE %I.thing AS SELECT * FROM ONLY app.thing', purpose);
	EXECUTE format('CREATE TABLE %I.thing_child () INHERITS (%1$I.thing)', purpose);
	EXECUTE format('ALTER TABLE %I.thing_child ADD extra text', purpose);
	EXECUTE format('INSERT INTO %I.thing_child SELECT * FROM app.thing_child', purpose);
	EXECUTE format('ALTER TABLE %I.member ADD CONSTRAINT member_key UNIQUE (id), ALTER score SET DEFAULT 0', purpose);
	EXECUTE format('ALTER TABLE %I.visit ADD CONSTRAINT visit_key UNIQUE (visit_id), ALTER tags SET DEFAULT %L, ALTER more SET DEFAULT %L, ALTER length SET DEFAULT %L',
				   purpose, (SELECT max(tags) FROM app.visit), (SELECT max(more::text) FROM app.visit), (SELECT max(length) FROM app.visit));
	PERFORM set_config('role', 'none', true);
END
$$;
SELECT make_copies(purpose) FROM unnest('{research,care,blind}'::text[]) purpose \g /dev/null

-- The researcher's own functions and views over either.
CREATE SCHEMA over_app AUTHORIZATION researcher;
CREATE FUNCTION make_functions(place text, path text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('search_path', path, true), set_config('role', 'researcher', true);
	EXECUTE format('CREATE FUNCTION %I.inlined(m member) RETURNS text LANGUAGE sql STABLE AS $f$ SELECT concat(m.email, m.zip, m.nickname) $f$', place);
	EXECUTE format('CREATE FUNCTION %I.not_inlined(m member) RETURNS text LANGUAGE sql VOLATILE SET search_path = %s AS $f$ SELECT to_jsonb(m)::text $f$', place, path);
	EXECUTE format('CREATE FUNCTION %I.procedural(m member) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN concat(m.email, m.zip, m, row_to_json(m)); END $f$', place);
	EXECUTE format('CREATE FUNCTION %I.any_row(m record) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN concat(m.email, m.zip, m); END $f$', place);
	EXECUTE format('CREATE FUNCTION %I.any_type(m anyelement) RETURNS anyelement LANGUAGE sql AS $f$ SELECT m $f$', place);
	EXECUTE format('CREATE FUNCTION %I.cheap(m member) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $f$ BEGIN RETURN m::text !~ ''CANARY[1-9]''; END $f$', place);
	EXECUTE format('CREATE VIEW %I.whole AS SELECT m, to_jsonb(m) AS j, m.score FROM member m', place);
	EXECUTE format('CREATE VIEW %I.whole_invoker WITH (security_invoker) AS SELECT m, v FROM member m LEFT JOIN visit v ON v.member_id = m.id AND v.visit_id < 4', place);
	EXECUTE format('CREATE VIEW %I.whole_barrier WITH (security_barrier) AS SELECT * FROM member m WHERE m::text !~ ''two''', place);
	PERFORM set_config('role', 'none', true), set_config('search_path', 'public', true);
END
$$;
SELECT make_functions('over_app', 'over_app, app, public'), make_functions(purpose, format('%I, public', purpose)) FROM unnest('{research,care,blind}'::text[]) purpose
 WHERE purpose = 'research' \g /dev/null
SELECT make_functions(purpose, format('%I, public', purpose)) FROM unnest('{care,blind}'::text[]) purpose \g /dev/null

CREATE TABLE shape (number int GENERATED ALWAYS AS IDENTITY, about text, statement text, purposes text[] DEFAULT '{research,care,blind}');
INSERT INTO shape (about, statement) VALUES
	('a row', 'SELECT m FROM member m'), ('by the table''s name', 'SELECT member FROM member'), ('its columns', 'SELECT m.* FROM member m'),
	('the row''s columns', 'SELECT (m).* FROM member m'), ('one of them', 'SELECT (m).email, (m).zip, email(m), (m).score FROM member m'), ('as text', 'SELECT m::text FROM member m'),
	('aliases of columns', 'SELECT m, to_jsonb(m) FROM member m(a, b, c)'),
	('as JSON', 'SELECT row_to_json(m), to_json(m), to_jsonb(m), json_build_array(m) FROM member m'), ('JSON of another table', 'SELECT to_jsonb(v) FROM visit v'),
	('as XML', 'SELECT xmlelement(NAME m, m::text)::text FROM member m'), ('as bytes', 'SELECT record_send(v) FROM visit v'),
	('in a row, an array', 'SELECT ROW(m, 1), ARRAY[m], (ARRAY[m])[1].zip FROM member m'), ('counted', 'SELECT count(m), count(DISTINCT m), count(*) FROM member m'),
	('IS NULL', 'SELECT m IS NULL, m IS NOT NULL, m IS DISTINCT FROM NULL, NOT m IS NULL FROM member m'),
	('of NULLs', 'SELECT t IS NULL, t IS NOT NULL, t IS DISTINCT FROM NULL, to_jsonb(t), count(t) OVER () FROM thing t'),
	('in a condition', 'SELECT score FROM member m WHERE m IS NOT NULL OR m::text LIKE ''%CANARY1%'''), ('compared with itself', 'SELECT m = m, m >= m, m IS NOT DISTINCT FROM m FROM member m'),
	('compared with another', 'SELECT m.score, n.score, m < n, m IS DISTINCT FROM n FROM member m, member n'), ('joined', 'SELECT m, n.score FROM member m JOIN member n ON m = n'),
	('joined by a column of it', 'SELECT m.score, v.page FROM member m JOIN visit v ON (m).id = (v).member_id'),
	('compared with a constant', 'SELECT score FROM member m WHERE m = ROW(1, ''CANARY1@example.com'', ''one'', ''CANARY00100'', 10, ''CANARY1'')::member'),
	('IN', 'SELECT score FROM member m WHERE m IN (SELECT n FROM member n WHERE n.score > 10)'), ('= ANY', 'SELECT score FROM member m WHERE m = ANY (ARRAY(SELECT n FROM member n))'),
	('DISTINCT', 'SELECT DISTINCT m FROM member m'), ('GROUP BY', 'SELECT m, count(*) FROM member m JOIN visit v ON v.member_id = m.id GROUP BY m'),
	('ORDER BY', 'SELECT row_number() OVER (ORDER BY m), score FROM member m ORDER BY m'), ('aggregated', 'SELECT array_agg(m ORDER BY m.score, m.nickname), string_agg(m::text, '';'' ORDER BY m.score, m.nickname) FROM member m'),
	('aggregated as JSON', 'SELECT jsonb_agg(v ORDER BY visit_id), jsonb_object_agg(visit_id, v) FROM visit v'), ('windows', 'SELECT score, lag(m) OVER (ORDER BY score, nickname), first_value(m) OVER (ORDER BY score DESC, nickname) FROM member m'),
	('UNION', 'SELECT m FROM member m UNION SELECT n FROM member n'), ('EXCEPT', 'SELECT m FROM member m EXCEPT SELECT n FROM member n WHERE score = 10'),
	('filled in', 'SELECT jsonb_populate_record(m, ''{"nickname": "x"}'') FROM member m'), ('filled in FROM', 'SELECT r.* FROM visit v, jsonb_populate_record(v, ''{"page": "x"}'') r'),
	('key by key', 'SELECT k, e FROM visit v, jsonb_each_text(to_jsonb(v)) j(k, e)'), ('CASE', 'SELECT CASE WHEN m IS NULL THEN ''none'' ELSE (m).nickname END, coalesce(m, NULL) FROM member m'),
	('LATERAL', 'SELECT x FROM member m, LATERAL (SELECT m) x'), ('LATERAL, a column', 'SELECT y.* FROM member m, LATERAL (SELECT m) x(r), LATERAL (SELECT (x.r).email, (r).zip) y'),
	('LEFT JOIN LATERAL', 'SELECT m.score, x FROM member m LEFT JOIN LATERAL (SELECT v FROM visit v WHERE v.member_id = m.id AND m::text <> '''') x ON true'),
	('correlated', 'SELECT (SELECT m), (SELECT (SELECT (SELECT to_jsonb(m)))) FROM member m'), ('correlated, outer column', 'SELECT m.score, (SELECT count(v) FROM visit v WHERE v.member_id = m.id AND v::text <> m::text) FROM member m'),
	('EXISTS', 'SELECT page FROM visit v WHERE EXISTS (SELECT FROM member m WHERE m::text ~ ''CANARY'' AND v.visit_id > 0)'), ('ARRAY subquery', 'SELECT ARRAY(SELECT m FROM member m ORDER BY score, nickname)'),
	('scalar subquery', 'SELECT to_jsonb((SELECT m FROM member m ORDER BY score, nickname LIMIT 1)), ((SELECT m FROM member m ORDER BY score, nickname LIMIT 1)).zip'),
	('subquery', 'SELECT s, s.m, (s.m).zip FROM (SELECT m, score FROM member m OFFSET 0) s'), ('subquery, flat', 'SELECT s, (s.m).zip FROM (SELECT m, score FROM member m) s'),
	('row of a subquery', 'SELECT to_jsonb(s) FROM (SELECT * FROM member) s'), ('row of a join', 'SELECT j, to_jsonb(j) FROM (member m CROSS JOIN (SELECT 1 AS one) o) j'),
	('CTE', 'WITH c AS (SELECT m FROM member m) SELECT c, (c.m).zip FROM c'), ('CTE, materialized', 'WITH c AS MATERIALIZED (SELECT m, score FROM member m) SELECT m FROM c WHERE score > 10'),
	('recursive CTE', 'WITH RECURSIVE r(m, n) AS (SELECT m, 1 FROM member m UNION ALL SELECT m, n + 1 FROM r WHERE n < 2) SELECT * FROM r'), ('VALUES', 'SELECT v FROM member m, LATERAL (VALUES (m), (m)) v(r)'),
	('LEFT JOIN', 'SELECT g, m, m IS NULL, to_jsonb(m), (m).zip, coalesce(m::text, ''none'') FROM generate_series(10, 30, 10) g LEFT JOIN member m ON m.score = g'),
	('RIGHT JOIN', 'SELECT m, to_jsonb(m), v.visit_id FROM member m RIGHT JOIN visit v ON v.member_id = m.id AND m.score = 10'),
	('FULL JOIN', 'SELECT m, v, m IS NULL, v IS DISTINCT FROM NULL, count(m) OVER (), row_to_json(v) FROM member m FULL JOIN visit v ON v.member_id = m.id AND v.visit_id < 5'),
	('outer joins of rows without values', 'SELECT g, t, to_jsonb(t), t IS DISTINCT FROM NULL FROM generate_series(1, 3) g LEFT JOIN thing t ON (t.n IS NULL) AND g = 2'),
	('outer joins, nested', 'SELECT m, v, t FROM member m LEFT JOIN (visit v LEFT JOIN thing t ON t.n = 10 AND v.visit_id = 7) ON v.member_id = m.id AND v.visit_id IN (1, 7)'),
	('outer join, only the row asked for', 'SELECT count(m) FROM generate_series(1, 30) g LEFT JOIN member m ON m.score = g'), ('outer join, strict condition', 'SELECT g FROM generate_series(10, 30, 10) g LEFT JOIN member m ON m.score = g WHERE to_jsonb(m) IS NOT NULL'),
	('anti join', 'SELECT g FROM generate_series(10, 30, 10) g LEFT JOIN member m ON m.score = g WHERE m IS NULL'), ('USING', 'SELECT m, n FROM member m LEFT JOIN member n USING (score)'),
	('join alias', 'SELECT j.*, (j).nickname FROM (member m LEFT JOIN visit v ON v.member_id = m.id AND v.visit_id = 1) j'),
	('partitioned', 'SELECT a, to_jsonb(a), (a).question FROM answer a'), ('partitioned, pruned', 'SELECT a FROM answer a WHERE answered > ''2025-01-01'''), ('a partition', 'SELECT p, to_jsonb(p) - ''answered'' FROM answer_2025 p'),
	('partitions joined', 'SELECT a, b FROM answer a LEFT JOIN answer b ON a.question = b.question AND b.answered > ''2025-01-01'' AND a.answered < ''2025-01-01'''), ('partitions, grouped', 'SELECT count(DISTINCT a), max(a::text) FROM answer a'),
	('inherited', 'SELECT t, to_jsonb(t) FROM thing t'), ('ONLY', 'SELECT t FROM ONLY thing t'), ('a child as its parent', 'SELECT c::thing FROM thing_child c'),
	('inherited, outer join', 'SELECT g, t FROM generate_series(10, 40, 10) g LEFT JOIN thing t ON t.n = g'), ('dropped columns', 'SELECT t, (t).at, to_jsonb(t), ROW(t.*) FROM thing t'), ('TABLESAMPLE', 'SELECT m FROM member m TABLESAMPLE BERNOULLI (100)'),
	('FOR UPDATE', 'SELECT m FROM member m FOR UPDATE'), ('SQL function, inlined', 'SELECT inlined(m), m.inlined FROM member m'), ('SQL function', 'SELECT not_inlined(m) FROM member m'),
	('PL/pgSQL function', 'SELECT procedural(m) FROM member m'), ('of any row', 'SELECT any_row(m), any_type(m) FROM member m'), ('cheap, in a condition', 'SELECT nickname FROM member m WHERE cheap(m)'),
	('functions in FROM', 'SELECT f FROM member m, inlined(m) f'), ('of an outer join', 'SELECT procedural(m), inlined(m) FROM generate_series(10, 30, 10) g LEFT JOIN member m ON m.score = g'),
	('view', 'SELECT m, j, (m).zip FROM whole'), ('row of a view', 'SELECT w, to_jsonb(w) FROM whole w'), ('view of outer joins', 'SELECT m, v, to_jsonb(v) FROM whole_invoker'), ('barrier view', 'SELECT b, b.zip FROM whole_barrier b WHERE cheap(ROW(b.*)::member)');
INSERT INTO shape (about, statement, purposes) VALUES
	('UPDATE … RETURNING', 'UPDATE member m SET nickname = nickname || 1 RETURNING m, to_jsonb(m), m IS NULL', '{research,care}'), ('UPDATE from a row', 'UPDATE member m SET nickname = left(m::text, 99) RETURNING nickname', '{research,care}'),
	('UPDATE … FROM', 'UPDATE visit v SET page = to_jsonb(m)::text FROM member m WHERE m.id = v.member_id RETURNING v, m', '{research,care,blind}'),
	('DELETE … RETURNING', 'DELETE FROM visit v RETURNING v, (v).page, v::text', '{research,care,blind}'), ('DELETE … USING', 'DELETE FROM visit v USING member m WHERE m.id = v.member_id AND v IS DISTINCT FROM NULL RETURNING m', '{research,care}'),
	('INSERT … RETURNING', 'INSERT INTO member AS m (id, nickname) VALUES (1001, ''x'') RETURNING m, to_jsonb(m)', '{care}'),
	('ON CONFLICT', 'INSERT INTO member AS m (id, nickname) VALUES (1, ''x'') ON CONFLICT (id) DO UPDATE SET nickname = excluded.nickname || m::text RETURNING m', '{care}'),
	('ON CONFLICT, the row that is not inserted', 'INSERT INTO member AS m (id, nickname) VALUES (1, ''x'') ON CONFLICT (id) DO UPDATE SET nickname = excluded::text WHERE m::text !~ ''none'' RETURNING m.nickname', '{care}'),
	('INSERT … SELECT', 'INSERT INTO visit (visit_id, member_id, page) SELECT 100 + m.id, m.id, m::text FROM member m RETURNING visit', '{care}'),
	('UPDATE of a partition''s row', 'UPDATE answer a SET question = question + 1 RETURNING a, to_jsonb(a)', '{research,care,blind}'), ('moved between partitions', 'UPDATE answer a SET answered = answered + 365 WHERE answered < ''2024-06-01'' RETURNING a', '{research,care,blind}'),
	('UPDATE of what is inherited', 'UPDATE thing t SET n = n + 1 RETURNING t, to_jsonb(t)', '{research,care,blind}'),
	('modified in a CTE', 'WITH u AS (UPDATE member m SET nickname = ''x'' RETURNING m) SELECT u, (u.m).zip, o FROM u, member o', '{research,care}');
INSERT INTO shape (about, statement, purposes) SELECT about, statement, purposes FROM (VALUES
	(170000, 'MERGE … RETURNING', 'MERGE INTO member m USING visit v ON m.id = v.member_id AND v.visit_id IN (7, 8) WHEN MATCHED THEN UPDATE SET nickname = left(v::text, 90) RETURNING m, v, merge_action()', '{research,care}'::text[]),
	(180000, 'RETURNING old and new', 'UPDATE member m SET nickname = ''x'' RETURNING old, new, to_jsonb(old), (new).zip, old IS NULL', '{research,care}'),
	(180000, 'of INSERT', 'INSERT INTO member (id, nickname) VALUES (1001, ''x'') RETURNING old, new, old IS NULL, to_jsonb(old)', '{care}'),
	(180000, 'of DELETE', 'DELETE FROM visit RETURNING old, new, to_jsonb(new), (old).ip', '{research,care,blind}'),
	(180000, 'of ON CONFLICT', 'INSERT INTO member (id, nickname) VALUES (1, ''x''), (1001, ''y'') ON CONFLICT (id) DO UPDATE SET nickname = excluded.nickname RETURNING old, new, to_jsonb(old)', '{care}'),
	(180000, 'other names for them', 'UPDATE member SET nickname = ''x'' RETURNING WITH (OLD AS o, NEW AS n) o, n, o.zip, n.email', '{research,care}')) s(since, about, statement, purposes)
 WHERE since <= current_setting('server_version_num')::int;

-- What a statement gives over app or the copy, in no order, or the SQLSTATE. How it changed the table is taken back.
CREATE FUNCTION over(path text, purpose text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer record;
	rows text[] := '{}';
	message text;
BEGIN
	PERFORM set_config('search_path', path, true), set_config('role', 'researcher', true), set_config('memreg.purpose', purpose, true);
	FOR answer IN EXECUTE statement LOOP
		rows := rows || answer::text;
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = array_to_string(ARRAY(SELECT r FROM unnest(rows) r ORDER BY r COLLATE "C"), ' ');
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
		RETURN SQLSTATE || CASE WHEN message ~ 'CANARY' THEN ' CANARY' ELSE '' END;
END
$$;
CREATE TABLE outcome AS
	SELECT number, about, purpose, over('over_app, app, public', purpose, statement) AS given, over(format('%I, public', purpose), purpose, statement) AS due
	  FROM shape, unnest(purposes) purpose;
SELECT plan((SELECT 2 * count(*)::int FROM outcome));
SELECT is(given, due, format('%s, for %s', about, purpose)) FROM outcome ORDER BY number, purpose;
-- Only what care was shown by consent may be there.
SELECT ok(CASE WHEN purpose = 'care' THEN regexp_replace(given, '(?i)CANARY[12]@example.com', '', 'g') ELSE given END !~* 'CANARY'
		  AND (given ~ '^\(.*\)$' OR given = '' AND (about ~ 'constant|in a condition|EXISTS' OR purpose = 'blind' AND about ~ 'joined|GROUP BY|FROM|USING')), format('%s, for %s: what may be seen, and no more', about, purpose)) FROM outcome ORDER BY number, purpose;
SELECT * FROM finish();
