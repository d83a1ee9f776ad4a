-- Names of every kind, as register, purpose, scope, role, schema, table and column at once: declared, protected,
-- read, renamed, dropped.
CREATE EXTENSION memreg;
SET client_min_messages = warning;

CREATE TABLE strange (name name PRIMARY KEY, called text NOT NULL);
INSERT INTO strange VALUES
	('Capital', 'a capital'),
	('two words', 'a space'),
	(' around ', 'spaces around'),
	(E'new\nline', 'a newline'),
	(E'tab\tand\rreturn', 'a tab and a carriage return'),
	('double"quote', 'a double quote'),
	('single''quote', 'a quote'),
	('"', 'nothing but a double quote'),
	('back\slash', 'a backslash'),
	('%s %I %', 'format specifiers'),
	('$1 $$ $body$', 'dollars'),
	('(a, b)', 'parentheses'),
	('a;b--c', 'a semicolon and a comment'),
	('select', 'a keyword'),
	('NULL', 'a null that is none'),
	('0', 'a digit'),
	('{a,"b"}', 'an array'),
	('a.b', 'a dot'),
	('äiti ja isä', 'letters with dots'),
	('名前 😀', 'letters of other scripts'),
	(repeat('ä', 31) || 'x', '63 bytes'),
	(repeat('x', 63), '63 characters');
SELECT plan((SELECT 16 * count(*) FROM strange)::int);

-- How many rows a role sees, or the SQLSTATE it gets.
CREATE FUNCTION seen(name name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', name);
	PERFORM set_config('memreg.purpose', name, true);
	EXECUTE statement INTO result;
	RESET ROLE;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;

CREATE FUNCTION tests_of(n name, called text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	all_rows text := format('SELECT count(*) FROM %1$I.%1$I', n);
	relation regclass;
BEGIN
	EXECUTE format('CREATE SCHEMA %I', n);
	EXECUTE format('CREATE ROLE %I', n);
	EXECUTE format('CREATE TABLE %1$I.%1$I (%1$I bigint PRIMARY KEY, other text)', n);
	EXECUTE format('INSERT INTO %1$I.%1$I VALUES (1, ''a''), (2, ''b'')', n);
	EXECUTE format('GRANT USAGE ON SCHEMA %1$I TO %1$I', n);
	EXECUTE format('GRANT ALL ON %1$I.%1$I TO %1$I', n);
	relation := format('%1$I.%1$I', n)::regclass;

	RETURN NEXT lives_ok(format('SELECT memreg.create_register(%1$L, %1$L, %1$L)', n), called || ': a register');
	RETURN NEXT lives_ok(format('SELECT memreg.create_purpose(%1$L, %1$L, ''consent'')', n), called || ': a purpose');
	RETURN NEXT lives_ok(format('SELECT memreg.create_scope(%1$L)', n), called || ': a scope');
	RETURN NEXT lives_ok(format('SELECT memreg.add_table(%1$L, %2$L, %1$L)', n, relation), called || ': a table');
	RETURN NEXT lives_ok(format('SELECT memreg.set_treatment(%1$L, %1$L, ''subject_key'', %2$L)', n, 'pseudonym(' || n || ')'),
						 called || ': a treatment with that scope');
	PERFORM memreg.set_treatment(n, n, 'subject_key', 'clear');
	RETURN NEXT lives_ok(format('SELECT memreg.grant_access(%L, %L, %L)', quote_ident(n), n, n), called || ': a role');
	RETURN NEXT lives_ok(format('SELECT memreg.protect(%L)', relation), called || ': protected');
	RETURN NEXT lives_ok(format('SELECT memreg.grant_consent(%1$L, 1, %1$L)', n), called || ': a consent');
	RETURN NEXT is(seen(n, all_rows), '1', called || ': one row has a ground');
	RETURN NEXT is(memreg.pseudonym(n, n) ~ '^p1-[0-9a-hjkmnp-tv-z]{24}$', true, called || ': a pseudonym of it in it');

	EXECUTE format('ALTER TABLE %1$I.%1$I RENAME COLUMN %1$I TO renamed', n);
	RETURN NEXT is(subject, 'renamed', called || ': a renamed column') FROM memreg.registered_table t WHERE t.register = n;
	RETURN NEXT is(seen(n, all_rows), '1', called || ': and still one row');
	EXECUTE format('ALTER TABLE %1$I.%1$I RENAME COLUMN renamed TO %1$I', n);
	EXECUTE format('ALTER TABLE %1$I.%1$I RENAME TO renamed', n);
	EXECUTE format('ALTER SCHEMA %1$I RENAME TO renamed', n);
	RETURN NEXT is(t.relation::text || t.subject, 'renamed.renamed' || n, called || ': everything renamed')
	  FROM memreg.registered_table t WHERE t.register = n;
	RETURN NEXT is(seen(n, 'SELECT count(*) FROM renamed.renamed'), '1', called || ': and still one row');

	EXECUTE format('ALTER TABLE renamed.renamed DROP COLUMN %I CASCADE', n);
	RETURN NEXT is_empty('SELECT FROM memreg.registered_table', called || ': forgotten with its column');
	RETURN NEXT matches(seen(n, 'SELECT count(*) FROM renamed.renamed'), '^MR3', called || ': and what is left stays closed');
	DROP SCHEMA renamed CASCADE;
END $$;

SELECT tests_of(name, called) FROM strange;
SELECT * FROM finish();
