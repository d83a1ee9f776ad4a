-- registry: what registers, purposes, tables and access grants are, and registers themselves

-- A parallel restore loads these tables in any order, which foreign keys would not allow. So what refers to a row is
-- checked by the functions that write it, and the row that is referred to keeps its key and stays.

CREATE FUNCTION memreg.keep_referenced() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	referring regclass := TG_ARGV[0]::regclass;
	same_key text := (SELECT string_agg(format('r.%1$I = ($1).%1$I', k), ' AND ') FROM unnest(TG_ARGV[1:]) k);
	kept boolean := false;
	referred boolean;
BEGIN
	IF TG_OP = 'TRUNCATE' THEN
		same_key := 'true';
	ELSIF TG_OP = 'UPDATE' THEN
		EXECUTE (SELECT format('SELECT %s', string_agg(format('($1).%1$I = ($2).%1$I', k), ' AND '))
				   FROM unnest(TG_ARGV[1:]) k) INTO kept USING OLD, NEW;
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM %s r WHERE %s)', referring, coalesce(same_key, 'true')) INTO referred USING OLD;
	IF referred AND NOT kept THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR015',
			MESSAGE = format('table %s still refers to %I.%I', referring, TG_TABLE_SCHEMA, TG_TABLE_NAME),
			HINT = 'Names and keys stay as they are once they are in use.';
	END IF;
	RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW ELSE OLD END;
END
$$;
REVOKE ALL ON FUNCTION memreg.keep_referenced() FROM PUBLIC;
COMMENT ON FUNCTION memreg.keep_referenced() IS
	'Row trigger: a row that another table of memreg refers to is not deleted and keeps its key';

CREATE FUNCTION memreg.refer(referring regclass, referred regclass, VARIADIC key name[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION memreg.keep_referenced(%L, %s)',
				   'referred_by_' || (SELECT relname FROM pg_class WHERE oid = referring), referred, referring,
				   (SELECT string_agg(quote_literal(k), ', ') FROM unnest(key) k));
	EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION memreg.keep_referenced(%L)',
				   'truncate_referred_by_' || (SELECT relname FROM pg_class WHERE oid = referring), referred, referring);
END
$$;
REVOKE ALL ON FUNCTION memreg.refer(regclass, regclass, name[]) FROM PUBLIC;
COMMENT ON FUNCTION memreg.refer(regclass, regclass, name[]) IS
	'For the install script: rows of the first table refer to rows of the second by these columns';

CREATE TABLE memreg.register (
	register text PRIMARY KEY CHECK (register <> ''),
	register_id int GENERATED ALWAYS AS IDENTITY UNIQUE,
	title text NOT NULL,
	controller text NOT NULL,
	subject_type regtype NOT NULL
		CHECK (subject_type IN ('bigint'::regtype, 'uuid'::regtype, 'text'::regtype)),
	responsible_office text,
	decision text,
	contact text,
	created_at timestamptz NOT NULL DEFAULT now()
);
SELECT pg_catalog.pg_extension_config_dump('memreg.register', '');
SELECT pg_catalog.pg_extension_config_dump('memreg.register_register_id_seq', '');
SELECT memreg.announce_changes_of('memreg.register'::regclass);
COMMENT ON TABLE memreg.register IS 'Filing systems of personal data (GDPR Art. 4(6)) and who controls them';
COMMENT ON COLUMN memreg.register.subject_type IS 'Type of the application''s own key of a subject';
COMMENT ON COLUMN memreg.register.responsible_office IS 'Office that answers for the register';
COMMENT ON COLUMN memreg.register.decision IS 'Decision that made the office responsible';
COMMENT ON COLUMN memreg.register.contact IS 'Where a subject turns to';

