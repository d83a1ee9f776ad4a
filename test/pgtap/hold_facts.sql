-- Holds: the ledger and the state of a register's held subjects, until when they are held, and that the consent index has them
-- as the tables do. No purpose sees more or less for them.
\i test/policy/register.sql
SET client_min_messages = warning;
SELECT plan(92);

SELECT memreg.create_register('companies', 'Customer register', 'Example City', 'uuid'),
	   memreg.create_register('people', 'Another register', 'Example City', 'text') \g /dev/null
CREATE VIEW last_hold AS SELECT * FROM memreg.hold_event ORDER BY event_id DESC LIMIT 1;

-- Does the consent index itself hold the subject? A changed table is taken over first.
CREATE FUNCTION index_has(register text, subject text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.refresh_consent_index();
	RETURN (SELECT memreg.consent_index_has('hold', r.register_id, subject) FROM memreg.register r WHERE r.register = index_has.register);
END $$;
CREATE FUNCTION index_is_right() RETURNS boolean LANGUAGE sql AS $$
	SELECT bool_and((missing, surplus) = (0, 0)) FROM memreg.verify_consent_index() $$;

-- Subjects of every type
SELECT isnt(memreg.hold('community', 1, 'claim'), NULL, 'a bigint is held');
SELECT ok(memreg.is_held('community', 1) AND memreg.is_held('community', '001'), 'and is known to be');
SELECT ok(NOT memreg.is_held('community', 11), 'nobody else is');
SELECT isnt(memreg.hold('companies', '0B5E6A5C-9d0f-4c3e-8f5a-2F1DE8A7B301'::uuid, 'claim'), NULL, 'a uuid is held');
SELECT ok(memreg.is_held('companies', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301'), 'and is known to be');
SELECT isnt(memreg.hold('people', 'ä', 'claim'), NULL, 'a text is held');
SELECT ok(memreg.is_held('people', 'ä') AND NOT memreg.is_held('people', 'a'), 'and is known to be');
SELECT ok(memreg.is_held('community', NULL::bigint) IS NULL, 'of nobody, nothing is known');
SELECT ok(index_has('community', '1') AND index_has('companies', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301') AND index_has('people', 'ä'),
		  'the index has them');
SELECT ok(NOT index_has('community', '11') AND NOT index_has('people', '1'), 'and nobody else');
SELECT set_eq($$SELECT register, purpose, subjects FROM memreg.consent_index WHERE kind = 'hold'$$,
			  $$VALUES ('community', NULL::text, 1::bigint), ('companies', NULL, 1), ('people', NULL, 1)$$, 'a set for each register');
SELECT ok(index_is_right(), 'as the tables say');
SELECT throws_ok(format('SELECT memreg.%s', call), code, NULL, call) FROM (VALUES
	($$hold('nowhere', 1, 'claim')$$, 'MR010'),
	($$hold('companies', 1, 'claim')$$, 'MR013'),
	($$hold('community', 'x', 'claim')$$, 'MR014'),
	($$hold('community', NULL::bigint, 'claim')$$, 'MR014'),
	($$hold(NULL, 1, 'claim')$$, 'MR014'),
	($$hold('community', 1, NULL)$$, 'MR204'),
	($$hold('community', 1, '')$$, 'MR204'),
	($$hold('community', 1, 'claim', until => now())$$, 'MR202'),
	($$hold('community', 1, 'claim', until => '-infinity')$$, 'MR202'),
	($$release_hold('nowhere', 1)$$, 'MR010'),
	($$release_hold('people', 1)$$, 'MR013'),
	($$release_hold(NULL, 1)$$, 'MR014'),
	($$is_held('nowhere', 1)$$, 'MR010'),
	($$is_held('community', 'x')$$, 'MR014')) refused(call, code);

-- What an event says
GRANT EXECUTE ON FUNCTION memreg.hold(text, bigint, text, timestamptz), memreg.release_hold(text, bigint, text) TO clerk;
SET memreg.actor = 'desk 4';
SET ROLE clerk;
SELECT memreg.hold('community', 20, 'claim, registry number 7', until => '2999-01-01 00:00+00') AS returned \gset
RESET ROLE;
RESET memreg.actor;
SELECT is(:returned::bigint, (SELECT event_id FROM last_hold), 'the function returns the event');
SELECT is((SELECT row(subject, number, act, changed, reason, until, actor, login_role, acting_role)::text FROM last_hold),
		  row('20'::text, 1, 'held', true, 'claim, registry number 7', timestamptz '2999-01-01 00:00+00', 'desk 4', session_user, 'clerk')::text,
		  'a hold says why, until when, and who recorded it');
SELECT ok((SELECT happened_at BETWEEN now() - interval '1 minute' AND clock_timestamp() FROM last_hold), 'and when');
SELECT is((SELECT register FROM last_hold JOIN memreg.register USING (register_id)), 'community', 'and in which register');
SELECT is((SELECT row(register, stands, held, until, events)::text FROM memreg.hold WHERE subject = '20'),
		  row('community'::text, true, true, timestamptz '2999-01-01 00:00+00', 1)::text, 'the view says what stands');
SELECT memreg.release_hold('community', 20, 'settled') AS returned \gset
SELECT is(:returned::bigint, (SELECT event_id FROM last_hold), 'so does the end of a hold');
SELECT is((SELECT row(number, act, changed, reason, until)::text FROM last_hold),
		  row(2, 'released', true, 'settled', NULL::timestamptz)::text, 'which has a reason, too');
SELECT is((SELECT row(stands, held, until, events)::text FROM memreg.hold WHERE subject = '20'), '(f,f,,2)', 'and nothing stands then');
SELECT is((SELECT reason FROM memreg.hold_event WHERE event_id = memreg.release_hold('community', 21)), NULL, 'or none');

-- What changed, and until when it lasts: the later end of two prevails. Letters are holds with ends ever later, "u" is one without.
CREATE FUNCTION acts(acts text, own bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	act text;
BEGIN
	FOREACH act IN ARRAY string_to_array(acts, NULL) LOOP
		CASE act
			WHEN 'u' THEN PERFORM memreg.hold('community', own, 'claim');
			WHEN 'i' THEN PERFORM memreg.hold('community', own, 'claim', until => 'infinity');
			WHEN 'r' THEN PERFORM memreg.release_hold('community', own);
			WHEN 'x' THEN UPDATE memreg.hold_state SET expires_at = now() - interval '1 second', changed_at = now() - interval '1 day' WHERE subject = own::text;
			ELSE PERFORM memreg.hold('community', own, 'claim', until => timestamptz '2999-01-01 00:00+00' + (ascii(act) - ascii('a')) * interval '1 day');
		END CASE;
	END LOOP;
	RETURN (SELECT string_agg(CASE WHEN changed THEN '!' ELSE '.' END, '' ORDER BY number) FROM memreg.hold_event WHERE subject = own::text) || ' '
		|| (SELECT CASE WHEN NOT stands THEN '-' WHEN until IS NULL THEN 'u' WHEN until = 'infinity' THEN 'i'
						ELSE chr((ascii('a') + extract(day FROM until - timestamptz '2999-01-01 00:00+00'))::int) END FROM memreg.hold WHERE subject = own::text);
END $$;
SELECT is(acts(acts, 100 + row_number() OVER ()), result, acts) FROM (VALUES
	('r', '. -'), ('u', '! u'), ('uu', '!. u'), ('ur', '!! -'), ('urr', '!!. -'), ('ru', '.! u'), ('uru', '!!! u'),
	('a', '! a'), ('aa', '!. a'), ('ab', '!! b'), ('ba', '!. b'), ('bac', '!.! c'), ('bra', '!!! a'), ('bara', '!.!! a'),
	('au', '!! u'), ('ua', '!. u'), ('aua', '!!. u'), ('ai', '!! i'), ('ia', '!. i'), ('ui', '!. u'),
	('ax', '! -'), ('bxa', '!! a'), ('bxu', '!! u'), ('axr', '!. -'), ('ux', '! -'), ('uxa', '!! a')) done(acts, result);
SELECT is((SELECT count(*) FROM memreg.hold_event e WHERE number <> (
		SELECT count(*) FROM memreg.hold_event b
		 WHERE (b.register_id, b.subject) = (e.register_id, e.subject) AND b.event_id <= e.event_id)), 0::bigint,
	'holds are numbered for each subject of a register');
SELECT ok(index_is_right(), 'and the index has followed');
SELECT is((SELECT count(*) FROM memreg.hold h WHERE h.stands <> index_has(h.register, h.subject)), 0::bigint, 'to each of them');

-- Ends by date, moved through the data
UPDATE memreg.hold_state SET expires_at = now() - interval '1 second' WHERE subject = '1';
SELECT ok(NOT memreg.is_held('community', 1), 'a hold whose end has passed is none');
SELECT ok(NOT index_has('community', '1'), 'in the index neither');
SELECT is((SELECT row(stands, held)::text FROM memreg.hold WHERE subject = '1'), '(f,t)', 'nobody has released it');
SELECT memreg.load_consent_index() \g /dev/null
SELECT ok(NOT index_has('community', '1') AND index_is_right(), 'nor in one that is loaded anew');
UPDATE memreg.hold_state SET expires_at = 'infinity' WHERE subject = '1';
SELECT ok(memreg.is_held('community', 1) AND index_has('community', '1'), 'with an end that is never, it stands again');
SELECT ok(index_is_right(), 'as the tables say');

-- The next end is that of whatever ends first, a consent or a hold.
SELECT memreg.grant_consent('community', 6, 'research', expires_at => '2998-01-01') \g /dev/null
BEGIN;
SELECT is(memreg.hold_consent_index(), '2998-01-01'::timestamptz, 'the index is right until a consent ends');
COMMIT;
SELECT memreg.hold('community', 8, 'claim', until => '2997-01-01') \g /dev/null
BEGIN;
SELECT is(memreg.hold_consent_index(), '2997-01-01'::timestamptz, 'or a hold');
COMMIT;
SELECT memreg.reset_consent_index() \g /dev/null
BEGIN;
SELECT is(memreg.hold_consent_index(), '2997-01-01'::timestamptz, 'one that is loaded anew, too');
COMMIT;
SELECT memreg.release_hold('community', 8), memreg.withdraw_consent('community', 6, 'research') \g /dev/null

-- Changed by hand, emptied, and taken back
DELETE FROM memreg.hold_state WHERE subject = '1';
SELECT ok(NOT memreg.is_held('community', 1) AND NOT index_has('community', '1'), 'a row that is deleted');
INSERT INTO memreg.hold_state (register_id, subject, held, changed_at, events, changed)
SELECT register_id, n, true, now(), 1, true FROM memreg.register, generate_series(1001, 3000) n WHERE register = 'community';
SELECT ok(index_has('community', '1001') AND index_has('community', '3000') AND index_is_right(), 'and many that are inserted');
UPDATE memreg.hold_state SET subject = '4001' WHERE subject = '3000';
SELECT ok(index_has('community', '4001') AND NOT index_has('community', '3000') AND index_is_right(), 'and one that becomes another''s');
BEGIN;
SELECT memreg.hold('community', 5001, 'claim') \g /dev/null
SELECT ok(memreg.is_held('community', 5001), 'a hold stands before the commit');
SELECT ok(NOT index_has('community', '5001'), 'but not in what all sessions share');
SAVEPOINT s;
SELECT memreg.release_hold('community', 5001) \g /dev/null
ROLLBACK TO s;
SELECT ok(memreg.is_held('community', 5001), 'nor does its end that is taken back');
ROLLBACK;
SELECT ok(NOT memreg.is_held('community', 5001) AND NOT index_has('community', '5001'), 'and is gone with a rollback');
BEGIN;
TRUNCATE memreg.hold_state;
SELECT ok(NOT memreg.is_held('community', 1001), 'a table that is emptied holds nobody');
ROLLBACK;
SELECT ok(memreg.is_held('community', 1001) AND index_has('community', '1001') AND index_is_right(), 'and all of them when that is taken back');
TRUNCATE memreg.hold_state;
SELECT ok(NOT index_has('community', '1001') AND index_is_right(), 'nobody when it is not');

-- What the triggers did not hear of is asked of the tables.
ALTER TABLE memreg.hold_state DISABLE TRIGGER note_change;
SELECT memreg.hold('community', 2, 'claim') \g /dev/null
SELECT is(index_has('community', '2'), NULL, 'without its trigger there is no index');
SELECT ok(memreg.is_held('community', 2), 'and the tables know');
ALTER TABLE memreg.hold_state ENABLE ALWAYS TRIGGER note_change;
SELECT ok(index_has('community', '2') AND index_is_right(), 'with it, the index does again');

-- A hold keeps rows. It shows none, hides none, and no plan looks at it.
CREATE FUNCTION plan_of(purpose text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	PERFORM set_config('role', CASE purpose WHEN 'research' THEN 'researcher' ELSE 'clerk' END, true), set_config('memreg.purpose', purpose, true);
	FOR line IN EXECUTE 'EXPLAIN VERBOSE SELECT * FROM app.member' LOOP
		plan := plan || line;
	END LOOP;
	FOR line IN EXECUTE 'SELECT m::text FROM app.member m ORDER BY 1' LOOP
		plan := plan || line;
	END LOOP;
	PERFORM set_config('role', 'none', true);
	RETURN plan;
END $$;
TRUNCATE memreg.hold_state;
CREATE TABLE before AS SELECT purpose, plan_of(purpose) AS plan FROM unnest('{research,billing}'::text[]) purpose;
SELECT memreg.hold('community', n::bigint, 'claim') FROM generate_series(1, 9) n \g /dev/null
SELECT is(plan_of(purpose), plan, 'plan and rows are as before: ' || purpose) FROM before;
SELECT unalike(memreg.explain('SELECT * FROM app.member', 'researcher', 'research')::text, '%held%', 'nor does an explanation name it') LIMIT 1;

-- Nobody but the functions writes ledger and state.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA memreg TO clerk;
CREATE FUNCTION refusal(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is_empty($$
	SELECT statement FROM unnest('{hold_event,hold_state}'::text[]) relation,
		   unnest('{SELECT FROM memreg.%s,DELETE FROM memreg.%s,TRUNCATE memreg.%s,INSERT INTO memreg.%s DEFAULT VALUES}'::text[]) form,
		   LATERAL (SELECT format(form, relation) AS statement) s
	 WHERE refusal('clerk', statement) <> '42501'$$, 'a role that may call every function cannot touch a table');
SELECT is(refusal('clerk', 'SELECT FROM memreg.hold'), '42501', 'nor look at the view');
SELECT is_empty($$
	SELECT statement FROM unnest(ARRAY['UPDATE memreg.hold_event SET subject = ''1''', 'DELETE FROM memreg.hold_event',
									   'TRUNCATE memreg.hold_event', 'DELETE FROM memreg.hold_event WHERE false']) statement
	 WHERE refusal('none', statement) <> 'MR201'$$, 'nobody changes the ledger');
SELECT * FROM finish();
