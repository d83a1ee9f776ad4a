-- Commands again, where more than one row or one statement decides: what was said in the same transaction, cursors, COPY,
-- triggers, foreign keys, privileges.
\i test/policy/register.sql
SELECT plan(105);

-- Subjects 1 to 4 consent, 5 to 8 do not; for "task" 2 and 5 object; 4 and 6 are restricted. Row 9 names nobody.
SELECT memreg.create_register('commands', 'Commands', 'An association') \g /dev/null
SELECT memreg.create_purpose('commands', 'agreed', 'consent'), memreg.create_purpose('commands', 'task', 'public_task'),
	memreg.create_purpose('commands', 'deal', 'contract'), memreg.create_purpose('commands', 'anything', 'contract', restricted_data => true, anonymous_data => true) \g /dev/null
SELECT memreg.set_treatment('commands', purpose, 'subject_key', 'clear'), memreg.grant_access('researcher', 'commands', purpose)
  FROM memreg.purpose WHERE register = 'commands' \g /dev/null
SELECT memreg.grant_consents('commands', '{1,2,3,4}'::bigint[], 'agreed') \g /dev/null
SELECT memreg.object_to('commands', s, 'task') FROM unnest('{2,5}'::bigint[]) s \g /dev/null
SELECT memreg.restrict_subject('commands', s, 'Art. 18(1)(a)') FROM unnest('{4,6}'::bigint[]) s \g /dev/null
CREATE TABLE kind (purpose text, reached int[]);
INSERT INTO kind VALUES ('agreed', '{1,2,3}'), ('task', '{1,3,7,8}'), ('deal', '{1,2,3,5,7,8}'), ('anything', '{1,2,3,4,5,6,7,8,9}');

CREATE TABLE lab.plain (item int PRIMARY KEY, id bigint, n int DEFAULT 0);
CREATE TABLE lab.parted (LIKE lab.plain INCLUDING ALL) PARTITION BY RANGE (item);
CREATE TABLE lab.parted_low PARTITION OF lab.parted FOR VALUES FROM (1) TO (5);
CREATE TABLE lab.parted_high PARTITION OF lab.parted FOR VALUES FROM (5) TO (1000);
CREATE TABLE lab.parent (LIKE lab.plain INCLUDING ALL);
CREATE TABLE lab.child () INHERITS (lab.parent);
SELECT memreg.add_table('commands', name, 'id'), memreg.protect(name) FROM unnest('{lab.plain,lab.parted,lab.parent}'::regclass[]) name \g /dev/null
INSERT INTO lab.plain SELECT i, CASE WHEN i < 9 THEN i END FROM generate_series(1, 9) i;
INSERT INTO lab.parted TABLE lab.plain;
INSERT INTO lab.child TABLE lab.plain;
SELECT format('SECURITY LABEL FOR memreg ON COLUMN lab.%I.%I IS ''nonpersonal''', t, c) FROM unnest('{plain,parted,parent}'::text[]) t, unnest('{item,n}'::text[]) c \gexec
GRANT ALL ON ALL TABLES IN SCHEMA lab TO researcher;
CREATE TABLE place AS SELECT unnest('{lab.plain,lab.parted,lab.parent}'::text[]) AS relation;
CREATE FUNCTION listed(reached int[]) RETURNS text LANGUAGE sql AS $$SELECT string_agg(format('(%s)', r), ' ' ORDER BY r) FROM unnest(reached) r$$;

-- What was said earlier in the same transaction decides the next statement.
CREATE FUNCTION insert_of(subject bigint, purpose text, relation text DEFAULT 'lab.parted') RETURNS text LANGUAGE sql AS
	$$SELECT touched('researcher', purpose, format('INSERT INTO %s (item, id) VALUES (100, %s)', relation, subject))$$;
