/*
 * own.c
 *		Self-service: a purpose of reach "own" sees one subject's rows.
 *
 * The row guard becomes "subject column = own_subject(NULL, register)", as a
 * condition and as a check of what is written, for every command: so a subject
 * can see, correct and erase its own rows, and give none away.  Rows that name
 * no subject are nobody's own.
 *
 * The comparison is the type's own, which is leakproof, and the call holds no
 * column, so an index on the subject column serves it.  The subject is not in
 * the plan: a cached plan serves all subjects of a pool.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "policy/functions.h"
#include "policy/own.h"
#include "policy/proof.h"

PG_FUNCTION_INFO_V1(memreg_own_subject_bigint);
PG_FUNCTION_INFO_V1(memreg_own_subject_uuid);
PG_FUNCTION_INFO_V1(memreg_own_subject_text);

static Expr *call_own_subject(const Purpose *purpose, Oid type, Oid collation);
static Datum own_subject(FunctionCallInfo fcinfo, Oid type);
static Datum read_subject(Oid type, const char *subject);

/*
 * Fail unless the purpose reaches everybody, or the session may act now for a
 * subject of its register.  To be called when a plan is made and at the start
 * of each execution.
 */
void
memreg_own_require(const Purpose *purpose)
{
	if (purpose->own)
		memreg_proof_require(purpose->register_id);
}

/* The expression that finds the session's own subject in a subject column. */
Expr *
memreg_own_check(const Purpose *purpose, Expr *subject)
{
	Oid type = exprType((Node *) subject);
	Oid collation = exprCollation((Node *) subject);
	Oid equality = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	Expr *check =
		make_opclause(equality, BOOLOID, false, subject,
					  call_own_subject(purpose, type, collation), InvalidOid, collation);

	set_opfuncid((OpExpr *) check);
	return check;
}

static Expr *
call_own_subject(const Purpose *purpose, Oid type, Oid collation)
{
	SubjectVariant variant;
	Const *register_id = makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
								   Int32GetDatum(purpose->register_id), false, true);

	if (!memreg_subject_variant(type, &variant))
		elog(ERROR, "subject key of an unknown type");
	return memreg_policy_call(memreg_policy_functions()->own_subject[variant], type,
							  collation, list_make1(register_id));
}

/* memreg.own_subject_…(internal, register_id int) → the session's subject. */
Datum
memreg_own_subject_bigint(PG_FUNCTION_ARGS)
{
	return own_subject(fcinfo, INT8OID);
}

Datum
memreg_own_subject_uuid(PG_FUNCTION_ARGS)
{
	return own_subject(fcinfo, UUIDOID);
}

Datum
memreg_own_subject_text(PG_FUNCTION_ARGS)
{
	return own_subject(fcinfo, TEXTOID);
}

/*
 * Taken from the session at the first call in an execution and kept for the
 * rest of it: a row costs next to nothing, and a scan that began for one
 * subject goes on for it, whatever a function called meanwhile sets.
 */
static Datum
own_subject(FunctionCallInfo fcinfo, Oid type)
{
	Datum *kept = fcinfo->flinfo->fn_extra;

	if (kept == NULL)
	{
		Oid present;
		const char *subject = memreg_proof_subject(PG_GETARG_INT32(1), &present);
		MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (present != type)
			elog(ERROR, "subjects of the register have type %u, not %u", present, type);
		kept = palloc(sizeof(Datum));
		*kept = read_subject(type, subject);
		fcinfo->flinfo->fn_extra = kept;
		MemoryContextSwitchTo(before);
	}
	PG_RETURN_DATUM(*kept);
}

/* A canonical key as its type has it. */
static Datum
read_subject(Oid type, const char *subject)
{
	switch (type)
	{
		case INT8OID:
			return DirectFunctionCall1(int8in, CStringGetDatum(subject));
		case UUIDOID:
			return DirectFunctionCall1(uuid_in, CStringGetDatum(subject));
		default:
			return CStringGetTextDatum(subject);
	}
}
