/*
 * referential.c
 *		Foreign keys' own actions tell nothing of the rows that they meet.
 *
 * ON DELETE SET NULL, ON UPDATE CASCADE and the like change the referring rows
 * as their table's owner, past forced row security.  Where a constraint then
 * fails, PostgreSQL takes the table for one without row security, and puts the
 * row, or its key, into the error's detail: for whoever deleted or updated the
 * row that is referred to.
 *
 * So while such an action changes a protected table, the detail is replaced,
 * unless the role that the session acts as bypasses row security.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "parser/parsetree.h"
#include "utils/acl.h"

#include "core/compat.h"
#include "core/extension.h"
#include "policy/referential.h"
#include "registry/membership.h"

static ExecutorRun_hook_type next_run = NULL;

static void run(MEMREG_EXECUTOR_RUN_ARGS);
static void run_further(MEMREG_EXECUTOR_RUN_ARGS);
static bool changes_past_row_security(const PlannedStmt *plan);
static void hide_row(void *arg);

void
memreg_referential_init(void)
{
	next_run = ExecutorRun_hook;
	ExecutorRun_hook = run;
}

static void
run(MEMREG_EXECUTOR_RUN_ARGS)
{
	ErrorContextCallback context = {.previous = error_context_stack, .callback = hide_row};

	if (InNoForceRLSOperation() && changes_past_row_security(queryDesc->plannedstmt))
		error_context_stack = &context;
	run_further(MEMREG_EXECUTOR_RUN_PASS);
	error_context_stack = context.previous;
}

static void
run_further(MEMREG_EXECUTOR_RUN_ARGS)
{
	if (next_run != NULL)
		next_run(MEMREG_EXECUTOR_RUN_PASS);
	else
		standard_ExecutorRun(MEMREG_EXECUTOR_RUN_PASS);
}

/* Of a protected table, for a role that row security binds. */
static bool
changes_past_row_security(const PlannedStmt *plan)
{
	ListCell *cell;

	if (!memreg_extension_exists() || has_bypassrls_privilege(GetOuterUserId()))
		return false;
	foreach(cell, plan->resultRelations)
	{
		RegisteredTable table;

		if (memreg_membership_find(rt_fetch(lfirst_int(cell), plan->rtable)->relid, &table) &&
			table.protected)
			return true;
	}
	return false;
}

/* Called while an error is made up, after what raised it has given its detail. */
static void
hide_row(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
		errdetail("The row is not shown, as it may hold what the role does not see.");
}
