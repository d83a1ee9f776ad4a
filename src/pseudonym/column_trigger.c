/*
 * column_trigger.c
 *		The trigger that keeps pseudonym columns.
 *
 * Before a row is written it computes each pseudonym column of the table from
 * its source, whatever the statement says of it.  It needs no right on the
 * scope: who may write the row may have its pseudonym stored.
 *
 * Which columns there are is read at a statement's first row, and again when
 * the registry changes; a partition's columns are those of the table above it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "core/compat.h"
#include "core/errors.h"
#include "core/extension.h"
#include "pseudonym/column_row.h"
#include "pseudonym/pseudonym.h"

PG_FUNCTION_INFO_V1(memreg_keep_pseudonyms);

/* A pseudonym column as it stands in the relation that has the trigger. */
typedef struct KeptColumn
{
	AttrNumber source;
	AttrNumber target;
	Oid source_type;
	Oid target_type;
	int32 scope_id;
	int32 version;
} KeptColumn;

/* What one statement's rows have in common, in fn_extra. */
typedef struct KeptColumns
{
	uint64 generation;
	int count;
	KeptColumn *columns;
} KeptColumns;

static TriggerData *require_trigger(FunctionCallInfo fcinfo);
static KeptColumns *kept_columns(FmgrInfo *flinfo, Relation relation);
static void look_up(KeptColumns *kept, Relation relation);
static List *declared_columns(Oid relation);
static KeptColumn place_column(Relation relation, const PseudonymColumn *declared);
static AttrNumber require_column(Relation relation, const char *name);
static HeapTuple keep(HeapTuple row, TupleDesc columns, const KeptColumn *kept);
static Datum pseudonym_of(const KeptColumn *kept, Datum value);

/* memreg.keep_pseudonyms(): BEFORE INSERT OR UPDATE FOR EACH ROW. */
Datum
memreg_keep_pseudonyms(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = require_trigger(fcinfo);
	KeptColumns *kept = kept_columns(fcinfo->flinfo, trigger->tg_relation);
	HeapTuple row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple
															   : trigger->tg_trigtuple;

	for (int i = 0; i < kept->count; i++)
		row = keep(row, RelationGetDescr(trigger->tg_relation), &kept->columns[i]);
	return PointerGetDatum(row);
}

static TriggerData *
require_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("memreg.keep_pseudonyms() is for the trigger that memreg.add_pseudonym_column makes"),
				 errhint("Declare the column with memreg.add_pseudonym_column.")));
	return trigger;
}

static KeptColumns *
kept_columns(FmgrInfo *flinfo, Relation relation)
{
	KeptColumns *kept = flinfo->fn_extra;

	if (kept == NULL)
		kept = flinfo->fn_extra =
			MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(KeptColumns));
	if (kept->generation != memreg_extension_generation())
	{
		MemoryContext before = MemoryContextSwitchTo(flinfo->fn_mcxt);

		look_up(kept, relation);
		MemoryContextSwitchTo(before);
	}
	return kept;
}

static void
look_up(KeptColumns *kept, Relation relation)
{
	uint64 generation = memreg_extension_generation();
	List *declared = declared_columns(RelationGetRelid(relation));

	kept->generation = 0;
	kept->count = 0;
	kept->columns = palloc(sizeof(KeptColumn) * list_length(declared));
	for (int i = 0; i < list_length(declared); i++)
		kept->columns[kept->count++] = place_column(relation, list_nth(declared, i));
	kept->generation = generation;
}

/* Those of the relation, or of the table that it is a partition of. */
static List *
declared_columns(Oid relation)
{
	List *declared = memreg_column_rows(relation);

	if (declared != NIL || !get_rel_relispartition(relation))
		return declared;
	return declared_columns(get_partition_parent(relation, false));
}

static KeptColumn
place_column(Relation relation, const PseudonymColumn *declared)
{
	KeptColumn kept = {
		.source = require_column(relation, declared->source),
		.target = require_column(relation, declared->target),
		.scope_id = memreg_scope_find(declared->scope),
		.version = declared->version,
	};

	kept.source_type = getBaseType(get_atttype(RelationGetRelid(relation), kept.source));
	kept.target_type = getBaseType(get_atttype(RelationGetRelid(relation), kept.target));
	return kept;
}

static AttrNumber
require_column(Relation relation, const char *name)
{
	AttrNumber number = get_attnum(RelationGetRelid(relation), name);

	if (number == InvalidAttrNumber)
		elog(ERROR, "table %s has no column %s", RelationGetRelationName(relation), name);
	return number;
}

static HeapTuple
keep(HeapTuple row, TupleDesc columns, const KeptColumn *kept)
{
	int target = kept->target;
	bool isnull;
	Datum value = heap_getattr(row, kept->source, columns, &isnull);
	Datum pseudonym = isnull ? (Datum) 0 : pseudonym_of(kept, value);

	return heap_modify_tuple_by_cols(row, columns, 1, &target, &pseudonym, &isnull);
}

static Datum
pseudonym_of(const KeptColumn *kept, Datum value)
{
	const ScopeKeys *keys = memreg_scope_keys_of_version(kept->scope_id, kept->version);

	if (kept->source_type == INT8OID)
		return Int64GetDatum(memreg_pseudonym_of_bigint(keys, DatumGetInt64(value)));
	if (kept->source_type == UUIDOID)
		return UUIDPGetDatum(memreg_pseudonym_of_uuid(keys, DatumGetUUIDP(value)));
	if (kept->target_type == UUIDOID)
		return UUIDPGetDatum(memreg_pseudonym_uuid_of_text(keys, DatumGetTextPP(value)));
	return PointerGetDatum(memreg_pseudonym_of_text(keys, DatumGetTextPP(value)));
}
