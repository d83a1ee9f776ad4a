-- What holds for sealed values whatever the key: they open in their scope with their context and not otherwise, and each
-- opening is on the record.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(114);

CREATE ROLE clerk;
CREATE ROLE lead LOGIN;
CREATE FUNCTION declare() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_scope('one'), memreg.create_scope('two'), memreg.create_scope('three');
	PERFORM memreg.grant_scope('clerk', 'one'), memreg.grant_scope('lead', 'one', 'reverse');
END $$;
SELECT declare() \g /dev/null
CREATE TABLE form (seal regproc);
INSERT INTO form VALUES ('memreg.seal'), ('memreg.seal_random');
CREATE FUNCTION sealed(seal regproc, value text, context text DEFAULT '', scope text DEFAULT 'one') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	token text;
BEGIN
	EXECUTE format('SELECT %s($1, $2, $3)', seal) INTO token USING scope, value, context;
	RETURN token;
END $$;

-- The value, or the SQLSTATE.
CREATE FUNCTION opened(token text, context text DEFAULT '', scope text DEFAULT 'one', reason text DEFAULT 'Test') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	value text;
BEGIN
	value := memreg.unseal(scope, token, reason, context);
	RETURN value;
EXCEPTION WHEN OTHERS THEN
	IF SQLERRM ~ 'CANARY' THEN
		RETURN 'CANARY in ' || SQLSTATE;
	END IF;
	RETURN SQLSTATE;
