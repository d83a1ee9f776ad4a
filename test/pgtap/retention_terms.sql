-- From what a term can run: events of the row's subject, a moment; what is announced first.
CREATE EXTENSION memreg;
SELECT plan(50);
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
SET TimeZone = 'UTC';
CREATE SCHEMA app;
DO $$
BEGIN
	PERFORM memreg.create_register('members', 'Member register', 'Example City'), memreg.create_register('others', 'Another register', 'Example City');
	PERFORM memreg.create_purpose('members', 'research', 'consent'), memreg.create_purpose('members', 'news', 'consent');
END $$;

CREATE FUNCTION app.left_of(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	ids text;
BEGIN
	EXECUTE format('SELECT string_agg(id::text, '','' ORDER BY id, n) FROM %s', relation) INTO ids;
	RETURN ids;
END
$$;
CREATE FUNCTION app.fill(relation regclass, people int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('TRUNCATE %s', relation);
	EXECUTE format('INSERT INTO %s SELECT id, n FROM generate_series(1, $1) id, generate_series(1, 2) n', relation) USING people;
END
$$;
CREATE FUNCTION app.due(wanted int) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s of %s, %s longer, %s for their subject', rows_due, rows_total, kept_longer, kept_for_subject) FROM memreg.retention_due WHERE rule = wanted
$$;

-- An event, with an index on the subject and without one: the same.
CREATE TABLE app.visit (id bigint, n int);
CREATE TABLE app.call (id bigint, n int);
CREATE INDEX ON app.visit (id);
DO $$
BEGIN
	PERFORM memreg.add_table('members', t, 'id'), app.fill(t, 5), memreg.add_retention('members', t, '1 year', event => 'leaving') FROM unnest('{app.visit,app.call}'::regclass[]) t;
	PERFORM memreg.note_leaving('members', 1::bigint, now() - interval '2 years'), memreg.note_leaving('members', 2::bigint, now() - interval '1 month'),
			memreg.note_leaving('others', 3::bigint, now() - interval '2 years'), memreg.note_leaving('members', 4::bigint, now() - interval '2 years');
	PERFORM memreg.hold('members', 4::bigint, 'a claim');
END $$;
SELECT set_eq($$SELECT app.due(rule_id) FROM memreg.retention_rule$$, ARRAY['2 of 10, 0 longer, 2 for their subject'], 'who left a term ago, and is not held, is due');
SELECT results_eq($$SELECT DISTINCT reason FROM memreg.retention_due$$, ARRAY['1 year from leaving; 2 rows are kept as their subjects are held or restricted'], 'and it is said why');
CALL memreg.run_retention();
SELECT is(app.left_of(t), '2,2,3,3,4,4,5,5', format('only that goes from %s', t)) FROM unnest('{app.visit,app.call}'::regclass[]) t;
DO $$ BEGIN PERFORM memreg.take_back_leaving('members', 4::bigint), memreg.release_hold('members', 4::bigint), memreg.note_leaving('members', 5::bigint, now() + interval '1 day'); END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.visit'), '2,2,3,3,4,4,5,5', 'not having left, and leaving tomorrow, are no terms that have passed');

-- More people than are looked up at once.
DO $$
BEGIN
	PERFORM app.fill(t, 700) FROM unnest('{app.visit,app.call}'::regclass[]) t;
	PERFORM memreg.note_leaving('members', s::bigint, now() - interval '2 years' + s % 7 * interval '1 second') FROM generate_series(3, 690) s;
END $$;
CALL memreg.run_retention();
SELECT is(app.left_of(t), '2,2,691,691,692,692,693,693,694,694,695,695,696,696,697,697,698,698,699,699,700,700', format('everybody is found in %s', t))
  FROM unnest('{app.visit,app.call}'::regclass[]) t WHERE memreg.note_leaving('members', 1::bigint, now()) IS NOT NULL;

-- The last activity, noted elsewhere.
CREATE TABLE app.login (id bigint, at timestamptz);
DO $$
BEGIN
	PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule;
	PERFORM memreg.add_table('members', 'app.login', 'id'), memreg.track_activity('app.login', 'at', every => '1 second');
	PERFORM app.fill('app.visit', 4), memreg.add_retention('members', 'app.visit', '1 year', event => 'activity');
END $$;
INSERT INTO app.login VALUES (1, now() - interval '2 years'), (2, now() - interval '2 years'), (2, now() - interval '1 month'), (3, now() - interval '366 days');
CALL memreg.run_retention();
SELECT is(app.left_of('app.visit'), '2,2,4,4', 'who was active a term ago, and not since, goes; who never was stays');

-- The end of a consent.
CREATE TABLE app.answer (id bigint, n int);
CREATE INDEX ON app.answer (id);
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'app.answer', 'id'), app.fill('app.answer', 7);
	PERFORM memreg.add_retention('members', 'app.answer', '30 days', event => 'consent', purpose => 'research');
	PERFORM memreg.grant_consent('members', s::bigint, 'research') FROM generate_series(1, 3) s;
	PERFORM memreg.withdraw_consent('members', s::bigint, 'research') FROM generate_series(1, 2) s;
	PERFORM memreg.grant_consent('members', 4::bigint, 'research', expires_at => now() + interval '1 hour'), memreg.grant_consent('members', 5::bigint, 'news'),
			memreg.withdraw_consent('members', 5::bigint, 'news');
END $$;
UPDATE memreg.consent_state SET changed_at = now() - interval '31 days' WHERE subject IN ('1', '5');
UPDATE memreg.consent_state SET expires_at = now() - interval '31 days' WHERE subject = '4';
CALL memreg.run_retention();
SELECT is(app.left_of('app.answer'), '2,2,3,3,5,5,6,6,7,7', 'whose consent to that purpose was withdrawn or expired a term ago');

-- A moment, and the longest ground with all of these.
CREATE TABLE app.prize (id bigint, n int, won timestamptz);
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'app.prize', 'id'), memreg.add_retention('members', 'app.prize', '1 year', start_at => now() - interval '13 months');
	PERFORM memreg.add_retention('members', 'app.prize', '1 month', 'won'), memreg.add_retention('members', 'app.prize', '1 day', event => 'leaving');
