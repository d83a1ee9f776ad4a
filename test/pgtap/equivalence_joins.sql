-- Promise 2 in joins: the shapes of PostgreSQL's own tests join, join_hash and partition_join over protected tables.
\i test/policy/equivalence.sql
SELECT * FROM no_plan();

-- Aliases of tables and columns.
SELECT same($$SELECT * FROM visit AS v$$);
SELECT same($$SELECT v.a, v.b, page FROM visit v(a, b)$$);
SELECT same($$SELECT v.a, m.c, m.a FROM visit v(a, b), member m(a, b, c) WHERE v.b = m.a$$);
SELECT same($$SELECT x.i, x.z, x.p FROM (member m CROSS JOIN (VALUES ('p')) v(p)) AS x(i, b, e, n, z, bo, s, h, ip, l, no, t, d, inc, ha, pin, p)$$);
SELECT same($$SELECT m.* FROM member m, member n WHERE m.id = n.invited_by$$);

-- Cross joins.
SELECT same($$SELECT m.id, v.visit_id FROM member m CROSS JOIN visit v$$);
SELECT same($$SELECT count(*), count(DISTINCT a.zip), count(b.email) FROM member a CROSS JOIN member b CROSS JOIN member c$$);
SELECT same($$SELECT m.name, w.label FROM member m, lab.wave w WHERE w.n * 10 = m.score$$);
SELECT same($$SELECT count(*) FROM member, visit, answer, score, event$$);
SELECT same($$SELECT FROM member CROSS JOIN patient$$);

-- Inner joins.
SELECT same($$SELECT * FROM member m JOIN visit v ON m.id = v.member_id$$);
SELECT same($$SELECT * FROM member m JOIN visit v ON m.zip = v.zip$$);
SELECT same($$SELECT * FROM member m JOIN visit v ON m.zip = v.zip AND m.id = v.member_id$$);
SELECT same($$SELECT * FROM member m JOIN visit v ON m.zip <> v.zip AND m.score > v.minutes$$);
SELECT same($$SELECT * FROM member m JOIN visit v ON m.id < v.member_id$$);
SELECT same($$SELECT * FROM member m JOIN visit v ON m.email = v.zip$$, nothing => true);
SELECT same($$SELECT m.id, v.visit_id FROM member m JOIN visit v ON m.born IS NOT DISTINCT FROM v.at::date OR m.ip >> host(v.ip)::inet$$, nothing => NULL);
SELECT same($$SELECT m.id, v.visit_id FROM member m JOIN visit v ON m.zip IS NOT DISTINCT FROM v.zip$$);
SELECT same($$SELECT m.id, d.title, d.fee FROM member m JOIN lab.district d ON d.zip = m.zip$$);
SELECT same($$SELECT m.id, d.title, d.fee FROM member m JOIN lab.district d ON d.zip = m.zip$$, 'care');
SELECT same($$SELECT m.id, d.title FROM member m JOIN lab.district d ON d.zip > m.zip ORDER BY m.id, d.zip$$, ordered => true);
SELECT same($$SELECT m.name, b.n FROM member m JOIN lab.basket b ON b.t = m.name$$);
SELECT same($$SELECT m.id, b.k FROM member m JOIN lab.basket b ON b.k = m.id$$, nothing => true);
SELECT same($$SELECT m.id, s.game, s.points FROM score s JOIN member m ON m.id = s.member_id WHERE s.game = 'go'$$);
SELECT same($$SELECT a.answered, a.question, m.zip FROM answer a JOIN member m ON m.id = a.member_id WHERE a.points IS NULL$$);
SELECT same($$SELECT v.visit_id, c.minutes, c.phone FROM visit v JOIN call c USING (member_id)$$);
SELECT same($$SELECT e.what, e.cost, m.name FROM event e JOIN member m ON m.id = e.member_id$$);
SELECT same($$SELECT e.what, e.cost, m.name, e.tableoid::regclass FROM ONLY event e JOIN member m ON m.id = e.member_id$$);

