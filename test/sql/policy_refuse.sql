-- What enforcement refuses, and what it says: which promise, what to do, and nobody's data.
\set ECHO none
\i test/policy/register.sql
CREATE VIEW app.of_superuser AS SELECT * FROM app.member;
GRANT SELECT ON app.of_superuser TO PUBLIC;
CREATE TABLE app."Odd table" ("the key" bigint NOT NULL, "The ""E-mail""" text);
GRANT ALL ON app."Odd table" TO PUBLIC;
DO $$
BEGIN
	PERFORM memreg.create_register('Odd "register"', 'Odd', 'Nobody');
	PERFORM memreg.create_purpose('Odd "register"', 'Odd purpose', 'public_task');
	PERFORM memreg.add_table('Odd "register"', 'app."Odd table"', 'the key');
	PERFORM memreg.protect('app."Odd table"');
	CREATE ROLE "Odd role";
	GRANT USAGE ON SCHEMA app TO "Odd role";
END
$$;
CREATE TABLE lab.own (id bigint);
RESET client_min_messages;
\set SHOW_CONTEXT never
\pset tuples_only
\pset format unaligned
\set ECHO all

-- Purpose and grant.
SET ROLE researcher;
SELECT * FROM app.member;
SET memreg.purpose = 'sales';
SELECT * FROM app.member;
SET memreg.purpose = 'billing';
SELECT * FROM app.member;
SET ROLE "Odd role";
SET memreg.purpose = 'Odd  purpose';
TABLE app."Odd table";
SET memreg.purpose = 'Odd purpose';
TABLE app."Odd table";
UPDATE app."Odd table" SET "The ""E-mail""" = 'x';

-- Writing what is not clear.
SET ROLE researcher;
SET memreg.purpose = 'research';
UPDATE app.member SET email = 'x';
INSERT INTO app.member (id, nickname) VALUES (1, 'x') ON CONFLICT (id) DO NOTHING;
INSERT INTO app.member (nickname) VALUES ('x');
RESET ROLE;
DO $$ BEGIN PERFORM memreg.grant_access('"Odd role"', 'Odd "register"', 'Odd purpose'); END $$;
SET ROLE "Odd role";
SET memreg.purpose = 'Odd purpose';
UPDATE app."Odd table" SET "The ""E-mail""" = 'x';

-- Statements that cannot be treated.
SET ROLE researcher;
SET memreg.purpose = 'research';
DECLARE held CURSOR WITH HOLD FOR SELECT nickname FROM app.member;
RESET ROLE;
DO $$ BEGIN PERFORM memreg.set_treatment('community', 'research', 'subject_key', 'generalize(2)'); END $$;
SET ROLE researcher;
SELECT id, nickname, count(*) FROM app.member GROUP BY id;
SELECT m.id, (SELECT n.score FROM app.member n WHERE n.id = m.id GROUP BY n.id) FROM app.member m;
RESET ROLE;
DO $$ BEGIN PERFORM memreg.set_treatment('community', 'research', 'subject_key', 'pseudonym'); END $$;
SET ROLE researcher;

-- Guards that are missing, or in other hands.
SELECT * FROM app.of_superuser;
CREATE FUNCTION lab.by_function() RETURNS SETOF app.of_superuser LANGUAGE sql STABLE AS 'SELECT * FROM app.of_superuser';
SELECT * FROM lab.by_function();
SELECT memreg.guard_table('app.member');
SELECT memreg.guard_row('app.member', 1);
SELECT memreg.guard_row('app.member', 'x'::text);
SELECT memreg.guard_command('app.member', 'SELECT');
RESET ROLE;
SET ROLE app_owner;
ALTER TABLE app.member NO FORCE ROW LEVEL SECURITY;
SELECT nickname FROM app.member;
COPY app.member TO stdout;
ALTER TABLE app.member FORCE ROW LEVEL SECURITY;
ALTER POLICY memreg_row ON app.member USING (true);
SELECT nickname FROM app.member;
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'nonpersonal';
CREATE TABLE app.answer_2026 PARTITION OF app.answer FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT body FROM app.answer_2026;
COPY app.answer_2026 TO stdout;
RESET ROLE;
CREATE TABLE app.above (id bigint NOT NULL);
ALTER TABLE app.member INHERIT app.above;
GRANT SELECT ON app.above TO PUBLIC;
SET ROLE researcher;
SELECT * FROM app.above;
RESET ROLE;

