-- activity: when subjects were last active, and when they left, for terms that run from that

-- One row for each subject and event, which whoever changes the event changes: so a lock of it keeps the event as it is.
-- An activity's time is coarse and never too early: what happens until then is covered by it. src/retention/activity.c
-- says how; so a row is written once an interval, and that the index on the time is in the way of HOT matters little.
CREATE TABLE memreg.subject_event (
	register_id int NOT NULL,
	event text COLLATE "C" NOT NULL CHECK (event IN ('activity', 'leaving')),
	subject text COLLATE "C" NOT NULL,
	at timestamptz NOT NULL,
	PRIMARY KEY (subject, register_id, event)
);
CREATE INDEX subject_event_at ON memreg.subject_event (register_id, event, at, subject);
SELECT pg_catalog.pg_extension_config_dump('memreg.subject_event', '');
SELECT memreg.refer('memreg.subject_event', 'memreg.register', 'register_id');
COMMENT ON TABLE memreg.subject_event IS 'When subjects were last active, and when they left';
COMMENT ON COLUMN memreg.subject_event.at IS
	'leaving: when the subject left; activity: no earlier than the last activity, and later by less than the interval of noting';

-- A consent that has ended, in the order in which its term passes.
CREATE INDEX consent_state_ended ON memreg.consent_state
	(purpose_id, (CASE WHEN granted THEN expires_at ELSE changed_at END), subject)
	WHERE NOT granted OR expires_at IS NOT NULL;

CREATE VIEW memreg.last_activity AS
	SELECT r.register, e.subject, e.at AS not_after
	  FROM memreg.subject_event e
	  JOIN memreg.register r USING (register_id)
	 WHERE e.event = 'activity';
COMMENT ON VIEW memreg.last_activity IS
	'When was each subject last active, at the latest? It names subjects, so nobody sees it but whom you grant it to';

CREATE VIEW memreg.leaving AS
	SELECT r.register, e.subject, e.at AS left_at
	  FROM memreg.subject_event e
	  JOIN memreg.register r USING (register_id)
	 WHERE e.event = 'leaving';
COMMENT ON VIEW memreg.leaving IS
	'Who left when? It names subjects, so nobody sees it but whom you grant it to';

-- Backends remember which activities are stored; whoever takes one back makes them forget it.
CREATE FUNCTION memreg.forget_seen_activity() RETURNS trigger
	AS 'MODULE_PATHNAME', 'memreg_forget_seen_activity' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.forget_seen_activity() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_seen_activity() IS
	'Trigger: tells every backend, at commit, that activities were deleted or made earlier';
CREATE TRIGGER forget_seen AFTER DELETE ON memreg.subject_event
	FOR EACH ROW WHEN (OLD.event = 'activity') EXECUTE FUNCTION memreg.forget_seen_activity();
CREATE TRIGGER forget_seen_change AFTER UPDATE ON memreg.subject_event
	FOR EACH ROW WHEN (OLD.event = 'activity' AND (NEW.at < OLD.at OR NEW.register_id <> OLD.register_id
					   OR NEW.event <> OLD.event OR NEW.subject <> OLD.subject))
	EXECUTE FUNCTION memreg.forget_seen_activity();
CREATE TRIGGER forget_seen_all AFTER TRUNCATE ON memreg.subject_event
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.forget_seen_activity();
ALTER TABLE memreg.subject_event ENABLE ALWAYS TRIGGER forget_seen, ENABLE ALWAYS TRIGGER forget_seen_change,
	ENABLE ALWAYS TRIGGER forget_seen_all;

-- A subscription may bring events beside the rows that note them here too.
CREATE FUNCTION memreg.merge_replicated_event() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		NEW.at := CASE NEW.event WHEN 'activity' THEN greatest(NEW.at, OLD.at) ELSE NEW.at END;
		RETURN NEW;
	END IF;
	UPDATE memreg.subject_event e
	   SET at = CASE NEW.event WHEN 'activity' THEN greatest(NEW.at, e.at) ELSE NEW.at END
	 WHERE (e.register_id, e.event, e.subject) = (NEW.register_id, NEW.event, NEW.subject);
	RETURN CASE WHEN FOUND THEN NULL ELSE NEW END;
END
$$;
REVOKE ALL ON FUNCTION memreg.merge_replicated_event() FROM PUBLIC;
COMMENT ON FUNCTION memreg.merge_replicated_event() IS
	'Trigger: of an activity that is known here and one that a subscription brings, the later one counts';
CREATE TRIGGER merge_replicated BEFORE INSERT OR UPDATE ON memreg.subject_event
	FOR EACH ROW EXECUTE FUNCTION memreg.merge_replicated_event();
ALTER TABLE memreg.subject_event ENABLE REPLICA TRIGGER merge_replicated;