-- Keys of three types, tables of three registers.
SELECT same($$SELECT p.code, p.ward, p.diagnosis, d.drug, d.amount FROM patient p JOIN dose d USING (person)$$);
SELECT same($$SELECT p.person, d.drug FROM patient p JOIN dose d USING (person)$$, 'care');
SELECT same($$SELECT c.nick, c.title, sum(d.amount) FROM client c LEFT JOIN deal d USING (nick) GROUP BY 1, 2$$);
SELECT same($$SELECT c.nick, c.title, sum(d.amount) FROM client c LEFT JOIN deal d USING (nick) GROUP BY 1, 2$$, 'care');
SELECT same($$SELECT count(*), count(m.email), count(p.diagnosis), count(c.phone) FROM member m, patient p, client c$$);
SELECT same($$SELECT m.name, p.ward FROM member m LEFT JOIN patient p ON p.code = m.zip$$);
SELECT same($$SELECT m.name, c.title FROM member m JOIN client c ON c.nick <> m.zip AND c.nick > m.zip$$, nothing => NULL);

-- USING and NATURAL.
SELECT same($$SELECT * FROM visit JOIN score USING (member_id)$$);
SELECT same($$SELECT member_id, visit.zip, game FROM visit JOIN score USING (member_id) WHERE visit.page = 'page 1'$$);
SELECT same($$SELECT zip, m.zip, v.zip, m.id FROM member m JOIN visit v USING (zip)$$);
SELECT same($$SELECT zip, m.zip, v.zip FROM member m LEFT JOIN visit v USING (zip)$$);
SELECT same($$SELECT zip, m.zip, v.zip FROM member m RIGHT JOIN visit v USING (zip)$$);
SELECT same($$SELECT zip, m.zip, v.zip, m.email, v.ip FROM member m FULL JOIN visit v USING (zip)$$);
SELECT same($$SELECT ip, m.ip, v.ip FROM member m FULL JOIN visit v USING (ip)$$);
SELECT same($$SELECT zip, ip FROM member m JOIN visit v USING (zip, ip)$$, nothing => true);
SELECT same($$SELECT x.zip, m.name FROM member m JOIN visit v USING (zip) AS x WHERE x.zip IS NOT NULL$$);
SELECT same($$SELECT x.*, row_to_json(x.*) FROM member m JOIN visit v USING (zip) AS x$$);
SELECT same($$SELECT * FROM score NATURAL JOIN (SELECT member_id, page FROM visit) v$$);
SELECT same($$SELECT * FROM score NATURAL LEFT JOIN (SELECT member_id, page FROM visit WHERE minutes > 20) v$$);
SELECT same($$SELECT * FROM (SELECT zip, name FROM member) m NATURAL FULL JOIN (SELECT zip, page FROM visit) v$$);
SELECT same($$SELECT * FROM lab.district NATURAL JOIN (SELECT zip, id FROM member) m$$);
SELECT same($$SELECT * FROM member NATURAL JOIN visit$$, nothing => true);
SELECT same($$SELECT zip, count(*) FROM (member m FULL JOIN visit v USING (zip)) FULL JOIN lab.district d USING (zip) GROUP BY zip$$);
SELECT same($$SELECT zip FROM (member m FULL JOIN visit v USING (zip)) j WHERE j.zip > 'p1-5' OR zip = ''$$);
SELECT same($$SELECT member_id, a.points, s.points FROM answer a FULL JOIN score s USING (member_id, points)$$);

