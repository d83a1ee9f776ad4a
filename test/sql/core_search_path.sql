-- Operators, functions, types and tables that somebody puts in front of the built-in ones are never reached.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION memreg;
CREATE ROLE shop;
CREATE ROLE clerk;
CREATE SCHEMA app AUTHORIZATION shop;
GRANT USAGE ON SCHEMA app TO clerk;
SET ROLE shop;
CREATE TABLE app.member (id bigint PRIMARY KEY, name text, seen_at timestamptz);
CREATE TABLE app.person (id text PRIMARY KEY);
CREATE TABLE app.company (id uuid PRIMARY KEY);
GRANT SELECT ON ALL TABLES IN SCHEMA app TO clerk;
INSERT INTO app.member VALUES (1, 'a', '2000-01-01'), (2, 'b', '2000-01-01');
RESET ROLE;

-- The traps: every operator that compares or joins, and the functions that memreg's own code calls.
CREATE SCHEMA trap;
CREATE FUNCTION make_traps() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	o record;
BEGIN
	FOR o IN
		SELECT oid, oprname, oprleft::regtype AS l, oprright::regtype AS r, oprresult::regtype AS result FROM pg_operator
		 WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprkind = 'b'
		   AND oprname IN ('=', '<>', '<', '<=', '>', '>=', '||', '+', '-', '*', '/', '%', '~', '!~', '~~', '!~~')
		   AND oprleft::regtype::text !~ '^any' AND oprright::regtype::text !~ '^any' AND oprresult::regtype::text !~ '^any'
		   AND oprleft::regtype::text !~ '^(box|circle|lseg|line|path|point|polygon|money|inet|cidr|macaddr|tsvector|tsquery|bit)'
	LOOP
		EXECUTE format('CREATE FUNCTION trap.operator_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS ''BEGIN RAISE ''''trapped by an operator''''; END''',
					   o.oid, o.l, o.r, o.result);
		EXECUTE format('CREATE OPERATOR trap.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = trap.operator_%s)', o.oprname, o.l, o.r, o.oid);
	END LOOP;
	FOR o IN
		SELECT proname, pg_get_function_identity_arguments(oid) AS arguments, prorettype::regtype AS result FROM pg_proc
		 WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset AND provariadic = 0
		   AND proname IN ('now', 'clock_timestamp', 'format', 'quote_ident', 'quote_literal', 'format_type', 'current_setting', 'substring', 'date_part',
						   'isfinite', 'timezone', 'textcat', 'texteq', 'int8eq', 'nextval', 'pg_get_expr', 'md5', 'length', 'round', 'array_length')
		   AND prorettype::regtype::text !~ '^any' AND pg_get_function_identity_arguments(oid) !~ 'any'
	LOOP
		EXECUTE format('CREATE FUNCTION trap.%I(%s) RETURNS %s LANGUAGE plpgsql AS ''BEGIN RAISE ''''trapped by a function''''; END''',
					   o.proname, o.arguments, o.result);
	END LOOP;
END $$;
SELECT make_traps();
CREATE DOMAIN trap.text AS pg_catalog.text CHECK (false);
CREATE DOMAIN trap.regclass AS pg_catalog.regclass CHECK (false);
CREATE DOMAIN trap.regtype AS pg_catalog.regtype CHECK (false);
CREATE DOMAIN trap.int8 AS pg_catalog.int8 CHECK (false);
CREATE TABLE trap.pg_class (a int);
CREATE TABLE trap.pg_attribute (a int);
CREATE TABLE trap.pg_policy (a int);
CREATE TABLE trap.pg_roles (a int);
CREATE TEMPORARY TABLE consent_state (a int);
CREATE TEMPORARY TABLE pg_roles (a int);
GRANT USAGE ON SCHEMA trap TO PUBLIC;

SET search_path = trap, pg_catalog;
SELECT 1 = 1;
SELECT now();
SELECT quote_ident('a');

SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_register('people', 'Another register', 'Example City', 'pg_catalog.text');
SELECT memreg.create_register('companies', 'Customer register', 'Example City', 'uuid');
SELECT memreg.create_purpose('members', 'research', 'consent');
SELECT memreg.create_purpose('people', 'research', 'consent');
SELECT memreg.create_purpose('companies', 'research', 'consent');
SELECT memreg.add_table('members', 'app.member', 'id', true);
SELECT memreg.add_table('people', 'app.person', 'id');
SELECT memreg.add_table('companies', 'app.company', 'id');
SELECT memreg.set_treatment('members', 'research', 'subject_key', 'pseudonym');
SELECT memreg.set_treatment('members', 'research', 'identity', 'clear');
SECURITY LABEL FOR memreg ON COLUMN app.member.name IS 'identity';
SELECT memreg.protect('app.member');
SELECT memreg.protect('app.person');
SELECT memreg.protect('app.company');
SELECT memreg.grant_access('clerk', 'members', 'research', 'infinity');
SELECT memreg.grant_consent('members', 1, 'research', 'infinity', '{}');
SELECT memreg.grant_consent('members', 1, 'research');
SELECT memreg.grant_consent('people', 'a', 'research');
SELECT memreg.grant_consent('companies', '0b5e6a5c-9d0f-4c3e-8f5a-2f1de8a7b301', 'research');
SELECT memreg.has_consent('members', 1, 'research'), memreg.has_consent('people', 'a', 'research');
SELECT memreg.withdraw_consent('people', 'a', 'research');
SELECT memreg.has_consent('people', 'a', 'research');
SELECT register, purpose, subject, stands FROM memreg.consent ORDER BY 1;
SELECT memreg.create_scope('university');
SELECT memreg.pseudonym('university', 'a') IS NOT NULL, memreg.pseudonym_uuid('university', 'a') IS NOT NULL;
SELECT memreg.destroy_scope('university');
SELECT memreg.add_retention('members', 'app.member', '1 year', 'seen_at');
SELECT rule, rows_due, problem FROM memreg.retention_due;
SELECT register, "column", category FROM memreg.labelled_column WHERE category IS NOT NULL ORDER BY 1, 2;

-- A protected table, for a role whose path is that
SET ROLE clerk;
SET memreg.purpose = 'research';
SELECT name FROM app.member;
RESET ROLE;

-- The event triggers, for a role whose path is that
SET ROLE shop;
ALTER TABLE app.member RENAME id TO number;
ALTER TABLE app.member RENAME seen_at TO at;
DROP TABLE app.person;
ALTER TABLE app.company DROP COLUMN id CASCADE;
RESET ROLE;
SELECT relation, subject FROM memreg.registered_table;
SELECT since FROM memreg.retention_rule;

SELECT memreg.remove_retention(1);
SELECT memreg.revoke_access('clerk', 'members', 'research');
SELECT memreg.unprotect('app.member');
SELECT memreg.remove_table('app.member');
SELECT count(*) FROM memreg.registered_table;

-- The extension itself
RESET search_path;
DROP EXTENSION memreg CASCADE;
SET search_path = trap, pg_catalog;
CREATE EXTENSION memreg;
SELECT memreg.create_register('members', 'Member register', 'Example City');
