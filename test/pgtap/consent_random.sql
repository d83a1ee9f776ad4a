-- A thousand random acts, some of them taken back, against what plain SQL makes of the ledger and of a list kept by the test.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(9);

CREATE TABLE act (
	n int GENERATED ALWAYS AS IDENTITY,
	register text, purpose text, subject text, granted boolean, expires_at timestamptz,
	wrong_now text -- what has_consent said when the ledger says otherwise
);

CREATE FUNCTION declare_registers() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register('of ' || type, 'Random acts', 'Nobody', type) FROM unnest('{bigint,uuid,text}'::regtype[]) type;
	PERFORM memreg.create_purpose(register, purpose, 'consent') FROM memreg.register, unnest('{a,b}'::text[]) purpose;
END $$;
SELECT declare_registers() \g /dev/null

-- The oracle: what the last event of a subject and purpose says at a time.
CREATE FUNCTION stands(register text, purpose text, subject text, at timestamptz) RETURNS boolean LANGUAGE sql AS $$
	SELECT coalesce((SELECT e.act = 'granted' AND coalesce(e.expires_at > at, true)
					   FROM memreg.consent_event e JOIN memreg.purpose p USING (purpose_id)
					  WHERE (p.register, p.purpose, e.subject) = (stands.register, stands.purpose, stands.subject)
					  ORDER BY e.event_id DESC LIMIT 1), false)
$$;

CREATE FUNCTION key_of(type text, n int) RETURNS text LANGUAGE sql AS $$
	SELECT CASE type WHEN 'bigint' THEN (n - 5)::text
					 WHEN 'uuid' THEN overlay('00000000-0000-4000-8000-0000000000aa' PLACING to_char(n, 'FM00') FROM 35)
					 ELSE 'subject ' || n END
$$;

CREATE FUNCTION act_once(type text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	register text := 'of ' || type;
	purpose text := CASE WHEN random() < 0.5 THEN 'a' ELSE 'b' END;
	subject text := key_of(type, (random() * 11)::int);
	kind float8 := random();
	expires timestamptz;
	before timestamptz;
	found boolean;
BEGIN
	BEGIN
		IF kind < 0.4 THEN
			EXECUTE format('SELECT memreg.withdraw_consent($1, $2::%s, $3)', type) USING register, subject, purpose;
		ELSE
			expires := CASE WHEN kind < 0.6 THEN NULL
							WHEN kind < 0.7 THEN 'infinity'
							WHEN kind < 0.8 THEN date_trunc('year', now()) + interval '2 years'
							ELSE clock_timestamp() + random() * interval '20 milliseconds' + interval '5 milliseconds' END;
			EXECUTE format('SELECT memreg.grant_consent($1, $2::%s, $3, $4)', type) USING register, subject, purpose, expires;
		END IF;
		IF random() < 0.1 THEN
			RAISE division_by_zero;
		END IF;
		INSERT INTO act (register, purpose, subject, granted, expires_at) VALUES (register, purpose, subject, kind >= 0.4, expires);
	EXCEPTION
		WHEN division_by_zero THEN NULL; -- taken back
		WHEN SQLSTATE 'MR202' THEN NULL; -- this machine is slow: the end had passed before the consent was given
	END;

	-- It may lapse between the two looks, so what was right before or after will do.
	before := clock_timestamp();
	EXECUTE format('SELECT memreg.has_consent($1, $2::%s, $3)', type) INTO found USING register, subject, purpose;
	IF found <> stands(register, purpose, subject, before) AND found <> stands(register, purpose, subject, clock_timestamp()) THEN
		INSERT INTO act (wrong_now) VALUES (format('%s %s %s: %s', register, subject, purpose, found));
	END IF;
END $$;

SELECT setseed(0.20260501) \g /dev/null
SELECT act_once((ARRAY['bigint', 'uuid', 'text'])[1 + g % 3]) FROM generate_series(1, 500) g \g /dev/null
-- The second half in transactions of their own.
\o /dev/null
SELECT format('SELECT act_once(%L)', (ARRAY['bigint', 'uuid', 'text'])[1 + g % 3]) FROM generate_series(1, 500) g
\gexec
\o

-- The last ends may be some milliseconds away: none is to pass while the questions below are asked.
DO $$
BEGIN
	FOR i IN 1..500 LOOP
		EXIT WHEN NOT EXISTS (SELECT FROM memreg.consent_state
							   WHERE expires_at > clock_timestamp() AND expires_at < clock_timestamp() + interval '1 minute');
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;

SELECT cmp_ok((SELECT count(*) FROM act), '>', 800::bigint, 'most acts were not taken back');
SELECT is_empty('SELECT wrong_now FROM act WHERE wrong_now IS NOT NULL', 'after each act, has_consent says what the ledger says');
SELECT results_eq(
	$$SELECT p.register, p.purpose, e.subject::text COLLATE "default", e.act = 'granted', e.expires_at
		FROM memreg.consent_event e JOIN memreg.purpose p USING (purpose_id) ORDER BY e.event_id$$,
	$$SELECT register, purpose, subject, granted, expires_at FROM act WHERE wrong_now IS NULL ORDER BY n$$,
	'the ledger holds what was done, in that order, and nothing else');
SELECT is_empty($$
	SELECT subject, number, should FROM (
		SELECT e.*, row_number() OVER (PARTITION BY purpose_id, subject ORDER BY event_id) AS should FROM memreg.consent_event e) e
	 WHERE number <> should$$, 'events are numbered without a gap');
SELECT is_empty($$
	SELECT * FROM (
		SELECT e.*, lag(happened_at) OVER (PARTITION BY purpose_id, subject ORDER BY number) AS earlier FROM memreg.consent_event e) e
	 WHERE happened_at < earlier$$, 'and time goes forward with the numbers');
SELECT is_empty($$
	WITH event AS (
		SELECT e.*, e.act = 'granted' AS granted,
			   coalesce(lag(e.act) OVER subject = 'granted' AND coalesce(lag(e.expires_at) OVER subject > e.happened_at, true), false) AS stood,
			   lag(e.expires_at) OVER subject AS stood_until
		  FROM memreg.consent_event e WINDOW subject AS (PARTITION BY purpose_id, subject ORDER BY number))
	SELECT subject, number, act, changed FROM event
	 WHERE changed <> ((granted, expires_at) IS DISTINCT FROM (stood, CASE WHEN stood THEN stood_until END))$$,
	'an event has changed something when something else stood before');
SELECT results_eq(
	$$SELECT purpose_id, subject, granted, expires_at, changed_at, events, changed FROM memreg.consent_state ORDER BY 1, 2$$,
	$$SELECT DISTINCT ON (purpose_id, subject) purpose_id, subject, act = 'granted', expires_at, happened_at, number, changed
		FROM memreg.consent_event ORDER BY purpose_id, subject, number DESC$$,
	'the state is the last event of each');
SELECT is_empty($$
	SELECT c.* FROM memreg.consent c WHERE stands <> stands(register, purpose, subject, now())$$, 'the view agrees');
SELECT is_empty($$
	SELECT subject FROM memreg.consent c
	 WHERE memreg.has_consent(register, subject, purpose) <> stands(register, purpose, subject, clock_timestamp())$$,
	'so does has_consent for every key as text');
SELECT * FROM finish();
