-- Promise 2: "clear if consent to …" shows each row as its own subject decided. What somebody says binds the next
-- statement; whoever has not said it, or cannot have, falls to the other treatment.
\i test/policy/register.sql
SET plan_cache_mode = force_generic_plan;

-- For each type of key eight members, and a row that names nobody. 1, 2 and 3 may be contacted, 3 to 6 be written to.
CREATE TABLE kind AS SELECT unnest('{bigint,uuid,text}'::text[]) AS type;
CREATE FUNCTION key(type text, n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE type WHEN 'bigint' THEN n::text WHEN 'uuid' THEN '00000000-0000-4000-8000-' || lpad(n::text, 12, '0') ELSE 'Jäsen ' || n END $$;
-- Record what a member says: memreg.grant_consent(register, subject, purpose) and the like.
CREATE FUNCTION say(verb text, type text, n int, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT memreg.%I(%L, %L::%s, %L)', verb, type, key(type, n), type, what);
END $$;
CREATE FUNCTION make_register(type text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE app.person_%1$s (id %1$s UNIQUE, n int, phone text, town varchar(40), ip inet, more jsonb)', type);
	EXECUTE format('INSERT INTO app.person_%1$s SELECT key(%1$L, n)::%1$s, n, ''CANARY'' || n, ''town '' || n %% 2, ''192.0.2.0''::inet + n,'
				   ' jsonb_build_object(''phone'', n, ''town'', n) FROM generate_series(1, 8) n', type);
	EXECUTE format('INSERT INTO app.person_%s VALUES (NULL, 9, ''CANARY9'', ''town 1'', ''192.0.2.9'', ''{"phone": 9}'')', type);
	EXECUTE format('CREATE TABLE app.deed_%1$s AS SELECT d.n AS deed, key(%1$L, 1 + d.n %% 4)::%1$s AS id, ''CANARY'' || 1 + d.n %% 4 AS body FROM generate_series(1, 8) d(n)', type);
	PERFORM memreg.create_register(type, type, 'An association', type::regtype),
			memreg.create_purpose(type, 'research', 'contract', restricted_data => true, anonymous_data => true),
			memreg.create_purpose(type, 'contact', 'consent'), memreg.create_purpose(type, 'letters', 'consent', anonymous_data => true),
			memreg.create_purpose(type, 'help', 'consent', restricted_data => true), memreg.create_purpose(type, 'mine', 'consent', reach => 'own'),
			memreg.create_purpose(type, 'this else that', 'consent'), memreg.create_purpose(type, 'this else pseudonym', 'consent'),
			memreg.create_purpose(type, 'ask (twice)', 'consent'), memreg.create_purpose(type, 'task', 'public_task');
	PERFORM memreg.add_table(type, ('app.person_' || type)::regclass, 'id', root => true), memreg.add_table(type, ('app.deed_' || type)::regclass, 'id');
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.person_%s.n IS ''nonpersonal''', type);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.person_%s.phone IS ''phone''', type);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.person_%s.town IS ''town''', type);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.person_%s.ip IS ''ip''', type);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.person_%s.more IS ''town {phone: phone}''', type);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.deed_%s.deed IS ''nonpersonal''', type);
	EXECUTE format('SECURITY LABEL FOR memreg ON COLUMN app.deed_%s.body IS ''phone''', type);
	PERFORM memreg.set_treatment(type, 'research', 'phone', 'clear if consent to contact'), memreg.set_treatment(type, 'research', 'town', 'clear'),
			memreg.set_treatment(type, 'research', 'ip', 'clear if consent to contact else generalize(ip 24)');
	PERFORM memreg.protect(('app.person_' || type)::regclass), memreg.protect(('app.deed_' || type)::regclass), memreg.grant_access('researcher', type, 'research');
	EXECUTE format('GRANT ALL ON app.person_%1$s, app.deed_%1$s TO researcher', type);
	PERFORM say('grant_consent', type, n, 'contact') FROM generate_series(1, 3) n;
	PERFORM say('grant_consent', type, n, 'letters') FROM generate_series(3, 6) n;
	EXECUTE format('ANALYZE app.person_%1$s, app.deed_%1$s', type);
END $$;
SELECT make_register(type) FROM kind \g /dev/null

