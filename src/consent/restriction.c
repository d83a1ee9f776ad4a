/*
 * restriction.c
 *		Restriction of a subject's data in a register (GDPR Art. 18), and its end.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "consent/argument.h"
#include "consent/ledger.h"
#include "consent/state.h"
#include "core/errors.h"

PG_FUNCTION_INFO_V1(memreg_restrict_subject);
PG_FUNCTION_INFO_V1(memreg_lift_restriction);
PG_FUNCTION_INFO_V1(memreg_is_restricted);

static int64 record(FunctionCallInfo fcinfo, bool stands);
static void require_reason(FunctionCallInfo fcinfo);

/* memreg.restrict_subject(register, subject, reason, channel) → the ledger's event. */
Datum
memreg_restrict_subject(PG_FUNCTION_ARGS)
{
	require_reason(fcinfo);
	PG_RETURN_INT64(record(fcinfo, true));
}

/* memreg.lift_restriction(register, subject, reason, channel) → the ledger's event. */
Datum
memreg_lift_restriction(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(record(fcinfo, false));
}

/* memreg.is_restricted(register, subject) → boolean. */
Datum
memreg_is_restricted(PG_FUNCTION_ARGS)
{
	char *register_name;
	char *subject;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	register_name = memreg_argument_register(fcinfo);
	subject = memreg_argument_subject(fcinfo, register_name);
	PG_RETURN_BOOL(memreg_state_stands(STATE_RESTRICTION,
									   memreg_argument_register_id(register_name),
									   cstring_to_text(subject)));
}

static int64
record(FunctionCallInfo fcinfo, bool stands)
{
	char *register_name = memreg_argument_register(fcinfo);
	ArrayType *subjects = memreg_argument_subjects(fcinfo, register_name);
	LedgerAct act = memreg_ledger_act(STATE_RESTRICTION,
									  memreg_argument_register_id(register_name), stands);

	act.reason = memreg_argument_optional(fcinfo, 2);
	act.channel = memreg_argument_optional(fcinfo, 3);
	return memreg_ledger_record(&act, subjects).event;
}

/* Art. 18(1) lists the reasons; which of them it was has to be known to end it. */
static void
require_reason(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(2) || text_to_cstring(PG_GETARG_TEXT_PP(2))[0] == '\0')
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_REASON_MISSING),
				 errmsg("a restriction needs a reason"),
				 errhint("Say in reason which case of GDPR Art. 18(1) it is, without the subject's data.")));
}
