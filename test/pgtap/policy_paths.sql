-- Every path to a protected table ends at its check: views, rules, functions, triggers, whoever owns them. What cannot be
-- treated on its way is refused.
\i test/policy/register.sql
SELECT plan(77);
GRANT CREATE ON SCHEMA lab TO PUBLIC;
CREATE ROLE keeper BYPASSRLS;
GRANT USAGE ON SCHEMA app TO keeper;
GRANT ALL ON ALL TABLES IN SCHEMA app TO keeper;

-- The same view by owners of every kind.
CREATE FUNCTION make_view(name text, owner name, options text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE VIEW lab.%I %s AS SELECT id, email, nickname, score FROM app.member', name, options);
	EXECUTE format('ALTER VIEW lab.%I OWNER TO %I', name, owner);
	EXECUTE format('GRANT ALL ON lab.%I TO PUBLIC', name);
END
$$;
SELECT make_view('of_superuser', 'postgres'), make_view('of_keeper', 'keeper'), make_view('of_owner', 'app_owner'), make_view('of_clerk', 'clerk'),
	make_view('of_researcher', 'researcher'), make_view('of_stranger', 'stranger'), make_view('barrier_of_keeper', 'keeper', 'WITH (security_barrier)'),
	make_view('invoker_of_superuser', 'postgres', 'WITH (security_invoker)'), make_view('invoker_of_keeper', 'keeper', 'WITH (security_invoker, security_barrier)');
CREATE VIEW lab.over_keeper AS SELECT * FROM lab.of_keeper;
ALTER VIEW lab.over_keeper OWNER TO researcher;
CREATE VIEW lab.invoker_over_keeper WITH (security_invoker) AS SELECT * FROM lab.of_keeper;
CREATE VIEW lab.keeper_over_clerk AS SELECT * FROM lab.of_clerk;
ALTER VIEW lab.keeper_over_clerk OWNER TO keeper;
GRANT ALL ON ALL TABLES IN SCHEMA lab TO PUBLIC;
CREATE TABLE view_case (name text, refused boolean);
INSERT INTO view_case VALUES ('of_superuser', true), ('of_keeper', true), ('barrier_of_keeper', true), ('over_keeper', true), ('invoker_over_keeper', true),
	('of_owner', false), ('of_clerk', false), ('of_researcher', false), ('of_stranger', false), ('invoker_of_superuser', false), ('invoker_of_keeper', false),
	('keeper_over_clerk', false);
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(email) FROM lab.' || name), CASE WHEN refused THEN 'MR303' ELSE '(3,0)' END, 'view ' || name) FROM view_case;
SELECT is(touched('researcher', 'research', format('UPDATE lab.%I SET score = 0', name)), CASE WHEN refused THEN 'MR303' ELSE '3' END, 'UPDATE of view ' || name) FROM view_case;
SELECT is(touched('researcher', 'research', format('INSERT INTO lab.%I (nickname) VALUES (''x'')', name)), CASE WHEN refused THEN 'MR303' ELSE '42501' END, 'INSERT into view ' || name) FROM view_case;
SELECT is(seen('stranger', 'research', 'SELECT count(*) FROM lab.of_researcher'), 'MR302', 'a view gives nobody its owner''s grant');
SELECT is(seen('clerk', 'billing', 'SELECT count(email) FROM lab.of_researcher'), '(5)', 'and nobody its owner''s treatment');
SELECT is(seen('keeper', '', 'SELECT count(email) FROM lab.of_researcher'), '(5)', 'who bypasses row security reads by any view');

-- Set-returning SQL functions over each, which the planner would inline.
CREATE FUNCTION make_function(name text, body text, more text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE FUNCTION lab.%I(OUT id bigint, OUT email text) RETURNS SETOF record LANGUAGE sql STABLE %s AS %L', name, more, body);
	EXECUTE format('ALTER FUNCTION lab.%I OWNER TO researcher', name);
END
$$;
SELECT make_function('by_' || name, 'SELECT id, email FROM lab.' || name, '') FROM view_case;
SELECT is(seen('researcher', 'research', format('SELECT count(*), count(email) FROM lab.%I()', 'by_' || name)), CASE WHEN refused THEN 'MR303' ELSE '(3,0)' END, 'SQL function over ' || name) FROM view_case;
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member m JOIN lab.by_of_keeper() k ON k.id = m.id'), 'MR303', 'joined to the table itself');
SELECT is(seen('researcher', 'research', 'SELECT count(*) FROM app.member m JOIN lab.by_of_clerk() k ON k.id = m.id'), '(3)', 'where it is not refused, the keys match');
SELECT is(seen('researcher', 'research', 'SELECT (lab.by_of_keeper()).email'), 'MR303', 'in a target list');
SELECT is(seen('researcher', 'research', 'SELECT 1 FROM generate_series(1, 2) g, LATERAL (SELECT FROM lab.by_of_keeper() WHERE id = g) k'), 'MR303', 'in LATERAL');
SELECT make_function('nested', 'SELECT id, email FROM lab.by_of_superuser()', ''), make_function('definer', 'SELECT id, email FROM lab.of_superuser', 'SECURITY DEFINER');
SELECT is(seen('researcher', 'research', 'SELECT FROM lab.nested()'), 'MR303', 'a function that calls a function');
SELECT is(seen('researcher', 'research', 'SELECT FROM lab.definer()'), 'MR303', 'SECURITY DEFINER of a role that is bound');
CREATE FUNCTION lab.atomic() RETURNS SETOF text STABLE BEGIN ATOMIC SELECT email FROM lab.of_superuser; END;
CREATE FUNCTION lab.atomic_over_table() RETURNS TABLE (id bigint, email text) STABLE BEGIN ATOMIC SELECT id, email FROM app.member; END;
SELECT is(seen('researcher', 'research', 'SELECT FROM lab.atomic()'), 'MR303', 'a body that was parsed before');
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(email) FROM lab.atomic_over_table()'), '(3,0)', 'the same over the table itself');
SELECT is(seen('stranger', 'research', 'SELECT FROM lab.atomic_over_table()'), 'MR302', 'is called by a stranger');
CREATE FUNCTION lab.writer() RETURNS SETOF text LANGUAGE sql AS 'UPDATE app.member SET score = 0 RETURNING email';
SELECT is(seen('researcher', 'research', 'SELECT count(*), count(w) FROM lab.writer() w'), '(3,0)', 'a function that writes');

-- Rules.
CREATE TABLE lab.log (id bigint, email text);
GRANT ALL ON lab.log TO PUBLIC;
ALTER TABLE lab.log OWNER TO app_owner;
SET ROLE app_owner;
CREATE RULE logging AS ON UPDATE TO app.member DO ALSO INSERT INTO lab.log VALUES (OLD.id, OLD.email);
RESET ROLE;
SET ROLE researcher;
SET memreg.purpose = 'research';
BEGIN;
UPDATE app.member SET score = 0;
SELECT is((SELECT format('%s %s %s', count(*), count(email), bool_or(id BETWEEN 1 AND 6)) FROM lab.log), '3 0 f', 'a rule of the table''s owner writes what its user sees');
ROLLBACK;
RESET ROLE;
ALTER TABLE app.member OWNER TO keeper;
SELECT is(touched('researcher', 'research', 'UPDATE app.member SET score = 0'), 'MR303', 'a rule of an owner who bypasses row security is refused');
ALTER TABLE app.member OWNER TO app_owner;
DROP RULE logging ON app.member;

-- Triggers.
CREATE FUNCTION lab.tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'told %', OLD; END$$;
ALTER FUNCTION lab.tell() OWNER TO researcher;
SELECT is(touched('researcher', 'research', 'CREATE TRIGGER t AFTER UPDATE ON app.member FOR EACH ROW EXECUTE FUNCTION lab.tell()'), 'MR330', 'the TRIGGER privilege is not enough');
SELECT is(touched('researcher', 'research', 'CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON app.answer_2024 FOR EACH ROW EXECUTE FUNCTION lab.tell()'), 'MR330', 'nor on a partition');
SELECT is(touched('app_owner', 'research', 'CREATE TRIGGER t AFTER UPDATE ON app.member FOR EACH ROW EXECUTE FUNCTION lab.tell()'), '0', 'owners create them');
CREATE TABLE app.whole (id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE app.piece (id bigint NOT NULL, day date NOT NULL);
GRANT ALL ON app.whole, app.piece TO researcher;
DO $$ BEGIN PERFORM memreg.add_table('community', 'app.piece', 'id'), memreg.protect('app.piece'); END $$;
ALTER TABLE app.whole ATTACH PARTITION app.piece FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
SELECT is(touched('researcher', 'research', 'CREATE TRIGGER t AFTER DELETE ON app.whole FOR EACH ROW EXECUTE FUNCTION lab.tell()'), 'MR330', 'nor on a parent, from which it would be copied');
SELECT is(touched('researcher', '', 'CREATE TRIGGER t AFTER DELETE ON lab.log FOR EACH ROW EXECUTE FUNCTION lab.tell()'), '0', 'other tables are nobody''s business');
-- A trigger that only reads the table, of which it is one, reads what its user may see.
CREATE FUNCTION app.reads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO lab.log SELECT count(*), string_agg(email, ' ') FROM app.member;
	RETURN NULL;
END
$$;
CREATE TRIGGER reads AFTER UPDATE ON app.visit EXECUTE FUNCTION app.reads();
SET ROLE researcher;
BEGIN;
UPDATE app.visit SET page = 'x' WHERE visit_id = 6;
SELECT is((SELECT l::text FROM lab.log l), '(3,)', 'a trigger that reads a protected table');
ROLLBACK;
CREATE VIEW lab.replaced AS SELECT * FROM app.member;
CREATE FUNCTION lab.keeps() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO lab.log VALUES (OLD.id, concat(OLD.email, NEW.note)); RETURN NEW; END$$;
CREATE TRIGGER t INSTEAD OF UPDATE ON lab.replaced FOR EACH ROW EXECUTE FUNCTION lab.keeps();
BEGIN;
UPDATE lab.replaced SET nickname = 'x';
SELECT is((SELECT format('%s %s %s', count(*), string_agg(email, ''), bool_or(id BETWEEN 1 AND 6)) FROM lab.log), '3  f', 'INSTEAD OF a view''s UPDATE');
ROLLBACK;
RESET memreg.purpose;
RESET ROLE;

-- Compound columns, and partitions elsewhere.
CREATE TYPE app.address AS (street text, city text);
ALTER TABLE app.member ADD home app.address DEFAULT ('CANARY', 'CANARY'), ADD tags text[] DEFAULT '{CANARY}', ADD extra jsonb DEFAULT '{"a": "CANARY"}';
SELECT is(seen('researcher', 'research', 'SELECT (home).street, (home).city, home, tags[1], tags, extra->>''a'', extra[''a''] FROM app.member WHERE score = 10'), '(,,,,,,)', 'fields, elements and keys of a withheld column');
SELECT is(seen('researcher', 'research', 'SELECT (home).*, t FROM app.member, unnest(tags) t'), '', 'expanded');
SELECT is(touched('researcher', 'research', statement), 'MR310', statement) FROM unnest(ARRAY['UPDATE app.member SET home.city = ''x''', 'UPDATE app.member SET tags[2] = ''x''', 'UPDATE app.member SET extra[''a''] = ''1''']) statement;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE app.answer_elsewhere PARTITION OF app.answer FOR VALUES FROM ('2030-01-01') TO ('2031-01-01') SERVER nowhere;
GRANT ALL ON app.answer_elsewhere TO researcher;
SELECT is(seen('researcher', 'research', 'SELECT FROM app.answer_elsewhere'), 'MR303', 'a foreign partition is read from above only');
SELECT memreg.protect('app.answer');
SELECT is(seen('researcher', 'research', 'SELECT FROM app.answer_elsewhere'), 'MR303', 'also after it was protected, as it can have no policies');
SELECT * FROM finish();
