/*
 * hold.c
 *		Holds of a subject's data in a register, and their end.
 *
 * While a hold stands, retention leaves the subject's rows alone, however
 * long ago their terms have passed.  It takes nobody's sight of them and
 * gives none: no purpose asks for it (policy/ground.c).
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "consent/argument.h"
#include "consent/ledger.h"
#include "consent/state.h"
#include "core/errors.h"

PG_FUNCTION_INFO_V1(memreg_hold);
PG_FUNCTION_INFO_V1(memreg_release_hold);
PG_FUNCTION_INFO_V1(memreg_is_held);

static int64 record(FunctionCallInfo fcinfo, bool stands, NullableDatum until);
static void require_reason(FunctionCallInfo fcinfo);
static NullableDatum require_end_to_come(FunctionCallInfo fcinfo);

/* memreg.hold(register, subject, reason, until) → the ledger's event. */
Datum
memreg_hold(PG_FUNCTION_ARGS)
{
	require_reason(fcinfo);
	PG_RETURN_INT64(record(fcinfo, true, require_end_to_come(fcinfo)));
}

/* memreg.release_hold(register, subject, reason) → the ledger's event. */
Datum
memreg_release_hold(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(record(fcinfo, false, (NullableDatum){.isnull = true}));
}

/* memreg.is_held(register, subject) → boolean. */
Datum
memreg_is_held(PG_FUNCTION_ARGS)
{
	char *register_name;
	char *subject;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	register_name = memreg_argument_register(fcinfo);
	subject = memreg_argument_subject(fcinfo, register_name);
	PG_RETURN_BOOL(memreg_state_stands(STATE_HOLD, memreg_argument_register_id(register_name),
									   cstring_to_text(subject)));
}

static int64
record(FunctionCallInfo fcinfo, bool stands, NullableDatum until)
{
	char *register_name = memreg_argument_register(fcinfo);
	ArrayType *subjects = memreg_argument_subjects(fcinfo, register_name);
	LedgerAct act =
		memreg_ledger_act(STATE_HOLD, memreg_argument_register_id(register_name), stands);

	act.reason = memreg_argument_optional(fcinfo, 2);
	act.expires_at = until;
	return memreg_ledger_record(&act, subjects).event;
}

/* Data is kept for a purpose (Art. 5(1)(e)); which one has to be known to end it. */
static void
require_reason(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(2) || text_to_cstring(PG_GETARG_TEXT_PP(2))[0] == '\0')
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_REASON_MISSING),
				 errmsg("a hold needs a reason"),
				 errhint("Say in reason what the data is still needed for, a legal claim say, without the subject's data.")));
}

/* A hold that has ended would let rows go that somebody counts on. */
static NullableDatum
require_end_to_come(FunctionCallInfo fcinfo)
{
	NullableDatum until = memreg_argument_optional(fcinfo, 3);

	if (!until.isnull && DatumGetTimestampTz(until.value) <= GetCurrentTimestamp())
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_END_PASSED),
				 errmsg("a hold cannot end before it begins"),
				 errhint("Give a later time in until, or none; memreg.release_hold ends a hold now.")));
	return until;
}
