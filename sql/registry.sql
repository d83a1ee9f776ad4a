-- registry: registers, purposes, tables, access grants

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

-- Tables and what is below and above them

CREATE FUNCTION memreg.descendants(relation regclass) RETURNS SETOF regclass
	LANGUAGE sql STABLE ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE descendant AS (
		SELECT relation::oid AS oid
		UNION
		SELECT i.inhrelid FROM pg_inherits i JOIN descendant d ON i.inhparent = d.oid
	)
	SELECT d.oid::regclass FROM descendant d
	  JOIN pg_class c ON c.oid = d.oid AND c.relkind IN ('r', 'p')
	 ORDER BY d.oid
$$;
REVOKE ALL ON FUNCTION memreg.descendants(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.descendants(regclass) IS 'The relation, its partitions and children, at any depth';

-- All at once: to call memreg.descendants for each table would be slow where there are many.
CREATE VIEW memreg.registered_relation AS
	WITH RECURSIVE below AS (
		SELECT t.relation AS registered, t.relation::oid AS relation
		  FROM memreg.registered_table t
		UNION
		SELECT b.registered, i.inhrelid FROM pg_catalog.pg_inherits i JOIN below b ON i.inhparent = b.relation
	)
	SELECT b.registered, b.relation::regclass AS relation
	  FROM below b
	  JOIN pg_catalog.pg_class c ON c.oid = b.relation AND c.relkind IN ('r', 'p');
COMMENT ON VIEW memreg.registered_relation IS 'The tables of all registers, each with its partitions and children at any depth';

CREATE FUNCTION memreg.ancestors(relation regclass) RETURNS SETOF regclass
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE ancestor AS (
		SELECT i.inhparent AS oid FROM pg_inherits i WHERE i.inhrelid = relation
		UNION
		SELECT i.inhparent FROM pg_inherits i JOIN ancestor a ON i.inhrelid = a.oid
	)
	SELECT a.oid::regclass FROM ancestor a
$$;
REVOKE ALL ON FUNCTION memreg.ancestors(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.ancestors(regclass) IS 'The tables that the relation is a partition or child of, at any height';

-- Registering tables

CREATE FUNCTION memreg.require_subject_column(relation regclass, subject name, subject_type regtype) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	attribute pg_attribute;
BEGIN
	SELECT a.* INTO attribute FROM pg_attribute a
	 WHERE a.attrelid = relation AND a.attname = subject AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR033',
			MESSAGE = format('column %s of table %s does not exist', coalesce(quote_ident(subject), 'NULL'), relation),
			HINT = 'Name the column that holds the subject key; an expression will not do.';
	ELSIF attribute.atttypid <> subject_type THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR035',
			MESSAGE = format('column %s of table %s has type %s, but the register''s subjects have type %s',
							 quote_ident(subject), relation,
							 format_type(attribute.atttypid, attribute.atttypmod), subject_type),
			HINT = format('Change the column with ALTER TABLE %s ALTER COLUMN %I TYPE %s, or declare the register with the column''s type.',
						  relation, subject, subject_type);
	ELSIF EXISTS (SELECT FROM pg_collation c
				   WHERE c.oid = attribute.attcollation AND NOT c.collisdeterministic) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR035',
			MESSAGE = format('column %s of table %s takes different texts for equal', quote_ident(subject), relation),
			DETAIL = 'Its collation is nondeterministic, and a consent would bind only the rows that spell the subject alike.',
			HINT = 'Give the column a deterministic collation.';
	ELSIF attribute.attgenerated <> '' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR036',
			MESSAGE = format('column %s of table %s is generated', quote_ident(subject), relation),
			HINT = 'Name the column that the application itself writes the subject key to.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_subject_column(regclass, name, regtype) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_subject_column(regclass, name, regtype) IS
	'Fails unless the column can hold the register''s subject key';

CREATE FUNCTION memreg.lock_table(relation regclass, exclusive boolean) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_lock_table' LANGUAGE C STRICT;
REVOKE ALL ON FUNCTION memreg.lock_table(regclass, boolean) FROM PUBLIC;
COMMENT ON FUNCTION memreg.lock_table(regclass, boolean) IS
	'Locks a relation until the transaction ends, against DDL or against everybody; false: it was dropped meanwhile';

CREATE FUNCTION memreg.require_ordinary_table(relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	class pg_class;
BEGIN
	SELECT c.* INTO class FROM pg_class c WHERE c.oid = relation;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR030',
			MESSAGE = format('table %s does not exist', coalesce(relation::text, 'NULL')),
			HINT = 'Name an existing table.';
	ELSIF class.relkind NOT IN ('r', 'p') OR class.relpersistence = 't' OR class.relispartition
	   OR class.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'memreg'::regnamespace) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR032',
			MESSAGE = format('%s cannot belong to a register', relation),
			DETAIL = 'Registers hold ordinary and partitioned tables: no views, foreign or temporary tables, single partitions or tables of the system.',
			HINT = 'Add the table itself; a partition follows its parent.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_ordinary_table(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_ordinary_table(regclass) IS 'Fails unless the relation can belong to a register';

CREATE FUNCTION memreg.require_single_registration(relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relative regclass := (
		SELECT t.relation FROM memreg.registered_table t
		 WHERE t.relation <> require_single_registration.relation
		   AND (t.relation IN (SELECT memreg.descendants(require_single_registration.relation))
				OR t.relation IN (SELECT memreg.ancestors(require_single_registration.relation)))
		 LIMIT 1);
BEGIN
	IF relative IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR031',
			MESSAGE = format('table %s is registered already, and %s is its parent or child', relative, relation),
			HINT = 'Register the topmost table of an inheritance tree only; what is below it follows.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_single_registration(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_single_registration(regclass) IS
	'Fails if a partition, child or parent of the relation is registered itself';

CREATE FUNCTION memreg.add_table(
	register text,
	relation regclass,
	subject name,
	root boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_register memreg.register := memreg.require_register(register);
	present memreg.registered_table;
BEGIN
	PERFORM memreg.lock_table(relation, exclusive => false);
	PERFORM memreg.require_ordinary_table(relation);
	PERFORM memreg.require_subject_column(relation, subject, found_register.subject_type);

	SELECT t.* INTO present FROM memreg.registered_table t WHERE t.relation = add_table.relation;
	IF FOUND AND (present.register, present.subject, present.root)
			 IS NOT DISTINCT FROM (register, subject, coalesce(root, false)) THEN
		RAISE NOTICE 'table % belongs to register % already', relation, quote_ident(register);
		RETURN;
	ELSIF FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR031',
			MESSAGE = format('table %s already belongs to register %s with subject column %s',
							 relation, quote_ident(present.register), quote_ident(present.subject)),
			HINT = 'Take it out with memreg.remove_table first.';
	END IF;

	PERFORM memreg.require_single_registration(relation);
	INSERT INTO memreg.registered_table (relation, register, subject, root)
	VALUES (add_table.relation, add_table.register, add_table.subject, coalesce(add_table.root, false));
	IF root THEN
		PERFORM memreg.watch_root(relation);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.add_table(text, regclass, name, boolean) FROM PUBLIC;
COMMENT ON FUNCTION memreg.add_table(text, regclass, name, boolean) IS
	'Puts a table into a register: subject names the column with the subject key, root says that it has one row for each subject';

-- Access grants

CREATE FUNCTION memreg.require_role(role regrole) RETURNS name
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_role name := (SELECT r.rolname FROM pg_roles r WHERE r.oid = role);
BEGIN
	IF found_role IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR040',
			MESSAGE = format('role %s does not exist', coalesce(role::text, 'NULL')),
			HINT = 'Create it with CREATE ROLE; a grant to a role that is gone is a row of memreg.access_grant to delete.';
	END IF;
	RETURN found_role;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_role(regrole) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_role(regrole) IS 'The name of the role, or an error that says what to do';

CREATE FUNCTION memreg.grant_access(
	role regrole,
	register text,
	purpose text,
	until timestamptz DEFAULT NULL,
	decision text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	role_name name := memreg.require_role(role);
BEGIN
	PERFORM memreg.require_purpose(register, purpose);
	IF until <= now() THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR041',
			MESSAGE = 'an access grant cannot end in the past',
			HINT = 'Give a later time in until, or none; memreg.revoke_access ends a grant at once.';
	END IF;
	INSERT INTO memreg.access_grant (role, register, purpose, until, decision)
	VALUES (role_name, grant_access.register, grant_access.purpose, grant_access.until, grant_access.decision)
	ON CONFLICT ON CONSTRAINT access_grant_pkey DO UPDATE
		SET until = excluded.until, decision = excluded.decision,
			granted_by = excluded.granted_by, granted_at = excluded.granted_at;
END
$$;
REVOKE ALL ON FUNCTION memreg.grant_access(regrole, text, text, timestamptz, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.grant_access(regrole, text, text, timestamptz, text) IS
	'Lets a role and its members act for a purpose, until the time given; a second call replaces the first';

CREATE FUNCTION memreg.revoke_access(role regrole, register text, purpose text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	role_name name := memreg.require_role(role);
BEGIN
	PERFORM memreg.require_purpose(register, purpose);
	DELETE FROM memreg.access_grant g
	 WHERE g.role = role_name
	   AND g.register = revoke_access.register AND g.purpose = revoke_access.purpose;
	IF NOT FOUND THEN
		RAISE NOTICE 'role % had no access to register % for purpose %',
			role, quote_ident(register), quote_ident(purpose);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.revoke_access(regrole, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.revoke_access(regrole, text, text) IS
	'Takes a role''s access for a purpose back; its next statement is refused';

-- What is dropped or renamed in the application leaves nothing dangling here. The event triggers fire for every
-- command, as many besides ALTER TABLE and DROP TABLE take columns and tables with them, and in every session.

CREATE FUNCTION memreg.follow_rename() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'memreg_follow_rename' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.follow_rename() FROM PUBLIC;
COMMENT ON FUNCTION memreg.follow_rename() IS 'Event trigger: the registry follows renamed columns';
CREATE EVENT TRIGGER memreg_follow_rename ON ddl_command_end EXECUTE FUNCTION memreg.follow_rename();
ALTER EVENT TRIGGER memreg_follow_rename ENABLE ALWAYS;

CREATE VIEW memreg.dropped_table AS
	SELECT t.relation
	  FROM memreg.registered_table t
	 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
						WHERE a.attrelid = t.relation AND a.attname = t.subject AND NOT a.attisdropped);
COMMENT ON VIEW memreg.dropped_table IS 'Registered tables that are gone, or whose subject column is';

CREATE FUNCTION memreg.forget_dropped() RETURNS event_trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM memreg.dropped_table) THEN
		DELETE FROM memreg.registered_table t
		 USING memreg.dropped_table d
		 WHERE d.relation = t.relation;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_dropped() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_dropped() IS 'Event trigger: the registry forgets dropped tables and columns';
CREATE EVENT TRIGGER memreg_forget_dropped ON sql_drop EXECUTE FUNCTION memreg.forget_dropped();
ALTER EVENT TRIGGER memreg_forget_dropped ENABLE ALWAYS;
