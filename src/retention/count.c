/*
 * count.c
 *		How many rows of a table are past their term.
 *
 * Reads the table itself: nothing user-written, no policy and no view stands
 * between memreg and the rows, and only numbers leave this file.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "core/errors.h"
#include "core/spi.h"
#include "retention/count.h"
#include "retention/table.h"

static void count_leaf(Oid leaf, const RetentionRule *rule, const RetentionCutoff *cutoff,
					   RetentionCount *count);

PG_FUNCTION_INFO_V1(memreg_count_due);

/* memreg.count_due(rule int): cutoff, rows due and rows in all at this moment. */
Datum
memreg_count_due(PG_FUNCTION_ARGS)
{
	int32 id = PG_GETARG_INT32(0);
	MemoryContext caller = CurrentMemoryContext;
	RetentionRule rule;
	RetentionCutoff cutoff;
	RetentionCount count;
	TupleDesc columns;
	Datum values[3];
	bool nulls[3] = {false};

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "memreg.count_due must return a row");

	SPI_connect();
	if (!memreg_rule_read(id, &rule))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_RULE),
				 errmsg("retention rule %d does not exist", id),
				 errhint("The table memreg.retention_rule lists those that exist.")));
	cutoff = memreg_cutoff_of(&rule, DT_NOEND);
	count = memreg_count_rows(&rule, &cutoff);
	SPI_finish();

	MemoryContextSwitchTo(caller);
	values[0] = TimestampTzGetDatum(cutoff.instant);
	values[1] = Int64GetDatum((int64) count.due);
	values[2] = Int64GetDatum((int64) count.total);
	PG_RETURN_DATUM(
		HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls)));
}

/* By the active snapshot. */
RetentionCount
memreg_count_rows(const RetentionRule *rule, const RetentionCutoff *cutoff)
{
	RetentionCount count = {0};
	ListCell *cell;

	foreach(cell, memreg_table_leaves(rule->relation))
		count_leaf(lfirst_oid(cell), rule, cutoff, &count);
	return count;
}

static void
count_leaf(Oid leaf, const RetentionRule *rule, const RetentionCutoff *cutoff,
		   RetentionCount *count)
{
	Relation table = table_open(leaf, AccessShareLock);
	TermColumn column = memreg_table_column(table, rule->since);
	TupleTableSlot *row = table_slot_create(table, NULL);
	TableScanDesc scan = table_beginscan(table, GetActiveSnapshot(), 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, row))
	{
		CHECK_FOR_INTERRUPTS();
		count->total++;
		if (memreg_table_row_due(row, column, cutoff))
			count->due++;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(row);
	table_close(table, AccessShareLock);
}
