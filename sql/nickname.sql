-- nickname: nicknames and made-up names, for people to read

CREATE FUNCTION memreg.nickname(scope text, value text, language text DEFAULT 'fi') RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_nickname' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.nickname(text, text, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.nickname(text, text, text) IS
	'One-way nickname of a value in a scope, like Rohkea Kettu 4821: keyed BLAKE2b (RFC 7693), 29 bits, so that two values may get the same';

CREATE FUNCTION memreg.pseudonym_name(scope text, name text, language text DEFAULT 'fi') RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_name' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_name(text, text, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_name(text, text, text) IS
	'One-way made-up name in place of a name in a scope, like Aino Koivuranta: keyed BLAKE2b (RFC 7693), 15 bits; for showing, as many names get the same';

-- Nicknames of a register's subjects: random ones and chosen ones, each held by one subject.

CREATE FUNCTION memreg.new_nickname(language text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_new_nickname' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION memreg.new_nickname(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.new_nickname(text) IS 'A random nickname, whether somebody has it or not';

CREATE FUNCTION memreg.require_nickname(nickname text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_require_nickname' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.require_nickname(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_nickname(text) IS
	'A nickname without blanks around it, or an error: 1 to 60 characters that can be seen, on one line';

CREATE FUNCTION memreg.nickname_key(nickname text) RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_nickname_key' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.nickname_key(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.nickname_key(text) IS
	'The same for nicknames that count as the same: without regard to case, to forms of a character (NFKC) and to what cannot be seen';

CREATE TABLE memreg.nickname (
	register_id int NOT NULL,
	subject text COLLATE "C" NOT NULL,
	nickname text NOT NULL,
	language text,
	assigned_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (register_id, subject)
);
CREATE UNIQUE INDEX nickname_taken ON memreg.nickname (register_id, memreg.nickname_key(nickname));
SELECT pg_catalog.pg_extension_config_dump('memreg.nickname', '');
SELECT memreg.refer('memreg.nickname', 'memreg.register', 'register_id');
COMMENT ON TABLE memreg.nickname IS 'Which nickname each subject of a register has';
COMMENT ON COLUMN memreg.nickname.language IS 'Of its words, if it was assigned; NULL: the subject chose it';

CREATE FUNCTION memreg.require_nickname_owner(register text, subject text, OUT register_id int, OUT key text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	register_id := (memreg.require_register(register)).register_id;
	key := memreg.subject_key(register, subject);
	IF key IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR014',
			MESSAGE = 'subject must not be null',
			HINT = 'Give a value to every argument that has no default.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_nickname_owner(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_nickname_owner(text, text) IS
	'The register''s number and the subject''s key as memreg.nickname holds them, or an error that says what is missing';

-- Whoever may call these need not see the table. With the subject as text first; in its own type it becomes text.

CREATE FUNCTION memreg.assign_nickname(register text, subject text, language text DEFAULT 'fi') RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner record := memreg.require_nickname_owner(register, subject);
	assigned text;
	candidate text;
BEGIN
	-- Somebody else may have the nickname, or be assigning one to the same subject: then that one is found next time.
	FOR attempt IN 1..100 LOOP
		candidate := memreg.new_nickname(language);
		SELECT n.nickname INTO assigned FROM memreg.nickname n
		 WHERE n.register_id = owner.register_id AND n.subject = owner.key;
		IF FOUND THEN
			RETURN assigned;
		END IF;
		INSERT INTO memreg.nickname (register_id, subject, nickname, language)
		VALUES (owner.register_id, owner.key, candidate, assign_nickname.language)
		ON CONFLICT DO NOTHING;
		IF FOUND THEN
			RETURN candidate;
		END IF;
	END LOOP;
	RAISE EXCEPTION USING
		ERRCODE = 'MR131',
		MESSAGE = format('no free nickname was found in register %s', quote_ident(register)),
		DETAIL = 'Each of 100 random ones was taken.',
		HINT = 'Try again, or in another language.';
END
$$;
REVOKE ALL ON FUNCTION memreg.assign_nickname(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.assign_nickname(text, text, text) IS
	'The subject''s nickname in the register; a subject without one gets a random one that nobody there has';

CREATE FUNCTION memreg.choose_nickname(register text, subject text, nickname text) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner record := memreg.require_nickname_owner(register, subject);
	chosen text := memreg.require_nickname(nickname);
BEGIN
	INSERT INTO memreg.nickname (register_id, subject, nickname)
	VALUES (owner.register_id, owner.key, chosen)
	ON CONFLICT ON CONSTRAINT nickname_pkey DO UPDATE
		SET nickname = excluded.nickname, language = NULL, assigned_at = excluded.assigned_at;
	RETURN chosen;
EXCEPTION WHEN unique_violation THEN
	-- PostgreSQL's own message would tell the nickname's key.
	RAISE EXCEPTION USING
		ERRCODE = 'MR131',
		MESSAGE = format('the nickname is taken in register %s', quote_ident(register)),
		HINT = 'Ask for another one; nicknames that differ in case or in what cannot be seen count as the same.';
END
$$;
REVOKE ALL ON FUNCTION memreg.choose_nickname(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.choose_nickname(text, text, text) IS
	'Records the nickname that a subject chose, in place of the one before, unless another subject of the register has it; returns it without blanks around it';

CREATE FUNCTION memreg.release_nickname(register text, subject text) RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner record := memreg.require_nickname_owner(register, subject);
BEGIN
	DELETE FROM memreg.nickname n WHERE n.register_id = owner.register_id AND n.subject = owner.key;
	RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION memreg.release_nickname(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.release_nickname(text, text) IS
	'Removes a subject''s nickname, which others may then have; false: it had none';

DO $do$
DECLARE
	key text;
BEGIN
	FOREACH key IN ARRAY '{bigint,uuid}'::text[] LOOP
		EXECUTE format($sql$
			CREATE FUNCTION memreg.assign_nickname(register text, subject %1$s, language text DEFAULT 'fi') RETURNS text
				LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
				AS 'SELECT memreg.assign_nickname(register, memreg.subject_key(register, subject), language)';
			REVOKE ALL ON FUNCTION memreg.assign_nickname(text, %1$s, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.assign_nickname(text, %1$s, text) IS
				'The subject''s nickname in the register; a subject without one gets a random one that nobody there has';

			CREATE FUNCTION memreg.choose_nickname(register text, subject %1$s, nickname text) RETURNS text
				LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
				AS 'SELECT memreg.choose_nickname(register, memreg.subject_key(register, subject), nickname)';
			REVOKE ALL ON FUNCTION memreg.choose_nickname(text, %1$s, text) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.choose_nickname(text, %1$s, text) IS
				'Records the nickname that a subject chose, in place of the one before, unless another subject of the register has it; returns it without blanks around it';

			CREATE FUNCTION memreg.release_nickname(register text, subject %1$s) RETURNS boolean
				LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
				AS 'SELECT memreg.release_nickname(register, memreg.subject_key(register, subject))';
			REVOKE ALL ON FUNCTION memreg.release_nickname(text, %1$s) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.release_nickname(text, %1$s) IS
				'Removes a subject''s nickname, which others may then have; false: it had none';
		$sql$, key);
	END LOOP;
END
$do$;
