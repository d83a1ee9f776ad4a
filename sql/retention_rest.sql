-- retention_rest: when rules rest, by pauses and by windows of time

CREATE TABLE memreg.retention_pause (
	rule_id int UNIQUE,
	paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	paused_by name NOT NULL DEFAULT session_user,
	reason text
);
CREATE UNIQUE INDEX retention_pause_all ON memreg.retention_pause ((true)) WHERE rule_id IS NULL;
SELECT pg_catalog.pg_extension_config_dump('memreg.retention_pause', '');
COMMENT ON TABLE memreg.retention_pause IS 'Which retention rules remove nothing for now';
COMMENT ON COLUMN memreg.retention_pause.rule_id IS 'Null: all of them';

CREATE TABLE memreg.retention_window (
	window_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	days int[] NOT NULL CHECK (days <> '{}' AND days <@ '{1,2,3,4,5,6,7}'::int[]),
	opens time NOT NULL,
	closes time NOT NULL CHECK (opens <> closes),
	time_zone text NOT NULL,
	UNIQUE (days, opens, closes, time_zone)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.retention_window', '');
SELECT pg_catalog.pg_extension_config_dump('memreg.retention_window_window_id_seq', '');
COMMENT ON TABLE memreg.retention_window IS 'When retention workers may remove rows; at any time if there is none';
COMMENT ON COLUMN memreg.retention_window.days IS 'On which it opens: 1 is Monday, 7 is Sunday';
COMMENT ON COLUMN memreg.retention_window.closes IS 'The next day, if that is before it opens';

-- A batch in progress holds a share lock on the table's rules, so this waits for it.
CREATE FUNCTION memreg.pause_retention(rule int DEFAULT NULL, reason text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF rule IS NOT NULL THEN
		PERFORM memreg.require_rule(rule);
	END IF;
	PERFORM FROM memreg.retention_rule r WHERE r.rule_id = rule OR rule IS NULL ORDER BY r.rule_id FOR NO KEY UPDATE;
	INSERT INTO memreg.retention_pause (rule_id, reason) VALUES (rule, pause_retention.reason) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE NOTICE 'retention is paused already';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.pause_retention(int, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.pause_retention(int, text) IS
	'Lets a retention rule, or all of them (null), remove nothing until memreg.resume_retention; a run ends before its next batch';

CREATE FUNCTION memreg.forget_pauses() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM memreg.retention_pause p
	 WHERE NOT EXISTS (SELECT FROM memreg.retention_rule r WHERE r.rule_id = p.rule_id) AND p.rule_id IS NOT NULL;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_pauses() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_pauses() IS 'Statement trigger: a rule''s pause goes with the rule';
CREATE TRIGGER forget_pauses AFTER DELETE OR TRUNCATE ON memreg.retention_rule
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.forget_pauses();

CREATE FUNCTION memreg.resume_retention(rule int DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF rule IS NOT NULL THEN
		PERFORM memreg.require_rule(rule);
	END IF;
	DELETE FROM memreg.retention_pause p WHERE p.rule_id IS NOT DISTINCT FROM rule;
	IF NOT FOUND THEN
		RAISE NOTICE 'retention is not paused';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.resume_retention(int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.resume_retention(int) IS
	'Takes back memreg.pause_retention of the same argument; a pause of all and one of a rule are two';

CREATE FUNCTION memreg.add_retention_window(days int[], opens time, closes time, time_zone text DEFAULT NULL) RETURNS int
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	zone text := coalesce(time_zone, current_setting('TimeZone'));
	ordered int[] := ARRAY(SELECT DISTINCT day FROM unnest(days) day ORDER BY day);
	new_window int;
BEGIN
	IF days IS NULL OR ordered = '{}' OR NOT ordered <@ '{1,2,3,4,5,6,7}'::int[] OR opens IS NULL OR closes IS NULL OR opens = closes THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR406',
			MESSAGE = 'that is no window of time',
			HINT = 'Give days from 1, Monday, to 7, Sunday, and two different times, as in memreg.add_retention_window(''{6,7}'', ''22:00'', ''06:00'').';
	END IF;
	PERFORM now() AT TIME ZONE zone;
	INSERT INTO memreg.retention_window AS w (days, opens, closes, time_zone)
	VALUES (ordered, add_retention_window.opens, add_retention_window.closes, zone)
		ON CONFLICT ON CONSTRAINT retention_window_days_opens_closes_time_zone_key DO UPDATE SET days = w.days
	RETURNING w.window_id INTO new_window;
	RETURN new_window;
END
$$;
REVOKE ALL ON FUNCTION memreg.add_retention_window(int[], time, time, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.add_retention_window(int[], time, time, text) IS
	'From now on retention workers remove rows in this window of time, and in others added, only; returns its number';

CREATE FUNCTION memreg.remove_retention_window("window" int) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM memreg.retention_window w WHERE w.window_id = "window";
	IF NOT FOUND THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR407',
			MESSAGE = format('retention window %s does not exist', coalesce("window"::text, 'NULL')),
			HINT = 'The table memreg.retention_window lists those that exist.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.remove_retention_window(int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.remove_retention_window(int) IS 'Takes a window back; when the last is gone, workers work at any time';

CREATE FUNCTION memreg.retention_is_open(at timestamptz DEFAULT clock_timestamp()) RETURNS boolean
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT NOT EXISTS (SELECT FROM memreg.retention_window)
		OR EXISTS (
			SELECT FROM memreg.retention_window w,
				   LATERAL (SELECT (retention_is_open.at AT TIME ZONE w.time_zone)) l(local),
				   LATERAL (SELECT l.local::date, l.local::time) t(day, clock)
			 WHERE CASE WHEN w.opens < w.closes
						THEN extract(isodow FROM t.day)::int = ANY (w.days) AND t.clock >= w.opens AND t.clock < w.closes
						ELSE extract(isodow FROM t.day)::int = ANY (w.days) AND t.clock >= w.opens
							 OR extract(isodow FROM t.day - 1)::int = ANY (w.days) AND t.clock < w.closes END)
$$;
REVOKE ALL ON FUNCTION memreg.retention_is_open(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.retention_is_open(timestamptz) TO pg_monitor;
COMMENT ON FUNCTION memreg.retention_is_open(timestamptz) IS 'Whether retention workers may remove rows at that time';

CREATE FUNCTION memreg.rule_is_paused(rule int) RETURNS boolean
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM memreg.retention_pause p WHERE p.rule_id = rule OR p.rule_id IS NULL)
$$;
REVOKE ALL ON FUNCTION memreg.rule_is_paused(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.rule_is_paused(int) TO pg_monitor;
COMMENT ON FUNCTION memreg.rule_is_paused(int) IS 'Whether a retention rule removes nothing for now, by a pause of its own or of all';
