-- The ledger of consents: what is recorded of whom, in which order, and what stands afterwards.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(71);

CREATE FUNCTION declare_registers() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.create_register('companies', 'Customer register', 'Example City', 'uuid');
	PERFORM memreg.create_register('people', 'Another register', 'Example City', 'text');
	PERFORM memreg.create_purpose(register, purpose, 'consent')
	   FROM (VALUES ('members', 'research'), ('members', 'contact'), ('companies', 'research'), ('people', 'research')) p(register, purpose);
END $$;
SELECT declare_registers() \g /dev/null
CREATE VIEW last AS SELECT * FROM memreg.consent_event ORDER BY event_id DESC LIMIT 1;

-- Subject keys, however they are written
SELECT isnt(memreg.grant_consent('members', 1, 'research'), NULL, 'an integer literal');
SELECT is((SELECT subject FROM last), '1', 'is the key 1');
SELECT ok(memreg.has_consent('members', 1, 'research'), 'and stands');
SELECT ok(memreg.has_consent('members', 1::smallint, 'research'), 'for a smallint');
SELECT ok(memreg.has_consent('members', 1::bigint, 'research'), 'for a bigint');
SELECT ok(memreg.has_consent('members', '1', 'research'), 'for a literal without a type');
SELECT ok(memreg.has_consent('members', '1'::text, 'research'), 'for a text');
SELECT ok(memreg.has_consent('members', '1'::varchar(9), 'research'), 'for a varchar');
SELECT ok(memreg.has_consent('members', '001', 'research'), 'for another spelling');
SELECT ok(memreg.has_consent(purpose => 'research', subject => 1, register => 'members'), 'for named arguments');
CREATE DOMAIN member_number AS bigint;
CREATE DOMAIN member_text AS text;
SELECT ok(memreg.has_consent('members', 1::member_number, 'research'), 'for a domain over bigint');
SELECT ok(memreg.has_consent('members', '1'::member_text, 'research'), 'for a domain over text');
SELECT ok(NOT memreg.has_consent('members', 2, 'research'), 'not for another subject');
SELECT ok(NOT memreg.has_consent('members', 1, 'contact'), 'not for another purpose');
SELECT ok(NOT memreg.has_consent('people', '1', 'research'), 'not in another register');
SELECT ok((SELECT bool_and(memreg.has_consent('members', g, 'research') = (g = 1)) FROM generate_series(0, 3) g), 'for a column');

PREPARE untyped AS SELECT memreg.grant_consent('members', $1, 'contact');
PREPARE untyped_has AS SELECT memreg.has_consent('members', $1, 'contact');
PREPARE typed(int) AS SELECT memreg.has_consent('members', $1, 'contact');
EXECUTE untyped(7) \g /dev/null
PREPARE seven AS SELECT true;
SELECT results_eq('EXECUTE untyped_has(7)', 'seven', 'a parameter without a type');
SELECT results_eq('EXECUTE typed(7)', 'seven', 'and one with a type');
SELECT lives_ok('EXECUTE untyped(''-0'')', 'minus nought');
SELECT is((SELECT subject FROM last), '0', 'is nought');
SELECT lives_ok($$SELECT memreg.grant_consent('members', -9223372036854775808, 'research')$$, 'the least bigint');
SELECT lives_ok($$SELECT memreg.grant_consent('members', '9223372036854775807', 'research')$$, 'the greatest bigint');

