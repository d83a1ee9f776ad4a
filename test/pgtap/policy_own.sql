-- Promise 1 for self-service: under a purpose of reach "own" a session touches the rows of the one subject that it has
-- proven to act for, and no others.
\i test/policy/register.sql
SELECT plan(165);
CREATE ROLE web;
CREATE ROLE web_admin;
CREATE ROLE service;
GRANT USAGE ON SCHEMA lab TO web;
GRANT ALL ON ALL TABLES IN SCHEMA app TO web, web_admin;
GRANT ALL ON SCHEMA lab TO web;
DO $$
DECLARE
	purpose text;
	category text;
BEGIN
	PERFORM memreg.create_purpose('community', 'self', 'contract', reach => 'own');
	PERFORM memreg.create_purpose('community', 'diary', 'consent', reach => 'own', anonymous_data => true);
	PERFORM memreg.create_purpose('community', 'mirror', 'contract', reach => 'own');
	FOREACH purpose IN ARRAY ARRAY['self', 'diary'] LOOP
		FOREACH category IN ARRAY ARRAY['subject_key', 'contact', 'nickname', 'address'] LOOP
			PERFORM memreg.set_treatment('community', purpose, category, 'clear');
		END LOOP;
	END LOOP;
	FOREACH purpose IN ARRAY ARRAY['self', 'diary', 'mirror'] LOOP
		PERFORM memreg.grant_access('web', 'community', purpose);
	END LOOP;
	PERFORM memreg.grant_access('web', 'community', 'billing');
	PERFORM memreg.grant_access('web_admin', 'community', 'self');
END
$$;

CREATE FUNCTION token(member bigint) RETURNS text LANGUAGE sql AS $$ SELECT memreg.issue_subject_token('community', member) $$;
CREATE FUNCTION own_seen(subject text, statement text, role name DEFAULT 'web', purpose text DEFAULT 'self') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('memreg.subject', subject, true);
	RETURN seen(role, purpose, statement);
END $$;
CREATE FUNCTION own_touched(subject text, statement text, role name DEFAULT 'web', purpose text DEFAULT 'self') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('memreg.subject', subject, true);
	RETURN touched(role, purpose, statement);
END $$;

-- Nobody's, until it is proven.
SELECT is(own_seen('', 'SELECT FROM app.member'), 'MR340', 'no subject is an error');
SELECT is(own_seen('', 'SELECT FROM app.member WHERE false'), 'MR340', 'also where there is no row to ask about');
SELECT is(own_seen('', 'SELECT FROM app.member LIMIT 0'), 'MR340', 'or none is wanted');
SELECT is(own_seen('', 'EXPLAIN SELECT FROM app.member'), 'MR340', 'EXPLAIN');
SELECT is(own_touched('', statement), 'MR340', 'no subject: ' || statement) FROM unnest(ARRAY[
	'INSERT INTO app.member (id) VALUES (7)',
	'UPDATE app.member SET score = 0',
	'DELETE FROM app.visit',
	'MERGE INTO app.visit v USING (SELECT 1 AS i) s ON v.visit_id = s.i WHEN MATCHED THEN DELETE',
	'DECLARE c CURSOR FOR SELECT FROM app.member',
	'CREATE TABLE lab.copy AS TABLE app.member',
	'DO $d$ BEGIN PERFORM FROM app.member; END $d$']) statement;
SELECT is(own_seen(value, 'SELECT FROM app.member'), 'MR341', format('%L proves nothing', value)) FROM unnest(ARRAY[
	'1', '5', 'mr1.', 'mr1..', 'mr1.AAAA.AAAA', '.', ' ', 'mr1.' || repeat('A', 22) || '.' || repeat('A', 43), repeat('x', 5000)]) value;
SELECT is(own_seen('', 'SELECT count(*) FROM app.member', purpose => 'billing'), '(6)', 'a purpose that reaches all asks for no subject');
SELECT is(own_seen('1', 'SELECT count(*) FROM app.member', purpose => 'billing'), '(6)', 'and looks at none');
SELECT is(own_seen(token(1), 'SELECT count(*) FROM app.member', purpose => 'billing'), '(6)', 'nor at a token');
SELECT is(own_seen(token(1), 'SELECT FROM app.member', 'stranger'), 'MR302', 'a token gives no access');

