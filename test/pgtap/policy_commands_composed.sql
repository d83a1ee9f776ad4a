-- The DBA's own policies decide as they would without memreg, within what the purpose has a ground for. So says a table
-- without memreg that has the same rows and policies: of what it shows, memreg shows the rows with a ground, and no other.
\i test/policy/register.sql
SELECT plan(58);

-- Subjects 1 to 4 consent; 2 and 5 object; 4 and 6 are restricted; row 9 names nobody.
SELECT memreg.create_register('commands', 'Commands', 'An association') \g /dev/null
SELECT memreg.create_purpose('commands', 'agreed', 'consent'), memreg.create_purpose('commands', 'task', 'public_task', anonymous_data => true) \g /dev/null
SELECT memreg.set_treatment('commands', purpose, 'subject_key', 'clear'), memreg.grant_access('researcher', 'commands', purpose)
  FROM memreg.purpose WHERE register = 'commands' \g /dev/null
SELECT memreg.grant_consents('commands', '{1,2,3,4}'::bigint[], 'agreed') \g /dev/null
SELECT memreg.object_to('commands', s, 'task') FROM unnest('{2,5}'::bigint[]) s \g /dev/null
SELECT memreg.restrict_subject('commands', s, 'Art. 18(1)(a)') FROM unnest('{4,6}'::bigint[]) s \g /dev/null
CREATE TABLE kind (purpose text, reached int[]);
INSERT INTO kind VALUES ('agreed', '{1,2,3}'), ('task', '{1,3,7,8,9}');
CREATE TABLE lab.guarded (item int PRIMARY KEY, id bigint, n int DEFAULT 0);
INSERT INTO lab.guarded SELECT i, CASE WHEN i < 9 THEN i END FROM generate_series(1, 9) i;
CREATE TABLE lab.bare (LIKE lab.guarded INCLUDING ALL);
INSERT INTO lab.bare TABLE lab.guarded;
ALTER TABLE lab.bare ENABLE ROW LEVEL SECURITY;
SELECT memreg.add_table('commands', 'lab.guarded', 'id'), memreg.protect('lab.guarded') \g /dev/null
SECURITY LABEL FOR memreg ON COLUMN lab.guarded.item IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN lab.guarded.n IS 'nonpersonal';
CREATE TABLE lab.lucky AS SELECT unnest('{1,4}'::int[]) AS item;
GRANT ALL ON lab.guarded, lab.bare, lab.lucky TO researcher;

-- Statements of which row or subject %2$s is part; "given" says which of both must have a ground for it to be allowed.
CREATE TABLE command (about text, given text, statement text);
INSERT INTO command VALUES
	('SELECT', 'row', 'SELECT item FROM %1$s WHERE item = %2$s'),
	('SELECT FOR UPDATE', 'row', 'SELECT item FROM %1$s WHERE item = %2$s FOR UPDATE'),
	('UPDATE', 'row', 'UPDATE %1$s SET n = 7 WHERE item = %2$s'),
	('UPDATE … RETURNING', 'row', 'UPDATE %1$s SET n = 7 WHERE item = %2$s RETURNING item'),
	('DELETE', 'row', 'DELETE FROM %1$s WHERE item = %2$s'),
	('ON CONFLICT DO UPDATE', 'conflict', 'INSERT INTO %1$s (item, id) VALUES (%2$s, 1) ON CONFLICT (item) DO UPDATE SET n = 7'),
	('MERGE … UPDATE', 'row', 'MERGE INTO %1$s r USING (SELECT) s ON r.item = %2$s WHEN MATCHED THEN UPDATE SET n = 7'),
	('MERGE … DELETE', 'row', 'MERGE INTO %1$s r USING (SELECT) s ON r.item = %2$s WHEN MATCHED THEN DELETE'),
	('INSERT', 'subject', 'INSERT INTO %1$s (item, id) VALUES (100, %3$s)'),
	('INSERT … RETURNING', 'subject', 'INSERT INTO %1$s (item, id) VALUES (100, %3$s) RETURNING item'),
	('MERGE … INSERT', 'subject', 'MERGE INTO %1$s r USING (SELECT) s ON false WHEN NOT MATCHED THEN INSERT (item, id) VALUES (100, %3$s)'),
	('UPDATE of the subject', 'subject', 'UPDATE %1$s SET id = %3$s WHERE item = 1');

