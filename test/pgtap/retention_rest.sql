-- When rules rest, and who lets a stopped run go on.
CREATE EXTENSION memreg;
SELECT no_plan();
SET client_min_messages = error;
CREATE SCHEMA app;
DO $$ BEGIN PERFORM memreg.create_register('members', 'Member register', 'Example City'); END $$;
SET memreg.retention_max_share = 1;
CREATE TABLE app.member (id bigint PRIMARY KEY, at timestamptz);
CREATE TABLE app.answer (id bigint NOT NULL, at timestamptz);
DO $$
BEGIN
	PERFORM memreg.add_table('members', t, 'id'), memreg.add_retention('members', t, '1 year', 'at') FROM unnest('{app.member,app.answer}'::regclass[]) t;
END $$;
CREATE FUNCTION app.rule(relation regclass) RETURNS int LANGUAGE sql AS
	'SELECT rule_id FROM memreg.retention_rule r WHERE r.relation = rule.relation';
CREATE FUNCTION app.counts() RETURNS text LANGUAGE sql AS
	$$SELECT format('%s members, %s answers', (SELECT count(*) FROM app.member), (SELECT count(*) FROM app.answer))$$;
CREATE VIEW app.latest AS SELECT outcome, stopped_by, rows_due, rows_removed FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1;

-- A pause of one rule, and of all.
INSERT INTO app.member SELECT n, '2000-01-01' FROM generate_series(1, 3) n;
INSERT INTO app.answer SELECT n, '2000-01-01' FROM generate_series(1, 3) n;
DO $$ BEGIN PERFORM memreg.pause_retention(app.rule('app.member'), 'an audit'); END $$;
SELECT results_eq('SELECT relation::text, paused FROM memreg.retention_due ORDER BY 1', $$VALUES ('app.answer', false), ('app.member', true)$$, 'the view says what is paused');
CALL memreg.run_retention();
SELECT is(app.counts(), '3 members, 0 answers', 'a paused rule removes nothing, others do');
DO $$ BEGIN PERFORM memreg.pause_retention(); END $$;
DO $$ BEGIN PERFORM memreg.resume_retention(app.rule('app.member')); END $$;
INSERT INTO app.answer VALUES (1, '2000-01-01');
CALL memreg.run_retention();
SELECT is(app.counts(), '3 members, 1 answers', 'a pause of all is another than that of a rule');
DO $$ BEGIN PERFORM memreg.resume_retention(); END $$;
CALL memreg.run_retention();
SELECT is(app.counts(), '0 members, 0 answers', 'until it is taken back');
SELECT throws_ok('SELECT memreg.pause_retention(4711)', 'MR404');
SELECT throws_ok('SELECT memreg.resume_retention(4711)', 'MR404');
SELECT lives_ok('SELECT memreg.resume_retention(), memreg.pause_retention(), memreg.pause_retention(), memreg.resume_retention()', 'twice is once');
SELECT is_empty('SELECT * FROM memreg.retention_pause', 'and nothing is left');

-- A run ends before its next batch when it is paused.
CREATE FUNCTION app.pause() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	INSERT INTO memreg.retention_pause (reason) VALUES ('by a trigger') ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;
CREATE TRIGGER pause AFTER DELETE ON app.member FOR EACH STATEMENT EXECUTE FUNCTION app.pause();
INSERT INTO app.member SELECT n, '2000-01-01' FROM generate_series(1, 2000) n;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_removed < 2000, rows_removed > 0 FROM app.latest', $$VALUES ('interrupted', true, true)$$, 'a run ends between two batches');
SELECT is((SELECT count(*) FROM app.member) + (SELECT rows_removed FROM app.latest), 2000::bigint, 'and says how far it came');
DROP TRIGGER pause ON app.member;
DO $$ BEGIN PERFORM memreg.resume_retention(); END $$;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.member), 0::bigint, 'the next one goes on');
DO $$ BEGIN PERFORM memreg.pause_retention(app.rule('app.answer')), memreg.remove_retention(app.rule('app.answer')); END $$;
SELECT is_empty('SELECT * FROM memreg.retention_pause', 'a pause goes with its rule');