-- What is seen.
SELECT is(own_seen(token(1), 'SELECT id, email, nickname FROM app.member'), '(1,CANARY1@example.com,one)', 'its own row');
SELECT is(own_seen(token(5), 'SELECT id, nickname FROM app.member'), '(5,CANARY)', 'whoever it is');
SELECT is(own_seen(token(7), 'SELECT id, nickname FROM app.member'), '', 'none for who has none yet');
SELECT is(own_seen(token(-1), 'SELECT FROM app.member'), '', 'negative keys are keys');
SELECT is(own_seen(token(9223372036854775807), 'SELECT FROM app.member'), '', 'so is the largest');
SELECT is(own_seen(token(2), 'SELECT DISTINCT member_id FROM app.visit'), '(2)', 'another table');
SELECT is(own_seen(token(2), 'SELECT DISTINCT member_id, count(*) FROM app.answer GROUP BY 1'), '(2,2)', 'a partitioned one');
SELECT is(own_seen(token(2), 'SELECT count(*) FROM app.answer_2025'), '(1)', 'a partition');
SELECT is(own_seen(token(2), 'SELECT FROM app.member WHERE id = 3'), '', 'not who is asked for');
SELECT is(own_seen(token(2), 'SELECT FROM app.member WHERE id = 2 OR true OFFSET 1'), '', 'nor anybody else');
SELECT is(own_seen(token(3), 'SELECT m.nickname, v.member_id, a.member_id FROM app.member m JOIN app.visit v ON v.member_id = m.id JOIN app.answer a ON a.member_id = v.member_id LIMIT 1'),
	'(three,3,3)', 'a join of own tables');
SELECT is(own_seen(token(3), 'SELECT count(*) FROM app.member m, app.visit v, app.answer a'), '(4)', 'has own rows on every side');
SELECT is(own_seen(token(3), 'SELECT m.id, v.member_id FROM app.member m LEFT JOIN app.visit v ON v.member_id <> m.id'), '(3,)', 'of outer joins too');
SELECT is(own_seen(token(3), 'WITH m AS (TABLE app.member) SELECT (SELECT count(*) FROM m), (SELECT count(*) FROM app.visit v WHERE v.member_id = 4)'),
	'(1,0)', 'CTEs and sublinks');
SELECT is(own_seen(token(4), 'SELECT nickname FROM app.member FOR UPDATE'), '(CANARY)', 'row locks');
SET ROLE web;
CREATE VIEW lab.mine AS SELECT id, nickname, zip FROM app.member;
CREATE VIEW lab.mine_barred WITH (security_barrier) AS SELECT * FROM lab.mine WHERE nickname <> '';
RESET ROLE;
SELECT is(own_seen(token(2), 'SELECT id FROM lab.mine'), '(2)', 'a view');
SELECT is(own_seen(token(2), 'SELECT id FROM lab.mine_barred'), '(2)', 'a security barrier view');
SELECT is(own_touched(token(2), 'UPDATE lab.mine SET zip = ''00100'''), '1', 'writes through a view');
SELECT is(own_touched(token(2), 'UPDATE lab.mine SET id = 3'), '42501', 'bound as without');
SELECT is(own_seen(token(2), 'SELECT id = 2, nickname, email FROM app.member', purpose => 'mirror'), '(f,,)', 'treatments are the purpose''s');

