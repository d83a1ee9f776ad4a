-- What a term runs from: activity, leaving, the end of a consent; and who is due, in order.
CREATE EXTENSION memreg;
SELECT plan(40);
SET client_min_messages = warning;
DO $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City');
	PERFORM memreg.create_register('guests', 'Guest register', 'Example City', 'text');
	PERFORM memreg.create_purpose('members', 'research', 'consent'), memreg.create_purpose('members', 'contact', 'consent');
END $$;
SELECT register_id AS members FROM memreg.register WHERE register = 'members' \gset
SELECT purpose_id AS research FROM memreg.purpose WHERE purpose = 'research' \gset
CREATE FUNCTION since(event text, subject text, register text DEFAULT 'members', purpose text DEFAULT 'research') RETURNS timestamptz LANGUAGE sql AS $$
	SELECT memreg.event_time(r.register_id, event, (SELECT p.purpose_id FROM memreg.purpose p WHERE p.register = r.register AND p.purpose = since.purpose), subject)
	  FROM memreg.register r WHERE r.register = since.register $$;
CREATE FUNCTION due(event text, cutoff timestamptz, after_at timestamptz DEFAULT NULL, after text DEFAULT NULL, most int DEFAULT 100) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(d.subject, ' ' ORDER BY d.n)
	  FROM memreg.register r JOIN memreg.purpose p USING (register),
		   ROWS FROM (memreg.event_due(r.register_id, event, p.purpose_id, cutoff, after_at, after, most)) WITH ORDINALITY d (at, subject, n)
	 WHERE r.register = 'members' AND p.purpose = 'research' $$;

-- Leaving
SELECT is(since('leaving', '1'), NULL, 'who has not left has no term');
DO $$ BEGIN PERFORM memreg.note_leaving('members', 1), memreg.note_leaving('members', '2', '2020-05-01 UTC'), memreg.note_leaving('members', 3, '2020-04-01 UTC'); END $$;
BEGIN;
SELECT now() AS left_at FROM (SELECT memreg.note_leaving('members', 1)) n \gset
COMMIT;
SELECT is(since('leaving', '1'), :'left_at', 'it runs from now');
SELECT is(since('leaving', '2'), '2020-05-01 UTC', 'or the time given');
SELECT is(since('leaving', '2', 'guests'), NULL, 'in one register');
SELECT is(since('activity', '2'), NULL, 'and for this event');
DO $$ BEGIN PERFORM memreg.note_leaving('members', 2, '2020-03-01 UTC'); END $$;
SELECT is(since('leaving', '2'), '2020-03-01 UTC', 'a second call replaces the first, to an earlier time too');
SELECT is(memreg.take_back_leaving('members', 3), true, 'it can be taken back');
SELECT is(memreg.take_back_leaving('members', 3), false, 'once');
SELECT is(since('leaving', '3'), NULL, 'then there is none');
DO $$ BEGIN PERFORM memreg.note_leaving('members', 4, now() + interval '1 month'), memreg.note_leaving('guests', 'made up'); END $$;
SELECT is(due('leaving', 'infinity'), '2 1', 'who will leave is not due yet');
SELECT is((SELECT string_agg(register || ' ' || subject, ', ' ORDER BY register, subject) FROM memreg.leaving), 'guests made up, members 1, members 2, members 4', 'the registrar''s view');
DO $$ BEGIN PERFORM memreg.note_activity('members', '2'); END $$;
SELECT is(since('leaving', '2'), '2020-03-01 UTC', 'activity does not take it back');

-- Consent
DO $$
BEGIN
	PERFORM memreg.grant_consents('members', '{1,2,3,4,5,6}'::bigint[], 'research');
	PERFORM memreg.grant_consent('members', 4, 'research', now() + interval '1 year');
	PERFORM memreg.withdraw_consents('members', '{2,3,6,7,8}'::bigint[], 'research');
	PERFORM memreg.withdraw_consent('members', 8, 'research'), memreg.withdraw_consent('members', 6, 'research');
	PERFORM memreg.grant_consent('members', 3, 'research'), memreg.grant_consent('members', 5, 'research', now() + interval '1 year');
	UPDATE memreg.consent_state SET expires_at = '2021-01-01 UTC' WHERE subject = '5';
	UPDATE memreg.consent_state SET changed_at = '2020-01-01 UTC' WHERE subject IN ('2', '6', '8');
END $$;
SELECT is(since('consent', '1'), NULL, 'a consent that stands has no term');
SELECT is(since('consent', '2'), '2020-01-01 UTC', 'one that was withdrawn has, from then');
SELECT is(since('consent', '2', purpose => 'contact'), NULL, 'for its purpose');
SELECT is(since('consent', '3'), NULL, 'not when it was given again');
SELECT is(since('consent', '4'), NULL, 'nor while it has an end to come');
SELECT is(since('consent', '5'), '2021-01-01 UTC', 'one that has expired, from its end');
SELECT is(since('consent', '6'), '2020-01-01 UTC', 'withdrawing twice changes nothing');
SELECT is(since('consent', '7'), NULL, 'what was never given cannot end');
SELECT is(since('consent', '8'), NULL, 'however often it is withdrawn');
SELECT is(since('consent', '9'), NULL, 'nor what nobody has said');
SELECT is(due('consent', 'infinity'), '2 6 5', 'who is due, in the order of time and subject');
SELECT is(due('consent', '2020-01-01 UTC'), '2 6', 'at or before the cutoff');
SELECT is(due('consent', 'infinity', '2020-01-01 UTC', '2'), '6 5', 'behind a subject');
SELECT is(due('consent', 'infinity', '2020-01-01 UTC', '2', 1), '6', 'some');

