-- Every command, over every kind of relation, under every kind of ground: what is read, changed, removed or added is what
-- the purpose has a ground for. And whatever policies the DBA adds, they decide as they would without memreg, within that.
\i test/policy/register.sql
SELECT plan(1035 + CASE WHEN current_setting('server_version_num')::int >= 170000 THEN 90 ELSE 0 END);

-- Subjects 1 to 4 consent, 2 and 5 object, 4 and 6 are restricted, 7 and 8 have said nothing; row 9 names nobody.
CREATE TABLE kind (purpose text, basis text, restricted boolean, anonymous boolean, reached int[]);
INSERT INTO kind VALUES
	('agreed', 'consent', false, false, '{1,2,3}'),
	('agreed, restricted too', 'consent', true, false, '{1,2,3,4}'),
	('agreed, or nobody', 'consent', false, true, '{1,2,3,9}'),
	('task', 'public_task', false, false, '{1,3,7,8}'),
	('task, restricted too', 'public_task', true, false, '{1,3,4,6,7,8}'),
	('interests', 'legitimate_interests', false, true, '{1,3,7,8,9}'),
	('deal', 'contract', false, false, '{1,2,3,5,7,8}'),
	('deal, restricted too', 'contract', true, false, '{1,2,3,4,5,6,7,8}'),
	('deal with anything', 'contract', true, true, '{1,2,3,4,5,6,7,8,9}');
SELECT memreg.create_register('commands', 'Commands', 'An association') \g /dev/null
SELECT memreg.create_purpose('commands', purpose, basis, restricted_data => restricted, anonymous_data => anonymous),
	memreg.set_treatment('commands', purpose, 'subject_key', 'clear'), memreg.grant_access('researcher', 'commands', purpose)
  FROM kind \g /dev/null
SELECT memreg.grant_consent('commands', s, purpose) FROM kind, generate_series(1, 4) s WHERE basis = 'consent' \g /dev/null
SELECT memreg.object_to('commands', s, purpose) FROM kind, unnest('{2,5}'::bigint[]) s WHERE basis IN ('public_task', 'legitimate_interests') \g /dev/null
SELECT memreg.restrict_subject('commands', s, 'Art. 18(1)(a)') FROM unnest('{4,6}'::bigint[]) s \g /dev/null

-- The same nine rows in a table, in partitions, in a parent and its children, and behind a view.
CREATE TABLE lab.plain (item int PRIMARY KEY, id bigint, n int DEFAULT 0);
CREATE TABLE lab.parted (LIKE lab.plain INCLUDING ALL) PARTITION BY RANGE (item);
CREATE TABLE lab.parted_low (n int, id bigint, item int NOT NULL);
ALTER TABLE lab.parted ATTACH PARTITION lab.parted_low FOR VALUES FROM (1) TO (5);
CREATE TABLE lab.parted_high PARTITION OF lab.parted FOR VALUES FROM (5) TO (50);
CREATE TABLE lab.parent (LIKE lab.plain INCLUDING ALL);
CREATE TABLE lab.child (more int) INHERITS (lab.parent);
CREATE TABLE lab.bare (LIKE lab.plain INCLUDING ALL);
SELECT memreg.add_table('commands', name, 'id'), memreg.protect(name) FROM unnest('{lab.plain,lab.parted,lab.parent}'::regclass[]) name \g /dev/null
-- Some of it came after the table was protected.
CREATE TABLE lab.grandchild () INHERITS (lab.child);
CREATE TABLE lab.parted_new PARTITION OF lab.parted FOR VALUES FROM (50) TO (1000);
INSERT INTO lab.plain SELECT i, CASE WHEN i < 9 THEN i END FROM generate_series(1, 9) i;
INSERT INTO lab.bare TABLE lab.plain;
INSERT INTO lab.parted TABLE lab.plain;
INSERT INTO lab.parent SELECT * FROM lab.plain WHERE item IN (1, 4, 7);
INSERT INTO lab.child SELECT * FROM lab.plain WHERE item IN (2, 5, 8);
INSERT INTO lab.grandchild SELECT * FROM lab.plain WHERE item IN (3, 6, 9);
DO $$
DECLARE
	relation text;
	c text;