-- Outer joins, and conditions on both sides of them.
SELECT same($$SELECT m.id, m.email, v.visit_id, v.ip FROM member m LEFT JOIN visit v ON v.member_id = m.id AND v.minutes > 20$$);
SELECT same($$SELECT m.id, v.visit_id FROM member m LEFT JOIN visit v ON v.member_id = m.id WHERE v.visit_id IS NULL OR v.minutes IS NULL$$);
SELECT same($$SELECT m.id, v.visit_id FROM member m LEFT JOIN visit v ON v.member_id = m.id AND v.ip IS NULL WHERE m.email IS NULL$$);
SELECT same($$SELECT m.id, v.visit_id FROM member m LEFT JOIN visit v ON v.member_id = m.id AND m.email IS NOT NULL$$);
SELECT same($$SELECT m.zip, w.n FROM lab.wave w LEFT JOIN member m ON m.score = w.n * 10$$);
SELECT same($$SELECT m.zip, m.email, w.n FROM lab.wave w LEFT JOIN member m ON m.score = w.n * 10 WHERE m.email IS NULL$$);
SELECT same($$SELECT w.n, m.zip, coalesce(m.zip, w.label), m.id IS NULL FROM member m RIGHT JOIN lab.wave w ON m.score / 10 = w.n$$);
SELECT same($$SELECT m.name, b.t, b.k FROM member m FULL JOIN lab.basket b ON b.t = m.name$$);
SELECT same($$SELECT m.id, d.title FROM member m FULL JOIN lab.district d ON d.zip = m.zip ORDER BY 1, 2$$, ordered => true);
SELECT same($$SELECT a.id, b.id FROM member a LEFT JOIN member b ON b.invited_by = a.id$$);
SELECT same($$SELECT a.id, b.id FROM member a LEFT JOIN member b ON a.invited_by = b.id WHERE b.zip IS NULL$$);
SELECT same($$SELECT a.id, b.id, c.id FROM member a LEFT JOIN (member b JOIN member c ON c.invited_by = b.id) ON b.invited_by = a.id$$);
SELECT same($$SELECT a.id, b.id, c.id FROM (member a LEFT JOIN member b ON b.invited_by = a.id) LEFT JOIN member c ON c.invited_by = b.id AND b.zip IS NOT NULL$$);
SELECT same($$SELECT a.id, b.id, c.id FROM (member a LEFT JOIN member b ON b.invited_by = a.id) LEFT JOIN member c ON c.invited_by = b.id WHERE b.zip IS NOT NULL$$);
SELECT same($$SELECT s.one, s.zip, v.visit_id FROM visit v LEFT JOIN (SELECT 1 AS one, id, zip FROM member) s ON s.id = v.member_id AND s.zip = v.zip$$);
SELECT same($$SELECT coalesce(s.zip, 'no one'), v.visit_id FROM visit v LEFT JOIN (SELECT id, coalesce(zip, 'none') AS zip FROM member) s ON s.zip = v.zip$$);
SELECT same($$SELECT s.email, v.visit_id FROM visit v LEFT JOIN (SELECT id, coalesce(email, 'none') AS email, zip FROM member) s ON s.zip = v.zip$$);
SELECT same($$SELECT t.n, s.* FROM (VALUES (1), (2)) t(n) LEFT JOIN (SELECT zip, email, 2 AS two FROM member WHERE score = 20) s ON s.two = t.n$$);
SELECT same($$SELECT * FROM (SELECT name, score AS s1 FROM member) a NATURAL FULL JOIN (SELECT name, zip AS s2, 2 AS two FROM member) b NATURAL FULL JOIN (SELECT t AS name, n FROM lab.basket) c$$);
SELECT same($$SELECT a.id FROM member a LEFT JOIN member b ON a.id = b.id$$);
SELECT same($$SELECT a.id FROM member a LEFT JOIN client c ON c.nick = a.zip$$);
SELECT same($$SELECT a.id, b.email FROM member a LEFT JOIN member b ON a.id = b.id AND b.score > 10$$);

-- Semi-joins and anti-joins.
SELECT same($$SELECT name FROM member m WHERE EXISTS (SELECT FROM visit v WHERE v.member_id = m.id AND v.zip = m.zip)$$);
SELECT same($$SELECT visit_id FROM visit v WHERE NOT EXISTS (SELECT FROM member m WHERE m.zip = v.zip)$$);
SELECT same($$SELECT name FROM member m WHERE EXISTS (SELECT FROM visit v WHERE v.zip = m.zip AND v.minutes <> m.score)$$);
SELECT same($$SELECT id FROM member WHERE zip IN (SELECT zip FROM visit)$$);
SELECT same($$SELECT id FROM member WHERE zip IN (SELECT zip FROM lab.district WHERE fee > 1)$$);
SELECT same($$SELECT title FROM lab.district WHERE zip NOT IN (SELECT zip FROM member WHERE zip IS NOT NULL)$$);
SELECT same($$SELECT id FROM member WHERE id NOT IN (SELECT member_id FROM visit WHERE member_id IS NOT NULL)$$, nothing => true);
SELECT same($$SELECT id FROM member WHERE (id, zip) IN (SELECT member_id, zip FROM visit)$$);
SELECT same($$SELECT count(*) FROM visit x WHERE member_id IN (SELECT a.id FROM member a, member b WHERE a.zip = b.zip) AND visit_id > 3$$);

