-- partition: whole partitions past their term, which the actions drop_partition and detach_partition take at once

CREATE FUNCTION memreg.require_removable(relation regclass, since name, action text) RETURNS void
	AS 'MODULE_PATHNAME', 'memreg_require_removable' LANGUAGE C STABLE;
REVOKE ALL ON FUNCTION memreg.require_removable(regclass, name, text) FROM PUBLIC;
COMMENT ON FUNCTION memreg.require_removable(regclass, name, text) IS
	'Fails where a retention rule with that action cannot work: whole partitions go by the column that leads the partition key';

-- What became of partitions

CREATE TABLE memreg.run_partition (
	run_id bigint NOT NULL,
	partition text NOT NULL,
	outcome text NOT NULL CHECK (outcome IN ('dropped', 'detached', 'detaching', 'kept', 'busy', 'failed')),
	rows bigint NOT NULL,
	why text,
	PRIMARY KEY (run_id, partition)
);
SELECT pg_catalog.pg_extension_config_dump('memreg.run_partition', '');
COMMENT ON TABLE memreg.run_partition IS 'What each retention run did to each partition past its term; holds no personal data';
COMMENT ON COLUMN memreg.run_partition.partition IS 'Its name at that time';
COMMENT ON COLUMN memreg.run_partition.rows IS 'In the partition; where it is kept, those looked at until one was found that keeps it';

CREATE FUNCTION memreg.forget_run_partitions() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM memreg.run_partition p WHERE NOT EXISTS (SELECT FROM memreg.run r WHERE r.run_id = p.run_id);
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_run_partitions() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_run_partitions() IS 'Statement trigger: what a run did to partitions goes with the run';
CREATE TRIGGER forget_run_partitions AFTER DELETE OR TRUNCATE ON memreg.run
	FOR EACH STATEMENT EXECUTE FUNCTION memreg.forget_run_partitions();

CREATE TABLE memreg.detached_partition (
	partition regclass PRIMARY KEY,
	parent regclass NOT NULL,
	rule_id int NOT NULL,
	run_id bigint NOT NULL,
	rows bigint NOT NULL,
	begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	left_at timestamptz,
	detached_at timestamptz
);
SELECT pg_catalog.pg_extension_config_dump('memreg.detached_partition', '');
COMMENT ON TABLE memreg.detached_partition IS
	'Tables that retention has detached and that still exist: their rows are past their term and no rule reaches them';
COMMENT ON COLUMN memreg.detached_partition.left_at IS 'When its rows were seen to have left the table; null: not known to have';
COMMENT ON COLUMN memreg.detached_partition.detached_at IS 'Null: the detach is under way, or was broken off';

CREATE VIEW memreg.retention_partition AS
	SELECT p.run_id, r.rule_id AS rule, r.relation, p.partition, p.outcome, p.rows, p.why, r.started_at
	  FROM memreg.run_partition p
	  JOIN memreg.run r USING (run_id);
GRANT SELECT ON memreg.retention_partition TO pg_monitor;
COMMENT ON VIEW memreg.retention_partition IS 'Which partitions did the retention runs take, which were left, and why?';

-- Detaching

