-- Pseudonym columns hold the pseudonyms of their sources, whoever writes the row and however.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(47);

CREATE FUNCTION declare_columns() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM memreg.create_scope('one'), memreg.create_scope('two');
	CREATE TABLE person (id bigint PRIMARY KEY, email text, number uuid, area varchar(20), mail_uuid uuid);
	INSERT INTO person SELECT g, 'p' || g || '@example.org', md5(g::text)::uuid, 'area ' || g % 7 FROM generate_series(1, 2000) g;
	INSERT INTO person VALUES (0, NULL, NULL, NULL);
	CREATE TABLE part (id bigint, email text) PARTITION BY RANGE (id);
	CREATE TABLE part_low (email text, id bigint);
	ALTER TABLE part ATTACH PARTITION part_low FOR VALUES FROM (MINVALUE) TO (100);
	CREATE TABLE part_high PARTITION OF part FOR VALUES FROM (100) TO (MAXVALUE);
END $$;
SELECT declare_columns() \g /dev/null

SELECT is(memreg.add_pseudonym_column('person', 'email', 'one'), 'email_pseudonym', 'a column is added, named after its source');
SELECT is(memreg.add_pseudonym_column('person', 'id', 'one', 'pid'), 'pid', 'or as one likes');
SELECT is(memreg.add_pseudonym_column('person', 'number', 'two', 'pnumber'), 'pnumber', 'several of one table, of several scopes');
SELECT is(memreg.add_pseudonym_column('person', 'email', 'two', 'mail_uuid'), 'mail_uuid', 'a column that is there is taken');
SELECT is(memreg.add_pseudonym_column('person', 'area', 'one'), 'area_pseudonym', 'varchar is text');
SELECT col_type_is('person', 'email_pseudonym', 'text', 'the pseudonym of a text is a text');
SELECT col_type_is('person', 'pid', 'bigint', 'that of a bigint a bigint');
SELECT col_type_is('person', 'pnumber', 'uuid', 'that of a uuid a uuid');
SELECT is(memreg.add_pseudonym_column('person', 'email', 'one'), 'email_pseudonym', 'declaring it twice changes nothing');
SELECT is((SELECT count(*) FROM memreg.pseudonym_column), 5::bigint, 'and leaves one declaration each');
SELECT is((SELECT count(email_pseudonym) + count(pid) FROM person), 0::bigint, 'rows that are there wait for the refresh');

-- What a table with these columns must show.
CREATE VIEW wrong AS
	SELECT id FROM person
	 WHERE email_pseudonym IS DISTINCT FROM memreg.pseudonym('one', email) OR pid IS DISTINCT FROM memreg.pseudonym_bigint('one', id)
		OR pnumber IS DISTINCT FROM memreg.pseudonym_uuid('two', number) OR mail_uuid IS DISTINCT FROM memreg.pseudonym_uuid('two', email)
		OR area_pseudonym IS DISTINCT FROM memreg.pseudonym('one', area);
INSERT INTO person VALUES (3000, 'new@example.org', md5('x')::uuid, 'area', md5('forged')::uuid);
SELECT is_empty('SELECT * FROM wrong WHERE id = 3000', 'a new row has its pseudonyms, whatever was written');
CALL memreg.refresh_pseudonyms('person');
SELECT is_empty('SELECT * FROM wrong', 'after the refresh every row has');
SELECT is((SELECT count(*) FROM memreg.pseudonym_column WHERE filled_at IS NULL), 0::bigint, 'which is known');
SELECT is((SELECT email_pseudonym FROM person WHERE id = 0), NULL, 'nothing has no pseudonym');

CREATE TABLE before AS SELECT xmin::text AS written_by, ctid AS place FROM person;
CALL memreg.refresh_pseudonyms('person');
SELECT is((SELECT count(*) FROM person p JOIN before b ON b.place = p.ctid AND b.written_by = p.xmin::text), (SELECT count(*) FROM person), 'what is right is not written again');