-- What is written.
SELECT is(own_touched(token(2), 'UPDATE app.member SET zip = ''00100'', nickname = ''x'''), '1', 'UPDATE corrects its own row');
SELECT is(own_touched(token(2), 'UPDATE app.member SET zip = ''x'' WHERE id = 3'), '0', 'and no other');
SELECT is(own_touched(token(2), 'UPDATE app.visit SET member_id = 3'), '42501', 'rows cannot be given away');
SELECT is(own_touched(token(2), 'UPDATE app.visit SET member_id = 2 WHERE visit_id = 2'), '0', 'nor taken');
SELECT is(own_touched(token(2), 'UPDATE app.visit SET member_id = 2'), '2', 'keeping them is no change');
SELECT is(own_touched(token(2), 'UPDATE app.answer SET answered = ''2025-06-06'' WHERE answered < ''2025-01-01'''), '1', 'a row moves to another partition');
SELECT is(own_touched(token(2), 'UPDATE app.answer SET member_id = 3, answered = ''2025-06-06'' WHERE answered < ''2025-01-01'''), '42501', 'but to nobody else');
SELECT is(own_touched(token(2), 'INSERT INTO app.visit VALUES (20, 2, ''p'')'), '1', 'INSERT about itself');
SELECT is(own_touched(token(2), 'INSERT INTO app.visit VALUES (20, 3, ''p'')'), '42501', 'not about somebody else');
SELECT is(own_touched(token(2), 'INSERT INTO app.visit VALUES (20, 2, ''p''), (21, 3, ''p'')'), '42501', 'all or nothing');
SELECT is(own_touched(token(2), 'INSERT INTO app.member (id) VALUES (3)'), '42501', 'that somebody is there already is not told');
SELECT is(own_touched(token(7), 'INSERT INTO app.member (id, nickname) VALUES (7, ''seven'')'), '1', 'the first row of a new subject');
SELECT is(own_touched(token(2), 'INSERT INTO app.answer (answered, member_id) VALUES (''2025-01-01'', 3)'), '42501', 'nor into a partition');
SELECT is(own_touched(token(2), 'INSERT INTO app.member (id, nickname) VALUES (2, ''x'') ON CONFLICT (id) DO UPDATE SET nickname = ''x'''), '1', 'ON CONFLICT with its own row');
SELECT is(own_touched(token(2), 'INSERT INTO app.visit VALUES (2, 2, ''x'') ON CONFLICT (visit_id) DO UPDATE SET page = ''x'''), '42501', 'with somebody else''s');
SELECT is(own_touched(token(2), 'DELETE FROM app.visit'), '2', 'DELETE erases its own rows');
SELECT is(own_touched(token(2), 'DELETE FROM app.visit WHERE member_id = 3'), '0', 'and no others');
SELECT is(own_seen(token(2), 'DELETE FROM app.member RETURNING id'), '(2)', 'RETURNING tells of its own');
SELECT is(own_touched(token(2), 'MERGE INTO app.visit v USING generate_series(1, 12) s ON v.visit_id = s WHEN MATCHED THEN DELETE'), '2', 'MERGE … DELETE');
SELECT is(own_touched(token(2), 'MERGE INTO app.visit v USING generate_series(1, 12) s ON v.visit_id = s WHEN MATCHED THEN UPDATE SET member_id = 1'), '42501', 'MERGE … UPDATE');
SELECT is(own_touched(token(2), 'MERGE INTO app.visit v USING (SELECT 20 AS s) s ON v.visit_id = s WHEN NOT MATCHED THEN INSERT VALUES (s, 1)'), '42501', 'MERGE … INSERT');
SELECT is(own_touched(token(2), 'COPY (SELECT FROM app.member) TO ''/dev/null'''), '42501', 'COPY to files is no more open than before');

-- Its own, and on a ground.
SELECT memreg.grant_consent('community', 2::bigint, 'diary');
SELECT is(own_seen(token(2), 'SELECT id FROM app.member', purpose => 'diary'), '(2)', 'a purpose that rests on consent too');
SELECT is(own_seen(token(1), 'SELECT FROM app.member', purpose => 'diary'), '', 'sees nobody who has not consented');
SELECT is(own_touched(token(1), 'INSERT INTO app.visit VALUES (20, 1)', purpose => 'diary'), '42501', 'and writes nothing about them');
SELECT is(own_touched(token(2), 'INSERT INTO app.visit VALUES (20, 1)', purpose => 'diary'), '42501', 'nor about another');
SELECT memreg.withdraw_consent('community', 2::bigint, 'diary');
SELECT is(own_seen(token(2), 'SELECT FROM app.member', purpose => 'diary'), '', 'until it is withdrawn');
ALTER TABLE app.visit ALTER member_id DROP NOT NULL;
INSERT INTO app.visit VALUES (30, NULL, 'CANARY');
SELECT is(own_seen(token(2), 'SELECT FROM app.visit WHERE visit_id = 30'), '', 'what names nobody is nobody''s own');
SELECT is(own_touched(token(2), 'UPDATE app.visit SET member_id = NULL'), '42501', 'and own rows do not become so');
SELECT is(own_touched(token(2), 'INSERT INTO app.visit (visit_id) VALUES (31)'), '42501', 'nor new ones');
DELETE FROM app.visit WHERE visit_id = 30;

-- Not the DBA's own policies either.
CREATE POLICY open ON app.visit USING (true);
SELECT is(own_seen(token(2), 'SELECT DISTINCT member_id FROM app.visit'), '(2)', 'a permissive policy widens nothing');
DROP POLICY open ON app.visit;

