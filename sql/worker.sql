-- worker: what the retention launcher knows of the databases

CREATE FUNCTION memreg.note_retention_change() RETURNS trigger
	AS 'MODULE_PATHNAME', 'memreg_note_retention_change' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.note_retention_change() FROM PUBLIC;
COMMENT ON FUNCTION memreg.note_retention_change() IS
	'Statement trigger: tells the retention launcher, at commit, that a worker may have something to do here';

CREATE TRIGGER note_retention_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON memreg.retention_rule
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.note_retention_change();
ALTER TABLE memreg.retention_rule ENABLE ALWAYS TRIGGER note_retention_change;
CREATE TRIGGER note_retention_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON memreg.retention_state
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.note_retention_change();
ALTER TABLE memreg.retention_state ENABLE ALWAYS TRIGGER note_retention_change;
CREATE TRIGGER note_retention_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON memreg.retention_pause
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.note_retention_change();
ALTER TABLE memreg.retention_pause ENABLE ALWAYS TRIGGER note_retention_change;
CREATE TRIGGER note_retention_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON memreg.retention_window
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.note_retention_change();
ALTER TABLE memreg.retention_window ENABLE ALWAYS TRIGGER note_retention_change;

-- Where a clock is put forward over it, a window opens earlier than this says;
-- a worker that comes for another reason finds it open all the same.
CREATE FUNCTION memreg.next_retention_opening() RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN memreg.retention_is_open() THEN now() ELSE (
		SELECT min(o.at)
		  FROM memreg.retention_window w, generate_series(0, 8) later,
			   LATERAL (SELECT (now() AT TIME ZONE w.time_zone)::date + later) d(day),
			   LATERAL (SELECT (d.day + w.opens) AT TIME ZONE w.time_zone) o(at)
		 WHERE o.at > now() AND extract(isodow FROM d.day)::int = ANY (w.days)) END
$$;
REVOKE ALL ON FUNCTION memreg.next_retention_opening() FROM PUBLIC;
COMMENT ON FUNCTION memreg.next_retention_opening() IS
	'When retention workers may remove rows next: now, or when the next window opens';

CREATE FUNCTION memreg.next_retention_work() RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN EXISTS (SELECT FROM memreg.retention_rule r
					  WHERE NOT EXISTS (SELECT FROM memreg.retention_state s WHERE s.rule_id = r.rule_id))
		THEN now()
		ELSE (SELECT greatest(min(s.next_attempt_at), memreg.next_retention_opening())
				FROM memreg.retention_state s
			   WHERE NOT EXISTS (SELECT FROM memreg.retention_pause p WHERE p.rule_id = s.rule_id OR p.rule_id IS NULL)
			  HAVING count(*) > 0) END
$$;
REVOKE ALL ON FUNCTION memreg.next_retention_work() FROM PUBLIC;
COMMENT ON FUNCTION memreg.next_retention_work() IS
	'When a retention worker will next find something to do in this database; null: never, as things are';

CREATE FUNCTION memreg.retention_databases(
	OUT database oid, OUT looked_at timestamptz, OUT next_look_at timestamptz, OUT worker int, OUT workers_started bigint,
	OUT failures int) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'memreg_retention_databases' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.retention_databases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.retention_databases() TO pg_monitor;
COMMENT ON FUNCTION memreg.retention_databases() IS
	'What the retention launcher knows of each database of the server; nothing without one';

CREATE VIEW memreg.retention_database AS
	SELECT d.datname AS database, r.looked_at,
		   CASE WHEN r.worker IS NULL THEN r.next_look_at END AS next_look_at, r.worker, r.workers_started, r.failures
	  FROM memreg.retention_databases() r
	  JOIN pg_database d ON d.oid = r.database;
GRANT SELECT ON memreg.retention_database TO pg_monitor;
COMMENT ON VIEW memreg.retention_database IS
	'When did a retention worker look into each database of this server, when will the next one, and is one at work?';
