-- What pseudonyms that keep a shape refuse: each with an SQLSTATE, a message and a hint, and never with the value.
CREATE EXTENSION memreg;
\i test/attempt.sql

SELECT memreg.create_scope('survey');
SELECT memreg.create_scope('old');
SELECT memreg.destroy_scope('old');

-- What is ill-formed is NULL …
SELECT memreg.pseudonym_email('survey', 'aino') IS NULL AS email, memreg.pseudonym_phone('survey', 'none') IS NULL AS phone,
	   memreg.pseudonym_postal_code('survey', '1') IS NULL AS postal_code, memreg.pseudonym_ip('survey', 'localhost') IS NULL AS ip;

-- … or an error.
SELECT attempt($$SELECT memreg.pseudonym_email('survey', 'aino', strict => true)$$);
SELECT attempt($$SELECT memreg.pseudonym_email('survey', 'aino', keep_domain => true, strict => true)$$);
SELECT attempt($$SELECT memreg.pseudonym_phone('survey', 'none', strict => true)$$);
SELECT attempt($$SELECT memreg.pseudonym_postal_code('survey', '1', strict => true)$$);
SELECT attempt($$SELECT memreg.pseudonym_ip('survey', '192.0.2.1/24', strict => true)$$);
SELECT attempt($$SELECT memreg.pseudonym_email('survey', 'aino@example.org', strict => true)$$);
SELECT attempt($$SELECT memreg.pseudonym_phone('survey', '112', strict => true)$$);
SELECT attempt($$SELECT memreg.pseudonym_postal_code('survey', '00100', strict => true)$$);
SELECT attempt($$SELECT memreg.pseudonym_ip('survey', '192.0.2.1', strict => true)$$);

-- No context tells the value either.
CREATE FUNCTION context_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	context text;
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
	RETURN context;
END $$;
SELECT context_of($$SELECT memreg.pseudonym_phone('survey', 'none', strict => true)$$) AS context;

-- Arguments
SELECT attempt(format('SELECT memreg.shift_date(''survey'', %s, %s, max_days => 0)', subject, value))
  FROM unnest('{7,"''7''","''0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301''::uuid"}'::text[]) AS subject,
	   unnest('{date ''2026-02-01'',timestamp ''2026-02-01'',timestamptz ''2026-02-01''}'::text[]) AS value;
SELECT attempt($$SELECT memreg.shift_date('survey', 7, date '2026-02-01', max_days => 36501)$$);
SELECT attempt($$SELECT memreg.shift_date('survey', 7, date '2026-02-01', max_days => -2147483648)$$);
SELECT attempt($$SELECT memreg.shift_date('survey', 7, date 'infinity', max_days => 0)$$);
SELECT attempt($$SELECT memreg.shift_date('survey', 7, date '2026-02-01', max_days => 36500)$$);
SELECT memreg.shift_date(NULL, 7, date '2026-02-01') IS NULL AS no_scope, memreg.shift_date('survey', NULL::bigint, date '2026-02-01') IS NULL AS no_subject,
	   memreg.shift_date('survey', 7, NULL::date) IS NULL AS no_date, memreg.shift_date('survey', 7, date '2026-02-01', NULL) IS NULL AS no_limit;

-- Scopes
SELECT attempt(format('SELECT memreg.%s', replace(call, 'SCOPE', quote_literal(scope))))
  FROM unnest('{nothing,old}'::text[]) AS scope,
	   unnest('{"pseudonym_email(SCOPE, ''a@example.org'')","pseudonym_phone(SCOPE, ''112'')","pseudonym_postal_code(SCOPE, ''00100'')",
				"pseudonym_ip(SCOPE, ''192.0.2.1'')","pseudonym_ip(SCOPE, inet ''192.0.2.1'')","shift_date(SCOPE, 7, date ''2026-02-01'')"}'::text[]) AS call;
CREATE ROLE clerk;
SET ROLE clerk;
SELECT attempt($$SELECT memreg.pseudonym_phone('survey', '112')$$);
SELECT attempt($$SELECT memreg.pseudonym_phone('survey', 'none', strict => true)$$);
SELECT attempt($$SELECT memreg.shift_date('survey', 7, date '2026-02-01', max_days => 0)$$);
RESET ROLE;
SELECT memreg.grant_scope('clerk', 'survey');
SET ROLE clerk;
SELECT attempt($$SELECT memreg.pseudonym_phone('survey', '112')$$);
SELECT attempt($$SELECT memreg.pseudonym_phone('survey', 'none', strict => true)$$);
RESET ROLE;
