-- Promise 2 in writing: the shapes of PostgreSQL's own tests merge, insert, insert_conflict, update, delete and
-- returning over protected tables. What comes back, and what is in the tables afterwards, is as over the treated copy.
\i test/policy/equivalence.sql
SELECT * FROM no_plan();

-- MERGE: which rows match is decided by treated values.
SELECT same_write($$MERGE INTO member m USING (VALUES (880000001, 5), (880000099, 6)) s(i, n) ON m.id = s.i WHEN MATCHED THEN UPDATE SET score = n WHEN NOT MATCHED THEN INSERT (id, score) VALUES (i, n)$$);
SELECT same_write($$MERGE INTO member m USING visit v ON v.visit_id = 7 AND m.id = v.member_id WHEN MATCHED THEN UPDATE SET name = v.zip$$);
SELECT same_write($$MERGE INTO member m USING (SELECT member_id, count(*) AS n FROM visit GROUP BY member_id) v ON m.id = v.member_id WHEN MATCHED AND n > 3 THEN UPDATE SET score = n WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN DO NOTHING$$, 'research');
SELECT same_write($$MERGE INTO visit v USING member m ON v.member_id = m.id AND v.zip = m.zip WHEN MATCHED AND v.minutes > 10 THEN DELETE WHEN MATCHED THEN UPDATE SET page = 'home'$$, 'research');
SELECT same_write($$MERGE INTO visit v USING member m ON v.member_id = m.id AND v.zip = m.zip WHEN MATCHED AND v.minutes > 10 THEN DELETE WHEN MATCHED THEN UPDATE SET page = 'home'$$);
SELECT same_write($$MERGE INTO visit v USING member m ON v.member_id = m.id AND v.ip = m.ip WHEN MATCHED THEN DELETE$$, 'research');
SELECT same_write($$MERGE INTO visit v USING (SELECT) s ON v.ip IS NULL WHEN MATCHED THEN UPDATE SET minutes = 1$$, 'research');
SELECT same_write($$MERGE INTO visit v USING (SELECT) s ON v.zip = 'CANARY00100' WHEN MATCHED THEN DELETE$$, 'research');
SELECT same_write($$MERGE INTO visit v USING lab.district d ON v.zip = d.zip AND d.fee = 1 WHEN MATCHED THEN UPDATE SET page = d.title$$, 'research');
SELECT same_write($$MERGE INTO member m USING lab.wave w ON m.score = w.n * 10 WHEN MATCHED AND m.zip > 'p1-5' THEN UPDATE SET name = w.label WHEN MATCHED AND m.email IS NULL THEN DELETE$$, 'research');
SELECT same_write($$MERGE INTO basket b USING member m ON b.t = m.name AND m.name <> 'Aino' WHEN MATCHED THEN UPDATE SET t = m.zip WHEN NOT MATCHED THEN INSERT VALUES (m.id, m.zip, m.score)$$, 'research');
SELECT same_write($$MERGE INTO basket b USING (SELECT member_id, max(zip) AS z, max(host(ip)) AS i FROM visit GROUP BY 1) v ON b.k = v.member_id WHEN NOT MATCHED AND i IS NULL THEN INSERT (k, t) VALUES (member_id, z)$$, 'research');
SELECT same_write($$MERGE INTO answer a USING member m ON a.member_id = m.id AND m.zip IS NOT NULL AND a.question = 1 WHEN MATCHED THEN UPDATE SET points = m.score$$, 'research');
SELECT same_write($$MERGE INTO answer a USING member m ON a.member_id = m.id AND m.name = 'Eero' WHEN MATCHED AND a.question = 2 THEN UPDATE SET answered = '2020-01-01', body = 'moved' WHEN MATCHED AND a.body IS NOT NULL THEN DELETE$$);
SELECT same_write($$MERGE INTO answer a USING (VALUES (DATE '2031-01-01')) s(d) ON a.answered = s.d WHEN NOT MATCHED THEN INSERT (answered, member_id, question, body) VALUES (s.d, 880000001, 9, 'new')$$);
SELECT same_write($$MERGE INTO score s USING member m ON s.member_id = m.id WHEN MATCHED AND s.points > 5 THEN DELETE WHEN MATCHED AND m.zip IS NULL THEN UPDATE SET points = 0$$, 'research');
SELECT same_write($$MERGE INTO dose d USING patient p ON d.person = p.person AND p.ward = 'north' WHEN MATCHED THEN UPDATE SET drug = p.code$$, 'research');
SELECT same_write($$MERGE INTO deal d USING client c ON d.nick = c.nick AND c.title = 'title 1' WHEN MATCHED THEN DELETE$$, 'research');
SELECT same_write($$MERGE INTO event e USING member m ON e.member_id = m.id AND m.zip IS NOT NULL WHEN MATCHED THEN UPDATE SET cost = 0$$, 'research');
SELECT same_write($$MERGE INTO member m USING (SELECT) s ON true WHEN MATCHED AND (SELECT count(*) FROM visit v WHERE v.member_id = m.id AND v.zip = m.zip) > 0 THEN UPDATE SET score = 7$$, 'research');
SELECT same_write($$MERGE INTO member m USING (SELECT) s ON true WHEN MATCHED AND m.tableoid = 'member'::regclass THEN UPDATE SET score = 7$$, 'research');
SELECT same_write($$MERGE INTO visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN MATCHED THEN UPDATE SET page = 'x' RETURNING merge_action(), v.*, s.i$$, 'research', since => 17);
SELECT same_write($$MERGE INTO visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN NOT MATCHED BY SOURCE AND v.ip IS NULL AND v.zip > 'p' THEN DELETE RETURNING v.*$$, 'research', since => 17);
SELECT same_write($$MERGE INTO visit v USING member m ON v.member_id = m.id AND m.zip = v.zip WHEN MATCHED THEN UPDATE SET page = 'home' WHEN NOT MATCHED BY SOURCE THEN UPDATE SET page = 'away' WHEN NOT MATCHED BY TARGET THEN DO NOTHING RETURNING merge_action(), v.zip, m.zip, m.email$$, 'research', since => 17);
SELECT same_write($$MERGE INTO member m USING (VALUES (880000001), (880000098)) s(i) ON m.id = s.i WHEN MATCHED THEN UPDATE SET score = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (i) RETURNING merge_action(), OLD.zip, NEW.zip, OLD.email, NEW.score, m.*$$, since => 18);