CREATE TABLE memreg.purpose (
	purpose_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	register text NOT NULL,
	purpose text NOT NULL CHECK (purpose <> ''),
	basis text NOT NULL CHECK (basis IN ('consent', 'contract', 'legal_obligation', 'vital_interests',
										 'public_task', 'legitimate_interests')),
	description text,
	reach text NOT NULL DEFAULT 'all' CHECK (reach IN ('all', 'own')),
	restricted_data boolean NOT NULL DEFAULT false,
	anonymous_data boolean NOT NULL DEFAULT false,
	smallest_group int CHECK (smallest_group >= 2),
	small_groups text NOT NULL DEFAULT 'remove' CHECK (small_groups IN ('remove', 'remainder')),
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (register, purpose)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.purpose', '');
SELECT pg_catalog.pg_extension_config_dump('memreg.purpose_purpose_id_seq', '');
SELECT memreg.announce_changes_of('memreg.purpose'::regclass);
SELECT memreg.refer('memreg.purpose', 'memreg.register', 'register');
COMMENT ON TABLE memreg.purpose IS 'Purposes of processing and the legal basis of each (GDPR Art. 5(1)(b) and 6(1))';
COMMENT ON COLUMN memreg.purpose.reach IS 'all: every subject with a ground; own: the subject that the session acts as, and nobody else';
COMMENT ON COLUMN memreg.purpose.restricted_data IS 'Whether it may process data whose processing is restricted (GDPR Art. 18(2))';
COMMENT ON COLUMN memreg.purpose.anonymous_data IS 'Whether it sees rows that name no subject';
COMMENT ON COLUMN memreg.purpose.smallest_group IS 'It sees aggregates over at least as many subjects, and no rows; null: rows as well';
COMMENT ON COLUMN memreg.purpose.small_groups IS 'remove: smaller groups are left out; remainder: they are shown together, as one';

CREATE TABLE memreg.registered_table (
	relation regclass PRIMARY KEY,
	register text NOT NULL,
	subject name NOT NULL,
	root boolean NOT NULL DEFAULT false,
	protected boolean NOT NULL DEFAULT false,
	added_at timestamptz NOT NULL DEFAULT now()
);
SELECT pg_catalog.pg_extension_config_dump('memreg.registered_table', '');
SELECT memreg.announce_changes_of('memreg.registered_table'::regclass);
SELECT memreg.refer('memreg.registered_table', 'memreg.register', 'register');
COMMENT ON TABLE memreg.registered_table IS 'Tables that hold data about a register''s subjects';
COMMENT ON COLUMN memreg.registered_table.subject IS 'Column that holds the subject key; a row where it is null names no subject';
COMMENT ON COLUMN memreg.registered_table.root IS 'Has one row for each subject';
COMMENT ON COLUMN memreg.registered_table.protected IS 'memreg.protect has been called for it';

CREATE TABLE memreg.access_grant (
	role name NOT NULL,
	register text NOT NULL,
	purpose text NOT NULL,
	until timestamptz,
	decision text,
	granted_by name NOT NULL DEFAULT session_user,
	granted_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (role, register, purpose)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.access_grant', '');
SELECT memreg.announce_changes_of('memreg.access_grant'::regclass);
SELECT memreg.refer('memreg.access_grant', 'memreg.purpose', 'register', 'purpose');
COMMENT ON TABLE memreg.access_grant IS
	'Who may act for which purpose, by role name: a role that is missing after a restore gets no access';

-- What the functions below share: find it or say clearly what is missing.

CREATE FUNCTION memreg.require_register(register text) RETURNS memreg.register
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_register memreg.register;
BEGIN
	SELECT r.* INTO found_register FROM memreg.register r WHERE r.register = require_register.register;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR010',
			MESSAGE = format('register %s does not exist', coalesce(quote_ident(register), 'NULL')),
			HINT = 'Declare it with memreg.create_register; the table memreg.register lists those that exist.';
	END IF;
	RETURN found_register;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_register(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_register(text) IS 'The register of that name, or an error that says what to do';

CREATE FUNCTION memreg.require_purpose(register text, purpose text) RETURNS memreg.purpose
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_purpose memreg.purpose;
BEGIN
	PERFORM memreg.require_register(register);
	SELECT p.* INTO found_purpose FROM memreg.purpose p
	 WHERE p.register = require_purpose.register AND p.purpose = require_purpose.purpose;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR020',
			MESSAGE = format('purpose %s does not exist in register %s',
							 coalesce(quote_ident(purpose), 'NULL'), quote_ident(register)),
			HINT = 'Declare it with memreg.create_purpose; the table memreg.purpose lists those that exist.';
	END IF;
	RETURN found_purpose;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_purpose(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_purpose(text, text) IS 'The purpose of that name, or an error that says what to do';

CREATE FUNCTION memreg.require_table(relation regclass) RETURNS memreg.registered_table
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_table memreg.registered_table;
BEGIN
	SELECT t.* INTO found_table FROM memreg.registered_table t WHERE t.relation = require_table.relation;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR030',
			MESSAGE = format('table %s belongs to no register', coalesce(relation::text, 'NULL')),
			HINT = 'Add it with memreg.add_table.';
	END IF;
	RETURN found_table;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_table(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_table(regclass) IS 'The registered table, or an error that says what to do';

CREATE FUNCTION memreg.subject_key(register text, subject bigint) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_subject_key' LANGUAGE C STABLE;
CREATE FUNCTION memreg.subject_key(register text, subject uuid) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_subject_key' LANGUAGE C STABLE;
CREATE FUNCTION memreg.subject_key(register text, subject text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_subject_key' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.subject_key(text, bigint), memreg.subject_key(text, uuid), memreg.subject_key(text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.subject_key(text, bigint) IS 'A subject key as memreg''s own tables hold it, or an error';
COMMENT ON FUNCTION memreg.subject_key(text, uuid) IS 'A subject key as memreg''s own tables hold it, or an error';
COMMENT ON FUNCTION memreg.subject_key(text, text) IS 'A subject key as memreg''s own tables hold it, or an error';

-- Registers

CREATE FUNCTION memreg.create_register(
	register text,
	title text,
	controller text,
	subject_type regtype DEFAULT 'bigint',
	responsible_office text DEFAULT NULL,
	decision text DEFAULT NULL,
	contact text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF register LIKE '%/%' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR012',
			MESSAGE = 'the name of a register has no slash',
			HINT = 'A slash parts register and purpose in the names of pseudonym scopes.';
	ELSIF coalesce(register, '') = '' OR coalesce(title, '') = '' OR coalesce(controller, '') = '' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR012',
			MESSAGE = 'a register needs a name, a title and a controller',
			HINT = 'Give register, title and controller a value that is not empty.';
	END IF;
	IF subject_type IS NULL OR subject_type NOT IN ('bigint'::regtype, 'uuid'::regtype, 'text'::regtype) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR013',
			MESSAGE = format('type %s cannot be a subject key', coalesce(subject_type::text, 'NULL')),
			HINT = 'Use bigint, uuid or text.';
	END IF;
	INSERT INTO memreg.register (register, title, controller, subject_type, responsible_office, decision, contact)
	VALUES (create_register.register, create_register.title, create_register.controller,
			create_register.subject_type, create_register.responsible_office,
			create_register.decision, create_register.contact)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR011',
			MESSAGE = format('register %s already exists', quote_ident(register)),
			HINT = 'Choose another name; the table memreg.register shows the present one.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.create_register(text, text, text, regtype, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.create_register(text, text, text, regtype, text, text, text) IS
	'Declares a register (filing system, GDPR Art. 4(6)): its name, title, controller and the type of its subjects'' keys';