SELECT is(insert_of(10, 'agreed'), '42501', 'INSERT without consent');
BEGIN;
SELECT memreg.grant_consent('commands', 10::bigint, 'agreed') \g /dev/null
SELECT is(insert_of(10, 'agreed', relation), '1', 'with consent given just before, ' || relation) FROM place;
SELECT is(insert_of(11, 'agreed'), '42501', 'which is one person''s');
SAVEPOINT s;
SELECT memreg.grant_consent('commands', 11::bigint, 'agreed') \g /dev/null
SELECT is(insert_of(11, 'agreed'), '1', 'another, in a savepoint');
ROLLBACK TO s;
SELECT is(insert_of(11, 'agreed'), '42501', 'that was rolled back');
SELECT memreg.withdraw_consent('commands', 10::bigint, 'agreed') \g /dev/null
SELECT is(insert_of(10, 'agreed', relation), '42501', 'withdrawn again, ' || relation) FROM place;
ROLLBACK TO s;
SELECT is(insert_of(10, 'agreed'), '1', 'the withdrawal was rolled back');
SELECT memreg.object_to('commands', 1::bigint, 'task'), memreg.restrict_subject('commands', 3::bigint, 'Art. 18(1)(b)') \g /dev/null
SELECT is(insert_of(1, 'task'), '42501', 'an objection just before');
SELECT is(insert_of(3, purpose), CASE WHEN 3 = ANY (reached) AND purpose <> 'anything' THEN '42501' ELSE '1' END, 'a restriction just before, ' || purpose) FROM kind;
SELECT is(touched('researcher', 'deal', 'UPDATE lab.plain SET id = 3 WHERE item = 1'), '42501', 'for UPDATE too');
SELECT is(touched('researcher', 'deal', 'MERGE INTO lab.plain p USING (SELECT) s ON item = 1 WHEN MATCHED THEN UPDATE SET id = 3'), '42501', 'and MERGE');
SELECT is(seen('researcher', 'task', 'SELECT item FROM lab.parted ORDER BY item'), '(7) (8)', 'and SELECT');
ROLLBACK;
SELECT is(insert_of(10, 'agreed'), '42501', 'what was rolled back was never said');
SELECT is(insert_of(1, 'task'), '1', 'of every kind');

