-- Columns of a category go, or become coarser, when a term has passed; the row stays.
CREATE EXTENSION memreg;
CREATE EXTENSION citext;
SELECT plan(38);
SET client_min_messages = error;
SET memreg.retention_max_share = 1;
CREATE SCHEMA app;
DO $$ BEGIN PERFORM memreg.create_register('members', 'Member register', 'Example City'); END $$;
CREATE DOMAIN app.tag AS text;
CREATE TABLE app.member (id bigint PRIMARY KEY, email text, phones text[], born date, pay numeric(6, 2), code char(5), area varchar(5),
	nick citext, tag app.tag, profile jsonb, shout text GENERATED ALWAYS AS (upper(email)) STORED, note text, at timestamptz);
CREATE FUNCTION app.fill() RETURNS void LANGUAGE sql AS $$
	TRUNCATE app.member;
	INSERT INTO app.member (id, email, phones, born, pay, code, area, nick, tag, profile, note, at)
	SELECT n, 'canary' || n || '@example.org', ARRAY['050 canary', NULL], '1984-05-17', 1239.99, '00530', '00530', 'CanaryNick', 'canary tag',
		   '{"born": "1984-05-17", "pet": "canary pet", "pay": 77}', 'a note', CASE WHEN n <= 3 THEN '2000-01-01' ELSE now() END
	  FROM generate_series(1, 5) n
$$;
SELECT app.fill();
DO $$
BEGIN
	PERFORM memreg.add_table('members', 'app.member', 'id');
END $$;
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.member.phones IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.member.born IS 'birth';
SECURITY LABEL FOR memreg ON COLUMN app.member.pay IS 'income';
SECURITY LABEL FOR memreg ON COLUMN app.member.code IS 'area';
SECURITY LABEL FOR memreg ON COLUMN app.member.area IS 'area';
SECURITY LABEL FOR memreg ON COLUMN app.member.nick IS 'names';
SECURITY LABEL FOR memreg ON COLUMN app.member.tag IS 'names';
SECURITY LABEL FOR memreg ON COLUMN app.member.profile IS 'background {born: birth, pay: income}';
SECURITY LABEL FOR memreg ON COLUMN app.member.note IS 'nonpersonal';
CREATE FUNCTION app.last() RETURNS text LANGUAGE sql AS $$
	SELECT format('%s %s %s of %s', action, outcome, rows_removed, rows_due) FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1
$$;
CREATE FUNCTION app.one(id bigint) RETURNS text LANGUAGE sql AS $$ SELECT (to_jsonb(m) - 'at')::text FROM app.member m WHERE m.id = one.id $$;

-- withhold
CREATE TEMPORARY TABLE before AS SELECT * FROM app.member;
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'withhold', category => 'contact'); END $$;
SELECT results_eq('SELECT category, action, rows_due, rows_total FROM memreg.retention_due', $$VALUES ('contact', 'withhold', 3::bigint, 5::bigint)$$, 'rows past the term are due');
CALL memreg.run_retention(dry_run => true);
SELECT is((SELECT count(email) FROM app.member), 5::bigint, 'a dry run changes nothing');
CALL memreg.run_retention();
SELECT is(app.last(), 'withhold done 3 of 3', 'the history counts the rows that were changed');
SELECT results_eq('SELECT id, email IS NULL AND phones IS NULL AND shout IS NULL FROM app.member ORDER BY id', 'SELECT n::bigint, n <= 3 FROM generate_series(1, 5) n', 'the columns of the category are NULL, and what is generated from them');
SELECT set_eq($$SELECT to_jsonb(m) - '{email,phones,shout}'::text[] FROM app.member m$$, $$SELECT to_jsonb(b) - '{email,phones,shout}'::text[] FROM before b$$, 'the rest of the rows is as it was');
SELECT set_eq('SELECT * FROM app.member WHERE id > 3', 'SELECT * FROM before WHERE id > 3', 'and so are the other rows');
SELECT is((SELECT rows_due FROM memreg.retention_due), 0::bigint, 'what has been treated is not due again');
CALL memreg.run_retention();
SELECT is((SELECT count(*) FROM memreg.retention_run WHERE outcome = 'done'), 1::bigint, 'and leaves no run');
UPDATE app.member SET phones = '{050 canary}' WHERE id = 2;
CALL memreg.run_retention();
SELECT is(app.last(), 'withhold done 1 of 1', 'what the application writes again goes again');

