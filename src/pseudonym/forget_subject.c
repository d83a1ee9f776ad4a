/*
 * forget_subject.c
 *		The trigger by which secret and nickname go with the subject's row.
 *
 * It stands on root tables, for each row that is deleted or whose key changes,
 * and for TRUNCATE.  A row that moves to another partition is deleted there and
 * inserted here, so in a partition the root table is asked before anything is
 * forgotten.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "core/extension.h"
#include "core/spi.h"
#include "registry/membership.h"
#include "registry/subject.h"

PG_FUNCTION_INFO_V1(memreg_forget_subject);

/* What goes with subject $2 of register $1, or with all of them. */
static const char *const forget_one[] = {
	"DELETE FROM memreg.subject_secret WHERE register_id = $1 AND subject = $2",
	"DELETE FROM memreg.nickname WHERE register_id = $1 AND subject = $2",
};
static const char *const forget_all[] = {
	"DELETE FROM memreg.subject_secret WHERE register_id = $1",
	"DELETE FROM memreg.nickname WHERE register_id = $1",
};
static const char any_known[] =
	"SELECT WHERE EXISTS (SELECT FROM memreg.subject_secret WHERE register_id = $1)"
	" OR EXISTS (SELECT FROM memreg.nickname WHERE register_id = $1)";

/* What one statement's rows have in common, in fn_extra. */
typedef struct RootTable
{
	uint64 generation;
	Oid table; /* InvalidOid: there is nothing to forget */
	int32 register_id;
	Oid subject_type;
	AttrNumber subject; /* in the relation that has the trigger */
	char *query;        /* that asks the root table for a key */
} RootTable;

static TriggerData *require_trigger(FunctionCallInfo fcinfo);
static RootTable *root_table(FmgrInfo *flinfo, Relation relation);
static void look_up(RootTable *root, Relation relation, MemoryContext context);
static char *query_for(const RegisteredTable *table, MemoryContext context);
static void forget_row(const RootTable *root, TriggerData *trigger);
static bool key_changed(const RootTable *root, TriggerData *trigger, Datum key);
static bool still_there(const RootTable *root, Datum key);
static uint64 run(const char *const *statements, int count, int32 register_id,
				  const char *subject);

/* memreg.forget_subject(): AFTER DELETE OR UPDATE for each row, or AFTER TRUNCATE. */
Datum
memreg_forget_subject(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = require_trigger(fcinfo);
	RootTable *root = root_table(fcinfo->flinfo, trigger->tg_relation);

	if (!OidIsValid(root->table))
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		forget_row(root, trigger);
	else
		run(forget_all, lengthof(forget_all), root->register_id, NULL);
	return PointerGetDatum(NULL);
}

static TriggerData *
require_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ==
			TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("memreg.forget_subject() is for the triggers that memreg.add_table makes"),
				 errhint("Register the table with memreg.add_table(root => true).")));
	return trigger;
}

static RootTable *
root_table(FmgrInfo *flinfo, Relation relation)
{
	RootTable *root = flinfo->fn_extra;

	if (root == NULL)
		root = flinfo->fn_extra = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(RootTable));
	if (root->generation != memreg_extension_generation())
		look_up(root, relation, flinfo->fn_mcxt);
	return root;
}

static void
look_up(RootTable *root, Relation relation, MemoryContext context)
{
	RegisteredTable table;

	root->generation = memreg_extension_generation();
	root->table = InvalidOid;
	if (!memreg_membership_find(RelationGetRelid(relation), &table) || !table.root ||
		!memreg_registry_register_id(table.register_name, &root->register_id) ||
		run((const char *const[]){any_known}, 1, root->register_id, NULL) == 0)
		return;
	root->subject = get_attnum(RelationGetRelid(relation), table.subject);
	root->subject_type = table.subject_type;
	if (root->subject == InvalidAttrNumber)
		return;
	root->query = query_for(&table, context);
	root->table = table.relation;
}

static char *
query_for(const RegisteredTable *table, MemoryContext context)
{
	char *name =
		quote_qualified_identifier(get_namespace_name(get_rel_namespace(table->relation)),
								   get_rel_name(table->relation));

	return MemoryContextStrdup(context,
							   psprintf("SELECT FROM %s WHERE %s OPERATOR(pg_catalog.=) $1",
										name, quote_identifier(table->subject)));
}

static void
forget_row(const RootTable *root, TriggerData *trigger)
{
	bool isnull;
	Datum key = heap_getattr(trigger->tg_trigtuple, root->subject,
							 RelationGetDescr(trigger->tg_relation), &isnull);

	if (isnull ||
		(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && !key_changed(root, trigger, key)))
		return;
	if (trigger->tg_relation->rd_rel->relispartition && still_there(root, key))
		return;
	run(forget_one, lengthof(forget_one), root->register_id,
		text_to_cstring(memreg_subject_text(root->subject_type, key)));
}

static bool
key_changed(const RootTable *root, TriggerData *trigger, Datum key)
{
	TupleDesc columns = RelationGetDescr(trigger->tg_relation);
	Form_pg_attribute column = TupleDescAttr(columns, root->subject - 1);
	bool isnull;
	Datum present = heap_getattr(trigger->tg_newtuple, root->subject, columns, &isnull);

	return isnull || !datum_image_eq(key, present, column->attbyval, column->attlen);
}

/* Does another row of the root table have the key? */
static bool
still_there(const RootTable *root, Datum key)
{
	Oid type = root->subject_type;
	MemregCaller caller = memreg_extension_become_owner();
	bool found;

	SPI_connect();
	SPI_execute_with_args(root->query, 1, &type, &key, NULL, false, 1);
	found = SPI_processed > 0;
	SPI_finish();
	memreg_extension_become_caller(caller);
	return found;
}

/*
 * Run statements about a register or one of its subjects, also on what was made
 * since the transaction began; rows of the last one.
 */
static uint64
run(const char *const *statements, int count, int32 register_id, const char *subject)
{
	MemregArgs args = {0};
	uint64 rows = 0;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(register_id));
	if (subject != NULL)
		memreg_spi_arg_text(&args, subject);
	SPI_connect();
	for (int i = 0; i < count; i++)
		rows = memreg_spi_run_latest(statements[i], &args);
	SPI_finish();
	return rows;
}
