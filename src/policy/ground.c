/*
 * ground.c
 *		On which ground a purpose sees a row.
 *
 * A purpose that rests on consent sees the rows of subjects whose consent
 * stands (GDPR Art. 6(1)(a)).  One that rests on a public task or legitimate
 * interests sees those who have not objected (Art. 21(1)).  None but those
 * that are marked for it sees subjects whose data is restricted (Art. 18).  A
 * row that names no subject is nobody's: the purpose itself says whether it
 * sees such rows.  A purpose that reaches its own subject only sees the rows
 * of that one (own.c), on the same grounds.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "consent/lookup.h"
#include "core/errors.h"
#include "policy/functions.h"
#include "policy/ground.h"
#include "policy/own.h"

PG_FUNCTION_INFO_V1(memreg_check_ground_bigint);
PG_FUNCTION_INFO_V1(memreg_check_ground_uuid);
PG_FUNCTION_INFO_V1(memreg_check_ground_text);

/* One thing that a row's ground depends on. */
typedef struct GroundCondition
{
	bool wanted; /* it must stand; else it must not */
	SubjectLookup lookup;
} GroundCondition;

/* One statement's checks for one purpose. */
struct GroundCheck
{
	Oid type; /* of the subject keys */
	bool anonymous_data;
	int count;
	GroundCondition conditions[STATE_KINDS];

	/* Those that can fail, as of this image and what we have changed ourselves. */
	Image *image;
	bool own_any;
	int live_count;
	const GroundCondition *live[STATE_KINDS];

	/* The one set of integers that decides, if that is all there is to it. */
	SetReader *only;
	bool only_wanted;
};

static Expr *ground_of(const Purpose *purpose, Expr *subject);
static bool asks_any(const Purpose *purpose);
static Expr *check_call(const Purpose *purpose, Expr *subject);
static inline Datum check_ground(FunctionCallInfo fcinfo, Oid type);
static void turn_check(GroundCheck *check);
static void note_only(GroundCheck *check);

/* The expression that decides a row for a purpose, given its subject key. */
Expr *
memreg_ground_check(const Purpose *purpose, Expr *subject)
{
	Expr *ground = ground_of(purpose, subject);

	if (!purpose->own)
		return ground;
	return makeBoolExpr(AND_EXPR,
						list_make2(memreg_own_check(purpose, copyObject(subject)), ground),
						-1);
}

static Expr *
ground_of(const Purpose *purpose, Expr *subject)
{
	NullTest *named;

	if (asks_any(purpose))
		return check_call(purpose, subject);
	if (purpose->anonymous_data)
		return (Expr *) makeBoolConst(true, false);

	named = makeNode(NullTest);
	named->arg = subject;
	named->nulltesttype = IS_NOT_NULL;
	named->location = -1;
	return (Expr *) named;
}

/* Does a row's ground depend on what its subject has said? */
bool
memreg_ground_asks(const Purpose *purpose, StateKind kind)
{
	switch (kind)
	{
		case STATE_CONSENT:
			return purpose->basis == BASIS_CONSENT;
		case STATE_OBJECTION:
			return purpose->basis == BASIS_PUBLIC_TASK ||
				purpose->basis == BASIS_LEGITIMATE_INTERESTS;
		default:
			return !purpose->restricted_data;
	}
}

static bool
asks_any(const Purpose *purpose)
{
	for (int kind = 0; kind < STATE_KINDS; kind++)
		if (memreg_ground_asks(purpose, kind))
			return true;
	return false;
}

static Expr *
check_call(const Purpose *purpose, Expr *subject)
{
	SubjectVariant variant;
	Const *purpose_id;

	if (!memreg_subject_variant(exprType((Node *) subject), &variant))
		elog(ERROR, "subject key of an unknown type");
	purpose_id = makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
						   Int32GetDatum(purpose->id), false, true);
	return memreg_policy_call(memreg_policy_functions()->check_ground[variant], BOOLOID,
							  InvalidOid, list_make2(purpose_id, subject));
}