-- generalize, of each kind of type; keys of JSON objects by their own category
DO $$
BEGIN
	PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'generalize(decade)', category => 'birth');
	PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'generalize(100)', category => 'income');
	PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'generalize(postal_code 2)', category => 'area');
	PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'generalize(letters 3)', category => 'names');
END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT action, category, rows_due FROM memreg.retention_due ORDER BY rule', $$VALUES ('withhold', 'contact', 0::bigint), ('generalize(decade)', 'birth', 0),
	('generalize(100)', 'income', 0), ('generalize(postal_code 2)', 'area', 0), ('generalize(letters 3)', 'names', 0)$$, 'nothing of any category is left');
SELECT is((SELECT to_jsonb(m) - '{id,at}'::text[] FROM app.member m WHERE id = 1), $${"email": null, "phones": null, "shout": null, "born": "1980-01-01", "pay": 1200.00, "code": "00   ", "area": "00", "nick": "can",
	"tag": "can", "profile": {"born": "1980-01-01", "pet": "canary pet", "pay": 0}, "note": "a note"}$$::jsonb, 'each column as its treatment shows it');
SELECT is((SELECT pay::text FROM app.member WHERE id = 1), '1200.00', 'with the digits of its type');
SELECT set_eq('SELECT * FROM app.member WHERE id > 3', 'SELECT * FROM before WHERE id > 3', 'other rows are as they were');
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'withhold', category => 'background'); END $$;
CALL memreg.run_retention();
SELECT is((SELECT profile FROM app.member WHERE id = 1), '{"born": "1980-01-01", "pay": 0}', 'of an object, the keys of other categories stay');
SELECT is((SELECT max(rows_due) FROM memreg.retention_due), 0::bigint, 'and it is not due again');

-- Grounds: each category for itself; holds and restrictions.
DO $$ BEGIN PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule; END $$;
SELECT app.fill();
ALTER TABLE app.member ADD billed timestamptz;
DO $$
BEGIN
	PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'withhold', category => 'contact');
	PERFORM memreg.add_retention('members', 'app.member', '1 year', 'billed', 'withhold', category => 'contact');
	PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'withhold', category => 'birth');
	PERFORM memreg.hold('members', 1::bigint, 'a claim'), memreg.restrict_subject('members', 2::bigint, 'Art. 18(1)(c)');
END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT id, email IS NULL, born IS NULL FROM app.member WHERE id <= 3 ORDER BY id', $$VALUES (1::bigint, false, false), (2, false, false), (3, false, true)$$,
	'the longest ground of a category wins, another category has its own; held and restricted subjects keep theirs');
SELECT results_eq($$SELECT kept_longer, kept_for_subject FROM memreg.retention_due WHERE category = 'birth'$$, 'VALUES (0::bigint, 2::bigint)', 'which is told');
DO $$ BEGIN PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule; PERFORM memreg.release_hold('members', 1::bigint), memreg.lift_restriction('members', 2::bigint); END $$;

-- The application's constraints and triggers.
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'withhold', category => 'contact'); END $$;
SELECT app.fill();
ALTER TABLE app.member ADD CONSTRAINT reachable CHECK (email IS NOT NULL OR phones IS NOT NULL);
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_removed, error_sqlstate, error_message FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1',
	$$VALUES ('failed', 0::bigint, '23514', 'constraint reachable of table app.member does not allow it')$$, 'a CHECK constraint is named');
