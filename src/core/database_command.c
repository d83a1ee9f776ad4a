/*
 * database_command.c
 *		Commands that want a database for themselves end memreg's workers in it.
 *
 * These are DROP DATABASE, ALTER DATABASE RENAME and SET TABLESPACE, and CREATE
 * DATABASE for its template.  Only for who owns the database, as such a command
 * of anybody else's fails: else every role could hold up retention.
 */
#include "postgres.h"

#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"

#include "core/compat.h"
#include "core/database_command.h"
#include "core/database_worker.h"
#include "core/preload.h"

static ProcessUtility_hook_type next_utility = NULL;

static void process_utility(PlannedStmt *statement, const char *query_string,
							bool read_only, ProcessUtilityContext context,
							ParamListInfo parameters, QueryEnvironment *environment,
							DestReceiver *destination, QueryCompletion *completion);
static const char *wanted_database(Node *statement);
static const char *template_of(const CreatedbStmt *statement);
static DefElem *option_of(List *options, const char *name);

void
memreg_database_command_init(void)
{
	if (!memreg_preload_done())
		return;
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
}

static void
process_utility(PlannedStmt *statement, const char *query_string, bool read_only,
				ProcessUtilityContext context, ParamListInfo parameters,
				QueryEnvironment *environment, DestReceiver *destination,
				QueryCompletion *completion)
{
	const char *name = wanted_database(statement->utilityStmt);

	if (name != NULL)
	{
		Oid database = get_database_oid(name, true);

		if (OidIsValid(database) && memreg_owns_database(database, GetUserId()))
			memreg_database_worker_stop(database);
	}
	if (next_utility != NULL)
		next_utility(statement, query_string, read_only, context, parameters, environment,
					 destination, completion);
	else
		standard_ProcessUtility(statement, query_string, read_only, context, parameters,
								environment, destination, completion);
}

/* NULL: the statement wants none. */
static const char *
wanted_database(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_DropdbStmt:
			return ((DropdbStmt *) statement)->dbname;
		case T_RenameStmt:
			return ((RenameStmt *) statement)->renameType == OBJECT_DATABASE
				? ((RenameStmt *) statement)->subname
				: NULL;
		case T_AlterDatabaseStmt:
			return option_of(((AlterDatabaseStmt *) statement)->options, "tablespace") != NULL
				? ((AlterDatabaseStmt *) statement)->dbname
				: NULL;
		case T_CreatedbStmt:
			return template_of((CreatedbStmt *) statement);
		default:
			return NULL;
	}
}

static const char *
template_of(const CreatedbStmt *statement)
{
	DefElem *option = option_of(statement->options, "template");

	return option == NULL || option->arg == NULL ? "template1" : defGetString(option);
}

static DefElem *
option_of(List *options, const char *name)
{
	ListCell *cell;

	foreach(cell, options)
	{
		DefElem *option = lfirst(cell);

		if (strcmp(option->defname, name) == 0)
			return option;
	}
	return NULL;
}