-- UPDATE and DELETE.
SELECT same_write($$UPDATE member SET score = score + 1, name = 'x' || name WHERE zip > 'p1-' RETURNING *$$, 'research');
SELECT same_write($$UPDATE member SET (score, name) = (SELECT count(*), max(zip) FROM visit v WHERE v.member_id = member.id) RETURNING id, score, name$$, 'research');
SELECT same_write($$UPDATE member m SET name = n.zip FROM member n WHERE n.id = m.invited_by RETURNING m.id, m.name, n.id, n.zip, n.email$$, 'research');
SELECT same_write($$UPDATE visit SET page = m.zip FROM member m WHERE m.id = visit.member_id AND visit.zip = m.zip RETURNING visit.*, m.zip$$, 'research');
SELECT same_write($$UPDATE visit v SET minutes = x.n FROM (SELECT zip, count(*) AS n FROM visit GROUP BY zip) x WHERE x.zip = v.zip RETURNING visit_id, x.*$$, 'research');
SELECT same_write($$UPDATE visit SET minutes = DEFAULT, page = NULL WHERE ip IS NULL AND zip = '' RETURNING *$$, 'research');
SELECT same_write($$UPDATE visit SET minutes = 1 WHERE ip = '192.0.2.7' OR zip = 'CANARY00200'$$, 'research');
SELECT same_write($$UPDATE visit SET minutes = 1 WHERE member_id IN (SELECT id FROM member WHERE zip IN (SELECT zip FROM lab.district))$$, 'research');
SELECT same_write($$UPDATE visit SET minutes = 1 FROM lab.wave w LEFT JOIN member m ON m.score = w.n * 10 WHERE visit.member_id = m.id RETURNING visit_id, m.zip, w.n$$, 'research');
SELECT same_write($$UPDATE answer SET points = points + 1 WHERE body IS NULL AND answered > '2024-06-01' RETURNING *$$, 'research');
SELECT same_write($$UPDATE answer SET answered = answered + 365, points = 0 WHERE question = 1 RETURNING tableoid::regclass, *$$);
SELECT same_write($$UPDATE answer SET answered = answered + 365 RETURNING tableoid::regclass, *$$, 'research');
SELECT same_write($$UPDATE score SET points = points + 1 WHERE member_id = (SELECT min(id) FROM member) RETURNING *$$, 'research');
SELECT same_write($$UPDATE score SET member_id = 880000003 WHERE game = 'go' RETURNING tableoid::regclass, *$$);
SELECT same_write($$UPDATE event SET cost = cost + 1 WHERE member_id IN (SELECT id FROM member WHERE email IS NULL) RETURNING tableoid::regclass, *$$, 'research');
SELECT same_write($$UPDATE ONLY event SET what = 'only' RETURNING *$$, 'research');
SELECT same_write($$UPDATE patient SET ward = code WHERE diagnosis IS NULL RETURNING *$$, 'research');
SELECT same_write($$UPDATE patient SET ward = code, diagnosis = 'x' WHERE ward = 'north' RETURNING *$$);
SELECT same_write($$UPDATE dose SET amount = amount * 2 FROM patient p WHERE p.person = dose.person AND p.code IS NOT NULL RETURNING dose.*, p.code$$, 'research');
SELECT same_write($$UPDATE lab.basket SET t = m.zip FROM member m WHERE m.name = t AND m.zip > '' RETURNING basket.*$$, 'research');
SELECT same_write($$UPDATE patient SET person = '88000000-0000-4000-8000-000000000077' WHERE person = '88000000-0000-4000-8000-000000000008' RETURNING *$$);
SELECT same_write($$DELETE FROM visit WHERE zip IS NULL RETURNING *$$, 'research');
SELECT same_write($$DELETE FROM visit USING member m WHERE m.id = member_id AND m.zip = visit.zip RETURNING visit_id, m.zip, m.email, visit.ip$$, 'research');
SELECT same_write($$DELETE FROM visit a USING visit b WHERE a.zip = b.zip AND a.visit_id < b.visit_id RETURNING a.visit_id, b.zip$$, 'research');
SELECT same_write($$DELETE FROM visit WHERE ip > '192.0.2.1' OR member_id < 880000099$$, 'research');
SELECT same_write($$DELETE FROM member WHERE zip IS NULL RETURNING *$$, 'research');
SELECT same_write($$DELETE FROM member WHERE zip IS NULL RETURNING *$$);
SELECT same_write($$DELETE FROM member m WHERE NOT EXISTS (SELECT FROM member n WHERE n.zip > m.zip) RETURNING id, (SELECT count(*) FROM visit v WHERE v.member_id = m.id)$$, 'research');
SELECT same_write($$DELETE FROM answer WHERE member_id IN (SELECT id FROM member WHERE zip > 'p1-3') RETURNING tableoid::regclass, *$$, 'research');
SELECT same_write($$DELETE FROM answer USING member m WHERE m.id = member_id AND body > 'CANARY5' RETURNING body, m.name$$);
SELECT same_write($$DELETE FROM event RETURNING tableoid::regclass, *$$, 'research');
SELECT same_write($$DELETE FROM call RETURNING *$$, 'research');
SELECT same_write($$DELETE FROM score WHERE member_id NOT IN (SELECT member_id FROM visit WHERE zip IS NOT NULL AND member_id IS NOT NULL) RETURNING *$$, 'research');
SELECT same_write($$DELETE FROM client WHERE phone IS NULL AND nick IN (SELECT nick FROM deal WHERE amount > 50) RETURNING *$$, 'research');
SELECT same_write($$DELETE FROM lab.basket USING member m WHERE m.zip IS NOT NULL AND m.name = t RETURNING *$$, 'care');

