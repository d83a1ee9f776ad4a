/*
 * rename.c
 *		Tables of memreg that name columns follow when these are renamed.
 *
 * The registry names columns, as dumps must.  Only the statement itself knows
 * both names, and only C code sees the statement.  A rename reaches the
 * children of a table, and the tables of a type; and PostgreSQL lets a table's
 * column be renamed by ALTER VIEW and the like as well.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"

#include "core/extension.h"
#include "core/rename.h"
#include "core/spi.h"

static RenameStmt *renamed_column(FunctionCallInfo fcinfo);
static Oid renamed_relation(void);
static void add_relation(MemregArgs *args, const RenameStmt *statement, Oid relation);

/*
 * For an event trigger function on ddl_command_end: when the command renamed a
 * column, run the two statements, with $1 the relation renamed (NULL if it was
 * a type), $2 the type (NULL if it was a relation), $3 the old and $4 the new
 * name.  update runs only if find returns a row, as any update of the registry
 * makes all backends forget what they know of it.
 */
void
memreg_rename_follow(FunctionCallInfo fcinfo, const char *find, const char *update)
{
	RenameStmt *statement = renamed_column(fcinfo);
	MemregArgs args = {0};
	Oid relation;

	if (statement == NULL || !memreg_extension_exists())
		return;
	SPI_connect();
	relation = renamed_relation();
	add_relation(&args, statement, relation);
	memreg_spi_arg_text(&args, statement->subname);
	memreg_spi_arg_text(&args, statement->newname);
	if (OidIsValid(relation) && memreg_spi_run(find, &args) > 0)
		memreg_spi_run(update, &args);
	SPI_finish();
}

static RenameStmt *
renamed_column(FunctionCallInfo fcinfo)
{
	EventTriggerData *event;
	RenameStmt *statement;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		elog(ERROR, "called outside an event trigger");
	event = (EventTriggerData *) fcinfo->context;
	statement = (RenameStmt *) event->parsetree;
	if (!IsA(statement, RenameStmt) ||
		(statement->renameType != OBJECT_COLUMN && statement->renameType != OBJECT_ATTRIBUTE))
		return NULL;
	return statement;
}

/*
 * The relation, or the type's, whose column was renamed; InvalidOid: none was.
 * Its name in the statement may by now be another relation's.
 */
static Oid
renamed_relation(void)
{
	static const char sql[] = "SELECT c.objid FROM pg_catalog.pg_event_trigger_ddl_commands() c"
							  " WHERE c.classid OPERATOR(pg_catalog.=) 1259";
	bool isnull;

	if (SPI_execute(sql, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "the renamed column was not found");
	return SPI_processed == 0 ? InvalidOid
							  : DatumGetObjectId(memreg_spi_value(0, 1, &isnull));
}

static void
add_relation(MemregArgs *args, const RenameStmt *statement, Oid relation)
{
	if (statement->renameType == OBJECT_ATTRIBUTE)
	{
		memreg_spi_arg_null(args, OIDOID);
		memreg_spi_arg(args, OIDOID, ObjectIdGetDatum(get_rel_type_id(relation)));
	}
	else
	{
		memreg_spi_arg(args, OIDOID, ObjectIdGetDatum(relation));
		memreg_spi_arg_null(args, OIDOID);
	}
}
