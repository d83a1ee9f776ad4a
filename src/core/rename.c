/*
 * rename.c
 *		What an ALTER TABLE … RENAME COLUMN has just renamed.
 *
 * The registry names columns, as dumps must.  Only the statement itself knows
 * both names, and only C code sees the statement.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/event_trigger.h"
#include "nodes/parsenodes.h"

#include "core/rename.h"

/*
 * For an event trigger function on ddl_command_end: fill in *renamed and
 * return true when the command renamed a column of a table.
 */
bool
memreg_rename_read(FunctionCallInfo fcinfo, RenamedColumn *renamed)
{
	EventTriggerData *event;
	RenameStmt *statement;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		elog(ERROR, "called outside an event trigger");
	event = (EventTriggerData *) fcinfo->context;

	if (!IsA(event->parsetree, RenameStmt))
		return false;
	statement = (RenameStmt *) event->parsetree;
	if (statement->renameType != OBJECT_COLUMN ||
		statement->relationType != OBJECT_TABLE)
		return false;

	renamed->relation = RangeVarGetRelid(statement->relation, NoLock, true);
	renamed->before = statement->subname;
	renamed->after = statement->newname;
	return OidIsValid(renamed->relation);
}
