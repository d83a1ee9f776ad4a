/*
 * ground.c
 *		On which ground a purpose sees a row.
 *
 * A purpose that rests on consent sees the rows of subjects whose consent
 * stands (GDPR Art. 6(1)(a)).  The other bases of Art. 6(1) need no act of
 * the subject.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "consent/state.h"
#include "core/errors.h"
#include "policy/functions.h"
#include "policy/ground.h"
#include "registry/subject.h"

PG_FUNCTION_INFO_V1(memreg_check_consent_bigint);
PG_FUNCTION_INFO_V1(memreg_check_consent_uuid);
PG_FUNCTION_INFO_V1(memreg_check_consent_text);

static Datum check_consent(FunctionCallInfo fcinfo, Oid type);

/* The expression that decides a row for a purpose, given its subject key. */
Expr *
memreg_ground_check(const Purpose *purpose, Expr *subject)
{
	SubjectVariant variant;
	Const *purpose_id;

	if (purpose->own)
		return (Expr *) makeBoolConst(false, false);
	if (purpose->basis != BASIS_CONSENT)
		return (Expr *) makeBoolConst(true, false);

	if (!memreg_subject_variant(exprType((Node *) subject), &variant))
		elog(ERROR, "subject key of an unknown type");
	purpose_id = makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
						   Int32GetDatum(purpose->id), false, true);
	return memreg_policy_call(memreg_policy_functions()->check_consent[variant], BOOLOID,
							  InvalidOid, list_make2(purpose_id, subject));
}

/* memreg.check_consent(internal, purpose_id int, subject) → boolean, one for each type. */
Datum
memreg_check_consent_bigint(PG_FUNCTION_ARGS)
{
	return check_consent(fcinfo, INT8OID);
}

Datum
memreg_check_consent_uuid(PG_FUNCTION_ARGS)
{
	return check_consent(fcinfo, UUIDOID);
}

Datum
memreg_check_consent_text(PG_FUNCTION_ARGS)
{
	return check_consent(fcinfo, TEXTOID);
}

/* A row that names no subject has no ground. */
static Datum
check_consent(FunctionCallInfo fcinfo, Oid type)
{
	text *subject;
	bool stands;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	subject = memreg_subject_text(type, PG_GETARG_DATUM(2));
	stands = memreg_state_stands(STATE_CONSENT, PG_GETARG_INT32(1), subject);
	if ((Pointer) subject != DatumGetPointer(PG_GETARG_DATUM(2)))
		pfree(subject);
	PG_RETURN_BOOL(stands);
}
