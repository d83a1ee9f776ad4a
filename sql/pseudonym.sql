-- pseudonym: scopes, their keys, and the purposes that bring one each

CREATE TABLE memreg.scope (
	scope_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	scope text NOT NULL UNIQUE CHECK (scope <> ''),
	purpose_id int UNIQUE,
	description text,
	version int NOT NULL DEFAULT 1,
	wrapped_key bytea,
	master_fingerprint bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	destroyed_at timestamptz,
	CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);
SELECT pg_catalog.pg_extension_config_dump('memreg.scope', '');
SELECT pg_catalog.pg_extension_config_dump('memreg.scope_scope_id_seq', '');
SELECT memreg.announce_changes_of('memreg.scope'::regclass);
SELECT memreg.refer('memreg.scope', 'memreg.purpose', 'purpose_id');
COMMENT ON TABLE memreg.scope IS
	'Scopes of pseudonyms: one recipient, project or purpose and one key each, stored wrapped under the master key';
COMMENT ON COLUMN memreg.scope.purpose_id IS 'The purpose whose own scope it is';
COMMENT ON COLUMN memreg.scope.wrapped_key IS 'The random key, encrypted under the master key; NULL once destroyed';
COMMENT ON COLUMN memreg.scope.master_fingerprint IS 'Tells which master key it is encrypted under';

CREATE FUNCTION memreg.master_key_present() RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_master_key_is_present' LANGUAGE C STABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION memreg.master_key_present() FROM PUBLIC;
COMMENT ON FUNCTION memreg.master_key_present() IS 'Whether the server read a master key at its start';

CREATE FUNCTION memreg.master_fingerprint() RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_master_fingerprint' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.master_fingerprint() FROM PUBLIC;
COMMENT ON FUNCTION memreg.master_fingerprint() IS
	'16 bytes that tell master keys apart; an error if the key is absent or not the one of this database';

