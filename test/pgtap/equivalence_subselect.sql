-- Promise 2 in subqueries, aggregates and set operations: the shapes of PostgreSQL's own tests subselect, select,
-- select_distinct, aggregates, groupingsets and union over protected tables.
\i test/policy/equivalence.sql
SELECT * FROM no_plan();

-- Where a column may stand.
SELECT same($$TABLE member$$);
SELECT same($$SELECT id, email, name, zip, note, tags, details, height, born, ip FROM member$$);
SELECT same($$SELECT member.*, zip AS again, email || zip AS both_of, upper(zip) FROM member$$);
SELECT same($$SELECT id::text, id + 1, -id, id % 7, abs(id), id::numeric / 3 FROM member$$);
SELECT same($$SELECT zip::varchar(4), zip::char(30), zip::bytea, md5(zip), left(zip, 5), substring(zip FROM 'p1-(.)') FROM member$$);
SELECT same($$SELECT CASE zip WHEN 'CANARY00100' THEN 1 ELSE 2 END, CASE WHEN email > 'CANARY' THEN 1 WHEN zip > 'p' THEN 2 END FROM member$$);
SELECT same($$SELECT coalesce(email, zip, name, 'none'), nullif(zip, 'CANARY00100'), greatest(zip, name), least(email, zip) FROM member$$);
SELECT same($$SELECT ARRAY[zip, email, name], ARRAY[id, invited_by], ROW(zip, email), ROW(id, zip) = ROW(id, zip) FROM member$$);
SELECT same($$SELECT jsonb_build_object('z', zip, 'e', email, 'i', id), to_json(ARRAY[zip]), hstore.h FROM member, LATERAL (SELECT json_build_array(id, zip) AS h) hstore$$);
SELECT same($$SELECT xmlelement(NAME m, xmlattributes(zip AS z, email AS e), name)::text, xmlforest(zip, email)::text FROM member$$);
SELECT same($$SELECT format('%s %s %L', zip, email, ip), concat(zip, email, id), concat_ws('/', name, zip, note) FROM member$$);
SELECT same($$SELECT born + 1, born::text, extract(year FROM born), age('2025-01-01', born), height * 2, round(height), host(ip), tags[1], details -> 'a', details ->> 'b' FROM member$$);
SELECT same($$SELECT zip COLLATE "C" < name COLLATE "C", zip LIKE 'p1-%', zip SIMILAR TO 'p1%', zip ~ 'CANARY', zip BETWEEN 'a' AND 'q' FROM member$$);
SELECT same($$SELECT email IS NULL, zip IS NOT NULL, (email, zip) IS NULL, (zip, name) IS NOT NULL, (email IS DISTINCT FROM zip) FROM member$$);
SELECT same($$SELECT (zip, name) < ('p1-5', 'B'), (email, zip) = (email, zip), (id, 1) >= (invited_by, 0), (zip, 1) IN (('a', 1), (NULL, 2)) FROM member$$);
SELECT same($$SELECT zip = ANY ('{CANARY00100,CANARY00200}'), zip = ALL (ARRAY[zip, zip]), name = ANY (tags), id = ANY (ARRAY[invited_by, id]) FROM member$$);
SELECT same($$SELECT name FROM member WHERE 'CANARY' = ANY (tags) OR details ? 'c' OR details @> '{"b": 1}' OR height = 170.25$$, nothing => true);
SELECT same($$SELECT name FROM member WHERE ('CANARY' = ANY (tags)) IS NOT TRUE AND (details ? 'a') IS UNKNOWN$$);
SELECT same($$SELECT name FROM member WHERE id IN (880000001, 880000002, 880000003)$$, nothing => true);
SELECT same($$SELECT name, height FROM member WHERE id IN (880000001, 880000002, 880000003) OR id > 880000007$$, 'care');
SELECT same($$SELECT name FROM member WHERE born = '1965-05-06' OR extract(month FROM born) > 1 OR born BETWEEN '1961-01-02' AND '1961-12-31'$$, nothing => true);
SELECT same($$SELECT name FROM member WHERE lower(email) LIKE 'canary%' OR ip << '198.51.100.0/24' OR note ILIKE 'canary%'$$, nothing => true);
SELECT same($$SELECT name FROM member WHERE NOT (email LIKE 'CANARY%') IS TRUE AND (ip << '198.51.100.0/24') IS NULL$$);
SELECT same($$SELECT visit_id FROM visit WHERE ip > '192.0.2.5' OR zip = 'CANARY00100' OR (zip = '') IS TRUE$$, nothing => true);
SELECT same($$SELECT score FROM member ORDER BY id, zip, email NULLS FIRST$$, ordered => true);
SELECT same($$SELECT name, score FROM member ORDER BY zip NULLS FIRST, id DESC LIMIT 3 OFFSET 1$$, ordered => true);
SELECT same($$SELECT name FROM member ORDER BY length(zip) NULLS FIRST, md5(zip), id$$, ordered => true);
SELECT same($$SELECT visit_id FROM visit ORDER BY member_id, zip DESC, visit_id FETCH FIRST 7 ROWS ONLY$$, ordered => true);
SELECT same($$SELECT zip FROM visit WHERE zip IS NOT NULL ORDER BY zip FETCH FIRST 2 ROWS WITH TIES$$);
SELECT same($$SELECT name FROM member ORDER BY zip USING >, id USING <$$, ordered => true);
SELECT same($$SELECT id FROM member ORDER BY id LIMIT (SELECT count(email) + 2 FROM member)$$, ordered => true);

