-- policy_interface: views that show protected tables in their own words

-- Official interfaces

CREATE TABLE memreg.declared_view (
	view regclass PRIMARY KEY,
	definition text NOT NULL,
	decision text,
	declared_by name NOT NULL DEFAULT session_user,
	declared_at timestamptz NOT NULL DEFAULT now()
);
SELECT pg_catalog.pg_extension_config_dump('memreg.declared_view', '');
SELECT memreg.announce_changes_of('memreg.declared_view'::regclass);
COMMENT ON TABLE memreg.declared_view IS
	'Views of privileged owners that may show protected tables in their own words, to whoever may act for the session''s purpose';
COMMENT ON COLUMN memreg.declared_view.definition IS 'Owner, options and query of the view as it was declared; one that has become another is refused';

-- Written alike whatever the session's settings are.
CREATE FUNCTION memreg.view_definition(view regclass) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
	SET datestyle = 'ISO, YMD' SET intervalstyle = 'postgres' SET timezone = 'UTC' SET bytea_output = 'hex'
	SET extra_float_digits = 1 SET lc_monetary = 'C' AS $$
	SELECT concat_ws(E'\n', 'owner ' || quote_ident(pg_get_userbyid(c.relowner)),
					 'options ' || (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(c.reloptions) o),
					 'rules ' || (SELECT string_agg(w.rulename, ', ' ORDER BY w.rulename) FROM pg_rewrite w WHERE w.ev_class = c.oid),
					 pg_get_viewdef(c.oid))
	  FROM pg_class c WHERE c.oid = view
$$;
REVOKE ALL ON FUNCTION memreg.view_definition(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.view_definition(regclass) IS
	'What a view is: owner, options, rules and query, with names in full; its own name is no part of it';

CREATE FUNCTION memreg.require_suitable_view(view regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	class pg_class;
	options jsonb;
	reason text;
	advice text;
BEGIN
	SELECT c.* INTO class FROM pg_class c WHERE c.oid = view AND c.relkind = 'v';
	options := (SELECT jsonb_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(class.reloptions) o);
	IF class.oid IS NULL THEN
		reason := format('%s is not a view', coalesce(view::text, 'NULL'));
		advice := 'Name a view; a materialized view is a copy, which its privileges alone protect.';
	ELSIF NOT coalesce((options->>'security_barrier')::boolean, false) THEN
		reason := format('view %s is no security barrier, so functions of whoever queries it could see rows that it does not show', view);
		advice := format('ALTER VIEW %s SET (security_barrier).', view);
	ELSIF coalesce((options->>'security_invoker')::boolean, false) THEN
		reason := format('view %s reads with the rights of whoever queries it, and so shows what that role may see', view);
		advice := 'It needs no declaration.';
	ELSIF NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = class.relowner AND (r.rolsuper OR r.rolbypassrls)) THEN
		reason := format('the owner of view %s is bound by row security, and so is the view', view);
		advice := 'It needs no declaration; give it an owner who bypasses row security if it is to show what no purpose sees.';
	ELSIF EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = view AND w.rulename <> '_RETURN') THEN
		reason := format('view %s has further rules', view);
		advice := 'Drop them: an interface is for reading.';
	ELSE
		RETURN;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'MR331', MESSAGE = reason, HINT = advice;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_suitable_view(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_suitable_view(regclass) IS 'Fails unless the view can be declared an official interface';

CREATE FUNCTION memreg.declare_view(view regclass, decision text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM memreg.lock_table(view, exclusive => false);
	PERFORM memreg.require_suitable_view(view);
	INSERT INTO memreg.declared_view (view, definition, decision)
	VALUES (declare_view.view, memreg.view_definition(declare_view.view), declare_view.decision)
	ON CONFLICT ON CONSTRAINT declared_view_pkey DO UPDATE
		SET definition = excluded.definition, decision = excluded.decision,
			declared_by = excluded.declared_by, declared_at = excluded.declared_at;
END
$$;
REVOKE ALL ON FUNCTION memreg.declare_view(regclass, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.declare_view(regclass, text) IS
	'Declares a view, as it is now, an official interface: what it reads with its owner''s rights it shows in its own words. Call it again once the view has changed';

CREATE FUNCTION memreg.withdraw_view(view regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM memreg.declared_view d WHERE d.view = withdraw_view.view;
	IF NOT FOUND THEN
		RAISE NOTICE 'view % was not declared', view;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.withdraw_view(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.withdraw_view(regclass) IS
	'Takes the declaration of a view back; its next use is refused where it reads with a privileged owner''s rights';

CREATE FUNCTION memreg.forget_dropped_view() RETURNS event_trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM memreg.declared_view d WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = d.view)) THEN
		DELETE FROM memreg.declared_view d WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = d.view);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_dropped_view() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_dropped_view() IS 'Event trigger: a dropped view is not declared any more, nor is another of its name';
CREATE EVENT TRIGGER memreg_forget_dropped_view ON sql_drop EXECUTE FUNCTION memreg.forget_dropped_view();
ALTER EVENT TRIGGER memreg_forget_dropped_view ENABLE ALWAYS;
