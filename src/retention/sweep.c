/*
 * sweep.c
 *		A walk over a rule's table in physical order, as far as it has come.
 *
 * A place is valid for one file: TRUNCATE, CLUSTER or VACUUM FULL between two
 * batches give the relation another, and the walk of that leaf starts over.
 */
#include "postgres.h"

#include "access/table.h"

#include "retention/sweep.h"
#include "retention/table.h"

static void rewind_leaf(RetentionSweep *sweep, MemregFileNumber file);

/* Begin a pass; the list of leaves is made in the memory given. */
void
memreg_sweep_start(RetentionSweep *sweep, MemoryContext memory)
{
	MemoryContext old = MemoryContextSwitchTo(memory);

	sweep->leaves = memreg_table_leaves(sweep->rule->relation);
	MemoryContextSwitchTo(old);
	sweep->skipped = 0;
	sweep->leaf = -1;
	sweep->state = SWEEP_GOING;
	memreg_sweep_next_leaf(sweep);
}

/*
 * The present leaf, locked until the transaction ends; NULL: it was dropped or
 * detached.
 */
Relation
memreg_sweep_open(RetentionSweep *sweep)
{
	Relation leaf =
		try_table_open(list_nth_oid(sweep->leaves, sweep->leaf), RowExclusiveLock);

	if (leaf == NULL)
		return NULL;
	if (!memreg_table_holds(sweep->rule->relation, RelationGetRelid(leaf)))
	{
		table_close(leaf, NoLock);
		return NULL;
	}
	if (memreg_relation_file(leaf) != sweep->file)
		rewind_leaf(sweep, memreg_relation_file(leaf));
	return leaf;
}

/* The next batch begins behind this row. */
void
memreg_sweep_advance(RetentionSweep *sweep, ItemPointer looked_at)
{
	ItemPointerSet(&sweep->next, ItemPointerGetBlockNumber(looked_at),
				   OffsetNumberNext(ItemPointerGetOffsetNumber(looked_at)));
}

void
memreg_sweep_next_leaf(RetentionSweep *sweep)
{
	sweep->leaf++;
	if (sweep->leaf >= list_length(sweep->leaves))
		sweep->state = SWEEP_ENDED;
	rewind_leaf(sweep, 0);
}

static void
rewind_leaf(RetentionSweep *sweep, MemregFileNumber file)
{
	sweep->file = file;
	ItemPointerSet(&sweep->next, 0, FirstOffsetNumber);
}
