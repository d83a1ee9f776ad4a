/*
 * consent.c
 *		Consents given and withdrawn (GDPR Art. 7), one or many in a call.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "consent/argument.h"
#include "consent/consent.h"
#include "consent/ledger.h"
#include "consent/state.h"
#include "core/errors.h"

PG_FUNCTION_INFO_V1(memreg_grant_consent);
PG_FUNCTION_INFO_V1(memreg_grant_consents);
PG_FUNCTION_INFO_V1(memreg_withdraw_consent);
PG_FUNCTION_INFO_V1(memreg_withdraw_consents);
PG_FUNCTION_INFO_V1(memreg_has_consent);

static LedgerOutcome grant(FunctionCallInfo fcinfo);
static LedgerOutcome withdraw(FunctionCallInfo fcinfo);
static void require_basis_consent(const Purpose *purpose);

/*
 * memreg.grant_consent(register, subject, purpose, expires_at, evidence,
 * channel, wording) → the ledger's event.  The subject's row need not exist
 * yet.
 */
Datum
memreg_grant_consent(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(grant(fcinfo).event);
}

/* The same with an array of subjects → how many of the consents are new. */
Datum
memreg_grant_consents(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(grant(fcinfo).changed);
}

/* memreg.withdraw_consent(register, subject, purpose, channel, evidence) → the ledger's event. */
Datum
memreg_withdraw_consent(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(withdraw(fcinfo).event);
}

/* The same with an array of subjects → how many of them had consented. */
Datum
memreg_withdraw_consents(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(withdraw(fcinfo).changed);
}

/* memreg.has_consent(register, subject, purpose) → boolean. */
Datum
memreg_has_consent(PG_FUNCTION_ARGS)
{
	char *register_name;
	char *subject;
	Purpose purpose;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	register_name = memreg_argument_register(fcinfo);
	subject = memreg_argument_subject(fcinfo, register_name);
	purpose = memreg_argument_purpose(fcinfo, register_name);
	PG_RETURN_BOOL(memreg_state_stands(STATE_CONSENT, purpose.id, cstring_to_text(subject)));
}

static LedgerOutcome
grant(FunctionCallInfo fcinfo)
{
	char *register_name = memreg_argument_register(fcinfo);
	ArrayType *subjects = memreg_argument_subjects(fcinfo, register_name);
	Purpose purpose = memreg_argument_purpose(fcinfo, register_name);
	LedgerAct act = memreg_consent_given(&purpose, fcinfo, 3);

	return memreg_ledger_record(&act, subjects);
}

static LedgerOutcome
withdraw(FunctionCallInfo fcinfo)
{
	char *register_name = memreg_argument_register(fcinfo);
	ArrayType *subjects = memreg_argument_subjects(fcinfo, register_name);
	Purpose purpose = memreg_argument_purpose(fcinfo, register_name);
	LedgerAct act;

	require_basis_consent(&purpose);
	act = memreg_ledger_act(STATE_CONSENT, purpose.id, false);
	act.channel = memreg_argument_optional(fcinfo, 3);
	act.evidence = memreg_argument_optional(fcinfo, 4);
	return memreg_ledger_record(&act, subjects);
}

/* A consent with the details that stand in the arguments from first on. */
LedgerAct
memreg_consent_given(const Purpose *purpose, FunctionCallInfo fcinfo, int first)
{
	LedgerAct act = memreg_ledger_act(STATE_CONSENT, purpose->id, true);

	require_basis_consent(purpose);
	act.expires_at = memreg_argument_optional(fcinfo, first);
	act.evidence = memreg_argument_optional(fcinfo, first + 1);
	act.channel = memreg_argument_optional(fcinfo, first + 2);
	act.wording = memreg_argument_optional(fcinfo, first + 3);
	if (!act.expires_at.isnull && DatumGetTimestampTz(act.expires_at.value) <= act.happened_at)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_END_PASSED),
				 errmsg("a consent cannot expire before it is given"),
				 errhint("Give a later time in expires_at, or none.")));
	return act;
}

/* A consent to a purpose that stands on another basis would mean nothing. */
static void
require_basis_consent(const Purpose *purpose)
{
	if (purpose->basis != BASIS_CONSENT)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_BASIS_NOT_CONSENT),
				 errmsg("purpose %s does not rest on consent", quote_identifier(purpose->name)),
				 errhint("Only purposes whose legal basis is consent take consents.")));
}