END $$;
CREATE FUNCTION opened_error(token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
BEGIN
	PERFORM memreg.unseal('one', token, 'Test');
	RETURN 'opened';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ': ' || message || '; ' || hint;
END $$;
CREATE FUNCTION recorded() RETURNS int LANGUAGE sql AS 'SELECT count(*)::int FROM memreg.unsealing';

-- Round trips
CREATE TABLE sample AS
	SELECT left(repeat('0123456789abcdef', 13), n) AS value FROM generate_series(0, 200) n
	UNION ALL SELECT left(repeat('äö€😀', 50), n) FROM generate_series(1, 200, 7) n
	UNION ALL SELECT v FROM unnest(ARRAY[E'a\nb', ' ', E'\t', 'NULL', '''"\', U&'A\0308', U&'\00C4', E'\u0001', U&'\+10FFFF', 's1-abc']) v
	UNION ALL SELECT string_agg(chr(c), '') FROM generate_series(1, 3000) c WHERE c NOT BETWEEN 55296 AND 57343;
SELECT is_empty(format('SELECT value FROM sample WHERE opened(sealed(%L, value)) IS DISTINCT FROM value', seal), 'what is sealed opens: ' || seal) FROM form;
SELECT is_empty(format('SELECT value FROM sample WHERE opened(sealed(%L, value, value), value) IS DISTINCT FROM value', seal), 'with any context: ' || seal) FROM form;
SELECT is(recorded(), 4 * (SELECT count(*)::int FROM sample), 'one row of the ledger for each');
SELECT unnest(ARRAY[ok(opened(sealed(seal, v)) = v, 'a megabyte: ' || seal), ok(opened(sealed(seal, 'x', v), v) = 'x', 'as context: ' || seal)])
  FROM form, (SELECT string_agg(md5(g::text), '') AS v FROM generate_series(1, 32768) g) m;
CREATE TABLE stored (value text, packed text);
ALTER TABLE stored ALTER COLUMN value SET STORAGE EXTERNAL;
INSERT INTO stored SELECT string_agg(md5(g::text), ''), repeat('memreg', 100000) FROM generate_series(1, 2000) g;
SELECT unnest(ARRAY[ok(opened(sealed(seal, value)) = value, 'a value stored out of line: ' || seal), ok(opened(sealed(seal, packed, packed), packed) = packed, 'a compressed one, and context: ' || seal)]) FROM stored, form;
CREATE TABLE token AS SELECT seal, sealed(seal, value) AS token, value FROM form, stored;
SELECT ok(opened(token) = value, 'a token stored out of line: ' || seal) FROM token;
SELECT unnest(ARRAY[is(sealed(seal, NULL), NULL, 'nothing is not sealed: ' || seal), is(sealed(seal, 'x', NULL), NULL, 'nor with no context: ' || seal), is(sealed(seal, 'x', '', NULL), NULL, 'nor in no scope: ' || seal)]) FROM form;

-- Form
SELECT is_empty($$SELECT value FROM sample WHERE memreg.seal('one', value) !~ '^s1-[A-Za-z0-9_-]+$' OR memreg.seal_random('one', value) !~ '^r1-[A-Za-z0-9_-]+$'$$,
				'form, version, and base64url');
SELECT is_empty($$SELECT value FROM sample WHERE length(memreg.seal('one', value)) <> 3 + ceil((octet_length(value) + 24) * 4 / 3.0)
					 OR length(memreg.seal_random('one', value)) <> 3 + ceil((octet_length(value) + 40) * 4 / 3.0)$$, 'as long as the value makes it');
SELECT is_empty($$SELECT value FROM sample WHERE memreg.seal('one', value, 'c') <> memreg.seal('one', value || '', 'c')$$, 'the same value is sealed the same');
SELECT is((SELECT count(DISTINCT memreg.seal('one', value)) FROM sample), (SELECT count(DISTINCT value) FROM sample), 'another value otherwise');
SELECT is_empty($$SELECT memreg.seal('one', value) FROM sample INTERSECT SELECT memreg.seal('two', value) FROM sample$$, 'in another scope otherwise');
SELECT is_empty($$SELECT memreg.seal('one', value) FROM sample INTERSECT SELECT memreg.seal('one', value, 'c') FROM sample$$, 'with another context otherwise');
SELECT is((SELECT count(DISTINCT memreg.seal_random('one', 'x'))::int FROM generate_series(1, 5000)), 5000, 'the random form is another each time');
SELECT is((SELECT count(DISTINCT substr(t, 4, 30)) || ' ' || count(DISTINCT right(t, 8)) FROM generate_series(1, 3000) g, memreg.seal('one', repeat('x', 40) || g) t), '3000 3000',
		  'values that begin alike have nothing in common');
CREATE TABLE phone AS SELECT memreg.seal('one', '+358 40 ' || g) AS number FROM generate_series(1, 1000) g;
SELECT lives_ok('CREATE UNIQUE INDEX ON phone (number)', 'tokens can be indexed');
SELECT is((SELECT count(*)::int FROM phone WHERE number = memreg.seal('one', '+358 40 77')), 1, 'and found');

-- Not otherwise
CREATE TABLE good AS SELECT seal, sealed(seal, 'CANARY value', 'context') AS token FROM form;
SELECT is(opened(token, 'context'), 'CANARY value', 'it opens: ' || seal) FROM good;
CREATE TABLE was AS SELECT recorded() AS n;
SELECT is(opened(token, c), 'MR120', format('not with the context %L: %s', c, seal)) FROM good, unnest(ARRAY['', 'contex', 'context ', 'Context', 'contextC']) c;
SELECT is(opened(token, 'context', 'two'), 'MR120', 'nor in another scope: ' || seal) FROM good;
SELECT is(opened(token, 'context', 'nothing'), 'MR110', 'nor in none: ' || seal) FROM good;
SELECT is(opened(translate(left(token, 1), 'sr', 'rs') || substr(token, 2), 'context'), 'MR120', 'nor as the other form: ' || seal) FROM good;
SELECT is_empty($$SELECT at, c FROM good, generate_series(4, length(token)) at, regexp_split_to_table('ABZabz019-_+/=. ', '') c
				   WHERE substr(token, at, 1) <> c AND opened(overlay(token PLACING c FROM at), 'context') <> 'MR120'$$, 'nor with one character changed');
SELECT is_empty($$SELECT at, opened(overlay(token PLACING chr(ascii(substr(token, at, 1)) # bit) FROM at), 'context') FROM good, generate_series(1, length(token)) at, unnest('{1,2,4,8,16,32}'::int[]) bit
				   WHERE opened(overlay(token PLACING chr(ascii(substr(token, at, 1)) # bit) FROM at), 'context') !~ CASE WHEN at = 2 THEN '^MR1(20|17)$' ELSE '^MR120$' END$$, 'nor one bit of one');
SELECT is_empty($$SELECT n FROM good, generate_series(0, length(token) - 1) n WHERE opened(left(token, n), 'context') <> 'MR120'$$, 'nor shortened');
SELECT is_empty($$SELECT n FROM good, generate_series(3, length(token) - 1) n WHERE opened(left(token, 3) || substr(token, 3 + n), 'context') <> 'MR120' AND n > 3$$, 'at the beginning either');
SELECT is_empty($$SELECT at, c FROM good, generate_series(1, length(token) + 1) at, unnest(ARRAY['A', '=', E'\n', ' ', '-', 's1-', '0']) c
				   WHERE opened(overlay(token PLACING c FROM at FOR 0), 'context') NOT IN ('MR120', CASE WHEN at = 2 OR at = 3 THEN 'MR117' ELSE 'MR120' END)$$, 'nor lengthened');
SELECT is_empty($$SELECT a.token FROM good a, good b WHERE opened(a.token || b.token, 'context') <> 'MR120' OR opened(a.token || E'\n' || b.token, 'context') <> 'MR120'$$, 'nor are two one');
-- Cut and pasted: a nonce or tag with another's rest
SELECT is_empty($$SELECT n FROM (SELECT sealed(seal, 'CANARY first!') AS a, sealed(seal, 'CANARY other!') AS b FROM form) t, generate_series(4, length(a) - 1) n
				   WHERE left(a, n) || substr(b, n + 1) NOT IN (a, b) AND opened(left(a, n) || substr(b, n + 1)) <> 'MR120'$$, 'nor is a part of one and the rest of another');
SELECT is_empty($$SELECT t FROM unnest(ARRAY['', 's', 'r', 's1', 's1-', 'r1-', '-', 's-', 's-AAAA', 's0-AAAA', 's01-AAAA', 's+1-AAAA', 's-1-AAAA', 's 1-AAAA', 'S1-AAAA', 't1-AAAA', 'p1-AAAA', 'mr1.AAAA.AAAA',
		's1.AAAA', 's1--', 's1-A', 's1-AA', 's1-AAA', 's1-====', 's1-' || repeat('A', 31), 's1-' || repeat('A', 32), 'r1-' || repeat('A', 32), 'r1-' || repeat('A', 54), 's2147483648-AAAA', 's99999999999999999999-AAAA',
		's1-' || repeat('A', 100000), 's1-ä', 's1-' || repeat('€', 20), repeat('s1-', 1000), memreg.pseudonym('one', 'x'), E's1-\nAAAA', '1-AAAA', 's1AAAA']) t
				   WHERE opened(t) <> 'MR120'$$, 'nor is anything else a token');
CREATE TABLE underlined AS SELECT sealed(seal, g::text) AS token FROM form, generate_series(1, 20000) g;
DELETE FROM underlined WHERE token !~ '__';
SELECT ok(count(*) > 50, 'tokens with two underlines') FROM underlined;
SELECT is_empty($$SELECT token FROM underlined, unnest('{ä,Û,߿}'::text[]) c WHERE opened(regexp_replace(token, '__', c)) <> 'MR120'$$, 'which no other character stands for');
SELECT is(opened('s2147483647-' || repeat('A', 40)), 'MR117', 'a version that never was is named');
SELECT set_eq($$SELECT DISTINCT e FROM (SELECT opened_error(t) AS e FROM unnest(ARRAY['', 's1-AAAA', 's1-' || repeat('A', 40), 'r1-' || repeat('A', 60), (SELECT token FROM good LIMIT 1)]) t) d$$,
	ARRAY['MR120: the token cannot be opened in this scope and context; Pass it as memreg.seal returned it, with the same scope and context.'],
	'it is not told what is wrong with one');
SELECT is(recorded(), n, 'nothing of this was recorded') FROM was;

-- The record
SELECT is(opened(token, 'context', reason => r), 'MR122', 'no reason, no opening: ' || n) FROM good, unnest(ARRAY[NULL, '', ' ', E' \t\r\n ']) WITH ORDINALITY r (r, n) WHERE seal = 'memreg.seal'::regproc;
SELECT throws_ok(format('SELECT memreg.unseal(''one'', %L)', token), 'MR122', NULL, 'nor without one') FROM good WHERE seal = 'memreg.seal'::regproc;
SELECT throws_ok(format('SET ROLE %s; SELECT memreg.unseal(''one'', %L, ''Test'', ''context'')', r, token), 'MR115', NULL, 'nor without the right to') FROM good, unnest('{clerk}'::name[]) r WHERE seal = 'memreg.seal'::regproc;
SELECT unnest(ARRAY[is(memreg.unseal(NULL, token, 'Test', 'context'), NULL, 'no scope: nothing'), is(memreg.unseal('one', NULL, 'Test', 'context'), NULL, 'no token: nothing'),
	   is(memreg.unseal('one', token, 'Test', NULL), NULL, 'no context: nothing')]) FROM good WHERE seal = 'memreg.seal'::regproc;
SELECT is(recorded(), n, 'nor was any of this') FROM was;

SET memreg.actor = 'Aino Esimerkki';
CREATE TABLE since AS SELECT clock_timestamp() AS at;
GRANT SELECT ON good, phone TO lead;
SET ROLE lead;
SELECT memreg.unseal('one', token, ' The customer asked ', context => 'context') FROM good WHERE seal = 'memreg.seal'::regproc \g /dev/null
RESET ROLE;
SELECT is(recorded(), n + 1, 'an opening is recorded') FROM was;
SELECT unnest(ARRAY[
	   is(row(s.scope, u.version, u.token_digest, u.reason, u.actor, u.login_role, u.acting_role),
		  row('one'::text, 1, memreg.token_digest(token), ' The customer asked '::text, 'Aino Esimerkki'::text, 'postgres'::name, 'lead'::name), 'with token, reason, and who'),
	   ok(u.happened_at BETWEEN at AND clock_timestamp(), 'and when')])
  FROM (SELECT * FROM memreg.unsealing ORDER BY unsealing_id DESC LIMIT 1) u JOIN memreg.scope s USING (scope_id), good, since WHERE seal = 'memreg.seal'::regproc;
RESET memreg.actor;
UPDATE was SET n = recorded();
SELECT is((SELECT count(memreg.unseal('one', number, 'All'))::int FROM phone), 1000, 'many are opened at once');
SELECT is(recorded(), n + 1000, 'and recorded one by one') FROM was;
SELECT is((SELECT count(DISTINCT token_digest)::int FROM memreg.unsealing WHERE reason = 'All'), 1000, 'each by its own token');
SELECT is((SELECT actor FROM memreg.unsealing WHERE reason = 'All' LIMIT 1), NULL, 'nobody else is said to act');
UPDATE was SET n = recorded();
SELECT is((SELECT memreg.unseal('one', token, 'Twice', 'context') || memreg.unseal('one', token, 'Twice', 'context') FROM good WHERE seal = 'memreg.seal'::regproc), 'CANARY valueCANARY value', 'the same token twice');
SELECT is(recorded(), n + 2, 'is recorded twice') FROM was;
SELECT is((SELECT count(*)::int FROM (SELECT memreg.unseal('one', number, 'Some') FROM phone LIMIT 3) s), 3, 'three of them');
SELECT is(recorded(), n + 5, 'three rows') FROM was;
SELECT is((SELECT count(*)::int FROM (SELECT memreg.unseal('one', number, 'None') FROM phone WHERE false) s), 0, 'none of them');
SELECT is(recorded(), n + 5, 'none') FROM was;
SELECT is((SELECT array_agg(token_digest) FROM memreg.unsealing WHERE reason = 'Twice'), (SELECT array_fill(memreg.token_digest(token), '{2}') FROM good WHERE seal = 'memreg.seal'::regproc),
		  'who has the token finds who opened it');
SELECT is_empty($$SELECT FROM memreg.unsealing u WHERE u::text ~ 'CANARY|[+]358'$$, 'what was opened is not in the ledger');

-- What cannot be recorded is not opened.
SELECT throws_ok(format('SET LOCAL transaction_read_only = on; SELECT memreg.unseal(''one'', %L, ''Test'', ''context'')', token), '25006', NULL, 'not in a read-only transaction: ' || seal) FROM good;
ALTER TABLE memreg.unsealing ADD CONSTRAINT full_up CHECK (reason <> 'Forbidden');
SELECT is(opened(token, 'context', reason => 'Forbidden'), '23514', 'nor where the row is refused: ' || seal) FROM good;
ALTER TABLE memreg.unsealing DROP CONSTRAINT full_up;
SELECT is(recorded(), n + 5, 'of which nothing is left') FROM was;
SELECT is((SELECT provolatile::text || proparallel::text FROM pg_proc WHERE oid = 'memreg.unseal'::regproc), 'vu', 'it is never run in parallel, nor once for many rows');

-- The ledger is only appended to.
SELECT throws_ok(statement, 'MR201', NULL, statement) FROM unnest(ARRAY['UPDATE memreg.unsealing SET reason = ''Another''', 'DELETE FROM memreg.unsealing', 'TRUNCATE memreg.unsealing',
	'UPDATE memreg.unsealing SET reason = ''Another'' WHERE false', 'SET LOCAL session_replication_role = replica; DELETE FROM memreg.unsealing']) statement;
SELECT is(recorded(), n + 5, 'it has stayed as it was') FROM was;

-- Versions
SELECT memreg.rotate_scope('one') \g /dev/null
SELECT is(left(sealed(seal, 'x'), 3), CASE seal WHEN 'memreg.seal'::regproc THEN 's2-' ELSE 'r2-' END, 'sealed with the new version: ' || seal) FROM form;
SELECT is(opened(token, 'context'), 'CANARY value', 'what was sealed before opens: ' || seal) FROM good;
SELECT is(opened(left(token, 1) || '2' || substr(token, 3), 'context'), 'MR120', 'but not as of the new version: ' || seal) FROM good;
SELECT isnt(memreg.seal('one', 'x'), (SELECT 's2' || substr(t, 3) FROM (SELECT memreg.seal('two', 'x') AS t) s), 'two scopes differ in the second version too');
SELECT is((SELECT version FROM memreg.unsealing ORDER BY unsealing_id DESC LIMIT 1), 1, 'the ledger names the version');
SELECT memreg.retire_scope_version('one', 1) \g /dev/null
SELECT is(opened(token, 'context'), 'MR117', 'once its version is retired it does not open: ' || seal) FROM good;
SELECT is(opened(sealed(seal, 'x')), 'x', 'others do: ' || seal) FROM form;
CREATE TABLE last AS SELECT seal, sealed(seal, 'x', '', 'three') AS token FROM form;
SELECT memreg.destroy_scope('three') \g /dev/null
SELECT is(opened(token, '', 'three'), 'MR113', 'nor when its scope is destroyed: ' || seal) FROM last;
SELECT throws_ok($$SELECT memreg.seal('three', 'x')$$, 'MR113', NULL, 'where nothing is sealed either');
SELECT * FROM finish();
