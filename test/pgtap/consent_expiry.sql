-- A consent that was given until a time lapses at that time, without anybody running anything.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(15);

CREATE FUNCTION declare_register() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.create_purpose('members', 'research', 'consent');
	CREATE ROLE researcher;
	CREATE TABLE member (id bigint PRIMARY KEY);
	INSERT INTO member VALUES (1), (2), (3);
	GRANT SELECT ON member TO researcher;
	PERFORM memreg.add_table('members', 'member', 'id', root => true);
	PERFORM memreg.set_treatment('members', 'research', 'subject_key', 'clear');
	PERFORM memreg.protect('member');
	PERFORM memreg.grant_access('researcher', 'members', 'research');
	PERFORM memreg.grant_consent('members', 2, 'research');
	PERFORM memreg.grant_consent('members', 3, 'research', expires_at => 'infinity');
END $$;
SELECT declare_register() \g /dev/null

-- Repeats a query until it gives a value, for ten seconds at most; then it gives the last one.
CREATE FUNCTION wait_for(query text, wanted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	FOR i IN 1 .. 1000 LOOP
		EXECUTE query INTO found;
		EXIT WHEN found = wanted;
		PERFORM pg_sleep(0.01);
	END LOOP;
	RETURN found;
END $$;
PREPARE members AS SELECT string_agg(id::text, ',' ORDER BY id) FROM member;
PREPARE all_three AS SELECT '1,2,3';
PREPARE two AS SELECT '2,3';

SELECT memreg.grant_consent('members', 1, 'research', expires_at => clock_timestamp() + interval '1 second') \g /dev/null
SELECT ok(memreg.has_consent('members', 1, 'research'), 'a consent stands until its end');
SELECT is((SELECT stands FROM memreg.consent WHERE subject = '1'), true, 'and is seen to');
SET ROLE researcher;
SET memreg.purpose = 'research';
SELECT results_eq('members', 'all_three', 'its row is visible');
BEGIN;
RESET ROLE;
SELECT is(wait_for($$SELECT memreg.has_consent('members', 1, 'research')$$, 'false'), 'false', 'then it lapses');
SELECT ok((SELECT expires_at <= clock_timestamp() FROM memreg.consent_state WHERE subject = '1'), 'not before');
SELECT is((SELECT stands FROM memreg.consent WHERE subject = '1'), false, 'and is seen to have');
SET ROLE researcher;
SELECT results_eq('members', 'two', 'its row is gone, in the transaction that saw it and for a prepared statement');
COMMIT;
SELECT results_eq('members', 'two', 'and in the next one');
RESET ROLE;
SELECT is((SELECT count(*)::int FROM memreg.consent_event WHERE subject = '1'), 1, 'nothing was recorded for that');
SELECT ok(memreg.has_consent('members', 2, 'research') AND memreg.has_consent('members', 3, 'research'), 'other consents stand');

-- A new one stands again; an earlier end takes the place of a later one.
SELECT memreg.grant_consent('members', 1, 'research', expires_at => '2999-01-01') \g /dev/null
SELECT ok(memreg.has_consent('members', 1, 'research'), 'a consent given anew stands');
SELECT memreg.grant_consent('members', 1, 'research', expires_at => clock_timestamp() + interval '50 milliseconds') \g /dev/null
SELECT is(wait_for($$SELECT memreg.has_consent('members', 1, 'research')$$, 'false'), 'false', 'until its new end');
SELECT is(wait_for($$SELECT stands FROM memreg.consent WHERE subject = '1'$$, 'false'), 'false', 'in the view as well');

-- The index is compared with the tables as of one time, however many consents end meanwhile.
INSERT INTO memreg.consent_state (purpose_id, subject, granted, expires_at, changed_at, events, changed)
SELECT purpose_id, n::text, true, clock_timestamp() + n * interval '0.2 milliseconds', now(), 1, true
  FROM memreg.purpose, generate_series(1001, 6000) n;
CREATE FUNCTION verify_until_all_ended(OUT times int, OUT wrong int) LANGUAGE plpgsql AS $$
BEGIN
	times := 0;
	wrong := 0;
	WHILE EXISTS (SELECT FROM memreg.consent_state WHERE expires_at > clock_timestamp() AND expires_at < 'infinity') AND times < 10000 LOOP
		times := times + 1;
		wrong := wrong + (SELECT count(*) FROM memreg.verify_consent_index() WHERE (missing, surplus) <> (0, 0));
	END LOOP;
END $$;
CREATE TABLE verified AS SELECT * FROM verify_until_all_ended();
SELECT cmp_ok((SELECT times FROM verified), '>', 1, 'compared again and again while consents end');
SELECT is((SELECT wrong FROM verified), 0, 'the index is equal to the tables each time');
SELECT * FROM finish();
