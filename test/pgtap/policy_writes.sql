-- Promise 2: a column that is not clear is neither written nor probed by writing, and what a statement cannot treat is
-- refused, never passed.
\i test/policy/register.sql
SELECT plan(70 + CASE WHEN current_setting('server_version_num')::int >= 180000 THEN 12
				  WHEN current_setting('server_version_num')::int >= 170000 THEN 5 ELSE 0 END);

-- Every way to write a column.
SELECT is(touched('researcher', 'research', statement), expected, statement) FROM (VALUES
	('UPDATE app.member SET nickname = ''x''', '3'),
	('UPDATE app.member SET score = score + 1 WHERE zip LIKE ''p1-%''', '3'),
	('UPDATE app.member SET email = ''x''', 'MR310'),
	('UPDATE app.member SET email = email', 'MR310'),
	('UPDATE app.member SET email = DEFAULT', 'MR310'),
	('UPDATE app.member SET email = NULL WHERE false', 'MR310'),
	('UPDATE app.member SET zip = zip', 'MR310'),
	('UPDATE app.member SET id = id', 'MR310'),
	('UPDATE app.member SET note = ''x''', 'MR310'),
	('UPDATE app.member SET (nickname, zip) = (SELECT ''x'', ''y'')', 'MR310'),
	('UPDATE app.member SET (nickname, score) = (SELECT ''x'', 1)', '3'),
	('UPDATE app.member m SET zip = v.page FROM app.visit v WHERE v.member_id = m.id', 'MR310'),
	('UPDATE app.member m SET nickname = v.page FROM app.visit v WHERE v.member_id = m.id', '3'),
	('UPDATE ONLY app.member SET email = ''x''', 'MR310'),
	('UPDATE app.visit SET member_id = member_id', 'MR310'),
	('UPDATE app.visit SET ip = NULL', 'MR310'),
	('UPDATE app.answer SET body = NULL', 'MR310'),
	('UPDATE app.answer SET question = 7', '6'),
	('UPDATE app.answer_2025 SET body = NULL', 'MR310'),
	('UPDATE app.answer_2025 SET question = 7', '3'),
	('INSERT INTO app.member VALUES (1, ''x'')', 'MR310'),
	('INSERT INTO app.member (id) VALUES (3)', 'MR310'),
	('INSERT INTO app.member (id, email) SELECT 3, ''x'' WHERE false', 'MR310'),
	('INSERT INTO app.member (email) VALUES (DEFAULT)', 'MR310'),
	('INSERT INTO app.member SELECT * FROM app.member', 'MR310'),
	('INSERT INTO app.member (nickname) VALUES (''x'')', '42501'),
	('INSERT INTO app.member DEFAULT VALUES', '42501'),
	('INSERT INTO app.visit (visit_id, page) VALUES (99, ''x'')', '42501'),
	('INSERT INTO app.answer (answered, question) VALUES (''2024-01-01'', 1)', '42501'),
	('MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN MATCHED THEN UPDATE SET ip = NULL', 'MR310'),
	('MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN MATCHED AND false THEN UPDATE SET ip = NULL', 'MR310'),
	('MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN MATCHED AND v.ip IS NULL THEN UPDATE SET page = ''x''', '1'),
	('MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN MATCHED AND v.ip = ''192.0.2.6'' THEN UPDATE SET page = ''x''', '0'),
	('MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.member_id = 1 WHEN MATCHED THEN DELETE', '0'),
	('MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN NOT MATCHED THEN INSERT (visit_id, member_id) VALUES (99, 1)', 'MR310'),
	('INSERT INTO app.member (nickname) VALUES (''x'') ON CONFLICT (email) DO NOTHING', 'MR310'),
	('INSERT INTO app.member (nickname) VALUES (''x'') ON CONFLICT (id) DO NOTHING', 'MR310'),
	('INSERT INTO app.member (nickname) VALUES (''x'') ON CONFLICT ON CONSTRAINT member_email_key DO NOTHING', 'MR310'),
	('INSERT INTO app.member (nickname) VALUES (''x'') ON CONFLICT ON CONSTRAINT member_email_key DO UPDATE SET nickname = member.nickname', 'MR310'),
	('INSERT INTO app.visit (visit_id) VALUES (6) ON CONFLICT (visit_id) DO UPDATE SET ip = NULL', 'MR310'),
	('INSERT INTO app.visit (visit_id) VALUES (6) ON CONFLICT (visit_id) DO UPDATE SET page = excluded.ip::text', '42501'),
	('UPDATE app.member SET nickname = ''x'' WHERE email = ''CANARY1@example.com''', '0'),
	('UPDATE app.member SET nickname = ''x'' WHERE id = 1', '0'),
	('DELETE FROM app.member WHERE email LIKE ''CANARY%''', '0'),
	('DELETE FROM app.member m USING app.visit v WHERE v.ip = ''192.0.2.6'' AND v.member_id = m.id', '0'),
	('DELETE FROM app.member WHERE note IS NOT NULL', '0')
	) s(statement, expected);
