/*
 * trigger.c
 *		Only the owner of a protected table gives it triggers.
 *
 * A trigger's function is handed rows as they are stored, of whoever touches
 * them.  The TRIGGER privilege comes with GRANT ALL, and would so undo every
 * treatment.  A partitioned parent passes its triggers on.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/event_trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "registry/lineage.h"
#include "registry/membership.h"

PG_FUNCTION_INFO_V1(memreg_refuse_foreign_trigger);

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

	relation =
		RangeVarGetRelid(((CreateTrigStmt *) event->parsetree)->relation, NoLock, true);
	if (OidIsValid(relation) &&
		((memreg_membership_find(relation, &table) && table.protected) ||
		 memreg_lineage_above_protected(relation)) &&
		!memreg_owns_relation(relation, GetUserId()))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_FOREIGN_TRIGGER),
				 errmsg("only its owner can create triggers on protected table %s",
						quote_identifier(get_rel_name(relation))),
				 errhint("Let the table's owner create the trigger, and revoke the TRIGGER privilege.")));
	PG_RETURN_NULL();
}
