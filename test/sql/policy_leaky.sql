-- Functions that tell what they are called with, cheap enough to be called first: in conditions, views, policies, rules,
-- triggers and constraints of a role that may not see everything. All they ever get is treated; what a policy of the
-- table itself is given, its owner decides.
\set ECHO none
\i test/policy/register.sql
-- One member whose consent stands, so that there is one order of calls.
DO $$
BEGIN
	PERFORM memreg.withdraw_consent('community', m::bigint, 'research') FROM generate_series(2, 3) m;
	-- Told apart from the real values by being the same in every run.
	PERFORM memreg.set_treatment('community', 'research', 'address', 'withhold');
	PERFORM memreg.set_treatment('community', 'research', 'subject_key', 'withhold');
END
$$;
GRANT CREATE ON SCHEMA public TO researcher;
RESET client_min_messages;
\pset tuples_only
\pset format unaligned
\set VERBOSITY terse
\set SHOW_CONTEXT never
\set ECHO all
SET ROLE researcher;
SET memreg.purpose = 'research';
SET search_path = lab, app, public;
CREATE FUNCTION tell(anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
	RAISE NOTICE 'told %', coalesce($1::text, 'nothing');
	RETURN true;
END $$;
CREATE FUNCTION tell_equal(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
	RAISE NOTICE 'told % and %', coalesce($1, 'nothing'), coalesce($2, 'nothing');
	RETURN $1 = $2;
END $$;
CREATE OPERATOR === (FUNCTION = tell_equal, LEFTARG = text, RIGHTARG = text, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);

-- Conditions. What holds no column is not bound to a row that is seen: it may be called once for each row there is.
SELECT nickname FROM member WHERE tell(nickname);
SELECT nickname FROM member WHERE tell(nickname || coalesce(email, zip, note, id::text, ''));
SELECT count(*) FROM member m WHERE EXISTS (SELECT FROM visit v WHERE tell(v.page) AND v.ip IS NULL);
SELECT nickname FROM member WHERE nickname === 'CANARY' OR email || nickname === 'CANARY1@example.com';
SELECT a.nickname FROM member a JOIN member b ON a.nickname === b.nickname;
SELECT nickname FROM member ORDER BY tell(nickname);
SELECT count(*) FILTER (WHERE tell(nickname)) FROM member;
SELECT nickname FROM member GROUP BY nickname HAVING tell(nickname);

-- Views.
CREATE VIEW plain AS SELECT * FROM member WHERE tell(nickname);
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM member WHERE tell(nickname) AND tell(score);
CREATE VIEW barred WITH (security_barrier, security_invoker) AS SELECT * FROM barrier WHERE nickname === 'one';
SELECT nickname FROM plain;
SELECT nickname FROM barrier;
SELECT nickname FROM barred WHERE tell(nickname);
BEGIN;
UPDATE barrier SET nickname = nickname;
DELETE FROM barred WHERE tell(nickname);
ROLLBACK;
CREATE VIEW checked AS SELECT nickname FROM member WHERE tell(nickname) WITH CASCADED CHECK OPTION;
BEGIN;
UPDATE checked SET nickname = 'x';
ROLLBACK;

-- Guards in front of a leak, and behind it: what the planner knows before any row still comes first.
CREATE VIEW behind WITH (security_barrier) AS SELECT * FROM member WHERE tell(nickname) AND memreg.guard_table('app.member');
CREATE VIEW in_front WITH (security_barrier) AS SELECT * FROM member WHERE memreg.guard_row('app.member', id) AND tell(nickname);
CREATE VIEW beside AS SELECT * FROM member WHERE memreg.guard_command('app.member', 'SELECT') OR tell(nickname);
SELECT nickname FROM behind;
SELECT nickname FROM in_front;
SELECT nickname FROM beside;
UPDATE behind SET nickname = nickname;
DELETE FROM in_front;

-- Policies, constraints, rules of one's own tables.
CREATE TABLE own (x text, CHECK (tell(x)));
ALTER TABLE own ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY telling ON own USING (EXISTS (SELECT FROM member WHERE tell(nickname) AND (email IS NULL OR tell(email))));
INSERT INTO own SELECT coalesce(email, nickname) FROM member;
TABLE own;
CREATE RULE also AS ON UPDATE TO own DO ALSO SELECT tell(nickname), email FROM member;
UPDATE own SET x = 'x';
CREATE RULE instead AS ON DELETE TO own DO INSTEAD DELETE FROM member WHERE tell(nickname) AND tell(coalesce(email, old.x));
BEGIN;
DELETE FROM own;
ROLLBACK;

-- Operators and functions of the same name in schemas that come first.
CREATE FUNCTION check_ground(internal_like int, purpose_id int, subject bigint) RETURNS boolean LANGUAGE sql AS 'SELECT tell(subject)';
CREATE FUNCTION guard_row(regclass, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR = (FUNCTION = tell_equal, LEFTARG = text, RIGHTARG = text);
SET search_path = lab, app, public, memreg, pg_catalog;
SELECT nickname FROM member;
CREATE TABLE consent_state AS SELECT 1 AS purpose_id, '5'::text AS subject, true AS granted, NULL::timestamptz AS expires_at;
CREATE TEMP TABLE access_grant AS SELECT 'stranger'::name AS role, 'community'::text AS register, 'research'::text AS purpose, NULL::timestamptz AS until;
SELECT nickname FROM member;
SET search_path = pg_temp, lab, memreg, app;
SELECT nickname FROM member;
RESET search_path;

-- Triggers see what is stored: only the owner of a protected table makes them.
CREATE FUNCTION lab.tell_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE 'told %', OLD;
	RETURN NULL;
END $$;
CREATE TRIGGER telling AFTER UPDATE ON app.member FOR EACH ROW EXECUTE FUNCTION lab.tell_rows();
UPDATE app.member SET score = 1;

-- Where the owner's policy reads a column, it reads what is stored.
SET ROLE app_owner;
CREATE POLICY of_owner ON app.member AS RESTRICTIVE USING (email LIKE 'CANARY1%');
SELECT nickname, email FROM app.member;