UPDATE person SET email = 'changed@example.org' WHERE id = 1;
UPDATE person SET email_pseudonym = 'forged' WHERE id = 2;
UPDATE person SET email = NULL WHERE id = 3;
UPDATE person SET id = -id, number = md5(number::text)::uuid WHERE id BETWEEN 10 AND 20;
INSERT INTO person (id, email) VALUES (4, 'x') ON CONFLICT (id) DO UPDATE SET email = 'upserted@example.org';
SELECT is_empty('SELECT * FROM wrong', 'so has every row that was changed');
CREATE TABLE copied (LIKE person);
INSERT INTO copied SELECT * FROM person;
DELETE FROM person;
\copy copied (id, email, email_pseudonym) TO pseudonym_column.copy
\copy person (id, email, email_pseudonym) FROM pseudonym_column.copy
SELECT is_empty('SELECT * FROM wrong', 'and what was copied in');
SET session_replication_role = replica;
INSERT INTO person (id, email) VALUES (5000, 'applied@example.org');
RESET session_replication_role;
SELECT is_empty('SELECT * FROM wrong', 'and what is applied from elsewhere');

-- Other triggers
CREATE FUNCTION lowered() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.email := lower(NEW.email); RETURN NEW; END';
CREATE TRIGGER zz_last BEFORE INSERT OR UPDATE ON person FOR EACH ROW EXECUTE FUNCTION lowered();
INSERT INTO person (id, email) VALUES (6000, 'LOUD@example.org');
SELECT is_empty('SELECT * FROM wrong', 'what other triggers make of the source counts');

-- A new key
SELECT memreg.rotate_scope('one') \g /dev/null
INSERT INTO person (id, email) VALUES (7000, 'between@example.org');
SELECT is((SELECT count(*) FROM person WHERE email_pseudonym LIKE 'p2-%'), 0::bigint, 'after a rotation the column goes on with the version it had');
SELECT is((SELECT email_pseudonym FROM person WHERE id = 7000), memreg.pseudonym_of_version('one', 1, 'between@example.org'), 'new rows too');
SELECT ok(EXISTS (SELECT FROM person WHERE email_pseudonym = ANY (memreg.pseudonyms('one', 'between@example.org'))), 'they are found by either');
SELECT throws_ok($$SELECT memreg.retire_scope_version('one', 1)$$, 'MR119', NULL, 'the version that rows have is not retired');
CALL memreg.refresh_pseudonyms('person');
SELECT is_empty('SELECT * FROM wrong', 'the refresh turns all rows to the new one');
SELECT results_eq('SELECT DISTINCT scope, version FROM memreg.pseudonym_column ORDER BY 1', $$VALUES ('one', 2), ('two', 1)$$, 'and those of other scopes stay');
INSERT INTO person (id, email) VALUES (8000, 'after@example.org');
SELECT is_empty('SELECT * FROM wrong', 'and rows that are written then');
SELECT lives_ok($$SELECT memreg.retire_scope_version('one', 1)$$, 'now it is');
SELECT throws_ok($$SELECT memreg.destroy_scope('one')$$, 'MR119', NULL, 'a scope whose pseudonyms are kept is not destroyed');

