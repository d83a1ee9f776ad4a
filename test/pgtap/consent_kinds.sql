-- Objections and restrictions: the same ledger as that of consents, for other bases and for whole registers.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(75);

CREATE FUNCTION declare_registers() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.create_register('companies', 'Customer register', 'Example City', 'uuid');
	PERFORM memreg.create_register('people', 'Another register', 'Example City', 'text');
	PERFORM memreg.create_purpose('members', basis, basis)
	   FROM unnest('{consent,contract,legal_obligation,vital_interests,public_task,legitimate_interests}'::text[]) basis;
	PERFORM memreg.create_purpose(register, 'public_task', 'public_task') FROM unnest('{companies,people}'::text[]) register;
END $$;
SELECT declare_registers() \g /dev/null
CREATE VIEW last_objection AS SELECT * FROM memreg.objection_event ORDER BY event_id DESC LIMIT 1;
CREATE VIEW last_restriction AS SELECT * FROM memreg.restriction_event ORDER BY event_id DESC LIMIT 1;

-- Art. 21(1): against two bases
SELECT lives_ok(format('SELECT memreg.%s(''members'', 1, %L)', f, basis), f || ': ' || basis)
  FROM unnest('{object_to,withdraw_objection}'::text[]) f, unnest('{public_task,legitimate_interests}'::text[]) basis;
SELECT throws_ok(format('SELECT memreg.%s(''members'', 1, %L)', f, basis), 'MR203', NULL, f || ': not ' || basis)
  FROM unnest('{object_to,withdraw_objection}'::text[]) f,
	   unnest('{consent,contract,legal_obligation,vital_interests}'::text[]) basis;
SELECT is((SELECT bool_or(memreg.has_objected('members', 1, purpose)) FROM memreg.purpose WHERE register = 'members'), false,
		  'whether somebody has objected can be asked of every purpose');