-- Three and more, of which the planner chooses the order.
SELECT same($$SELECT m.name, v.page, s.game, a.question FROM member m JOIN visit v ON v.member_id = m.id JOIN score s ON s.member_id = v.member_id JOIN answer a ON a.member_id = s.member_id$$);
SELECT same($$SELECT count(*) FROM member m, visit v, score s, answer a WHERE v.member_id = m.id AND s.member_id = m.id AND a.member_id = m.id AND m.zip = v.zip$$);
SELECT same($$SELECT m.id, count(v.visit_id), count(s.game) FROM member m LEFT JOIN visit v ON v.member_id = m.id LEFT JOIN score s ON s.member_id = m.id AND s.points > 3 GROUP BY m.id$$);
SELECT same($$SELECT x.z, x.z2 FROM (SELECT c.score AS s, coalesce(a.zip, b.zip) AS z, b.zip AS z2 FROM member a LEFT JOIN member b ON a.id = b.invited_by JOIN member c ON a.score = c.score) x, lab.district d WHERE d.zip = x.z$$);
SELECT same($$SELECT a.question, b.question FROM answer a JOIN answer b ON a.member_id = b.member_id AND a.answered = b.answered AND a.question < b.question$$);
SELECT same($$SELECT a.member_id, b.game, c.game FROM score a JOIN score b ON a.member_id = b.member_id JOIN score c ON b.member_id = c.member_id WHERE a.points > b.points$$);
SELECT same($$SELECT a.member_id, count(*) FROM score a LEFT JOIN score b USING (member_id) GROUP BY a.member_id$$);

-- Self-joins on keys, which later versions remove.
SELECT same($$SELECT a.zip, b.email, b.score FROM member a JOIN member b ON a.id = b.id$$);
SELECT same($$SELECT a.zip, b.name FROM member a JOIN member b USING (id) WHERE a.score = 20 AND b.score < 30$$);
SELECT same($$SELECT a.visit_id, b.zip FROM visit a JOIN visit b ON a.visit_id = b.visit_id AND a.member_id = b.member_id$$);
SELECT same($$SELECT a.email FROM member a JOIN member b ON a.email = b.email$$);

-- LATERAL.
SELECT same($$SELECT m.id, x.* FROM member m, LATERAL (SELECT v.visit_id, m.zip = v.zip AS home FROM visit v WHERE v.member_id = m.id) x$$);
SELECT same($$SELECT m.id, x.* FROM member m LEFT JOIN LATERAL (SELECT v.visit_id, v.zip FROM visit v WHERE v.member_id = m.id ORDER BY v.visit_id DESC LIMIT 2) x ON x.zip = m.zip$$);
SELECT same($$SELECT m.id, x.n FROM member m CROSS JOIN LATERAL (SELECT count(*) AS n FROM visit v WHERE v.zip = m.zip OR v.ip = m.ip) x$$);
SELECT same($$SELECT x.* FROM member m, LATERAL (VALUES (m.email), (m.zip), (m.id::text)) x(v)$$);
SELECT same($$SELECT m.id, x.a, y.b FROM member m, LATERAL (SELECT m.zip AS a) x, LATERAL (SELECT x.a || m.name AS b) y$$);
SELECT same($$SELECT m.id, g FROM member m, generate_series(1, m.score / 10) g$$);
SELECT same($$SELECT m.id, g FROM member m, LATERAL (SELECT g FROM generate_series(1, length(m.zip)) g WHERE g % 9 = 0) x$$);
SELECT same($$SELECT m.id, t FROM member m LEFT JOIN LATERAL unnest(m.tags) t ON true$$);
SELECT same($$SELECT m.id, x.k, x.v FROM member m LEFT JOIN LATERAL jsonb_each_text(m.details) x(k, v) ON true$$);
SELECT same($$SELECT u.* FROM (SELECT * FROM member) m JOIN LATERAL (SELECT m.id, zip FROM visit WHERE zip = m.zip UNION ALL SELECT member_id, m.email FROM score WHERE member_id = m.id) u ON true$$);
SELECT same($$SELECT m.name, (SELECT x.n FROM LATERAL (SELECT count(*) AS n FROM visit v WHERE v.member_id = m.id) x) FROM member m$$);
SELECT same($$SELECT j.id, x.p FROM (member m JOIN score s ON s.member_id = m.id) j, LATERAL (SELECT j.points + j.score AS p) x$$);

