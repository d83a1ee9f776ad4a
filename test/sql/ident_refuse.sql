-- The trigger memreg.refuse_hetu(): what it refuses, and that nothing it says
-- carries the value. The codes are made up.
CREATE EXTENSION memreg;
CREATE SCHEMA refusal;
SET search_path = refusal;
CREATE EXTENSION citext SCHEMA refusal;

-- The answer to a statement, and whether any part of it repeats the code.
CREATE FUNCTION answer(statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; context text;
	place_schema text; place_table text; place_column text;
BEGIN
	EXECUTE statement;
	RETURN 'written';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT,
		place_schema = SCHEMA_NAME, place_table = TABLE_NAME, place_column = COLUMN_NAME;
	RETURN concat_ws(' ', SQLSTATE, concat_ws('.', place_schema, place_table, place_column),
					 CASE WHEN concat(message, detail, hint, context) ~ '900' THEN 'REPEATS THE CODE' END);
END $$;

-- One column of every kind that can hold text, and some that cannot.
CREATE DOMAIN note AS text;
CREATE DOMAIN notes AS note[];
CREATE TYPE address AS (street text, floor int);
CREATE TYPE textrange AS RANGE (subtype = text);
CREATE TYPE mood AS ENUM ('calm', '010190-900P');
CREATE TABLE every (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	a_text text, a_varchar varchar(50), a_char char(20), a_name name, a_citext citext, a_domain note,
	a_json json, a_jsonb jsonb, a_xml xml, "An Array" text[], a_nested notes, an_address address,
	addresses address[], a_range textrange, a_tsvector tsvector,
	a_bytea bytea, a_uuid uuid, a_number numeric, a_date date, numbers int[], a_bool bool, a_mood mood
);
CREATE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON every
	FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu();

INSERT INTO every (a_text) VALUES ('hetu 010190-900P');
SELECT kind, answer(format('INSERT INTO every (%I) VALUES (%L)', kind, value))
FROM (VALUES
	('a_text', '010190-900P'), ('a_varchar', '010190A900p'), ('a_char', '010190+900P'), ('a_name', '010190-900P'),
	('a_citext', '010190-900P'), ('a_domain', '010190-900P'),
	('a_json', '{"a": [1, "\u0030\u00310190-900P"]}'), ('a_json', '["\t010190\u2013900P"]'),
	('a_jsonb', '{"010190-900P": null}'), ('a_jsonb', '["\f010190-900P\b"]'),
	('a_xml', '<p>010190-900P</p>'), ('An Array', '{clean,010190-900P}'), ('a_nested', '{{a,b},{c,010190-900P}}'),
	('an_address', '("Kuja 1, 010190-900P",2)'), ('addresses', '{"(010190-900P,2)"}'),
	('a_range', '[010190-900P,x)'), ('a_tsvector', '''010190-900P'':1')
) AS attempt(kind, value);

-- Not looked into: bytea, and types that hold no free text.
INSERT INTO every (a_text, a_bytea, a_uuid, a_number, a_date, numbers, a_bool, a_mood)
VALUES ('', '010190-900P', 'ab290204-900c-4bad-8000-0123456789ab', 10190900, '1990-01-01', '{10190,900}', true, '010190-900P');
SELECT count(*) AS rows FROM every;

-- UPDATE reads what changes: a row from before the trigger can be kept up and cleaned.
ALTER TABLE every DISABLE TRIGGER refuse_hetu;
UPDATE every SET a_text = '010190-900P', a_jsonb = '{"h": "010190-900P"}';
ALTER TABLE every ENABLE TRIGGER refuse_hetu;
SELECT statement, answer(statement)
FROM unnest(ARRAY[
	$$UPDATE every SET a_date = '2000-01-01'$$,
	$$UPDATE every SET a_text = 'still 010190-900P'$$,
	$$UPDATE every SET a_varchar = a_text$$,
	$$UPDATE every SET a_text = a_text, a_varchar = NULL$$,
	$$UPDATE every SET a_text = NULL, a_jsonb = '{}'$$,
	$$UPDATE every SET a_text = '010190-900P'$$
]) AS statement;

-- COPY names neither the line nor the value; nor does a statement inside a function.
\set SHOW_CONTEXT always
COPY every (a_text, a_varchar) FROM STDIN;
clean	clean
010190-900P	x
\.
DO $$ BEGIN INSERT INTO refusal.every (a_text) VALUES ('010190-900P'); END $$;
\set SHOW_CONTEXT errors

-- ON CONFLICT, MERGE, a view, a writing CTE.
CREATE VIEW every_text AS SELECT id, a_text FROM every;
SELECT statement, answer(statement)
FROM unnest(ARRAY[
	$$INSERT INTO every (id, a_text) OVERRIDING SYSTEM VALUE SELECT min(id), '010190-900P' FROM every ON CONFLICT DO NOTHING$$,
	$$INSERT INTO every (id, a_text) OVERRIDING SYSTEM VALUE SELECT min(id), 'clean' FROM every ON CONFLICT (id) DO UPDATE SET a_text = '010190-900P'$$,
	$$MERGE INTO every USING (VALUES (0)) AS source(id) ON every.id = source.id WHEN NOT MATCHED THEN INSERT (a_text) VALUES ('010190-900P')$$,
	$$INSERT INTO every_text (a_text) VALUES ('010190-900P')$$,
	$$UPDATE every_text SET a_text = '010190-900P'$$,
	$$WITH written AS (INSERT INTO every (a_text) VALUES ('010190-900P') RETURNING id) SELECT * FROM written$$
]) AS statement;
SELECT count(*) AS rows, count(nullif(a_text, '')) AS texts FROM every;

-- Partitions have their own column numbers; a row that moves is inserted anew.
CREATE TABLE parted (id int, dropped text, body text) PARTITION BY RANGE (id);
ALTER TABLE parted DROP COLUMN dropped;
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 (body text, gone int, id int);
ALTER TABLE parted_2 DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM (10) TO (20);
INSERT INTO parted VALUES (3, '010190-900P');
CREATE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON parted
	FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu('body');
SELECT statement, answer(statement)
FROM unnest(ARRAY[
	$$INSERT INTO parted VALUES (1, 'clean'), (11, 'clean'), (12, '010190-900P')$$,
	$$INSERT INTO parted VALUES (1, 'clean'), (11, 'clean'), (2, '010190-900P')$$,
	$$INSERT INTO parted_2 (id, body) VALUES (12, '010190-900P')$$,
	$$INSERT INTO parted VALUES (1, 'clean'), (11, 'clean')$$,
	$$UPDATE parted SET body = '010190-900P' WHERE id = 11$$,
	$$UPDATE parted SET id = id + 10 WHERE id = 1$$,
	$$UPDATE parted SET id = 4 WHERE id = 3$$,
	$$UPDATE parted SET id = 13 WHERE id = 4$$
]) AS statement;
SELECT tableoid::regclass, id FROM parted ORDER BY id;

-- Values kept out of line.
CREATE TABLE long_answer (id int, body text);
ALTER TABLE long_answer ALTER body SET STORAGE EXTERNAL;
CREATE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON long_answer
	FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu();
SELECT statement, answer(statement)
FROM unnest(ARRAY[
	$$INSERT INTO long_answer VALUES (1, repeat('x ', 10000) || '010190-900P')$$,
	$$INSERT INTO long_answer VALUES (1, repeat('x ', 10000))$$,
	$$UPDATE long_answer SET id = 2$$,
	$$UPDATE long_answer SET body = body || '010190-900P'$$
]) AS statement;

-- Arguments restrict it to columns; a column it cannot search is an error.
CREATE TABLE chosen ("Free Text" text, code text, number int);
CREATE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON chosen
	FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu('Free Text');
INSERT INTO chosen VALUES ('clean', '010190-900P');
INSERT INTO chosen VALUES ('010190-900P', 'clean');
ALTER TABLE chosen RENAME "Free Text" TO free_text;
INSERT INTO chosen VALUES ('clean', 'clean');
SELECT answer($$INSERT INTO chosen VALUES ('clean', 'clean')$$);
CREATE OR REPLACE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON chosen
	FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu('free_text', 'number');
INSERT INTO chosen VALUES ('clean', 'clean', 1);
SELECT answer($$INSERT INTO chosen VALUES ('clean', 'clean', 1)$$);
SELECT count(*) AS rows FROM chosen;

-- A table without a column that holds text is no mistake.
CREATE TABLE numbers (a int, b date);
CREATE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON numbers
	FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu();
INSERT INTO numbers VALUES (1, '2000-01-01');

-- Used as it is not meant to be.
SELECT memreg.refuse_hetu();
CREATE TABLE misused (a text);
CREATE TRIGGER refuse_hetu AFTER INSERT ON misused FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu();
SELECT answer($$INSERT INTO misused VALUES ('clean')$$) AS after_row;
DROP TRIGGER refuse_hetu ON misused;
CREATE TRIGGER refuse_hetu BEFORE INSERT ON misused FOR EACH STATEMENT EXECUTE FUNCTION memreg.refuse_hetu();
SELECT answer($$INSERT INTO misused VALUES ('clean')$$) AS before_statement;
DROP TRIGGER refuse_hetu ON misused;
CREATE TRIGGER refuse_hetu BEFORE DELETE ON misused FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu();
INSERT INTO misused VALUES ('clean');
SELECT answer($$DELETE FROM misused$$) AS before_delete;
