/*
 * ticket.c
 *		A plan's ticket: for whom and for what it was made.
 *
 * A plan may be kept and run much later, by another role or for another
 * purpose.  So each plan over protected tables carries a ticket: one more
 * entry in its range table, for nothing, that no part of the query refers to,
 * and that SQL cannot write (its enrname says what it is).  Its names hold the
 * user, the purpose, the generation of the registry and the decisions
 * (decision.c); it survives copying and travels to parallel workers.  The plan
 * also names the proxy among the relations that it depends on, so the plan
 * cache drops it when the registry changes.  The cache may hand out a plan
 * before it learns of a change; then the decisions must still stand.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/plancache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "core/extension.h"
#include "policy/access.h"
#include "policy/decision.h"
#include "policy/session.h"
#include "policy/ticket.h"

#define TICKET_NAME "memreg ticket"

static RangeTblEntry *find_ticket(const PlannedStmt *plan);
pg_noreturn static void refuse_plan(const char *reason, const char *hint);

/* Put a ticket for the current user and purpose into the query. */
void
memreg_ticket_issue(Query *query, List *decisions)
{
	RangeTblEntry *ticket = makeNode(RangeTblEntry);
	List *names =
		list_make3(makeString(psprintf("%u", GetUserId())),
				   makeString(pstrdup(memreg_session_purpose())),
				   makeString(psprintf(UINT64_FORMAT, memreg_extension_generation())));

	ticket->rtekind = RTE_RESULT;
	ticket->enrname = pstrdup(TICKET_NAME);
	ticket->eref = makeAlias(TICKET_NAME, list_concat(names, decisions));
	query->rtable = lappend(query->rtable, ticket);
}

/* Have the plan cache drop the plan of such a query when the registry changes. */
void
memreg_ticket_bind(PlannedStmt *plan)
{
	plan->relationOids = lappend_oid(plan->relationOids, memreg_extension_proxy());
}

/*
 * Fail unless the plan carries no ticket, or one for the current user, purpose
 * and registry, and the access grants stand now.  Returns whether it carries
 * one.
 */
bool
memreg_ticket_check(const PlannedStmt *plan)
{
	RangeTblEntry *ticket = find_ticket(plan);
	List *names;
	ListCell *cell;

	if (ticket == NULL)
		return false;
	names = ticket->eref->colnames;
	if (memreg_session_purpose()[0] == '\0')
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_PURPOSE_UNSET),
				 errmsg("no purpose is set, and the plan was made for one"),
				 errhint("Set memreg.purpose to the purpose that the session acts for.")));
	if (strtoul(strVal(linitial(names)), NULL, 10) != GetUserId() ||
		strcmp(strVal(lsecond(names)), memreg_session_purpose()) != 0)
		refuse_plan("the plan was made for another role or purpose",
					"Set memreg.purpose and the role as they were, or prepare the statement again.");
	for_each_from(cell, names, 3)
		memreg_access_recheck(memreg_decision_purpose(strVal(lfirst(cell))));
	if (strtou64(strVal(lthird(names)), NULL, 10) == memreg_extension_generation())
		return true;
	for_each_from(cell, names, 3) if (!memreg_decision_stands(strVal(lfirst(cell))))
		refuse_plan("the registry has changed since the plan was made",
					"Run the statement again.");
	return true;
}

/* Is the plan over protected tables? */
bool
memreg_ticket_is_in(const PlannedStmt *plan)
{
	return find_ticket(plan) != NULL;
}

static RangeTblEntry *
find_ticket(const PlannedStmt *plan)
{
	ListCell *cell;

	foreach(cell, plan->rtable)
	{
		RangeTblEntry *entry = lfirst(cell);

		if (entry->rtekind == RTE_RESULT && entry->enrname != NULL &&
			strcmp(entry->enrname, TICKET_NAME) == 0)
			return entry;
	}
	return NULL;
}

static void
refuse_plan(const char *reason, const char *hint)
{
	ResetPlanCache(); /* a kept plan is made anew at the next try */
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_PLAN_STALE),
			 errmsg("%s", reason),
			 errhint("%s", hint)));
}
