-- Self-service for every type of subject key, and how its statements are planned: by an index on the subject column, in
-- parallel, and with nobody's key in the plan.
\i test/policy/register.sql
SELECT plan(76);
CREATE ROLE web;
GRANT USAGE ON SCHEMA lab TO web;

-- A register for each type, each with 2,000 subjects who have a row in a main table and five in another.
CREATE FUNCTION lab.key(type text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE type WHEN 'bigint' THEN n::text
		WHEN 'uuid' THEN '00000000-0000-4000-8000-' || lpad(n::text, 12, '0')
		ELSE 'Käyttäjä ' || n END $$;
CREATE FUNCTION lab.make_register(type text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE lab.%1$I (id %2$s PRIMARY KEY, note text)', 'main_' || type, type);
	EXECUTE format('CREATE TABLE lab.%1$I (n int, id %2$s NOT NULL)', 'more_' || type, type);
	EXECUTE format('INSERT INTO lab.%1$I SELECT lab.key(%2$L, n)::%2$s, ''CANARY'' FROM generate_series(1, 2000) n', 'main_' || type, type);
	EXECUTE format('INSERT INTO lab.%1$I SELECT n, lab.key(%2$L, 1 + n %% 2000)::%2$s FROM generate_series(1, 10000) n', 'more_' || type, type);
	EXECUTE format('ANALYZE lab.%I, lab.%I', 'main_' || type, 'more_' || type);
	PERFORM memreg.create_register(type, type, 'An association', subject_type => type::regtype);
	PERFORM memreg.create_purpose(type, 'self', 'contract', reach => 'own');
	PERFORM memreg.set_treatment(type, 'self', 'subject_key', 'clear');
	PERFORM memreg.add_table(type, format('lab.%I', 'main_' || type), 'id', root => true);
	PERFORM memreg.add_table(type, format('lab.%I', 'more_' || type), 'id');
	PERFORM memreg.protect(format('lab.%I', 'main_' || type));
	PERFORM memreg.protect(format('lab.%I', 'more_' || type));
	EXECUTE format('GRANT ALL ON lab.%I, lab.%I TO web', 'main_' || type, 'more_' || type);
	PERFORM memreg.grant_access('web', type, 'self');
END $$;
SELECT lab.make_register(type) FROM unnest(ARRAY['bigint', 'uuid', 'text']) type;
CREATE TABLE kind AS SELECT unnest(ARRAY['bigint', 'uuid', 'text']) AS type;

CREATE FUNCTION own_seen(type text, member bigint, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('memreg.subject', memreg.issue_subject_token(type, lab.key(type, member)), true);
	RETURN seen('web', 'self', format(statement, 'lab.main_' || type, 'lab.more_' || type, type));
END $$;
CREATE FUNCTION own_touched(type text, member bigint, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('memreg.subject', memreg.issue_subject_token(type, lab.key(type, member)), true);
	RETURN touched('web', 'self', format(statement, 'lab.main_' || type, 'lab.more_' || type, type));
END $$;

-- Rows, for each type.
SELECT is(own_seen(type, 7, 'SELECT count(*), min(id::text) = lab.key(%3$L, 7) FROM %1$s'), '(1,t)', type || ': its own row') FROM kind;
SELECT is(own_seen(type, 7, 'SELECT count(*) FROM %2$s'), '(5)', type || ': its own rows of another table') FROM kind;
SELECT is(own_seen(type, 3000, 'SELECT FROM %1$s'), '', type || ': nobody''s') FROM kind;
SELECT is(own_seen(type, 7, 'SELECT count(*) FROM %1$s JOIN %2$s USING (id)'), '(5)', type || ': a join') FROM kind;
SELECT is(own_touched(type, 7, 'UPDATE %1$s SET id = lab.key(%3$L, 3000)::%3$s'), '42501', type || ': not to give away') FROM kind;
SELECT is(own_touched(type, 7, 'UPDATE %1$s SET note = ''x'''), 'MR310', type || ': a column that is not clear') FROM kind;
SELECT is(own_touched(type, 7, 'INSERT INTO %2$s (id) VALUES (lab.key(%3$L, 7)::%3$s)'), '1', type || ': INSERT') FROM kind;
SELECT is(own_touched(type, 7, 'INSERT INTO %2$s (id) VALUES (lab.key(%3$L, 8)::%3$s)'), '42501', type || ': not about another') FROM kind;
SELECT is(own_touched(type, 7, 'DELETE FROM %2$s'), '5', type || ': DELETE') FROM kind;
SELECT is(memreg.session_subject('uuid'), NULL, 'no subject outside');
SELECT set_config('memreg.subject', memreg.issue_subject_token('uuid', upper(lab.key('uuid', 7))), false) AS set \gset
SELECT is(memreg.session_subject('uuid'), lab.key('uuid', 7), 'a uuid in capitals is the same');
SELECT set_config('memreg.subject', memreg.issue_subject_token('uuid', lab.key('uuid', 7)::uuid), false) AS set \gset
SELECT is(memreg.session_subject('uuid'), lab.key('uuid', 7), 'as one given as such');
SELECT is(seen('web', 'self', 'SELECT FROM lab.main_bigint'), 'MR343', 'one subject, one register');

-- Texts are what they are, and no longer than a key may be.
INSERT INTO lab.main_text VALUES ('', 'empty'), (repeat('x', 1024), 'long'), ('käyttäjä 7', 'lower'), (E'\t\n ', 'blank');
CREATE FUNCTION text_note(key text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('memreg.subject', memreg.issue_subject_token('text', key), true);
	RETURN seen('web', 'self', 'SELECT length(id) FROM lab.main_text');
END $$;
SELECT is(text_note(''), '(0)', 'the empty key');
SELECT is(text_note(repeat('x', 1024)), '(1024)', 'the longest');
SELECT is(text_note('käyttäjä 7'), '(10)', 'lower case is another');
SELECT is(text_note(E'\t\n '), '(3)', 'blanks count');
SELECT throws_ok($$SELECT memreg.issue_subject_token('text', repeat('x', 1025))$$, 'MR014', NULL, 'one too long');
SET memreg.trust_subject = on;
SELECT set_config('memreg.subject', 'käyttäjä 7', false) AS set \gset
SELECT is(seen('web', 'self', 'SELECT length(id) FROM lab.main_text'), '(10)', 'trusted text');
SELECT set_config('memreg.subject', repeat('x', 1025), false) AS set \gset
SELECT is(seen('web', 'self', 'SELECT FROM lab.main_text'), 'MR014', 'one too long');
SELECT set_config('memreg.subject', lab.key('uuid', 9), false) AS set \gset
SELECT is(seen('web', 'self', 'SELECT right(id::text, 1) FROM lab.main_uuid'), '(9)', 'a trusted uuid');
SELECT set_config('memreg.subject', '{00000000-0000-4000-8000-000000000009}', false) AS set \gset
SELECT is(seen('web', 'self', 'SELECT FROM lab.main_uuid'), 'MR014', 'in one spelling only');
SELECT set_config('memreg.subject', '9', false) AS set \gset
SELECT is(seen('web', 'self', 'SELECT (SELECT id FROM lab.main_bigint), (SELECT count(*) FROM lab.main_text)'), '(9,0)', 'trusted, it serves all registers');
RESET memreg.trust_subject;
RESET memreg.subject;

-- By index where there is one, and with no key in the plan.
CREATE FUNCTION plan_of(type text, statement text, VARIADIC settings text[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. array_length(settings, 1) BY 2 LOOP
		PERFORM set_config(settings[i], settings[i + 1], true);
	END LOOP;
	RETURN own_seen(type, 7, 'EXPLAIN (VERBOSE, COSTS off) ' || statement);
END $$;
SELECT matches(plan_of(type, 'SELECT FROM %1$s', 'enable_seqscan', 'on'),
			   format('Index (Only )?Scan using main_%1$s_pkey on lab.main_%1$s.*Index Cond: \(main_%1$s.id = memreg.own_subject_%1$s\(NULL::internal, \d+\)\)', type), type || ': a scan of its index')
  FROM kind;
SELECT matches(plan_of(type, statement, 'enable_seqscan', 'on'), 'Index Cond: \(.*own_subject', format('%s: %s', type, statement))
  FROM kind, unnest(ARRAY['UPDATE %1$s SET id = id', 'DELETE FROM %1$s', 'SELECT FROM %1$s m JOIN %2$s USING (id)']) statement;
SELECT doesnt_match(plan_of(type, 'SELECT FROM %1$s, %2$s', 'enable_seqscan', 'on'), regexp_replace(lab.key(type, 7), '[^0-9a-z-]', '.', 'g') || '[^0-9]', type || ': nobody in the plan')
  FROM kind WHERE type <> 'bigint';
SELECT ok(plan_of(type, 'SELECT FROM %2$s', 'enable_seqscan', 'on') ~ 'Filter: .*own_subject', type || ': no index, no index scan') FROM kind;

CREATE TABLE lab.parted (id bigint NOT NULL) PARTITION BY HASH (id);
CREATE TABLE lab.parted_0 PARTITION OF lab.parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE lab.parted_1 PARTITION OF lab.parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO lab.parted SELECT generate_series(1, 100);
GRANT ALL ON lab.parted TO web;
SELECT memreg.add_table('bigint', 'lab.parted', 'id'), memreg.protect('lab.parted');
SELECT is(own_seen('bigint', 7, 'TABLE lab.parted'), '(7)', 'a table partitioned by the subject key');
SELECT matches(own_seen('bigint', 7, 'EXPLAIN (COSTS off) TABLE lab.parted'), 'Subplans Removed: 1', 'is read where the subject''s rows are');

-- In parallel.
CREATE FUNCTION in_parallel(type text, member bigint, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true),
		set_config('min_parallel_table_scan_size', '0', true), set_config('min_parallel_index_scan_size', '0', true),
		set_config('parallel_leader_participation', 'off', true);
	RETURN own_seen(type, member, statement);
END $$;
SELECT matches(in_parallel(type, 7, 'EXPLAIN (COSTS off) SELECT count(*) FROM %2$s'), 'Parallel Seq Scan', type || ': a parallel scan') FROM kind;
SELECT is(in_parallel(type, 7, 'SELECT count(*) FROM %2$s'), '(5)', type || ': sees the same') FROM kind;
SELECT is(in_parallel(type, 8, 'SELECT count(*), min(n) FROM %2$s'), '(5,)', type || ': and another its own') FROM kind;
SELECT is(in_parallel(type, 3000, 'SELECT count(*) FROM %2$s'), '(0)', type || ': or none') FROM kind;
CREATE FUNCTION bound_in_parallel(role regrole) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true),
		set_config('min_parallel_table_scan_size', '0', true), set_config('parallel_leader_participation', 'off', true),
		set_config('memreg.subject', memreg.issue_subject_token('bigint', 7, role => bound_in_parallel.role), true);
	RETURN seen('web', 'self', 'SELECT count(*) FROM lab.more_bigint');
END $$;
SELECT is(bound_in_parallel('web'), '(5)', 'workers act as the role that was set');
SELECT is(bound_in_parallel('postgres'), '(5)', 'and as the one that logged in');
SELECT is(bound_in_parallel('researcher'), 'MR344', 'and as no other');
SET memreg.trust_subject = on;
SELECT set_config('memreg.subject', '7', false) AS set \gset
CREATE FUNCTION trusted_in_parallel() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true),
		set_config('min_parallel_table_scan_size', '0', true), set_config('parallel_leader_participation', 'off', true);
	RETURN seen('web', 'self', 'SELECT count(*) FROM lab.more_bigint');
END $$;
SELECT is(trusted_in_parallel(), '(5)', 'trust reaches the workers');
SELECT * FROM finish();
