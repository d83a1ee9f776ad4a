/*
 * trigger.c
 *		Only the owner of a protected table gives it triggers.
 *
 * A trigger's function is handed rows as they are stored, of whoever touches
 * them.  The TRIGGER privilege comes with GRANT ALL, and would so undo every
 * treatment.  A partitioned parent passes its triggers on.
 */
#include "postgres.h"

#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "core/extension.h"
#include "registry/lineage.h"
#include "registry/membership.h"

PG_FUNCTION_INFO_V1(memreg_refuse_foreign_trigger);

static Oid triggered_relation(void);

/* memreg.refuse_foreign_trigger(): event trigger on ddl_command_end, CREATE TRIGGER. */
Datum
memreg_refuse_foreign_trigger(PG_FUNCTION_ARGS)
{
	EventTriggerData *event;
	RegisteredTable table;
	Oid relation;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		elog(ERROR, "called outside an event trigger");
	event = (EventTriggerData *) fcinfo->context;
	if (!IsA(event->parsetree, CreateTrigStmt))
		PG_RETURN_NULL();

	relation = triggered_relation();
	if (((memreg_membership_find(relation, &table) && table.protected) ||
		 memreg_lineage_above_protected(relation)) &&
		!memreg_owns_relation(relation, GetUserId()))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_FOREIGN_TRIGGER),
				 errmsg("only its owner can create triggers on protected table %s",
						quote_identifier(get_rel_name(relation))),
				 errhint("Let the table's owner create the trigger, and revoke the TRIGGER privilege.")));
	PG_RETURN_NULL();
}

/*
 * The relation that the new trigger is on.  Its name in the statement may by
 * now be another relation's.
 */
static Oid
triggered_relation(void)
{
	static const char sql[] =
		"SELECT t.tgrelid FROM pg_catalog.pg_event_trigger_ddl_commands() c"
		" JOIN pg_catalog.pg_trigger t ON t.oid OPERATOR(pg_catalog.=) c.objid"
		" WHERE c.classid OPERATOR(pg_catalog.=) 2620";
	Oid relation;
	bool isnull;

	SPI_connect();
	if (SPI_execute(sql, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "the new trigger was not found");
	relation = DatumGetObjectId(
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return relation;
}
