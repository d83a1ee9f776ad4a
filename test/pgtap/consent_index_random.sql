-- Thousands of random changes of what stands, many of them taken back, for bigint, uuid and text keys: after each of them, within its
-- transaction and after it, a bound role sees exactly those whom plain SQL over the tables names.
CREATE EXTENSION memreg;
SET client_min_messages = warning;
SELECT plan(7);

CREATE ROLE researcher;
CREATE TABLE subject (type text, n int, key text, PRIMARY KEY (type, n));
CREATE TABLE wrong (what text);
CREATE TABLE act (kind text, n int);

-- Keys that lie close together, far apart, and at the ends of what there is.
SELECT setseed(0.20261121) \g /dev/null
INSERT INTO subject
SELECT 'bigint', row_number() OVER (), key::text FROM (
	SELECT n::bigint FROM generate_series(0, 60) n
	UNION SELECT n * 65536 - 1 FROM generate_series(-3, 3) n
	UNION SELECT n * 65536 FROM generate_series(-3, 3) n
	UNION SELECT unnest(ARRAY[-9223372036854775808, -9223372036854775807, 9223372036854775807, 9223372036854775806, 281474976710656, -281474976710656])
	UNION SELECT (random() * 1e18)::bigint FROM generate_series(1, 15)) k (key);
INSERT INTO subject
SELECT 'uuid', row_number() OVER (), key::text FROM (
	SELECT uuid(n) FROM unnest('{00000000000000000000000000000000,ffffffffffffffffffffffffffffffff,00000000000000010000000000000000,00000000000000000000000000000001}'::text[]) n
	UNION SELECT md5(random()::text)::uuid FROM generate_series(1, 60)) k (key);