CREATE FUNCTION memreg.new_scope_key(scope text, version int) RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_new_scope_key' LANGUAGE C VOLATILE STRICT;
REVOKE ALL ON FUNCTION memreg.new_scope_key(text, int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.new_scope_key(text, int) IS 'A new random key, wrapped for one scope and version';

CREATE FUNCTION memreg.create_scope(scope text, description text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF coalesce(scope, '') = '' OR scope LIKE '%/%' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR112',
			MESSAGE = 'a scope needs a name that is not empty and has no slash',
			HINT = 'Names with a slash are kept for the scopes that purposes bring along.';
	END IF;
	INSERT INTO memreg.scope (scope, description, wrapped_key, master_fingerprint)
	VALUES (create_scope.scope, create_scope.description,
			memreg.new_scope_key(create_scope.scope, 1), memreg.master_fingerprint())
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR111',
			MESSAGE = format('pseudonym scope %s already exists', quote_ident(scope)),
			HINT = 'Choose another name; the name of a destroyed scope stays taken.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.create_scope(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.create_scope(text, text) IS
	'Creates a scope of pseudonyms with a random key of its own; needs the master key';

CREATE FUNCTION memreg.destroy_scope(scope text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	present memreg.scope;
BEGIN
	SELECT s.* INTO present FROM memreg.scope s WHERE s.scope = destroy_scope.scope FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR110',
			MESSAGE = format('pseudonym scope %s does not exist', coalesce(quote_ident(scope), 'NULL')),
			HINT = 'The table memreg.scope lists those that exist.';
	ELSIF present.purpose_id IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR114',
			MESSAGE = format('pseudonym scope %s belongs to a purpose', quote_ident(scope)),
			HINT = 'A purpose keeps its scope; destroy scopes made with memreg.create_scope.';
	ELSIF present.destroyed_at IS NOT NULL THEN
		RAISE NOTICE 'pseudonym scope % was destroyed before', quote_ident(scope);
		RETURN;
	END IF;
	UPDATE memreg.scope s SET wrapped_key = NULL, destroyed_at = now() WHERE s.scope_id = present.scope_id;
	RAISE NOTICE 'pseudonyms of scope % can no longer be linked', quote_ident(scope)
		USING DETAIL = 'Backups and unvacuumed pages still hold the wrapped key until their own end.';
END
$$;
REVOKE ALL ON FUNCTION memreg.destroy_scope(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.destroy_scope(text) IS
	'Destroys a scope''s key: what was issued in it can no longer be recomputed or linked';

CREATE FUNCTION memreg.pseudonym(scope text, value text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_pseudonym' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION memreg.pseudonym(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym(text, text) IS
	'One-way pseudonym of a value in a scope, like p1-k3f0a6vx2h9qd8w5rjtn7cmz: keyed BLAKE2b (RFC 7693), 120 bits';

CREATE FUNCTION memreg.pseudonym_uuid(scope text, value text) RETURNS uuid
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_uuid' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION memreg.pseudonym_uuid(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_uuid(text, text) IS
	'One-way pseudonym of a value in a scope as a uuid of version 8 (RFC 9562): keyed BLAKE2b, 122 bits';

CREATE FUNCTION memreg.pseudonym_uuid(scope text, value uuid) RETURNS uuid
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_uuid_of_key' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION memreg.pseudonym_uuid(text, uuid) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_uuid(text, uuid) IS
	'One-way pseudonym of a uuid in a scope as a uuid of version 8 (RFC 9562), as the treatment pseudonym shows it; not that of its text';

CREATE FUNCTION memreg.pseudonym_bigint(scope text, value bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_bigint' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION memreg.pseudonym_bigint(text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_bigint(text, bigint) IS
	'Pseudonym of a bigint in a scope as another bigint, as the treatment pseudonym shows it: a keyed permutation (Luby and Rackoff, 1988), so that two never get the same';

-- Purposes stand here because each brings its own scope.

CREATE FUNCTION memreg.make_purpose_scope(register text, purpose text) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner memreg.purpose := memreg.require_purpose(register, purpose);
	name text := owner.register || '/' || owner.purpose;
BEGIN
	IF EXISTS (SELECT FROM memreg.scope s WHERE s.purpose_id = owner.purpose_id) THEN
		RETURN true;
	ELSIF NOT memreg.master_key_present() THEN
		RETURN false;
	END IF;
	-- A register that was renamed leaves its name to another.
	IF EXISTS (SELECT FROM memreg.scope s WHERE s.scope = name) THEN
		name := name || '/' || owner.purpose_id;
	END IF;
	INSERT INTO memreg.scope (scope, purpose_id, description, wrapped_key, master_fingerprint)
	VALUES (name, owner.purpose_id, 'Own scope of the purpose',
			memreg.new_scope_key(name, 1), memreg.master_fingerprint())
	ON CONFLICT (purpose_id) DO NOTHING;
	RETURN true;
END
$$;
REVOKE ALL ON FUNCTION memreg.make_purpose_scope(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.make_purpose_scope(text, text) IS
	'Makes a purpose''s own scope of pseudonyms unless it has one; false: the master key is absent';

CREATE FUNCTION memreg.create_purpose(
	register text,
	purpose text,
	basis text,
	description text DEFAULT NULL,
	reach text DEFAULT 'all',
	restricted_data boolean DEFAULT false,
	anonymous_data boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM memreg.require_register(register);
	IF coalesce(purpose, '') = '' OR octet_length(purpose) > 255 THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR022',
			MESSAGE = 'a purpose needs a name of 1 to 255 bytes',
			HINT = 'Give purpose a value that is not empty, and short enough for the setting memreg.purpose.';
	ELSIF basis IS NULL OR basis NOT IN ('consent', 'contract', 'legal_obligation', 'vital_interests',
										 'public_task', 'legitimate_interests') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR023',
			MESSAGE = format('legal basis %s is unknown', coalesce(quote_literal(basis), 'NULL')),
			HINT = 'GDPR Art. 6(1) knows consent, contract, legal_obligation, vital_interests, public_task and legitimate_interests.';
	ELSIF reach IS NULL OR reach NOT IN ('all', 'own') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR025',
			MESSAGE = format('reach %s is unknown', coalesce(quote_literal(reach), 'NULL')),
			HINT = 'Use ''all'', or ''own'' for a purpose that only serves the subject itself.';
	END IF;
	INSERT INTO memreg.purpose (register, purpose, basis, description, reach, restricted_data, anonymous_data)
	VALUES (create_purpose.register, create_purpose.purpose, create_purpose.basis, create_purpose.description,
			create_purpose.reach, coalesce(create_purpose.restricted_data, false),
			coalesce(create_purpose.anonymous_data, false))
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR021',
			MESSAGE = format('purpose %s already exists in register %s', quote_ident(purpose), quote_ident(register)),
			HINT = 'Choose another name; the table memreg.purpose shows the present one.';
	END IF;
	IF NOT memreg.make_purpose_scope(register, purpose) THEN
		RAISE NOTICE 'purpose % has no pseudonyms yet, as the master key is absent', quote_ident(purpose)
			USING HINT = 'Configure the master key, restart the server and call memreg.make_purpose_scope.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.create_purpose(text, text, text, text, text, boolean, boolean) FROM PUBLIC;
COMMENT ON FUNCTION memreg.create_purpose(text, text, text, text, text, boolean, boolean) IS
	'Declares a purpose of processing in a register with its legal basis (GDPR Art. 6(1)); it brings its own scope of pseudonyms';
