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

/* Another process runs the rule already. */
void
memreg_report_busy(int32 rule)
{
	ereport(NOTICE,
			(errmsg("retention rule %d is being run by another process", rule)));
}

void
memreg_report_restored(uint64 rules)
{
	ereport(LOG,
			(errmsg(UINT64_FORMAT " retention rules were restored and are left alone for an hour", rules),
			 errhint("CALL memreg.run_retention() runs them at once.")));
}

void
memreg_report_finished(const RetentionRun *run)
{
	ereport(LOG,
			(errmsg("retention rule %d has removed " UINT64_FORMAT " rows of table %s",
					run->rule_id, run->sweep.removed, run->rule.relation_name),
			 run->sweep.skipped == 0 ? 0 :
			 errdetail(UINT64_FORMAT " more were locked by other transactions; the next run takes them.",
					   run->sweep.skipped)));
}

/* Said once, not at every look while it waits; a session that asks is told. */
void
memreg_report_stopped(const RetentionRun *run)
{
	ereport(run->repeated ? NOTICE : WARNING,
			(errmsg("retention rule %d would remove " UINT64_FORMAT " of " UINT64_FORMAT " rows of table %s and has stopped",
					run->rule_id, run->count.due, run->count.total, run->rule.relation_name),
			 run->approval.run != 0 ?
			 errdetail("No row has been removed. Run " INT64_FORMAT " was approved for " UINT64_FORMAT ".",
					   run->approval.run, run->approval.due) :
			 errdetail("No row has been removed. %s is %s.", memreg_run_exceeded(run),
					   GetConfigOption(memreg_run_exceeded(run), false, false)),
			 errhint("See memreg.retention_run; memreg.approve_run(" INT64_FORMAT ") lets it go on.",
					 run->id)));
}

void
memreg_report_failed(const RetentionRun *run)
{
	ereport(WARNING,
			(errcode(run->failure.code),
			 errmsg("retention rule %d has failed: %s", run->rule_id, run->failure.message),
			 errdetail("SQLSTATE %s; rows removed before: " UINT64_FORMAT ".",
					   unpack_sql_state(run->failure.code), run->sweep.removed),
			 errhint("Other rules go on. This one is tried again after a wait.")));
}

void
memreg_report_dry(const RetentionRun *run)
{
	const char *exceeded = run->approval.run == 0 ? memreg_run_exceeded(run) : NULL;

	ereport(NOTICE,
			(errmsg("retention rule %d would remove " UINT64_FORMAT " of " UINT64_FORMAT " rows of table %s",
					run->rule_id, run->count.due, run->count.total, run->rule.relation_name),
			 exceeded == NULL ? 0 :
			 errdetail("That is more than %s (%s) allows: the run would stop and wait for memreg.approve_run.",
					   exceeded, GetConfigOption(exceeded, false, false))));
}