-- The researcher's view of a column, one row after the other; %s in a statement is the type of the key.
CREATE FUNCTION shown(type text, what text DEFAULT 'phone', VARIADIC settings text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	FOR i IN 1 .. coalesce(array_length(settings, 1), 0) BY 2 LOOP
		PERFORM set_config(settings[i], settings[i + 1], true);
	END LOOP;
	answer := seen('researcher', 'research', format('SELECT string_agg(coalesce((%s)::text, ''-''), '' '' ORDER BY n) FROM app.person_%s', what, type));
	RETURN replace(btrim(answer, '()"'), 'CANARY', '');
END $$;
-- The same under another treatment, which is taken back.
CREATE FUNCTION shown_under(type text, treatment text, what text DEFAULT 'phone') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before text := (SELECT t.treatment FROM memreg.treatment t WHERE t.register = shown_under.type AND category = 'phone');
	answer text;
BEGIN
	PERFORM memreg.set_treatment(type, 'research', 'phone', treatment);
	answer := shown(type, what);
	PERFORM memreg.set_treatment(type, 'research', 'phone', before);
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT plan(157);

-- Row by row.
SELECT is(shown(type), '1 2 3 - - - - - -', type || ': clear where consent stands, else withheld') FROM kind;
SELECT is(shown(type, 'CASE WHEN masklen(ip) = 32 THEN host(ip) ELSE ip::text END'), '192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.0/24 192.0.2.0/24 192.0.2.0/24 192.0.2.0/24 192.0.2.0/24 192.0.2.0/24', type || ': else coarser') FROM kind;
SELECT is(shown_under(type, 'clear if consent to contact else pseudonym', $$CASE WHEN phone ~ '^p1-[0-9a-z]{24}$' THEN 'p' ELSE phone END$$), '1 2 3 p p p p p p', type || ': else a pseudonym') FROM kind;
SELECT is(shown_under(type, 'clear if consent to contact else pseudonym', $$phone$$) ~ memreg.pseudonym(type || '/research', 'CANARY4'), true, type || ': that of the value') FROM kind;
SELECT is(shown(type, $$more ->> 'phone'$$), '1 2 3 - - - - - -', type || ': keys of JSON objects') FROM kind;
SELECT is(seen('researcher', 'research', format('SELECT deed, body FROM app.deed_%s ORDER BY deed', type)), '(1,CANARY2) (2,CANARY3) (3,) (4,CANARY1) (5,CANARY2) (6,CANARY3) (7,) (8,CANARY1)', type || ': of another table, by each row''s subject') FROM kind;
SELECT is(seen('researcher', 'research', format('SELECT p.n, count(p.phone), count(d.body) FROM app.person_%1$s p JOIN app.deed_%1$s d USING (id) GROUP BY p.n ORDER BY 1', type)), '(1,2,2) (2,2,2) (3,2,2) (4,0,0)', type || ': joined') FROM kind;

-- What is not clear can be neither found nor written.
SELECT is(seen('researcher', 'research', format('SELECT n FROM app.person_%s WHERE phone IN (''CANARY1'', ''CANARY4'', ''CANARY9'') OR phone LIKE ''%%5''', type)), '(1)', type || ': conditions') FROM kind;
SELECT is(seen('researcher', 'research', format('SELECT min(phone), max(phone), count(phone), count(DISTINCT phone) FROM app.person_%s', type)), '(CANARY1,CANARY3,3,3)', type || ': aggregates') FROM kind;
SELECT is(touched('researcher', 'research', format(statement, type)), 'MR310', format('%s: %s', type, format(statement, type))) FROM kind, unnest(ARRAY[
	'UPDATE app.person_%s SET phone = ''x'' WHERE n = 1', 'UPDATE app.person_%s SET phone = DEFAULT', 'INSERT INTO app.person_%s (n, phone) VALUES (10, ''x'')',
	'INSERT INTO app.person_%s (n) VALUES (10) ON CONFLICT (id) DO UPDATE SET phone = EXCLUDED.phone', 'UPDATE app.person_%s SET more = ''{}''']) statement WHERE type <> 'text' OR statement ~ 'UPDATE';

-- Who cannot have consented: nobody, whatever the purposes may see of nobody's rows.
SELECT is(shown_under(type, 'clear if consent to letters'), '- - 3 4 5 6 - - -', type || ': a row that names nobody, though the other purpose sees such rows') FROM kind;
SELECT is(shown_under(type, 'clear if consent to letters', $$CASE WHEN n = 9 THEN phone ELSE '' END IS NULL$$) ~ 'true$', true, type || ': it falls to the other treatment') FROM kind;
SELECT is(shown_under(type, 'clear if consent to mine'), 'MR024', type || ': a purpose that reaches the session''s own subject is refused') FROM kind;
UPDATE memreg.treatment SET treatment = 'clear if consent to mine' WHERE category = 'phone';
SELECT is(shown(type), '- - - - - - - - -', type || ': and gives nothing') FROM kind;
UPDATE memreg.treatment SET treatment = 'clear if consent to contact' WHERE category = 'phone';

-- Rows that an outer join has not found.
SELECT is(seen('researcher', 'research', format('SELECT g, p.phone, p.ip, p.phone IS NULL FROM generate_series(3, 10, 7) g LEFT JOIN app.person_%s p ON p.n = g', type)), '(3,CANARY3,192.0.2.3,f) (10,,,t)', type || ': LEFT JOIN') FROM kind;
SELECT is(seen('researcher', 'research', format('SELECT p.phone, d.deed, d.body FROM app.deed_%1$s d FULL JOIN app.person_%1$s p ON p.id = d.id AND d.deed < 5 WHERE p.n IS NULL OR p.n > 7 ORDER BY deed', type)), '(,5,CANARY2) (,6,CANARY3) (,7,) (,8,CANARY1) (,,) (,,)', type || ': FULL JOIN') FROM kind;

-- Restriction (GDPR Art. 18) takes the consent's effect away, though research sees the row.
SELECT say('restrict_subject', type, 2, 'Art. 18(1)(a)') FROM kind \g /dev/null
SELECT is(shown(type), '1 - 3 - - - - - -', type || ': who is restricted falls to the other treatment') FROM kind;
SELECT say('grant_consent', type, n, 'help') FROM kind, generate_series(2, 4) n \g /dev/null
SELECT is(shown_under(type, 'clear if consent to help'), '- 2 3 4 - - - - -', type || ': unless the other purpose sees restricted data') FROM kind;
SELECT say('lift_restriction', type, 2, 'Told by letter') FROM kind \g /dev/null
SELECT is(shown(type), '1 2 3 - - - - - -', type || ': lifted') FROM kind;

-- A change binds the next statement, of a plan that was made before too.
PREPARE shown_bigint AS SELECT string_agg(coalesce(phone, '-'), ' ' ORDER BY n) AS phones FROM app.person_bigint;
PREPARE shown_uuid AS SELECT string_agg(coalesce(phone, '-'), ' ' ORDER BY n) AS phones FROM app.person_uuid;
PREPARE shown_text AS SELECT string_agg(coalesce(phone, '-'), ' ' ORDER BY n) AS phones FROM app.person_text;
CREATE FUNCTION prepared(type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', 'research', true);
	EXECUTE 'EXECUTE shown_' || type INTO answer;
	PERFORM set_config('role', 'none', true);
	RETURN replace(answer, 'CANARY', '');
END $$;
SELECT is(prepared(type), '1 2 3 - - - - - -', type || ': prepared') FROM kind;
SELECT say('withdraw_consent', type, 2, 'contact') FROM kind \g /dev/null
SELECT is(prepared(type), '1 - 3 - - - - - -', type || ': after a withdrawal') FROM kind;
SELECT say('grant_consent', type, 7, 'contact') FROM kind \g /dev/null
SELECT is(prepared(type), '1 - 3 - - - 7 - -', type || ': after a consent') FROM kind;
SELECT say('restrict_subject', type, 7, 'Art. 18(1)(a)') FROM kind \g /dev/null
SELECT is(prepared(type), '1 - 3 - - - - - -', type || ': after a restriction') FROM kind;
SELECT is((SELECT string_agg(custom_plans::text, ' ') FROM pg_prepared_statements WHERE name ~ '^shown_'), '0 0 0', 'by plans that were kept');
SELECT memreg.set_treatment(type, 'research', 'phone', 'clear if consent to letters') FROM kind \g /dev/null
SELECT is(prepared(type), '- - 3 4 5 6 - - -', type || ': another purpose asked') FROM kind;
SELECT memreg.set_treatment(type, 'research', 'phone', 'clear if consent to contact') FROM kind \g /dev/null
SELECT is(prepared(type), '1 - 3 - - - - - -', type || ': and the first again') FROM kind;

-- A consent that ends by date.
SELECT memreg.grant_consent('bigint', 8, 'contact', expires_at => clock_timestamp() + interval '1 second') \g /dev/null
SELECT is(prepared('bigint'), '1 - 3 - - - - 8 -', 'a consent until in a second');
SELECT pg_sleep(1.1) \g /dev/null
SELECT is(prepared('bigint'), '1 - 3 - - - - - -', 'has ended');

-- In parallel plans, and what a transaction has said itself, which nobody else sees once it is rolled back.
SELECT format('ALTER TABLE app.person_%s SET (parallel_workers = 2)', type) FROM kind \gexec
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
DEALLOCATE ALL;
PREPARE shown_bigint AS SELECT string_agg(coalesce(phone, '-'), ' ' ORDER BY n) AS phones FROM app.person_bigint;
PREPARE shown_uuid AS SELECT string_agg(coalesce(phone, '-'), ' ' ORDER BY n) AS phones FROM app.person_uuid;
PREPARE shown_text AS SELECT string_agg(coalesce(phone, '-'), ' ' ORDER BY n) AS phones FROM app.person_text;
CREATE FUNCTION plan_of(type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	answer text := '';
BEGIN
	PERFORM set_config('role', 'researcher', true), set_config('memreg.purpose', 'research', true);
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) EXECUTE shown_' || type LOOP
		answer := answer || line;
	END LOOP;
	PERFORM set_config('role', 'none', true);
	RETURN answer;
END $$;
SELECT matches(plan_of(type), 'Gather.*Parallel Seq Scan', type || ': a parallel plan') FROM kind;
SELECT is(prepared(type), '1 - 3 - - - - - -', type || ': shows the same') FROM kind;
BEGIN;
SELECT say('grant_consent', type, 5, 'contact') FROM kind \g /dev/null
SELECT is(prepared(type), '1 - 3 - 5 - - - -', type || ': an own consent') FROM kind;
SAVEPOINT before;
SELECT say('withdraw_consent', type, 1, 'contact') FROM kind \g /dev/null
SELECT is(prepared(type), '- - 3 - 5 - - - -', type || ': an own withdrawal') FROM kind;
ROLLBACK TO before;
SELECT is(prepared(type), '1 - 3 - 5 - - - -', type || ': taken back') FROM kind;
ROLLBACK;
SELECT is(prepared(type), '1 - 3 - - - - - -', type || ': rolled back') FROM kind;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET parallel_leader_participation;

-- One after the other.
SELECT is(shown_under(type, 'clear if consent to contact else clear if consent to letters'), '1 - 3 4 5 6 - - -', type || ': nested') FROM kind;
SELECT is(shown_under(type, 'clear if consent to contact else clear if consent to letters else generalize(letters 2)'), '1 CA 3 4 5 6 CA CA CA', type || ': with a third') FROM kind;
SELECT is(shown_under(type, 'clear if consent to contact else clear if consent to gone'), 'MR020', type || ': each of them has to be there') FROM kind;
SELECT is(shown_under(type, 'clear if consent to contact else clear if consent to letters else clear if consent to task'), 'MR024', type || ': and to rest on consent') FROM kind;
UPDATE memreg.treatment SET treatment = 'clear if consent to gone else clear if consent to contact' WHERE category = 'phone';
SELECT is(shown(type), '1 - 3 - - - - - -', type || ': one that is not is asked in vain') FROM kind;
UPDATE memreg.treatment SET treatment = 'clear if consent to contact' WHERE category = 'phone';

-- Names of purposes.
SELECT say('grant_consent', type, 8, p) FROM kind, unnest('{this else that,this else pseudonym,ask (twice)}'::text[]) p \g /dev/null
SELECT is(shown_under('bigint', treatment), '- - - - - - - 8 -', treatment) FROM unnest(ARRAY['clear if consent to this else that', 'clear if consent to this else that else withhold',
	'clear if consent to this else pseudonym else withhold', 'clear if consent to ask (twice)',
	'clear if consent to this else that else clear if consent to ask (twice) else withhold']) treatment;
SELECT is(shown_under('bigint', treatment), code, treatment) FROM (VALUES
	('clear if consent to this else pseudonym', 'MR020'), ('clear if consent to nothing', 'MR020'), ('clear if consent to Contact', 'MR020'),
	('clear if consent to contact else clear', 'MR020'), ('clear if consent to contact else', 'MR020'), ('clear if consent to contact else hide', 'MR020'),
	('clear if consent to contact ', 'MR020'), ('clear if consent to  contact', 'MR020'),
	('clear if consent to task', 'MR024'), ('clear if consent to research', 'MR024'), ('clear if consent to task else pseudonym', 'MR024'),
	('clear if consent to contact else pseudonym(gone)', 'MR110'), ('clear if consent to contact else generalize(10)', 'MR321'), ('clear if consent to contact else generalize(year)', 'MR321'),
	('clear if consent to ', 'MR320'), ('clear if consent to', 'MR320'), ('clear if consent', 'MR320'), ('clear if consent to  else pseudonym', 'MR320'),
	('Clear if consent to contact', 'MR320'), ('withhold if consent to contact', 'MR320'), ('pseudonym else withhold', 'MR320')) s(treatment, code);

-- The key itself.
SELECT memreg.set_treatment(type, 'research', 'subject_key', 'clear if consent to contact else pseudonym') FROM kind \g /dev/null
SELECT is(shown(type, format('CASE WHEN id = %L THEN 1 WHEN id = %L THEN 2 ELSE 0 END', key(type, 1), key(type, 2))), '1 0 0 0 0 0 0 0 0', type || ': the key, as each consented') FROM kind;
SELECT is(seen('researcher', 'research', format('SELECT count(*), count(DISTINCT p.id), count(d.body) FROM app.person_%1$s p JOIN app.deed_%1$s d USING (id)', type)), '(8,4,4)', type || ': tables join by it') FROM kind;
SELECT is(seen('researcher', 'research', format('SELECT ctid, xmin FROM app.person_%s LIMIT 1', type)), '(,)', type || ': system columns are withheld') FROM kind;
SELECT * FROM finish();