/* memreg.check_ground(internal, purpose_id int, subject) → boolean, one for each type. */
Datum
memreg_check_ground_bigint(PG_FUNCTION_ARGS)
{
	return check_ground(fcinfo, INT8OID);
}

Datum
memreg_check_ground_uuid(PG_FUNCTION_ARGS)
{
	return check_ground(fcinfo, UUIDOID);
}

Datum
memreg_check_ground_text(PG_FUNCTION_ARGS)
{
	return check_ground(fcinfo, TEXTOID);
}

static inline Datum
check_ground(FunctionCallInfo fcinfo, Oid type)
{
	if (unlikely(fcinfo->flinfo->fn_extra == NULL))
		fcinfo->flinfo->fn_extra =
			memreg_ground_open(PG_GETARG_INT32(1), type, fcinfo->flinfo->fn_mcxt);
	PG_RETURN_BOOL(memreg_ground_passes(fcinfo->flinfo->fn_extra, PG_GETARG_DATUM(2),
										PG_ARGISNULL(2)));
}

/*
 * Has the check's purpose a ground for this subject?  Nanoseconds from the
 * consent index; may use memory of the current context.
 */
bool
memreg_ground_passes(GroundCheck *check, Datum subject, bool isnull)
{
	SubjectKey key;

	/* The way of most rows. */
	if (likely(check->only != NULL && check->image == memreg_index_image &&
			   !memreg_own_any && !isnull))
		return memreg_set_reader_has_int(check->only, (uint64) DatumGetInt64(subject)) ==
			check->only_wanted;

	if (unlikely(check->image != memreg_index_image || check->own_any != memreg_own_any))
		turn_check(check);
	if (isnull)
		return check->anonymous_data;
	if (check->live_count == 0)
		return true;
	memreg_lookup_key(check->type, subject, &key);
	for (int i = 0; i < check->live_count; i++)
		if (memreg_lookup_stands(&check->live[i]->lookup, &key, subject) !=
			check->live[i]->wanted)
			return false;
	return true;
}

/* For one statement's rows; lives in memory. */
GroundCheck *
memreg_ground_open(int32 purpose_id, Oid type, MemoryContext memory)
{
	GroundCheck *check = MemoryContextAllocZero(memory, sizeof(GroundCheck));
	Purpose purpose;

	if (!memreg_registry_purpose(purpose_id, &purpose))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_PURPOSE),
				 errmsg("the purpose does not exist any more"),
				 errhint("Set memreg.purpose to one of the register's purposes that you were granted.")));
	check->type = type;
	check->anonymous_data = purpose.anonymous_data;
	for (int kind = 0; kind < STATE_KINDS; kind++)
	{
		GroundCondition *condition = &check->conditions[check->count];

		if (!memreg_ground_asks(&purpose, kind))
			continue;
		condition->wanted = kind == STATE_CONSENT;
		memreg_lookup_open(&condition->lookup, kind,
						   kind == STATE_RESTRICTION ? purpose.register_id : purpose.id,
						   type, memory);
		check->count++;
	}
	turn_check(check);
	return check;
}

/* Nobody's objection or restriction can fail where nobody has any. */
static void
turn_check(GroundCheck *check)
{
	check->image = memreg_index_image;
	check->own_any = memreg_own_any;
	check->live_count = 0;
	for (int i = 0; i < check->count; i++)
	{
		GroundCondition *condition = &check->conditions[i];

		memreg_lookup_turn(&condition->lookup);
		if (condition->wanted || !condition->lookup.empty || condition->lookup.tables ||
			memreg_own_any)
			check->live[check->live_count++] = condition;
	}
	note_only(check);
}

static void
note_only(GroundCheck *check)
{
	const GroundCondition *first = check->live[0];

	check->only = NULL;
	if (check->live_count != 1 || first->lookup.type != INT8OID || first->lookup.tables ||
		first->lookup.empty)
		return;
	check->only = first->lookup.reader;
	check->only_wanted = first->wanted;
}
