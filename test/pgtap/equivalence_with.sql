-- Promise 2 in WITH: the shapes of PostgreSQL's own test with over protected tables, data-modifying ones included.
\i test/policy/equivalence.sql
SELECT * FROM no_plan();

-- Plain.
SELECT same($$WITH m AS (SELECT * FROM member) SELECT * FROM m$$);
SELECT same($$WITH m AS (SELECT * FROM member) SELECT email, zip FROM m WHERE email IS NULL AND zip > 'p'$$);
SELECT same($$WITH m AS MATERIALIZED (SELECT id, zip, email FROM member) SELECT * FROM m WHERE zip IS NOT NULL$$);
SELECT same($$WITH m AS NOT MATERIALIZED (SELECT * FROM member) SELECT a.zip, b.email FROM m a JOIN m b ON a.id = b.invited_by$$);
SELECT same($$WITH m AS (SELECT id, zip FROM member) SELECT * FROM m a JOIN m b USING (zip)$$);
SELECT same($$WITH a(x, y) AS (SELECT zip, count(*) FROM visit GROUP BY zip), b AS (SELECT max(y) AS top FROM a) SELECT a.* FROM a, b WHERE y = top OR x IS NULL$$);
SELECT same($$WITH q AS (SELECT zip, sum(minutes) AS m FROM visit GROUP BY zip) SELECT count(*) FROM q WHERE m > (SELECT avg(m) FROM q inner_q)$$);
SELECT same($$SELECT (WITH v AS (SELECT * FROM visit WHERE member_id = m.id) SELECT count(*) FROM v WHERE v.zip = m.zip), id FROM member m$$);
SELECT same($$SELECT (WITH c(z) AS (VALUES (m.zip), (m.email)) SELECT string_agg(z, ',') FROM c), id FROM member m$$);
SELECT same($$WITH m AS (SELECT * FROM member) SELECT (WITH m AS (SELECT zip FROM visit) SELECT max(zip) FROM m), max(zip) FROM m$$);
SELECT same($$WITH c AS (SELECT id FROM member ORDER BY id LIMIT 2) SELECT name FROM member WHERE id IN (SELECT id FROM c) ORDER BY id$$, ordered => true);
SELECT same($$WITH c AS (WITH d AS (SELECT zip FROM member) SELECT * FROM d UNION SELECT zip FROM visit) SELECT * FROM c$$);
SELECT same($$WITH c AS (SELECT zip FROM member) SELECT zip FROM c UNION ALL SELECT zip FROM c EXCEPT SELECT zip FROM c WHERE zip > 'p1-9'$$);
SELECT same($$WITH c AS (SELECT m FROM (SELECT zip, email FROM member) m) SELECT (m).zip, (m).email, m FROM c$$);
SELECT same($$WITH unused AS (SELECT email FROM member) SELECT 1$$);
SELECT same($$WITH c AS (TABLE member) SELECT * FROM visit LEFT JOIN c ON c.id = visit.member_id AND c.zip = visit.zip$$);
SELECT same($$WITH c AS (SELECT 1 AS n) SELECT c.n, m.zip FROM member m, c ORDER BY m.id$$, ordered => true);
SELECT same($$WITH c AS (SELECT person, code FROM patient) SELECT drug, code FROM c JOIN dose USING (person)$$);

