-- What the registry refuses: each with an SQLSTATE, a message and a hint of its own, and nothing changes.
CREATE EXTENSION memreg;
\i test/attempt.sql

-- All rows of memreg's tables.
CREATE FUNCTION everything() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	relation regclass;
	rows jsonb;
	content jsonb := '{}';
BEGIN
	FOR relation IN SELECT oid FROM pg_class WHERE relnamespace = 'memreg'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('SELECT jsonb_agg(t::text ORDER BY t::text) FROM %s t', relation) INTO rows;
		content := content || jsonb_build_object(relation, rows);
	END LOOP;
	RETURN content;
END $$;

CREATE ROLE clerk;
CREATE SCHEMA app;
CREATE TABLE app.member (id bigint PRIMARY KEY, may_be_null bigint, made bigint NOT NULL GENERATED ALWAYS AS (id * 2) STORED,
						 small int NOT NULL, name text NOT NULL, key uuid NOT NULL, alias text);
CREATE TABLE app.answer (member_id bigint NOT NULL, answer text);
CREATE TABLE app.log (member_id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE app.log_2025 PARTITION OF app.log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE VIEW app.names AS SELECT id, name FROM app.member;
CREATE MATERIALIZED VIEW app.copied AS SELECT id, name FROM app.member;
CREATE SEQUENCE app.counter;
CREATE INDEX member_name ON app.member (name);
CREATE TYPE app.pair AS (id bigint, name text);
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE app.far (id bigint NOT NULL) SERVER nowhere;
CREATE TEMPORARY TABLE passing (id bigint NOT NULL);

SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_register('companies', 'Customer register', 'Example City', 'uuid');
SELECT memreg.create_register('people', 'Another register', 'Example City', 'text');
SELECT memreg.create_purpose('members', 'research', 'consent');
SELECT memreg.create_purpose('companies', 'service', 'contract');
SELECT memreg.add_table('members', 'app.answer', 'member_id');
SELECT memreg.grant_access('clerk', 'members', 'research', until => 'infinity', decision => 'as before');
CREATE TABLE before AS SELECT everything() AS content;

-- Registers
SELECT attempt($$SELECT memreg.create_register('members', 'Another', 'Example City')$$);
SELECT attempt($$SELECT memreg.create_register('', 'T', 'C')$$);
SELECT attempt($$SELECT memreg.create_register('new', '', 'C')$$);
SELECT attempt($$SELECT memreg.create_register('new', 'T', '')$$);
SELECT attempt($$SELECT memreg.create_register('new', 'T', 'C', 'int')$$);
SELECT attempt($$SELECT memreg.create_register('new', 'T', 'C', 'app.member')$$);
SELECT attempt($$SELECT memreg.create_register('new', 'T', 'C', 'no_such_type')$$);

-- Purposes
SELECT attempt($$SELECT memreg.create_purpose('nowhere', 'p', 'consent')$$);
SELECT attempt($$SELECT memreg.create_purpose('Members', 'p', 'consent')$$);
SELECT attempt($$SELECT memreg.create_purpose('members', 'research', 'consent')$$);
SELECT attempt($$SELECT memreg.create_purpose('members', '', 'consent')$$);
SELECT attempt($$SELECT memreg.create_purpose('members', repeat('x', 255), 'consent')$$);
SELECT attempt($$SELECT memreg.create_purpose('members', repeat('x', 256), 'consent')$$);
SELECT attempt($$SELECT memreg.create_purpose('members', repeat('ä', 128), 'consent')$$);
SELECT attempt($$SELECT memreg.create_purpose('members', 'p', 'curiosity')$$);
SELECT attempt($$SELECT memreg.create_purpose('members', 'p', 'Consent')$$);
SELECT attempt($$SELECT memreg.create_purpose('members', 'p', '')$$);

-- Tables
SELECT attempt($$SELECT memreg.add_table('nowhere', 'app.member', 'id')$$);
SELECT attempt($$SELECT memreg.add_table('members', 'app.nowhere', 'id')$$);
SELECT attempt($$SELECT memreg.add_table('members', 4000000000::oid, 'id')$$);
SELECT attempt(format('SELECT memreg.add_table(''members'', %L, ''id'')', relation))
  FROM unnest('{app.names,app.copied,app.counter,app.member_name,app.pair,app.far,passing,app.log_2025,pg_class,
				information_schema.sql_features,memreg.consent_state}'::text[]) AS relation;
SELECT attempt($$SELECT memreg.add_table('members', 'app.answer', 'member_id')$$);
SELECT attempt($$SELECT memreg.add_table('members', 'app.answer', 'member_id', root => true)$$);
SELECT attempt($$SELECT memreg.add_table('companies', 'app.answer', 'member_id')$$);
SELECT attempt($$SELECT memreg.remove_table('app.member')$$);
SELECT attempt($$SELECT memreg.remove_table('app.nowhere')$$);
SELECT attempt($$SELECT memreg.remove_table(4000000000::oid)$$);
SELECT attempt($$SELECT memreg.protect('app.member')$$);
SELECT attempt($$SELECT memreg.unprotect('app.member')$$);

-- Subject columns
SELECT attempt(format('SELECT memreg.add_table(''members'', ''app.member'', %L)', subject))
  FROM unnest('{nothing,ID,id + 1,lower(name),ctid,tableoid,"",name,key,small,may_be_null,made}'::text[]) AS subject;
SELECT attempt($$SELECT memreg.add_table('companies', 'app.member', 'id')$$);
SELECT attempt($$SELECT memreg.add_table('people', 'app.member', 'id')$$);
SELECT attempt($$SELECT memreg.add_table('people', 'app.member', 'alias')$$);
ALTER TABLE app.member DROP COLUMN alias;
SELECT attempt($$SELECT memreg.add_table('people', 'app.member', 'alias')$$);
SELECT attempt($$SELECT memreg.add_table('people', 'app.member', '........pg.dropped.7........')$$);
CREATE DOMAIN app.number AS bigint NOT NULL;
CREATE TABLE app.numbered (id app.number);
SELECT attempt($$SELECT memreg.add_table('members', 'app.numbered', 'id')$$);
CREATE TABLE app.many (ids bigint[] NOT NULL);
SELECT attempt($$SELECT memreg.add_table('members', 'app.many', 'ids')$$);

-- Access
SELECT attempt($$SELECT memreg.grant_access('nobody_of_that_name', 'members', 'research')$$);
SELECT attempt($$SELECT memreg.grant_access(4000000000::oid::regrole, 'members', 'research')$$);
SELECT attempt($$SELECT memreg.grant_access('clerk', 'nowhere', 'research')$$);
SELECT attempt($$SELECT memreg.grant_access('clerk', 'members', 'nothing')$$);
SELECT attempt($$SELECT memreg.grant_access('clerk', 'members', 'service')$$);
SELECT attempt($$SELECT memreg.grant_access('clerk', 'members', 'research', until => now())$$);
SELECT attempt($$SELECT memreg.grant_access('clerk', 'members', 'research', until => '-infinity')$$);
SELECT attempt($$SELECT memreg.grant_access('public', 'members', 'research')$$);
SELECT attempt($$SELECT memreg.revoke_access('nobody_of_that_name', 'members', 'research')$$);
SELECT attempt($$SELECT memreg.revoke_access('clerk', 'members', 'nothing')$$);
SELECT attempt($$SELECT memreg.revoke_access('postgres', 'members', 'research')$$);

-- NULL for each argument in turn, the others being good
CREATE TABLE good (function text, place int, argument text, value text);
INSERT INTO good
SELECT function, place, split_part(pair, '=', 1), split_part(pair, '=', 2)
  FROM (VALUES ('create_register', $$register='r' title='t' controller='c' subject_type='uuid' responsible_office='o' decision='d' contact='a'$$),
			   ('create_purpose', $$register='members' purpose='p' basis='consent' description='d'$$),
			   ('add_table', $$register='members' relation='app.member' subject='id' root=true$$),
			   ('remove_table', $$relation='app.answer'$$),
			   ('grant_access', $$role='clerk' register='members' purpose='research' until='infinity' decision='d'$$),
			   ('revoke_access', $$register='members' purpose='research' role='clerk'$$),
			   ('protect', $$relation='app.answer'$$),
			   ('unprotect', $$relation='app.answer'$$)) AS f(function, pairs),
	   LATERAL regexp_split_to_table(pairs, ' ') WITH ORDINALITY AS a(pair, place);
SELECT attempt((SELECT format('SELECT memreg.%s(%s)', function, string_agg(format('%s => %s', argument,
					CASE place WHEN missing THEN 'NULL' ELSE value END), ', ' ORDER BY place))
				  FROM good g WHERE g.function = f.function GROUP BY function))
  FROM (SELECT function, place AS missing FROM good WHERE (function, argument) <> ('revoke_access', 'role')) f ORDER BY function, missing;

-- Nothing has changed.
SELECT everything() = content AS unchanged FROM before;

-- Saying the same again is no error and changes nothing.
SELECT memreg.add_table('members', 'app.answer', 'member_id');
SELECT memreg.add_table(register => 'members', relation => 'app.answer', subject => 'member_id', root => false);
SELECT memreg.protect('app.answer');
SELECT memreg.protect('app.answer');
SELECT memreg.unprotect('app.answer');
SELECT memreg.unprotect('app.answer');
SELECT everything() = content AS unchanged FROM before;
SELECT memreg.grant_access('clerk', 'members', 'research', until => 'infinity', decision => 'as before');
SELECT count(*) FROM memreg.access_grant;
SELECT count(*) FROM pg_policy;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'app.answer'::regclass;
SELECT memreg.revoke_access('clerk', 'members', 'research');
SELECT memreg.revoke_access('clerk', 'members', 'research');
SELECT memreg.remove_table('app.answer');
SELECT attempt($$SELECT memreg.remove_table('app.answer')$$);
SELECT count(*) FROM memreg.registered_table, memreg.access_grant;