-- System columns: none where keys are not clear.
SELECT same($$SELECT tableoid::regclass, count(*) FROM answer GROUP BY 1$$);
SELECT same($$SELECT tableoid::regclass, event_id, what FROM event$$);
SELECT same($$SELECT count(*) FROM member WHERE tableoid = 'member'::regclass$$);
SELECT is(outcome('research', 'app', 'default', 'SELECT DISTINCT ctid, xmin, xmax, cmin, cmax FROM member'), '{"(,,,,)"}', 'system columns');
SELECT is(outcome('research', 'app', 'default', $$SELECT score FROM member WHERE ctid = '(0,1)'$$), '{}', 'and conditions on them');
SELECT same($$SELECT count(ctid), count(xmin), count(*) FROM member$$, 'care');

-- GROUP BY and DISTINCT.
SELECT same($$SELECT zip, count(*), count(email), min(name), max(id) FROM member GROUP BY zip$$);
SELECT same($$SELECT email, count(*) FROM member GROUP BY email$$);
SELECT same($$SELECT born, ip, height, tags, count(*) FROM member GROUP BY born, ip, height, tags$$);
SELECT same($$SELECT id, email, name, zip, score FROM member GROUP BY id$$);
SELECT same($$SELECT m.id, m.name, m.zip, sum(v.minutes) FROM member m LEFT JOIN visit v ON v.member_id = m.id GROUP BY m.id$$);
SELECT same($$SELECT m.id, m.name, sum(s.points) FROM member m JOIN score s ON s.member_id = m.id GROUP BY m.id HAVING count(m.email) = 0 AND max(m.zip) > 'p'$$);
SELECT same($$SELECT left(zip, 4) AS l, count(*) FROM visit GROUP BY l ORDER BY l$$);
SELECT same($$SELECT zip || '!' AS z, upper(zip || '!') FROM visit GROUP BY z HAVING min(zip) > ''$$);
SELECT same($$SELECT member_id, zip, count(*) FROM visit GROUP BY 1, 2 ORDER BY 1, 2$$);
SELECT same($$SELECT count(*) FROM visit GROUP BY member_id % 5$$);
SELECT same($$SELECT member_id % 5 FROM visit GROUP BY member_id % 5 HAVING bool_and(ip IS NOT NULL)$$);
SELECT same($$SELECT zip, page, grouping(zip), grouping(page), grouping(zip, page), count(*) FROM visit GROUP BY ROLLUP (zip, page)$$);
SELECT same($$SELECT zip, member_id, count(ip) FROM visit GROUP BY CUBE (zip, member_id)$$);
SELECT same($$SELECT zip, page, member_id, sum(minutes) FROM visit GROUP BY GROUPING SETS ((zip, page), (member_id), ()) HAVING sum(minutes) > 10$$);
SELECT same($$SELECT email, zip, count(*) FROM member GROUP BY GROUPING SETS (email, zip, (email, zip))$$);
SELECT same($$SELECT DISTINCT zip, email FROM member$$);
SELECT same($$SELECT DISTINCT member_id FROM answer ORDER BY 1$$, ordered => true);
SELECT same($$SELECT DISTINCT ON (zip) zip, id, score FROM member ORDER BY zip, id$$, ordered => true);
SELECT same($$SELECT DISTINCT ON (member_id, question) member_id, question, answered FROM answer ORDER BY member_id, question, answered DESC$$, ordered => true);
SELECT same($$SELECT DISTINCT ON (email) email, count(*) OVER () FROM member ORDER BY email$$);
SELECT same($$SELECT count(DISTINCT zip), count(DISTINCT email), count(DISTINCT id), sum(DISTINCT score) FROM member$$);
SELECT same($$SELECT member_id, sum(points), count(body) FROM answer GROUP BY member_id$$);
SELECT same($$SELECT answered, question, count(DISTINCT member_id) FROM answer GROUP BY answered, question$$);

