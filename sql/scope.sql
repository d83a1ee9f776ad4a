-- scope: where pseudonyms are comparable: scopes, their keys, who may use them

CREATE TABLE memreg.scope (
	scope_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	scope text NOT NULL UNIQUE CHECK (scope <> ''),
	purpose_id int UNIQUE,
	register_id int UNIQUE,
	description text,
	recipient text,
	version int NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	destroyed_at timestamptz,
	CHECK (purpose_id IS NULL OR register_id IS NULL)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.scope', '');
SELECT pg_catalog.pg_extension_config_dump('memreg.scope_scope_id_seq', '');
SELECT memreg.announce_changes_of('memreg.scope'::regclass);
SELECT memreg.refer('memreg.scope', 'memreg.purpose', 'purpose_id');
SELECT memreg.refer('memreg.scope', 'memreg.register', 'register_id');
COMMENT ON TABLE memreg.scope IS
	'Scopes of pseudonyms: where pseudonyms are comparable; one recipient, project or purpose each';
COMMENT ON COLUMN memreg.scope.purpose_id IS 'The purpose whose own scope it is';
COMMENT ON COLUMN memreg.scope.register_id IS 'The register whose subjects'' secrets are wrapped under its key';
COMMENT ON COLUMN memreg.scope.recipient IS 'Who receives what is issued in it';
COMMENT ON COLUMN memreg.scope.version IS 'The version of its key that is in use';

CREATE TABLE memreg.scope_key (
	scope_id int NOT NULL,
	version int NOT NULL CHECK (version > 0),
	wrapped_key bytea,
	master_fingerprint bytea NOT NULL,
	made_at timestamptz NOT NULL DEFAULT now(),
	retired_at timestamptz,
	PRIMARY KEY (scope_id, version),
	CHECK ((wrapped_key IS NULL) = (retired_at IS NOT NULL))
);
SELECT pg_catalog.pg_extension_config_dump('memreg.scope_key', '');
SELECT memreg.announce_changes_of('memreg.scope_key'::regclass);
SELECT memreg.refer('memreg.scope_key', 'memreg.scope', 'scope_id');
COMMENT ON TABLE memreg.scope_key IS
	'The random key of each version of a scope, encrypted under the master key';
COMMENT ON COLUMN memreg.scope_key.wrapped_key IS 'XChaCha20-Poly1305: nonce, key, tag; NULL once retired or destroyed';
COMMENT ON COLUMN memreg.scope_key.master_fingerprint IS 'Tells which master key it is encrypted under';

CREATE TABLE memreg.scope_right (
	role name NOT NULL,
	scope text NOT NULL,
	may text NOT NULL CHECK (may IN ('pseudonymize', 'reverse')),
	until timestamptz,
	decision text,
	granted_by name NOT NULL DEFAULT session_user,
	granted_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (role, scope, may)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.scope_right', '');
SELECT memreg.announce_changes_of('memreg.scope_right'::regclass);
SELECT memreg.refer('memreg.scope_right', 'memreg.scope', 'scope');
COMMENT ON TABLE memreg.scope_right IS
	'Who may make pseudonyms in a scope, and who may reverse what was sealed in it; by role name';

-- The master key

CREATE FUNCTION memreg.master_key_present() RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_master_key_is_present' LANGUAGE C STABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.master_key_present() FROM PUBLIC;
COMMENT ON FUNCTION memreg.master_key_present() IS 'Whether the server read a master key at its start';

CREATE FUNCTION memreg.master_key_absence(previous boolean) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_master_key_why_absent' LANGUAGE C STABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.master_key_absence(boolean) FROM PUBLIC;
COMMENT ON FUNCTION memreg.master_key_absence(boolean) IS
	'Why the server has no master key, or no previous one; NULL if it has';

CREATE FUNCTION memreg.master_key_named(fingerprint bytea) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_master_key_named' LANGUAGE C STABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.master_key_named(bytea) FROM PUBLIC;
COMMENT ON FUNCTION memreg.master_key_named(bytea) IS
	'Which of the server''s master keys has the fingerprint: present, previous, or NULL for neither';

CREATE FUNCTION memreg.master_fingerprint() RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_master_fingerprint' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.master_fingerprint() FROM PUBLIC;
COMMENT ON FUNCTION memreg.master_fingerprint() IS
	'16 bytes that tell master keys apart; an error if the key is absent or not the one of this database';

CREATE FUNCTION memreg.present_fingerprint() RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_present_fingerprint' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.present_fingerprint() FROM PUBLIC;
COMMENT ON FUNCTION memreg.present_fingerprint() IS
	'16 bytes that tell master keys apart, of the one that new keys are wrapped under';

CREATE FUNCTION memreg.new_scope_key(scope text, version int) RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_new_scope_key' LANGUAGE C VOLATILE STRICT;
REVOKE ALL ON FUNCTION memreg.new_scope_key(text, int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.new_scope_key(text, int) IS 'A new random key, wrapped for one scope and version';

CREATE FUNCTION memreg.rewrapped_scope_key(scope text, version int, wrapped_key bytea, master_fingerprint bytea) RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_rewrapped_scope_key' LANGUAGE C VOLATILE STRICT;
REVOKE ALL ON FUNCTION memreg.rewrapped_scope_key(text, int, bytea, bytea) FROM PUBLIC;
COMMENT ON FUNCTION memreg.rewrapped_scope_key(text, int, bytea, bytea) IS
	'The same key, wrapped under the present master key';

CREATE FUNCTION memreg.rewrap_keys(at_most int DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	present bytea := memreg.present_fingerprint();
	due record;
	rewrapped bigint := 0;
BEGIN
	-- One after the other: two callers would wrap the same keys.
	LOCK TABLE memreg.scope_key IN SHARE ROW EXCLUSIVE MODE;
	FOR due IN
		SELECT k.scope_id, k.version, s.scope, k.wrapped_key, k.master_fingerprint
		  FROM memreg.scope_key k JOIN memreg.scope s USING (scope_id)
		 WHERE k.wrapped_key IS NOT NULL
		   AND k.master_fingerprint <> present
		 ORDER BY k.scope_id, k.version
		 LIMIT at_most
	LOOP
		UPDATE memreg.scope_key k
		   SET wrapped_key = memreg.rewrapped_scope_key(due.scope, due.version, due.wrapped_key, due.master_fingerprint),
			   master_fingerprint = present
		 WHERE k.scope_id = due.scope_id AND k.version = due.version;
		rewrapped := rewrapped + 1;
	END LOOP;
	RETURN rewrapped;
END
$$;
REVOKE ALL ON FUNCTION memreg.rewrap_keys(int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.rewrap_keys(int) IS
	'Wraps every stored key, or at_most so many, under the present master key; needs the previous one too. Returns how many; 0: all are done';

-- Scopes

CREATE FUNCTION memreg.require_scope(scope text) RETURNS memreg.scope
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	present memreg.scope;
BEGIN
	SELECT s.* INTO present FROM memreg.scope s WHERE s.scope = require_scope.scope FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR110',
			MESSAGE = format('pseudonym scope %s does not exist', coalesce(quote_ident(scope), 'NULL')),
			HINT = 'The table memreg.scope lists those that exist.';
	END IF;
	RETURN present;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_scope(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_scope(text) IS 'Finds a scope, and locks it for a change, or says that it does not exist';

CREATE FUNCTION memreg.require_living_scope(scope text) RETURNS memreg.scope
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	present memreg.scope := memreg.require_scope(scope);
BEGIN
	IF present.destroyed_at IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR113',
			MESSAGE = format('pseudonym scope %s has been destroyed', quote_ident(scope)),
			HINT = 'Create a scope of another name; what was issued in this one can no longer be linked.';
	END IF;
	RETURN present;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_living_scope(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_living_scope(text) IS 'Finds a scope that is not destroyed, and locks it for a change';

CREATE FUNCTION memreg.add_scope(scope text, description text, recipient text, purpose_id int, register_id int) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	added int;
BEGIN
	INSERT INTO memreg.scope AS s (scope, description, recipient, purpose_id, register_id)
	VALUES (add_scope.scope, add_scope.description, add_scope.recipient, add_scope.purpose_id, add_scope.register_id)
	ON CONFLICT DO NOTHING RETURNING s.scope_id INTO added;
	IF added IS NULL THEN
		RETURN false;
	END IF;
	INSERT INTO memreg.scope_key (scope_id, version, wrapped_key, master_fingerprint)
	VALUES (added, 1, memreg.new_scope_key(add_scope.scope, 1), memreg.present_fingerprint());
	RETURN true;
END
$$;
REVOKE ALL ON FUNCTION memreg.add_scope(text, text, text, int, int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.add_scope(text, text, text, int, int) IS
	'Adds a scope with its first key; false: there is one of that name, purpose or register';

CREATE FUNCTION memreg.create_scope(scope text, description text DEFAULT NULL, recipient text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF coalesce(scope, '') = '' OR scope LIKE '%/%' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR112',
			MESSAGE = 'a scope needs a name that is not empty and has no slash',
			HINT = 'Names with a slash are kept for the scopes that purposes bring along.';
	ELSIF NOT memreg.add_scope(scope, description, recipient, NULL, NULL) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR111',
			MESSAGE = format('pseudonym scope %s already exists', quote_ident(scope)),
			HINT = 'Choose another name; the name of a destroyed scope stays taken.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.create_scope(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.create_scope(text, text, text) IS
	'Creates a scope of pseudonyms, for one recipient or project, with a random key of its own; needs the master key';

CREATE FUNCTION memreg.rotate_scope(scope text) RETURNS int
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	present memreg.scope := memreg.require_living_scope(scope);
	new_version int := (SELECT max(k.version) + 1 FROM memreg.scope_key k WHERE k.scope_id = present.scope_id);
BEGIN
	IF present.register_id IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR114',
			MESSAGE = format('pseudonym scope %s belongs to a register', quote_ident(scope)),
			HINT = 'It keeps the secrets of the register''s subjects; rotate the scopes that pseudonyms are made in.';
	END IF;
	INSERT INTO memreg.scope_key (scope_id, version, wrapped_key, master_fingerprint)
	VALUES (present.scope_id, new_version, memreg.new_scope_key(scope, new_version), memreg.present_fingerprint());
	UPDATE memreg.scope s SET version = new_version WHERE s.scope_id = present.scope_id;
	IF EXISTS (SELECT FROM memreg.pseudonym_column c WHERE c.scope = present.scope) THEN
		RAISE NOTICE 'pseudonym columns go on with the version of the key that they have'
			USING HINT = (SELECT string_agg(format('CALL memreg.refresh_pseudonyms(%L)', c.relation), '; ' ORDER BY c.relation)
							FROM (SELECT DISTINCT c.relation FROM memreg.pseudonym_column c WHERE c.scope = present.scope) c);
	END IF;
	RETURN new_version;
END
$$;
REVOKE ALL ON FUNCTION memreg.rotate_scope(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.rotate_scope(text) IS
	'Gives a scope a new key and returns its version: new pseudonyms are made with it, older ones are recognized until their version is retired';

CREATE FUNCTION memreg.retire_scope_version(scope text, version int) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	present memreg.scope := memreg.require_living_scope(scope);
	retired timestamptz;
BEGIN
	SELECT k.retired_at INTO retired FROM memreg.scope_key k
	 WHERE k.scope_id = present.scope_id AND k.version = retire_scope_version.version;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR117',
			MESSAGE = format('pseudonym scope %s has no key of that version', quote_ident(scope)),
			HINT = 'The table memreg.scope_key lists the versions.';
	ELSIF version = present.version THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR118',
			MESSAGE = format('version %s of pseudonym scope %s is in use', version, quote_ident(scope)),
			HINT = 'Call memreg.rotate_scope first, or memreg.destroy_scope to end the whole scope.';
	ELSIF EXISTS (SELECT FROM memreg.pseudonym_column c WHERE c.scope = present.scope
					 AND (c.version = retire_scope_version.version OR c.filled_at IS NULL)) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR119',
			MESSAGE = format('pseudonym columns may hold pseudonyms of version %s of scope %s', version, quote_ident(scope)),
			HINT = (SELECT string_agg(format('CALL memreg.refresh_pseudonyms(%L)', c.relation), '; ' ORDER BY c.relation)
					  FROM (SELECT DISTINCT c.relation FROM memreg.pseudonym_column c WHERE c.scope = present.scope) c);
	ELSIF retired IS NOT NULL THEN
		RAISE NOTICE 'version % of pseudonym scope % was retired before', version, quote_ident(scope);
		RETURN;
	END IF;
	UPDATE memreg.scope_key k SET wrapped_key = NULL, retired_at = now()
	 WHERE k.scope_id = present.scope_id AND k.version = retire_scope_version.version;
	RAISE NOTICE 'pseudonyms of version % of scope % can no longer be recognized', version, quote_ident(scope)
		USING DETAIL = 'Backups and unvacuumed pages still hold the wrapped key until their own end, or until the master key is replaced and the old one destroyed.';
END
$$;
REVOKE ALL ON FUNCTION memreg.retire_scope_version(text, int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.retire_scope_version(text, int) IS
	'Destroys the key of an older version: what was issued with it can no longer be recomputed, recognized or opened';

CREATE FUNCTION memreg.destroy_scope(scope text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	present memreg.scope := memreg.require_scope(scope);
BEGIN
	IF present.purpose_id IS NOT NULL OR present.register_id IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR114',
			MESSAGE = format('pseudonym scope %s belongs to a %s', quote_ident(scope),
							 CASE WHEN present.purpose_id IS NULL THEN 'register' ELSE 'purpose' END),
			HINT = 'Purposes and registers keep their scopes; rotate a purpose''s, and destroy scopes made with memreg.create_scope.';
	ELSIF present.destroyed_at IS NOT NULL THEN
		RAISE NOTICE 'pseudonym scope % was destroyed before', quote_ident(scope);
		RETURN;
	ELSIF EXISTS (SELECT FROM memreg.pseudonym_column c WHERE c.scope = present.scope) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR119',
			MESSAGE = format('pseudonym columns are kept in scope %s', quote_ident(scope)),
			DETAIL = 'Their tables could not be written any more.',
			HINT = 'The table memreg.pseudonym_column lists them; call memreg.remove_pseudonym_column for each.';
	END IF;
	UPDATE memreg.scope_key k SET wrapped_key = NULL, retired_at = now()
	 WHERE k.scope_id = present.scope_id AND k.wrapped_key IS NOT NULL;
	UPDATE memreg.scope s SET destroyed_at = now() WHERE s.scope_id = present.scope_id;
	RAISE NOTICE 'pseudonyms of scope % can no longer be linked', quote_ident(scope)
		USING DETAIL = 'Backups and unvacuumed pages still hold the wrapped key until their own end, or until the master key is replaced and the old one destroyed.';
END
$$;
REVOKE ALL ON FUNCTION memreg.destroy_scope(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.destroy_scope(text) IS
	'Destroys a scope''s keys: what was issued in it can no longer be recomputed, linked or opened';

CREATE FUNCTION memreg.grant_scope(
	role regrole,
	scope text,
	may text DEFAULT 'pseudonymize',
	until timestamptz DEFAULT NULL,
	decision text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	role_name name := memreg.require_role(role);
BEGIN
	PERFORM memreg.require_living_scope(scope);
	PERFORM memreg.require_scope_right(may);
	IF until <= now() THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR041',
			MESSAGE = 'a right would end in the past',
			HINT = 'Give a later time in until, or none; memreg.revoke_scope ends a right now.';
	END IF;
	INSERT INTO memreg.scope_right (role, scope, may, until, decision)
	VALUES (role_name, grant_scope.scope, grant_scope.may, grant_scope.until, grant_scope.decision)
	ON CONFLICT ON CONSTRAINT scope_right_pkey DO UPDATE
		SET until = excluded.until, decision = excluded.decision,
			granted_by = session_user, granted_at = now();
END
$$;
REVOKE ALL ON FUNCTION memreg.grant_scope(regrole, text, text, timestamptz, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.grant_scope(regrole, text, text, timestamptz, text) IS
	'Lets a role and its members make pseudonyms in a scope (pseudonymize), or open what was sealed in it (reverse)';

CREATE FUNCTION memreg.revoke_scope(role regrole, scope text, may text DEFAULT 'pseudonymize') RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	role_name name := memreg.require_role(role);
BEGIN
	PERFORM memreg.require_scope(scope);
	PERFORM memreg.require_scope_right(may);
	DELETE FROM memreg.scope_right r
	 WHERE r.role = role_name AND r.scope = revoke_scope.scope AND r.may = revoke_scope.may;
	IF NOT FOUND THEN
		RAISE NOTICE 'role % had no right to % in pseudonym scope %', role, may, quote_ident(scope);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.revoke_scope(regrole, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.revoke_scope(regrole, text, text) IS
	'Takes a right on a scope from a role; binds every statement that starts after the commit';

CREATE FUNCTION memreg.require_scope_right(may text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF may IS NULL OR may NOT IN ('pseudonymize', 'reverse') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR116',
			MESSAGE = format('right %s on a scope is unknown', coalesce(quote_literal(may), 'NULL')),
			HINT = 'Use ''pseudonymize'' to make pseudonyms and seal, or ''reverse'' to unseal.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_scope_right(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_scope_right(text) IS 'Fails unless it is the name of a right on scopes';

CREATE VIEW memreg.key_status AS
	SELECT m.key, NULL::int AS version,
		   CASE WHEN memreg.master_key_absence(m.previous) IS NULL THEN 'in use' ELSE 'absent' END AS state,
		   NULL::text AS wrapped_under, NULL::timestamptz AS made_at, NULL::timestamptz AS ended_at,
		   memreg.master_key_absence(m.previous) AS detail
	  FROM (VALUES ('master key', false), ('previous master key', true)) m (key, previous)
	UNION ALL
	SELECT s.scope, k.version,
		   CASE WHEN s.destroyed_at IS NOT NULL THEN 'destroyed'
				WHEN k.retired_at IS NOT NULL THEN 'retired'
				WHEN k.version = s.version THEN 'in use'
				ELSE 'recognized' END,
		   CASE WHEN k.wrapped_key IS NOT NULL
				THEN coalesce(memreg.master_key_named(k.master_fingerprint) || ' master key', 'unknown master key') END,
		   k.made_at, k.retired_at, s.description
	  FROM memreg.scope_key k JOIN memreg.scope s USING (scope_id);
COMMENT ON VIEW memreg.key_status IS
	'Which keys there are, in which state, and wrapped under which master key; no key is in it';
GRANT EXECUTE ON FUNCTION memreg.master_key_absence(boolean), memreg.master_key_named(bytea) TO pg_monitor;
GRANT SELECT ON memreg.key_status TO pg_monitor;
