-- retention_due: what is due, why, and what is about to be; what the runs did

-- Which announcement covers a row is told by its time, so nobody is named. Trimmed and not dumped: after a restore rows
-- are announced anew.
CREATE TABLE memreg.retention_announcement (
	announcement_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	rule_id int NOT NULL REFERENCES memreg.retention_rule ON DELETE CASCADE,
	announced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	cutoff timestamptz NOT NULL,
	rows_upcoming bigint NOT NULL
);
CREATE INDEX retention_announcement_rule ON memreg.retention_announcement (rule_id, announced_at);
GRANT SELECT ON memreg.retention_announcement TO pg_monitor;
COMMENT ON TABLE memreg.retention_announcement IS
	'Which rows were announced to be due: those whose term runs from a time up to the cutoff, and that no earlier announcement covered';

CREATE FUNCTION memreg.rule_is_running(rule int) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (
		SELECT FROM pg_locks l
		 WHERE l.locktype = 'object' AND l.granted
		   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
		   AND l.classid = 'memreg.retention_rule'::regclass AND l.objid = rule::oid)
$$;
REVOKE ALL ON FUNCTION memreg.rule_is_running(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.rule_is_running(int) TO pg_monitor;
COMMENT ON FUNCTION memreg.rule_is_running(int) IS 'Whether a process works on the retention rule at this moment';

CREATE VIEW memreg.retention_run AS
	SELECT r.run_id, r.rule_id AS rule, r.relation, r.action, r.started_at, r.finished_at, r.cutoff,
		   CASE WHEN r.outcome = 'running' AND NOT memreg.rule_is_running(r.rule_id)
				THEN 'interrupted' ELSE r.outcome END AS outcome,
		   r.rows_due, r.rows_removed, r.rows_skipped, r.rows_total,
		   round(r.rows_due::numeric / nullif(r.rows_total, 0), 4) AS share,
		   r.error_sqlstate, r.error_message, r.stopped_by, r.approved_at, r.approved_by, r.approval
	  FROM memreg.run r;
GRANT SELECT ON memreg.retention_run TO pg_monitor;
COMMENT ON VIEW memreg.retention_run IS 'What did the retention runs do, and which of them waits for an approval?';

CREATE FUNCTION memreg.count_due(
	rule int, OUT cutoff timestamptz, OUT rows_due bigint, OUT rows_total bigint, OUT kept_longer bigint, OUT kept_for_subject bigint)
	AS 'MODULE_PATHNAME', 'memreg_count_due' LANGUAGE C STRICT;
REVOKE ALL ON FUNCTION memreg.count_due(int) FROM PUBLIC;
COMMENT ON FUNCTION memreg.count_due(int) IS 'Reads a rule''s table and counts the rows that are past their term';

CREATE FUNCTION memreg.look_at_rule(
	rule int, OUT cutoff timestamptz, OUT rows_due bigint, OUT rows_total bigint, OUT kept_longer bigint, OUT kept_for_subject bigint, OUT problem text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT c.cutoff, c.rows_due, c.rows_total, c.kept_longer, c.kept_for_subject
	  INTO cutoff, rows_due, rows_total, kept_longer, kept_for_subject FROM memreg.count_due(rule) c;
EXCEPTION WHEN OTHERS THEN
	problem := SQLERRM;
END
$$;
REVOKE ALL ON FUNCTION memreg.look_at_rule(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.look_at_rule(int) TO pg_monitor;
COMMENT ON FUNCTION memreg.look_at_rule(int) IS 'memreg.count_due, or why the rows cannot be counted';

-- What decides beside the rule itself, for people.
CREATE FUNCTION memreg.due_reason(rule memreg.retention_rule, kept_longer bigint, kept_for_subject bigint) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws('; ',
		format('%s from %s', (rule).term, memreg.term_start(rule)),
		CASE WHEN kept_longer > 0
			 THEN format('%s rows are kept longer by rule %s', kept_longer, (
					SELECT string_agg(format('%s (%s from %s)', o.rule_id, o.term, memreg.term_start(o)), ', ' ORDER BY o.rule_id)
					  FROM memreg.retention_rule o
					  JOIN memreg.registered_table t ON t.relation = o.relation
					 WHERE o.stage = (rule).stage AND o.rule_id <> (rule).rule_id AND o.category IS NOT DISTINCT FROM (rule).category
					   AND ((rule).category IS NULL OR o.action = (rule).action)
					   AND (o.relation = (rule).relation
							OR (rule).action = 'erase_subject' AND t.register = (memreg.require_table((rule).relation)).register))) END,
		CASE WHEN kept_for_subject > 0
			 THEN format('%s rows are kept as their subjects are held or restricted', kept_for_subject) END,
		CASE WHEN (rule).grace IS NOT NULL
			 THEN format('what was announced %s ago or earlier goes', (rule).grace) END)
$$;
REVOKE ALL ON FUNCTION memreg.due_reason(memreg.retention_rule, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memreg.due_reason(memreg.retention_rule, bigint, bigint) TO pg_monitor;
COMMENT ON FUNCTION memreg.due_reason(memreg.retention_rule, bigint, bigint) IS
	'Why rows of a rule are due, and why others that are past its term are not, in words';

CREATE VIEW memreg.retention_due AS
	SELECT r.rule_id AS rule, t.register, r.relation, r.action, r.category, r.term, r.since, r.event, r.start_at, r.time_zone,
		   d.cutoff, d.rows_due, d.rows_total,
		   round(d.rows_due::numeric / nullif(d.rows_total, 0), 4) AS share,
		   d.kept_longer, d.kept_for_subject, memreg.due_reason(r, d.kept_longer, d.kept_for_subject) AS reason,
		   s.next_attempt_at, memreg.rule_is_paused(r.rule_id) AS paused,
		   coalesce(s.attempts, 0) AS attempts, d.problem
	  FROM memreg.retention_rule r
	  JOIN memreg.registered_table t ON t.relation = r.relation
	  LEFT JOIN memreg.retention_state s ON s.rule_id = r.rule_id,
	  LATERAL memreg.look_at_rule(r.rule_id) d;
GRANT SELECT ON memreg.retention_due TO pg_monitor;
COMMENT ON VIEW memreg.retention_due IS
	'How many rows are past their term by each rule now, why, and when does a worker look next? Reads the tables to count';

CREATE FUNCTION memreg.list_upcoming(rule int, until timestamptz, OUT relation regclass, OUT subject text, OUT started_at timestamptz, OUT due_at timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'memreg_list_upcoming' LANGUAGE C STRICT;
REVOKE ALL ON FUNCTION memreg.list_upcoming(int, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION memreg.list_upcoming(int, timestamptz) IS
	'Rows of a rule''s table whose last term passes until then: whose they are, from when the rule''s own term runs, and when the last passes; neither held nor restricted';

CREATE VIEW memreg.retention_upcoming AS
	SELECT t.register, r.rule_id AS rule, u.relation, r.action, r.category, u.subject, count(*) AS rows, min(u.due_at) AS term_passes_at,
		   min(greatest(u.due_at, r.grace + coalesce((SELECT min(a.announced_at) FROM memreg.retention_announcement a
													   WHERE a.rule_id = r.rule_id AND a.cutoff >= u.started_at),
													 clock_timestamp()))) AS not_before
	  FROM memreg.retention_rule r
	  JOIN memreg.registered_table t ON t.relation = r.relation,
	  LATERAL memreg.list_upcoming(r.rule_id, now() + r.grace) u
	 WHERE r.grace IS NOT NULL
	 GROUP BY t.register, r.rule_id, u.relation, u.subject;
COMMENT ON VIEW memreg.retention_upcoming IS
	'Whose data goes when, by the rules with a grace period? It names subjects, so nobody sees it but whom you grant it to';