-- Where the DBA has no permissive policy for a command, PostgreSQL would show nothing; memreg leaves it open.
CREATE FUNCTION fill_up() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	command text;
BEGIN
	FOREACH command IN ARRAY '{SELECT,INSERT,UPDATE,DELETE}'::text[] LOOP
		IF NOT EXISTS (SELECT FROM pg_policies WHERE tablename = 'bare' AND permissive = 'PERMISSIVE' AND cmd IN ('ALL', command)) THEN
			EXECUTE format('CREATE POLICY %I ON lab.bare FOR %s %s', 'open ' || command, command, CASE command WHEN 'INSERT' THEN 'WITH CHECK (true)' ELSE 'USING (true)' END);
		END IF;
	END LOOP;
END $$;

-- What is done over both tables with these policies: nothing if all is as it should be, else what differs.
CREATE FUNCTION differing(policies text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	policy text;
	differences text;
BEGIN
	FOREACH policy IN ARRAY policies LOOP
		EXECUTE format(policy, 'lab.guarded');
		EXECUTE format(policy, 'lab.bare');
	END LOOP;
	PERFORM fill_up();
	SELECT string_agg(concat_ws(' ', purpose, about, s, 'gives', given, 'not', due), E'\n') INTO differences
	  FROM (SELECT purpose, about, s, touched('researcher', purpose, format(statement, 'lab.guarded', s, key)) AS given,
				   CASE WHEN s = ANY (reached) THEN outcome WHEN command.given = 'row' THEN '0' WHEN command.given = 'subject' AND outcome = '0' THEN '0' ELSE '42501' END AS due
			  FROM command, unnest('{1,4,9}'::int[]) s, LATERAL (SELECT CASE WHEN s < 9 THEN s::text ELSE 'NULL' END) k(key),
				   LATERAL (SELECT touched('researcher', '', format(statement, 'lab.bare', s, key)) OFFSET 0) o(outcome), kind) c
	 WHERE given <> due;
	RAISE EXCEPTION USING ERRCODE = 'MR998', MESSAGE = coalesce(differences, '');
EXCEPTION WHEN SQLSTATE 'MR998' THEN
	RETURN SQLERRM;
END $$;

CREATE TABLE policy (number int GENERATED ALWAYS AS IDENTITY, statement text);
INSERT INTO policy (statement)
SELECT format('CREATE POLICY %I ON %%s AS %s FOR %s %s', concat_ws(' ', kind, command, condition), kind, command,
			  CASE command WHEN 'INSERT' THEN format('WITH CHECK (%s)', condition) ELSE format('USING (%s)', condition) END)
  FROM unnest('{PERMISSIVE,RESTRICTIVE}'::text[]) kind, unnest('{ALL,SELECT,INSERT,UPDATE,DELETE}'::text[]) command,
	   unnest('{false,id IS NULL OR id IN (1\, 4\, 5),item > 3 AND n < 5}'::text[]) condition
 UNION ALL
SELECT format('CREATE POLICY %I ON %%s AS %s FOR %s USING (%s) WITH CHECK (%s)', concat_ws(' ', kind, command, 'checked'), kind, command, condition, checked)
  FROM unnest('{PERMISSIVE,RESTRICTIVE}'::text[]) kind, unnest('{ALL,UPDATE}'::text[]) command, (VALUES ('true', 'id < 3'), ('id > 1', 'true')) c(condition, checked)
 UNION ALL
VALUES ('CREATE POLICY "open" ON %s USING (true)'),
	('CREATE POLICY "of another role" ON %s TO clerk USING (true)'),
	('CREATE POLICY "of a role" ON %s TO researcher USING (id < 3)'),
	('CREATE POLICY "with a subquery" ON %s USING (id IN (SELECT item FROM lab.lucky))');

SELECT is(differing(ARRAY[]::text[]), '', 'without policies of the DBA''s');
SELECT is(differing(ARRAY[statement]), '', statement) FROM policy ORDER BY number;
-- By twos and threes, drawn so that each run draws the same.
SELECT is(differing(statements), '', array_to_string(statements, '; '))
  FROM (SELECT draw, (SELECT array_agg(DISTINCT statement) FROM (SELECT statement FROM policy ORDER BY md5(number || ' ' || draw) LIMIT 2 + draw % 2) p) AS statements
		  FROM generate_series(1, 15) draw) d;
SELECT * FROM finish();
