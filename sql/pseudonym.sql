-- pseudonym: pseudonyms of values, and the purposes that bring a scope each

-- Everybody may call the functions, which ask for a right on the scope.

CREATE FUNCTION memreg.pseudonym(scope text, value text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_pseudonym' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.pseudonym(text, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym(text, text) IS
	'One-way pseudonym of a value in a scope, like p1-k3f0a6vx2h9qd8w5rjtn7cmz: keyed BLAKE2b (RFC 7693), 120 bits';

CREATE FUNCTION memreg.pseudonym_uuid(scope text, value text) RETURNS uuid
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_uuid' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_uuid(text, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_uuid(text, text) IS
	'One-way pseudonym of a value in a scope as a uuid of version 8 (RFC 9562): keyed BLAKE2b, 122 bits';

CREATE FUNCTION memreg.pseudonym_uuid(scope text, value uuid) RETURNS uuid
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_uuid_of_key' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_uuid(text, uuid) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_uuid(text, uuid) IS
	'One-way pseudonym of a uuid in a scope as a uuid of version 8 (RFC 9562), as the treatment pseudonym shows it; not that of its text';

CREATE FUNCTION memreg.pseudonym_bigint(scope text, value bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_bigint' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_bigint(text, bigint) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_bigint(text, bigint) IS
	'Pseudonym of a bigint in a scope as another bigint, as the treatment pseudonym shows it: a keyed permutation (Luby and Rackoff, 1988), so that two never get the same';

CREATE FUNCTION memreg.pseudonym_integer(scope text, value integer) RETURNS integer
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_integer' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_integer(text, integer) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_integer(text, integer) IS
	'Pseudonym of an integer in a scope as another integer, as the treatment pseudonym shows it: a keyed permutation, so that two never get the same';

CREATE FUNCTION memreg.pseudonym_smallint(scope text, value smallint) RETURNS smallint
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_smallint' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_smallint(text, smallint) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_smallint(text, smallint) IS
	'Pseudonym of a smallint in a scope as another smallint, as the treatment pseudonym shows it: a keyed permutation, so that two never get the same';

CREATE FUNCTION memreg.pseudonym_bytea(scope text, value bytea) RETURNS bytea
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_bytea' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
GRANT EXECUTE ON FUNCTION memreg.pseudonym_bytea(text, bytea) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_bytea(text, bytea) IS
	'One-way pseudonym of a bytea in a scope as another of 16 bytes, as the treatment pseudonym shows it: keyed BLAKE2b, 128 bits';

CREATE FUNCTION memreg.pseudonyms(scope text, value text) RETURNS text[]
	AS 'MODULE_PATHNAME', 'memreg_pseudonyms' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 40;
GRANT EXECUTE ON FUNCTION memreg.pseudonyms(text, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonyms(text, text) IS
	'Pseudonyms of a value under each version of the scope that is not retired, newest first: WHERE code = ANY (memreg.pseudonyms(...)) finds what was issued before a rotation too';

CREATE FUNCTION memreg.pseudonyms_uuid(scope text, value text) RETURNS uuid[]
	AS 'MODULE_PATHNAME', 'memreg_pseudonyms_uuid' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 40;
GRANT EXECUTE ON FUNCTION memreg.pseudonyms_uuid(text, text) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonyms_uuid(text, text) IS
	'The same as uuids';

CREATE FUNCTION memreg.pseudonyms_uuid(scope text, value uuid) RETURNS uuid[]
	AS 'MODULE_PATHNAME', 'memreg_pseudonyms_uuid_of_key' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 40;
GRANT EXECUTE ON FUNCTION memreg.pseudonyms_uuid(text, uuid) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonyms_uuid(text, uuid) IS
	'The same of a uuid';

CREATE FUNCTION memreg.pseudonyms_bigint(scope text, value bigint) RETURNS bigint[]
	AS 'MODULE_PATHNAME', 'memreg_pseudonyms_bigint' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 40;
GRANT EXECUTE ON FUNCTION memreg.pseudonyms_bigint(text, bigint) TO PUBLIC;
COMMENT ON FUNCTION memreg.pseudonyms_bigint(text, bigint) IS
	'The same of a bigint';

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
	PERFORM memreg.add_scope(name, 'Own scope of the purpose', NULL, owner.purpose_id, NULL);
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
	anonymous_data boolean DEFAULT false,
	smallest_group int DEFAULT NULL,
	small_groups text DEFAULT 'remove') RETURNS void
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
	PERFORM memreg.require_group_size(smallest_group, small_groups, reach);
	INSERT INTO memreg.purpose (register, purpose, basis, description, reach, restricted_data, anonymous_data,
								smallest_group, small_groups)
	VALUES (create_purpose.register, create_purpose.purpose, create_purpose.basis, create_purpose.description,
			create_purpose.reach, coalesce(create_purpose.restricted_data, false),
			coalesce(create_purpose.anonymous_data, false),
			create_purpose.smallest_group, create_purpose.small_groups)
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
REVOKE ALL ON FUNCTION memreg.create_purpose(text, text, text, text, text, boolean, boolean, int, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.create_purpose(text, text, text, text, text, boolean, boolean, int, text) IS
	'Declares a purpose of processing in a register with its legal basis (GDPR Art. 6(1)); it brings its own scope of pseudonyms';