-- Recursive.
SELECT same($$WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < (SELECT count(*) FROM member)) SELECT * FROM t$$);
SELECT same($$WITH RECURSIVE t(id, name, depth) AS (SELECT id, name, 1 FROM member WHERE invited_by IS NULL UNION ALL SELECT m.id, m.name, depth + 1 FROM t JOIN member m ON m.invited_by = t.id) SELECT * FROM t$$);
SELECT same($$WITH RECURSIVE t(id, path) AS (SELECT id, ARRAY[zip] FROM member WHERE invited_by IS NULL UNION ALL SELECT m.id, path || m.zip || m.email FROM t JOIN member m ON m.invited_by = t.id) SELECT * FROM t$$);
SELECT same($$WITH RECURSIVE t AS (SELECT * FROM member WHERE name = 'Eero' UNION SELECT m.* FROM t JOIN member m ON m.id = t.invited_by) SELECT * FROM t$$, 'care');
SELECT same($$WITH RECURSIVE t(id, invited_by) AS (SELECT id, invited_by FROM member UNION SELECT t.id, m.invited_by FROM t JOIN member m ON m.id = t.invited_by) SELECT * FROM t WHERE invited_by IS NOT NULL$$);
SELECT same($$WITH RECURSIVE t(id, invited_by) AS (SELECT id, invited_by FROM member UNION SELECT t.id, m.invited_by FROM t JOIN member m ON m.id = t.invited_by) SELECT * FROM t WHERE invited_by IS NOT NULL$$, 'care');
SELECT same($$WITH RECURSIVE t(z, n) AS (SELECT zip, 1 FROM member UNION SELECT v.zip, n + 1 FROM t JOIN visit v ON v.zip > t.z WHERE n < 3) SELECT z, count(*) FROM t GROUP BY z$$);
SELECT same($$WITH RECURSIVE t(z) AS (SELECT min(zip) FROM member UNION ALL SELECT (SELECT min(zip) FROM member WHERE zip > t.z) FROM t WHERE t.z IS NOT NULL) SELECT * FROM t$$);
SELECT same($$WITH RECURSIVE t(id, zip) AS (SELECT id, zip FROM member WHERE invited_by IS NULL UNION ALL SELECT m.id, m.zip FROM t, member m WHERE m.invited_by = t.id) SEARCH DEPTH FIRST BY zip SET o SELECT id, zip FROM t ORDER BY o, id$$, ordered => true);
SELECT same($$WITH RECURSIVE t(id, zip) AS (SELECT id, zip FROM member WHERE invited_by IS NULL UNION ALL SELECT m.id, m.zip FROM t, member m WHERE m.invited_by = t.id) SEARCH BREADTH FIRST BY id, zip SET o SELECT id, zip, o FROM t$$);
SELECT same($$WITH RECURSIVE t(a, b) AS (SELECT a.id, b.id FROM member a JOIN member b USING (zip) UNION ALL SELECT t.b, m.id FROM t JOIN member m ON m.zip = (SELECT zip FROM member n WHERE n.id = t.b)) CYCLE a, b SET looped USING path SELECT a, b, looped FROM t$$);
SELECT same($$WITH RECURSIVE a AS (SELECT id FROM member), t(id) AS (SELECT id FROM a UNION SELECT member_id FROM visit v JOIN t ON v.member_id > t.id) SELECT * FROM t$$);
SELECT same($$WITH RECURSIVE t(id) AS (WITH RECURSIVE s(id) AS (SELECT min(id) FROM member UNION SELECT m.id FROM s JOIN member m ON m.id > s.id) SELECT id FROM s UNION SELECT m.invited_by FROM t JOIN member m ON m.id = t.id) SELECT * FROM t$$);
SELECT same($$SELECT * FROM member m WHERE id IN (WITH RECURSIVE t(id) AS (SELECT m.invited_by UNION SELECT n.invited_by FROM t JOIN member n ON n.id = t.id) SELECT n.id FROM t JOIN member n ON n.invited_by = t.id)$$);