-- Aggregates of all kinds.
SELECT same($$SELECT min(id), max(id), min(zip), max(zip), min(email), max(born) FROM member$$);
SELECT same($$SELECT min(member_id) FROM visit WHERE zip > 'p'$$);
SELECT same($$SELECT array_agg(zip ORDER BY id), string_agg(zip, ',' ORDER BY zip DESC), array_agg(email ORDER BY id) FROM member$$);
SELECT same($$SELECT json_agg(zip ORDER BY id), jsonb_object_agg(id, email), json_object_agg(coalesce(zip, id::text), name ORDER BY id) FROM member$$);
SELECT same($$SELECT count(*) FILTER (WHERE zip IS NOT NULL), count(*) FILTER (WHERE email LIKE 'CANARY%'), sum(score) FILTER (WHERE id > invited_by) FROM member$$);
SELECT same($$SELECT mode() WITHIN GROUP (ORDER BY zip), percentile_disc(0.5) WITHIN GROUP (ORDER BY id), percentile_cont(0.5) WITHIN GROUP (ORDER BY height) FROM member$$);
SELECT same($$SELECT rank('p1-5') WITHIN GROUP (ORDER BY zip), dense_rank(880000003) WITHIN GROUP (ORDER BY id), cume_dist('x') WITHIN GROUP (ORDER BY email) FROM member$$);
SELECT same($$SELECT bool_and(zip ~ '^p1-'), bool_or(email IS NOT NULL), every(id > 0), bit_xor(id) FROM member$$);
SELECT same($$SELECT corr(height, score), regr_count(height, score), avg(height), stddev(score), sum(cost) FROM member, event$$);
SELECT same($$SELECT xmlagg(xmlelement(NAME z, zip) ORDER BY id)::text FROM member$$);
SELECT same($$SELECT zip, string_agg(name, ',' ORDER BY name) FILTER (WHERE score > 0) FROM member GROUP BY zip$$);
SELECT same($$SELECT any_value(email), any_value(note) IS NULL FROM member$$, since => 16);
SELECT same($$SELECT JSON_OBJECT('e' : email, 'z' : zip), JSON_ARRAY(zip, name) FROM member$$, since => 16);
SELECT same($$SELECT JSON_OBJECTAGG(id : zip), JSON_ARRAYAGG(zip ORDER BY id NULL ON NULL) FROM member$$, since => 16);

