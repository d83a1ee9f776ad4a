/*
 * executor.c
 *		The executor hook: a plan is run by whom and for what it was made.
 *
 * Checked once at the start of each execution, by the leader: parallel workers
 * run what their leader has checked.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "executor/executor.h"
#include "utils/inval.h"

#include "core/extension.h"
#include "policy/executor.h"
#include "policy/ticket.h"

static ExecutorStart_hook_type next_start = NULL;

static void start_execution(QueryDesc *query, int flags);

void
memreg_executor_init(void)
{
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = start_execution;
}

static void
start_execution(QueryDesc *query, int flags)
{
	if (query->plannedstmt->rtable != NIL && !IsParallelWorker() &&
		memreg_extension_exists())
	{
		/* What was committed before this statement must be known to it. */
		AcceptInvalidationMessages();
		memreg_ticket_check(query->plannedstmt);
	}
	if (next_start != NULL)
		next_start(query, flags);
	else
		standard_ExecutorStart(query, flags);
}
