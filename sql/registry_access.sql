-- registry_access: who may work for which purpose, and what becomes of the registry when the application changes

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
