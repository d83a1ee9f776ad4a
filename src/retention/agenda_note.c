/*
 * agenda_note.c
 *		A change of rules or schedules comes to the launcher's knowledge.
 *
 * A statement trigger marks the transaction; the launcher hears of it when it
 * has committed, so that the worker it starts sees the change.  A change that
 * is prepared is heard of too early, and found at the next look (agenda.c).
 * What a worker changes itself it says when it ends.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "postmaster/bgworker.h"

#include "core/preload.h"
#include "retention/agenda.h"
#include "retention/agenda_note.h"
#include "retention/worker.h"

static bool changed = false; /* in this transaction */

static void tell_at_end(XactEvent event, void *arg);

PG_FUNCTION_INFO_V1(memreg_note_retention_change);

void
memreg_agenda_note_init(void)
{
	RegisterXactCallback(tell_at_end, NULL);
}

/* memreg.note_retention_change(): statement trigger, ENABLE ALWAYS. */
Datum
memreg_note_retention_change(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "memreg.note_retention_change is a trigger function");

	changed = memreg_preload_done() && !memreg_worker_is_this();
	PG_RETURN_POINTER(NULL);
}

static void
tell_at_end(XactEvent event, void *arg)
{
	if (!changed || event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		return;
	changed = false;
	if (event != XACT_EVENT_ABORT)
		memreg_agenda_change();
}
