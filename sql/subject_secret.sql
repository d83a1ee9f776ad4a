-- subject_secret: pseudonyms of subjects, which end with the subject

CREATE TABLE memreg.subject_secret (
	register_id int NOT NULL,
	subject text COLLATE "C" NOT NULL,
	wrapped_secret bytea NOT NULL,
	made_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (register_id, subject)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.subject_secret', '');
SELECT memreg.refer('memreg.subject_secret', 'memreg.register', 'register_id');
COMMENT ON TABLE memreg.subject_secret IS
	'The random secret of each subject that has a pseudonym of its own, encrypted under the key of the register''s scope; gone with the subject';
COMMENT ON COLUMN memreg.subject_secret.subject IS 'Subject key; in a column of its own so that it can be redacted';

CREATE FUNCTION memreg.make_register_scope(register_id int) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name text := (SELECT r.register || '/' FROM memreg.register r WHERE r.register_id = make_register_scope.register_id);
BEGIN
	-- A register that was renamed leaves its name to another.
	IF EXISTS (SELECT FROM memreg.scope s WHERE s.scope = name AND s.register_id <> make_register_scope.register_id) THEN
		name := name || '/' || make_register_scope.register_id;
	END IF;
	PERFORM memreg.add_scope(name, 'Secrets of the register''s subjects', NULL, NULL, register_id);
END
$$;
REVOKE ALL ON FUNCTION memreg.make_register_scope(int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.make_register_scope(int) IS
	'Makes the scope under whose key the secrets of a register''s subjects are encrypted, unless there is one';

CREATE FUNCTION memreg.forget_subject() RETURNS trigger
	AS 'MODULE_PATHNAME', 'memreg_forget_subject' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.forget_subject() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_subject() IS
	'Trigger of root tables: a subject''s secret and nickname go with its row';

CREATE FUNCTION memreg.watch_root(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	subject name := (memreg.require_table(relation)).subject;
BEGIN
	PERFORM memreg.unwatch_root(relation);
	EXECUTE format('CREATE TRIGGER memreg_forget_subject AFTER DELETE ON %s'
				   ' FOR EACH ROW EXECUTE FUNCTION memreg.forget_subject()', relation);
	-- Not UPDATE OF the key: a trigger before it can change the key in any update.
	EXECUTE format('CREATE TRIGGER memreg_forget_key AFTER UPDATE ON %1$s FOR EACH ROW'
				   ' WHEN (OLD.%2$I IS DISTINCT FROM NEW.%2$I) EXECUTE FUNCTION memreg.forget_subject()', relation, subject);
	EXECUTE format('CREATE TRIGGER memreg_forget_subjects AFTER TRUNCATE ON %s'
				   ' FOR EACH STATEMENT EXECUTE FUNCTION memreg.forget_subject()', relation);
	EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER memreg_forget_subject, ENABLE ALWAYS TRIGGER memreg_forget_key,'
				   ' ENABLE ALWAYS TRIGGER memreg_forget_subjects', relation);
END
$$;
REVOKE ALL ON FUNCTION memreg.watch_root(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.watch_root(regclass) IS
	'Lets the secrets of subjects go with the rows of a root table';

CREATE FUNCTION memreg.unwatch_root(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	trigger_name name;
BEGIN
	FOR trigger_name IN
		SELECT t.tgname FROM pg_trigger t
		 WHERE t.tgrelid = relation AND t.tgparentid = 0 AND t.tgfoid = 'memreg.forget_subject'::regproc
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', trigger_name, relation);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION memreg.unwatch_root(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.unwatch_root(regclass) IS 'Takes back what memreg.watch_root did';

DO $do$
DECLARE
	key text;
BEGIN
	FOREACH key IN ARRAY '{bigint,uuid,text}'::text[] LOOP
		EXECUTE format($sql$
			CREATE FUNCTION memreg.subject_pseudonym(scope text, register text, subject %1$s) RETURNS uuid
				AS 'MODULE_PATHNAME', 'memreg_subject_pseudonym' LANGUAGE C VOLATILE STRICT COST 100;
			GRANT EXECUTE ON FUNCTION memreg.subject_pseudonym(text, text, %1$s) TO PUBLIC;
			COMMENT ON FUNCTION memreg.subject_pseudonym(text, text, %1$s) IS
				'Pseudonym of a subject in a scope as a uuid of version 8 (RFC 9562), made of the subject''s random secret: gone with the subject';

			CREATE FUNCTION memreg.forget_subject_secret(register text, subject %1$s) RETURNS boolean
				AS 'MODULE_PATHNAME', 'memreg_forget_subject_secret' LANGUAGE C VOLATILE STRICT;
			REVOKE ALL ON FUNCTION memreg.forget_subject_secret(text, %1$s) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.forget_subject_secret(text, %1$s) IS
				'Forgets a subject''s secret: its pseudonyms of before can no longer be linked, and new ones are others; false: it had none';
		$sql$, key);
	END LOOP;
END
$do$;
