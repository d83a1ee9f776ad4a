-- core: the schema and what every module hangs on

-- What somebody put into the schema in advance would run with our rights, and its owner would be in charge of it.
DO $$
BEGIN
	IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
			 WHERE n.nspname = 'memreg')
	   OR EXISTS (SELECT FROM pg_catalog.pg_depend d
				   WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass
					 AND d.refobjid = 'memreg'::regnamespace
					 AND d.classid <> 'pg_catalog.pg_extension'::regclass) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR002',
			MESSAGE = 'schema memreg is not empty or does not belong to a superuser',
			HINT = 'Drop or rename that schema; CREATE EXTENSION makes its own.';
	END IF;
END
$$;

COMMENT ON SCHEMA memreg IS 'Personal-data registers whose promises the database keeps';
GRANT USAGE ON SCHEMA memreg TO PUBLIC;

CREATE TABLE memreg.proxy ();
COMMENT ON TABLE memreg.proxy IS
	'Holds nothing and is read by nobody: its invalidation tells every backend that the registry has changed';

-- On each table of the registry, so that changes by hand, restores and logical apply are noticed too.
CREATE FUNCTION memreg.announce_change() RETURNS trigger
	AS 'MODULE_PATHNAME', 'memreg_announce_change' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.announce_change() FROM PUBLIC;
COMMENT ON FUNCTION memreg.announce_change() IS
	'Statement trigger: tells every backend, at commit, that the registry has changed';

CREATE FUNCTION memreg.announce_changes_of(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER announce_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s'
				   ' FOR EACH STATEMENT EXECUTE FUNCTION memreg.announce_change()', relation);
	EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER announce_change', relation);
END
$$;
REVOKE ALL ON FUNCTION memreg.announce_changes_of(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.announce_changes_of(regclass) IS
	'For the install script: makes a table of memreg announce its changes';

CREATE FUNCTION memreg.require_preload() RETURNS void
	AS 'MODULE_PATHNAME', 'memreg_require_preload' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.require_preload() FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_preload() IS
	'Fails, with the line to add to which file, unless the server loaded memreg at its start';

-- Ledgers: tables of what happened, which are only ever appended to.

CREATE FUNCTION memreg.refuse_ledger_change() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION USING
		ERRCODE = 'MR201',
		MESSAGE = format('table %s.%s is append-only', quote_ident(TG_TABLE_SCHEMA), quote_ident(TG_TABLE_NAME)),
		HINT = format('Record what happened now with %s.',
					  (SELECT string_agg('memreg.' || f, ' or ' ORDER BY n) FROM unnest(TG_ARGV) WITH ORDINALITY a (f, n)));
END
$$;
REVOKE ALL ON FUNCTION memreg.refuse_ledger_change() FROM PUBLIC;
COMMENT ON FUNCTION memreg.refuse_ledger_change() IS 'Statement trigger: a ledger is neither changed nor shortened';

CREATE FUNCTION memreg.append_only(ledger regclass, VARIADIC recorders name[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s'
				   ' FOR EACH STATEMENT EXECUTE FUNCTION memreg.refuse_ledger_change(%s)', ledger,
				   (SELECT string_agg(quote_literal(r), ', ' ORDER BY n) FROM unnest(recorders) WITH ORDINALITY a (r, n)));
	EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', ledger);
END
$$;
REVOKE ALL ON FUNCTION memreg.append_only(regclass, name[]) FROM PUBLIC;
COMMENT ON FUNCTION memreg.append_only(regclass, name[]) IS
	'For the install script: a ledger that these functions record in is neither changed nor shortened';
