-- anonymize: retention actions that change rows instead of removing them

CREATE TABLE memreg.anonymous_subject (
	relation regclass NOT NULL,
	key text COLLATE "C" NOT NULL,
	register_id int NOT NULL,
	PRIMARY KEY (key, relation)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.anonymous_subject', '');
SELECT memreg.refer('memreg.anonymous_subject', 'memreg.register', 'register_id');
COMMENT ON TABLE memreg.anonymous_subject IS
	'One-time keys of anonymous rows whose subject column cannot be null; whose rows they were is written nowhere';
COMMENT ON COLUMN memreg.anonymous_subject.relation IS 'The registered table whose rows with that key are anonymous';

CREATE FUNCTION memreg.require_change(relation regclass, action text, category text) RETURNS void
	AS 'MODULE_PATHNAME', 'memreg_require_change' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.require_change(regclass, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_change(regclass, text, text) IS
	'Fails unless the retention action, if it changes rows, can be done to a table, its partitions and children';

CREATE FUNCTION memreg.forget_anonymous_subjects() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM memreg.anonymous_subject a
	 WHERE NOT EXISTS (SELECT FROM memreg.registered_table t WHERE t.relation = a.relation);
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_anonymous_subjects() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_anonymous_subjects() IS 'Statement trigger: the one-time keys of a table go with its registration';
CREATE TRIGGER forget_anonymous_subjects AFTER DELETE OR TRUNCATE ON memreg.registered_table
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.forget_anonymous_subjects();