-- Windows.
SELECT ok(memreg.retention_is_open(), 'without a window it is always open');
DO $$ BEGIN PERFORM memreg.add_retention_window('{6,7,7}', '22:00', '06:00', 'Europe/Helsinki'), memreg.add_retention_window('{3}', '09:00', '17:30', 'UTC'); END $$;
SELECT is(memreg.retention_is_open(at::timestamptz), open, at) FROM (VALUES
	('2026-11-21 21:59:59 Europe/Helsinki', false), ('2026-11-21 22:00 Europe/Helsinki', true), ('2026-11-22 05:59 Europe/Helsinki', true),
	('2026-11-22 06:00 Europe/Helsinki', false), ('2026-11-23 05:00 Europe/Helsinki', true), ('2026-11-23 22:30 Europe/Helsinki', false),
	('2026-11-21 05:00 Europe/Helsinki', false), ('2026-11-25 09:00 UTC', true), ('2026-11-25 17:30 UTC', false), ('2026-11-25 11:00 Asia/Tokyo', false)) t(at, open);
SELECT is(memreg.add_retention_window('{7,6}', '22:00', '06:00', 'Europe/Helsinki'), 1, 'the same window is the same');
SELECT throws_ok(format('SELECT memreg.add_retention_window(%s)', arguments), 'MR406', NULL, arguments) FROM unnest(ARRAY[
	$$'{}', '10:00', '11:00'$$, $$'{0}', '10:00', '11:00'$$, $$'{8}', '10:00', '11:00'$$, $$'{1,NULL}', '10:00', '11:00'$$, $$NULL, '10:00', '11:00'$$,
	$$'{1}', NULL, '11:00'$$, $$'{1}', '10:00', NULL$$, $$'{1}', '10:00', '10:00'$$]) arguments;
SELECT throws_ok($$SELECT memreg.add_retention_window('{1}', '10:00', '11:00', 'Atlantis')$$, '22023');
SELECT throws_ok('SELECT memreg.remove_retention_window(4711)', 'MR407');
SELECT throws_ok('SELECT memreg.remove_retention_window(NULL)', 'MR407');
SELECT lives_ok('SELECT memreg.remove_retention_window(window_id) FROM memreg.retention_window', 'windows are taken back');
SELECT ok(memreg.retention_is_open('2026-11-25 17:30 UTC'), 'and it is open again');

-- So long after the last look that the clock may have jumped.
INSERT INTO app.member SELECT n, '2000-01-01' FROM generate_series(1, 3) n;
UPDATE memreg.retention_state SET looked_at = looked_at - interval '61 days';
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('stopped', 'memreg.retention_max_gap', 3::bigint, 0::bigint)$$, 'a long time after the last look a run stops');
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.member), 3::bigint, 'and looks so again');
SET memreg.retention_two_roles = on;
PREPARE approve AS SELECT memreg.approve_run(run_id) FROM memreg.retention_run WHERE outcome = 'stopped' AND approved_at IS NULL;
SELECT throws_ok('EXECUTE approve', 'MR415', NULL, 'who has added a rule does not approve its runs');
UPDATE memreg.retention_rule SET created_by = 'somebody else';
SELECT lives_ok('EXECUTE approve', 'another role does');
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.member), 0::bigint, 'then it goes on');
INSERT INTO app.member VALUES (1, '2000-01-01');
CALL memreg.run_retention();
SELECT results_eq('TABLE app.latest', $$VALUES ('done', NULL, 1::bigint, 1::bigint)$$, 'and the next run asks nobody');
SET memreg.retention_max_gap = 0;
UPDATE memreg.retention_state SET looked_at = looked_at - interval '61 days';
INSERT INTO app.member VALUES (1, '2000-01-01');
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM app.member), 0::bigint, 'nor does one where no gap is too long');
SELECT * FROM finish();