ALTER TABLE app.member DROP CONSTRAINT reachable;
CREATE TABLE app.seen (who text, path text, op text, old text, new text);
CREATE ROLE treat_owner;
GRANT USAGE, CREATE ON SCHEMA app TO treat_owner;
ALTER TABLE app.member OWNER TO treat_owner;
GRANT INSERT ON app.seen TO treat_owner;
CREATE FUNCTION app.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.seen VALUES (current_user, current_setting('search_path'), TG_OP, OLD.email, NEW.email); RETURN NEW; END $$;
CREATE TRIGGER see AFTER UPDATE ON app.member FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION app.see();
CALL memreg.run_retention();
SELECT is(app.last(), 'withhold done 3 of 3', 'triggers run');
SELECT results_eq('SELECT who, path, op, count(*), count(new) FROM app.seen GROUP BY 1, 2, 3', $$VALUES ('treat_owner', 'pg_catalog, pg_temp', 'UPDATE', 3::bigint, 0::bigint)$$, 'as the table''s owner');
CREATE FUNCTION app.put_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.email := OLD.email; RETURN NEW; END $$;
CREATE TRIGGER put_back BEFORE UPDATE ON app.member FOR EACH ROW EXECUTE FUNCTION app.put_back();
SELECT app.fill();
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_removed, error_sqlstate FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('failed', 0::bigint, 'MR414')$$, 'a trigger that puts the value back is an error');
DROP TRIGGER put_back ON app.member;
CREATE FUNCTION app.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON app.member FOR EACH ROW EXECUTE FUNCTION app.keep();
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, rows_removed, error_sqlstate FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('failed', 0::bigint, 'MR414')$$, 'so is one that keeps the row');
DROP TRIGGER keep ON app.member;
CALL memreg.run_retention();
SELECT is(app.last(), 'withhold done 3 of 3', 'without them it goes on');