END $$;
INSERT INTO app.prize VALUES (4, 1, '2000-01-01'), (4, 2, now()), (4, 3, NULL), (700, 1, '2000-01-01'), (NULL, 1, '2000-01-01');
SELECT is(app.due(rule_id), '1 of 5, 4 longer, 0 for their subject', 'a moment: all rows, but those that others keep') FROM memreg.retention_rule WHERE start_at IS NOT NULL;
SELECT matches((SELECT reason FROM memreg.retention_due WHERE start_at IS NOT NULL), '4 rows are kept longer by rule \d+ \(1 mon from column won\), \d+ \(1 day from leaving\)', 'which are named');
CALL memreg.run_retention();
SELECT is((SELECT string_agg(concat(id, ':', n), ',' ORDER BY id, n) FROM app.prize), '4:2,4:3,700:1,:1', 'the longest ground wins, whatever the terms run from; who is nobody has no event');
DO $$
BEGIN
	PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule WHERE start_at IS NOT NULL;
	PERFORM memreg.add_retention('members', 'app.prize', '2 years', start_at => now() - interval '13 months'), memreg.note_leaving('members', 700::bigint, '2000-01-01');
END $$;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.prize), 4::bigint, 'a moment whose term has not passed keeps all');
DO $$ BEGIN PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule WHERE start_at IS NOT NULL; END $$;
CALL memreg.run_retention();
SELECT is((SELECT string_agg(concat(id, ':', n), ',' ORDER BY id, n) FROM app.prize), '4:2,4:3,:1', 'and no more');

-- Keys that are no numbers.
CREATE TABLE app.patron (id uuid, n int);
CREATE TABLE app.customer (id text COLLATE "C", n int);
CREATE INDEX ON app.patron (id);
CREATE INDEX ON app.customer (id);
INSERT INTO app.patron VALUES ('00000000-0000-0000-0000-00000000000a', 1), ('00000000-0000-0000-0000-00000000000b', 1);
INSERT INTO app.customer VALUES ('a', 1), ('A', 1), ('', 1);
DO $$
BEGIN
	PERFORM memreg.create_register('patrons', 'Patrons', 'Example City', subject_type => 'uuid'), memreg.create_register('customers', 'Customers', 'Example City', subject_type => 'text');
	PERFORM memreg.add_table('patrons', 'app.patron', 'id'), memreg.add_table('customers', 'app.customer', 'id');
	PERFORM memreg.add_retention('patrons', 'app.patron', '1 day', event => 'leaving'), memreg.add_retention('customers', 'app.customer', '1 day', event => 'leaving');
	PERFORM memreg.note_leaving('patrons', '00000000-0000-0000-0000-00000000000A'::uuid, '2000-01-01'), memreg.note_leaving('customers', 'a'::text, '2000-01-01');
