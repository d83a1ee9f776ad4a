/*
 * treat_pseudonym.c
 *		The treatment "pseudonym": a one-way pseudonym in a scope.
 *
 * Of the value's own type, so that the treated columns of two tables still
 * join.  Key and scope are required when a value is treated, not before: the
 * planner may yet find that nobody asks for the column, as in a join or a view.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/jsonb.h"

#include "generalize/json_value.h"
#include "policy/functions.h"
#include "policy/treatment.h"
#include "policy/typed.h"
#include "pseudonym/pseudonym.h"

PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_bigint);
PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_uuid);
PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_text);
PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_integer);
PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_smallint);
PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_bytea);
PG_FUNCTION_INFO_V1(memreg_treat_pseudonym_jsonb);

static bool parse(Treatment *treatment, const char *rest);
static void resolve(Treatment *treatment, const Purpose *purpose);
static bool suits_basic(const Treatment *treatment, Oid type, int32 room);
static Expr *apply_basic(const Treatment *treatment, Expr *subject, Expr *value);
static const ScopeKeys *call_scope_keys(FunctionCallInfo fcinfo);
static JsonbValue *treat_json_scalar(const JsonbValue *scalar, void *keys);

const TreatmentKind memreg_treatment_pseudonym = {.name = "pseudonym",
												  .injective = true,
												  .parse = parse,
												  .resolve = resolve,
												  .suits = memreg_typed_suits,
												  .apply = memreg_typed_apply,
												  .suits_basic = suits_basic,
												  .apply_basic = apply_basic};

/* Nothing, or a scope's name in parentheses. */
static bool
parse(Treatment *treatment, const char *rest)
{
	size_t length = strlen(rest);

	if (length == 0)
		return true;
	if (length < 3 || rest[0] != '(' || rest[length - 1] != ')')
		return false;
	treatment->scope = pnstrdup(rest + 1, length - 2);
	return true;
}

static void
resolve(Treatment *treatment, const Purpose *purpose)
{
	treatment->scope_id = memreg_scope_look_up(treatment->scope, purpose->id);
}

static bool
suits_basic(const Treatment *treatment, Oid type, int32 room)
{
	PseudonymVariant variant;

	return memreg_pseudonym_variant(type, &variant) &&
		(room == MEMREG_TYPED_ANY_ROOM || room >= MEMREG_PSEUDONYM_CHARS_MAX);
}

static Expr *
apply_basic(const Treatment *treatment, Expr *subject, Expr *value)
{
	Oid type = exprType((Node *) value);
	PseudonymVariant variant;

	if (!memreg_pseudonym_variant(type, &variant))
		elog(ERROR, "type %u has no pseudonym", type);
	return memreg_policy_call(memreg_policy_functions()->treat_pseudonym[variant], type,
							  exprCollation((Node *) value),
							  list_make2(makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
												   Int32GetDatum(treatment->scope_id),
												   false, true),
										 value));
}

/* memreg.treat_pseudonym(internal, scope_id int, value), one for each type; strict but for the first. */
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

Datum
memreg_treat_pseudonym_integer(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	PG_RETURN_INT32(memreg_pseudonym_of_integer(call_scope_keys(fcinfo), PG_GETARG_INT32(2)));
}

Datum
memreg_treat_pseudonym_smallint(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	PG_RETURN_INT16(memreg_pseudonym_of_smallint(call_scope_keys(fcinfo), PG_GETARG_INT16(2)));
}

Datum
memreg_treat_pseudonym_bytea(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(
		memreg_pseudonym_of_bytea(call_scope_keys(fcinfo), PG_GETARG_BYTEA_PP(2)));
}

/* Texts and numbers become pseudonyms of their text; objects are withheld. */
Datum
memreg_treat_pseudonym_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb *treated;

	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	treated = memreg_json_value_treat(PG_GETARG_JSONB_P(2), treat_json_scalar,
									  (void *) call_scope_keys(fcinfo));
	if (treated == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(treated);
}

static JsonbValue *
treat_json_scalar(const JsonbValue *scalar, void *keys)
{
	text *value = memreg_json_value_text(scalar);

	return value == NULL ? NULL
						 : memreg_json_value_of_text(memreg_pseudonym_of_text(keys, value));
}

static const ScopeKeys *
call_scope_keys(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ScopeHandle));
	return memreg_scope_keys(fcinfo->flinfo->fn_extra, PG_GETARG_INT32(1));
}