-- Cursors: forward and back, locked and followed.
CREATE FUNCTION scrolled(purpose text, relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rows refcursor;
	item int;
	found_rows int[] := '{}';
BEGIN
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', purpose, true);
	OPEN rows SCROLL FOR EXECUTE format('SELECT item FROM %s ORDER BY item', relation);
	FETCH LAST FROM rows INTO item;
	WHILE FOUND LOOP
		found_rows := item || found_rows;
		FETCH PRIOR FROM rows INTO item;
	END LOOP;
	FETCH ABSOLUTE 2 FROM rows INTO item;
	CLOSE rows;
	PERFORM set_config('role', 'none', true);
	RETURN listed(found_rows) || ' ' || item;
END $$;
SELECT is(scrolled(purpose, relation), listed(reached) || ' ' || reached[2], format('a cursor from the end, %s, %s', relation, purpose)) FROM kind, place;
CREATE FUNCTION followed(purpose text, relation text, action text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rows refcursor := 'followed';
	item int;
	found_rows int[] := '{}';
BEGIN
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', purpose, true);
	OPEN rows FOR EXECUTE format('SELECT item FROM %s FOR UPDATE', relation);
	LOOP
		FETCH rows INTO item;
		EXIT WHEN NOT FOUND;
		EXECUTE format(action || ' WHERE CURRENT OF followed RETURNING item', relation) INTO STRICT item;
		found_rows := item || found_rows;
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'MR999', MESSAGE = listed(found_rows);
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END $$;
SELECT is(followed(purpose, relation, action), listed(reached), format('%s … WHERE CURRENT OF, %s, %s', split_part(action, ' ', 1), relation, purpose))
  FROM kind, place, unnest('{UPDATE %s SET n = 1,DELETE FROM %s}'::text[]) action WHERE relation = 'lab.plain' OR purpose = 'task';
SELECT is(followed('agreed', 'lab.plain', 'UPDATE %s SET id = 5'), '42501', 'a row is given to nobody whom the purpose does not see');
SELECT is(touched('researcher', purpose, 'DECLARE c CURSOR WITH HOLD FOR SELECT item FROM ' || relation), 'MR311', format('no cursor WITH HOLD, %s, %s', relation, purpose))
  FROM kind, place WHERE purpose IN ('agreed', 'anything') AND relation <> 'lab.parent';

-- COPY.
CREATE ROLE copier IN ROLE researcher, pg_write_server_files, pg_read_server_files;
SELECT is(touched('copier', purpose, format('COPY (SELECT item FROM %s) TO ''/dev/null''', relation)), cardinality(reached)::text, format('COPY (query) TO, %s, %s', relation, purpose)) FROM kind, place WHERE relation = 'lab.parted';
SELECT is(touched('copier', purpose, 'COPY lab.plain TO ''/dev/null'''), cardinality(reached)::text, 'COPY table TO, ' || purpose) FROM kind;
SELECT is(touched('copier', purpose, 'COPY lab.parent TO ''/dev/null'''), '0', 'of a parent its own rows only, as ever, ' || purpose) FROM kind WHERE purpose = 'anything';
SELECT is(touched('copier', purpose, format('COPY %s FROM ''/dev/null''', relation)), '0A000', format('COPY FROM is refused, %s, %s', relation, purpose)) FROM kind, place WHERE purpose = 'anything';

-- Triggers of the owner's: what they make of a row is what must have a ground, and they see what the command sees.
CREATE TABLE lab.told (about text);
GRANT ALL ON lab.told TO researcher;
CREATE FUNCTION lab.give_to() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.id := nullif(current_setting('lab.subject'), '')::bigint; RETURN NEW; END$$;
CREATE FUNCTION lab.skip() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE FUNCTION lab.tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO lab.told SELECT string_agg(item::text, ' ' ORDER BY item) FROM touched; RETURN NULL; END$$;
CREATE FUNCTION with_trigger(purpose text, trigger text, statement text, relation text DEFAULT 'lab.parted', subject text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('lab.subject', subject, true);
	EXECUTE format('CREATE TRIGGER t ' || trigger, relation);
	RAISE EXCEPTION USING ERRCODE = 'MR998', MESSAGE = seen('researcher', purpose, format(statement, relation));
EXCEPTION WHEN SQLSTATE 'MR998' THEN
	RETURN SQLERRM;
END $$;
SELECT is(string_agg(with_trigger(purpose, 'BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION lab.give_to()', statement, subject => s), ' ' ORDER BY s),
		  string_agg(CASE WHEN coalesce(nullif(s, ''), '9')::int = ANY (reached) THEN '(1)' ELSE '42501' END, ' ' ORDER BY s), format('a trigger decides whom %s is about, %s', left(statement, 6), purpose))
  FROM kind, unnest('{INSERT INTO %s (item\, id) VALUES (100\, 1) RETURNING 1,UPDATE %s SET n = 1 WHERE item = 1 RETURNING 1}'::text[]) statement, unnest('{"",1,2,3,4,5,6,7,8}'::text[]) s GROUP BY purpose, statement, reached;
SELECT is(with_trigger('agreed', 'BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION lab.skip()', 'INSERT INTO %s (item, id) VALUES (100, 5) RETURNING 1', 'lab.plain'), '', 'a row that a trigger takes away needs no ground');
SELECT is(with_trigger(purpose, 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION lab.tell()',
	'WITH u AS (UPDATE %s SET n = 1 RETURNING 1) SELECT count(*) FROM u', relation), format('(%s)', cardinality(reached)), format('a trigger with a transition table, %s, %s', relation, purpose)) FROM kind, place WHERE purpose IN ('task', 'anything') AND relation <> 'lab.parent';
CREATE TRIGGER t AFTER DELETE ON lab.plain REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION lab.tell();
BEGIN;
SET LOCAL ROLE researcher;
SET LOCAL memreg.purpose = 'task';
DELETE FROM lab.plain;
SELECT about AS told FROM lab.told \gset
ROLLBACK;
SELECT is(:'told'::text, '1 3 7 8', 'it holds the rows that were touched');
DROP TRIGGER t ON lab.plain;

-- Foreign keys act on rows that the purpose does not see, and say nothing of them.
CREATE FUNCTION with_reference(action text, purpose text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	outcome text;
BEGIN
	-- Each person's row is referred to by a row of each other.
	EXECUTE 'CREATE TABLE lab.letter (item int REFERENCES lab.plain ' || action || ', id bigint DEFAULT 8)';
	INSERT INTO lab.letter SELECT p.item, q.id FROM lab.plain p, lab.plain q WHERE p.item < 9 AND q.item < 9;
	ALTER TABLE lab.letter ALTER item SET DEFAULT 8;
	GRANT ALL ON lab.letter TO researcher;
	PERFORM memreg.add_table('commands', 'lab.letter', 'id'), memreg.protect('lab.letter');
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', purpose, true);
	BEGIN
		EXECUTE statement;
		outcome := 'done';
	EXCEPTION WHEN OTHERS THEN
		outcome := SQLSTATE;
	END;
	PERFORM set_config('role', 'none', true);
	RAISE EXCEPTION USING ERRCODE = 'MR998', MESSAGE = outcome || ' ' ||
		(SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE item = 1), count(*) FILTER (WHERE item IS NULL), count(*) FILTER (WHERE item = 8)) FROM lab.letter);
EXCEPTION WHEN SQLSTATE 'MR998' THEN
	RETURN SQLERRM;
END $$;
SELECT is(with_reference(action, purpose, statement), due, format('%s: %s, %s', action, statement, purpose)) FROM (VALUES
	('ON DELETE CASCADE', 'DELETE FROM lab.plain WHERE item = 1', 'done 56 0 0 8'),
	('ON DELETE SET NULL', 'DELETE FROM lab.plain WHERE item = 1', 'done 64 0 8 8'),
	('ON DELETE SET DEFAULT', 'DELETE FROM lab.plain WHERE item = 1', 'done 64 0 0 16'),
	-- 18 has a code of its own for it.
	('ON DELETE RESTRICT', 'DELETE FROM lab.plain WHERE item = 1',
	 CASE WHEN current_setting('server_version_num')::int >= 180000 THEN '23001' ELSE '23503' END || ' 64 8 0 8'),
	('ON UPDATE CASCADE', 'UPDATE lab.plain SET item = 101 WHERE item = 1', 'done 64 0 0 8'),
	('ON DELETE NO ACTION', 'DELETE FROM lab.plain WHERE item = 1', '23503 64 8 0 8'),
	('ON DELETE CASCADE', 'DELETE FROM lab.plain WHERE item = 6', 'done 64 8 0 8')
	) s(action, statement, due), unnest('{agreed,task,deal}'::text[]) purpose;
CREATE TABLE lab.name (id bigint REFERENCES lab.plain (item) ON DELETE SET NULL, note text);
INSERT INTO lab.name VALUES (1, 'a'), (5, 'b');
GRANT ALL ON lab.name TO researcher;
SELECT memreg.add_table('commands', 'lab.name', 'id'), memreg.protect('lab.name') \g /dev/null
BEGIN;
SET LOCAL ROLE researcher;
SET LOCAL memreg.purpose = 'agreed';
DELETE FROM lab.plain WHERE item = 1;
RESET ROLE;
SELECT is((SELECT string_agg(coalesce(id::text, 'nobody'), ' ' ORDER BY id) FROM lab.name), '5 nobody', 'SET NULL of a subject column makes a row anonymous, whatever the purpose');
SELECT is(seen('researcher', 'agreed', 'SELECT FROM lab.name'), '', 'which then does not see it');
ROLLBACK;

-- What PostgreSQL leaves to privileges alone.
REVOKE TRUNCATE ON lab.plain FROM researcher;
SELECT is(touched('researcher', purpose, 'TRUNCATE lab.plain'), '42501', 'TRUNCATE without the privilege, ' || purpose) FROM kind;
SELECT is(touched('researcher', 'agreed', 'LOCK TABLE lab.plain IN SHARE MODE'), '0', 'LOCK TABLE reads nothing');
SELECT is(touched('researcher', '', 'LOCK TABLE lab.plain IN SHARE MODE'), '0', 'and needs no purpose');
SELECT * FROM finish();
