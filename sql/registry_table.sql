-- registry_table: the tables of registers

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