-- INSERT, with and without conflicts.
SELECT same_write($$INSERT INTO member (id, name) VALUES (880000050, 'Oona'), (880000051, NULL) RETURNING *$$);
SELECT same_write($$INSERT INTO member (id, name, score) SELECT id + 1000, zip, score FROM member RETURNING *$$);
SELECT same_write($$INSERT INTO member (id, invited_by) VALUES (880000050, DEFAULT) RETURNING id, score, zip, coalesce(zip, email, 'none')$$);
SELECT same_write($$INSERT INTO visit (visit_id, member_id, page) SELECT 1000 + score, id, coalesce(email, zip) FROM member WHERE score > 20 RETURNING visit_id, zip IS NULL$$);
SELECT same_write($$INSERT INTO answer (answered, member_id, question, body) SELECT d::date, 880000002, 1, 'many' FROM generate_series('2023-01-01'::timestamp, '2027-01-01', '1 year') d RETURNING tableoid::regclass, *$$);
SELECT same_write($$INSERT INTO score VALUES (880000001, 'dice', 1), (880000002, 'dice', 2) RETURNING *$$);
SELECT same_write($$INSERT INTO event SELECT 50 + score, id, zip, 1 FROM member RETURNING *$$);
SELECT same_write($$INSERT INTO call (event_id, member_id, what, cost, minutes) VALUES (900, 880000001, 'call', 1, 2) RETURNING *$$);
SELECT same_write($$INSERT INTO basket SELECT id, zip, score FROM member RETURNING *$$, 'research');
SELECT same_write($$INSERT INTO basket SELECT visit_id, coalesce(zip, page), minutes FROM visit ON CONFLICT (k) DO UPDATE SET t = excluded.t, n = basket.n + excluded.n RETURNING *$$, 'research');
SELECT same_write($$INSERT INTO basket SELECT visit_id, zip, minutes FROM visit ON CONFLICT (k) DO UPDATE SET t = (SELECT max(zip) FROM member) WHERE excluded.t IS NOT NULL RETURNING *$$, 'research');
SELECT same_write($$INSERT INTO member (id, name) VALUES (880000001, 'Aino II') ON CONFLICT DO NOTHING RETURNING *$$);
SELECT same_write($$INSERT INTO member (id, name, score) VALUES (880000001, 'Aino II', 99), (880000050, 'Oona', 1) ON CONFLICT (id) DO UPDATE SET name = excluded.name || member.zip, score = member.score + excluded.score RETURNING *$$);
SELECT same_write($$INSERT INTO member AS m (id, name) VALUES (880000001, 'a'), (880000002, 'b') ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE m.zip IS NOT NULL AND m.email IS NULL RETURNING m.id, m.name, m.zip$$);
SELECT same_write($$INSERT INTO member AS m (id) VALUES (880000001), (880000005) ON CONFLICT (id) DO UPDATE SET name = coalesce(excluded.zip, excluded.email, 'none') WHERE m.zip IS NULL RETURNING m.*$$);
SELECT same_write($$INSERT INTO member (id, name) VALUES (880000002, 'x') ON CONFLICT ON CONSTRAINT member_pkey DO UPDATE SET score = (SELECT count(*) FROM visit v WHERE v.zip = member.zip) RETURNING *$$);
SELECT same_write($$INSERT INTO visit (visit_id, member_id, page) VALUES (1, 880000002, 'again') ON CONFLICT (visit_id) DO UPDATE SET page = excluded.page RETURNING *$$);
SELECT same_write($$INSERT INTO dose VALUES (1, '88000000-0000-4000-8000-000000000001', 'x', 1) ON CONFLICT (dose_id) DO UPDATE SET drug = excluded.drug, amount = dose.amount RETURNING *$$);
SELECT same_write($$INSERT INTO client (nick, title) VALUES ('CANARY nick 2', 'Dr'), ('CANARY nick 9', 'Ms') ON CONFLICT (nick) DO UPDATE SET title = excluded.title || client.title RETURNING *$$);
SELECT same_write($$INSERT INTO member (id, name) VALUES (880000001, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y' RETURNING OLD.name, NEW.name, OLD.zip = NEW.zip, OLD.email, OLD.height, NEW.height$$, since => 18);
SELECT same_write($$UPDATE member SET score = score + 1 RETURNING OLD.*, NEW.*$$, 'research', since => 18);
SELECT same_write($$DELETE FROM visit WHERE zip = '' RETURNING OLD.*, NEW.zip, NEW.page$$, 'research', since => 18);
SELECT same_write($$UPDATE visit v SET page = 'x' FROM member m WHERE m.id = v.member_id RETURNING WITH (OLD AS o, NEW AS n) o.zip, n.zip, o.page, n.page, m.zip, o.ip, n.ip$$, 'research', since => 18);

-- Refused by memreg.
SELECT refused($$MERGE INTO visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN MATCHED THEN UPDATE SET ip = NULL$$, 'MR310');
SELECT refused($$MERGE INTO visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN MATCHED AND false THEN UPDATE SET zip = page$$, 'MR310');
SELECT refused($$MERGE INTO member m USING (SELECT 880000001 AS i) s ON m.id = s.i WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.i, 'x')$$, 'MR310');
SELECT refused($$UPDATE member SET id = id$$, 'MR310');
SELECT refused($$UPDATE member SET email = NULL WHERE false$$, 'MR310', 'care');
SELECT refused($$UPDATE answer SET member_id = (SELECT min(id) FROM member)$$, 'MR310');
SELECT refused($$UPDATE event SET member_id = NULL$$, 'MR310');
SELECT refused($$INSERT INTO visit (visit_id, zip) VALUES (1001, 'x')$$, 'MR310', 'care');
SELECT refused($$INSERT INTO member (id, email) VALUES (880000001, 'x') ON CONFLICT DO NOTHING$$, 'MR310', 'care');
SELECT is(left((outcome('care', 'app', 'default', 'INSERT INTO member (id) VALUES (880000090) ON CONFLICT (email) DO NOTHING'))[1], 5), 'MR310', 'a conflict of what is not clear');
SELECT refused($$INSERT INTO member (id) VALUES (880000001) ON CONFLICT (id) DO UPDATE SET zip = excluded.zip$$, 'MR310', 'care');
-- Rows without a ground: of nobody, of somebody who objects.
SELECT refused($$INSERT INTO visit (visit_id, page) VALUES (1001, 'x')$$, '42501', 'care');
SELECT refused($$UPDATE visit SET member_id = NULL$$, '42501', 'care');
SELECT refused($$UPDATE score SET member_id = 880000010 WHERE game = 'go'$$, '42501', 'care');
SELECT refused($$INSERT INTO member (id) VALUES (880000007)$$, '42501', 'care');
SELECT refused($$INSERT INTO member (id) VALUES (880000007) ON CONFLICT (id) DO UPDATE SET name = 'x'$$, '42501', 'care');
-- Refused by PostgreSQL.
SELECT both_fail($$INSERT INTO member (id) VALUES (880000001)$$, '23505', 'care');
SELECT both_fail($$INSERT INTO visit (visit_id, member_id) VALUES (1001, 990000001)$$, '23503', 'care');
SELECT both_fail($$UPDATE member SET score = NULL$$, '23502');
SELECT both_fail($$MERGE INTO member m USING visit v ON v.member_id = m.id WHEN MATCHED THEN UPDATE SET score = v.visit_id$$, '21000');
SELECT both_fail($$INSERT INTO member (id, name) VALUES (880000050, 'a'), (880000050, 'b') ON CONFLICT (id) DO UPDATE SET name = excluded.name$$, '21000', 'care');
SELECT both_fail($$UPDATE member SET score = 1 / 0 WHERE zip IS NOT NULL$$, '22012');
SELECT * FROM finish();