SELECT isnt(memreg.grant_consent('companies', '0B5E6A5C-9d0f-4c3e-8f5a-2F1DE8A7B301', 'research'), NULL, 'a uuid in capitals');
SELECT is((SELECT subject FROM last), '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', 'is the same uuid');
SELECT ok(memreg.has_consent('companies', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301'::uuid, 'research'), 'and stands');

CREATE TABLE text_key (key text);
INSERT INTO text_key VALUES (''), (' '), ('A'), ('a'), ('ä'), (E'a\u0308'), (E'\n'), ('%'), ('NULL'), (repeat('k', 1000));
SELECT ok((SELECT bool_and(memreg.grant_consent('people', key, 'research') IS NOT NULL) FROM text_key WHERE key NOT IN ('A', ' ')), 'text keys');
SELECT results_eq($$SELECT key COLLATE "C" FROM text_key WHERE NOT memreg.has_consent('people', key, 'research') ORDER BY key COLLATE "C"$$,
				  $$VALUES (' ' COLLATE "C"), ('A')$$, 'are equal when all their bytes are');
SELECT throws_ok(format($$SELECT memreg.%s('people', repeat('k', 100000), 'research')$$, f), 'MR014', NULL, 'a key without measure: ' || f)
  FROM unnest('{grant_consent,withdraw_consent,has_consent}'::text[]) f;

-- What an event says
CREATE ROLE clerk;
GRANT EXECUTE ON FUNCTION memreg.grant_consent(text, bigint, text, timestamptz, jsonb, text, text), memreg.withdraw_consent(text, bigint, text, text, jsonb) TO clerk;
SET memreg.actor = 'desk 4';
SET ROLE clerk;
CREATE TEMPORARY TABLE event AS SELECT memreg.grant_consent('members', 20, 'research', '2999-12-31 12:00+02', '{"form": 7}', 'paper', 'v3') AS id;
RESET ROLE;
SELECT is((SELECT event_id FROM last), (SELECT id FROM event), 'the function returns the event');
SELECT is((SELECT row(subject, number, act, changed, expires_at, evidence, channel, wording, actor, login_role, acting_role)::text FROM last),
		  row('20'::text, 1, 'granted', true, '2999-12-31 12:00+02'::timestamptz, '{"form": 7}'::jsonb, 'paper', 'v3', 'desk 4', session_user, 'clerk')::text,
		  'which says what, until when, on what evidence, by which way, to which wording, and who did it');
SELECT ok((SELECT happened_at BETWEEN now() - interval '1 minute' AND clock_timestamp() FROM last), 'and when');
SELECT is((SELECT register || '/' || purpose FROM last JOIN memreg.purpose USING (purpose_id)), 'members/research', 'and for what');
RESET memreg.actor;
SELECT memreg.withdraw_consent('members', 20, 'research') \g /dev/null
SELECT is((SELECT row(number, act, changed, expires_at, evidence, actor, acting_role)::text FROM last),
		  row(2, 'withdrawn', true, NULL::timestamptz, NULL::jsonb, NULL::text, session_user)::text, 'no actor is no actor');
SELECT memreg.withdraw_consent('members', 20, 'research', 'phone', '{"call": 8}') \g /dev/null
SELECT is((SELECT row(number, act, changed, expires_at, evidence, channel, wording)::text FROM last),
		  row(3, 'withdrawn', false, NULL::timestamptz, '{"call": 8}'::jsonb, 'phone', NULL::text)::text, 'a withdrawal comes by a way, too');
SELECT is((SELECT stands || ' ' || granted || ' ' || events FROM memreg.consent WHERE subject = '20'), 'false false 3', 'the view says what stands');

-- What changed
CREATE FUNCTION acts(acts text, own bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	act text;
BEGIN
	FOREACH act IN ARRAY string_to_array(acts, NULL) LOOP
		CASE act
			WHEN 'g' THEN PERFORM memreg.grant_consent('members', own, 'contact');
			WHEN 'u' THEN PERFORM memreg.grant_consent('members', own, 'contact', expires_at => '2999-01-01');
			WHEN 'v' THEN PERFORM memreg.grant_consent('members', own, 'contact', expires_at => '2999-01-02');
			WHEN 'i' THEN PERFORM memreg.grant_consent('members', own, 'contact', expires_at => 'infinity');
			WHEN 's' THEN
				PERFORM memreg.grant_consent('members', own, 'contact', expires_at => clock_timestamp() + interval '250 milliseconds');
				PERFORM pg_sleep(0.26);
			WHEN 'w' THEN PERFORM memreg.withdraw_consent('members', own, 'contact');
		END CASE;
	END LOOP;
	RETURN (SELECT string_agg(CASE WHEN changed THEN '!' ELSE '.' END, '' ORDER BY number) FROM memreg.consent_event
			 WHERE subject = own::text AND purpose_id = (SELECT purpose_id FROM memreg.purpose WHERE purpose = 'contact'));
END $$;
SELECT is(acts('w', 101), '.', 'a withdrawal of nothing changes nothing');
SELECT is(acts('g', 102), '!', 'a first consent does');
SELECT is(acts('gg', 103), '!.', 'the second of the same does not');
SELECT is(acts('gw', 104), '!!', 'a withdrawal does');
SELECT is(acts('gww', 105), '!!.', 'the second does not');
SELECT is(acts('gwg', 106), '!!!', 'a consent anew does');
SELECT is(acts('gu', 107), '!!', 'an end that was not there does');
SELECT is(acts('uu', 108), '!.', 'the same end does not');
SELECT is(acts('uv', 109), '!!', 'a later end does');
SELECT is(acts('ug', 110), '!!', 'the end taken away does');
SELECT is(acts('wg', 111), '.!', 'a consent after a refusal does');
SELECT is(acts('sg', 112), '!!', 'a consent after one that has lapsed does');
SELECT is(acts('sw', 113), '!.', 'a withdrawal of one that has lapsed does not');
SELECT is(acts('sww', 114), '!..', 'nor the second');
SELECT is(acts('ss', 115), '!!', 'one short consent after another does');

-- Numbers
SELECT is((SELECT string_agg(number::text, ',' ORDER BY event_id) FROM memreg.consent_event WHERE subject = '105'), '1,2,3', 'events are numbered');
SELECT acts('g', 105) \g /dev/null
SELECT memreg.grant_consent('members', 105, 'research') \g /dev/null
SELECT is((SELECT string_agg(number::text, ',' ORDER BY event_id) FROM memreg.consent_event WHERE subject = '105'), '1,2,3,4,1', 'for each subject and purpose');

-- Transactions
BEGIN;
SELECT memreg.grant_consent('members', 201, 'research') \g /dev/null
SELECT ok(memreg.has_consent('members', 201, 'research'), 'one''s own consent stands before the commit');
SAVEPOINT s;
SELECT memreg.withdraw_consent('members', 201, 'research') \g /dev/null
SELECT ok(NOT memreg.has_consent('members', 201, 'research'), 'and one''s own withdrawal');
ROLLBACK TO s;
SELECT ok(memreg.has_consent('members', 201, 'research'), 'until it is taken back');
SELECT is(acts('gw', 202), '!!', 'in one statement too');
ROLLBACK;
SELECT ok(NOT memreg.has_consent('members', 201, 'research'), 'what is rolled back never was');
SELECT is_empty($$SELECT FROM memreg.consent_event WHERE subject IN ('201', '202')$$, 'nor is it in the ledger');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT memreg.grant_consent('members', 203, 'research') \g /dev/null
SELECT ok(memreg.has_consent('members', 203, 'research'), 'under repeatable read too');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT memreg.withdraw_consent('members', 203, 'research') \g /dev/null
SELECT ok(NOT memreg.has_consent('members', 203, 'research'), 'and serializable');
COMMIT;
BEGIN;
SELECT memreg.grant_consent('members', 204, 'research') \g /dev/null
PREPARE TRANSACTION 'consent';
SELECT ok(NOT memreg.has_consent('members', 204, 'research'), 'a prepared consent does not stand yet');
COMMIT PREPARED 'consent';
SELECT ok(memreg.has_consent('members', 204, 'research'), 'but does once it is committed');

-- A register and a purpose declared in the same transaction
BEGIN;
SELECT memreg.create_register('new', 'New register', 'Example City') \g /dev/null
SELECT memreg.create_purpose('new', 'new', 'consent') \g /dev/null
SELECT lives_ok($$SELECT memreg.grant_consent('new', 1, 'new')$$, 'a purpose is known in the transaction that declares it');
ROLLBACK;
SELECT throws_ok($$SELECT memreg.grant_consent('new', 1, 'new')$$, 'MR010', NULL, 'and gone with it');

-- Parallel workers
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE TABLE many AS SELECT g AS id FROM generate_series(1, 5000) g;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
SELECT memreg.grant_consent('members', g, 'research') FROM generate_series(1000, 1999) g \g /dev/null
PREPARE parallel AS SELECT count(*)::int FROM many WHERE id > 500 AND memreg.has_consent('members', id, 'research');
CREATE FUNCTION plan_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
		plan := plan || line;
	END LOOP;
	RETURN plan;
END $$;
SELECT matches(plan_of('EXECUTE parallel'), 'Parallel Seq Scan', 'consents are looked up in parallel');
PREPARE thousand AS SELECT 1000;
SELECT results_eq('EXECUTE parallel', 'thousand', 'with the same result');
BEGIN;
SELECT memreg.withdraw_consent('members', g, 'research') FROM generate_series(1000, 1499) g \g /dev/null
PREPARE half AS SELECT 500;
SELECT results_eq('EXECUTE parallel', 'half', 'also before the commit');
ROLLBACK;

-- Functions are marked as what they are.
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc
				   WHERE pronamespace = 'memreg'::regnamespace AND proname IN ('grant_consent', 'withdraw_consent')
					 AND (provolatile, proparallel) <> ('v', 'u')$$, 'acts change something');
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc
				   WHERE pronamespace = 'memreg'::regnamespace AND proname = 'has_consent'
					 AND (provolatile, proparallel) <> ('s', 's')$$, 'a look does not');
SELECT * FROM finish();
