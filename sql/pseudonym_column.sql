-- pseudonym_column: columns that hold the pseudonyms of another column, for joins and searches

CREATE TABLE memreg.pseudonym_column (
	relation regclass NOT NULL,
	target name NOT NULL,
	source name NOT NULL,
	scope text NOT NULL,
	version int NOT NULL,
	filled_at timestamptz,
	added_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (relation, target)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.pseudonym_column', '');
SELECT memreg.announce_changes_of('memreg.pseudonym_column'::regclass);
SELECT memreg.refer('memreg.pseudonym_column', 'memreg.scope', 'scope');
COMMENT ON TABLE memreg.pseudonym_column IS
	'Columns that hold the pseudonym of another column of the same row; a trigger keeps them';
COMMENT ON COLUMN memreg.pseudonym_column.version IS 'The version of the scope''s key that rows are written with';
COMMENT ON COLUMN memreg.pseudonym_column.filled_at IS
	'Since when all rows have pseudonyms of that version; null until memreg.refresh_pseudonyms has gone through them';

CREATE FUNCTION memreg.keep_pseudonyms() RETURNS trigger
	AS 'MODULE_PATHNAME', 'memreg_keep_pseudonyms' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.keep_pseudonyms() FROM PUBLIC;
COMMENT ON FUNCTION memreg.keep_pseudonyms() IS 'Row trigger: computes the pseudonym columns of the table';

CREATE FUNCTION memreg.pseudonym_type(source regtype, target regtype) RETURNS regtype
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN source IN ('text'::regtype, 'varchar'::regtype) AND coalesce(target, 'text') IN ('text'::regtype, 'uuid'::regtype)
			THEN coalesce(target, 'text')
		WHEN source IN ('uuid'::regtype, 'bigint'::regtype) AND coalesce(target, source) = source THEN source
	END
$$;
REVOKE ALL ON FUNCTION memreg.pseudonym_type(regtype, regtype) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_type(regtype, regtype) IS
	'The type of a pseudonym column for a source of a type: the target''s, or that of a new one; NULL if they do not suit';

CREATE FUNCTION memreg.add_pseudonym_column(relation regclass, source name, scope text, target name DEFAULT NULL) RETURNS name
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	used memreg.scope;
	target_name name := coalesce(target, left(source, 63 - length('_pseudonym')) || '_pseudonym');
	from_column pg_attribute;
	to_column pg_attribute;
	type regtype;
	present memreg.pseudonym_column;
BEGIN
	PERFORM memreg.lock_table(relation, exclusive => true);
	PERFORM memreg.require_ordinary_table(relation);
	used := memreg.require_living_scope(scope);
	SELECT a.* INTO from_column FROM pg_attribute a
	 WHERE a.attrelid = relation AND a.attname = source AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR033',
			MESSAGE = format('table %s has no column %s', relation, coalesce(quote_ident(source), 'NULL')),
			HINT = 'Name the column whose pseudonyms are to be stored.';
	END IF;

	SELECT c.* INTO present FROM memreg.pseudonym_column c
	 WHERE c.relation = add_pseudonym_column.relation AND c.target = target_name;
	IF FOUND AND (present.source, present.scope) = (add_pseudonym_column.source, add_pseudonym_column.scope) THEN
		RAISE NOTICE 'column % of table % holds these pseudonyms already', quote_ident(target_name), relation;
		RETURN target_name;
	ELSIF FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR142',
			MESSAGE = format('column %I of table %s holds pseudonyms of column %I in scope %I',
							 target_name, relation, present.source, present.scope),
			HINT = 'Call memreg.remove_pseudonym_column first, or give another name in target.';
	END IF;

	SELECT a.* INTO to_column FROM pg_attribute a
	 WHERE a.attrelid = relation AND a.attname = target_name AND NOT a.attisdropped;
	type := memreg.pseudonym_type(from_column.atttypid, to_column.atttypid);
	IF type IS NULL OR target_name = source OR from_column.attgenerated <> '' OR coalesce(to_column.attgenerated, '') <> ''
	   OR coalesce(to_column.attnum, 1) < 0 THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR141',
			MESSAGE = format('column %I of table %s cannot hold pseudonyms of column %I', target_name, relation, source),
			DETAIL = 'text and varchar have pseudonyms of type text or uuid, uuid and bigint of their own type; neither column is generated.',
			HINT = 'Choose another column, or let memreg add one of the right type.';
	ELSIF to_column IS NULL THEN
		EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', relation, target_name, type);
	END IF;

	INSERT INTO memreg.pseudonym_column (relation, target, source, scope, version)
	VALUES (add_pseudonym_column.relation, target_name, add_pseudonym_column.source, add_pseudonym_column.scope, used.version);
	PERFORM memreg.make_pseudonym_trigger(relation);
	RAISE NOTICE 'rows that are written from now on have pseudonyms'
		USING HINT = format('For those that are there already: CALL memreg.refresh_pseudonyms(%L)', relation);
	RETURN target_name;
END
$$;
REVOKE ALL ON FUNCTION memreg.add_pseudonym_column(regclass, name, text, name) FROM PUBLIC;
COMMENT ON FUNCTION memreg.add_pseudonym_column(regclass, name, text, name) IS
	'Lets a column hold the pseudonym of another one in a scope, adding the column if need be; returns its name';

-- The last of the BEFORE triggers, which run in the order of their names: what others make of the source counts.
CREATE FUNCTION memreg.make_pseudonym_trigger(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_trigger t
					WHERE t.tgrelid = relation AND t.tgfoid = 'memreg.keep_pseudonyms'::regproc) THEN
		EXECUTE format('CREATE TRIGGER "~memreg_keep_pseudonyms" BEFORE INSERT OR UPDATE ON %s'
					   ' FOR EACH ROW EXECUTE FUNCTION memreg.keep_pseudonyms()', relation);
		EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "~memreg_keep_pseudonyms"', relation);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.make_pseudonym_trigger(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.make_pseudonym_trigger(regclass) IS 'Makes the trigger that keeps a table''s pseudonym columns';

CREATE FUNCTION memreg.remove_pseudonym_column(relation regclass, target name) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	trigger_name name;
BEGIN
	PERFORM memreg.lock_table(relation, exclusive => true);
	DELETE FROM memreg.pseudonym_column c
	 WHERE c.relation = remove_pseudonym_column.relation AND c.target = remove_pseudonym_column.target;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR140',
			MESSAGE = format('table %s has no pseudonym column %s', coalesce(relation::text, 'NULL'), coalesce(quote_ident(target), 'NULL')),
			HINT = 'The table memreg.pseudonym_column lists them.';
	END IF;
	FOR trigger_name IN
		SELECT t.tgname FROM pg_trigger t
		 WHERE t.tgrelid = relation AND t.tgparentid = 0 AND t.tgfoid = 'memreg.keep_pseudonyms'::regproc
		   AND NOT EXISTS (SELECT FROM memreg.pseudonym_column c WHERE c.relation = remove_pseudonym_column.relation)
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', trigger_name, relation);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION memreg.remove_pseudonym_column(regclass, name) FROM PUBLIC;
COMMENT ON FUNCTION memreg.remove_pseudonym_column(regclass, name) IS
	'Keeps a pseudonym column no longer; the column stays as it is';

CREATE PROCEDURE memreg.refresh_pseudonyms(relation regclass)
	AS 'MODULE_PATHNAME', 'memreg_refresh_pseudonyms' LANGUAGE C;
REVOKE ALL ON PROCEDURE memreg.refresh_pseudonyms(regclass) FROM PUBLIC;
COMMENT ON PROCEDURE memreg.refresh_pseudonyms(regclass) IS
	'Gives all rows of a table the pseudonyms of the version in use, in small transactions; may be called again if it was broken off';

-- What the columns of a dropped table or column leave behind.

CREATE FUNCTION memreg.follow_pseudonym_column() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'memreg_follow_pseudonym_column' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.follow_pseudonym_column() FROM PUBLIC;
COMMENT ON FUNCTION memreg.follow_pseudonym_column() IS 'Event trigger: pseudonym columns follow renamed columns';
CREATE EVENT TRIGGER memreg_follow_pseudonym_column ON ddl_command_end EXECUTE FUNCTION memreg.follow_pseudonym_column();
ALTER EVENT TRIGGER memreg_follow_pseudonym_column ENABLE ALWAYS;

CREATE FUNCTION memreg.forget_pseudonym_column() RETURNS event_trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM memreg.pseudonym_column c
	 WHERE (SELECT count(*) FROM pg_attribute a
			 WHERE a.attrelid = c.relation AND a.attname IN (c.source, c.target) AND NOT a.attisdropped) < 2;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_pseudonym_column() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_pseudonym_column() IS 'Event trigger: a pseudonym column goes with its table, its source or itself';
CREATE EVENT TRIGGER memreg_forget_pseudonym_column ON sql_drop EXECUTE FUNCTION memreg.forget_pseudonym_column();
ALTER EVENT TRIGGER memreg_forget_pseudonym_column ENABLE ALWAYS;

-- Of one version, for what is stored.

CREATE FUNCTION memreg.pseudonym_of_version(scope text, version int, value text) RETURNS text
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_of_version' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION memreg.pseudonym_of_version(text, int, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_of_version(text, int, text) IS
	'As memreg.pseudonym, under one version of the scope''s key';

CREATE FUNCTION memreg.pseudonym_uuid_of_version(scope text, version int, value text) RETURNS uuid
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_uuid_of_version' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION memreg.pseudonym_uuid_of_version(text, int, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_uuid_of_version(text, int, text) IS
	'As memreg.pseudonym_uuid, under one version of the scope''s key';

CREATE FUNCTION memreg.pseudonym_uuid_of_version(scope text, version int, value uuid) RETURNS uuid
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_uuid_of_key_of_version' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION memreg.pseudonym_uuid_of_version(text, int, uuid) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_uuid_of_version(text, int, uuid) IS
	'As memreg.pseudonym_uuid, under one version of the scope''s key';

CREATE FUNCTION memreg.pseudonym_bigint_of_version(scope text, version int, value bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'memreg_pseudonym_bigint_of_version' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION memreg.pseudonym_bigint_of_version(text, int, bigint) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pseudonym_bigint_of_version(text, int, bigint) IS
	'As memreg.pseudonym_bigint, under one version of the scope''s key';
