-- What the application's owner renames or drops, the registry follows or forgets, however it is done and by whom.
CREATE EXTENSION memreg;
SET client_min_messages = error;
SELECT plan(78);

CREATE ROLE shop;
CREATE ROLE clerk;
CREATE SCHEMA app AUTHORIZATION shop;
GRANT CREATE ON DATABASE :"DBNAME" TO shop;
GRANT USAGE ON SCHEMA app TO clerk;
SELECT memreg.create_register('members', 'Member register', 'Example City') \g /dev/null
SELECT memreg.create_register('people', 'Another register', 'Example City', 'text') \g /dev/null
SELECT memreg.create_purpose('members', 'service', 'contract') \g /dev/null
SELECT memreg.create_purpose('people', 'service', 'contract') \g /dev/null
SELECT memreg.grant_access('clerk', register, 'service') FROM memreg.register \g /dev/null

CREATE FUNCTION registered() RETURNS text LANGUAGE sql AS
	$$SELECT string_agg(relation || '.' || subject, ' ' ORDER BY relation::text) FROM memreg.registered_table$$;

-- Rows of memreg's tables that name a relation or column that is not there.
CREATE FUNCTION dangling() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT t.relation || '.' || t.subject FROM memreg.registered_table t
	 WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.relation AND a.attname = t.subject AND NOT a.attisdropped)
	UNION ALL
	SELECT r.relation || '.' || r.since FROM memreg.retention_rule r
	 WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.relation AND a.attname = r.since AND NOT a.attisdropped)
	UNION ALL
	SELECT 'state of rule ' || s.rule_id FROM memreg.retention_state s
	 WHERE NOT EXISTS (SELECT FROM memreg.retention_rule r WHERE r.rule_id = s.rule_id)
	UNION ALL
	SELECT 'label of ' || l.objoid FROM pg_seclabel l
	 WHERE l.provider = 'memreg' AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = l.objoid AND a.attnum = l.objsubid AND NOT a.attisdropped)
$$;

