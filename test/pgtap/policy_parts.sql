-- Promises 1 and 2 for partitions and inheritance children: read from above, read themselves, added later; and for
-- tables above a protected one.
\i test/policy/register.sql
SELECT plan(64);

-- Partitions that stood when the table was protected, with columns in another order.
SELECT is(seen('researcher', 'research', 'SELECT question, body, answered FROM app.answer_2024 ORDER BY question'),
	'(1,,2024-05-05) (2,,2024-05-05) (3,,2024-05-05)', 'a partition read itself');
SELECT is(seen('researcher', 'research', 'SELECT question, body, answered FROM app.answer_2025 ORDER BY question'),
	'(1,,2025-05-05) (2,,2025-05-05) (3,,2025-05-05)', 'one whose columns stand elsewhere');
SELECT is(seen('researcher', 'research', 'SELECT member_id FROM app.answer_2025 ORDER BY question'),
	seen('researcher', 'research', 'SELECT member_id FROM app.answer WHERE answered > ''2025-01-01'' ORDER BY question'), 'gives the same pseudonyms');
SELECT is(seen('researcher', 'research', 'SELECT * FROM app.answer_2025 a JOIN app.member m ON m.id = a.member_id WHERE m.nickname = ''CANARY'''), '', 'joined');
SELECT is(seen('stranger', 'research', 'SELECT FROM app.answer_2025'), 'MR302', 'without grant');
SELECT is(seen('researcher', '', 'SELECT FROM app.answer_2025'), 'MR301', 'without purpose');
SELECT is(seen('clerk', 'billing', 'SELECT member_id FROM app.answer_2025 ORDER BY member_id'), '(1) (2) (3) (4) (5) (6)', 'for a contract');
SELECT is(touched('researcher', 'research', 'DELETE FROM app.answer_2025'), '3', 'DELETE');
SELECT is(touched('researcher', 'research', 'UPDATE app.answer_2025 SET member_id = 1'), 'MR310', 'UPDATE of the key');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.answer_2025 (answered, question) VALUES (''2025-01-01'', 1)'), '42501', 'INSERT');

-- By itself the parent is empty, which is what COPY of it by name would write.
SELECT is(seen('researcher', 'research', 'SELECT FROM ONLY app.answer'), 'MR311', 'the parent without its partitions');
SELECT is(touched('researcher', 'research', 'SELECT FROM app.member, ONLY app.answer'), 'MR311', 'in a join as well');

-- One that is added later: seen from above only.
SET ROLE app_owner;
CREATE TABLE app.answer_2026 PARTITION OF app.answer FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE app.answer_2027 (LIKE app.answer);
INSERT INTO app.answer_2027 SELECT '2027-03-03', m, 'CANARY', m FROM generate_series(1, 6) m;
ALTER TABLE app.answer ATTACH PARTITION app.answer_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE app.answer_old PARTITION OF app.answer FOR VALUES FROM ('2000-01-01') TO ('2010-01-01') PARTITION BY RANGE (answered);
CREATE TABLE app.answer_2001 PARTITION OF app.answer_old FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
GRANT ALL ON ALL TABLES IN SCHEMA app TO researcher, clerk, stranger;
RESET ROLE;
INSERT INTO app.answer SELECT y::date, m, 'CANARY', m FROM generate_series(1, 6) m, unnest(ARRAY['2026-03-03', '2001-03-03']) y;
SELECT is(seen('researcher', 'research', 'SELECT question, body FROM app.answer WHERE answered = ''' || d || ''' ORDER BY question'), '(1,) (2,) (3,)',
	'rows of ' || d || ', through the table')
	FROM unnest(ARRAY['2026-03-03', '2027-03-03', '2001-03-03']) d;
SELECT is(seen(r, 'research', 'SELECT FROM ' || t), 'MR303', 'a new partition, ' || t || ', by ' || r)
	FROM unnest(ARRAY['app.answer_2026', 'app.answer_2027', 'app.answer_old', 'app.answer_2001']) t, unnest(ARRAY['researcher', 'app_owner', 'stranger']) r;
SELECT is(touched('researcher', 'research', statement), 'MR303', statement) FROM unnest(ARRAY[
	'INSERT INTO app.answer_2026 VALUES (''2026-01-01'', 1)', 'UPDATE app.answer_2026 SET question = 1', 'DELETE FROM app.answer_2026',
	'INSERT INTO app.answer_old VALUES (''2001-01-01'', 1)', 'MERGE INTO app.answer_2026 USING (SELECT) s ON true WHEN MATCHED THEN DELETE',
	'SELECT FROM app.answer_2026 FOR UPDATE', 'CREATE TABLE lab.copy AS TABLE app.answer_2026']) statement;
SELECT is(touched('researcher', 'research', 'UPDATE app.answer SET question = 9 WHERE answered = ''2026-03-03'''), '3', 'UPDATE through the table');
SELECT is(touched('researcher', 'research', 'UPDATE app.answer SET answered = ''2026-04-04'''), '15', 'UPDATE into a new partition');
SELECT memreg.protect('app.answer');
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(body) FROM ' || t), '(3,0)', 'once it is protected, ' || t)
	FROM unnest(ARRAY['app.answer_2026', 'app.answer_2027', 'app.answer_old', 'app.answer_2001']) t;