SELECT is(seen('researcher', 'research', 'UPDATE app.member SET nickname = email || ''x'' RETURNING nickname, email, zip IS NULL'),
	'(,,f) (,,f) (,,f)', 'what a statement computes from a withheld column is NULL');
SELECT is(seen('researcher', 'research', 'UPDATE app.member m SET score = 1 FROM app.member n WHERE n.zip = m.zip AND n.id = m.id RETURNING m.email, n.email, m.note, m.zip = n.zip'),
	'(,,,t) (,,,t) (,,,t)', 'RETURNING of both sides');
SELECT is(seen('clerk', 'billing', 'INSERT INTO app.member (id, email, zip) VALUES (9, ''a'', ''b'') RETURNING id, email, zip, note'), '(9,a,b,)',
	'who sees clear writes and reads it back');
SELECT is(touched('clerk', 'billing', 'UPDATE app.member SET note = ''x'''), 'MR310', 'but for columns without a category');
SELECT is(touched('postgres', '', 'UPDATE app.member SET note = ''x'''), '6', 'a superuser writes them all');

-- An arbiter is allowed where it is clear.
SELECT memreg.set_treatment('community', 'research', 'subject_key', 'clear');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.member (id) VALUES (1) ON CONFLICT (id) DO NOTHING'), '0', 'ON CONFLICT over the clear key');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.member (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET nickname = ''x'' WHERE member.email LIKE ''CANARY%'''),
	'0', 'its condition reads treated columns');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.member (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET nickname = ''x'' WHERE member.zip LIKE ''p1-%'''),
	'1', 'in both directions');
SELECT is(seen('researcher', 'research', 'INSERT INTO app.member (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET nickname = coalesce(member.email, member.note, excluded.nickname, ''nothing'') RETURNING nickname, email'),
	'(nothing,)', 'what it sets is computed from treated columns');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.member (id) VALUES (1) ON CONFLICT (id) WHERE email = ''x'' DO NOTHING'), 'MR310', 'the condition of a partial index is an arbiter too');

-- Views that can be written through.
SET ROLE researcher;
CREATE VIEW lab.plain AS SELECT * FROM app.member;
CREATE VIEW lab.invoker WITH (security_invoker) AS SELECT * FROM app.member;
CREATE VIEW lab.barrier WITH (security_barrier) AS SELECT * FROM app.member WHERE email IS NULL AND zip LIKE 'p1-%';
CREATE VIEW lab.probing AS SELECT * FROM app.member WHERE email = 'CANARY1@example.com';
CREATE VIEW lab.checked AS SELECT id, nickname, email FROM app.member WHERE email IS NULL WITH CASCADED CHECK OPTION;
CREATE VIEW lab.checked_probe AS SELECT id, nickname FROM app.member WHERE nickname <> 'x' OR email = 'CANARY1@example.com' WITH CHECK OPTION;
CREATE VIEW lab.defaults AS SELECT id, email, nickname FROM app.member;
ALTER VIEW lab.defaults ALTER email SET DEFAULT 'CANARY1@example.com';
RESET ROLE;
SELECT is(touched('researcher', 'research', 'UPDATE lab.plain SET nickname = ''x'''), '3', 'UPDATE through a view');
SELECT is(touched('researcher', 'research', 'UPDATE lab.plain SET email = ''x'''), 'MR310', 'and of a withheld column');
SELECT is(touched('researcher', 'research', 'UPDATE lab.invoker SET zip = ''x'''), 'MR310', 'and of the invoker''s');
SELECT is(touched('researcher', 'research', 'DELETE FROM lab.barrier'), '3', 'a barrier''s condition works on treated columns');
SELECT is(touched('researcher', 'research', 'UPDATE lab.probing SET nickname = ''x'''), '0', 'and so does a plain view''s');
SELECT is(touched('researcher', 'research', 'UPDATE lab.checked SET nickname = ''x'''), '3', 'so does WITH CHECK OPTION');
SELECT is(touched('researcher', 'research', 'UPDATE lab.checked_probe SET nickname = ''x'' WHERE nickname = ''one'''), '44000', 'which cannot probe either');
SELECT is(touched('researcher', 'research', 'INSERT INTO lab.plain (id, nickname) VALUES (1, ''x'') ON CONFLICT (id) DO UPDATE SET nickname = ''x'''), '1', 'ON CONFLICT through a view');
SELECT is(touched('researcher', 'research', 'INSERT INTO lab.plain (id, email) VALUES (1, ''x'') ON CONFLICT (id) DO NOTHING'), 'MR310', 'and with a withheld column');
SELECT is(touched('researcher', 'research', 'INSERT INTO lab.defaults (id, nickname) VALUES (1, ''x'')'), 'MR310', 'a view''s own default writes nothing that is withheld');
SELECT is(touched('researcher', 'research', 'INSERT INTO lab.defaults (id, nickname) VALUES (1, ''x'') ON CONFLICT DO NOTHING'), 'MR310', 'nor does it probe');
SELECT is(touched('researcher', 'research', 'INSERT INTO lab.defaults (id, email) VALUES (1, DEFAULT)'), 'MR310', 'nor when it is asked for');
SELECT is(touched('researcher', 'research', 'MERGE INTO app.member m USING (SELECT) s ON m.id = 1 AND m.email = ''CANARY1@example.com'' WHEN MATCHED THEN DELETE'),
	'0', 'MERGE''s join reads treated columns');