-- A protected table of shop's with a rule; then one statement of shop's; then what is left of it.
CREATE FUNCTION given(definition text, register text DEFAULT 'members', relation text DEFAULT 'app.t', subject name DEFAULT 'id')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE shop;
	EXECUTE definition;
	EXECUTE format('GRANT SELECT ON %s TO clerk', relation);
	RESET ROLE;
	PERFORM memreg.add_table(register, relation::regclass, subject);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN %s.%I IS ''identity''', relation, subject);
	PERFORM memreg.protect(relation::regclass);
END $$;
CREATE FUNCTION seen(statement text DEFAULT 'SELECT count(*) FROM app.t') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	SET LOCAL ROLE clerk;
	SET LOCAL memreg.purpose = 'service';
	EXECUTE statement INTO result;
	RESET ROLE;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE FUNCTION clean() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DROP SCHEMA IF EXISTS app, other CASCADE;
	DELETE FROM memreg.registered_table;
	CREATE SCHEMA app AUTHORIZATION shop;
	GRANT USAGE ON SCHEMA app TO clerk;
END $$;

-- Renames
CREATE TABLE renames (called text, subject text, definition text, statement text);
INSERT INTO renames VALUES
	('a column', 'key', 'CREATE TABLE app.t (id bigint NOT NULL)', 'ALTER TABLE app.t RENAME COLUMN id TO key'),
	('without the word COLUMN', 'key', 'CREATE TABLE app.t (id bigint NOT NULL)', 'ALTER TABLE app.t RENAME id TO key'),
	('with IF EXISTS and ONLY', 'key', 'CREATE TABLE app.t (id bigint NOT NULL)', 'ALTER TABLE IF EXISTS ONLY app.t RENAME id TO key'),
	('twice', 'second', 'CREATE TABLE app.t (id bigint NOT NULL)', 'ALTER TABLE app.t RENAME id TO first; ALTER TABLE app.t RENAME first TO second'),
	('another column first', 'key', 'CREATE TABLE app.t (id bigint NOT NULL, key bigint)', 'ALTER TABLE app.t RENAME key TO old; ALTER TABLE app.t RENAME id TO key'),
	('without its schema', 'key', 'CREATE TABLE app.t (id bigint NOT NULL)', 'SET LOCAL search_path = app; ALTER TABLE t RENAME id TO key; SET LOCAL search_path = public'),
	('through a view''s statement', 'key', 'CREATE TABLE app.t (id bigint NOT NULL)', 'ALTER VIEW app.t RENAME COLUMN id TO key'),
	('through a materialized view''s', 'key', 'CREATE TABLE app.t (id bigint NOT NULL)', 'ALTER MATERIALIZED VIEW app.t RENAME COLUMN id TO key'),
	('through a foreign table''s', 'key', 'CREATE TABLE app.t (id bigint NOT NULL)', 'ALTER FOREIGN TABLE app.t RENAME COLUMN id TO key'),
	('of the parent', 'key', 'CREATE TABLE app.parent (id bigint NOT NULL); CREATE TABLE app.t () INHERITS (app.parent)', 'ALTER TABLE app.parent RENAME id TO key'),
	('of the parent''s parent', 'key', 'CREATE TABLE app.p (id bigint NOT NULL); CREATE TABLE app.q () INHERITS (app.p); CREATE TABLE app.t () INHERITS (app.q)',
	 'ALTER TABLE app.p RENAME id TO key'),
	('of the table''s type', 'key', 'CREATE TYPE app.type AS (id bigint); CREATE TABLE app.t OF app.type (id NOT NULL)', 'ALTER TYPE app.type RENAME ATTRIBUTE id TO key CASCADE'),
	('of a partitioned table', 'key', 'CREATE TABLE app.t (id bigint NOT NULL) PARTITION BY LIST (id); CREATE TABLE app.t1 PARTITION OF app.t DEFAULT', 'ALTER TABLE app.t RENAME id TO key'),
	('another column', 'id', 'CREATE TABLE app.t (id bigint NOT NULL, key bigint)', 'ALTER TABLE app.t RENAME key TO other'),
	('a column of that name elsewhere', 'id', 'CREATE TABLE app.t (id bigint NOT NULL); CREATE TABLE app.u (id bigint)', 'ALTER TABLE app.u RENAME id TO key'),
	('taken back', 'id', 'CREATE TABLE app.t (id bigint NOT NULL)', 'DO $d$ BEGIN ALTER TABLE app.t RENAME id TO key; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END $d$');
CREATE FUNCTION test_rename(r renames) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM clean();
	PERFORM given(r.definition);
	SET LOCAL ROLE shop;
	EXECUTE r.statement;
	RESET ROLE;
	RETURN NEXT is(registered(), 'app.t.' || r.subject, 'renamed ' || r.called);
	RETURN NEXT is(seen(), '0', 'and readable: ' || r.called);
END $$;
SELECT test_rename(r) FROM renames r;

-- The table itself and its schema may be renamed and moved: it is known by its identity.
SELECT clean(), given('CREATE TABLE app.t (id bigint NOT NULL)') \g /dev/null
CREATE SCHEMA other AUTHORIZATION shop;
GRANT USAGE ON SCHEMA other TO clerk;
SET ROLE shop;
ALTER TABLE app.t RENAME TO u;
ALTER TABLE app.u SET SCHEMA other;
ALTER SCHEMA other RENAME TO moved;
RESET ROLE;
SELECT is(registered(), 'moved.u.id', 'a table renamed and moved');
SELECT is(seen('SELECT count(*) FROM moved.u'), '0', 'and readable');
DROP SCHEMA moved CASCADE;

-- Drops
CREATE TABLE drops (called text, definition text, statement text);
INSERT INTO drops VALUES
	('the table', 'CREATE TABLE app.t (id bigint NOT NULL)', 'DROP TABLE app.t'),
	('the column', 'CREATE TABLE app.t (id bigint NOT NULL, v text)', 'ALTER TABLE app.t DROP COLUMN id CASCADE'),
	('the only column', 'CREATE TABLE app.t (id bigint NOT NULL)', 'ALTER TABLE app.t DROP id CASCADE'),
	('the column, in a list', 'CREATE TABLE app.t (id bigint NOT NULL, v text)', 'ALTER TABLE app.t ADD w text, DROP v, DROP id CASCADE'),
	('the column by its parent', 'CREATE TABLE app.parent (id bigint NOT NULL); CREATE TABLE app.t (v text) INHERITS (app.parent)', 'ALTER TABLE app.parent DROP COLUMN id CASCADE'),
	('the column by its type', 'CREATE TYPE app.type AS (id bigint, v text); CREATE TABLE app.t OF app.type (id NOT NULL)', 'ALTER TYPE app.type DROP ATTRIBUTE id CASCADE'),
	('the schema', 'CREATE TABLE app.t (id bigint NOT NULL)', 'DROP SCHEMA app CASCADE'),
	('what the role owns', 'CREATE TABLE app.t (id bigint NOT NULL)', 'DROP OWNED BY shop CASCADE'),
	('the parent', 'CREATE TABLE app.parent (id bigint NOT NULL); CREATE TABLE app.t () INHERITS (app.parent)', 'DROP TABLE app.parent CASCADE'),
	('the table''s type', 'CREATE TYPE app.type AS (id bigint); CREATE TABLE app.t OF app.type (id NOT NULL)', 'DROP TYPE app.type CASCADE'),
	('the column''s collation', 'CREATE COLLATION app.c (locale = ''C''); CREATE TABLE app.t (id text COLLATE app.c NOT NULL)', 'DROP COLLATION app.c CASCADE'),
	('the function of the partition key', 'CREATE FUNCTION app.f(bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS ''SELECT $1''; CREATE TABLE app.t (id bigint NOT NULL) PARTITION BY LIST (app.f(id))',
	 'DROP FUNCTION app.f(bigint) CASCADE'),
	('several tables', 'CREATE TABLE app.t (id bigint NOT NULL); CREATE TABLE app.u (id bigint)', 'DROP TABLE app.u, app.t'),
	('in a function', 'CREATE TABLE app.t (id bigint NOT NULL)', 'DO $d$ BEGIN EXECUTE ''DROP TABLE app.t''; END $d$'),
	('while triggers rest', 'CREATE TABLE app.t (id bigint NOT NULL)', 'SET session_replication_role = replica; DROP TABLE app.t; RESET session_replication_role'),
	('the column, while triggers rest', 'CREATE TABLE app.t (id bigint NOT NULL, v text)',
	 'SET session_replication_role = replica; ALTER TABLE app.t DROP COLUMN id CASCADE; RESET session_replication_role');
CREATE FUNCTION test_drop(d drops) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM clean();
	PERFORM given(d.definition, CASE WHEN d.definition ~ 'id text' THEN 'people' ELSE 'members' END);
	IF d.statement !~ 'session_replication_role' THEN -- only superusers may set it
		SET LOCAL ROLE shop;
	END IF;
	EXECUTE d.statement;
	RESET ROLE;
	RETURN NEXT is(registered(), NULL, 'dropped ' || d.called);
END $$;
SELECT test_drop(d) FROM drops d;
SELECT is_empty('SELECT dangling()', 'and nothing dangles');

-- Retention rules go with the table or the column that their term runs from.
SELECT clean(), given('CREATE TABLE app.t (id bigint NOT NULL, at timestamptz, left_at timestamptz)') \g /dev/null
SELECT memreg.add_retention('members', 'app.t', '1 year', 'at'), memreg.add_retention('members', 'app.t', '1 year', 'left_at') \g /dev/null
SET ROLE shop;
ALTER TABLE app.t RENAME at TO seen_at;
ALTER TABLE app.t DROP COLUMN left_at;
RESET ROLE;
SELECT is((SELECT string_agg(since, ' ') FROM memreg.retention_rule), 'seen_at', 'a rule follows its column, or goes with it');
SET ROLE shop;
DROP TABLE app.t;
RESET ROLE;
SELECT is_empty('SELECT FROM memreg.retention_rule', 'and goes with its table');

SELECT clean(), given('CREATE TABLE app.t (id bigint NOT NULL, at timestamptz)') \g /dev/null
SELECT memreg.add_retention('members', 'app.t', '1 year', 'at') \g /dev/null
SET session_replication_role = replica;
DROP TABLE app.t;
RESET session_replication_role;
SELECT is_empty($$SELECT d FROM dangling() d WHERE d !~ '^state'$$, 'also while triggers rest');

-- What does not name a subject column leaves the registration alone.
SELECT clean(), given('CREATE TABLE app.t (id bigint NOT NULL, v text)') \g /dev/null
SET ROLE shop;
ALTER TABLE app.t DROP COLUMN v;
CREATE TEMPORARY TABLE t (id bigint);
DROP TABLE pg_temp.t;
CREATE TABLE app.u (id bigint);
ALTER TABLE app.u DROP COLUMN id;
DROP TABLE app.u;
ALTER TABLE app.t ADD COLUMN w text;
RESET ROLE;
SELECT is(registered(), 'app.t.id', 'what is dropped beside it changes nothing');
SELECT throws_ok('ALTER TABLE app.t DROP COLUMN id', '2BP01', NULL, 'a protected table keeps its subject column unless told CASCADE');
SELECT throws_ok('ALTER TABLE app.t ALTER COLUMN id TYPE text', '0A000', NULL, 'and its type');

-- A column that became nullable after all
ALTER TABLE app.t ALTER COLUMN id DROP NOT NULL;
SELECT lives_ok($$SELECT memreg.protect('app.t')$$, 'a table may have rows that name no subject');

-- Dropped and made again, the table is another one.
DROP TABLE app.t;
CREATE TABLE app.t (id bigint NOT NULL);
SELECT is(registered(), NULL, 'a new table of the old name is in no register');
SELECT lives_ok($$SELECT memreg.add_table('members', 'app.t', 'id'), memreg.protect('app.t')$$, 'until it is added');

-- Unsuitable tables that need a look at more than the column
SELECT clean() \g /dev/null
CREATE TABLE app.q (id bigint NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE app.q1 (id bigint NOT NULL);
CREATE TABLE app.child (own text NOT NULL) INHERITS (app.q1);
SELECT memreg.add_table('members', 'app.q1', 'id') \g /dev/null
SELECT throws_ok($$SELECT memreg.add_table('people', 'app.child', 'own')$$, 'MR031', NULL, 'a child of a registered table belongs to it');
DROP TABLE app.child;
SELECT memreg.add_table('members', 'app.q', 'id') \g /dev/null
ALTER TABLE app.q ATTACH PARTITION app.q1 DEFAULT;
SELECT throws_ok($$SELECT memreg.protect('app.q')$$, 'MR031', NULL, 'a registered table that became a partition must be taken out first');
SELECT throws_ok($$SELECT memreg.protect('app.q1')$$, 'MR031', NULL, 'whichever is protected');
SELECT lives_ok($$SELECT memreg.revoke_access('clerk', 'members', 'service')$$, 'access is revoked once');
SELECT throws_ok($$SELECT memreg.revoke_access(4000000000::oid::regrole, 'members', 'service')$$, 'MR040', NULL,
				 'access of a role that does not exist cannot be revoked');
SELECT throws_ok($$SELECT memreg.revoke_access(NULL, 'members', 'service')$$, 'MR040', NULL, 'nor of no role');

-- A subject column in which the application sees one key where memreg sees two
SELECT EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i') AS has_icu \gset
\if :has_icu
CREATE COLLATION app.folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE app.folded (id text COLLATE app.folding NOT NULL);
SELECT throws_ok($$SELECT memreg.add_table('people', 'app.folded', 'id')$$, 'MR035', NULL, 'a collation for which different keys are equal');
CREATE TABLE app.plain (id text COLLATE "C" NOT NULL);
SELECT memreg.add_table('people', 'app.plain', 'id') \g /dev/null
ALTER TABLE app.plain ALTER COLUMN id TYPE text COLLATE app.folding;
SELECT throws_ok($$SELECT memreg.protect('app.plain')$$, 'MR035', NULL, 'nor may it get one later');
\else
SELECT skip('this server has no ICU', 2);
\endif

-- What refers to a register or purpose holds on to it.
SELECT clean() \g /dev/null
SELECT memreg.create_purpose('members', 'research', 'consent') \g /dev/null
SELECT memreg.grant_consent('members', 1, 'research') \g /dev/null
SELECT throws_ok(statement, 'MR015', NULL, statement) FROM unnest(ARRAY[
	'DELETE FROM memreg.register', 'DELETE FROM memreg.purpose', 'TRUNCATE memreg.register', 'TRUNCATE memreg.purpose',
	'TRUNCATE memreg.purpose CASCADE', $$UPDATE memreg.register SET register = 'other' WHERE register = 'members'$$,
	'UPDATE memreg.purpose SET purpose_id = DEFAULT', $$UPDATE memreg.purpose SET purpose = 'other' WHERE purpose = 'service'$$]) statement;
SELECT lives_ok($$UPDATE memreg.register SET title = 'Another title'$$, 'but its title may change');
SELECT memreg.create_register('empty', 'Nothing in it', 'Nobody') \g /dev/null
SELECT lives_ok($$DELETE FROM memreg.register WHERE register = 'empty'$$, 'and what nothing refers to may go');
SELECT * FROM finish();