BEGIN
	FOREACH relation IN ARRAY '{plain,parted,parent,child,grandchild}'::text[] LOOP
		FOREACH c IN ARRAY '{item,n}'::text[] LOOP
			EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN lab.%I.%I IS ''nonpersonal''', relation, c);
		END LOOP;
	END LOOP;
END $$;
GRANT ALL ON ALL TABLES IN SCHEMA lab TO researcher;
SET ROLE researcher;
CREATE VIEW lab.view AS SELECT item, id, n FROM lab.plain;
CREATE VIEW lab.invoker WITH (security_invoker, security_barrier) AS SELECT item, id, n FROM lab.parted;
RESET ROLE;
CREATE TABLE place (relation text, shape text);
INSERT INTO place VALUES ('lab.plain', 'table'), ('lab.parted', 'table'), ('lab.parent', 'tree'), ('lab.view', 'view'), ('lab.invoker', 'view');

-- What comes of a statement for each of the nine subjects: %1$s the relation, %2$s the subject, %3$s the row that names it.
CREATE FUNCTION outcomes(purpose text, relation text, statement text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(touched('researcher', purpose, format(statement, relation, CASE WHEN s < 9 THEN s::text ELSE 'NULL' END, s)), ' ' ORDER BY s)
	  FROM generate_series(1, 9) s $$;
CREATE FUNCTION due(reached int[], reached_outcome text, other_outcome text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(CASE WHEN s = ANY (reached) THEN reached_outcome ELSE other_outcome END, ' ' ORDER BY s) FROM generate_series(1, 9) s $$;
CREATE FUNCTION listed(reached int[]) RETURNS text LANGUAGE sql AS $$SELECT string_agg(format('(%s)', r), ' ' ORDER BY r) FROM unnest(reached) r$$;

-- Rows that are read, locked, changed, removed: those reached.
CREATE TABLE reading (about text, statement text);
INSERT INTO reading VALUES
	('SELECT', 'SELECT item FROM %s ORDER BY item'),
	('FOR UPDATE', 'SELECT item FROM (SELECT item FROM %s FOR UPDATE) s ORDER BY item'),
	('UPDATE', 'WITH u AS (UPDATE %s SET n = 1 RETURNING item) SELECT * FROM u ORDER BY item'),
	('DELETE', 'WITH d AS (DELETE FROM %s RETURNING item) SELECT * FROM d ORDER BY item'),
	('CTEs that write', 'WITH u AS (UPDATE %s SET item = item + 100 RETURNING item, id), i AS (INSERT INTO %1$s (item, id) SELECT item + 100, id FROM u RETURNING item) SELECT item - 200 FROM i ORDER BY item'),
	('INSERT … SELECT', 'WITH i AS (INSERT INTO %s (item, id) SELECT item + 100, id FROM %1$s RETURNING item) SELECT item - 100 FROM i ORDER BY item');
SELECT is(seen('researcher', purpose, format(statement, relation)), listed(reached), format('%s: %s, %s', relation, about, purpose)) FROM kind, place, reading;

-- Subjects for whom rows are added, or given to. Row 1 and its subject are within every purpose's reach.
CREATE TABLE writing (about text, statement text, reached text, other text, shapes text DEFAULT 'table tree view');
INSERT INTO writing (about, statement, reached, other) VALUES
	('INSERT', 'INSERT INTO %1$s (item, id) VALUES (100, %2$s)', '1', '42501'),
	('INSERT of several', 'INSERT INTO %1$s (item, id) VALUES (100, 1), (40, %2$s), (102, 1)', '3', '42501'),
	('UPDATE of the subject', 'UPDATE %1$s SET id = %2$s WHERE item = 1', '1', '42501'),
	('UPDATE of the subject and the partition', 'UPDATE %1$s SET id = %2$s, item = 101 WHERE item = 1', '1', '42501'),
	('UPDATE of one row', 'UPDATE %1$s SET n = 1 WHERE item = %3$s', '1', '0'),
	('UPDATE into another partition', 'UPDATE %1$s SET item = item + 100 WHERE item = %3$s', '1', '0'),
	('UPDATE that gives a row to another', 'UPDATE %1$s SET id = 1 WHERE item = %3$s', '1', '0'),
	('DELETE of one row', 'DELETE FROM %1$s WHERE item = %3$s', '1', '0');
-- Only the parent's own rows have a conflict there.
INSERT INTO writing (shapes, about, statement, reached, other) SELECT 'table view', * FROM (VALUES
	('ON CONFLICT DO NOTHING, no conflict', 'INSERT INTO %1$s (item, id) VALUES (100, %2$s) ON CONFLICT DO NOTHING', '1', '42501'),
	('ON CONFLICT DO NOTHING, with each row', 'INSERT INTO %1$s (item, id) VALUES (%3$s, 1) ON CONFLICT DO NOTHING', '0', '0'),
	('ON CONFLICT (item) DO NOTHING, with each row', 'INSERT INTO %1$s (item, id) VALUES (%3$s, 1) ON CONFLICT (item) DO NOTHING', '0', '0'),
	('ON CONFLICT DO NOTHING, for each subject', 'INSERT INTO %1$s (item, id) VALUES (1, %2$s) ON CONFLICT (item) DO NOTHING', '0', '42501'),
	('ON CONFLICT DO UPDATE, no conflict', 'INSERT INTO %1$s (item, id) VALUES (100, %2$s) ON CONFLICT (item) DO UPDATE SET n = 1', '1', '42501'),
	('ON CONFLICT DO UPDATE, with each row', 'INSERT INTO %1$s (item, id) VALUES (%3$s, 1) ON CONFLICT (item) DO UPDATE SET n = 1', '1', '42501'),
	('ON CONFLICT DO UPDATE of the subject', 'INSERT INTO %1$s AS r (item, id) VALUES (1, 1) ON CONFLICT (item) DO UPDATE SET id = %2$s', '1', '42501')) s(about, statement, reached, other);
-- A view can be the target of MERGE from 17 on.
INSERT INTO writing (shapes, about, statement, reached, other)
SELECT CASE WHEN current_setting('server_version_num')::int < 170000 THEN 'table tree' ELSE 'table tree view' END, * FROM (VALUES
	('MERGE … UPDATE', 'MERGE INTO %1$s r USING (VALUES (%3$s)) v(i) ON r.item = v.i WHEN MATCHED THEN UPDATE SET n = 1', '1', '0'),
	('MERGE … DELETE', 'MERGE INTO %1$s r USING (VALUES (%3$s)) v(i) ON r.item = v.i WHEN MATCHED THEN DELETE', '1', '0'),
	('MERGE … DO NOTHING', 'MERGE INTO %1$s r USING (VALUES (%3$s)) v(i) ON r.item = v.i WHEN MATCHED THEN DO NOTHING', '0', '0'),
	('MERGE … UPDATE of the subject', 'MERGE INTO %1$s r USING (VALUES (1)) v(i) ON r.item = v.i WHEN MATCHED THEN UPDATE SET id = %2$s', '1', '42501'),
	('MERGE … INSERT', 'MERGE INTO %1$s r USING (VALUES (100)) v(i) ON r.item = v.i WHEN NOT MATCHED THEN INSERT (item, id) VALUES (100, %2$s)', '1', '42501')) s(about, statement, reached, other);
INSERT INTO writing VALUES ('MERGE meets a row that is not seen', 'MERGE INTO %1$s r USING (VALUES (%3$s)) v(i) ON r.item = v.i WHEN MATCHED THEN UPDATE SET n = 1 WHEN NOT MATCHED THEN INSERT (item, id) VALUES (v.i, 1)', '1', '23505', 'table');
SELECT is(outcomes(purpose, relation, w.statement), due(k.reached, w.reached, w.other), format('%s: %s, %s', relation, about, purpose))
  FROM kind k, place, writing w
 WHERE position(shape IN shapes) > 0;
SELECT * FROM finish();
