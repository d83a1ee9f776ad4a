/*
 * run.c
 *		One run of one retention rule.
 *
 * Look (count, decide, write down what is going to happen), remove in batches
 * (purge.c), write down what happened.  Each part is a committed step, so that
 * a crash between any two leaves nothing half done and nothing unsaid.
 *
 * An approval covers what the stopped run would have removed: rows at or before
 * that run's cutoff, and no more of them than it counted.
 */
#include "postgres.h"

#include "portability/instr_time.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/extension.h"
#include "retention/announcement.h"
#include "retention/record.h"
#include "retention/removal.h"
#include "retention/report.h"
#include "retention/retention.h"
#include "retention/run.h"
#include "retention/schedule.h"
#include "retention/shown.h"
#include "retention/step.h"

/* So many times as long as it took to look, a rule with nothing to do rests. */
#define REST_PER_LOOK 20

static void look(void *arg);
static void count_due(RetentionRun *run);
static const char *exceeded(const RetentionRun *run);
static void pass_over(RetentionRun *run);
static void stop(RetentionRun *run);
static void start(RetentionRun *run);
static bool resume(RetentionRun *run);
static bool carry_out(RetentionRun *run);
static uint64 unasked_limit(const RetentionRun *run);
static void finish(void *arg);
static void fail(RetentionRun *run);
static void record_failure(void *arg);
static void look_only(void *arg);

/* Run a rule that the caller has locked. */
void
memreg_run_rule(int32 id, MemoryContext memory)
{
	RetentionRun run = {.rule_id = id, .memory = memory};

	if (!memreg_step(look, &run, &run.failure))
	{
		fail(&run);
		return;
	}
	if (run.state == RUN_STOPPED)
		memreg_report_stopped(&run);
	if (!resume(&run) || (run.state == RUN_STARTED && !carry_out(&run)))
		fail(&run);
	else if (run.state == RUN_STARTED)
		memreg_report_finished(&run);
}

/* What an earlier run has begun and could not end is ended by any later one, whatever is due. */
static bool
resume(RetentionRun *run)
{
	if (run->state == RUN_RULE_GONE || run->rule.action->removal->resume == NULL)
		return true;
	return run->rule.action->removal->resume(&run->rule, run->memory, &run->failure);
}

static bool
carry_out(RetentionRun *run)
{
	return run->rule.action->removal->remove(&run->sweep, run->count.places, &run->failure) &&
		memreg_step(finish, run, &run->failure);
}

/* Step: count and decide. */
static void
look(void *arg)
{
	RetentionRun *run = arg;

	MemoryContextSwitchTo(run->memory);
	if (!memreg_rule_read(run->rule_id, &run->rule))
	{
		run->state = RUN_RULE_GONE;
		return;
	}
	memreg_shown_look(run->rule_id, run->rule.relation_name);
	memreg_history_interrupt(run->rule_id);
	run->approval = memreg_history_approval(run->rule_id);
	run->gap_seconds = memreg_schedule_gap(run->rule_id);
	memreg_announcement_make(&run->rule);
	count_due(run);

	if (run->count.due == 0 && run->count.partitions == 0)
		pass_over(run);
	else if (exceeded(run) != NULL)
		stop(run);
	else
		start(run);
}

static void
count_due(RetentionRun *run)
{
	instr_time begin;
	instr_time end;

	INSTR_TIME_SET_CURRENT(begin);
	memreg_rule_set_cutoffs(&run->rule,
							run->approval.run != 0 ? run->approval.cutoff : DT_NOEND);
	run->count = run->rule.action->removal->count(&run->rule, run->memory);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	run->look_seconds = INSTR_TIME_GET_DOUBLE(end);
}

/* What stops the run: a setting, or for an approved one that more has come; NULL: nothing. */
static const char *
exceeded(const RetentionRun *run)
{
	if (run->approval.run != 0)
		return run->count.due > run->approval.due ? "approval" : NULL;
	return memreg_run_exceeded(run);
}

/* The setting by which so much is due that nobody should lose it unasked; NULL: by none. */
const char *
memreg_run_exceeded(const RetentionRun *run)
{
	if (memreg_retention_max_gap > 0 && run->gap_seconds > memreg_retention_max_gap)
		return "memreg.retention_max_gap";
	if (memreg_retention_max_rows > 0 && run->count.due > (uint64) memreg_retention_max_rows)
		return "memreg.retention_max_rows";
	if (run->count.total > 0 &&
		(double) run->count.due / (double) run->count.total > memreg_retention_max_share)
		return "memreg.retention_max_share";
	return NULL;
}