CREATE FUNCTION memreg.guard_partition(partition regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	registered memreg.registered_table;
	member regclass;
BEGIN
	SELECT t.* INTO registered FROM memreg.registered_table t
	 WHERE t.protected AND t.relation IN (SELECT partition UNION SELECT memreg.ancestors(partition)) LIMIT 1;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	FOR member IN SELECT d FROM memreg.descendants(partition) d WHERE memreg.is_guarded(d) IS NOT TRUE LOOP
		PERFORM memreg.drop_guards(member);
		PERFORM memreg.create_guards(member, registered.relation, registered.subject);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION memreg.guard_partition(regclass) FROM PUBLIC;
COMMENT ON FUNCTION memreg.guard_partition(regclass) IS
	'Gives a partition of a protected table the guards that memreg.protect would, so that it is closed once it is detached';

-- A run counts rows as removed when no new query sees them any more. The server may have stopped since that was so:
-- then it is noted now, once.
CREATE FUNCTION memreg.settle_partition(partition oid) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	entry memreg.detached_partition;
	state text;
BEGIN
	SELECT d.* INTO entry FROM memreg.detached_partition d WHERE d.partition = settle_partition.partition::regclass FOR UPDATE;
	SELECT CASE WHEN i.inhdetachpending THEN 'detaching' ELSE 'attached' END INTO state
	  FROM pg_inherits i WHERE i.inhrelid = settle_partition.partition AND i.inhparent = entry.parent;
	state := coalesce(state, 'detached');

	UPDATE memreg.run_partition p SET outcome = CASE state WHEN 'attached' THEN 'busy' ELSE state END
	 WHERE p.run_id = entry.run_id AND p.outcome = 'detaching'
	   AND p.partition = (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
						   WHERE c.oid = settle_partition.partition);
	IF state = 'attached' THEN
		DELETE FROM memreg.detached_partition d WHERE d.partition = entry.partition;
		RETURN state;
	END IF;
	IF entry.left_at IS NULL THEN
		UPDATE memreg.run r SET rows_removed = r.rows_removed + entry.rows WHERE r.run_id = entry.run_id;
		UPDATE memreg.run_tally y SET rows = y.rows + entry.rows WHERE y.run_id = entry.run_id;
	END IF;
	UPDATE memreg.detached_partition d
	   SET left_at = coalesce(d.left_at, clock_timestamp()),
		   detached_at = CASE WHEN state = 'detached' THEN coalesce(d.detached_at, clock_timestamp()) END
	 WHERE d.partition = entry.partition;
	RETURN state;
END
$$;
REVOKE ALL ON FUNCTION memreg.settle_partition(oid) FROM PUBLIC;
COMMENT ON FUNCTION memreg.settle_partition(oid) IS
	'How far a detach that retention has begun has come: attached, detaching or detached; notes it';

-- A table that was dropped, or attached to one again, is no detached partition any more.

CREATE FUNCTION memreg.forget_detached_partition() RETURNS event_trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM memreg.detached_partition) THEN
		DELETE FROM memreg.detached_partition d WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = d.partition);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION memreg.forget_detached_partition() FROM PUBLIC;
COMMENT ON FUNCTION memreg.forget_detached_partition() IS 'Event trigger: a detached partition that is dropped is forgotten';
CREATE EVENT TRIGGER memreg_forget_detached_partition ON sql_drop EXECUTE FUNCTION memreg.forget_detached_partition();
ALTER EVENT TRIGGER memreg_forget_detached_partition ENABLE ALWAYS;

-- To see it

CREATE FUNCTION memreg.partitions_past_term(rule int)
	RETURNS TABLE (partition regclass, rows bigint, kept text)
	AS 'MODULE_PATHNAME', 'memreg_partitions_past_term' LANGUAGE C STRICT;
REVOKE ALL ON FUNCTION memreg.partitions_past_term(int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.partitions_past_term(int) IS
	'Reads the partitions that are past the term of a retention rule: how many rows each has, or what keeps it';

CREATE FUNCTION memreg.look_at_partitions(rule int)
	RETURNS TABLE (partition regclass, rows bigint, kept text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT p.* FROM memreg.partitions_past_term(rule) p;
EXCEPTION WHEN OTHERS THEN
	RETURN;
END
$$;
REVOKE ALL ON FUNCTION memreg.look_at_partitions(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.look_at_partitions(int) TO pg_monitor;
COMMENT ON FUNCTION memreg.look_at_partitions(int) IS 'memreg.partitions_past_term, or nothing where memreg.retention_due has a problem';

CREATE VIEW memreg.retention_partition_due AS
	SELECT r.rule_id AS rule, r.relation, r.action, p.partition, p.rows, p.kept
	  FROM memreg.retention_rule r,
		   LATERAL memreg.look_at_partitions(r.rule_id) p
	 WHERE r.action IN ('drop_partition', 'detach_partition');
GRANT SELECT ON memreg.retention_partition_due TO pg_monitor;
COMMENT ON VIEW memreg.retention_partition_due IS
	'Which partitions are past their term now, would each go with its rows, or what keeps it? Reads them';

CREATE VIEW memreg.left_table AS
	SELECT c.oid::regclass AS relation, d.rule_id AS rule, d.parent, d.rows, d.detached_at, d.partition IS NOT NULL AND d.detached_at IS NULL AS detaching,
		   EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'memreg_table') AS guarded
	  FROM pg_catalog.pg_class c
	  LEFT JOIN memreg.detached_partition d ON d.partition = c.oid
	 WHERE (d.partition IS NOT NULL
			OR EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'memreg_table'))
	   AND NOT EXISTS (SELECT FROM memreg.registered_relation m
						WHERE m.relation = c.oid
						  AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid AND i.inhdetachpending));
COMMENT ON VIEW memreg.left_table IS
	'Which tables have left a registered one, with their rows: detached partitions that retention has not dropped, and others that still bear memreg''s guards?';