-- Labels decide at the time of the run.
SECURITY LABEL FOR memreg ON COLUMN app.member.note IS 'contact';
CALL memreg.run_retention();
SELECT is((SELECT count(note) FROM app.member), 2::bigint, 'a column that was labelled since is treated');
SECURITY LABEL FOR memreg ON COLUMN app.member.note IS NULL;
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS NULL;
SECURITY LABEL FOR memreg ON COLUMN app.member.phones IS NULL;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, error_sqlstate, error_message FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('failed', 'MR435', 'no column of table member has category contact')$$, 'without any, the run says so');
SELECT matches((SELECT problem FROM memreg.retention_due), 'no column of table member has category contact', 'and so does the view');
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact';
UPDATE app.member SET email = 'canary';
ALTER TABLE app.member ALTER email SET NOT NULL;
CALL memreg.run_retention();
SELECT results_eq('SELECT outcome, error_sqlstate FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('failed', 'MR433')$$, 'a column that is NOT NULL since is named');
ALTER TABLE app.member ALTER email DROP NOT NULL;

-- What retention changes is nobody's activity.
SELECT app.fill();
DO $$ BEGIN PERFORM memreg.track_activity('app.member'); END $$;
TRUNCATE memreg.subject_event;
CALL memreg.run_retention();
SELECT is(app.last(), 'withhold done 3 of 3', 'treated');
SELECT is((SELECT count(*) FROM memreg.subject_event), 0::bigint, 'and nobody was active');
DO $$ BEGIN PERFORM memreg.untrack_activity('app.member'); END $$;

-- Partitions, by a column that changes too: rows move. Children with columns of their own.
CREATE TABLE app.visit (id bigint, city text, at timestamptz) PARTITION BY LIST (city);
CREATE TABLE app.visit_a (at timestamptz, x int, id bigint, city text);
ALTER TABLE app.visit_a DROP x;
ALTER TABLE app.visit ATTACH PARTITION app.visit_a FOR VALUES IN ('canary a');
CREATE TABLE app.visit_b PARTITION OF app.visit FOR VALUES IN ('canary b');
CREATE TABLE app.visit_rest PARTITION OF app.visit DEFAULT;
INSERT INTO app.visit SELECT n, CASE WHEN n % 2 = 0 THEN 'canary a' ELSE 'canary b' END, CASE WHEN n <= 600 THEN '2000-01-01' ELSE now() END FROM generate_series(1, 1000) n;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.visit', 'id'); END $$;
SECURITY LABEL FOR memreg ON COLUMN app.visit.city IS 'places';
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.visit', '1 year', 'at', 'withhold', category => 'places'); END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT tableoid::regclass::text, count(*), count(city) FROM app.visit GROUP BY 1 ORDER BY 1', $$VALUES ('app.visit_a', 200::bigint, 200::bigint), ('app.visit_b', 200, 200), ('app.visit_rest', 600, 0)$$, 'rows move to the partition that they belong to then');
SELECT results_eq('SELECT outcome, rows_due, rows_removed FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('done', 600::bigint, 600::bigint)$$, 'and are counted once');
SELECT is((SELECT sum(rows_due) FROM memreg.retention_due), 0::numeric, 'and done');

-- Many batches, and a partial index.
CREATE TABLE app.trip (id bigint, email text, at timestamptz) WITH (autovacuum_enabled = off);
INSERT INTO app.trip SELECT n, 'canary' || n, '2000-01-01' FROM generate_series(1, 30000) n;
CREATE INDEX ON app.trip (at) WHERE email IS NOT NULL;
DO $$ BEGIN PERFORM memreg.add_table('members', 'app.trip', 'id'); END $$;
SECURITY LABEL FOR memreg ON COLUMN app.trip.email IS 'contact';
DO $$ BEGIN PERFORM memreg.add_retention('members', 'app.trip', '1 year', 'at', 'withhold', category => 'contact'); END $$;
CALL memreg.run_retention();
SELECT is((SELECT count(*) FILTER (WHERE email IS NULL) FROM app.trip), 30000::bigint, 'batch after batch');
SELECT results_eq('SELECT outcome, rows_due, rows_removed FROM memreg.retention_run ORDER BY run_id DESC LIMIT 1', $$VALUES ('done', 30000::bigint, 30000::bigint)$$, 'counted once each');
VACUUM app.trip;
DO $$ BEGIN PERFORM pg_stat_force_next_flush(); END $$;
BEGIN;
SELECT is((SELECT rows_due FROM memreg.retention_due WHERE relation = 'app.trip'::regclass), 0::bigint, 'nothing is due');
SELECT cmp_ok((SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = 'app.trip'::regclass), '<', 100::numeric, 'which a partial index tells by a probe');
COMMIT;

-- Coarser first, gone later.
DO $$ BEGIN PERFORM memreg.remove_retention(rule_id) FROM memreg.retention_rule; END $$;
SELECT app.fill();
UPDATE app.member SET at = now() - interval '18 months' WHERE id = 2;
DO $$
BEGIN
	PERFORM memreg.add_retention('members', 'app.member', '1 year', 'at', 'generalize(year)', category => 'birth'), memreg.add_retention('members', 'app.member', '2 years', 'at', 'withhold', category => 'birth');
END $$;
CALL memreg.run_retention();
SELECT results_eq('SELECT id, born FROM app.member WHERE id IN (1, 2, 4) ORDER BY id', $$VALUES (1::bigint, NULL), (2, '1984-01-01'::date), (4, '1984-05-17')$$, 'actions of a category do not wait for each other');
SELECT is((SELECT max(rows_due) FROM memreg.retention_due), 0::bigint, 'and leave each other''s rows alone');
SELECT * FROM finish();
DROP SCHEMA app CASCADE;
DROP ROLE treat_owner;
