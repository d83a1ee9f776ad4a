-- What holds refuse: each with an SQLSTATE, a message and a hint of its own, and nothing changes.
CREATE EXTENSION memreg;
\i test/attempt.sql
SELECT memreg.create_register('members', 'Member register', 'Example City');
SELECT memreg.create_register('companies', 'Customer register', 'Example City', 'uuid');
SELECT memreg.create_register('people', 'Another register', 'Example City', 'text');
SELECT memreg.hold('members', 1, 'claim') > 0 AS held;

-- Registers and subjects; the error does not repeat the key, as it may name a person
SELECT attempt(format('SELECT memreg.%s', call)) FROM unnest(ARRAY[
	$$hold('nowhere', 1, 'claim')$$, $$release_hold('nowhere', 1)$$, $$is_held('nowhere', 1)$$,
	$$hold('companies', 1, 'claim')$$, $$release_hold('companies', 1)$$, $$is_held('people', 1)$$,
	$$hold('members', 'Matti Meikäläinen', 'claim')$$, $$release_hold('companies', 'abc')$$, $$is_held('members', '1.0')$$,
	$$hold(NULL, 1, 'claim')$$, $$hold('members', NULL, 'claim')$$, $$release_hold('members', NULL::bigint)$$]) AS call;
SELECT memreg.is_held('members', NULL::bigint) IS NULL AS unknown;

-- Without a reason
SELECT attempt($$SELECT memreg.hold('members', 1, NULL)$$);
SELECT attempt($$SELECT memreg.hold('members', 1, '')$$);

-- Ended before it began
SELECT attempt($$SELECT memreg.hold('members', 1, 'claim', until => now())$$);
SELECT attempt($$SELECT memreg.hold('members', 1, 'claim', until => '2000-01-01')$$);
SELECT attempt($$SELECT memreg.hold('members', 1, 'claim', until => '-infinity')$$);

-- The ledger is only ever added to, by anybody.
SELECT attempt(form) FROM unnest('{UPDATE memreg.hold_event SET subject = subject,DELETE FROM memreg.hold_event,TRUNCATE memreg.hold_event}'::text[]) AS form;
SET session_replication_role = replica;
SELECT attempt($$DELETE FROM memreg.hold_event$$);
RESET session_replication_role;

-- Ordinary roles
CREATE ROLE clerk;
SET ROLE clerk;
SELECT memreg.hold('members', 1, 'claim');
SELECT memreg.release_hold('members', 1);
SELECT memreg.is_held('members', 1);
SELECT * FROM memreg.hold;
SELECT * FROM memreg.hold_state;
INSERT INTO memreg.hold_event DEFAULT VALUES;
RESET ROLE;

-- A transaction that may not write
BEGIN READ ONLY;
SELECT memreg.is_held('members', 1);
SELECT memreg.release_hold('members', 1);
ROLLBACK;

-- Nothing has changed since.
SELECT event_id, number, act, subject, reason FROM memreg.hold_event;
SELECT subject, held, expires_at, events FROM memreg.hold_state;
