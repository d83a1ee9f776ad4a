-- What pseudonym columns refuse: each with an SQLSTATE, a message and a hint of its own.
CREATE EXTENSION memreg;
\i test/attempt.sql
SET client_min_messages = warning;

SELECT memreg.create_scope('one'), memreg.create_scope('two'), memreg.create_scope('old'), memreg.destroy_scope('old');
CREATE DOMAIN town AS text;
CREATE TABLE person (id bigint, code int, email text, born date, place town, shout text GENERATED ALWAYS AS (upper(email)) STORED, number uuid, "p""p" text);
CREATE TABLE part (id bigint, email text) PARTITION BY RANGE (id);
CREATE TABLE part_all PARTITION OF part DEFAULT;
CREATE VIEW people AS SELECT * FROM person;

SELECT attempt(format('SELECT memreg.add_pseudonym_column(%s)', arguments)) FROM unnest(ARRAY[
	$$NULL, 'email', 'one'$$, $$'person', NULL, 'one'$$, $$'person', 'email', NULL$$,
	$$'person', 'nothing', 'one'$$, $$'person', 'ctid', 'one'$$, $$'person', 'email', 'nothing'$$, $$'person', 'email', 'old'$$,
	$$'people', 'email', 'one'$$, $$'part_all', 'email', 'one'$$, $$'pg_class', 'relname', 'one'$$, $$'memreg.scope', 'scope', 'one'$$,
	$$'person', 'code', 'one'$$, $$'person', 'born', 'one'$$, $$'person', 'place', 'one'$$, $$'person', 'shout', 'one'$$,
	$$'person', 'email', 'one', 'email'$$, $$'person', 'email', 'one', 'shout'$$, $$'person', 'email', 'one', 'id'$$, $$'person', 'email', 'one', 'ctid'$$,
	$$'person', 'id', 'one', 'number'$$, $$'person', 'number', 'one', 'email'$$, $$'person', 'email', 'one', 'number'$$,
	$$'person', 'p"p', 'one'$$]) AS arguments;

SELECT memreg.add_pseudonym_column('person', 'email', 'one');
SELECT attempt($$SELECT memreg.add_pseudonym_column('person', 'email', 'one')$$);
SELECT attempt($$SELECT memreg.add_pseudonym_column('person', 'email', 'two')$$);
SELECT attempt($$SELECT memreg.add_pseudonym_column('person', 'p"p', 'one', 'email_pseudonym')$$);
SELECT attempt($$SELECT memreg.destroy_scope('one')$$);
SELECT attempt($$SELECT memreg.rotate_scope('one'); SELECT memreg.retire_scope_version('one', 1)$$);

SELECT attempt($$SELECT memreg.remove_pseudonym_column('person', 'email')$$);
SELECT attempt($$SELECT memreg.remove_pseudonym_column('people', 'email_pseudonym')$$);
SELECT attempt($$SELECT memreg.remove_pseudonym_column(NULL, NULL)$$);

SELECT attempt($$CALL memreg.refresh_pseudonyms('person')$$);
\set VERBOSITY default
CALL memreg.refresh_pseudonyms('people');
CALL memreg.refresh_pseudonyms(NULL);
BEGIN;
CALL memreg.refresh_pseudonyms('person');
ROLLBACK;
BEGIN READ ONLY;
CALL memreg.refresh_pseudonyms('person');
ROLLBACK;

-- The functions are for the triggers that memreg makes.
CREATE TABLE other (id bigint, email text);
CREATE TRIGGER t AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION memreg.keep_pseudonyms();
INSERT INTO other VALUES (1, 'x');
DROP TRIGGER t ON other;
CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION memreg.forget_subject();
INSERT INTO other VALUES (1, 'x');

-- Without its scope's row a table cannot be written; the error tells nothing of the value.
\set VERBOSITY terse
UPDATE memreg.scope_key SET wrapped_key = overlay(wrapped_key PLACING '\x00' FROM 40);
INSERT INTO person (email) VALUES ('secret@example.org');