ALTER TABLE app.answer DETACH PARTITION app.answer_2024;
SELECT is(seen('researcher', 'research', 'SELECT FROM app.answer_2024'), 'MR304', 'a partition that was taken out stays closed');
SELECT is(seen('researcher', 'research', 'SELECT FROM app.answer_2024 WHERE false'), 'MR304', 'also for no row');
SELECT is(seen('postgres', '', 'SELECT count(*) FROM app.answer_2024'), '(6)', 'but for who bypasses row security');

-- Inheritance, with columns of the children's own.
CREATE TABLE app.person (id bigint NOT NULL, email text);
CREATE TABLE app.guest (gone int, code text) INHERITS (app.person);
ALTER TABLE app.guest DROP gone;
CREATE TABLE app.regular (since date, secret text) INHERITS (app.guest);
INSERT INTO app.person VALUES (1, 'CANARY'), (5, 'CANARY');
INSERT INTO app.guest VALUES (2, 'CANARY', 'CANARY'), (5, 'CANARY', 'CANARY');
INSERT INTO app.regular VALUES (3, 'CANARY', 'CANARY', '2024-01-01', 'CANARY'), (5, 'CANARY', 'CANARY', '2024-01-01', 'CANARY');
GRANT ALL ON ALL TABLES IN SCHEMA app TO researcher, clerk, stranger;
SECURITY LABEL FOR memreg ON COLUMN app.person.email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.guest.email IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.regular.since IS 'nonpersonal';
SELECT memreg.add_table('community', 'app.person', 'id');
SELECT memreg.protect('app.person');
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(email) FROM app.person'), '(3,0)', 'a parent with its children');
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM ONLY app.person'), '(1)', 'without them');
SELECT is(seen('researcher', 'research', 'SELECT tableoid::regclass FROM app.person ORDER BY 1'), '(app.person) (app.guest) (app.regular)', 'and which they are');
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(email), count(code) FROM app.guest'), '(2,0,0)', 'a child: its parent''s labels decide for what it inherits');
SELECT is(seen('researcher', 'research', 'SELECT email, code, since, secret FROM app.regular'), '(,,2024-01-01,)', 'a child''s child: its own for the rest');
SELECT is(touched('researcher', 'research', 'UPDATE app.person SET email = NULL'), 'MR310', 'UPDATE of a withheld column, from above');
SELECT is(touched('researcher', 'research', 'UPDATE app.regular SET since = NULL'), '1', 'UPDATE of a clear one');
SELECT is(touched('researcher', 'research', 'DELETE FROM app.person'), '3', 'DELETE from above');
CREATE TABLE app.newcomer () INHERITS (app.guest);
GRANT ALL ON app.newcomer TO researcher;
SELECT is(seen('researcher', 'research', 'SELECT FROM app.newcomer'), 'MR303', 'a child that is added later');
ALTER TABLE app.regular NO INHERIT app.guest;
SELECT is(seen('researcher', 'research', 'SELECT FROM app.regular'), 'MR304', 'a child that was taken out stays closed');

-- Tables above a protected one read it by their own policies, and are refused.
CREATE TABLE app.above (id bigint NOT NULL);
CREATE TABLE app.below (email text) INHERITS (app.above);
INSERT INTO app.below VALUES (5, 'CANARY');
CREATE TABLE app.whole (id bigint NOT NULL, day date NOT NULL, email text) PARTITION BY RANGE (day);
CREATE TABLE app.piece (id bigint NOT NULL, day date NOT NULL, email text);
GRANT ALL ON ALL TABLES IN SCHEMA app TO researcher, clerk, stranger;
DO $$
BEGIN
	PERFORM memreg.add_table('community', 'app.below', 'id'), memreg.add_table('community', 'app.piece', 'id');
	PERFORM memreg.protect('app.below'), memreg.protect('app.piece');
END $$;
ALTER TABLE app.whole ATTACH PARTITION app.piece FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO app.whole VALUES (5, '2024-02-02', 'CANARY');
SELECT is(seen('researcher', 'research', 'SELECT FROM ' || t), 'MR303', 'SELECT from ' || t) FROM unnest(ARRAY['app.above', 'app.whole']) t;
SELECT is(seen('researcher', 'research', 'SELECT FROM ONLY app.above'), '', 'SELECT FROM ONLY the parent');
SELECT is(seen('postgres', '', 'SELECT id FROM app.above'), '(5)', 'a superuser reads it');
SELECT is(touched('researcher', 'research', 'UPDATE app.above SET id = 1'), 'MR303', 'UPDATE');
SELECT is(touched('researcher', 'research', 'DELETE FROM app.whole'), 'MR303', 'DELETE');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.whole VALUES (5, ''2024-03-03'', ''x'')'), 'MR303', 'INSERT');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.whole SELECT 5, ''2024-03-03'', ''x'' WHERE false'), 'MR303', 'INSERT of no row');
SELECT is(touched('researcher', 'research', 'MERGE INTO app.whole USING (SELECT) s ON false WHEN NOT MATCHED THEN INSERT VALUES (5, ''2024-03-03'', ''x'')'), 'MR303', 'MERGE');
SELECT is(touched('researcher', 'research', 'INSERT INTO app.above VALUES (5)'), '1', 'INSERT into an inheritance parent writes to no child');
SELECT is(touched('researcher', 'research', 'TRUNCATE app.above'), '0', 'TRUNCATE is for privileges alone to decide');
SELECT * FROM finish();
