-- Included by tests of enforcement: a register with two purposes, three kinds of tables and a handful of people.
--
--   researcher  may act for "research", which rests on consent: members 1, 2 and 3 consent, 4 has withdrawn, 5 and
--               6 were never asked. The key and zip are pseudonyms, email, ip, body and note are withheld.
--   clerk       may act for "billing", which rests on a contract: every member, every category in clear.
--   stranger    has every privilege on the tables, and no access to the register.
--   app_owner   owns the tables, and may act for "research".
--
-- Whatever holds the word CANARY must never reach the researcher.
SET client_min_messages = warning;
CREATE EXTENSION memreg;

CREATE ROLE app_owner;
CREATE ROLE researcher;
CREATE ROLE clerk;
CREATE ROLE stranger;
CREATE SCHEMA app AUTHORIZATION app_owner;
CREATE SCHEMA lab AUTHORIZATION researcher;
GRANT USAGE ON SCHEMA app, lab TO PUBLIC;

SET ROLE app_owner;
CREATE TABLE app.member (
	id bigint PRIMARY KEY,
	email text UNIQUE,
	nickname text,
	zip text,
	score int NOT NULL DEFAULT 0,
	note varchar(40)
);
CREATE TABLE app.visit (
	visit_id bigint PRIMARY KEY,
	member_id bigint NOT NULL REFERENCES app.member ON DELETE CASCADE,
	page text,
	ip inet
);
CREATE TABLE app.answer (
	answered date NOT NULL,
	member_id bigint NOT NULL,
	body text,
	question int
) PARTITION BY RANGE (answered);
CREATE TABLE app.answer_2024 PARTITION OF app.answer FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE app.answer_2025 (gone text, question int, body text, gone_too int, member_id bigint NOT NULL, answered date NOT NULL);
ALTER TABLE app.answer_2025 DROP gone, DROP gone_too;
ALTER TABLE app.answer ATTACH PARTITION app.answer_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
GRANT ALL ON ALL TABLES IN SCHEMA app TO researcher, clerk, stranger;

INSERT INTO app.member VALUES
	(1, 'CANARY1@example.com', 'one', 'CANARY00100', 10, 'CANARY1'),
	(2, 'CANARY2@example.com', 'two', 'CANARY00100', 20, 'CANARY2'),
	(3, 'CANARY3@example.com', 'three', 'CANARY00200', 20, NULL),
	(4, 'CANARY4@example.com', 'CANARY', 'CANARY00100', 40, 'CANARY4'),
	(5, 'CANARY5@example.com', 'CANARY', NULL, 50, 'CANARY5'),
	(6, NULL, 'CANARY', 'CANARY00200', 60, 'CANARY6');
INSERT INTO app.visit SELECT n, 1 + n % 6, CASE WHEN n % 6 < 3 THEN 'page ' || n % 4 ELSE 'CANARY' END,
	('192.0.2.' || n)::inet FROM generate_series(1, 12) n;
INSERT INTO app.answer SELECT y::date, m, 'CANARY' || m, CASE WHEN m < 4 THEN m ELSE -m END
	FROM generate_series(1, 6) m, unnest(ARRAY['2024-05-05', '2025-05-05']) y;
RESET ROLE;

SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.member.nickname IS 'nickname';
SECURITY LABEL FOR memreg ON COLUMN app.member.zip IS 'address';
SECURITY LABEL FOR memreg ON COLUMN app.member.score IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.visit.visit_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.visit.page IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.visit.ip IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.answer.answered IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.answer.question IS 'nonpersonal';

DO $$
DECLARE
	category text;
	member int;
BEGIN
	PERFORM memreg.create_register('community', 'Members', 'An association');
	PERFORM memreg.create_purpose('community', 'research', 'consent');
	PERFORM memreg.create_purpose('community', 'billing', 'contract');
	PERFORM memreg.add_table('community', 'app.member', 'id', root => true);
	PERFORM memreg.add_table('community', 'app.visit', 'member_id');
	PERFORM memreg.add_table('community', 'app.answer', 'member_id');
	PERFORM memreg.set_treatment('community', 'research', 'nickname', 'clear');
	PERFORM memreg.set_treatment('community', 'research', 'address', 'pseudonym');
	FOREACH category IN ARRAY ARRAY['subject_key', 'contact', 'nickname', 'address'] LOOP
		PERFORM memreg.set_treatment('community', 'billing', category, 'clear');
	END LOOP;
	PERFORM memreg.grant_access('researcher', 'community', 'research');
	PERFORM memreg.grant_access('app_owner', 'community', 'research');
	PERFORM memreg.grant_access('clerk', 'community', 'billing');
	FOR member IN 1..4 LOOP
		PERFORM memreg.grant_consent('community', member::bigint, 'research');
	END LOOP;
	PERFORM memreg.withdraw_consent('community', 4::bigint, 'research');
	PERFORM memreg.protect('app.member');
	PERFORM memreg.protect('app.visit');
	PERFORM memreg.protect('app.answer');
END
$$;

-- What a role gets from a statement under a purpose: its rows as one text, in the order they come, or the SQLSTATE.
-- What it changes is taken back.
CREATE FUNCTION seen(role name, purpose text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer record;
	rows text[] := '{}';
	outcome text;
BEGIN
	PERFORM set_config('role', role, true);
	PERFORM set_config('memreg.purpose', purpose, true);
	FOR answer IN EXECUTE statement LOOP
		rows := rows || answer::text;
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = array_to_string(rows, ' ');
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS outcome = MESSAGE_TEXT;
		RETURN CASE WHEN outcome ~ 'CANARY' THEN 'CANARY in ' ELSE '' END || SQLSTATE;
END
$$;

-- How many rows a statement without result touches, or the SQLSTATE. What it changes is taken back.
CREATE FUNCTION touched(role name, purpose text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	touched bigint;
BEGIN
	PERFORM set_config('role', role, true);
	PERFORM set_config('memreg.purpose', purpose, true);
	EXECUTE statement;
	GET DIAGNOSTICS touched = ROW_COUNT;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = touched;
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		RETURN CASE WHEN SQLERRM ~ 'CANARY' THEN 'CANARY in ' ELSE '' END || SQLSTATE;
END
$$;
