-- Promise 2 beside what a DBA does with row security: the shapes of PostgreSQL's own tests rowsecurity, inherit and
-- partition_prune over protected tables, some with policies of the tables' owner.
\i test/policy/equivalence.sql
SELECT * FROM no_plan();

-- The same statement on the tables of app and of a copy, by the tables' owner.
CREATE PROCEDURE rule(statement text, purpose text DEFAULT 'research') LANGUAGE plpgsql AS $$
DECLARE
	place text;
BEGIN
	FOREACH place IN ARRAY ARRAY['app', purpose] LOOP
		PERFORM set_config('search_path', place || ', lab, public', true);
		EXECUTE statement;
		PERFORM set_config('search_path', 'public', true);
	END LOOP;
END
$$;
CREATE FUNCTION lab.any_of(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS $$BEGIN RETURN $1 IS NOT NULL; END$$;

-- Functions that are not leakproof, in each place.
SELECT same($$SELECT * FROM member WHERE any_of(zip) ORDER BY id$$, ordered => true);
SELECT same($$SELECT * FROM member WHERE any_of(email)$$);
SELECT same($$SELECT * FROM visit NATURAL JOIN (SELECT id AS member_id, name FROM member) m WHERE any_of(visit.zip) AND any_of(name)$$);
SELECT same($$SELECT * FROM member TABLESAMPLE BERNOULLI (100) REPEATABLE (0) WHERE any_of(zip)$$);
SELECT same($$SELECT * FROM answer WHERE any_of(body) IS FALSE AND any_of(points::text)$$);
SELECT same($$SELECT * FROM event WHERE any_of(what)$$);
SELECT same($$SELECT member_id, what FROM event UNION ALL SELECT member_id, phone FROM call WHERE any_of(what)$$);
SELECT same($$SELECT a.visit_id, b.visit_id FROM visit a, visit b WHERE a.zip = b.zip AND any_of(a.zip) AND any_of(b.page) AND a.visit_id < b.visit_id$$);
SELECT same($$SELECT * FROM (SELECT * FROM member WHERE any_of(zip) OFFSET 0) s WHERE any_of(s.name)$$);
SELECT same($$SELECT * FROM member m WHERE m.zip = ANY (SELECT zip FROM visit WHERE any_of(zip))$$);
SELECT same($$WITH m AS MATERIALIZED (SELECT * FROM member WHERE any_of(zip)) SELECT * FROM m$$);

-- Locks.
SELECT same_steps(ARRAY['SELECT * FROM member ORDER BY id FOR UPDATE']);
SELECT same_steps(ARRAY['SELECT * FROM member WHERE any_of(zip) FOR SHARE'], ordered => false);
SELECT same_steps(ARRAY['SELECT m.zip, v.zip FROM member m JOIN visit v ON v.member_id = m.id FOR NO KEY UPDATE OF v SKIP LOCKED'], ordered => false);
SELECT same_steps(ARRAY['SELECT * FROM answer FOR KEY SHARE'], ordered => false);
SELECT same_steps(ARRAY['SELECT * FROM event FOR UPDATE NOWAIT'], ordered => false);
SELECT same_steps(ARRAY['SELECT * FROM (SELECT id, zip, email FROM member FOR UPDATE) s WHERE zip IS NOT NULL ORDER BY id']);
SELECT same_steps(ARRAY['WITH m AS (SELECT * FROM member FOR UPDATE) SELECT zip FROM m'], ordered => false);
SELECT same_steps(ARRAY['SELECT m.id, x.* FROM member m, LATERAL (SELECT zip FROM visit v WHERE v.member_id = m.id ORDER BY visit_id LIMIT 1 FOR UPDATE) x'], ordered => false);

-- Inheritance and partitions.
SELECT same($$SELECT tableoid::regclass, * FROM event ORDER BY event_id$$, ordered => true);
SELECT same($$SELECT * FROM ONLY event$$);
SELECT same($$SELECT event_id, phone, minutes FROM call WHERE phone < '6' AND minutes > 0$$);
SELECT same($$SELECT e.event_id, c.event_id FROM event e LEFT JOIN call c ON c.event_id = e.event_id AND c.member_id = e.member_id$$);
SELECT same($$SELECT count(*), sum(cost), count(DISTINCT member_id) FROM event WHERE member_id IN (SELECT id FROM member WHERE zip IS NOT NULL)$$);
SELECT same($$SELECT tableoid::regclass, answered, member_id, question, body, points FROM answer$$);
SELECT same($$SELECT * FROM answer WHERE answered = '2025-01-01'$$);
SELECT same($$SELECT * FROM answer WHERE answered < '2024-01-01' AND question = 1$$);
SELECT same($$SELECT * FROM answer WHERE answered > (SELECT max(answered) - 400 FROM answer)$$);
SELECT same($$SELECT * FROM answer a JOIN lab.wave w ON a.answered = DATE '2024-12-31' + w.n$$);
SELECT same($$SELECT question, count(*) FROM answer WHERE body IS NULL GROUP BY question ORDER BY question$$, ordered => true);
SELECT same($$SELECT * FROM score WHERE member_id = (SELECT min(member_id) FROM score)$$);
SELECT same($$SELECT * FROM score WHERE member_id = 880000001$$, nothing => true);
SELECT same($$SELECT * FROM score WHERE member_id = 880000001$$, 'care');
SELECT same($$SELECT * FROM score WHERE member_id IN (880000001, 880000002) AND game = 'chess'$$, 'care');
SELECT same($$SELECT a.member_id, a.points, b.points FROM score a JOIN score b ON a.member_id = b.member_id AND a.points < b.points$$);
SELECT same($$SELECT member_id, count(*), sum(points) FROM score GROUP BY member_id$$);
SELECT same($$SELECT member_id, count(*), sum(points) FROM score GROUP BY member_id$$, 'care');
SELECT same($$SELECT a.member_id, count(*) FROM score a JOIN score b USING (member_id) GROUP BY a.member_id HAVING count(*) > 3$$, 'care');
SELECT same($$SELECT a.member_id, b.game FROM score a FULL JOIN (SELECT * FROM score WHERE points > 5) b USING (member_id)$$);
SELECT same_write($$UPDATE answer SET answered = '2024-05-05' WHERE answered = '2023-06-01' RETURNING tableoid::regclass, *$$, 'research');
SELECT same_write($$UPDATE event SET what = lower(what) || cost FROM member m WHERE m.id = event.member_id AND m.zip > 'p' RETURNING event.*, m.zip$$, 'research');
SELECT same_write($$DELETE FROM event e USING call c WHERE c.member_id = e.member_id AND e.event_id < 100 RETURNING e.*, c.phone$$, 'research');
SELECT same_write($$UPDATE visit v1 SET page = v2.page || '+' FROM visit v2 WHERE v1.visit_id = v2.visit_id - 1 AND v1.zip = v2.zip AND any_of(v2.zip) RETURNING v1.visit_id, v1.zip, v2.zip$$, 'research');
-- Partitions and children by themselves.
SELECT same($$SELECT * FROM answer_2025$$);
SELECT same($$SELECT answer_2025.points, m.zip FROM answer_2025 JOIN member m ON m.id = member_id$$);
SELECT same($$SELECT * FROM answer_rest WHERE question > 1$$);
SELECT same($$SELECT * FROM score_0 UNION ALL SELECT * FROM score_1$$);
SELECT same_write($$UPDATE answer_2025 SET points = 1 WHERE body IS NULL RETURNING *$$, 'research');
SELECT same_write($$DELETE FROM answer_rest_n RETURNING *$$, 'research');
SELECT same_write($$INSERT INTO answer_2024 VALUES ('2024-04-04', 880000001, 1, 'new', 1) RETURNING *$$);
SELECT both_fail($$INSERT INTO answer_2024 VALUES ('2025-04-04', 880000001, 1, 'new', 1)$$, '23514', 'care');
SELECT both_fail($$UPDATE answer_2025 SET answered = '2020-01-01'$$, '23514', 'care');

-- Statements about a cursor's row, which memreg's NULL for ctid must not disturb.
SELECT same_steps(ARRAY['DECLARE c CURSOR FOR SELECT visit_id, zip FROM visit WHERE zip IS NOT NULL ORDER BY visit_id FOR UPDATE', 'FETCH 2 FROM c',
	$$UPDATE visit SET page = 'current' WHERE CURRENT OF c RETURNING visit_id, zip, page, ip$$, 'FETCH c', 'DELETE FROM visit WHERE CURRENT OF c RETURNING visit_id, zip', 'SELECT * FROM visit ORDER BY visit_id']);
SELECT same_steps(ARRAY['DECLARE c CURSOR FOR SELECT * FROM event FOR UPDATE', 'MOVE 3 FROM c', $$UPDATE event SET cost = 0 WHERE CURRENT OF c RETURNING *$$, 'SELECT count(*), sum(cost) FROM event']);

-- Policies of the owner's. A permissive one decides its command; a restrictive one narrows.
CALL rule($$CREATE POLICY scored ON member FOR SELECT USING (score >= 20)$$);
CALL rule($$CREATE POLICY written ON member FOR UPDATE USING (name IS NOT NULL) WITH CHECK (score < 100)$$);
CALL rule($$CREATE POLICY kept ON visit AS RESTRICTIVE FOR DELETE USING (minutes > 5)$$);
CALL rule($$CREATE POLICY recent ON visit AS RESTRICTIVE FOR SELECT USING (visit_id < 31 OR page = 'page 1')$$);
ALTER TABLE research.member ENABLE ROW LEVEL SECURITY;
ALTER TABLE research.visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY base ON research.visit USING (true);
CREATE POLICY deleted ON research.member FOR DELETE USING (true);
SELECT same($$SELECT * FROM member$$);
SELECT same($$SELECT m.zip, v.zip, v.page FROM member m FULL JOIN visit v ON v.member_id = m.id$$);
SELECT same($$SELECT zip, count(*) FROM visit WHERE any_of(zip) GROUP BY zip$$);
SELECT same($$SELECT name FROM member m WHERE EXISTS (SELECT FROM visit v WHERE v.zip = m.zip)$$);
SELECT same_write($$UPDATE member SET score = score + 1 RETURNING id, score, zip$$, 'research');
SELECT same_write($$UPDATE member SET score = 5$$, 'research');
SELECT same_write($$DELETE FROM visit WHERE zip IS NOT NULL RETURNING visit_id, zip$$, 'research');
SELECT same_write($$DELETE FROM member WHERE zip > 'p' RETURNING *$$, 'research');
SELECT both_fail($$UPDATE member SET score = 100$$, '42501');
CALL rule('DROP POLICY scored ON member');
CALL rule('DROP POLICY written ON member');
CALL rule('DROP POLICY kept ON visit');
CALL rule('DROP POLICY recent ON visit');
ALTER TABLE research.member DISABLE ROW LEVEL SECURITY;
ALTER TABLE research.visit DISABLE ROW LEVEL SECURITY;

-- With a subquery, which reads other tables as the purpose sees them.
CALL rule($$CREATE POLICY visited ON member FOR SELECT USING (EXISTS (SELECT FROM visit v WHERE v.member_id = member.id AND v.minutes > 20))$$, 'care');
CALL rule($$CREATE POLICY district ON visit FOR SELECT USING (zip IS NULL OR EXISTS (SELECT FROM lab.district d WHERE d.fee > 0))$$, 'care');
ALTER TABLE care.member ENABLE ROW LEVEL SECURITY;
ALTER TABLE care.visit ENABLE ROW LEVEL SECURITY;
SELECT same($$SELECT * FROM member$$, 'care');
SELECT same($$SELECT m.id, v.visit_id FROM member m LEFT JOIN visit v ON v.member_id = m.id AND v.zip IS NOT NULL$$, 'care');
SELECT same($$SELECT id FROM member WHERE zip IN (SELECT zip FROM visit WHERE minutes < 20)$$, 'care');
CALL rule('DROP POLICY visited ON member', 'care');
CALL rule('DROP POLICY district ON visit', 'care');
ALTER TABLE care.member DISABLE ROW LEVEL SECURITY;
ALTER TABLE care.visit DISABLE ROW LEVEL SECURITY;

-- Settings and rights.
SELECT both_fail('SELECT no_such_column FROM member', '42703');
SELECT is(left((outcome('research', 'app', 'default', statements[1], statements[2]))[1], 5), code, about) FROM (VALUES
	('42501', 'row_security = off is an error, not a way', ARRAY['SET LOCAL row_security = off', 'SELECT * FROM member']),
	('MR302', 'another role''s purpose', ARRAY['SET LOCAL memreg.purpose = ''care''', 'SELECT * FROM member']),
	('MR301', 'no purpose', ARRAY['SET LOCAL memreg.purpose = ''''', 'SELECT * FROM member']),
	('MR311', 'a partitioned table without its partitions', ARRAY['SELECT', 'SELECT * FROM ONLY answer']),
	('42501', 'the copy is another table, and another role''s', ARRAY['SELECT', 'ALTER TABLE member DISABLE ROW LEVEL SECURITY'])) v(code, about, statements);
SELECT * FROM finish();
