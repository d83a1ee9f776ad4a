/*
 * report.c
 *		What a run says to the session that called it, or to the server's log.
 *
 * Levels are chosen for both at once: a WARNING reaches session and log, a
 * NOTICE the session alone, a LOG the log alone.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "core/errors.h"
#include "retention/report.h"

static char *left_behind(const RetentionRun *run);
static const char *why_early(SweepState state);

/* Another process runs the rule already. */
void
memreg_report_busy(int32 rule)
{
	ereport(NOTICE,
			(errmsg("retention rule %d is being run by another process", rule)));
}

/* Somebody has its schedule locked, or worse. */
void
memreg_report_not_begun(int32 rule, const RetentionFailure *failure)
{
	ereport(memreg_failure_is_contention(failure) ? NOTICE : WARNING,
			(errcode(failure->code),
			 errmsg("retention rule %d could not be begun: %s", rule, failure->message)));
}

void
memreg_report_restored(uint64 rules)
{
	ereport(LOG,
			(errmsg(UINT64_FORMAT " retention rules were restored and are left alone for an hour", rules),
			 errhint("CALL memreg.run_retention() runs them at once.")));
}

/* The next round tries again; until then the tallies say what the records will. */
void
memreg_report_unrecorded(const RetentionFailure *failure)
{
	ereport(WARNING,
			(errcode(failure->code),
			 errmsg("records of retention runs that were interrupted could not be written: %s",
					failure->message),
			 errhint("The next round tries again; memreg.coming_record shows them.")));
}

/* Rows that went, and why others that are due did not. */
void
memreg_report_finished(const RetentionRun *run)
{
	ereport(LOG,
			(errmsg("retention rule %d has %s " UINT64_FORMAT " of " UINT64_FORMAT " rows of table %s that were due (run " INT64_FORMAT ")",
					run->rule_id, run->rule.action->verb_done, run->sweep.removed,
					Max(run->count.due, run->sweep.removed), run->rule.relation_name, run->id),
			 errdetail("Terms ran from times up to %s.%s%s",
					   timestamptz_to_str(run->rule.terms[0].cutoff.instant),
					   left_behind(run), why_early(run->sweep.state))));
}

static char *
left_behind(const RetentionRun *run)
{
	return run->sweep.skipped == 0 ? ""
								   : psprintf(" Other transactions had " UINT64_FORMAT
											  " more rows locked; the next run takes them.",
											  run->sweep.skipped);
}

static const char *
why_early(SweepState state)
{
	switch (state)
	{
		case SWEEP_RULE_CHANGED:
			return " The run ended early: a rule of the table was changed or paused, or the window closed.";
		case SWEEP_TURN_OVER:
			return " Others have their turn; it goes on after them.";
		case SWEEP_OVER_LIMIT:
			return " The run ended early: more rows have become due than may go without approval.";
		default:
			return "";
	}
}

/* Rows that a partition keeps in the table are not due, so the run itself says nothing of them. */
void
memreg_report_partitions(const RetentionRule *rule, int gone, int kept, int busy)
{
	ereport(LOG,
			(errmsg("partitions taken from table %s by retention rule %d: %d",
					rule->relation_name, rule->id, gone),
			 kept + busy == 0 ? 0 :
			 errdetail("Past their term, but kept, as a row of theirs is: %d. In use: %d; the next run takes them.",
					   kept, busy),
			 kept + busy == 0 ? 0 : errhint("See memreg.retention_partition.")));
}

/* Said once, not at every look while it waits; a session that asks is told. */
void
memreg_report_stopped(const RetentionRun *run)
{
	ereport(run->repeated ? NOTICE : WARNING,
			(errmsg("retention rule %d would %s " UINT64_FORMAT " of " UINT64_FORMAT " rows of table %s and has stopped",
					run->rule_id, run->rule.action->verb, run->count.due, run->count.total, run->rule.relation_name),
			 run->approval.run != 0 ?
			 errdetail("No row has been %s. Run " INT64_FORMAT " was approved for " UINT64_FORMAT ".",
					   run->rule.action->verb_done, run->approval.run, run->approval.due) :
			 errdetail("No row has been %s. %s is %s.", run->rule.action->verb_done,
					   memreg_run_exceeded(run),
					   GetConfigOption(memreg_run_exceeded(run), false, false)),
			 errhint("See memreg.retention_run; memreg.approve_run(" INT64_FORMAT ") lets it go on.",
					 run->id)));
}

/*
 * What fails again in the same way is said ever more rarely: after 2 attempts,
 * 4, 8, 16.  A session that asks is told.
 */
void
memreg_report_failed(const RetentionRun *run)
{
	bool said = run->repeated && (run->attempts & (run->attempts - 1)) != 0;

	ereport(said ? NOTICE : WARNING,
			(errcode(run->failure.code),
			 errmsg("retention rule %d has failed: %s", run->rule_id, run->failure.message),
			 errdetail("SQLSTATE %s; rows %s before: " UINT64_FORMAT ".",
					   unpack_sql_state(run->failure.code),
					   run->rule.action == NULL ? "removed" : run->rule.action->verb_done,
					   run->sweep.removed),
			 errhint("Other rules go on. This one is tried again after a wait.")));
}

void
memreg_report_dry(const RetentionRun *run)
{
	const char *exceeded = run->approval.run == 0 ? memreg_run_exceeded(run) : NULL;

	ereport(NOTICE,
			(errmsg("retention rule %d would %s " UINT64_FORMAT " of " UINT64_FORMAT " rows of table %s",
					run->rule_id, run->rule.action->verb, run->count.due, run->count.total, run->rule.relation_name),
			 exceeded == NULL ? 0 :
			 errdetail("That is more than %s (%s) allows: the run would stop and wait for memreg.approve_run.",
					   exceeded, GetConfigOption(exceeded, false, false))));
}
