/*
 * upcoming.c
 *		Whose rows will be due by a moment to come.
 *
 * The same walk as for a run, with cutoffs as they will be then; so it says
 * what a run would do, unless something changes.
 */
#include "postgres.h"

#include "access/table.h"
#include "funcapi.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "core/spi.h"
#include "registry/subject.h"
#include "retention/due_scan.h"
#include "retention/table.h"

#define UPCOMING_COLUMNS 4

static void read_rule(int32 id, RetentionRule *rule);
static void list_leaf(ReturnSetInfo *result, Relation leaf, const RetentionRule *rule);
static void list_row(ReturnSetInfo *result, DueScan *scan, const RetentionRule *rule);

PG_FUNCTION_INFO_V1(memreg_list_upcoming);

/* memreg.list_upcoming(rule int, until timestamptz) → (relation, subject, started_at, due_at), a row each. */
Datum
memreg_list_upcoming(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	RetentionRule rule;
	ListCell *cell;

	InitMaterializedSRF(fcinfo, 0);
	read_rule(PG_GETARG_INT32(0), &rule);
	memreg_rule_set_cutoffs_at(&rule, PG_GETARG_TIMESTAMPTZ(1), DT_NOEND);
	foreach(cell, memreg_table_leaves(rule.relation))
	{
		Relation leaf = table_open(lfirst_oid(cell), AccessShareLock);

		list_leaf(result, leaf, &rule);
		table_close(leaf, NoLock);
	}
	PG_RETURN_NULL();
}

static void
read_rule(int32 id, RetentionRule *rule)
{
	MemoryContext caller = CurrentMemoryContext;

	SPI_connect();
	MemoryContextSwitchTo(caller);
	memreg_rule_require(id, rule);
	SPI_finish();
}

static void
list_leaf(ReturnSetInfo *result, Relation leaf, const RetentionRule *rule)
{
	DueScan *scan = memreg_due_scan_begin(leaf, rule);

	while (memreg_due_scan_next(scan))
		list_row(result, scan, rule);
	memreg_due_scan_end(scan);
}

static void
list_row(ReturnSetInfo *result, DueScan *scan, const RetentionRule *rule)
{
	Datum values[UPCOMING_COLUMNS];
	bool nulls[UPCOMING_COLUMNS] = {false};
	Datum subject = memreg_due_subject(scan->check, scan->row, &nulls[1]);

	values[0] = ObjectIdGetDatum(RelationGetRelid(scan->leaf));
	if (!nulls[1])
		values[1] = PointerGetDatum(memreg_subject_text(rule->subject_type, subject));
	values[2] = TimestampTzGetDatum(memreg_due_start(scan->check, scan->row));
	values[3] = TimestampTzGetDatum(memreg_due_moment(scan->check, scan->row));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}
