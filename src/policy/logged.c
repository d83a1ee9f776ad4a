/*
 * logged.c
 *		What the server logs of a plan that is run stays in its log.
 *
 * Everybody can have the log's messages sent to the session
 * (client_min_messages), and have the server log how much memory a sort took
 * (trace_sort), which tells how many rows it has met: also of groups that
 * nobody may see.  Either can be set while the plan runs, so nothing that is
 * looked at before or after helps.
 *
 * While a plan with a ticket is run, finished or ended, messages for the log go
 * there only, unless its user may see such counts (counts.c).  What a query
 * that changes data has not been asked for is run as it is finished.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/elog.h"

#include "core/compat.h"
#include "policy/counts.h"
#include "policy/logged.h"
#include "policy/ticket.h"

static ExecutorRun_hook_type next_run = NULL;
static ExecutorFinish_hook_type next_finish = NULL;
static ExecutorEnd_hook_type next_end = NULL;
static emit_log_hook_type next_emit = NULL;

/* Is such a plan at work, here or around the present statement? */
static bool withholding = false;

static void run(MEMREG_EXECUTOR_RUN_ARGS);
static void run_further(MEMREG_EXECUTOR_RUN_ARGS);
static void finish(QueryDesc *query);
static void end(QueryDesc *query);
static bool withhold_for(const QueryDesc *query);
static void emit(ErrorData *message);

void
memreg_logged_init(void)
{
	next_run = ExecutorRun_hook;
	ExecutorRun_hook = run;
	next_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish;
	next_end = ExecutorEnd_hook;
	ExecutorEnd_hook = end;
	next_emit = emit_log_hook;
	emit_log_hook = emit;
}

static void
run(MEMREG_EXECUTOR_RUN_ARGS)
{
	const bool outer = withhold_for(queryDesc);

	PG_TRY();
	{
		run_further(MEMREG_EXECUTOR_RUN_PASS);
	}
	PG_FINALLY();
	{
		withholding = outer;
	}
	PG_END_TRY();
}

static void
run_further(MEMREG_EXECUTOR_RUN_ARGS)
{
	if (next_run != NULL)
		next_run(MEMREG_EXECUTOR_RUN_PASS);
	else
		standard_ExecutorRun(MEMREG_EXECUTOR_RUN_PASS);
}

static void
finish(QueryDesc *query)
{
	const bool outer = withhold_for(query);

	PG_TRY();
	{
		if (next_finish != NULL)
			next_finish(query);
		else
			standard_ExecutorFinish(query);
	}
	PG_FINALLY();
	{
		withholding = outer;
	}
	PG_END_TRY();
}

static void
end(QueryDesc *query)
{
	const bool outer = withhold_for(query);

	PG_TRY();
	{
		if (next_end != NULL)
			next_end(query);
		else
			standard_ExecutorEnd(query);
	}
	PG_FINALLY();
	{
		withholding = outer;
	}
	PG_END_TRY();
}

/* Withholds from now on if this plan needs it; returns what was before. */
static bool
withhold_for(const QueryDesc *query)
{
	const bool outer = withholding;

	withholding = outer ||
		(memreg_ticket_is_in(query->plannedstmt) && !memreg_counts_may_see());
	return outer;
}

/* Called for what goes to the log, before it does. */
static void
emit(ErrorData *message)
{
	if (withholding && message->elevel <= LOG)
		message->output_to_client = false;
	if (next_emit != NULL)
		next_emit(message);
}