INSERT INTO subject
SELECT 'text', row_number() OVER (), key FROM (
	SELECT unnest(ARRAY['', ' ', '0', 'a', 'A', 'á', U&'a\0301', 'žluťoučký kůň', '漢字', '🙂', '''', '{}', repeat('x', 1023), repeat('x', 1024)])
	UNION SELECT (SELECT string_agg(md5(random()::text || n || m), '') FROM generate_series(1, 31) m) FROM generate_series(1, 3) n
	UNION SELECT 'subject ' || n FROM generate_series(1, 50) n) k (key);
CREATE TABLE bigint_row AS SELECT key::bigint FROM subject WHERE type = 'bigint';
CREATE TABLE uuid_row AS SELECT key::uuid FROM subject WHERE type = 'uuid';
CREATE TABLE text_row AS SELECT key FROM subject WHERE type = 'text';
GRANT SELECT ON bigint_row, uuid_row, text_row TO researcher;

CREATE FUNCTION declare_registers() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	type text;
	purpose text;
BEGIN
	FOREACH type IN ARRAY '{bigint,uuid,text}'::text[] LOOP
		PERFORM memreg.create_register(type, 'Random keys', 'Nobody', type::regtype);
		PERFORM memreg.create_purpose(type, 'consents', 'consent'), memreg.create_purpose(type, 'objects', 'public_task');
		PERFORM memreg.add_table(type, (type || '_row')::regclass, 'key');
		FOREACH purpose IN ARRAY '{consents,objects}'::text[] LOOP
			PERFORM memreg.set_treatment(type, purpose, 'subject_key', 'clear'), memreg.grant_access('researcher', type, purpose);
		END LOOP;
		PERFORM memreg.protect((type || '_row')::regclass);
	END LOOP;
END $$;
SELECT declare_registers() \g /dev/null

-- The oracle: what plain SQL makes of the tables, and from when on otherwise.
CREATE VIEW ground AS
	SELECT s.type, p.purpose, s.key,
		   coalesce(CASE p.purpose WHEN 'consents' THEN c.granted ELSE NOT o.objected END, p.purpose = 'objects')
		   AND NOT coalesce(r.restricted, false) AS stands,
		   CASE p.purpose WHEN 'consents' THEN c.expires_at END AS ends
	  FROM subject s
	  JOIN memreg.purpose p ON p.register = s.type
	  LEFT JOIN memreg.consent_state c ON c.purpose_id = p.purpose_id AND c.subject = s.key
	  LEFT JOIN memreg.objection_state o ON o.purpose_id = p.purpose_id AND o.subject = s.key
	  LEFT JOIN memreg.restriction_state r ON r.register_id = (SELECT register_id FROM memreg.register WHERE register = s.type) AND r.subject = s.key;

-- Note who is seen and should not be, or the other way, under one of the purposes. A consent may end between the two looks: what was right
-- before or after will do.
CREATE FUNCTION compare(type text) RETURNS void LANGUAGE plpgsql AS $$
<<looked>>
DECLARE
	purpose text := (ARRAY['consents', 'objects'])[1 + round(random())];
	seen text[];
	before timestamptz := clock_timestamp();
	after timestamptz;
BEGIN
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', purpose, true);
	EXECUTE format('SELECT coalesce(array_agg(key::text), ''{}'') FROM %I', type || '_row') INTO seen;
	PERFORM set_config('role', 'none', true);
	after := clock_timestamp();
	INSERT INTO wrong SELECT format('%s %s %s', g.type, g.purpose, left(g.key, 50)) FROM ground g
	 WHERE g.type = compare.type AND g.purpose = looked.purpose
	   AND (g.key = ANY (seen)) <> (g.stands AND coalesce(g.ends > before, true))
	   AND (g.key = ANY (seen)) <> (g.stands AND coalesce(g.ends > after, true));
END $$;

-- One random change. By hand too, as far as the tables have no function for it.
CREATE FUNCTION change(type text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	kind float8 := random();
	one text;
	another text;
	consents int;
	objects int;
	ends timestamptz := CASE WHEN random() < 0.3 THEN clock_timestamp() + random() * interval '30 milliseconds' WHEN random() < 0.2 THEN 'infinity' END;
BEGIN
	SELECT s.key INTO one FROM subject s WHERE s.type = change.type ORDER BY random() LIMIT 1;
	SELECT s.key INTO another FROM subject s WHERE s.type = change.type ORDER BY random() LIMIT 1;
	SELECT p.purpose_id INTO consents FROM memreg.purpose p WHERE p.register = type AND p.purpose = 'consents';
	SELECT p.purpose_id INTO objects FROM memreg.purpose p WHERE p.register = type AND p.purpose = 'objects';
	IF kind < 0.2 THEN
		EXECUTE format('SELECT memreg.grant_consent($1, $2::%s, ''consents'')', type) USING type, one;
	ELSIF kind < 0.35 THEN
		EXECUTE format('SELECT memreg.withdraw_consent($1, $2::%s, ''consents'')', type) USING type, one;
	ELSIF kind < 0.5 THEN
		INSERT INTO memreg.consent_state AS s (purpose_id, subject, granted, expires_at, changed_at, events, changed)
		VALUES (consents, one, random() < 0.9, ends, now(), 1, true)
		ON CONFLICT ON CONSTRAINT consent_state_pkey DO UPDATE SET granted = excluded.granted, expires_at = excluded.expires_at;
	ELSIF kind < 0.6 THEN
		INSERT INTO memreg.objection_state AS s (purpose_id, subject, objected, changed_at, events, changed)
		VALUES (objects, one, random() < 0.5, now(), 1, true)
		ON CONFLICT ON CONSTRAINT objection_state_pkey DO UPDATE SET objected = excluded.objected;
	ELSIF kind < 0.7 THEN
		INSERT INTO memreg.restriction_state AS s (register_id, subject, restricted, changed_at, events, changed)
		SELECT r.register_id, one, random() < 0.5, now(), 1, true FROM memreg.register r WHERE r.register = type
		ON CONFLICT ON CONSTRAINT restriction_state_pkey DO UPDATE SET restricted = excluded.restricted;
	ELSIF kind < 0.75 THEN
		EXECUTE format('SELECT memreg.hold($1, $2::%s, ''claim'', $3 + interval ''1 second'')', type) USING type, one, ends;
	ELSIF kind < 0.78 THEN
		EXECUTE format('SELECT memreg.release_hold($1, $2::%s)', type) USING type, one;
	ELSIF kind < 0.82 THEN
		INSERT INTO memreg.hold_state AS s (register_id, subject, held, expires_at, changed_at, events, changed)
		SELECT r.register_id, one, random() < 0.9, ends, now(), 1, true FROM memreg.register r WHERE r.register = type
		ON CONFLICT ON CONSTRAINT hold_state_pkey DO UPDATE SET held = excluded.held, expires_at = excluded.expires_at;
	ELSIF kind < 0.9 THEN
		DELETE FROM memreg.consent_state s WHERE s.purpose_id = consents AND s.subject = one;
		UPDATE memreg.consent_state s SET subject = one WHERE s.purpose_id = consents AND s.subject = another;
	ELSIF kind < 0.97 THEN
		DELETE FROM memreg.objection_state s WHERE s.purpose_id = objects AND s.subject IN (one, another);
		DELETE FROM memreg.restriction_state s USING memreg.register r
		 WHERE r.register = type AND s.register_id = r.register_id AND s.subject IN (one, another);
		DELETE FROM memreg.hold_state s USING memreg.register r
		 WHERE r.register = type AND s.register_id = r.register_id AND s.subject IN (one, another);
	ELSE -- all that are there at once
		UPDATE memreg.consent_state s SET granted = NOT s.granted WHERE s.purpose_id = consents AND random() < 0.5;
	END IF;
END $$;

-- A transaction of some changes in subtransactions, of which one in five is taken back, with a look after each.
CREATE FUNCTION transact(type text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	kind float8 := random();
	number int := 1 + (random() * 4)::int;
BEGIN
	INSERT INTO act VALUES ('changes', number);
	FOR n IN 1..number LOOP
		BEGIN
			PERFORM change(type);
			IF kind < 0.01 AND n = 1 THEN
				CASE (random() * 3)::int
				WHEN 0 THEN TRUNCATE memreg.consent_state;
				WHEN 1 THEN TRUNCATE memreg.objection_state;
				WHEN 2 THEN TRUNCATE memreg.hold_state;
				ELSE TRUNCATE memreg.restriction_state; END CASE;
				INSERT INTO act VALUES ('truncate', 1);
			END IF;
			PERFORM compare(type);
			IF random() < 0.2 THEN
				RAISE division_by_zero;
			END IF;
		EXCEPTION WHEN division_by_zero THEN
			INSERT INTO act VALUES ('taken back', 1);
		END;
		PERFORM compare(type);
	END LOOP;
	IF kind BETWEEN 0.5 AND 0.52 THEN
		PERFORM memreg.reset_consent_index();
		INSERT INTO act VALUES ('reset', 1);
	END IF;
END $$;

\set ON_ERROR_ROLLBACK off
\o /dev/null
SELECT unnest(ARRAY[
	format('%s SELECT transact(%L) %s', CASE WHEN g % 10 = 0 THEN 'BEGIN ISOLATION LEVEL REPEATABLE READ;' WHEN g % 7 = 0 THEN 'BEGIN;' END, type,
		CASE WHEN g % 70 = 0 THEN '; ROLLBACK' WHEN g % 10 = 0 THEN '; COMMIT' WHEN g % 14 = 0 THEN '; ROLLBACK' WHEN g % 7 = 0 THEN '; COMMIT' END),
	format('SELECT compare(%L)', type),
	CASE WHEN g % 50 = 0 THEN $$INSERT INTO wrong SELECT format('%s', v) FROM memreg.verify_consent_index() v WHERE (missing, surplus) <> (0, 0)$$ END])
  FROM (SELECT g, (ARRAY['bigint', 'uuid', 'text'])[1 + g % 3] AS type FROM generate_series(1, 900) g) t
\gexec
\o

SELECT cmp_ok((SELECT sum(n) FROM act WHERE kind = 'changes'), '>', 2000::bigint, 'thousands of changes');
SELECT cmp_ok((SELECT count(*) FROM act WHERE kind = 'taken back'), '>', 200::bigint, 'of which hundreds were taken back');
SELECT is((SELECT count(DISTINCT kind) FROM act), 4::bigint, 'tables were emptied and the index reset');
SELECT is_empty('SELECT what, count(*) FROM wrong GROUP BY 1 LIMIT 10', 'what was seen is what the tables say, each time');
SELECT is((SELECT count(DISTINCT s.register_id) FROM memreg.hold_state s WHERE s.held), 3::bigint, 'there are held subjects of each type of key');
SELECT pg_sleep(0.1) \g /dev/null
SELECT isnt_empty($$SELECT * FROM memreg.verify_consent_index()$$, 'there is an index at the end');
SELECT is_empty($$SELECT * FROM memreg.verify_consent_index() WHERE (missing, surplus) <> (0, 0)$$, 'and it is equal to the tables');
SELECT * FROM finish();