/* Nothing is due: no run, unless an approval is used up by it. */
static void
pass_over(RetentionRun *run)
{
	run->state = RUN_NOTHING_DUE;
	if (run->approval.run != 0)
		(void) memreg_history_add(&run->rule, run->count, "done", run->approval.run, NULL);
	memreg_schedule_rest(run->rule_id, run->look_seconds * REST_PER_LOOK);
}

/* The first stop is written down; while it waits, later ones say nothing new. */
static void
stop(RetentionRun *run)
{
	run->state = RUN_STOPPED;
	run->id = memreg_history_waiting(run->rule_id);
	run->repeated = run->id != 0;
	if (!run->repeated)
		run->id = memreg_history_add(&run->rule, run->count, "stopped", run->approval.run,
									 exceeded(run));
	memreg_schedule_ask(run->rule_id, run->look_seconds * REST_PER_LOOK);
}

static void
start(RetentionRun *run)
{
	run->state = RUN_STARTED;
	memreg_schedule_looked(run->rule_id);
	memreg_shown_remove(run->count.due);
	run->id = memreg_history_add(&run->rule, run->count, "running", run->approval.run, NULL);
	run->sweep.rule = &run->rule;
	run->sweep.memory = run->memory;
	run->sweep.run = run->id;
	run->sweep.limit = run->approval.run != 0 ? run->approval.due : unasked_limit(run);
	memreg_tally_begin(&run->sweep.tally, &run->rule, run->id, run->memory);
}

/* How many rows may go without approval: those counted, and some that come past their term meanwhile. */
static uint64
unasked_limit(const RetentionRun *run)
{
	uint64 limit = (uint64) (run->count.total * memreg_retention_max_share);

	if (memreg_retention_max_rows > 0)
		limit = Min(limit, (uint64) memreg_retention_max_rows);
	return Max(run->count.due, limit);
}

/* Step: write down how it ended. */
static void
finish(void *arg)
{
	RetentionRun *run = arg;
	RetentionSweep *sweep = &run->sweep;

	memreg_history_progress(run->id, sweep->removed, sweep->skipped);
	memreg_history_finish(run->id, sweep->state == SWEEP_ENDED ? "done" : "interrupted", NULL);
	memreg_record_write(run->id);
	memreg_history_trim(run->rule_id);
	if (sweep->state == SWEEP_TURN_OVER)
		memreg_schedule_yield(run->rule_id);
	else
		memreg_schedule_rest(run->rule_id, 0);
}

static void
fail(RetentionRun *run)
{
	RetentionFailure second;
	bool recorded = memreg_step(record_failure, run, &second);

	if (!memreg_extension_exists())
		return; /* that is why */
	memreg_report_failed(run);
	if (!recorded)
		ereport(ERROR,
				(errcode(second.code),
				 errmsg("a failed retention run could not be recorded: %s", second.message)));
}

/* Step: the history says it, and the rule waits. */
static void
record_failure(void *arg)
{
	RetentionRun *run = arg;

	run->attempts = memreg_schedule_attempts(run->rule_id);
	run->repeated = memreg_history_failed_so(run->rule_id, run->id, &run->failure);
	if (run->state == RUN_STARTED && run->id != 0)
	{
		memreg_history_finish(run->id, "failed", &run->failure);
		memreg_record_write(run->id);
	}
	else
		memreg_history_add_failed(run->rule_id, &run->failure);
	memreg_schedule_wait(run->rule_id);
	memreg_history_trim(run->rule_id);
}

/* Count what a run of the rule would remove, and write that down. */
void
memreg_run_dry(int32 id, MemoryContext memory)
{
	RetentionRun run = {.rule_id = id, .memory = memory};

	if (!memreg_step(look_only, &run, &run.failure))
		memreg_report_failed(&run);
	else if (run.id != 0)
		memreg_report_dry(&run);
}

/* Step: count, change nothing. */
static void
look_only(void *arg)
{
	RetentionRun *run = arg;

	MemoryContextSwitchTo(run->memory);
	if (!memreg_rule_read(run->rule_id, &run->rule))
		return;
	run->approval = memreg_history_approval(run->rule_id);
	run->gap_seconds = memreg_schedule_gap(run->rule_id);
	count_due(run);
	run->id = memreg_history_add(&run->rule, run->count, "dry run", 0, NULL);
	memreg_history_trim(run->rule_id);
}