-- Functions in FROM, tables and joins inside parentheses, samples.
SELECT same($$SELECT f.* FROM member m, ROWS FROM (unnest(ARRAY[m.zip, m.email]), generate_series(1, 3)) WITH ORDINALITY f(a, b, n)$$);
SELECT same($$SELECT m.zip, s FROM member m, string_to_table(m.zip, '-') s$$);
SELECT same($$SELECT * FROM ((member m JOIN visit v ON m.id = v.member_id) JOIN (score s JOIN answer a USING (member_id)) ON s.member_id = m.id) WHERE a.question = 1 AND s.points = 7$$);
SELECT same($$SELECT m.id, v.visit_id FROM member m TABLESAMPLE SYSTEM (100) REPEATABLE (1) JOIN visit v TABLESAMPLE BERNOULLI (100) REPEATABLE (2) ON v.member_id = m.id$$);
SELECT same($$SELECT count(*) FROM answer a TABLESAMPLE SYSTEM (100) JOIN event e TABLESAMPLE BERNOULLI (100) USING (member_id)$$);

-- Pseudonyms of two scopes are never equal, whatever they stand for.
SELECT same($$SELECT m.id, p.code FROM member m JOIN patient p ON p.code = m.zip$$, nothing => true);
SELECT same($$SELECT m.id, c.nick FROM member m JOIN client c ON c.nick = m.zip$$, nothing => true);
SELECT same($$SELECT count(*) FROM member m LEFT JOIN patient p ON p.code = m.zip WHERE p.code IS NULL$$);
SELECT same($$SELECT p.person, d.person FROM patient p FULL JOIN dose d ON p.person = d.person AND d.amount > 3$$);

-- Equalities that the planner derives: the constant on one side holds on the other.
SELECT same($$SELECT m.name, v.visit_id FROM member m JOIN visit v ON v.member_id = m.id WHERE m.id = (SELECT min(id) FROM member)$$);
SELECT same($$SELECT m.name, v.visit_id FROM member m JOIN visit v ON v.member_id = m.id WHERE m.id = 880000001$$, nothing => true);
SELECT same($$SELECT m.name, v.visit_id FROM member m JOIN visit v ON v.member_id = m.id WHERE m.id = 880000001$$, 'care');
SELECT same($$SELECT m.name, v.zip FROM member m JOIN visit v ON v.zip = m.zip WHERE v.zip = 'CANARY00100'$$, nothing => true);
SELECT same($$SELECT m.id, v.visit_id, s.points FROM member m, visit v, score s WHERE m.id = v.member_id AND v.member_id = s.member_id AND s.member_id = m.invited_by$$, nothing => true);
SELECT same($$SELECT m.id, n.id FROM member m JOIN member n ON m.id = n.invited_by AND n.invited_by = n.invited_by$$);
SELECT same($$SELECT m.id FROM member m WHERE m.zip = m.zip$$);
SELECT same($$SELECT m.id FROM member m WHERE m.email = m.email$$);
SELECT same($$SELECT m.id FROM member m WHERE m.zip IS NOT DISTINCT FROM m.zip AND m.email IS NOT DISTINCT FROM m.email$$);
SELECT * FROM finish();
