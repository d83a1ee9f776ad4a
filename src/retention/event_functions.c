/*
 * event_functions.c
 *		What terms run from, as SQL asks for it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/extension.h"
#include "retention/event.h"

PG_FUNCTION_INFO_V1(memreg_event_time_of);
PG_FUNCTION_INFO_V1(memreg_event_due_subjects);
PG_FUNCTION_INFO_V1(memreg_event_lock_subject);

static RetentionEvent event_argument(FunctionCallInfo fcinfo);
static int32 purpose_argument(FunctionCallInfo fcinfo);

/* memreg.event_time(register_id, event, purpose_id, subject) → time; NULL: the term has not begun. */
Datum
memreg_event_time_of(PG_FUNCTION_ARGS)
{
	TimestampTz at;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	memreg_extension_require();
	if (!memreg_event_time(PG_GETARG_INT32(0), event_argument(fcinfo),
						   purpose_argument(fcinfo), PG_GETARG_TEXT_PP(3), &at))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(at);
}

/* memreg.event_due(register_id, event, purpose_id, cutoff, after_at, after_subject, most) → (at, subject), in order. */
Datum
memreg_event_due_subjects(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int most = PG_ARGISNULL(6) ? 0 : PG_GETARG_INT32(6);
	DueSubject *due = palloc(sizeof(DueSubject) * Max(most, 1));
	DueSubject after;
	bool behind = !PG_ARGISNULL(4) && !PG_ARGISNULL(5);
	int count;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		return (Datum) 0;
	if (behind)
		after = (DueSubject){PG_GETARG_TIMESTAMPTZ(4), PG_GETARG_TEXT_PP(5)};
	count = memreg_event_due(PG_GETARG_INT32(0), event_argument(fcinfo),
							 purpose_argument(fcinfo), PG_GETARG_TIMESTAMPTZ(3),
							 behind ? &after : NULL, most, due);
	for (int i = 0; i < count; i++)
	{
		Datum values[2] = {TimestampTzGetDatum(due[i].at), PointerGetDatum(due[i].subject)};
		bool nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* memreg.event_lock(register_id, event, purpose_id, subject, cutoff) → whether the event is due and stays so. */
Datum
memreg_event_lock_subject(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		PG_RETURN_NULL();
	memreg_extension_require();
	PG_RETURN_BOOL(memreg_event_lock(PG_GETARG_INT32(0), event_argument(fcinfo),
									 purpose_argument(fcinfo), PG_GETARG_TEXT_PP(3),
									 PG_GETARG_TIMESTAMPTZ(4)));
}

static RetentionEvent
event_argument(FunctionCallInfo fcinfo)
{
	return memreg_event_find(text_to_cstring(PG_GETARG_TEXT_PP(1)));
}

/* Of account for the end of consents only. */
static int32
purpose_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
}