-- Tables whose rows tell of activity

CREATE TABLE memreg.activity_source (
	relation regclass PRIMARY KEY,
	at name,
	every interval,
	time_zone text NOT NULL,
	added_at timestamptz NOT NULL DEFAULT now()
);
SELECT pg_catalog.pg_extension_config_dump('memreg.activity_source', '');
SELECT memreg.announce_changes_of('memreg.activity_source'::regclass);
COMMENT ON TABLE memreg.activity_source IS 'Tables whose rows, when written, tell that their subject was active';
COMMENT ON COLUMN memreg.activity_source.at IS 'Column that says when; null: when the row was written';
COMMENT ON COLUMN memreg.activity_source.every IS 'How coarse; null: as memreg.activity_interval says';
COMMENT ON COLUMN memreg.activity_source.time_zone IS 'What a timestamp or a date in the column means';

CREATE FUNCTION memreg.note_row_activity() RETURNS trigger
	AS 'MODULE_PATHNAME', 'memreg_note_row_activity' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.note_row_activity() FROM PUBLIC;
COMMENT ON FUNCTION memreg.note_row_activity() IS 'Row trigger: notes that the row''s subject was active';

CREATE FUNCTION memreg.require_activity_interval(every interval) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF every < interval '0' OR every > interval '1 year'
	   OR extract(month FROM every) < 0 OR extract(day FROM every) < 0 OR extract(microseconds FROM every) < 0 THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR420',
			MESSAGE = format('activity cannot be noted every %L', every),
			DETAIL = 'An interval of noting is a year at most, and no part of it is negative.',
			HINT = 'Give an interval such as ''1 day'', or none for that of memreg.activity_interval.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_activity_interval(interval) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_activity_interval(interval) IS 'Fails unless activity can be noted once in so long a time';

