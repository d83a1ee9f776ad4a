/*
 * refuse.c
 *		The trigger that refuses personal identity codes on write.
 *
 *		CREATE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON app.answer
 *			FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu();
 *
 * Without arguments it reads every column that can hold text (readable.c);
 * arguments name the columns to read instead.  INSERT reads them all, UPDATE
 * those whose value changes, so that a row written before the trigger existed
 * can still be maintained, and cleaned, while no new code comes in.
 *
 * Which columns to read is worked out at a statement's first row and kept with
 * the statement's trigger state (fn_extra), which belongs to one relation.
 *
 * Invariant: no error and no log line it causes carries the value.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "core/errors.h"
#include "ident/hetu.h"
#include "ident/json_text.h"
#include "ident/readable.h"

typedef struct Column
{
	AttrNumber number;
	int16 length;
	bool by_value;
	Readable readable;
	FmgrInfo output;
} Column;

typedef struct ColumnList
{
	int count;
	Column columns[FLEXIBLE_ARRAY_MEMBER];
} ColumnList;

static TriggerData *require_row_trigger(FunctionCallInfo fcinfo);
static ColumnList *columns_to_read(FmgrInfo *flinfo, TriggerData *trigger);
static void add_column(ColumnList *list, Form_pg_attribute attribute, MemoryContext context);
static Form_pg_attribute find_column(Relation relation, const char *name);
static bool value_changed(const Column *column, TriggerData *trigger, Datum value);
static bool value_holds_hetu(Column *column, Datum value);
pg_noreturn static void refuse(Relation relation, AttrNumber number);

PG_FUNCTION_INFO_V1(memreg_refuse_hetu);

Datum
memreg_refuse_hetu(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = require_row_trigger(fcinfo);
	bool update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	HeapTuple row = update ? trigger->tg_newtuple : trigger->tg_trigtuple;
	ColumnList *list = columns_to_read(fcinfo->flinfo, trigger);

	for (int i = 0; i < list->count; i++)
	{
		Column *column = &list->columns[i];
		bool isnull;
		Datum value = heap_getattr(row, column->number,
								   RelationGetDescr(trigger->tg_relation), &isnull);

		if (isnull || (update && !value_changed(column, trigger, value)))
			continue;
		if (value_holds_hetu(column, value))
			refuse(trigger->tg_relation, column->number);
	}
	return PointerGetDatum(row);
}

static TriggerData *
require_row_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_TRIGGER_MISUSE),
				 errmsg("memreg.refuse_hetu() must run as a BEFORE INSERT OR UPDATE trigger for each row"),
				 errhint("Use CREATE TRIGGER ... BEFORE INSERT OR UPDATE ON ... FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu().")));
	return trigger;
}

static ColumnList *
columns_to_read(FmgrInfo *flinfo, TriggerData *trigger)
{
	TupleDesc row = RelationGetDescr(trigger->tg_relation);
	int named = trigger->tg_trigger->tgnargs;
	ColumnList *list = flinfo->fn_extra;

	if (list != NULL)
		return list;

	list = MemoryContextAllocZero(flinfo->fn_mcxt,
								  offsetof(ColumnList, columns) +
									  sizeof(Column) * (named > 0 ? named : row->natts));
	for (int i = 0; i < named; i++)
		add_column(list, find_column(trigger->tg_relation, trigger->tg_trigger->tgargs[i]),
				   flinfo->fn_mcxt);
	for (int i = 0; named == 0 && i < row->natts; i++)
		add_column(list, TupleDescAttr(row, i), flinfo->fn_mcxt);

	flinfo->fn_extra = list; /* only when complete */
	return list;
}

static void
add_column(ColumnList *list, Form_pg_attribute attribute, MemoryContext context)
{
	Column *column = &list->columns[list->count];
	Oid output;
	bool is_varlena;

	if (attribute->attisdropped)
		return;

	column->number = attribute->attnum;
	column->length = attribute->attlen;
	column->by_value = attribute->attbyval;
	column->readable = memreg_ident_readable(attribute->atttypid);
	if (column->readable == READ_NOT)
		return;
	if (column->readable != READ_BYTES)
	{
		getTypeOutputInfo(attribute->atttypid, &output, &is_varlena);
		fmgr_info_cxt(output, &column->output, context);
	}
	list->count++;
}

/*
 * The column a trigger argument names.  One that cannot be read is an error:
 * whoever named it believes that it is watched.
 */
static Form_pg_attribute
find_column(Relation relation, const char *name)
{
	TupleDesc row = RelationGetDescr(relation);

	for (int i = 0; i < row->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(row, i);

		if (attribute->attisdropped || strcmp(NameStr(attribute->attname), name) != 0)
			continue;
		if (memreg_ident_readable(attribute->atttypid) != READ_NOT)
			return attribute;
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_TRIGGER_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" cannot be searched for identity codes",
						name, RelationGetRelationName(relation)),
				 errhint("Name only columns that can hold text in the trigger's arguments."),
				 errtablecol(relation, attribute->attnum)));
	}
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_TRIGGER_COLUMN),
			 errmsg("column \"%s\" of relation \"%s\" does not exist",
					name, RelationGetRelationName(relation)),
			 errdetail("It is named in the arguments of a trigger that runs memreg.refuse_hetu()."),
			 errhint("Create the trigger again with the columns' present names, or without arguments to have every column searched."),
			 errtable(relation)));
}

/* Compares bytes without fetching toasted values; a doubt counts as a change. */
static bool
value_changed(const Column *column, TriggerData *trigger, Datum value)
{
	bool isnull;
	Datum old = heap_getattr(trigger->tg_trigtuple, column->number,
							 RelationGetDescr(trigger->tg_relation), &isnull);

	return isnull || !datumIsEqual(old, value, column->by_value, column->length);
}

static bool
value_holds_hetu(Column *column, Datum value)
{
	size_t length;
	char *output;

	if (column->readable == READ_BYTES)
	{
		text *bytes = DatumGetTextPP(value);
		bool found = memreg_ident_contains_hetu(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));

		if (bytes != (text *) DatumGetPointer(value))
			pfree(bytes);
		return found;
	}

	output = OutputFunctionCall(&column->output, value);
	length = strlen(output);
	if (column->readable == READ_JSON)
		length = memreg_ident_unescape_json(output, length);
	return memreg_ident_contains_hetu(output, length);
}

/*
 * Context lines would carry the value: COPY's the input line, SPI's the
 * statement.  So would the server log's STATEMENT line.
 */
static void
refuse(Relation relation, AttrNumber number)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), number - 1);

	error_context_stack = NULL;
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_HETU_REFUSED),
			 errmsg("a personal identity code must not be written to column \"%s\" of relation \"%s\"",
					NameStr(attribute->attname), RelationGetRelationName(relation)),
			 errdetail("The value holds a well-formed Finnish personal identity code."),
			 errhint("Remove the code from the value and write it again."),
			 errhidestmt(true),
			 errtablecol(relation, number)));
}
