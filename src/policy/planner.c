/*
 * planner.c
 *		The planner hook: treats every statement over protected tables.
 *
 * Every statement passes here after the rewriter has expanded views and
 * attached policies, and before anything is folded, inlined or pulled up.
 */
#include "postgres.h"

#include "nodes/parsenodes.h"
#include "optimizer/planner.h"
#include "utils/inval.h"

#include "core/errors.h"
#include "core/extension.h"
#include "policy/needed.h"
#include "policy/planner.h"
#include "policy/session.h"
#include "policy/ticket.h"
#include "policy/walk.h"

static planner_hook_type next_planner = NULL;

static PlannedStmt *plan_statement(Query *query, const char *query_string,
								   int cursor_options, ParamListInfo parameters);
static Query *treat_statement(Query *query, int cursor_options, bool *guarded);

void
memreg_planner_init(void)
{
	next_planner = planner_hook;
	planner_hook = plan_statement;
}

static PlannedStmt *
plan_statement(Query *query, const char *query_string, int cursor_options,
			   ParamListInfo parameters)
{
	bool guarded = false;
	PlannedStmt *plan;

	/* What was committed before this statement must be known to it. */
	AcceptInvalidationMessages();
	if (memreg_extension_exists() && memreg_needed(query))
		query = treat_statement(query, cursor_options, &guarded);
	plan = next_planner != NULL
		? next_planner(query, query_string, cursor_options, parameters)
		: standard_planner(query, query_string, cursor_options, parameters);
	if (guarded)
		memreg_ticket_bind(plan);
	return plan;
}

/* The query to be planned, and whether it is over protected tables. */
static Query *
treat_statement(Query *query, int cursor_options, bool *guarded)
{
	WalkResult result = memreg_walk(query);

	if (result.decisions == NIL)
		return result.query;

	/* Its rows would outlive the transaction, and any withdrawal. */
	if (cursor_options & CURSOR_OPT_HOLD)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNTREATED_STATEMENT),
				 errmsg("a cursor over a protected table cannot be WITH HOLD"),
				 errhint("Fetch its rows within the transaction.")));
	memreg_ticket_issue(result.query, result.decisions);
	memreg_session_planned();
	*guarded = true;
	return result.query;
}
