/*
 * drop_database.c
 *		The image of a dropped database goes with it.
 *
 * Otherwise it would keep its memory, and answer for a database that is made
 * from the same template with the same OID.
 */
#include "postgres.h"

#include "nodes/parsenodes.h"
#include "tcop/utility.h"

#include "consent/drop_database.h"
#include "consent/image.h"
#include "core/compat.h"
#include "core/preload.h"

static ProcessUtility_hook_type next_utility = NULL;

static void process_utility(PlannedStmt *statement, const char *query_string,
							bool read_only, ProcessUtilityContext context,
							ParamListInfo parameters, QueryEnvironment *environment,
							DestReceiver *destination, QueryCompletion *completion);

void
memreg_drop_database_init(void)
{
	if (!memreg_preload_done())
		return;
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
}

/* After DROP DATABASE has succeeded, nobody is connected to it any more. */
static void
process_utility(PlannedStmt *statement, const char *query_string, bool read_only,
				ProcessUtilityContext context, ParamListInfo parameters,
				QueryEnvironment *environment, DestReceiver *destination,
				QueryCompletion *completion)
{
	bool drops = IsA(statement->utilityStmt, DropdbStmt);

	if (next_utility != NULL)
		next_utility(statement, query_string, read_only, context, parameters, environment,
					 destination, completion);
	else
		standard_ProcessUtility(statement, query_string, read_only, context, parameters,
								environment, destination, completion);
	if (drops)
		memreg_image_sweep();
}
