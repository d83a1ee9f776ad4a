/*
 * due_scan.c
 *		A walk over those rows of a leaf that are past their term.
 *
 * Where an index begins with a column that a term runs from, what is not due
 * is not looked at, and nothing due costs a probe.  Else the leaf is read
 * whole, in physical order.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "retention/due_scan.h"
#include "retention/table.h"

static void begin_by_index(DueScan *scan, Oid index, TermColumn column,
						   const RetentionCutoff *cutoff);
static void begin_by_place(DueScan *scan, const ItemPointerData *from);
static bool next_row(DueScan *scan);

/*
 * Begin a walk by the active snapshot; in physical order from this place on.
 * Of several terms the first that has an index leads.
 */
DueScan *
memreg_due_scan_begin(Relation leaf, const RetentionRule *rule, const ItemPointerData *from)
{
	DueScan *scan = palloc0(sizeof(DueScan));

	scan->leaf = leaf;
	scan->check = memreg_due_open(leaf, rule);
	scan->row = table_slot_create(leaf, NULL);
	for (int i = 0; i < rule->term_count && scan->index == NULL; i++)
	{
		TermColumn column = memreg_table_column(leaf, rule->terms[i].since);
		Oid index = memreg_table_index(leaf, column);

		if (OidIsValid(index))
			begin_by_index(scan, index, column, &rule->terms[i].cutoff);
	}
	if (scan->index == NULL)
		begin_by_place(scan, from);
	return scan;
}

static void
begin_by_index(DueScan *scan, Oid index, TermColumn column, const RetentionCutoff *cutoff)
{
	ScanKeyData key;

	/* What a date stands for is over when the next day has come. */
	scan->index = index_open(index, AccessShareLock);
	memreg_table_index_key(scan->index, column.type,
						   column.type == DATEOID ? BTLessStrategyNumber
												  : BTLessEqualStrategyNumber,
						   memreg_cutoff_value(cutoff, column.type), &key);
	scan->by_index = memreg_index_beginscan(scan->leaf, scan->index, GetActiveSnapshot(), 1);
	index_rescan(scan->by_index, &key, 1, NULL, 0);
}

static void
begin_by_place(DueScan *scan, const ItemPointerData *from)
{
	ItemPointerData first = *from;
	ItemPointerData last;

	ItemPointerSet(&last, MaxBlockNumber, MaxOffsetNumber);
	scan->by_place = table_beginscan_tidrange(scan->leaf, GetActiveSnapshot(), &first, &last);
}

/* The next row that is due, in scan->row; false: there is none. */
bool
memreg_due_scan_next(DueScan *scan)
{
	while (next_row(scan))
		if (memreg_due_row(scan->check, scan->row))
			return true;
	return false;
}

static bool
next_row(DueScan *scan)
{
	CHECK_FOR_INTERRUPTS();
	if (scan->index != NULL)
		return index_getnext_slot(scan->by_index, ForwardScanDirection, scan->row);
	if (!table_scan_getnextslot_tidrange(scan->by_place, ForwardScanDirection, scan->row))
		return false;
	scan->looked_at++;
	return true;
}

void
memreg_due_scan_end(DueScan *scan)
{
	if (scan->index != NULL)
	{
		index_endscan(scan->by_index);
		index_close(scan->index, AccessShareLock);
	}
	else
		table_endscan(scan->by_place);
	ExecDropSingleTupleTableSlot(scan->row);
	pfree(scan);
}