END $$;
CALL memreg.run_retention();
SELECT is((SELECT string_agg(id::text, ',') FROM app.patron), '00000000-0000-0000-0000-00000000000b', 'a uuid');
SELECT is((SELECT string_agg(id, ',' ORDER BY id) FROM app.customer), ',A', 'a text');

-- What is announced first
CREATE TABLE app.ticket (id bigint, n int, at timestamptz);
CREATE INDEX ON app.ticket (at);
CREATE FUNCTION app.pass(by interval) RETURNS void LANGUAGE sql AS $$
	UPDATE memreg.retention_announcement SET announced_at = announced_at - by, cutoff = cutoff - by;
	UPDATE app.ticket SET at = at - by;
$$;
DO $$
BEGIN
	PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule;
	PERFORM memreg.add_table('members', 'app.ticket', 'id'), memreg.add_retention('members', 'app.ticket', '1 year', 'at', grace => '14 days');
END $$;
INSERT INTO app.ticket VALUES (11, 1, now() - interval '2 years'), (11, 2, now() - interval '1 year 1 hour'), (12, 1, now() - interval '1 year' + interval '5 days'),
	(13, 1, now() - interval '1 year' + interval '15 days'), (14, 1, NULL), (15, 1, now() - interval '2 years'), (2, 1, now() - interval '2 years');
DO $$ BEGIN PERFORM memreg.hold('members', 15::bigint, 'a claim'); END $$;
SELECT results_eq($$SELECT subject, rows, term_passes_at < now() AS passed, not_before > now() + interval '13 days' AS time_left FROM memreg.retention_upcoming ORDER BY subject::int$$,
	$$VALUES ('2', 1::bigint, true, true), ('11', 2, true, true), ('12', 1, false, true)$$, 'who is due when, before anything is announced');
CALL memreg.run_retention(dry_run => true);
SELECT is_empty('SELECT FROM memreg.retention_announcement', 'a dry run announces nothing');
CALL memreg.run_retention();
SELECT is(app.left_of('app.ticket'), '2,11,11,12,13,14,15', 'nothing goes that was not announced');
SELECT results_eq('SELECT rows_upcoming FROM memreg.retention_announcement', 'VALUES (4::bigint)', 'but it is announced, with what will be due soon');
SELECT is((SELECT min(not_before) > now() + interval '13 days' FROM memreg.retention_upcoming), true, 'which leaves a grace period from now on');
SELECT is((SELECT reason FROM memreg.retention_due), '1 year from column at; what was announced 14 days ago or earlier goes', 'and it is said why nothing is due');
DO $$ BEGIN PERFORM app.pass('13 days'); END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.ticket'), '2,11,11,12,13,14,15', 'a day before the end of the grace period nothing goes');
SELECT results_eq('SELECT rows_upcoming FROM memreg.retention_announcement ORDER BY announced_at', 'VALUES (4::bigint), (5)', 'what has come near is announced');
UPDATE app.ticket SET at = now() WHERE id = 2;
DO $$ BEGIN PERFORM app.pass('2 days'); END $$;
INSERT INTO app.ticket VALUES (16, 1, now() - interval '1 year' + interval '13 days 12 hours');
CALL memreg.run_retention();
SELECT is(app.left_of('app.ticket'), '2,13,14,15,16', 'after it, what has become current stays, and so does what was announced later');
SELECT is((SELECT array_agg(rows_upcoming ORDER BY announced_at) FROM memreg.retention_announcement), '{4,5,5}'::bigint[], 'what is new is announced with all that is near');
SELECT ok((SELECT bool_and(not_before >= term_passes_at) AND count(*) = 2 FROM memreg.retention_upcoming), 'nobody goes before the term, however long ago it was announced');
DO $$ BEGIN PERFORM app.pass('1 day'); END $$;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM memreg.retention_announcement), 3::bigint, 'nothing new, no announcement');
DO $$ BEGIN PERFORM app.pass('13 days'); END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.ticket'), '2,14,15', 'when its time has come, the rest goes');
INSERT INTO app.ticket VALUES (17, 1, now() - interval '1 year' + interval '10 days');
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM memreg.retention_announcement), 2::bigint, 'with the next announcement those are forgotten that another one covers');

