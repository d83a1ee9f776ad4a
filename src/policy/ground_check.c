/*
 * ground_check.c
 *		Has a purpose a ground for these rows?  Asked for each of them.
 *
 * What ground.c put into the plan is answered here: for one row, when the
 * executor evaluates memreg.check_ground or memreg.treat_if_ground, or for
 * some at once (ground_scan.c).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"

#include "consent/lookup.h"
#include "core/errors.h"
#include "policy/ground.h"
#include "policy/ground_check.h"

PG_FUNCTION_INFO_V1(memreg_check_ground_bigint);
PG_FUNCTION_INFO_V1(memreg_check_ground_uuid);
PG_FUNCTION_INFO_V1(memreg_check_ground_text);
PG_FUNCTION_INFO_V1(memreg_treat_if_ground_bigint);
PG_FUNCTION_INFO_V1(memreg_treat_if_ground_uuid);
PG_FUNCTION_INFO_V1(memreg_treat_if_ground_text);

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
};

static inline Datum check_ground(FunctionCallInfo fcinfo, Oid type);
static inline Datum treat_if_ground(FunctionCallInfo fcinfo, Oid type);
static inline GroundCheck *check_of(FunctionCallInfo fcinfo, Oid type);
static inline bool passes(GroundCheck *check, Datum subject, bool isnull);
static void turn_if_needed(GroundCheck *check);
static void turn(GroundCheck *check);

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
	GroundCheck *check = check_of(fcinfo, type);

	PG_RETURN_BOOL(passes(check, PG_GETARG_DATUM(2), PG_ARGISNULL(2)));
}

/* memreg.treat_if_ground(internal, purpose_id int, subject, value) → value, one for each type of subject. */
Datum
memreg_treat_if_ground_bigint(PG_FUNCTION_ARGS)
{
	return treat_if_ground(fcinfo, INT8OID);
}

Datum
memreg_treat_if_ground_uuid(PG_FUNCTION_ARGS)
{
	return treat_if_ground(fcinfo, UUIDOID);
}

Datum
memreg_treat_if_ground_text(PG_FUNCTION_ARGS)
{
	return treat_if_ground(fcinfo, TEXTOID);
}

/*
 * The value of a row that names a subject whom the purpose has a ground for,
 * else NULL.  Which it is, is anybody's guess, so there is no branch for it.
 */
static inline Datum
treat_if_ground(FunctionCallInfo fcinfo, Oid type)
{
	GroundCheck *check = check_of(fcinfo, type);

	if (unlikely(PG_ARGISNULL(2)))
		PG_RETURN_NULL();
	fcinfo->isnull = !passes(check, PG_GETARG_DATUM(2), false) | PG_ARGISNULL(3);
	return PG_GETARG_DATUM(3);
}

/* Kept with the call, for the whole statement. */
static inline GroundCheck *
check_of(FunctionCallInfo fcinfo, Oid type)
{
	if (unlikely(fcinfo->flinfo->fn_extra == NULL))
		fcinfo->flinfo->fn_extra =
			memreg_ground_check_open(PG_GETARG_INT32(1), type, fcinfo->flinfo->fn_mcxt);
	return fcinfo->flinfo->fn_extra;
}

/* Nanoseconds from the consent index; may use memory of the current context. */
static inline bool
passes(GroundCheck *check, Datum subject, bool isnull)
{
	SubjectKey key;
	bool all = true;

	turn_if_needed(check);
	if (isnull)
		return check->anonymous_data;
	if (check->live_count == 0)
		return true;
	memreg_lookup_key(check->type, subject, &key);
	for (int i = 0; i < check->live_count; i++)
		all &= memreg_lookup_stands(&check->live[i]->lookup, &key, subject) ==
			check->live[i]->wanted;
	return all;
}

/*
 * Decide which rows of the batch pass.  What takes its time, the hash of a
 * text or a line of memory, is done for all of them at once and so overlaps.
 * May use memory of the current context.
 */
void
memreg_ground_batch_decide(GroundBatch *batch, GroundCheck *check)
{
	SubjectKey keys[GROUND_BATCH_ROWS];
	bool stands[GROUND_BATCH_ROWS];
	bool passes[GROUND_BATCH_ROWS];

	turn_if_needed(check);
	memset(passes, check->anonymous_data, sizeof(passes));
	for (int i = 0; i < batch->named; i++)
		passes[batch->named_rows[i]] = true;
	for (int i = 0; i < batch->named && check->live_count > 0; i++)
		memreg_lookup_key(check->type, batch->subjects[i], &keys[i]);
	for (int c = 0; c < check->live_count; c++)
	{
		memreg_lookup_stand(&check->live[c]->lookup, keys, batch->subjects, batch->named,
							stands);
		for (int i = 0; i < batch->named; i++)
			passes[batch->named_rows[i]] &= stands[i] == check->live[c]->wanted;
	}

	/* A branch for each would be mispredicted too often. */
	for (int row = 0; row < batch->count; row++)
	{
		batch->passing_rows[batch->passing] = row;
		batch->passing += passes[row];
	}
}

/* For one statement's rows; lives in memory. */
GroundCheck *
memreg_ground_check_open(int32 purpose_id, Oid type, MemoryContext memory)
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
	turn(check);
	return check;
}

/* A statement inside of this one may have been given another image, or have changed something. */
static inline void
turn_if_needed(GroundCheck *check)
{
	if (unlikely(check->image != memreg_index_image || check->own_any != memreg_own_any))
		turn(check);
}

/* Nobody's objection or restriction can fail where nobody has any. */
static void
turn(GroundCheck *check)
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
}