-- Many: each once, in pages
INSERT INTO memreg.subject_event SELECT :members, 'activity', n::text, now() - (n % 100) * interval '1 day' FROM generate_series(1, 5000) n
	ON CONFLICT DO NOTHING;
CREATE FUNCTION walk() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz;
	subject text;
	member int := (SELECT register_id FROM memreg.register WHERE register = 'members');
	found_at timestamptz;
	before int;
BEGIN
	LOOP
		before := 0;
		FOR found_at, subject IN SELECT d.at, d.subject FROM memreg.event_due(member, 'activity', NULL, now() - interval '10 days', at, subject, 37) d LOOP
			at := found_at;
			before := before + 1;
			RETURN NEXT subject;
		END LOOP;
		EXIT WHEN before = 0;
	END LOOP;
END $$;
CREATE TABLE walked AS SELECT s, row_number() OVER () AS n FROM walk() s;
SELECT set_eq('SELECT s FROM walked', format('SELECT subject FROM memreg.subject_event WHERE event = %L AND at <= now() - interval %L', 'activity', '10 days'), 'pages come to all that are due');
SELECT is((SELECT count(*) FROM walked), (SELECT count(DISTINCT s) FROM walked), 'each once');
SELECT is_empty($$SELECT FROM walked w JOIN walked v ON v.n = w.n + 1 JOIN memreg.subject_event a ON a.subject = w.s AND a.event = 'activity'
	JOIN memreg.subject_event b ON b.subject = v.s AND b.event = 'activity' WHERE (a.at, a.subject) >= (b.at, b.subject)$$, 'in order');

-- By an index, where there are many who are not due
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		plan := plan || line;
	END LOOP;
	RETURN plan;
END $$;
INSERT INTO memreg.consent_state SELECT :research, 'x' || n, false, NULL, now(), 1, true FROM generate_series(1, 5000) n;
ANALYZE memreg.consent_state, memreg.subject_event;
SELECT matches(plan_of($$SELECT at, subject FROM memreg.subject_event e WHERE register_id = 1 AND event = 'activity' AND at <= '2020-01-01'
	AND (at, subject) > ('2019-01-01', 'x') ORDER BY 1, 2 LIMIT 10$$), 'Index.*subject_event_at', 'activities');
SELECT matches(plan_of($$SELECT CASE WHEN e.granted THEN e.expires_at ELSE e.changed_at END, e.subject FROM memreg.consent_state e
	WHERE e.purpose_id = 1 AND (CASE WHEN e.granted THEN e.expires_at ELSE e.changed_at END) <= '2020-01-01'
	  AND (NOT e.granted OR e.expires_at IS NOT NULL) ORDER BY 1, 2 LIMIT 10$$), 'Index.*consent_state_ended', 'consents');

-- Locked
BEGIN;
SELECT is(memreg.event_lock(:members, 'leaving', NULL, '2', '2020-03-01 UTC'), true, 'a due event can be locked');
SELECT is(memreg.event_lock(:members, 'leaving', NULL, '2', '2020-02-01 UTC'), false, 'not one that is not due');
SELECT is(memreg.event_lock(:members, 'leaving', NULL, '99', 'infinity'), false, 'nor one that is not there');
SELECT is(memreg.event_lock(:members, 'consent', :research, s, 'infinity'), expected, why)
  FROM (VALUES ('2', true, 'a consent that has ended can'), ('1', false, 'not one that stands'), ('7', false, 'nor one that was never given')) v (s, expected, why);
COMMIT;

-- Gone
CREATE TABLE member (id bigint PRIMARY KEY);
CREATE TABLE post (author bigint);
INSERT INTO member VALUES (1), (2);
INSERT INTO post VALUES (3), (NULL);
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'member', 'id'), memreg.add_table('members', 'post', 'author');
	DELETE FROM memreg.subject_event;
	PERFORM memreg.note_leaving(r, n, now() - interval '1 day') FROM unnest('{members,guests}'::text[]) r, unnest('{1,2,3,4,5}'::text[]) n;
	PERFORM memreg.note_activity('members', n, '2020-01-01') FROM unnest('{1,4}'::text[]) n;
	PERFORM memreg.note_activity('members', 5), memreg.note_leaving('members', 6, now() + interval '1 month');
END $$;
SELECT is(memreg.forget_events('members'), 3::bigint, 'events of people who are gone are forgotten');
SELECT is((SELECT string_agg(subject || ' ' || event, ', ' ORDER BY subject, event) FROM memreg.subject_event JOIN memreg.register USING (register_id) WHERE register = 'members'),
	'1 activity, 1 leaving, 2 leaving, 3 leaving, 5 activity, 6 leaving', 'but those of others, and those that are not over');
SELECT is((SELECT count(*) FROM memreg.leaving WHERE register = 'guests'), 5::bigint, 'of this register');
SELECT * FROM finish();