SELECT is(touched('researcher', 'research', 'WITH d AS (DELETE FROM app.member RETURNING email, note) SELECT FROM d WHERE coalesce(email, note) IS NOT NULL'), '0',
	'what a data-modifying CTE returns is treated');

-- What later servers have.
SELECT is(seen('researcher', 'research', statement), expected, statement) FROM (VALUES
	(170000, 'MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN MATCHED THEN UPDATE SET page = ''x'' RETURNING merge_action(), v.page, v.ip, v.visit_id', '(UPDATE,x,,6)'),
	(170000, 'MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN NOT MATCHED BY SOURCE AND v.ip IS NOT NULL THEN DELETE RETURNING v.visit_id', ''),
	(170000, 'MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN NOT MATCHED BY SOURCE THEN UPDATE SET ip = NULL RETURNING v.page', 'MR310'),
	(170000, 'WITH m AS (MERGE INTO app.visit v USING (SELECT 6 AS i) s ON v.visit_id = s.i WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING v.ip) SELECT count(*), count(ip) FROM m', '(5,0)'),
	(170000, 'MERGE INTO lab.plain p USING (SELECT) s ON p.nickname = ''one'' WHEN MATCHED AND p.email IS NULL THEN UPDATE SET nickname = coalesce(p.email, p.note, ''nothing'') RETURNING p.nickname, p.email', '(nothing,)'),
	(180000, 'UPDATE app.member SET nickname = ''x'' WHERE score = 10 RETURNING old.email, new.email, old.nickname, new.nickname, old.zip = new.zip, old.id = new.id', '(,,one,x,t,t)'),
	(180000, 'UPDATE app.member SET nickname = ''x'' WHERE score = 10 RETURNING WITH (OLD AS o, NEW AS n) coalesce(o.email, n.email, o.note, n.note, o.nickname)', '(one)'),
	(180000, 'UPDATE app.member SET nickname = ''x'' WHERE score = 10 RETURNING (old).email, (old).note, (old).nickname, to_jsonb(old) - ''nickname'' = to_jsonb(new) - ''nickname''', '(,,one,t)'),
	(180000, 'DELETE FROM app.member WHERE score = 10 RETURNING old.email, new.email, old.nickname, new.nickname', '(,,one,)'),
	(180000, 'INSERT INTO app.member (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET nickname = ''x'' RETURNING old.email, old.note, new.email, old.nickname, new.nickname', '(,,,one,x)'),
	(180000, 'UPDATE lab.plain SET nickname = ''x'' WHERE score = 10 RETURNING old.email, old.note, new.zip = old.zip, old.nickname', '(,,t,one)'),
	(180000, 'MERGE INTO app.member m USING (SELECT) s ON m.score = 10 WHEN MATCHED THEN DELETE RETURNING old.email, new.email, old.nickname', '(,,one)')
	) s(since, statement, expected)
 WHERE since <= current_setting('server_version_num')::int;
SELECT * FROM finish();