-- Data-modifying.
SELECT same_write($$WITH i AS (INSERT INTO visit (visit_id, member_id, page) VALUES (1001, 880000001, 'new') RETURNING *) SELECT * FROM i$$);
SELECT same_write($$WITH u AS (UPDATE member SET score = score + 1 RETURNING *) SELECT * FROM u$$);
SELECT same_write($$WITH u AS (UPDATE member SET score = score + 1 RETURNING *) SELECT * FROM u$$, 'research');
SELECT same_write($$WITH d AS (DELETE FROM visit WHERE zip IS NULL RETURNING *) SELECT * FROM d$$);
SELECT same_write($$WITH d AS (DELETE FROM visit WHERE zip IS NULL OR ip IS NOT NULL RETURNING visit_id, zip, ip) SELECT * FROM d$$, 'research');
SELECT same_write($$WITH d AS (DELETE FROM visit WHERE zip > 'p' RETURNING *) SELECT m.zip, d.zip, d.ip FROM d JOIN member m ON m.id = d.member_id$$, 'research');
SELECT same_write($$WITH d AS (DELETE FROM score RETURNING *), k AS (INSERT INTO basket (k, t, n) SELECT 1000 + row_number() OVER (ORDER BY member_id, game, points), game, points FROM d RETURNING *) SELECT * FROM k, (SELECT count(*) FROM score) s$$, 'research');
SELECT same_write($$WITH d AS (DELETE FROM event WHERE what = 'call' RETURNING member_id, cost) INSERT INTO visit (visit_id, member_id, minutes) SELECT member_id, member_id, cost FROM d RETURNING *$$);
SELECT same_write($$WITH m AS (SELECT id FROM member WHERE name = 'Aino') UPDATE visit SET minutes = 0 FROM m WHERE member_id = m.id RETURNING visit_id, m.id, zip$$);
SELECT same_write($$WITH m AS (SELECT id, zip FROM member WHERE name = 'Aino') DELETE FROM visit USING m WHERE member_id = m.id AND (visit.zip = m.zip OR visit.zip = '') RETURNING *$$, 'research');
SELECT same_write($$WITH RECURSIVE t(id) AS (SELECT id FROM member WHERE name = 'Eero' UNION ALL SELECT m.id FROM t JOIN member m ON m.invited_by = t.id) UPDATE member SET score = -1 FROM t WHERE t.id = member.id RETURNING member.*$$);
SELECT same_write($$WITH u AS (UPDATE member SET name = zip WHERE zip IS NOT NULL RETURNING id, name, zip) SELECT u.*, m.name FROM u JOIN member m USING (id)$$);
SELECT same_write($$WITH u AS (UPDATE member SET score = 100 RETURNING id), s AS (SELECT sum(score) FROM member) SELECT * FROM u, s$$, 'research');
SELECT same_write($$WITH a AS (UPDATE visit SET page = 'a' WHERE minutes = 5 RETURNING member_id), b AS (UPDATE score SET points = 0 WHERE member_id IN (SELECT member_id FROM a) RETURNING *) SELECT count(*) FROM b$$, 'research');
SELECT same_write($$WITH t AS (UPDATE member SET score = score * 2 RETURNING *) SELECT 1$$, 'research');
SELECT same_write($$WITH d AS (DELETE FROM member WHERE name = 'Ilta' RETURNING id) SELECT * FROM d$$, 'research');
SELECT same_write($$WITH d AS (DELETE FROM answer WHERE question = 2 RETURNING *) SELECT member_id, count(body), sum(points) FROM d GROUP BY 1$$, 'research');
SELECT same_write($$WITH d AS (DELETE FROM answer WHERE question = 2 RETURNING *) SELECT member_id, count(body), sum(points) FROM d GROUP BY 1$$);
SELECT same_write($$WITH x AS (INSERT INTO basket (k, t) SELECT id, zip FROM member RETURNING *) SELECT x.*, m.zip FROM x JOIN member m ON m.id = x.k$$, 'research');
SELECT same_write($$WITH x AS (INSERT INTO basket (k, t) SELECT member_id, max(zip) FROM visit GROUP BY member_id ON CONFLICT (k) DO NOTHING RETURNING *) SELECT * FROM x$$, 'research');
SELECT same_write($$WITH m AS (MERGE INTO visit v USING (VALUES (1, 'x'), (5, 'y')) s(i, p) ON v.visit_id = s.i WHEN MATCHED THEN UPDATE SET page = s.p RETURNING merge_action(), v.*) SELECT * FROM m$$, 'research', since => 17);
SELECT same_write($$WITH u AS (UPDATE member SET score = score + 1 RETURNING OLD.score AS was, NEW.score AS is, OLD.zip AS zip, NEW.email AS email) SELECT * FROM u$$, 'research', since => 18);

-- What memreg refuses: writing what is not clear, also from what is.
SELECT refused($$WITH u AS (UPDATE member SET zip = name RETURNING id) SELECT * FROM u$$, 'MR310', 'care');
SELECT refused($$WITH u AS (UPDATE visit SET ip = '192.0.2.1' RETURNING visit_id) SELECT * FROM u$$, 'MR310');
SELECT refused($$WITH i AS (INSERT INTO visit (visit_id, member_id) SELECT 1001, id FROM member LIMIT 1 RETURNING *) SELECT * FROM i$$, 'MR310');
SELECT both_fail($$WITH RECURSIVE t(z) AS (SELECT zip FROM member UNION ALL SELECT max(z) FROM t) SELECT * FROM t$$, '42P19');
SELECT both_fail($$WITH d AS (DELETE FROM member RETURNING nothing) SELECT * FROM d$$, '42703');
SELECT * FROM finish();