-- Labels.
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'Contact';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS '';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'two words';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS '1st';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'yhteys_ä';
\set VERBOSITY terse
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS '{age: contact}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {age}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {age:}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {age: Contact}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {age: contact';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {age: contact,}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {age: contact} and more';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {age: contact, "age": address}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {home phone: contact}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {"home phone: contact}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {ä: contact}';
SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact {age: {year: contact}}';
\set VERBOSITY default
SECURITY LABEL FOR memreg ON TABLE app.member IS 'contact';
SECURITY LABEL FOR memreg ON ROLE researcher IS 'contact';
SECURITY LABEL FOR memreg ON FUNCTION lab.by_function() IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.member.nothing IS 'contact';

-- Treatments.
SELECT memreg.set_treatment('community', 'research', 'contact', 'hide');
SELECT memreg.set_treatment('community', 'research', 'contact', NULL);
SELECT memreg.set_treatment('community', 'research', 'contact', 'Clear');
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear(x)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'pseudonym()');
SELECT memreg.set_treatment('community', 'research', 'contact', 'pseudonym(x');
\set VERBOSITY terse
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize()');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize( )');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(day)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(Year)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(year, month)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(year,)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(year');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize (year)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(0)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(0.00)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(-1)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(1e3)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(.5)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(10, 20)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(ip)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(ip 33)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(ip 24 129)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(ip 24 48 7)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(ip 99999999999)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(postal_code)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(postal_code 6)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(letters 0)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(letters one)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'generalize(nickname)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear if consent to ');
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear if consent');
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear if consent to  else withhold');
\set VERBOSITY default
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear if consent to sales');
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear if consent to research else clear');
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear if consent to billing else pseudonym');
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear if consent to research else pseudonym(nothing)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear if consent to research else generalize(year)');
SELECT memreg.set_treatment('community', 'research', 'address', 'generalize(year)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'pseudonym(nothing)');
SELECT memreg.set_treatment('community', 'research', 'contact', 'pseudonym(community/billing)');
SELECT memreg.set_treatment('community', 'research', 'Contact', 'clear');
SELECT memreg.set_treatment('community', 'research', NULL, 'clear');
SELECT memreg.set_treatment('community', 'research', 'nonpersonal', 'withhold');
SELECT memreg.set_treatment('community', 'sales', 'contact', 'clear');
SELECT memreg.set_treatment('nothing', 'research', 'contact', 'clear');
SELECT memreg.set_treatment('community', 'research', 'contact', 'pseudonym');
SELECT category, treatment FROM memreg.treatment WHERE purpose = 'research' ORDER BY category;

-- Protecting.
SELECT memreg.protect('lab.own');
SELECT memreg.protect(NULL);
SELECT memreg.unprotect('lab.own');
SECURITY LABEL FOR memreg ON COLUMN app.answer.answered IS 'address';
SELECT memreg.protect('app.answer');
SECURITY LABEL FOR memreg ON COLUMN app.answer.answered IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.answer.body IS 'contact {age: address}';
SELECT memreg.protect('app.answer');
SECURITY LABEL FOR memreg ON COLUMN app.answer.body IS NULL;

-- Who may do all this.
SET ROLE researcher;
SELECT memreg.set_treatment('community', 'research', 'contact', 'clear');
SELECT memreg.protect('app.member');
SELECT memreg.unprotect('app.member');
SELECT * FROM memreg.treatment;
SELECT * FROM memreg.labelled_column;