-- An index
CREATE INDEX ON person (email_pseudonym);
ANALYZE person;
SET enable_seqscan = off;
CREATE FUNCTION plan_of(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || statement; END $$;
SELECT ok(EXISTS (SELECT FROM plan_of($$SELECT id FROM person WHERE email_pseudonym = ANY (memreg.pseudonyms('one', 'after@example.org'))$$) p
				   WHERE p LIKE '%Index Cond:%'), 'a search goes by the index');
SELECT is((SELECT id FROM person WHERE email_pseudonym = memreg.pseudonym('one', 'after@example.org')), 8000::bigint, 'and finds the row');
RESET enable_seqscan;

-- Partitions
SELECT memreg.add_pseudonym_column('part', 'email', 'one') \g /dev/null
INSERT INTO part (id, email) SELECT g, 'p' || g FROM generate_series(1, 200) g;
SELECT is((SELECT count(*) FROM part WHERE email_pseudonym = memreg.pseudonym('one', email)), 200::bigint, 'partitions have what their table has, however their columns stand');
UPDATE part SET id = id + 100, email = email || 'x' WHERE id = 5;
SELECT is((SELECT count(*) FROM part WHERE email_pseudonym = memreg.pseudonym('one', email)), 200::bigint, 'also for a row that moves');
CREATE TABLE part_later (id bigint, email text, email_pseudonym text);
INSERT INTO part_later SELECT g, 'later ' || g FROM generate_series(1, 5) g;
ALTER TABLE part DETACH PARTITION part_low;
ALTER TABLE part ATTACH PARTITION part_later FOR VALUES FROM (MINVALUE) TO (100);
CALL memreg.refresh_pseudonyms('part');
SELECT is((SELECT count(*) FROM part_later WHERE email_pseudonym = memreg.pseudonym('one', email)), 5::bigint, 'a partition that comes later is refreshed');
INSERT INTO part_later VALUES (50, 'direct');
SELECT is((SELECT email_pseudonym FROM part_later WHERE id = 50), memreg.pseudonym('one', 'direct'), 'and written to directly');

-- Names change, things are dropped.
ALTER TABLE person RENAME COLUMN email TO address;
ALTER TABLE person RENAME COLUMN email_pseudonym TO address_code;
ALTER TABLE person RENAME TO human;
DROP VIEW wrong;
ALTER TABLE human DISABLE TRIGGER zz_last;
INSERT INTO human (id, address) VALUES (9000, 'renamed@example.org');
SELECT is((SELECT address_code FROM human WHERE id = 9000), memreg.pseudonym('one', 'renamed@example.org'), 'renamed columns of a renamed table are followed');
ALTER TABLE human DROP COLUMN number;
SELECT is((SELECT count(*) FROM memreg.pseudonym_column WHERE target = 'pnumber'), 0::bigint, 'a dropped source is forgotten');
SELECT lives_ok($$INSERT INTO human (id, address) VALUES (9001, 'x')$$, 'and rows are written as before');
DROP TABLE part;
SELECT is((SELECT count(*) FROM memreg.pseudonym_column WHERE target = 'email_pseudonym'), 0::bigint, 'so is a dropped table');

-- Rights
CREATE ROLE clerk;
GRANT SELECT, INSERT, UPDATE ON human TO clerk;
SET ROLE clerk;
INSERT INTO human (id, address) VALUES (9002, 'by a clerk');
RESET ROLE;
SELECT is((SELECT address_code FROM human WHERE id = 9002), memreg.pseudonym('one', 'by a clerk'), 'who writes the row needs no right on the scope');
SELECT throws_ok($$SET LOCAL ROLE clerk; CALL memreg.refresh_pseudonyms('human')$$, '42501', NULL, 'the refresh is not for everybody');
SELECT throws_ok($$SET LOCAL ROLE clerk; SELECT memreg.pseudonym_of_version('one', 2, 'x')$$, '42501', NULL, 'nor are pseudonyms of a version');

-- The end
SELECT lives_ok($$SELECT memreg.remove_pseudonym_column('human', target) FROM memreg.pseudonym_column$$, 'columns are kept no longer');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'human'::regclass AND tgname LIKE '%memreg%'), 0::bigint, 'and the trigger is gone');
UPDATE human SET address = 'free' WHERE id = 9002;
SELECT is((SELECT address_code FROM human WHERE id = 9002), memreg.pseudonym('one', 'by a clerk'), 'what they held stays');
SELECT lives_ok($$SELECT memreg.destroy_scope('one')$$, 'and the scope can end');
SELECT throws_ok($$SELECT memreg.remove_pseudonym_column('human', 'pid')$$, 'MR140', NULL, 'there is none left');
\! rm pseudonym_column.copy
SELECT * FROM finish();