-- One with and one without: both must let a row go.
TRUNCATE app.ticket;
INSERT INTO app.ticket VALUES (21, 1, '2000-01-01');
DO $$ BEGIN DELETE FROM memreg.retention_announcement; PERFORM memreg.add_retention('members', 'app.ticket', '1 month', start_at => '2000-01-01'); END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.ticket'), '21', 'a rule that announces keeps rows from the others');
DO $$ BEGIN PERFORM app.pass('15 days'); END $$;
CALL memreg.run_retention();
SELECT is(app.left_of('app.ticket'), NULL, 'until then');

-- A pace of its own; what stands already; what is seen by whom.
DO $$
BEGIN
	PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule;
	PERFORM memreg.add_retention('members', 'app.ticket', '1 year', 'at', every => '1 day'), memreg.add_retention('members', 'app.visit', '1 year', event => 'leaving');
END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT s.next_attempt_at > now() + interval ''23 hours'' FROM memreg.retention_state s ORDER BY rule_id', 'VALUES (true), (false)', 'a rule rests as long as it says');
SELECT is((SELECT memreg.add_retention('members', 'app.ticket', '1 year', 'at', every => '1 day')), (SELECT min(rule_id) FROM memreg.retention_rule), 'the same rule again is the one that stands');
SELECT throws_ok($$SELECT memreg.add_retention('members', 'app.ticket', '1 year', 'at', every => '2 days')$$, 'MR405', NULL, 'at another pace it is another');
SELECT throws_ok($$SELECT memreg.add_retention('members', 'app.ticket', '1 year', 'at', every => '1 day', grace => '1 day')$$, 'MR405', NULL, 'or with another grace period');
SELECT throws_ok($$SELECT memreg.add_retention('members', 'app.visit', '2 years', event => 'leaving')$$, 'MR405', 'another term from leaving stands for table app.visit already: 1 year, counted in UTC', 'or from an event with another term');
SELECT throws_ok('SELECT memreg.add_retention(''members'', ''app.ticket'', ''1 day'')', 'MR400', NULL, 'a term runs from something');
SELECT throws_ok('SELECT memreg.add_retention(''members'', ''app.ticket'', ''1 day'', start_at => ''infinity'')', 'MR400', NULL, 'that happens');
SELECT throws_ok('SELECT memreg.add_retention(''members'', ''app.ticket'', ''1 day'', ''at'', event => ''leaving'')', 'MR400', NULL, 'and from one thing');
SELECT throws_ok('SELECT memreg.add_retention(''members'', ''app.ticket'', ''1 day'', event => ''birth'')', 'MR409', NULL, 'that memreg knows');
SELECT throws_ok('SELECT memreg.add_retention(''members'', ''app.ticket'', ''1 day'', event => ''consent'')', 'MR409', NULL, 'a consent is to something');
SELECT throws_ok('SELECT memreg.add_retention(''members'', ''app.ticket'', ''1 day'', event => ''consent'', purpose => ''nothing'')', 'MR020', NULL, 'that is declared');
SELECT throws_ok(format('SELECT memreg.add_retention(''members'', ''app.ticket'', ''1 day'', ''at'', grace => %L)', wait), 'MR408', NULL, format('%s is no grace period', wait))
  FROM unnest('{0,-1 day,1 month -31 days,11 years}'::text[]) wait;
SELECT throws_ok('SELECT memreg.add_retention(''members'', ''app.ticket'', ''1 day'', ''at'', category => ''contact'')', 'MR416', NULL, 'whole rows have no category');
CREATE ROLE watcher;
GRANT pg_monitor TO watcher;
SET ROLE watcher;
SELECT throws_ok('SELECT FROM memreg.retention_upcoming', '42501', NULL, 'who is due is for nobody');
SELECT lives_ok('SELECT FROM memreg.retention_due, memreg.retention_announcement', 'how much is due is for those who monitor');
RESET ROLE;
SELECT * FROM finish();
