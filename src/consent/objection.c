/*
 * objection.c
 *		Objections to a purpose (GDPR Art. 21), and their withdrawal.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "consent/argument.h"
#include "consent/ledger.h"
#include "consent/state.h"
#include "core/errors.h"

PG_FUNCTION_INFO_V1(memreg_object_to);
PG_FUNCTION_INFO_V1(memreg_withdraw_objection);
PG_FUNCTION_INFO_V1(memreg_has_objected);

static int64 record(FunctionCallInfo fcinfo, bool stands);
static void require_objectionable(const Purpose *purpose);

/* memreg.object_to(register, subject, purpose, reason, channel) → the ledger's event. */
Datum
memreg_object_to(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(record(fcinfo, true));
}

/* memreg.withdraw_objection(register, subject, purpose, reason, channel) → the ledger's event. */
Datum
memreg_withdraw_objection(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(record(fcinfo, false));
}

/* memreg.has_objected(register, subject, purpose) → boolean. */
Datum
memreg_has_objected(PG_FUNCTION_ARGS)
{
	char *register_name;
	char *subject;
	Purpose purpose;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	register_name = memreg_argument_register(fcinfo);
	subject = memreg_argument_subject(fcinfo, register_name);
	purpose = memreg_argument_purpose(fcinfo, register_name);
	PG_RETURN_BOOL(memreg_state_stands(STATE_OBJECTION, purpose.id, cstring_to_text(subject)));
}

static int64
record(FunctionCallInfo fcinfo, bool stands)
{
	char *register_name = memreg_argument_register(fcinfo);
	ArrayType *subjects = memreg_argument_subjects(fcinfo, register_name);
	Purpose purpose = memreg_argument_purpose(fcinfo, register_name);
	LedgerAct act = memreg_ledger_act(STATE_OBJECTION, purpose.id, stands);

	require_objectionable(&purpose);
	act.reason = memreg_argument_optional(fcinfo, 3);
	act.channel = memreg_argument_optional(fcinfo, 4);
	return memreg_ledger_record(&act, subjects).event;
}

/* Art. 21(1) gives the right against these two bases alone. */
static void
require_objectionable(const Purpose *purpose)
{
	if (purpose->basis == BASIS_PUBLIC_TASK || purpose->basis == BASIS_LEGITIMATE_INTERESTS)
		return;
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_NO_OBJECTION),
			 errmsg("nobody can object to purpose %s", quote_identifier(purpose->name)),
			 errdetail("Objections are to purposes whose legal basis is public_task or legitimate_interests."),
			 purpose->basis == BASIS_CONSENT
				 ? errhint("Withdraw the consent with memreg.withdraw_consent.")
				 : errhint("Restrict the processing with memreg.restrict_subject where that is due.")));
}