-- Subqueries in FROM.
SELECT same($$SELECT s.a, s.b FROM (SELECT zip AS a, email AS b FROM member) s WHERE s.a > 'a'$$);
SELECT same($$SELECT * FROM (SELECT * FROM (SELECT zip, id FROM member OFFSET 0) a WHERE zip IS NOT NULL) b ORDER BY id LIMIT 2$$, ordered => true);
SELECT same($$SELECT z, count(*) FROM (SELECT coalesce(zip, email, 'none') AS z FROM member UNION ALL SELECT coalesce(zip, 'none') FROM visit) s GROUP BY z$$);
SELECT same($$SELECT s, to_jsonb(s), (s).a FROM (SELECT zip AS a, email AS b FROM member) s$$);
SELECT same($$SELECT s FROM (SELECT max(zip) FROM visit GROUP BY member_id ORDER BY member_id) s$$);
SELECT same($$SELECT count(s), count(s.*), s IS NULL FROM (SELECT email, note FROM member) s GROUP BY s IS NULL$$);
SELECT same($$SELECT avg(n) FROM (SELECT count(*) AS n FROM visit GROUP BY zip) s$$);
SELECT same($$SELECT count FROM (SELECT count(DISTINCT zip) FROM visit) s$$);
SELECT same($$SELECT zip FROM (SELECT zip, row_number() OVER (ORDER BY id) AS n FROM member) s WHERE n < 3$$);
SELECT same($$SELECT x.zip FROM (SELECT zip FROM member EXCEPT SELECT zip FROM visit) x$$, nothing => true);
SELECT same($$SELECT name FROM (SELECT DISTINCT ON (zip) * FROM member ORDER BY zip, id) s WHERE height IS NULL$$, nothing => NULL);
SELECT same($$SELECT * FROM (SELECT member_id, sum(minutes) AS m FROM visit GROUP BY member_id) s WHERE member_id > (SELECT min(id) FROM member)$$);

-- Subqueries elsewhere.
SELECT same($$SELECT (SELECT max(zip) FROM member), (SELECT email FROM member ORDER BY id LIMIT 1), (SELECT count(*) FROM visit)$$);
SELECT same($$SELECT id, (SELECT count(*) FROM visit v WHERE v.member_id = m.id), (SELECT max(n.zip) FROM member n WHERE n.invited_by = m.id) FROM member m$$);
SELECT same($$SELECT id, (SELECT n.name FROM member n WHERE n.id = m.invited_by), (SELECT m.email) FROM member m$$);
SELECT same($$SELECT id, (SELECT (SELECT (SELECT m.zip || v.page) FROM score s WHERE s.member_id = v.member_id LIMIT 1) FROM visit v WHERE v.member_id = m.id ORDER BY v.visit_id LIMIT 1) FROM member m$$);
SELECT same($$SELECT ARRAY(SELECT zip FROM visit v WHERE v.member_id = m.id ORDER BY visit_id), id FROM member m$$);
SELECT same($$SELECT ROW(m.zip, 'x') = (SELECT n.zip, 'x' FROM member n WHERE n.id = m.id), (m.id, m.zip) = (SELECT n.id, n.zip FROM member n WHERE n.id = m.id) FROM member m$$);
SELECT same($$SELECT name FROM member WHERE (zip, score) IN (SELECT zip, score FROM member WHERE invited_by IS NOT NULL)$$);
SELECT same($$SELECT name FROM member WHERE (id, zip) NOT IN (SELECT member_id, zip FROM visit WHERE zip IS NOT NULL AND member_id IS NOT NULL)$$);
SELECT same($$SELECT name FROM member WHERE id IN (SELECT invited_by FROM member WHERE zip IN (SELECT zip FROM visit))$$);
SELECT same($$SELECT name FROM member u WHERE zip IN (SELECT zip FROM visit WHERE member_id = u.id)$$);
SELECT same($$SELECT name FROM member u WHERE id = ANY (SELECT member_id FROM visit WHERE zip = u.zip AND minutes > 5)$$);
SELECT same($$SELECT name FROM member WHERE zip >= ALL (SELECT zip FROM member WHERE zip IS NOT NULL)$$);
SELECT same($$SELECT name FROM member WHERE id > SOME (SELECT id FROM member)$$);
SELECT same($$SELECT name FROM member WHERE id <> ALL (SELECT member_id FROM visit WHERE zip IS NULL AND member_id IS NOT NULL)$$);
SELECT same($$SELECT name FROM member m WHERE EXISTS (SELECT FROM visit WHERE member_id = m.id HAVING count(*) > 3)$$);
SELECT same($$SELECT name FROM member m WHERE EXISTS (SELECT zip FROM visit WHERE member_id = m.id GROUP BY zip HAVING count(*) > 1 LIMIT 1)$$);
SELECT same($$SELECT name FROM member m WHERE NOT EXISTS (SELECT FROM visit WHERE zip = m.email OR member_id = m.invited_by)$$);
SELECT same($$SELECT name, EXISTS (SELECT FROM visit v WHERE v.zip = m.zip), m.id IN (SELECT member_id FROM score) FROM member m$$);
SELECT same($$SELECT name FROM member WHERE score = (SELECT max(score) FROM member) AND id = (SELECT id FROM member ORDER BY score DESC LIMIT 1)$$);
SELECT same($$SELECT zip FROM member GROUP BY zip HAVING zip IN (SELECT zip FROM visit) OR count(*) > (SELECT count(email) FROM member)$$);
SELECT same($$SELECT name FROM member ORDER BY (SELECT count(*) FROM visit v WHERE v.member_id = member.id), id$$, ordered => true);
SELECT same($$SELECT CASE WHEN zip IN (SELECT zip FROM lab.district) THEN (SELECT title FROM lab.district d WHERE d.zip = m.zip) END, id FROM member m$$);
SELECT same($$SELECT coalesce((SELECT 'found' FROM visit v WHERE v.zip = m.zip LIMIT 1), 'none') FROM member m$$);
SELECT same($$SELECT a.id FROM member a WHERE a.score > (SELECT avg(b.score) FROM member b WHERE b.zip = a.zip)$$);
SELECT same($$SELECT a.id FROM member a WHERE (SELECT count(*) FROM member b WHERE b.zip = a.zip AND b.id < a.id) = 0$$);
SELECT same($$VALUES ((SELECT max(zip) FROM member), (SELECT count(email) FROM member)), ('x', 1)$$);
SELECT same($$SELECT 1 FROM lab.wave WHERE n IN (SELECT score / 10 FROM member WHERE zip IS NOT NULL)$$);
SELECT same($$SELECT * FROM lab.basket b WHERE EXISTS (SELECT FROM member m WHERE m.name = b.t)$$);
SELECT same($$SELECT p.ward FROM patient p WHERE p.person IN (SELECT person FROM dose WHERE amount > (SELECT avg(amount) FROM dose))$$);
SELECT same($$SELECT title FROM client c WHERE (SELECT sum(amount) FROM deal d WHERE d.nick = c.nick) > 100$$);

