/*
 * executor.c
 *		The executor hooks: a plan is run by whom and for what it was made.
 *
 * Checked once at the start of each execution, by the leader: parallel workers
 * run what their leader has checked, and check what they start themselves.
 * COPY of a table without row security passes neither planner nor executor,
 * but asks for permissions like a plan.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rls.h"

#include "consent/index.h"
#include "core/compat.h"
#include "core/errors.h"
#include "core/extension.h"
#include "policy/attached.h"
#include "policy/counts.h"
#include "policy/executor.h"
#include "policy/ground_scan.h"
#include "policy/mark.h"
#include "policy/ticket.h"
#include "registry/lineage.h"

static ExecutorStart_hook_type next_start = NULL;
static ExecutorCheckPerms_hook_type next_check = NULL;

/* The range table of the plan that is being initialized: it has been checked. */
static const List *checked = NULL;

static void start_execution(QueryDesc *query, int flags);
static void initialize(QueryDesc *query, int flags);
static bool start_statement(QueryDesc *query, int flags);
static void do_without_workers(QueryDesc *query);
static bool start_in_worker(QueryDesc *query);
static void require_marks(List *range_table);
static bool check_permissions(MEMREG_CHECK_PERMS_ARGS);
static bool copies_unguarded(const RangeTblEntry *entry);

void
memreg_executor_init(void)
{
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = start_execution;
	next_check = ExecutorCheckPerms_hook;
	ExecutorCheckPerms_hook = check_permissions;
}

static void
start_execution(QueryDesc *query, int flags)
{
	bool guarded = false;

	if (query->plannedstmt->rtable != NIL && memreg_extension_exists())
		guarded = IsParallelWorker() ? start_in_worker(query) : start_statement(query, flags);
	initialize(query, flags);
	if (guarded && (flags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
		memreg_ground_scan_speed_up(query->planstate, flags);
}

static void
initialize(QueryDesc *query, int flags)
{
	const List *outer = checked;

	checked = query->plannedstmt->rtable;
	PG_TRY();
	{
		if (next_start != NULL)
			next_start(query, flags);
		else
			standard_ExecutorStart(query, flags);
	}
	PG_FINALLY();
	{
		checked = outer;
	}
	PG_END_TRY();
}

/* Is it over protected tables?  Then it is checked, and its answers made ready. */
static bool
start_statement(QueryDesc *query, int flags)
{
	bool guarded;

	/* What was committed before this statement must be known to it. */
	AcceptInvalidationMessages();
	guarded = memreg_ticket_check(query->plannedstmt);
	if (guarded && (flags & EXEC_FLAG_EXPLAIN_ONLY) == 0 && !memreg_index_prepare())
		do_without_workers(query);
	require_marks(query->plannedstmt->rtable);
	if (guarded && (flags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
		memreg_counts_require_right(query);
	return guarded;
}

/* The plan may be kept for others, so it is not ours to change. */
static void
do_without_workers(QueryDesc *query)
{
	PlannedStmt *plan;

	if (!query->plannedstmt->parallelModeNeeded)
		return;
	plan = makeNode(PlannedStmt);
	*plan = *query->plannedstmt;
	plan->parallelModeNeeded = false;
	query->plannedstmt = plan;
}

/*
 * The statement that a worker serves goes to a queue, and its leader has
 * checked it.  Any other is one of the worker's own, started by a function,
 * which may have changed settings.
 */
static bool
start_in_worker(QueryDesc *query)
{
	bool nested = query->dest->mydest != DestTupleQueue;
	bool guarded = memreg_ticket_is_in(query->plannedstmt);

	if (nested)
	{
		(void) memreg_ticket_check(query->plannedstmt);
		require_marks(query->plannedstmt->rtable);
	}
	if (guarded)
		memreg_index_prepare_worker(nested);
	return guarded;
}

/*
 * Every protected relation that the plan can read was treated, or the current
 * user may read it untreated now, whatever held when the plan was made.
 */
static void
require_marks(List *range_table)
{
	ListCell *cell;

	foreach(cell, range_table)
	{
		RangeTblEntry *entry = lfirst(cell);

		if (!memreg_mark_missing(entry) || memreg_attached_exempt(entry))
			continue;
		ResetPlanCache(); /* a kept plan is made anew at the next try */
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_GUARD_REACHED),
				 errmsg("the statement reaches protected table %s in a way that memreg cannot treat",
						quote_identifier(get_rel_name(entry->relid))),
				 errhint("Query the table itself, or a view over it, and prepare the statement again if rights have changed.")));
	}
}

/*
 * Plans have been checked by now.  What is left is a COPY, which becomes a
 * query, and is treated as one, only where row security is on.
 */
static bool
check_permissions(MEMREG_CHECK_PERMS_ARGS)
{
	ListCell *cell;

	if (!IsParallelWorker() && rangeTable != checked && memreg_extension_exists())
		foreach(cell, rangeTable)
		{
			RangeTblEntry *entry = lfirst(cell);

			if (!copies_unguarded(entry))
				continue;
			if (!ereport_on_violation)
				return false;
			ereport(ERROR,
					(errcode(MEMREG_ERRCODE_GUARD_MISSING),
					 errmsg("table %s cannot be copied without the row security of what it holds",
							quote_identifier(get_rel_name(entry->relid))),
					 errdetail("It, or a partition of it, is protected, but its row security has been changed or removed."),
					 errhint("Call memreg.protect for the registered table again, or memreg.unprotect to open it.")));
		}
	return next_check == NULL || next_check(MEMREG_CHECK_PERMS_PASS);
}

static bool
copies_unguarded(const RangeTblEntry *entry)
{
	return ((memreg_mark_missing(entry) &&
			 check_enable_rls(entry->relid, InvalidOid, true) != RLS_ENABLED) ||
			(entry->relkind == RELKIND_PARTITIONED_TABLE &&
			 memreg_lineage_above_protected(entry->relid))) &&
		!memreg_attached_exempt(entry);
}
