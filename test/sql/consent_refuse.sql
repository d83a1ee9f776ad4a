-- What the ledgers refuse: each with an SQLSTATE, a message and a hint of its own, and nothing changes.
CREATE EXTENSION memreg;
\i test/attempt.sql
CREATE FUNCTION attempt_each(call text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT attempt(format('SELECT memreg.' || call, function))
	  FROM unnest('{grant_consent,withdraw_consent,has_consent}'::text[]) AS function
$$;

SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_register('companies', 'Customer register', 'Example City', 'uuid');
SELECT memreg.create_register('people', 'Another register', 'Example City', 'text');
SELECT memreg.create_purpose(register, purpose, 'consent')
  FROM (VALUES ('members', 'research'), ('companies', 'marketing'), ('people', 'research')) AS p(register, purpose);
SELECT memreg.create_purpose('members', 'membership', 'contract');

-- Unknown names
SELECT attempt_each($$%s('nowhere', 1, 'research')$$);
SELECT attempt_each($$%s('Members', 1, 'research')$$);
SELECT attempt_each($$%s('', 1, 'research')$$);
SELECT attempt_each($$%s('members', 1, 'nothing')$$);
SELECT attempt_each($$%s('members', 1, 'marketing')$$);
SELECT attempt_each($$%s('members', 1, '')$$);

-- A purpose on another basis
SELECT attempt_each($$%s('members', 1, 'membership')$$);

-- Subjects of another type
SELECT attempt_each($$%s('members', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301'::uuid, 'research')$$);
SELECT attempt_each($$%s('companies', 1, 'marketing')$$);
SELECT attempt_each($$%s('people', 1, 'research')$$);
SELECT attempt_each($$%s('people', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301'::uuid, 'research')$$);
SELECT attempt($$SELECT memreg.grant_consent('members', 1.0, 'research')$$);
SELECT attempt($$SELECT memreg.grant_consent('members', true, 'research')$$);

-- Keys that are none; the error does not repeat them, as they may name a person
SELECT attempt(format('SELECT memreg.grant_consent(''members'', %L, ''research'')', key))
  FROM unnest('{"",abc,1.0,1e3,0x10," 1","1 ",+1,--1,-,"1,000",1_000,9223372036854775808,-9223372036854775809,
				99999999999999999999999999,١}'::text[]) AS key;
SELECT attempt($$SELECT memreg.grant_consent('members', E'1\n', 'research')$$);
SELECT attempt($$SELECT memreg.has_consent('members', 'abc', 'research')$$);
SELECT attempt($$SELECT memreg.withdraw_consent('members', 'abc', 'research')$$);
SELECT attempt(format('SELECT memreg.grant_consent(''companies'', %L, ''marketing'')', key))
  FROM unnest('{"",abc,0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b30,0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b3011,
				0b5e6a5c9d0f4c3e8f5a2f1de8a7b301,"{0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301}",0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b30g,
				0b5e6a5c9-d0f-4c3e-8f5a-2f1de8a7b301,0b5e6a5cä9d0f-4c3e-8f5a-2f1de8a7b30}'::text[]) AS key;

-- Expiry
SELECT attempt($$SELECT memreg.grant_consent('members', 1, 'research', expires_at => now())$$);
SELECT attempt($$SELECT memreg.grant_consent('members', 1, 'research', expires_at => '2000-01-01')$$);
SELECT attempt($$SELECT memreg.grant_consent('members', 1, 'research', expires_at => '-infinity')$$);
SELECT attempt($$SELECT memreg.grant_consent('members', 1, 'research', evidence => '{"form":')$$);

-- NULL
SELECT attempt_each($$%s(NULL, 1, 'research')$$);
SELECT attempt_each($$%s('members', NULL::bigint, 'research')$$);
SELECT attempt_each($$%s('members', NULL, 'research')$$);
SELECT attempt_each($$%s('companies', NULL::uuid, 'research')$$);
SELECT attempt_each($$%s('members', 1, NULL)$$);
SELECT attempt($$SELECT memreg.grant_consent('members', 1, 'research', NULL, NULL)$$);
SELECT memreg.has_consent('members', NULL::bigint, 'research') IS NULL AS unknown;

-- Many at once
SELECT attempt($$SELECT memreg.grant_consents('members', ARRAY[1, NULL], 'research')$$);
SELECT attempt($$SELECT memreg.withdraw_consents('members', ARRAY['1', 'x'], 'research')$$);
SELECT attempt($$SELECT memreg.grant_consents('companies', ARRAY[1], 'marketing')$$);
SELECT attempt($$SELECT memreg.grant_consents('members', NULL::bigint[], 'research')$$);
SELECT attempt($$SELECT memreg.grant_consents('members', ARRAY[1], 'membership')$$);
SELECT attempt($$SELECT memreg.grant_consents('members', ARRAY[1], 'research', expires_at => '2000-01-01')$$);
\set VERBOSITY default
SELECT memreg.grant_consents('members', ARRAY['1', 'x'], 'research'); -- where, and not what
\set VERBOSITY terse

-- Objections and restrictions
SELECT attempt($$SELECT memreg.object_to('members', 1, 'research')$$);
SELECT attempt($$SELECT memreg.withdraw_objection('members', 1, 'membership')$$);
SELECT attempt($$SELECT memreg.object_to('members', 1, 'nothing')$$);
SELECT attempt($$SELECT memreg.restrict_subject('members', 1, NULL)$$);
SELECT attempt($$SELECT memreg.restrict_subject('nowhere', 1, 'contested')$$);
SELECT attempt($$SELECT memreg.lift_restriction('companies', 1)$$);

-- Those who join
SELECT attempt($$SELECT memreg.add_subject('nowhere', '{}')$$);
SELECT attempt($$SELECT memreg.add_subject('members', '{}')$$);
CREATE TABLE member (id bigint PRIMARY KEY);
CREATE TABLE also_member (id bigint PRIMARY KEY);
SELECT memreg.add_table('members', 'member', 'id', root => true);
SELECT attempt($$SELECT memreg.add_subject('members', '{}')$$);
SELECT attempt($$SELECT memreg.add_subject('members', '[]')$$);
SELECT attempt($$SELECT memreg.add_subject('members', '{"id": {}}')$$);
SELECT attempt($$SELECT memreg.add_subject('members', '{"id": 1}', '{NULL}')$$);
INSERT INTO member VALUES (1);
SELECT attempt($$SELECT memreg.add_subject('members', '{"id": 1}')$$);
CREATE RULE nothing AS ON INSERT TO member DO INSTEAD NOTHING;
SELECT attempt($$SELECT memreg.add_subject('members', '{"id": 2}', '{research}')$$);
SELECT memreg.add_table('members', 'also_member', 'id', root => true);
SELECT attempt($$SELECT memreg.add_subject('members', '{}')$$);

-- The ledgers are only ever added to, by anybody.
SELECT memreg.grant_consent('members', 1, 'research', evidence => '{"form": "paper"}');
SELECT attempt($$UPDATE memreg.consent_event SET evidence = NULL$$);
SELECT attempt($$UPDATE memreg.consent_event SET evidence = NULL WHERE false$$);
SELECT attempt($$DELETE FROM memreg.consent_event$$);
SELECT attempt($$TRUNCATE memreg.consent_event$$);
SELECT attempt($$MERGE INTO memreg.consent_event e USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE$$);
SELECT attempt($$INSERT INTO memreg.consent_event OVERRIDING SYSTEM VALUE SELECT * FROM memreg.consent_event
				 ON CONFLICT (event_id) DO UPDATE SET subject = '2'$$);
SET session_replication_role = replica;
SELECT attempt($$UPDATE memreg.consent_event SET evidence = NULL$$);
SELECT attempt($$DELETE FROM memreg.consent_event$$);
SELECT attempt($$TRUNCATE memreg.consent_event$$);
RESET session_replication_role;
SELECT attempt(format(form, kind)) FROM unnest('{objection,restriction}'::text[]) AS kind,
	unnest('{UPDATE memreg.%s_event SET subject = subject,DELETE FROM memreg.%s_event,TRUNCATE memreg.%s_event}'::text[]) AS form;

-- Ordinary roles
CREATE ROLE clerk;
SET ROLE clerk;
SELECT memreg.grant_consent('members', 1, 'research');
SELECT memreg.withdraw_consent('members', 1, 'research');
SELECT memreg.has_consent('members', 1, 'research');
SELECT memreg.grant_consents('members', ARRAY[1], 'research');
SELECT memreg.withdraw_consents('members', ARRAY[1], 'research');
SELECT memreg.object_to('members', 1, 'research');
SELECT memreg.withdraw_objection('members', 1, 'research');
SELECT memreg.has_objected('members', 1, 'research');
SELECT memreg.restrict_subject('members', 1, 'contested');
SELECT memreg.lift_restriction('members', 1);
SELECT memreg.is_restricted('members', 1);
SELECT memreg.add_subject('members', '{}');
SELECT * FROM memreg.consent;
SELECT * FROM memreg.objection;
SELECT * FROM memreg.restriction;
SELECT * FROM memreg.consent_state;
INSERT INTO memreg.consent_event DEFAULT VALUES;
RESET ROLE;

-- A transaction that may not write
BEGIN READ ONLY;
SELECT memreg.has_consent('members', 1, 'research');
SELECT memreg.withdraw_consent('members', 1, 'research');
ROLLBACK;

-- Nothing has changed since.
SELECT event_id, number, act, subject, evidence FROM memreg.consent_event;
SELECT subject, granted, events FROM memreg.consent_state;
