-- Promise 2 through views and functions: the shapes of PostgreSQL's own tests create_view, select_views,
-- updatable_views and create_function_sql over protected tables.
--
-- Views and functions are the role's own, the same over app and over the copy.
\i test/policy/equivalence.sql
SELECT * FROM no_plan();

-- A function that says what it sees, and costs nothing: the planner puts it first where it may.
CREATE TABLE lab.heard (word text);
GRANT ALL ON lab.heard TO researcher, clerk;
CREATE FUNCTION lab.leak(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO lab.heard VALUES ($1);
	RETURN true;
END
$$;

CALL make($$CREATE VIEW plain AS SELECT * FROM member$$);
CALL make($$CREATE VIEW invoker WITH (security_invoker) AS SELECT * FROM member WHERE score > 5$$);
CALL make($$CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM member WHERE zip > 'p1-' OR email LIKE 'CANAR_%'$$);
CALL make($$CREATE VIEW both_of WITH (security_invoker, security_barrier) AS SELECT id, name, zip, email FROM member WHERE email IS NULL$$);
CALL make($$CREATE VIEW named(a, b, c) AS SELECT id, zip, email FROM member$$);
CALL make($$CREATE VIEW nested AS SELECT a, b, count(v.visit_id) AS n FROM named LEFT JOIN visit v ON v.member_id = a GROUP BY a, b$$);
CALL make($$CREATE VIEW nested_barrier WITH (security_barrier) AS SELECT b.id, b.name, v.visit_id, v.zip FROM barrier b JOIN visit v ON v.member_id = b.id WHERE v.zip = b.zip OR v.minutes > 10$$);
CALL make($$CREATE VIEW merged AS SELECT zip, m.name, v.page FROM member m FULL JOIN visit v USING (zip)$$);
CALL make($$CREATE VIEW united AS SELECT id, zip FROM member UNION ALL SELECT member_id, zip FROM visit$$);
CALL make($$CREATE VIEW with_cte AS WITH m AS (SELECT id, zip FROM member WHERE zip IS NOT NULL) SELECT m.*, (SELECT count(*) FROM m x WHERE x.zip = m.zip) AS same FROM m$$);
CALL make($$CREATE VIEW windowed AS SELECT id, rank() OVER (PARTITION BY zip ORDER BY id) AS r, zip FROM member$$);
CALL make($$CREATE VIEW grouped AS SELECT zip, count(*) AS n, max(email) AS e FROM member GROUP BY zip HAVING count(*) > 0$$);
CALL make($$CREATE VIEW recursed AS WITH RECURSIVE t(id) AS (SELECT id FROM member WHERE invited_by IS NULL UNION SELECT m.id FROM t JOIN member m ON m.invited_by = t.id) SELECT * FROM t$$);
CALL make($$CREATE RECURSIVE VIEW chain(id, n) AS SELECT id, 1 FROM member WHERE invited_by IS NULL UNION ALL SELECT m.id, n + 1 FROM chain c JOIN member m ON m.invited_by = c.id$$);
CALL make($$CREATE VIEW lateral_of AS SELECT m.id, x.z FROM member m, LATERAL (SELECT v.zip AS z FROM visit v WHERE v.member_id = m.id ORDER BY v.visit_id LIMIT 1) x$$);
CALL make($$CREATE VIEW answers WITH (security_barrier) AS SELECT * FROM answer WHERE points > 2$$);
CALL make($$CREATE VIEW events AS SELECT tableoid::regclass AS origin, * FROM event$$);
CALL make($$CREATE VIEW over_all AS SELECT m.name, p.ward, c.title FROM member m, patient p, client c$$);

SELECT same(format('SELECT * FROM %s', v)) FROM unnest('{plain,invoker,barrier,both_of,named,nested,nested_barrier,merged,united,with_cte,windowed,grouped,recursed,chain,lateral_of,answers,events,over_all}'::text[]) v;
SELECT same($$SELECT email, zip FROM plain WHERE email IS NULL AND zip > 'p'$$);
SELECT same($$SELECT name FROM plain WHERE email LIKE 'CANARY%'$$, nothing => true);
SELECT same($$SELECT name FROM barrier WHERE email LIKE 'CANARY%' OR zip = 'CANARY00100'$$, nothing => true);
SELECT same($$SELECT name FROM both_of WHERE zip <> 'CANARY00100'$$);
SELECT same($$SELECT p.id, i.id FROM plain p LEFT JOIN invoker i ON i.invited_by = p.id$$);
SELECT same($$SELECT p.name, m.name FROM plain p JOIN member m USING (id, zip)$$);
SELECT same($$SELECT n.* FROM nested n JOIN barrier b ON b.id = n.a AND b.zip = n.b$$);
SELECT same($$SELECT * FROM merged WHERE zip IS NULL OR page = 'page 1'$$);
SELECT same($$SELECT zip, count(*) FROM united WHERE id IN (SELECT id FROM barrier) GROUP BY zip$$);
SELECT same($$SELECT * FROM grouped g FULL JOIN with_cte c ON c.zip = g.zip$$);
SELECT same($$SELECT DISTINCT ON (zip) * FROM windowed ORDER BY zip, id$$, ordered => true);
SELECT same($$SELECT (SELECT max(n) FROM nested x WHERE x.b = p.zip) FROM plain p$$);
SELECT same($$SELECT name, ward FROM over_all GROUP BY 1, 2 HAVING count(*) > 3$$);
SELECT same($$WITH b AS MATERIALIZED (SELECT * FROM barrier) SELECT * FROM b JOIN answers a ON a.member_id = b.id$$);
SELECT same($$SELECT p, to_jsonb(p), p IS NULL, p.* FROM (SELECT id, email, zip FROM plain) p$$);
SELECT same($$SELECT p, to_jsonb(p) FROM plain p$$);
SELECT same($$SELECT (b).zip, (b).email, b = b FROM barrier b$$);

-- Conditions that tell: each word that one hears is one that may be seen.
SELECT same($$SELECT name FROM barrier WHERE lab.leak(name) AND lab.leak(zip) AND lab.leak(email) AND lab.leak(ip::text)$$);
SELECT same($$SELECT name FROM plain WHERE lab.leak(name) AND lab.leak(zip) AND lab.leak(note) AND lab.leak(details::text) AND lab.leak(id::text)$$);
SELECT same($$SELECT visit_id FROM nested_barrier WHERE lab.leak(name) AND lab.leak(zip)$$);
SELECT same_steps(ARRAY[$$SELECT FROM barrier WHERE lab.leak(name) AND lab.leak(zip) AND lab.leak(email)$$, 'SELECT DISTINCT word FROM lab.heard ORDER BY 1']);
SELECT same_steps(ARRAY[$$SELECT FROM plain WHERE lab.leak(name) AND lab.leak(id::text) AND lab.leak(born::text)$$, 'SELECT DISTINCT word FROM lab.heard ORDER BY 1']);
SELECT same_steps(ARRAY[$$SELECT FROM visit v JOIN member m ON lab.leak(m.zip) AND lab.leak(v.zip) AND lab.leak(v.page) AND m.id = v.member_id$$, 'SELECT DISTINCT word FROM lab.heard ORDER BY 1']);
SELECT same_steps(ARRAY[$$SELECT FROM answers WHERE lab.leak(body) AND lab.leak(member_id::text)$$, 'SELECT DISTINCT word FROM lab.heard ORDER BY 1']);
SELECT same_steps(ARRAY[$$UPDATE barrier SET score = 1 WHERE lab.leak(name) AND lab.leak(zip)$$, 'SELECT DISTINCT word FROM lab.heard ORDER BY 1']);
SELECT same_steps(ARRAY[$$DELETE FROM plain WHERE lab.leak(name) AND lab.leak(email)$$, 'SELECT DISTINCT word FROM lab.heard ORDER BY 1']);
SELECT same_steps(ARRAY[$$SELECT FROM member TABLESAMPLE BERNOULLI (100) WHERE lab.leak(name) AND lab.leak(zip)$$, 'SELECT DISTINCT word FROM lab.heard ORDER BY 1']);

-- Writing through views.
SELECT same_write($$UPDATE plain SET score = score + 1 WHERE zip > 'p1-3' RETURNING *$$, 'research');
SELECT same_write($$UPDATE barrier SET score = score + 1, name = zip WHERE email IS NULL RETURNING *$$, 'research');
SELECT same_write($$UPDATE invoker SET name = 'x' FROM visit v WHERE v.visit_id = 10 AND v.member_id = invoker.id AND v.zip = invoker.zip RETURNING invoker.*, v.visit_id$$, 'research');
SELECT same_write($$DELETE FROM barrier WHERE zip IS NOT NULL RETURNING id, zip, email$$, 'research');
SELECT same_write($$DELETE FROM both_of USING score s WHERE s.member_id = id AND s.points = 7 RETURNING both_of.*$$, 'research');
SELECT same_write($$UPDATE answers SET points = 0 RETURNING *$$, 'research');
SELECT same_write($$MERGE INTO plain p USING visit v ON v.visit_id = 11 AND v.member_id = p.id WHEN MATCHED AND p.zip IS NOT NULL THEN UPDATE SET name = p.zip$$, 'research', since => 17);
SELECT refused($$UPDATE named SET b = 'x'$$, 'MR310');
SELECT refused($$UPDATE barrier SET email = 'x' WHERE false$$, 'MR310');
SELECT refused($$INSERT INTO named VALUES (1, 'x', 'y')$$, 'MR310');

CALL make($$CREATE VIEW own AS SELECT id, name, score FROM member$$, 'care');
CALL make($$CREATE VIEW checked WITH (security_barrier) AS SELECT * FROM member WHERE zip IS NOT NULL AND score < 50 WITH CHECK OPTION$$, 'care');
CALL make($$CREATE VIEW local_of AS SELECT id, name, score, zip FROM member WHERE score < 50 WITH LOCAL CHECK OPTION$$, 'care');
CALL make($$CREATE VIEW cascaded AS SELECT * FROM local_of WHERE name <> 'x' WITH CASCADED CHECK OPTION$$, 'care');
CALL make($$CREATE VIEW probing AS SELECT * FROM visit WHERE ip IS NULL WITH CHECK OPTION$$, 'care');
CALL make($$CREATE VIEW subquery_check AS SELECT * FROM visit v WHERE EXISTS (SELECT FROM member m WHERE m.id = v.member_id AND m.zip = v.zip) WITH CHECK OPTION$$, 'care');
CALL make($$CREATE VIEW computed AS SELECT id, upper(zip) AS z, name, score * 2 AS twice FROM member$$, 'care');
CALL make($$CREATE VIEW defaulted AS SELECT id, name, score FROM member$$, 'care');
CALL make($$ALTER VIEW defaulted ALTER COLUMN name SET DEFAULT 'somebody'$$, 'care');
CALL make($$CREATE VIEW ruled AS SELECT id, name, zip FROM member$$, 'care');
CALL make($$CREATE RULE insert_ruled AS ON INSERT TO ruled DO INSTEAD INSERT INTO member (id, name) VALUES (NEW.id, coalesce(NEW.zip, NEW.name)) RETURNING id, name, zip$$, 'care');
CALL make($$CREATE RULE update_ruled AS ON UPDATE TO ruled DO INSTEAD UPDATE member SET name = NEW.name || OLD.zip WHERE id = OLD.id RETURNING id, name, zip$$, 'care');
CALL make($$CREATE RULE delete_ruled AS ON DELETE TO ruled DO INSTEAD UPDATE member SET name = coalesce(OLD.zip, 'none') WHERE id = OLD.id$$, 'care');
CALL make($$CREATE VIEW triggered AS SELECT id, zip, name FROM member$$, 'care');
CALL make($q$CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN UPDATE member SET name = concat(OLD.zip, NEW.name) WHERE id = OLD.id; RETURN NEW; END $f$$q$, 'care');
CALL make($$CREATE TRIGGER instead INSTEAD OF UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION instead()$$, 'care');
SELECT same(format('SELECT * FROM %s', v), 'care') FROM unnest('{own,checked,local_of,cascaded,probing,subquery_check,computed,defaulted,ruled,triggered}'::text[]) v;
SELECT same_write($$INSERT INTO own VALUES (880000050, 'Oona', 3) RETURNING *$$);
SELECT same_write($$UPDATE own SET score = score + 1 WHERE name > 'B' RETURNING *$$);
SELECT same_write($$INSERT INTO own VALUES (880000001, 'Oona', 3) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *$$);
SELECT same_write($$INSERT INTO local_of (id, name, score) VALUES (880000050, 'Oona', 3) RETURNING *$$);
SELECT same_write($$UPDATE checked SET score = score + 5 RETURNING id, score, zip$$);
SELECT same_write($$UPDATE cascaded SET score = 49 RETURNING *$$);
SELECT same_write($$UPDATE probing SET minutes = 3 WHERE zip = '' RETURNING *$$);
SELECT same_write($$INSERT INTO probing (visit_id, member_id) VALUES (1001, 880000001) RETURNING *$$);
SELECT same_write($$UPDATE subquery_check SET minutes = 3 RETURNING visit_id$$, since => 15);
SELECT same_write($$UPDATE computed SET name = z WHERE twice > 20 RETURNING *$$);
SELECT same_write($$DELETE FROM computed WHERE z IS NULL RETURNING *$$);
SELECT same_write($$INSERT INTO defaulted (id) VALUES (880000050) RETURNING *$$);
SELECT same_write($$INSERT INTO ruled VALUES (880000050, 'Oona', 'zip') RETURNING *$$);
SELECT same_write($$UPDATE ruled SET name = 'x' WHERE zip IS NOT NULL RETURNING *$$);
SELECT same_write($$DELETE FROM ruled WHERE name = 'Ilta'$$);
SELECT same_write($$UPDATE triggered SET name = 'x' WHERE zip IS NOT NULL$$);
SELECT both_fail($$UPDATE checked SET score = 100$$, '44000', 'care');
SELECT both_fail($$UPDATE cascaded SET score = 100 WHERE name = 'Aino'$$, '44000', 'care');
SELECT both_fail($$UPDATE cascaded SET name = 'x'$$, '44000', 'care');
SELECT both_fail($$INSERT INTO local_of (id, score) VALUES (880000050, 60)$$, '44000', 'care');
SELECT both_fail($$INSERT INTO subquery_check (visit_id, member_id) VALUES (1001, 880000001)$$, '44000', 'care');
SELECT both_fail($$UPDATE computed SET twice = 1$$, '0A000', 'care');
SELECT both_fail($$UPDATE grouped SET n = 1$$, '55000');
SELECT refused($$UPDATE checked SET zip = 'x'$$, 'MR310', 'care');

-- Functions: inlined ones, others, and what they are given.
CALL make($$CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT coalesce($1, ''none'') || ''!'''$$);
CALL make($$CREATE FUNCTION is_ours(text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT $1 ~ ''CANAR[Y]'''$$);
CALL make($$CREATE FUNCTION zip_of(bigint) RETURNS text LANGUAGE sql STABLE AS 'SELECT zip FROM member WHERE id = $1'$$);
CALL make($$CREATE FUNCTION in_zip(text) RETURNS SETOF bigint LANGUAGE sql STABLE AS 'SELECT id FROM member WHERE zip = $1'$$);
CALL make($$CREATE FUNCTION members(at_least int DEFAULT 0) RETURNS SETOF member LANGUAGE sql STABLE AS 'SELECT * FROM member WHERE score >= at_least'$$);
CALL make($q$CREATE FUNCTION rows_for(text) RETURNS TABLE (i bigint, z text, e text) LANGUAGE plpgsql STABLE AS $f$BEGIN RETURN QUERY SELECT id, zip, email FROM member WHERE name = $1 OR email = $1; END$f$$q$);
CALL make($$CREATE FUNCTION atomic(bigint) RETURNS text STABLE BEGIN ATOMIC SELECT zip || coalesce(email, '') FROM member WHERE id = $1; END$$);
CALL make($q$CREATE FUNCTION procedural(bigint) RETURNS text LANGUAGE plpgsql AS $f$DECLARE r record; all_of text := ''; BEGIN FOR r IN SELECT zip, email, ip FROM visit JOIN member USING (zip, ip) WHERE member_id = $1 LOOP all_of := all_of || r::text; END LOOP; SELECT zip, email INTO r FROM member WHERE id = $1; RETURN all_of || r::text; END$f$$q$);
CALL make($q$CREATE FUNCTION dynamic(column_name text) RETURNS SETOF text LANGUAGE plpgsql AS $f$BEGIN RETURN QUERY EXECUTE format('SELECT %I::text FROM member WHERE %1$I IS NOT NULL', column_name); END$f$$q$);
CALL make($$CREATE AGGREGATE joined(text) (SFUNC = textcat, STYPE = text, INITCOND = '')$$);
CALL make($$CREATE OPERATOR ==> (FUNCTION = text_ge, LEFTARG = text, RIGHTARG = text)$$);
SELECT same($$SELECT shout(zip), shout(email), shout(name) FROM member$$);
SELECT same($$SELECT id FROM member WHERE is_ours(zip) OR is_ours(email) OR is_ours(id::text)$$, nothing => true);
SELECT same($$SELECT id, zip_of(id), zip_of(invited_by) FROM member$$);
SELECT same($$SELECT n, zip_of(n) FROM generate_series(880000001, 880000010) n$$);
SELECT same($$SELECT m.id, i FROM member m, in_zip(m.zip) i$$);
SELECT same($$SELECT in_zip(zip), name FROM member$$);
SELECT same($$SELECT i FROM in_zip('CANARY00100') i$$, nothing => true);
SELECT same($$SELECT id, email, zip, ip FROM members(10)$$);
SELECT same($$SELECT m.*, v.visit_id FROM members() m JOIN visit v ON v.member_id = m.id AND v.zip = m.zip$$);
SELECT same($$SELECT * FROM rows_for('Aino')$$);
SELECT same($$SELECT m.id, r.* FROM member m LEFT JOIN LATERAL rows_for(m.name) r ON r.z = m.zip$$);
SELECT same($$SELECT * FROM rows_for('CANARY1@example.com')$$, nothing => true);
SELECT same($$SELECT id, atomic(id) FROM member$$);
SELECT same($$SELECT procedural(id) FROM member$$);
SELECT same($$SELECT c, dynamic(c) FROM unnest('{id,zip,email,name,born,ip,height,tags,details,note,last_seen}'::text[]) c$$);
SELECT same($$SELECT joined(zip ORDER BY id), joined(email) FROM member$$);
SELECT same($$SELECT name FROM member WHERE zip ==> 'p1-5' OR email ==> 'CANARY'$$);
SELECT same($$SELECT query_to_xml('SELECT zip, email FROM member ORDER BY id', true, false, '')::text$$);
SELECT same($$SELECT table_to_xml('member', true, true, '')::text ~ 'CANARY|88000000'$$);
SELECT same($$SELECT cursor_to_xml('c', 10, true, false, '')::text FROM (SELECT 1) x WHERE false$$, nothing => true);
SELECT same($$SELECT * FROM ts_stat('SELECT to_tsvector(''simple'', coalesce(email, name)) FROM member')$$);
SELECT * FROM finish();