-- Tokens: only as they were issued.
CREATE FUNCTION subject_of(token text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('memreg.subject', token, true);
	RETURN memreg.session_subject('community');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE TABLE issued AS SELECT token(2) AS token;
SELECT is(subject_of(token), '2', 'the token as issued') FROM issued;
SELECT is_empty($$
	SELECT position, letter, outcome
	  FROM issued, generate_series(1, length(token)) position,
		   unnest(regexp_split_to_array('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ', '')) letter,
		   subject_of(overlay(token PLACING letter FROM position)) outcome
	 WHERE substr(token, position, 1) <> letter AND outcome <> 'MR341'$$, 'no character can be another');
SELECT is_empty($$
	SELECT n, outcome FROM issued, generate_series(1, length(token) - 1) n,
		   unnest(ARRAY[left(token, n), right(token, n), left(token, n) || 'A' || right(token, -n), left(token, n - 1) || right(token, -n)]) cut,
		   subject_of(cut) outcome
	 WHERE cut <> token AND outcome <> 'MR341'$$, 'none missing or added');
SELECT is(subject_of(altered), 'MR341', 'altered to ' || quote_literal(regexp_replace(replace(altered, E'\n', '\n'), '[A-Za-z0-9_-]{4,}', '…', 'g')))
  FROM issued, unnest(ARRAY[token || '.', token || ' ', ' ' || token, token || E'\n', token || '=', upper(token), lower(token), replace(token, 'mr1', 'mr2'), token || token]) altered;
SELECT is(subject_of(split_part(a.token, '.', 1) || '.' || split_part(a.token, '.', 2) || '.' || split_part(token(3), '.', 3)), 'MR341',
	'one token''s claim with another''s proof') FROM issued a;
SELECT isnt(token(2), token(2), 'tokens of one subject differ by their time');
SELECT is(subject_of(memreg.issue_subject_token('community', '2')), '2', 'the key may be given as text');
SELECT is(subject_of(memreg.issue_subject_token('community', '-007'::text)), '-7', 'which is made canonical');

-- Another register's.
SELECT memreg.create_register('other', 'Other', 'An association', subject_type => 'bigint');
SELECT is(own_seen(memreg.issue_subject_token('other', 1), 'SELECT FROM app.member'), 'MR343', 'a token of another register');
SELECT is(subject_of(memreg.issue_subject_token('other', 2)), 'MR343', 'has no subject in this one');
SELECT set_config('memreg.subject', token(2), false) AS set \gset
SELECT throws_ok('SELECT memreg.session_subject(''other'')', 'MR343', NULL, 'nor the other way');
SELECT is(memreg.session_subject('community'), '2', 'and stays good in its own');
SELECT throws_ok('SELECT memreg.session_subject(''none'')', 'MR010', NULL, 'an unknown register');
SELECT is(memreg.session_subject(NULL), NULL, 'no register');
RESET ALL;
SELECT is(memreg.session_subject('community'), NULL, 'RESET ALL forgets the subject');

-- Time.
SELECT is(own_seen(memreg.issue_subject_token('community', 2, '1 microsecond'), 'SELECT FROM app.member'), 'MR342', 'a token that has expired');
SELECT throws_ok(format('SELECT memreg.issue_subject_token(''community'', 2, %L)', valid_for), 'MR345', NULL, 'a token for ' || valid_for)
  FROM unnest(ARRAY['0', '-1 second', '1 hour 1 second', '1 month', '-1 month 1 hour']) valid_for;
SELECT throws_ok('SELECT memreg.issue_subject_token(''community'', 2, NULL)', 'MR345', NULL, 'a token for no time at all');
SELECT lives_ok('SELECT memreg.issue_subject_token(''community'', 2, ''1 hour'')', 'the longest');
SET memreg.subject_token_lifetime = '1d';
SELECT lives_ok('SELECT memreg.issue_subject_token(''community'', 2, ''1 day'')', 'may be set');
RESET memreg.subject_token_lifetime;
SELECT set_config('memreg.subject', memreg.issue_subject_token('community', 2, '1 second'), false), clock_timestamp() AS issued \gset
SELECT is(seen('web', 'self', 'SELECT id FROM app.member'), '(2)', 'a token that has not expired');
SELECT format('DO $d$ BEGIN WHILE clock_timestamp() <= %L::timestamptz + interval ''1 second'' LOOP PERFORM pg_sleep(0.02); END LOOP; END $d$', :'issued') \gexec
SELECT is(seen('web', 'self', 'SELECT FROM app.member'), 'MR342', 'expires, though it was good before');
RESET memreg.subject;

-- Who may use it.
SELECT is(own_seen(memreg.issue_subject_token('community', 2, role => 'web'), 'SELECT id FROM app.member'), '(2)', 'a token for the role');
SELECT is(own_seen(memreg.issue_subject_token('community', 2, role => 'web_admin'), 'SELECT FROM app.member'), 'MR344', 'for another');
SELECT is(own_seen(memreg.issue_subject_token('community', 2, role => 'web'), 'SELECT FROM app.member', 'web_admin'), 'MR344', 'the other way');
SELECT is(own_seen(memreg.issue_subject_token('community', 2, role => 'postgres'), 'SELECT id FROM app.member'), '(2)', 'for the role that logged in');
SELECT throws_ok('SELECT memreg.issue_subject_token(''community'', 2, role => 0::regrole)', 'MR040', NULL, 'for a role that does not exist');
CREATE FUNCTION lab.of_web() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT id FROM app.member';
ALTER FUNCTION lab.of_web() OWNER TO web;
SELECT is(own_seen(memreg.issue_subject_token('community', 2, role => 'web'), 'SELECT lab.of_web()', 'web_admin'), 'MR344', 'a function of the role is not the role');
SELECT is(own_seen(memreg.issue_subject_token('community', 2, role => 'web_admin'), 'SELECT lab.of_web()', 'web_admin'), '(2)', 'but serves who calls it');
SELECT set_config('memreg.subject', memreg.issue_subject_token('community', 2, role => 'web'), false) AS set \gset
SELECT is(seen('web', 'self', 'SELECT id FROM app.member'), '(2)', 'a token that was verified for one role');
SELECT is(seen('web_admin', 'self', 'SELECT FROM app.member'), 'MR344', 'is not for the next');
RESET memreg.subject;

-- Who may issue.
SELECT is(own_touched('', format(call, '2'), role), '42501', format('%s: %s', role, call))
  FROM unnest(ARRAY['web', 'app_owner', 'service']) role,
	   unnest(ARRAY['SELECT memreg.issue_subject_token(''community'', 2)', 'SELECT memreg.session_subject(''community'')', 'SET memreg.trust_subject = on',
					'ALTER ROLE web SET memreg.trust_subject = on', 'SET memreg.subject_token_lifetime = ''1d''',
					'CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql SET memreg.trust_subject = on AS ''SELECT 1''']) call;
GRANT EXECUTE ON FUNCTION memreg.issue_subject_token(text, bigint, interval, regrole) TO service;
SELECT is(own_touched('', 'SELECT memreg.issue_subject_token(''community'', 2)', 'service'), '1', 'the role that was granted it issues');
SELECT is(own_touched('', 'SELECT FROM app.member', 'service'), 'MR302', 'and sees nothing itself');
SELECT throws_ok(format('SELECT memreg.issue_subject_token(%s)', arguments), code, NULL, 'issuing for ' || arguments) FROM (VALUES
	('NULL, 2', 'MR014'), ('''community'', NULL::bigint', 'MR014'), ('''community'', NULL::text', 'MR014'), ('''none'', 2', 'MR010'),
	('''community'', ''x''', 'MR014'), ('''community'', '' 2''', 'MR014'), ('''community'', ''''', 'MR014'), ('''community'', ''9223372036854775808''', 'MR014'),
	('''community'', ''f81d4fae-7dec-11d0-a765-00a0c91e6bf6''::uuid', 'MR013')) AS bad(arguments, code);

-- Trust, where the DBA has turned it on.
SET memreg.trust_subject = on;
SELECT is(own_seen('2', 'SELECT id FROM app.member'), '(2)', 'the key itself');
SELECT is(own_seen('-0', 'SELECT FROM app.member'), '', 'in any spelling of it');
SELECT is(own_seen('002', 'SELECT id FROM app.member'), '(2)', 'such as this');
SELECT is(own_seen('', 'SELECT FROM app.member'), 'MR340', 'no key is an error still');
SELECT is(own_seen(value, 'SELECT FROM app.member'), 'MR014', format('%L is no key', value))
  FROM unnest(ARRAY['x', '1;', ' 1', '1 ', '9223372036854775808', token(2), '1,2', 'NULL', '%', repeat('1', 2000)]) value;
SELECT is(own_touched('2', 'UPDATE app.visit SET member_id = 3'), '42501', 'rows cannot be given away');
SELECT set_config('memreg.subject', '3', false) AS set \gset
SELECT is(seen('web', 'self', 'SELECT id FROM app.member'), '(3)', 'trusted while trust is on');
SELECT is(memreg.session_subject('community'), '3', 'and told so');
RESET memreg.trust_subject;
SELECT is(seen('web', 'self', 'SELECT FROM app.member'), 'MR341', 'and no longer');
RESET memreg.subject;
SELECT * FROM finish();