-- Set operations.
SELECT same($$SELECT zip FROM member UNION SELECT zip FROM visit$$);
SELECT same($$SELECT zip, 'm' FROM member UNION ALL SELECT zip, 'v' FROM visit$$);
SELECT same($$SELECT id FROM member INTERSECT SELECT member_id FROM visit$$);
SELECT same($$SELECT id FROM member INTERSECT ALL SELECT invited_by FROM member$$);
SELECT same($$SELECT zip FROM visit EXCEPT SELECT zip FROM member$$);
SELECT same($$SELECT zip FROM visit EXCEPT ALL SELECT zip FROM member$$);
SELECT same($$SELECT email, zip FROM member UNION SELECT zip, email FROM member ORDER BY 1, 2$$, ordered => true);
SELECT same($$(SELECT zip FROM member ORDER BY id LIMIT 2) UNION ALL (SELECT zip FROM visit ORDER BY visit_id DESC LIMIT 2)$$);
SELECT same($$SELECT zip FROM member UNION (SELECT zip FROM visit EXCEPT SELECT 'CANARY00100') EXCEPT SELECT NULL$$);
SELECT same($$SELECT id::text FROM member UNION SELECT zip FROM member UNION SELECT email FROM member UNION SELECT person::text FROM patient UNION SELECT nick FROM client$$);
SELECT same($$SELECT id, zip FROM member UNION ALL SELECT member_id, zip FROM visit ORDER BY 1, 2 LIMIT 5$$, ordered => true);
SELECT same($$SELECT count(*) FROM (SELECT member_id FROM visit UNION ALL SELECT member_id FROM answer UNION ALL SELECT member_id FROM event) u WHERE member_id IN (SELECT id FROM member)$$);
SELECT same($$SELECT * FROM (SELECT id AS k, zip AS z FROM member UNION ALL SELECT member_id, zip FROM visit) u WHERE z > 'p1-' AND k > 0$$, nothing => NULL);
SELECT same($$SELECT 'CANARY00100' INTERSECT SELECT zip FROM member$$, nothing => true);
SELECT same($$SELECT 'CANARY00100' EXCEPT SELECT zip FROM member$$);
SELECT * FROM finish();
