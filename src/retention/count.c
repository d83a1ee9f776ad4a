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
#include "storage/bufmgr.h"
#include "utils/snapmgr.h"

#include "core/spi.h"
#include "retention/count.h"
#include "retention/places.h"
#include "retention/removal.h"
#include "retention/retention.h"
#include "retention/table.h"

/* Leaves up to this size are counted when an index has told what is due: 8 MB. */
#define BLOCKS_COUNTED 1000

static bool count_leaf(Relation leaf, const RetentionRule *rule, RetentionPlaces *places,
					   RetentionCount *found);
static bool count_by(DueScan *scan, RetentionPlaces *places, RetentionCount *found);
static bool count_all(DueScan *scan);
static RetentionPlaces *open_places(Relation leaf, MemoryContext memory,
									const RetentionCount *found);
static void keep(RetentionPlaces *places, MemoryContext memory, RetentionCount *found);
static uint64 rows_of(Oid relation, bool *exact);
static uint64 count_leaf_rows(Oid relation);

PG_FUNCTION_INFO_V1(memreg_count_due);

/* memreg.count_due(rule int): cutoff, rows due, rows in all, and rows that stay all the same. */
Datum
memreg_count_due(PG_FUNCTION_ARGS)
{
	int32 id = PG_GETARG_INT32(0);
	MemoryContext caller = CurrentMemoryContext;
	RetentionRule rule;
	RetentionCount found;
	TupleDesc columns;
	Datum values[5];
	bool nulls[5] = {false};
	Datum result;

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "memreg.count_due must return a row");

	SPI_connect();
	memreg_rule_require(id, &rule);
	memreg_rule_set_cutoffs(&rule, DT_NOEND);
	found = rule.action->removal->count(&rule, NULL);

	MemoryContextSwitchTo(caller);
	values[0] = TimestampTzGetDatum(rule.terms[0].cutoff.instant);
	values[1] = Int64GetDatum((int64) found.due);
	values[2] = Int64GetDatum((int64) found.total);
	values[3] = Int64GetDatum((int64) found.kept.longer);
	values[4] = Int64GetDatum((int64) found.kept.states);
	result = HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls));
	SPI_finish(); /* and the rule is gone */
	PG_RETURN_DATUM(result);
}

/*
 * By the active snapshot.  With a memory, keep in it where they are, of
 * RetentionPlaces, leaf by leaf; a look of a run at what has nothing due needs
 * no more than that.  Without one, what stays though it is past the rule's own
 * term is counted, too.
 */
RetentionCount
memreg_count_rows(const RetentionRule *rule, MemoryContext memory)
{
	RetentionCount found = {0};
	List *uncounted = NIL;
	ListCell *cell;

	foreach(cell, memreg_table_leaves(rule->relation))
	{
		Relation leaf = table_open(lfirst_oid(cell), AccessShareLock);
		RetentionPlaces *places = memory == NULL ? NULL : open_places(leaf, memory, &found);

		if (!count_leaf(leaf, rule, places, &found))
			uncounted = lappend_oid(uncounted, RelationGetRelid(leaf));
		if (places != NULL)
			keep(places, memory, &found);
		table_close(leaf, NoLock);
	}
	if (found.due > 0 || memory == NULL)
		memreg_count_total(uncounted, &found);
	return found;
}

/* False: an index has told what is due, and nothing how many rows there are in all. */
static bool
count_leaf(Relation leaf, const RetentionRule *rule, RetentionPlaces *places,
		   RetentionCount *found)
{
	DueScan *scan = places == NULL ? memreg_due_scan_begin_own(leaf, rule)
								   : memreg_due_scan_begin(leaf, rule);
	bool whole = scan->order == DUE_BY_PLACE;

	memreg_due_scan_want_places(scan);
	if (count_by(scan, places, found))
		return whole;
	(void) count_by(memreg_due_scan_begin_whole(leaf, rule), places, found);
	return true;
}

/* False: another way is cheaper, and nothing has been counted. */
static bool
count_by(DueScan *scan, RetentionPlaces *places, RetentionCount *found)
{
	bool done = places == NULL ? count_all(scan) : memreg_places_find(places, scan);

	if (done)
	{
		found->due += scan->found;
		found->total += scan->read;
		found->kept.longer += memreg_due_kept(scan->check).longer;
		found->kept.states += memreg_due_kept(scan->check).states;
	}
	memreg_due_scan_end(scan);
	return done;
}

static bool
count_all(DueScan *scan)
{
	while (memreg_due_scan_next(scan))
		;
	return !memreg_due_scan_is_dear(scan);
}

/* All leaves together remember no more than one may. */
static RetentionPlaces *
open_places(Relation leaf, MemoryContext memory, const RetentionCount *found)
{
	int most = RETENTION_PLACES_MAX;
	ListCell *cell;

	foreach(cell, found->places)
		most -= ((RetentionPlaces *) lfirst(cell))->count;
	return memreg_places_open(leaf, memory, most);
}

static void
keep(RetentionPlaces *places, MemoryContext memory, RetentionCount *found)
{
	MemoryContext old = MemoryContextSwitchTo(memory);

	found->places = lappend(found->places, places);
	MemoryContextSwitchTo(old);
}

/*
 * Add how many rows there are in these leaves.  An estimate does where the
 * share that may go unasked is far away.
 */
void
memreg_count_total(List *leaves, RetentionCount *found)
{
	uint64 before = found->total;
	bool exact = true;
	ListCell *cell;

	foreach(cell, leaves)
		found->total += rows_of(lfirst_oid(cell), &exact);
	found->total = Max(found->total, found->due);
	if (exact || memreg_retention_max_share == 1 ||
		found->due <= found->total * memreg_retention_max_share / 4)
		return;
	found->total = before;
	foreach(cell, leaves)
		found->total += count_leaf_rows(lfirst_oid(cell));
}

/*
 * Counting is exact where it costs little; a large leaf is estimated as the
 * planner does, by its present size and the density that was found last.
 */
static uint64
rows_of(Oid relation, bool *exact)
{
	Relation leaf = table_open(relation, AccessShareLock);
	BlockNumber blocks = RelationGetNumberOfBlocks(leaf);
	double density = 0;

	if (leaf->rd_rel->relpages > 0 && leaf->rd_rel->reltuples > 0)
		density = leaf->rd_rel->reltuples / leaf->rd_rel->relpages;
	table_close(leaf, NoLock);
	if (blocks <= BLOCKS_COUNTED || density == 0)
		return count_leaf_rows(relation);
	*exact = false;
	return (uint64) (density * blocks);
}

static uint64
count_leaf_rows(Oid relation)
{
	Relation leaf = table_open(relation, AccessShareLock);
	TupleTableSlot *row = table_slot_create(leaf, NULL);
	TableScanDesc scan = table_beginscan(leaf, GetActiveSnapshot(), 0, NULL);
	uint64 rows = 0;

	while (table_scan_getnextslot(scan, ForwardScanDirection, row))
	{
		CHECK_FOR_INTERRUPTS();
		rows++;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(row);
	table_close(leaf, NoLock);
	return rows;
}
