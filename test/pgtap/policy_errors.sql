-- What PostgreSQL's own errors say, whatever goes wrong on the way: constraints, keys, partitions, domains, casts. Their fields
-- can hold values of the row at hand; nothing that is hidden from a role is in any of them.
\i test/policy/register.sql
SELECT plan(61);

-- The desk works for those who consent. It sees and writes keys, times and seats. What is in "secret", "code", "hall" and "place"
-- it does not see: there stand CANARY and 4242.
CREATE ROLE desk;
SET ROLE app_owner;
CREATE DOMAIN app.seats AS int CHECK (VALUE < 100);
CREATE TABLE app.booking (
	booking_id bigint PRIMARY KEY,
	member_id bigint,
	slot int NOT NULL,
	seats app.seats,
	during int4range,
	code text UNIQUE,
	secret text,
	place int4range,
	CHECK (slot < 1000),
	CHECK (slot <> 13 OR secret IS NULL),
	UNIQUE (slot, secret),
	UNIQUE (seats, secret) DEFERRABLE INITIALLY DEFERRED,
	EXCLUDE USING gist (during WITH &&, place WITH &&)
);
CREATE INDEX ON app.booking ((10 / (slot + 1)), secret);
CREATE TABLE app.turn (
	turn_id bigint,
	member_id bigint,
	hall text DEFAULT 'CANARY',
	slot int,
	secret text DEFAULT 'CANARY'
) PARTITION BY RANGE (slot, hall);
CREATE TABLE app.turn_early PARTITION OF app.turn FOR VALUES FROM (0, '') TO (100, 'Z');
CREATE TABLE app.turn_late PARTITION OF app.turn (CHECK (slot <> 150)) FOR VALUES FROM (100, 'Z') TO (200, 'Z');
-- They refer to bookings, and are somebody's whom the desk does not see.
CREATE TABLE app.payment (payment_id bigint, member_id bigint, code text REFERENCES app.booking (code), secret text);
CREATE TABLE app.receipt (
	receipt_id bigint,
	member_id bigint,
	booking_id bigint REFERENCES app.booking ON DELETE SET NULL ON UPDATE CASCADE,
	secret text,
	CHECK (booking_id IS NOT NULL OR secret IS NULL),
	CHECK (booking_id <> 77)
);
CREATE TABLE app.refund (
	refund_id bigint,
	member_id bigint,
	booking_id bigint REFERENCES app.booking ON DELETE SET NULL ON UPDATE CASCADE,
	secret text
) PARTITION BY RANGE (booking_id, secret);
CREATE TABLE app.refund_few PARTITION OF app.refund FOR VALUES FROM (0, '') TO (9, '');
CREATE TABLE app.plain (plain_id bigint PRIMARY KEY, booking_id bigint REFERENCES app.booking);
INSERT INTO app.booking SELECT n, n, n, n, int4range(n, n + 1), 'CANARY' || n, 'CANARY', int4range(4242, 4243) FROM generate_series(1, 6) n;
INSERT INTO app.turn (turn_id, member_id, slot) SELECT n, n, n FROM generate_series(1, 6) n;
INSERT INTO app.payment VALUES (1, 6, 'CANARY1', 'CANARY');
INSERT INTO app.receipt VALUES (1, 6, 2, 'CANARY');
INSERT INTO app.refund VALUES (1, 6, 3, 'CANARY');
GRANT ALL ON ALL TABLES IN SCHEMA app TO desk;
RESET ROLE;
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY '{booking.booking_id,booking.slot,booking.seats,booking.during,turn.turn_id,turn.slot}'::text[] LOOP
		EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.%s IS ''nonpersonal''', name);
	END LOOP;
	PERFORM memreg.create_purpose('community', 'desk', 'consent'), memreg.set_treatment('community', 'desk', 'subject_key', 'clear');
	PERFORM memreg.set_treatment('community', 'desk', 'address', 'pseudonym'), memreg.grant_consent('community', n, 'desk') FROM generate_series(1, 3) n;
	PERFORM memreg.grant_access('desk', 'community', 'desk'), memreg.grant_access('app_owner', 'community', 'desk');
	FOREACH name IN ARRAY '{booking,turn,payment,receipt,refund}'::text[] LOOP
		PERFORM memreg.add_table('community', ('app.' || name)::regclass, 'member_id'), memreg.protect(('app.' || name)::regclass);
	END LOOP;
END $$;
CREATE VIEW app.low WITH (security_invoker) AS SELECT * FROM app.booking WHERE slot < 500 WITH CHECK OPTION;
GRANT ALL ON app.low TO PUBLIC;

-- The SQLSTATE that a statement fails with, and the canary that is in any field of the error.
CREATE FUNCTION complaint(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a text; b text; c text; d text; e text; f text; g text; h text; i text;
BEGIN
	PERFORM set_config('role', role, true), set_config('memreg.purpose', 'desk', true);
	EXECUTE statement;
	SET CONSTRAINTS ALL IMMEDIATE;
	RAISE EXCEPTION SQLSTATE 'MR999';
EXCEPTION
	WHEN SQLSTATE 'MR999' THEN
		RETURN 'no error';
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS a = MESSAGE_TEXT, b = PG_EXCEPTION_DETAIL, c = PG_EXCEPTION_HINT, d = PG_EXCEPTION_CONTEXT,
			e = COLUMN_NAME, f = CONSTRAINT_NAME, g = PG_DATATYPE_NAME, h = TABLE_NAME, i = SCHEMA_NAME;
		RETURN concat_ws(' ', SQLSTATE, substring(concat_ws(' ', a, b, c, d, e, f, g, h, i) FROM 'CANARY|4242'));
END $$;
CREATE TABLE mistake (about text, outcome text, statement text);
INSERT INTO mistake VALUES
	('NOT NULL', '23502', 'UPDATE app.booking SET slot = NULL'),
	('NOT NULL of an inserted row', '23502', 'INSERT INTO app.booking (booking_id, member_id) VALUES (9, 1)'),
	('CHECK', '23514', 'UPDATE app.booking SET slot = 2000'),
	('CHECK over a hidden column', '23514', 'UPDATE app.booking SET slot = 13'),
	('a primary key', '23505', 'UPDATE app.booking SET booking_id = 5'),
	('a unique constraint over a hidden column', '23505', 'UPDATE app.booking SET slot = 5'),
	('a deferred unique constraint', '23505', 'UPDATE app.booking SET seats = 5'),
	('an exclusion constraint', '23P01', 'UPDATE app.booking SET during = ''[5,6)'' WHERE booking_id = 1'),
	('a hidden key that is referred to', '23503', 'DELETE FROM app.booking WHERE booking_id = 1'),
	('a key that nobody has', '23503', 'INSERT INTO app.plain VALUES (1, 99)'),
	('ON DELETE SET NULL against CHECK', '23514', 'DELETE FROM app.booking WHERE booking_id = 2'),
	('ON UPDATE CASCADE against CHECK', '23514', 'UPDATE app.booking SET booking_id = 77 WHERE booking_id = 2'),
	('ON DELETE SET NULL to no partition', '23514', 'DELETE FROM app.booking WHERE booking_id = 3'),
	('ON UPDATE CASCADE to no partition', '23514', 'UPDATE app.booking SET booking_id = 99 WHERE booking_id = 3'),
	('a row of no partition', '23514', 'UPDATE app.turn SET slot = 999'),
	('a row of another partition', '23514', 'UPDATE app.turn_early SET slot = 120'),
	('an inserted row of no partition', '23514', 'INSERT INTO app.turn (turn_id, member_id, slot) VALUES (9, 1, 999)'),
	('CHECK of a partition', '23514', 'UPDATE app.turn SET slot = 150'),
	('a domain', '23514', 'UPDATE app.booking SET seats = 100'),
	('an index over an expression', '22012', 'UPDATE app.booking SET slot = -1'),
	('WITH CHECK OPTION', '44000', 'UPDATE app.low SET slot = 600'),
	('a row of somebody without ground', '42501', 'UPDATE app.booking SET member_id = 5'),
	('MERGE of a row twice', '21000', 'MERGE INTO app.booking b USING (VALUES (1), (1)) v (id) ON b.booking_id = v.id WHEN MATCHED THEN UPDATE SET slot = slot + 500'),
	('ON CONFLICT of a row twice', '21000', 'INSERT INTO app.booking (booking_id, member_id, slot) SELECT 9, 1, 9 FROM generate_series(1, 2) ON CONFLICT (booking_id) DO UPDATE SET slot = 8'),
	('ON CONFLICT with a row that is hidden', '42501', 'INSERT INTO app.booking (booking_id, member_id, slot) VALUES (5, 1, 9) ON CONFLICT (booking_id) DO UPDATE SET slot = 8'),
	('a cast of what is withheld', 'no error', 'SELECT code::int, secret::date, place::text::int FROM app.booking'),
	('an expression over hidden rows', 'no error', 'SELECT 1 / (slot - 5) FROM app.booking'),
	('a cast to a domain', '23514', 'SELECT (seats * 99)::app.seats FROM app.booking'),
	('a subquery of more than a row', '21000', 'SELECT (SELECT code FROM app.booking)');
SELECT is(complaint('desk', statement), outcome, about) FROM mistake;
SELECT is(complaint('app_owner', statement), outcome, about || ', by the owner') FROM mistake;

-- Whoever bypasses row security is told: so these are the errors that could tell.
CREATE TABLE told AS SELECT about, complaint('postgres', statement) ~ ' (CANARY|4242)$' AS all FROM mistake;
SELECT set_eq('SELECT about FROM told WHERE told.all', ARRAY[
	'NOT NULL', 'CHECK', 'CHECK over a hidden column', 'a unique constraint over a hidden column', 'a deferred unique constraint',
	'an exclusion constraint', 'a hidden key that is referred to', 'ON DELETE SET NULL against CHECK', 'ON UPDATE CASCADE against CHECK',
	'ON DELETE SET NULL to no partition', 'ON UPDATE CASCADE to no partition', 'a row of no partition', 'a row of another partition',
	'an inserted row of no partition', 'CHECK of a partition', 'WITH CHECK OPTION', 'a cast of what is withheld'], 'with row security bypassed, these show a row');
SELECT is(seen('researcher', 'research', $$SELECT zip::int FROM app.member$$), '22P02', 'a cast of a pseudonym fails with no more than that');

-- A function of a privileged role acts with its rights, but what it deletes for others, foreign keys do not tell them.
CREATE FUNCTION app.cancel(bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
	'DELETE FROM app.booking WHERE booking_id = $1';
SELECT is(complaint('desk', 'SELECT app.cancel(2)'), '23514', 'nor through a function of a superuser''s');
DROP FUNCTION app.cancel(bigint);
SELECT * FROM finish();
