/*
 * counts.c
 *		Who may see how many rows a plan has met.
 *
 * EXPLAIN ANALYZE counts the rows of each node of a plan, those that a filter
 * removed too, and so tells how many are hidden from whoever asks.  Over
 * protected tables it takes the right to the server's statistics.
 *
 * Modules count rows as well, auto_explain for the server's log, and nobody
 * else sees those: unless the session has messages of the log sent to itself.
 * auto_explain writes when the executor ends.  What decides where it goes is
 * looked at before that, when nothing of the user's runs any more.
 *
 * Invariant: a plan with a ticket runs to its end with counts that its user is
 * shown only if that user has the right.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "catalog/pg_authid.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "core/compat.h"
#include "core/errors.h"
#include "policy/counts.h"
#include "policy/ticket.h"

static ProcessUtility_hook_type next_utility = NULL;
static ExecutorFinish_hook_type next_finish = NULL;

/* Is an EXPLAIN running, here or around the present function? */
static bool explaining = false;

static void process_utility(PlannedStmt *statement, const char *query_string,
							bool read_only, ProcessUtilityContext context,
							ParamListInfo parameters, QueryEnvironment *environment,
							DestReceiver *destination, QueryCompletion *completion);
static void finish_execution(QueryDesc *query);
static void require_unseen(const QueryDesc *query);

void
memreg_counts_init(void)
{
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
	next_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish_execution;
}

static void
process_utility(PlannedStmt *statement, const char *query_string, bool read_only,
				ProcessUtilityContext context, ParamListInfo parameters,
				QueryEnvironment *environment, DestReceiver *destination,
				QueryCompletion *completion)
{
	const bool outer = explaining;

	explaining = outer || IsA(statement->utilityStmt, ExplainStmt);
	PG_TRY();
	{
		if (next_utility != NULL)
			next_utility(statement, query_string, read_only, context, parameters,
						 environment, destination, completion);
		else
			standard_ProcessUtility(statement, query_string, read_only, context,
									parameters, environment, destination, completion);
	}
	PG_FINALLY();
	{
		explaining = outer;
	}
	PG_END_TRY();
}

/*
 * For a plan with a ticket that is about to be run: fail if EXPLAIN would
 * print its counts to a user without the right to them.  In a function that is
 * called by an EXPLAIN nothing is printed, and no counts are asked for; if a
 * module asks for them all the same, this errs on the safe side.
 */
void
memreg_counts_require_right(const QueryDesc *query)
{
	if (explaining && query->instrument_options != 0 && !memreg_counts_may_see())
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_ROW_COUNTS),
				 errmsg("role %s may not run EXPLAIN ANALYZE over protected tables",
						quote_identifier(GetUserNameFromId(GetUserId(), false))),
				 errdetail("It counts the rows that are hidden, too."),
				 errhint("Use EXPLAIN without ANALYZE; GRANT pg_read_all_stats gives the right.")));
}

static void
finish_execution(QueryDesc *query)
{
	if (next_finish != NULL)
		next_finish(query);
	else
		standard_ExecutorFinish(query);
	if (query->instrument_options != 0 && !IsParallelWorker())
		require_unseen(query);
}

/* LOG is sent to a client that asks for it or for less. */
static void
require_unseen(const QueryDesc *query)
{
	if (client_min_messages <= LOG && memreg_ticket_is_in(query->plannedstmt) &&
		!memreg_counts_may_see())
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_ROW_COUNTS),
				 errmsg("role %s may not have the counts of a plan over protected tables sent to it",
						quote_identifier(GetUserNameFromId(GetUserId(), false))),
				 errdetail("A module such as auto_explain counts rows for the log, those that are hidden too, and client_min_messages has the log sent to the session."),
				 errhint("Set client_min_messages to notice.")));
}

/* May the current user see how many rows, hidden ones too, a plan has met? */
bool
memreg_counts_may_see(void)
{
	return has_bypassrls_privilege(GetUserId()) ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}