-- Subjects of every type
SELECT isnt(memreg.object_to('members', 5, 'public_task'), NULL, 'a bigint objects');
SELECT ok(memreg.has_objected('members', 5, 'public_task') AND memreg.has_objected('members', '005', 'public_task'), 'and has objected');
SELECT ok(NOT memreg.has_objected('members', 6, 'public_task'), 'nobody else has');
SELECT ok(NOT memreg.has_objected('members', 5, 'legitimate_interests'), 'nor has it to another purpose');
SELECT isnt(memreg.object_to('companies', '0B5E6A5C-9d0f-4c3e-8f5a-2F1DE8A7B301'::uuid, 'public_task'), NULL, 'a uuid objects');
SELECT ok(memreg.has_objected('companies', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', 'public_task'), 'and has objected');
SELECT isnt(memreg.object_to('people', 'ä', 'public_task'), NULL, 'a text objects');
SELECT ok(memreg.has_objected('people', 'ä', 'public_task') AND NOT memreg.has_objected('people', 'a', 'public_task'), 'and has objected');
SELECT isnt(memreg.restrict_subject('members', 5, 'contested'), NULL, 'a bigint is restricted');
SELECT ok(memreg.is_restricted('members', 5) AND memreg.is_restricted('members', '5'), 'and is known to be');
SELECT ok(NOT memreg.is_restricted('members', 6), 'nobody else is');
SELECT isnt(memreg.restrict_subject('companies', '0B5E6A5C-9d0f-4c3e-8f5a-2F1DE8A7B301'::uuid, 'contested'), NULL, 'a uuid is restricted');
SELECT ok(memreg.is_restricted('companies', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301'), 'and is known to be');
SELECT isnt(memreg.restrict_subject('people', '5', 'contested'), NULL, 'a text is restricted');
SELECT ok(memreg.is_restricted('people', '5') AND NOT memreg.is_restricted('people', '05'), 'and is known to be');
SELECT ok(memreg.has_objected('members', NULL::bigint, 'public_task') IS NULL AND memreg.is_restricted('members', NULL::bigint) IS NULL,
		  'of nobody, nothing is known');
SELECT throws_ok(format('SELECT memreg.%s', call), code, NULL, call) FROM (VALUES
	($$object_to('nowhere', 1, 'public_task')$$, 'MR010'),
	($$object_to('members', 1, 'nothing')$$, 'MR020'),
	($$object_to('members', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301'::uuid, 'public_task')$$, 'MR013'),
	($$object_to('members', 'x', 'public_task')$$, 'MR014'),
	($$object_to('members', NULL::bigint, 'public_task')$$, 'MR014'),
	($$withdraw_objection('members', 1, NULL)$$, 'MR014'),
	($$restrict_subject('nowhere', 1, 'contested')$$, 'MR010'),
	($$restrict_subject('companies', 1, 'contested')$$, 'MR013'),
	($$restrict_subject('members', 'x', 'contested')$$, 'MR014'),
	($$restrict_subject('members', NULL::bigint, 'contested')$$, 'MR014'),
	($$restrict_subject('members', 1, NULL)$$, 'MR204'),
	($$restrict_subject('members', 1, '')$$, 'MR204'),
	($$lift_restriction(NULL, 1)$$, 'MR014')) refused(call, code);

-- What an event says
CREATE ROLE clerk;
GRANT EXECUTE ON FUNCTION memreg.object_to(text, bigint, text, text, text), memreg.restrict_subject(text, bigint, text, text),
	memreg.lift_restriction(text, bigint, text, text) TO clerk;
SET memreg.actor = 'desk 4';
SET ROLE clerk;
SELECT memreg.object_to('members', 20, 'public_task', reason => 'my situation', channel => 'letter') \g /dev/null
SELECT memreg.restrict_subject('members', 20, reason => 'accuracy contested', channel => 'phone') \g /dev/null
RESET ROLE;
RESET memreg.actor;
SELECT is((SELECT row(subject, number, act, changed, reason, channel, actor, login_role, acting_role)::text FROM last_objection),
		  row('20'::text, 1, 'objected', true, 'my situation', 'letter', 'desk 4', session_user, 'clerk')::text,
		  'an objection says why, by which way, and who recorded it');
SELECT is((SELECT row(subject, number, act, changed, reason, channel, actor, login_role, acting_role)::text FROM last_restriction),
		  row('20'::text, 1, 'restricted', true, 'accuracy contested', 'phone', 'desk 4', session_user, 'clerk')::text,
		  'so does a restriction');
SELECT ok((SELECT happened_at BETWEEN now() - interval '1 minute' AND clock_timestamp() FROM last_restriction), 'and when');
SELECT is((SELECT register FROM last_restriction JOIN memreg.register USING (register_id)), 'members', 'and in which register');
SELECT memreg.withdraw_objection('members', 20, 'public_task') AS returned \gset
SELECT is(:returned::bigint, (SELECT event_id FROM last_objection), 'the function returns the event');
SELECT is((SELECT row(number, act, changed, reason, channel, actor)::text FROM last_objection),
		  row(2, 'withdrawn', true, NULL::text, NULL::text, NULL::text)::text, 'what is not said is not there');
SELECT memreg.lift_restriction('members', 20, 'verified') AS returned \gset
SELECT is(:returned::bigint, (SELECT event_id FROM last_restriction), 'as does this one');
SELECT is((SELECT row(number, act, changed, reason)::text FROM last_restriction), row(2, 'lifted', true, 'verified')::text,
		  'a restriction ends for a reason, too');
SELECT ok(NOT memreg.has_objected('members', 20, 'public_task') AND NOT memreg.is_restricted('members', 20), 'neither stands now');
SELECT is((SELECT row(register, purpose, subject, stands, events)::text FROM memreg.objection WHERE subject = '20'),
		  '(members,public_task,20,f,2)', 'the view of objections says so');
SELECT is((SELECT row(register, subject, stands, events)::text FROM memreg.restriction WHERE subject = '20'), '(members,20,f,2)',
		  'and that of restrictions');

-- What changed
CREATE FUNCTION acts(acts text, own bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	act text;
	changes text := '';
BEGIN
	FOREACH act IN ARRAY string_to_array(acts, NULL) LOOP
		CASE act
			WHEN 'o' THEN PERFORM memreg.object_to('members', own, 'public_task');
			WHEN 'w' THEN PERFORM memreg.withdraw_objection('members', own, 'public_task');
			WHEN 'r' THEN PERFORM memreg.restrict_subject('members', own, 'contested');
			WHEN 'l' THEN PERFORM memreg.lift_restriction('members', own);
		END CASE;
	END LOOP;
	SELECT string_agg(CASE WHEN changed THEN '!' ELSE '.' END, '' ORDER BY number) INTO changes
	  FROM (SELECT number, changed FROM memreg.objection_event WHERE subject = own::text
			UNION ALL SELECT number, changed FROM memreg.restriction_event WHERE subject = own::text) e;
	RETURN changes;
END $$;
SELECT is(acts(acts, 100 + row_number() OVER ()), changes, acts) FROM (VALUES
	('w', '.'), ('o', '!'), ('oo', '!.'), ('ow', '!!'), ('oww', '!!.'), ('wo', '.!'), ('owo', '!!!'),
	('l', '.'), ('r', '!'), ('rr', '!.'), ('rl', '!!'), ('rll', '!!.'), ('lr', '.!'), ('rlr', '!!!')) done(acts, changes);
SELECT is((SELECT count(*) FROM memreg.objection_event e WHERE number <> (
		SELECT count(*) FROM memreg.objection_event b
		 WHERE (b.purpose_id, b.subject) = (e.purpose_id, e.subject) AND b.event_id <= e.event_id)), 0::bigint,
	'objections are numbered for each subject and purpose');
SELECT is((SELECT count(*) FROM memreg.restriction_event e WHERE number <> (
		SELECT count(*) FROM memreg.restriction_event b
		 WHERE (b.register_id, b.subject) = (e.register_id, e.subject) AND b.event_id <= e.event_id)), 0::bigint,
	'restrictions for each subject of a register');

-- Kinds are apart, and rolled back with their transaction.
SELECT ok(memreg.has_objected('members', 102, 'public_task') AND NOT memreg.is_restricted('members', 102), 'who objects is not restricted');
BEGIN;
SELECT memreg.restrict_subject('members', 201, 'contested') \g /dev/null
SELECT ok(memreg.is_restricted('members', 201), 'a restriction stands before the commit');
ROLLBACK;
SELECT ok(NOT memreg.is_restricted('members', 201), 'and is gone with a rollback');

-- Nobody but the functions writes ledgers and states.
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
	SELECT statement FROM unnest('{consent,objection,restriction}'::text[]) kind, unnest('{event,state}'::text[]) what,
		   unnest(ARRAY['SELECT FROM', 'UPDATE %s SET subject = ''1''', 'DELETE FROM', 'TRUNCATE', 'INSERT INTO %s DEFAULT VALUES']) form,
		   LATERAL (SELECT CASE WHEN form ~ '%s' THEN format(form, 'memreg.' || kind || '_' || what)
								ELSE form || ' memreg.' || kind || '_' || what END AS statement) s
	 WHERE refusal('clerk', statement) <> '42501'$$, 'a role that may call every function cannot touch a table');
SELECT is_empty($$
	SELECT statement FROM unnest('{consent,objection,restriction}'::text[]) kind,
		   unnest(ARRAY['UPDATE memreg.%s_event SET subject = ''1''', 'DELETE FROM memreg.%s_event', 'TRUNCATE memreg.%s_event',
						'DELETE FROM memreg.%s_event WHERE false']) form,
		   LATERAL (SELECT format(form, kind) AS statement) s
	 WHERE refusal('none', statement) <> 'MR201'$$, 'nobody changes a ledger');
SELECT is((SELECT count(*) FROM memreg.objection_event), 23::bigint, 'nothing was lost in these attempts');
SELECT * FROM finish();