CREATE FUNCTION memreg.track_activity(
	relation regclass,
	at name DEFAULT NULL,
	every interval DEFAULT NULL,
	time_zone text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	zone text;
	present memreg.activity_source;
BEGIN
	PERFORM memreg.lock_table(relation, exclusive => false);
	PERFORM memreg.require_table(relation);
	PERFORM memreg.require_activity_interval(every);
	IF at IS NOT NULL THEN
		PERFORM memreg.require_time_column(relation, at);
	END IF;
	SELECT s.* INTO present FROM memreg.activity_source s WHERE s.relation = track_activity.relation;
	zone := coalesce(time_zone, present.time_zone, current_setting('TimeZone'));
	PERFORM now() AT TIME ZONE zone;

	IF present.relation IS NOT NULL AND (present.at, present.every::text, present.time_zone)
										IS NOT DISTINCT FROM (track_activity.at, every::text, zone) THEN
		RAISE NOTICE 'activity in table % is tracked so already', relation;
		RETURN;
	END IF;
	INSERT INTO memreg.activity_source AS s (relation, at, every, time_zone)
	VALUES (track_activity.relation, track_activity.at, track_activity.every, zone)
	ON CONFLICT ON CONSTRAINT activity_source_pkey DO UPDATE
		SET at = excluded.at, every = excluded.every, time_zone = excluded.time_zone;
	PERFORM memreg.make_activity_triggers(relation);
	PERFORM memreg.note_present_activity(relation);
END
$$;
REVOKE ALL ON FUNCTION memreg.track_activity(regclass, name, interval, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.track_activity(regclass, name, interval, text) IS
	'Rows written to a registered table tell that their subject was active: at the time in the column at, or when they are written; noted once in the interval every. A second call replaces the first';

-- ENABLE ALWAYS: what a subscription brings was an activity too, and a row that goes too early is worse than one that
-- stays too long. Making the triggers keeps writers off the tables until the commit, so nobody is missed.
CREATE FUNCTION memreg.make_activity_triggers(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	member regclass;
BEGIN
	PERFORM memreg.drop_activity_triggers(relation);
	FOR member IN
		SELECT d.member FROM memreg.descendants(relation) d(member) JOIN pg_class c ON c.oid = d.member WHERE NOT c.relispartition
	LOOP
		EXECUTE format('CREATE TRIGGER memreg_note_activity AFTER INSERT OR UPDATE ON %s'
					   ' FOR EACH ROW EXECUTE FUNCTION memreg.note_row_activity()', member);
		EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER memreg_note_activity', member);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION memreg.make_activity_triggers(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.make_activity_triggers(regclass) IS 'Makes the triggers that note activity in a table and its children';

CREATE FUNCTION memreg.drop_activity_triggers(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	present record;
BEGIN
	FOR present IN
		SELECT t.tgname AS name, t.tgrelid::regclass AS member FROM pg_trigger t
		 WHERE t.tgrelid IN (SELECT memreg.descendants(relation)) AND t.tgparentid = 0
		   AND t.tgfoid = 'memreg.note_row_activity'::regproc
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', present.name, present.member);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION memreg.drop_activity_triggers(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.drop_activity_triggers(regclass) IS 'Takes back what memreg.make_activity_triggers did';

-- In the order of the subjects, as transactions that end meanwhile write them.
CREATE FUNCTION memreg.note_present_activity(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	source memreg.activity_source;
	registered memreg.registered_table := memreg.require_table(relation);
	base regtype;
	latest text;
BEGIN
	SELECT s.* INTO source FROM memreg.activity_source s WHERE s.relation = note_present_activity.relation;
	WITH RECURSIVE type AS (
		SELECT t.oid, t.typbasetype FROM pg_type t JOIN pg_attribute a ON a.atttypid = t.oid
		 WHERE a.attrelid = note_present_activity.relation AND a.attname = source.at
		UNION ALL
		SELECT t.oid, t.typbasetype FROM type b JOIN pg_type t ON t.oid = b.typbasetype)
	SELECT t.oid INTO base FROM type t WHERE t.typbasetype = 0;
	latest := CASE base
		WHEN 'timestamptz'::regtype THEN format('max(t.%I)', source.at)
		WHEN 'timestamp'::regtype THEN format('max(t.%I) AT TIME ZONE %L', source.at, source.time_zone)
		WHEN 'date'::regtype THEN format('(max(t.%I)::date + 1)::timestamp AT TIME ZONE %L', source.at, source.time_zone)
		ELSE 'clock_timestamp()' END;
	EXECUTE format('INSERT INTO memreg.subject_event AS e (register_id, event, subject, at)'
				   ' SELECT $1, ''activity'', s.subject, s.latest + $2'
				   '   FROM (SELECT t.%I::text COLLATE "C" AS subject, %s AS latest FROM %s t WHERE t.%1$I IS NOT NULL GROUP BY t.%1$I) s'
				   '  WHERE s.latest > ''-infinity'' ORDER BY s.subject'
				   ' ON CONFLICT (register_id, event, subject) DO UPDATE SET at = excluded.at WHERE e.at < excluded.at',
				   registered.subject, latest, relation)
		USING (SELECT r.register_id FROM memreg.register r WHERE r.register = registered.register),
			  coalesce(source.every, current_setting('memreg.activity_interval')::interval);
END
$$;
REVOKE ALL ON FUNCTION memreg.note_present_activity(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.note_present_activity(regclass) IS
	'Notes the activity of all subjects that a tracked table has rows of';

CREATE FUNCTION memreg.untrack_activity(relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM memreg.lock_table(relation, exclusive => false);
	PERFORM memreg.require_table(relation);
	PERFORM memreg.drop_activity_triggers(relation);
	DELETE FROM memreg.activity_source s WHERE s.relation = untrack_activity.relation;
	IF NOT FOUND THEN
		RAISE NOTICE 'activity in table % was not tracked', relation;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.untrack_activity(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.untrack_activity(regclass) IS
	'Rows written to a table tell of activity no longer; what was noted stays';

-- What is dropped or renamed in the application

CREATE FUNCTION memreg.follow_activity_column() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'memreg_follow_activity_column' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.follow_activity_column() FROM PUBLIC;
COMMENT ON FUNCTION memreg.follow_activity_column() IS 'Event trigger: the tracking of activity follows renamed columns';
CREATE EVENT TRIGGER memreg_follow_activity_column ON ddl_command_end EXECUTE FUNCTION memreg.follow_activity_column();
ALTER EVENT TRIGGER memreg_follow_activity_column ENABLE ALWAYS;

-- Without the column, the time of writing counts: who would be noted no longer would go too early.
CREATE FUNCTION memreg.forget_activity_column() RETURNS event_trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	source regclass;
BEGIN
	FOR source IN
		SELECT s.relation FROM memreg.activity_source s JOIN pg_class c ON c.oid = s.relation
		 WHERE s.at IS NOT NULL
		   AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = s.relation AND a.attname = s.at AND NOT a.attisdropped)
	LOOP
		UPDATE memreg.activity_source s SET at = NULL WHERE s.relation = source;
		RAISE WARNING 'activity in table % is now noted by the time of writing', source
			USING HINT = 'Call memreg.track_activity with another column if that is not what should count.';
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_activity_column() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_activity_column() IS
	'Event trigger: where the column with the time of activity is dropped, the time of writing counts';
CREATE EVENT TRIGGER memreg_forget_activity_column ON sql_drop EXECUTE FUNCTION memreg.forget_activity_column();
ALTER EVENT TRIGGER memreg_forget_activity_column ENABLE ALWAYS;

CREATE FUNCTION memreg.forget_activity_source() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM memreg.activity_source s
	 WHERE NOT EXISTS (SELECT FROM memreg.registered_table t WHERE t.relation = s.relation);
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_activity_source() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_activity_source() IS 'Statement trigger: the tracking of a table goes with its registration';
CREATE TRIGGER forget_activity_source AFTER DELETE OR TRUNCATE ON memreg.registered_table
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.forget_activity_source();

CREATE VIEW memreg.untracked_relation AS
	SELECT s.relation AS tracked, m.relation
	  FROM memreg.activity_source s
	  JOIN memreg.registered_relation m ON m.registered = s.relation
	 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
						WHERE t.tgrelid = m.relation AND t.tgfoid = 'memreg.note_row_activity'::regproc AND t.tgenabled = 'A');
COMMENT ON VIEW memreg.untracked_relation IS 'Which tables, partitions and children should note activity and do not?';

-- One C function behind three signatures, as for consents.

DO $do$
DECLARE
	key text;
BEGIN
	FOREACH key IN ARRAY '{bigint,uuid,text}'::text[] LOOP
		EXECUTE format($sql$
			CREATE FUNCTION memreg.note_activity(register text, subject %1$s, at timestamptz DEFAULT now()) RETURNS void
				AS 'MODULE_PATHNAME', 'memreg_note_activity' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.note_activity(text, %1$s, timestamptz) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.note_activity(text, %1$s, timestamptz) IS
				'Notes that a subject was active, as by a login that writes no row; written at the commit, once in memreg.activity_interval';

			CREATE FUNCTION memreg.note_leaving(register text, subject %1$s, left_at timestamptz DEFAULT now()) RETURNS void
				AS 'MODULE_PATHNAME', 'memreg_note_leaving' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.note_leaving(text, %1$s, timestamptz) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.note_leaving(text, %1$s, timestamptz) IS
				'Notes when a subject left, or will leave; a second call replaces the first';

			CREATE FUNCTION memreg.take_back_leaving(register text, subject %1$s) RETURNS boolean
				AS 'MODULE_PATHNAME', 'memreg_take_back_leaving' LANGUAGE C;
			REVOKE ALL ON FUNCTION memreg.take_back_leaving(text, %1$s) FROM PUBLIC;
			COMMENT ON FUNCTION memreg.take_back_leaving(text, %1$s) IS
				'Notes that a subject has not left, or has come back; false: nothing else was noted';
		$sql$, key);
	END LOOP;
END
$do$;

-- An event of which no row is left is kept for nothing. One that is not over yet may be somebody's whose row is to come.
CREATE FUNCTION memreg.forget_events(register text) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_register memreg.register := memreg.require_register(register);
	forgotten bigint;
BEGIN
	EXECUTE (SELECT 'DELETE FROM memreg.subject_event e WHERE e.register_id = $1 AND e.at < now()'
					|| coalesce(string_agg(format(' AND NOT EXISTS (SELECT FROM %s t WHERE t.%I = e.subject::%s)',
												  t.relation, t.subject, found_register.subject_type), ''), '')
			   FROM memreg.registered_table t WHERE t.register = found_register.register)
		USING found_register.register_id;
	GET DIAGNOSTICS forgotten = ROW_COUNT;
	RETURN forgotten;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_events(text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_events(text) IS
	'Deletes past events of subjects that no table of the register names any more; returns how many. Reads the tables';

-- What a term runs from, as the engine of retention sees it

CREATE FUNCTION memreg.event_time(register_id int, event text, purpose_id int, subject text) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'memreg_event_time_of' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.event_time(int, text, int, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.event_time(int, text, int, text) IS
	'From when a term runs for a subject: since its last activity, since it left, or since its consent to the purpose ended; NULL: the term has not begun';

CREATE FUNCTION memreg.event_due(
	register_id int, event text, purpose_id int, cutoff timestamptz, after_at timestamptz, after_subject text, most int,
	OUT at timestamptz, OUT subject text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'memreg_event_due_subjects' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.event_due(int, text, int, timestamptz, timestamptz, text, int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.event_due(int, text, int, timestamptz, timestamptz, text, int) IS
	'The next subjects whose event was at or before the cutoff, in order, behind the one given (NULL: from the first on)';

CREATE FUNCTION memreg.event_lock(register_id int, event text, purpose_id int, subject text, cutoff timestamptz) RETURNS boolean
	AS 'MODULE_PATHNAME', 'memreg_event_lock_subject' LANGUAGE C;
REVOKE ALL ON FUNCTION memreg.event_lock(int, text, int, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION memreg.event_lock(int, text, int, text, timestamptz) IS
	'Whether a subject''s event was at or before the cutoff, and stays so until the transaction ends; false also where somebody is about to change it';
