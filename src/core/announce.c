/*
 * announce.c
 *		The trigger that announces changes of the registry's tables.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"

#include "core/extension.h"

PG_FUNCTION_INFO_V1(memreg_announce_change);

/*
 * memreg.announce_change(): statement trigger, ENABLE ALWAYS.  Invalidates
 * the proxy relation, which reaches every backend when the change commits.
 */
Datum
memreg_announce_change(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "memreg.announce_change is a trigger function");

	memreg_extension_changed();
	PG_RETURN_POINTER(NULL);
}
