/*
 * history.c
 *		What runs leave behind: memreg.run.
 *
 * A run that will remove rows is written down and committed before the first
 * row goes.  After a crash its row says "running" while nobody holds the rule's
 * lock: the next run of the rule finds it, says so, and takes the work up.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "core/spi.h"
#include "retention/history.h"

#define RUNS_KEPT 100 /* for each rule */

static MemregArgs rule_argument(int32 rule);

/* Whoever holds the rule's lock knows that a run still marked as running is none. */
void
memreg_history_interrupt(int32 rule)
{
	MemregArgs args = rule_argument(rule);

	memreg_spi_run("UPDATE memreg.run SET outcome = 'interrupted', finished_at = clock_timestamp()"
				   " WHERE rule_id = $1 AND outcome = 'running'",
				   &args);
}

/* An approval holds until a run has acted on it to the end. */
RetentionApproval
memreg_history_approval(int32 rule)
{
	MemregArgs args = rule_argument(rule);
	RetentionApproval approval = {0};
	bool isnull;

	if (memreg_spi_run("SELECT s.run_id, s.cutoff, s.rows_due FROM memreg.run s"
					   " WHERE s.rule_id = $1 AND s.outcome = 'stopped' AND s.approved_at IS NOT NULL"
					   " AND NOT EXISTS (SELECT FROM memreg.run u WHERE u.rule_id = $1"
					   "  AND u.approval = s.run_id AND u.outcome IN ('done', 'stopped'))"
					   " ORDER BY s.run_id DESC LIMIT 1",
					   &args) > 0)
	{
		approval.run = DatumGetInt64(memreg_spi_value(0, 1, &isnull));
		approval.cutoff = DatumGetTimestampTz(memreg_spi_value(0, 2, &isnull));
		approval.due = DatumGetInt64(memreg_spi_value(0, 3, &isnull));
	}
	return approval;
}

/* The rule's latest run, if that one stopped and waits for an approval; else 0. */
int64
memreg_history_waiting(int32 rule)
{
	MemregArgs args = rule_argument(rule);
	int64 run = 0;
	bool isnull;

	if (memreg_spi_run("SELECT l.run_id FROM (SELECT r.* FROM memreg.run r"
					   "  WHERE r.rule_id = $1 AND r.outcome <> 'dry run'"
					   "  ORDER BY r.run_id DESC LIMIT 1) l"
					   " WHERE l.outcome = 'stopped' AND l.approved_at IS NULL",
					   &args) > 0)
		run = DatumGetInt64(memreg_spi_value(0, 1, &isnull));
	return run;
}

/*
 * Write a run down; its number.  approval is 0 or the stopped run it acts on,
 * stopped_by NULL or the setting that stopped it.
 */
int64
memreg_history_add(const RetentionRule *rule, RetentionCount count, const char *outcome,
				   int64 approval, const char *stopped_by)
{
	MemregArgs args = rule_argument(rule->id);
	bool isnull;
	int64 run;

	memreg_spi_arg_text(&args, rule->relation_name);
	memreg_spi_arg_text(&args, rule->action->name);
	memreg_spi_arg(&args, TIMESTAMPTZOID, TimestampTzGetDatum(rule->terms[0].cutoff.instant));
	memreg_spi_arg_text(&args, outcome);
	memreg_spi_arg(&args, INT8OID, Int64GetDatum((int64) count.due));
	memreg_spi_arg(&args, INT8OID, Int64GetDatum((int64) count.total));
	memreg_spi_arg(&args, INT8OID, Int64GetDatum(approval));
	memreg_spi_arg_text(&args, stopped_by);
	memreg_spi_run("INSERT INTO memreg.run (rule_id, relation, action, cutoff, outcome,"
				   " rows_due, rows_total, approval, stopped_by, finished_at)"
				   " VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, 0), $9,"
				   "  CASE WHEN $5 <> 'running' THEN clock_timestamp() END)"
				   " RETURNING run_id",
				   &args);
	run = DatumGetInt64(memreg_spi_value(0, 1, &isnull));
	return run;
}

void
memreg_history_progress(int64 run, uint64 removed, uint64 skipped)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	memreg_spi_arg(&args, INT8OID, Int64GetDatum((int64) removed));
	memreg_spi_arg(&args, INT8OID, Int64GetDatum((int64) skipped));
	memreg_spi_run("UPDATE memreg.run SET rows_removed = $2, rows_skipped = $3 WHERE run_id = $1",
				   &args);
}

/* failure NULL: it ended well, or as the outcome says. */
void
memreg_history_finish(int64 run, const char *outcome, const RetentionFailure *failure)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	memreg_spi_arg_text(&args, outcome);
	memreg_spi_arg_text(&args, failure == NULL ? NULL : unpack_sql_state(failure->code));
	memreg_spi_arg_text(&args, failure == NULL ? NULL : failure->message);
	memreg_spi_run("UPDATE memreg.run SET outcome = $2, finished_at = clock_timestamp(),"
				   " error_sqlstate = $3, error_message = $4 WHERE run_id = $1",
				   &args);
}

/* A run that failed before it had anything else to say. */
void
memreg_history_add_failed(int32 rule, const RetentionFailure *failure)
{
	MemregArgs args = rule_argument(rule);

	memreg_spi_arg_text(&args, unpack_sql_state(failure->code));
	memreg_spi_arg_text(&args, failure->message);
	memreg_spi_run("INSERT INTO memreg.run (rule_id, relation, action, outcome, finished_at,"
				   " error_sqlstate, error_message)"
				   " SELECT r.rule_id, format('%I.%I', n.nspname, c.relname), r.action, 'failed',"
				   "  clock_timestamp(), $2, $3"
				   " FROM memreg.retention_rule r"
				   " JOIN pg_class c ON c.oid = r.relation"
				   " JOIN pg_namespace n ON n.oid = c.relnamespace"
				   " WHERE r.rule_id = $1",
				   &args);
}

/* Did the last run of the rule before this one fail in the same way? */
bool
memreg_history_failed_so(int32 rule, int64 run, const RetentionFailure *failure)
{
	MemregArgs args = rule_argument(rule);

	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	memreg_spi_arg_text(&args, unpack_sql_state(failure->code));
	memreg_spi_arg_text(&args, failure->message);
	return memreg_spi_run("SELECT FROM (SELECT r.* FROM memreg.run r"
						  "  WHERE r.rule_id = $1 AND r.run_id <> $2 AND r.outcome <> 'dry run'"
						  "  ORDER BY r.run_id DESC LIMIT 1) l"
						  " WHERE l.outcome = 'failed' AND l.error_sqlstate = $3"
						  " AND l.error_message = $4",
						  &args) > 0;
}

/*
 * Forget old runs of a rule, but not its last stop: it may wait for an
 * approval, or for a run that acts on it.
 */
void
memreg_history_trim(int32 rule)
{
	MemregArgs args = rule_argument(rule);

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(RUNS_KEPT));
	memreg_spi_run("DELETE FROM memreg.run r WHERE r.rule_id = $1"
				   " AND r.run_id < (SELECT k.run_id FROM memreg.run k WHERE k.rule_id = $1"
				   "  ORDER BY k.run_id DESC OFFSET $2 - 1 LIMIT 1)"
				   " AND r.run_id IS DISTINCT FROM (SELECT max(s.run_id) FROM memreg.run s"
				   "  WHERE s.rule_id = $1 AND s.outcome = 'stopped')",
				   &args);
}

static MemregArgs
rule_argument(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	return args;
}
