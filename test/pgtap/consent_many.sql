-- Consents of many subjects in one call: what is recorded of each is what the single call records.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(43);

CREATE FUNCTION declare_registers() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.create_register('companies', 'Customer register', 'Example City', 'uuid');
	PERFORM memreg.create_register('people', 'Another register', 'Example City', 'text');
	PERFORM memreg.create_purpose(register, 'research', 'consent') FROM memreg.register;
	PERFORM memreg.create_purpose('members', 'membership', 'contract');
	PERFORM memreg.create_purpose('members', 'contact', 'consent');
END $$;
SELECT declare_registers() \g /dev/null

-- Every type, and text for every type
SELECT is(memreg.grant_consents('members', ARRAY[3, 1, 2], 'research'), 3::bigint, 'integers');
SELECT is(memreg.grant_consents('members', ARRAY[4, 1]::bigint[], 'research'), 1::bigint, 'bigints; those that stood do not count');
SELECT is(memreg.grant_consents('members', ARRAY['5', '005', '-0'], 'research'), 2::bigint, 'texts for bigints, in any spelling');
SELECT is((SELECT string_agg(subject, ',' ORDER BY subject) FROM memreg.consent WHERE stands), '0,1,2,3,4,5', 'all of them stand');
SELECT is(memreg.grant_consents('companies', ARRAY['0B5E6A5C-9d0f-4c3e-8f5a-2F1DE8A7B301', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b302']::uuid[], 'research'),
		  2::bigint, 'uuids');
SELECT is(memreg.grant_consents('companies', ARRAY['0B5E6A5C-9d0f-4c3e-8f5a-2F1DE8A7B301'], 'research'), 0::bigint, 'texts for uuids');
SELECT is(memreg.grant_consents('people', ARRAY['', 'a', 'A', 'ä', 'a'], 'research'), 4::bigint, 'texts');
SELECT is(memreg.grant_consents('people', ARRAY['b']::varchar[], 'research'), 1::bigint, 'varchars');
SELECT is(memreg.grant_consents('members', '{}'::bigint[], 'research'), 0::bigint, 'nobody');
SELECT is(memreg.grant_consents('members', ARRAY[[11, 12], [13, 14]], 'research'), 4::bigint, 'an array of arrays');
SELECT is(memreg.grant_consents(register => 'members', subjects => array_agg(g), purpose => 'research'), 5::bigint, 'an aggregate')
  FROM generate_series(20, 24) g;

-- What the events say
SELECT is(memreg.grant_consents('members', ARRAY[31, 30, 31], 'research', '2999-12-31', '{"file": 7}', 'import', 'v3'), 2::bigint,
		  'a subject named twice counts once');
SELECT results_eq($$SELECT subject COLLATE "default", number, act, changed, expires_at, evidence, channel, wording FROM memreg.consent_event
					 WHERE subject IN ('30', '31') ORDER BY event_id$$,
				  $$SELECT s, 1, 'granted', true, '2999-12-31'::timestamptz, '{"file": 7}'::jsonb, 'import', 'v3' FROM unnest('{30,31}'::text[]) s$$,
				  'and has one event, with everything that was said, in the order of the keys');
SELECT is(memreg.withdraw_consents('members', ARRAY[30, 99], 'research', 'import', '{"file": 8}'), 1::bigint, 'a withdrawal of one that stood');
SELECT results_eq($$SELECT subject COLLATE "default", number, act, changed, expires_at, evidence, channel, wording FROM memreg.consent_event
					 WHERE act = 'withdrawn' ORDER BY event_id$$,
				  $$VALUES ('30', 2, 'withdrawn', true, NULL::timestamptz, '{"file": 8}'::jsonb, 'import', NULL::text),
						   ('99', 1, 'withdrawn', false, NULL, '{"file": 8}', 'import', NULL)$$, 'and of one that did not');
SELECT ok(NOT memreg.has_consent('members', 30, 'research') AND memreg.has_consent('members', 31, 'research'), 'stands what should');
SELECT is(memreg.grant_consents('members', ARRAY[30, 31, 99], 'research', '2999-12-31'), 2::bigint, 'once more, for those who had withdrawn');
SELECT is((SELECT string_agg(subject || ':' || events, ' ' ORDER BY subject) FROM memreg.consent WHERE subject IN ('30', '31', '99')),
		  '30:3 31:2 99:2', 'each subject has its own count');
SELECT results_eq(
	$$SELECT purpose_id, subject, granted, expires_at, changed_at, events, changed FROM memreg.consent_state ORDER BY 1, 2$$,
	$$SELECT DISTINCT ON (purpose_id, subject) purpose_id, subject, act = 'granted', expires_at, happened_at, number, changed
		FROM memreg.consent_event ORDER BY purpose_id, subject, number DESC$$,
	'the state is the last event of each');

-- One by one and all at once, the same comes of it.
CREATE FUNCTION ledger_of(wanted text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT row(subject, number, act, changed, expires_at, evidence, channel, wording)::text
	  FROM memreg.consent_event JOIN memreg.purpose USING (purpose_id)
	 WHERE purpose = wanted AND subject ~ '^1[0-9]{3}$' ORDER BY subject, number
$$;
SELECT memreg.grant_consent('members', g, 'contact', channel => 'web') FROM generate_series(1000, 1099) g \g /dev/null
SELECT memreg.withdraw_consent('members', g, 'contact') FROM generate_series(1050, 1149) g \g /dev/null
SELECT memreg.grant_consent('members', g, 'contact', '2999-01-01') FROM generate_series(1025, 1074) g \g /dev/null
SELECT memreg.grant_consents('members', array_agg(g), 'research', channel => 'web') FROM generate_series(1000, 1099) g \g /dev/null
SELECT memreg.withdraw_consents('members', array_agg(g), 'research') FROM generate_series(1050, 1149) g \g /dev/null
SELECT memreg.grant_consents('members', array_agg(g), 'research', '2999-01-01') FROM generate_series(1025, 1074) g \g /dev/null
SELECT results_eq($$SELECT ledger_of('research')$$, $$SELECT ledger_of('contact')$$, 'one by one or at once');

-- A hundred thousand
SELECT is(memreg.grant_consents('members', array_agg(g), 'research'), 100000::bigint, 'a hundred thousand at once')
  FROM generate_series(100001, 200000) g;
SELECT is((SELECT count(*) FROM memreg.consent WHERE stands AND length(subject) = 6), 100000::bigint, 'stand');
SELECT is(memreg.withdraw_consents('members', array_agg(g), 'research'), 100000::bigint, 'and are withdrawn at once')
  FROM generate_series(100001, 200000) g;

-- Refused as a whole, naming the place and not the key
CREATE FUNCTION said_of(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	context text;
BEGIN
	EXECUTE 'SELECT ' || call;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
	RETURN SQLSTATE || ', ' || split_part(context, E'\n', 1) || CASE WHEN SQLERRM || context ~ 'CANARY' THEN ' CANARY' ELSE '' END;
END $$;
SELECT is(said_of($$memreg.grant_consents('members', ARRAY[501, 502, NULL, 503], 'research')$$), 'MR014, subject 3 of the array', 'a null');
SELECT is(said_of($$memreg.withdraw_consents('members', ARRAY[NULL]::text[], 'research')$$), 'MR014, subject 1 of the array', 'and another');
SELECT is(regexp_replace(said_of($$memreg.grant_consents('members', ARRAY['501', 'CANARY'], 'research')$$), ' CANARY$', ''),
		  'MR014, subject 2 of the array', 'a key that is none');
SELECT ok(said_of($$memreg.grant_consents('members', (SELECT ARRAY['501', 'CAN' || 'ARY']), 'research')$$) !~ 'CANARY', 'which is not told');
SELECT is(said_of($$memreg.grant_consents('people', ARRAY['x', repeat('k', 100000)], 'research')$$), 'MR014, subject 2 of the array',
		  'one without measure');
SELECT is(said_of($$memreg.grant_consents('companies', ARRAY[1], 'research')$$), 'MR013, subject 1 of the array', 'of another type');
SELECT throws_ok(format('SELECT memreg.%s', call), code, NULL, call) FROM (VALUES
	($$grant_consents('nowhere', ARRAY[1], 'research')$$, 'MR010'),
	($$grant_consents('members', ARRAY[1], 'nothing')$$, 'MR020'),
	($$grant_consents('members', ARRAY[1], 'membership')$$, 'MR024'),
	($$withdraw_consents('members', ARRAY[1], 'membership')$$, 'MR024'),
	($$grant_consents('members', ARRAY[1], 'research', '2000-01-01')$$, 'MR202'),
	($$grant_consents('members', NULL::bigint[], 'research')$$, 'MR014'),
	($$grant_consents('members', ARRAY[1], NULL)$$, 'MR014'),
	($$grant_consents(NULL, ARRAY[1], 'research')$$, 'MR014'),
	($$grant_consents('members', '{1}', 'research')$$, '42725')) refused(call, code);
SELECT is_empty($$SELECT FROM memreg.consent WHERE subject IN ('501', '502', '503', 'x')$$, 'nothing of it was recorded');

-- Its rights
CREATE ROLE clerk;
SET ROLE clerk;
SELECT throws_ok($$SELECT memreg.grant_consents('members', ARRAY[1], 'research')$$, '42501', NULL, 'nobody may call it');
SELECT throws_ok($$SELECT memreg.withdraw_consents('members', ARRAY[1], 'research')$$, '42501', NULL, 'nor this');
RESET ROLE;
GRANT EXECUTE ON FUNCTION memreg.grant_consents(text, bigint[], text, timestamptz, jsonb, text, text) TO clerk;
SET ROLE clerk;
SELECT is(memreg.grant_consents('members', ARRAY[601, 602], 'research'), 2::bigint, 'whom it was granted may');
RESET ROLE;
SELECT is((SELECT DISTINCT login_role || ' ' || acting_role FROM memreg.consent_event WHERE subject IN ('601', '602')),
		  session_user || ' clerk', 'and stands in the ledger');
SELECT * FROM finish();
