-- retention_status: what retention does now, whether it is well, and what is physically left of what it removed

-- At work

CREATE FUNCTION memreg.rule_phase(pid int, run bigint) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN a.wait_event_type = 'Lock' THEN 'waiting for a lock'
				WHEN run IS NULL THEN 'looking'
				WHEN a.wait_event_type = 'Extension' THEN 'resting'
				ELSE 'removing' END
	  FROM (SELECT rule_phase.pid) p LEFT JOIN pg_stat_activity a USING (pid)
$$;
REVOKE ALL ON FUNCTION memreg.rule_phase(int, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.rule_phase(int, bigint) TO pg_monitor;
COMMENT ON FUNCTION memreg.rule_phase(int, bigint) IS
	'What the process that works on a rule does: looking (what is due; no run has begun), removing, resting (others come first) or waiting for a lock';

CREATE VIEW memreg.retention_progress AS
	SELECT r.run_id, u.rule_id AS rule, coalesce(r.relation, u.relation::text) AS relation, u.action, l.pid,
		   memreg.rule_phase(l.pid, r.run_id) AS phase, r.started_at, r.rows_due, r.rows_removed,
		   round((r.rows_removed / p.seconds)::numeric, 1) AS rows_per_second,
		   CASE WHEN r.rows_removed > 0
				THEN r.started_at + p.seconds * greatest(r.rows_due::float8 / r.rows_removed, 1) * interval '1 second' END AS estimated_end
	  FROM pg_locks l
	  JOIN memreg.retention_rule u ON u.rule_id::oid = l.objid
	  LEFT JOIN memreg.run r ON r.rule_id = u.rule_id AND r.outcome = 'running',
	  LATERAL (SELECT greatest(extract(epoch FROM clock_timestamp() - r.started_at)::float8, 0.001)) p (seconds)
	 WHERE l.locktype = 'object' AND l.granted AND l.classid = 'memreg.retention_rule'::regclass
	   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
GRANT SELECT ON memreg.retention_progress TO pg_monitor;
COMMENT ON VIEW memreg.retention_progress IS 'Which rules are at work now, what do they do, and how far are they?';

-- What is left of removed rows

CREATE FUNCTION memreg.full_xid(number xid) RETURNS xid8
	AS 'MODULE_PATHNAME', 'memreg_full_xid' LANGUAGE C STABLE STRICT;
REVOKE ALL ON FUNCTION memreg.full_xid(xid) FROM PUBLIC;
COMMENT ON FUNCTION memreg.full_xid(xid) IS 'The transaction number with its epoch, of a transaction that is not forgotten yet';

CREATE FUNCTION memreg.physical_remains(
	relation regclass, first_xid xid8, last_xid xid8,
	OUT pages bigint, OUT pages_read bigint, OUT rows_there bigint, OUT versions_there bigint, OUT dead_pointers bigint)
	AS 'MODULE_PATHNAME', 'memreg_physical_remains' LANGUAGE C STRICT;
REVOKE ALL ON FUNCTION memreg.physical_remains(regclass, xid8, xid8) FROM PUBLIC;
COMMENT ON FUNCTION memreg.physical_remains(regclass, xid8, xid8) IS
	'Reads those pages of a table, or of a TOAST table, that are not all visible, and counts what is left of rows deleted by these transactions';

-- Whoever may still see a row that was removed before oldest_xid keeps vacuum from taking it out.
CREATE FUNCTION memreg.snapshot_holders() RETURNS TABLE (kind text, name text, pid int, oldest_xid xid8, since timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN a.backend_type = 'walsender' THEN 'replica' ELSE 'session' END,
		   CASE WHEN a.backend_type = 'walsender' THEN a.application_name ELSE a.usename::text END, a.pid,
		   least(memreg.full_xid(a.backend_xmin), memreg.full_xid(a.backend_xid)),
		   coalesce(a.xact_start, a.backend_start)
	  FROM pg_stat_activity a
	 WHERE coalesce(a.backend_xmin, a.backend_xid) IS NOT NULL AND a.pid <> pg_backend_pid()
	   AND (a.datname = current_database() OR a.datid IS NULL)
	   AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
	UNION ALL
	SELECT 'prepared transaction', p.gid, NULL, memreg.full_xid(p.transaction), p.prepared
	  FROM pg_prepared_xacts p WHERE p.database = current_database()
	UNION ALL
	SELECT 'replication slot', s.slot_name::text, s.active_pid, memreg.full_xid(s.xmin), NULL
	  FROM pg_replication_slots s WHERE s.xmin IS NOT NULL
$$;
REVOKE ALL ON FUNCTION memreg.snapshot_holders() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.snapshot_holders() TO pg_monitor;
COMMENT ON FUNCTION memreg.snapshot_holders() IS
	'Who may still see rows that were removed since oldest_xid: sessions, prepared transactions, replicas by feedback, replication slots';

CREATE VIEW memreg.snapshot_holder AS
	SELECT h.kind, h.name, h.pid, h.oldest_xid, h.since, clock_timestamp() - h.since AS age FROM memreg.snapshot_holders() h;
GRANT SELECT ON memreg.snapshot_holder TO pg_monitor;
COMMENT ON VIEW memreg.snapshot_holder IS 'Who keeps removed rows physically there, as he may still see them?';

CREATE FUNCTION memreg.who_holds(last_xid xid8) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(h.kind || coalesce(' ' || quote_ident(h.name), '') || coalesce(' (process ' || h.pid || ')', '')
					  || coalesce(' since ' || date_trunc('second', h.since), ''), '; ' ORDER BY h.since, h.kind, h.name)
	  FROM memreg.snapshot_holders() h WHERE h.oldest_xid <= last_xid
$$;
REVOKE ALL ON FUNCTION memreg.who_holds(xid8) FROM PUBLIC;
COMMENT ON FUNCTION memreg.who_holds(xid8) IS 'In words: who keeps rows that were removed until then from being vacuumed';

CREATE FUNCTION memreg.leaf_storage(relation regclass) RETURNS TABLE (leaf regclass, storage regclass, part text)
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT m.member, s.storage, s.part
	  FROM memreg.descendants(leaf_storage.relation) m(member)
	  JOIN pg_class c ON c.oid = m.member AND c.relkind = 'r'
	 CROSS JOIN LATERAL (VALUES (c.oid::regclass, 'rows'), (nullif(c.reltoastrelid, 0)::regclass, 'long values')) s (storage, part)
	 WHERE s.storage IS NOT NULL
$$;
REVOKE ALL ON FUNCTION memreg.leaf_storage(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.leaf_storage(regclass) IS
	'Where the rows of a table are stored: each leaf, and the TOAST table that holds its long values';

-- A run that has ended has a record, one that is at work a tally.
CREATE FUNCTION memreg.require_removal(run bigint) RETURNS memreg.coming_record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	removal memreg.coming_record;
BEGIN
	SELECT r.register_id, r.number, r.run, r.rule, r.wording, r.relation, r.started_at, r.finished_at, r.outcome, r.cutoff,
		   r.rows, r.first_at, r.last_at, r.rows_digest, r.nonce, r.first_xid, r.last_xid, r.last_lsn, r.cluster, r.previous
	  INTO removal FROM memreg.retention_record r WHERE r.run = require_removal.run;
	IF NOT FOUND THEN
		SELECT c.* INTO removal FROM memreg.coming_record c WHERE c.run = require_removal.run;
	END IF;
	IF NOT FOUND AND NOT EXISTS (SELECT FROM memreg.run u WHERE u.run_id = require_removal.run) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'MR411',
			MESSAGE = format('retention run %s does not exist', coalesce(run::text, 'NULL')),
			HINT = 'The table memreg.retention_record lists the runs that have removed rows.';
	END IF;
	RETURN removal;
END
$$;
REVOKE ALL ON FUNCTION memreg.require_removal(bigint) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_removal(bigint) IS 'What a run has removed, of one that is at work until now, or an error that says what to do';

CREATE FUNCTION memreg.this_cluster() RETURNS bigint
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS 'SELECT system_identifier FROM pg_control_system()';
REVOKE ALL ON FUNCTION memreg.this_cluster() FROM PUBLIC;
COMMENT ON FUNCTION memreg.this_cluster() IS 'System identifier of the server cluster';

CREATE FUNCTION memreg.what_to_do(storage regclass, state text, held_by text) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE state
		WHEN 'gone' THEN 'Nothing.'
		WHEN 'held' THEN format('Let this end, or end it: %s. Then VACUUM %s.', held_by, storage)
		WHEN 'awaits vacuum' THEN format('VACUUM %s, or wait for autovacuum to do so.', storage)
		WHEN 'index entries' THEN format('VACUUM (INDEX_CLEANUP ON) %s: the rows are gone, entries of indexes may still hold their keys.', storage) END
$$;
REVOKE ALL ON FUNCTION memreg.what_to_do(regclass, text, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.what_to_do(regclass, text, text) IS 'What takes the rest of removed rows out of a table in that state';

CREATE FUNCTION memreg.physical_status(run bigint, relation regclass DEFAULT NULL)
	RETURNS TABLE (place text, part text, state text, rows_there bigint, versions_there bigint, dead_pointers bigint,
				   pages bigint, pages_read bigint, last_vacuum timestamptz, held_by text, what_to_do text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	removal memreg.coming_record := memreg.require_removal(physical_status.run);
	looked_at regclass := coalesce(physical_status.relation,
		(SELECT r.relation FROM memreg.retention_rule r WHERE r.rule_id = removal.rule), to_regclass(removal.relation));
	holder text := memreg.who_holds(removal.last_xid);
BEGIN
	IF removal.last_xid IS NULL THEN
		RETURN; -- it has removed nothing
	ELSIF removal.cluster <> memreg.this_cluster() THEN
		RETURN QUERY SELECT removal.relation, 'rows', 'elsewhere', NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::timestamptz, NULL,
			'The run was on another cluster. What came by a dump never held its rows; after pg_upgrade, VACUUM the table once.';
		RETURN;
	END IF;
	IF looked_at IS NULL THEN
		RETURN QUERY SELECT removal.relation, 'rows', 'gone', 0::bigint, 0::bigint, 0::bigint, NULL::bigint, NULL::bigint, NULL::timestamptz, NULL,
			'Nothing: the table was dropped. If it was renamed, name it in relation.';
	ELSE
		RETURN QUERY
		SELECT s.storage::text, s.part, t.state, r.rows_there, r.versions_there, r.dead_pointers, r.pages, r.pages_read,
			   greatest(pg_stat_get_last_vacuum_time(s.storage), pg_stat_get_last_autovacuum_time(s.storage)),
			   CASE WHEN t.state = 'held' THEN holder END, memreg.what_to_do(s.leaf, t.state, holder)
		  FROM memreg.leaf_storage(looked_at) s
		 CROSS JOIN LATERAL memreg.physical_remains(s.storage, removal.first_xid, removal.last_xid) r
		 CROSS JOIN LATERAL (SELECT CASE WHEN r.rows_there + r.versions_there > 0
										 THEN CASE WHEN holder IS NULL THEN 'awaits vacuum' ELSE 'held' END
										 WHEN r.dead_pointers > 0 THEN 'index entries' ELSE 'gone' END) t (state)
		 WHERE r.pages IS NOT NULL
		 ORDER BY s.storage::text;
	END IF;
	RETURN QUERY
	SELECT format('replica %s', quote_ident(coalesce(nullif(p.application_name, ''), p.pid::text))), 'WAL', 'behind',
		   NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::timestamptz, NULL,
		   'Wait: it has not replayed the removal yet, and still shows the rows.'
	  FROM pg_stat_replication p WHERE p.replay_lsn < removal.last_lsn
	UNION ALL
	SELECT format('replication slot %s', quote_ident(p.slot_name)), 'WAL', 'keeps WAL',
		   NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		   'Let its consumer go on, or drop it: it keeps WAL of before the end of the removal, which may hold the rows.'
	  FROM pg_replication_slots p WHERE p.restart_lsn < removal.last_lsn
	 ORDER BY 1;
END
$$;
REVOKE ALL ON FUNCTION memreg.physical_status(bigint, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.physical_status(bigint, regclass) TO pg_monitor;
COMMENT ON FUNCTION memreg.physical_status(bigint, regclass) IS
	'What is physically left of the rows that a run removed, where, who keeps it there, and what to do; reads the pages that are not all visible. relation: another table, whose rows went by a cascade';

-- Is it well?

CREATE FUNCTION memreg.probe_overdue(rule int, OUT overdue interval, OUT unknown text)
	AS 'MODULE_PATHNAME', 'memreg_probe_overdue' LANGUAGE C STRICT;
REVOKE ALL ON FUNCTION memreg.probe_overdue(int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.probe_overdue(int) IS
	'For how long the oldest row that is due has been so, by a probe of an index, or why that cannot be told so; both null: nothing is due';

CREATE FUNCTION memreg.rule_overdue(rule int, OUT overdue interval, OUT unknown text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT p.overdue, p.unknown INTO overdue, unknown FROM memreg.probe_overdue(rule) p;
EXCEPTION WHEN OTHERS THEN
	unknown := SQLERRM;
END
$$;
REVOKE ALL ON FUNCTION memreg.rule_overdue(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.rule_overdue(int) TO pg_monitor;
COMMENT ON FUNCTION memreg.rule_overdue(int) IS 'memreg.probe_overdue, or the error that it meets';

CREATE VIEW memreg.unproven_rule AS
	SELECT u.rule_id AS rule, u.relation, r.run
	  FROM memreg.retention_rule u,
	  LATERAL (SELECT p.* FROM memreg.retention_record p WHERE p.rule = u.rule_id ORDER BY p.run DESC LIMIT 1) r
	 WHERE r.digest IS NULL OR r.rows_digest IS NULL AND u.stage <> 'anonymization' AND u.action NOT IN ('drop_partition', 'detach_partition');
COMMENT ON VIEW memreg.unproven_rule IS 'Which rules removed rows last without a digest, as the key was not to be had?';

CREATE FUNCTION memreg.rule_remains(rule int, OUT dead_rows bigint, OUT removed_rows_kept_since timestamptz, OUT unsealed text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT (SELECT sum(pg_stat_get_dead_tuples(s.leaf))::bigint
			  FROM memreg.leaf_storage((SELECT r.relation FROM memreg.retention_rule r WHERE r.rule_id = rule_remains.rule)) s
			 WHERE s.part = 'rows'),
		   (SELECT min(h.since) FROM memreg.snapshot_holders() h
			 WHERE h.oldest_xid <= (SELECT max(r.last_xid) FROM memreg.retention_record r
									 WHERE r.rule = rule_remains.rule AND r.cluster = memreg.this_cluster())),
		   (SELECT 'the last record has no digest' FROM memreg.unproven_rule p WHERE p.rule = rule_remains.rule)
$$;
REVOKE ALL ON FUNCTION memreg.rule_remains(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.rule_remains(int) TO pg_monitor;
COMMENT ON FUNCTION memreg.rule_remains(int) IS
	'Rows of a rule''s table that wait for vacuum, by statistics; since when somebody keeps what the rule removed; whether its last record is proven';

CREATE VIEW memreg.retention_health AS
	SELECT u.rule_id AS rule, t.register, u.relation, memreg.rule_wording(u.rule_id) AS wording,
		   o.overdue, o.unknown AS overdue_unknown,
		   greatest((SELECT max(r.finished_at) FROM memreg.run r WHERE r.rule_id = u.rule_id AND r.outcome = 'done'),
					CASE WHEN s.attempts = 0 THEN s.looked_at END) AS last_success,
		   l.run_id AS last_run, l.outcome AS last_outcome,
		   greatest(coalesce(s.attempts, 0) - memreg.rule_is_running(u.rule_id)::int, 0) AS failures,
		   s.next_attempt_at, memreg.rule_is_paused(u.rule_id) AS paused,
		   CASE WHEN l.outcome = 'stopped' AND l.approved_at IS NULL THEN l.run_id END AS waits_for_approval,
		   m.dead_rows, clock_timestamp() - m.removed_rows_kept_since AS removed_rows_kept,
		   coalesce(memreg.master_key_absence(false), m.unsealed) AS key_problem
	  FROM memreg.retention_rule u
	  JOIN memreg.registered_table t ON t.relation = u.relation
	  LEFT JOIN memreg.retention_state s ON s.rule_id = u.rule_id
	  LEFT JOIN LATERAL (SELECT r.* FROM memreg.retention_run r WHERE r.rule = u.rule_id AND r.outcome <> 'dry run'
						  ORDER BY r.run_id DESC LIMIT 1) l ON true
	 CROSS JOIN LATERAL memreg.rule_overdue(u.rule_id) o
	 CROSS JOIN LATERAL memreg.rule_remains(u.rule_id) m;
GRANT SELECT ON memreg.retention_health TO pg_monitor;
COMMENT ON VIEW memreg.retention_health IS
	'Is each retention rule well: is anything overdue, how did it go lately, does anything wait for somebody? Reads no table whole';
