/*
 * treat_pseudonym.c
 *		The treatment "pseudonym": a one-way pseudonym in a scope.
 *
 * For text, and for subject keys in their own type, so that the treated
 * columns of two tables still join.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"

#include "policy/functions.h"
#include "policy/treatment.h"
#include "pseudonym/pseudonym.h"

PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_bigint);
PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_uuid);
PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_text);

static bool suits(Oid type);
static Expr *apply(const Treatment *treatment, Var *column);
static const ScopeKeys *call_scope_keys(FunctionCallInfo fcinfo);

const TreatmentKind memreg_treatment_pseudonym = {.name = "pseudonym",
												  .takes_scope = true,
												  .suits = suits,
												  .apply = apply};

static bool
suits(Oid type)
{
	SubjectVariant variant;

	return memreg_subject_variant(type, &variant);
}

static Expr *
apply(const Treatment *treatment, Var *column)
{
	SubjectVariant variant;
	Const *scope_id = makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
								Int32GetDatum(treatment->scope_id), false, true);

	if (!memreg_subject_variant(column->vartype, &variant))
		elog(ERROR, "type %u has no pseudonym", column->vartype);
	return memreg_policy_call(memreg_policy_functions()->treat_pseudonym[variant],
							  column->vartype, column->varcollid,
							  list_make2(scope_id, copyObject(column)));
}

/* memreg.treat_pseudonym(internal, scope_id int, value), one for each type. */
Datum
memreg_treat_pseudonym_bigint(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	PG_RETURN_INT64(memreg_pseudonym_of_bigint(call_scope_keys(fcinfo), PG_GETARG_INT64(2)));
}

Datum
memreg_treat_pseudonym_uuid(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(memreg_pseudonym_of_uuid(call_scope_keys(fcinfo), PG_GETARG_UUID_P(2)));
}

Datum
memreg_treat_pseudonym_text(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(memreg_pseudonym_of_text(call_scope_keys(fcinfo), PG_GETARG_TEXT_PP(2)));
}

static const ScopeKeys *
call_scope_keys(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ScopeHandle));
	return memreg_scope_keys(fcinfo->flinfo->fn_extra, PG_GETARG_INT32(1));
}
