/*
 * batch.c
 *		Some rows in one transaction: find, lock, look again, remove.
 *
 * This is the one place that removes rows by a rule.  What is past its term is
 * decided here, in C, and decided once more on the row's newest version after
 * it is locked: an update that renews a row either has committed, and the row
 * is seen to be current, or holds the row's lock, and the row is left for the
 * next run.  Between that and the removal nobody else can touch the row.
 *
 * Only the removal runs as the table's owner (owner.c).
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "core/errors.h"
#include "retention/batch.h"
#include "retention/history.h"
#include "retention/owner.h"
#include "retention/table.h"

/* So long a batch looks for rows, even when it finds few. */
#define LOOK_MILLISECONDS 50

typedef struct Batch
{
	RetentionSweep *sweep;
	Relation leaf;
	TermColumn column;
	TupleTableSlot *seen;   /* the row as the scan sees it */
	TupleTableSlot *locked; /* its newest version */
	ItemPointerData *rows;
	int count;
} Batch;

static void open_batch(Batch *batch);
static void close_batch(Batch *batch);
static bool collect_rows(Batch *batch);
static bool collect_row(Batch *batch);
static bool lock_row(Batch *batch);
static void remove_rows(Batch *batch);

/* Take one batch.  The sweep is then behind it, or its state says why not. */
void
memreg_batch(RetentionSweep *sweep)
{
	Batch batch = {.sweep = sweep, .leaf = memreg_sweep_open(sweep)};
	bool leaf_ended = true;

	if (batch.leaf != NULL)
	{
		open_batch(&batch);
		leaf_ended = collect_rows(&batch);
		if (batch.count > 0)
			remove_rows(&batch);
		close_batch(&batch);
	}
	if (leaf_ended && sweep->state == SWEEP_GOING)
		memreg_sweep_next_leaf(sweep);
}

static void
open_batch(Batch *batch)
{
	batch->column = memreg_table_column(batch->leaf, batch->sweep->rule->since);
	batch->seen = table_slot_create(batch->leaf, NULL);
	batch->locked = table_slot_create(batch->leaf, NULL);
	batch->rows = palloc(sizeof(ItemPointerData) * batch->sweep->batch_rows);
}

/* The leaf stays locked. */
static void
close_batch(Batch *batch)
{
	ExecDropSingleTupleTableSlot(batch->seen);
	ExecDropSingleTupleTableSlot(batch->locked);
	table_close(batch->leaf, NoLock);
}

/* Fill the batch; true when the leaf has been walked to its end. */
static bool
collect_rows(Batch *batch)
{
	RetentionSweep *sweep = batch->sweep;
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LOOK_MILLISECONDS);
	BlockNumber block = InvalidBlockNumber;
	ItemPointerData last;
	TableScanDesc scan;
	bool ended = false;

	ItemPointerSet(&last, MaxBlockNumber, MaxOffsetNumber);
	scan = table_beginscan_tidrange(batch->leaf, GetActiveSnapshot(), &sweep->next, &last);
	while (batch->count < sweep->batch_rows && sweep->state == SWEEP_GOING)
	{
		CHECK_FOR_INTERRUPTS();
		ended = !table_scan_getnextslot_tidrange(scan, ForwardScanDirection, batch->seen);
		if (ended || !collect_row(batch))
			break;
		memreg_sweep_advance(sweep, &batch->seen->tts_tid);
		if (block != ItemPointerGetBlockNumber(&batch->seen->tts_tid))
		{
			block = ItemPointerGetBlockNumber(&batch->seen->tts_tid);
			if (GetCurrentTimestamp() > end)
				break;
		}
	}
	table_endscan(scan);
	return ended;
}

/* Add the row seen to the batch if it is due.  False: no more rows may go. */
static bool
collect_row(Batch *batch)
{
	RetentionSweep *sweep = batch->sweep;

	if (!memreg_table_row_due(batch->seen, batch->column, &sweep->cutoff))
		return true;
	if (sweep->removed + batch->count >= sweep->limit)
	{
		sweep->state = SWEEP_OVER_LIMIT;
		return false;
	}
	if (lock_row(batch) && memreg_table_row_due(batch->locked, batch->column, &sweep->cutoff))
		batch->rows[batch->count++] = batch->locked->tts_tid;
	return true;
}

/* Lock the newest version of the row seen, unless somebody else has it locked. */
static bool
lock_row(Batch *batch)
{
	TM_FailureData why;
	TM_Result result =
		table_tuple_lock(batch->leaf, &batch->seen->tts_tid, GetActiveSnapshot(),
						 batch->locked, GetCurrentCommandId(true), LockTupleExclusive,
						 LockWaitSkip, TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &why);

	if (result == TM_WouldBlock)
		batch->sweep->skipped++;
	return result == TM_Ok;
}

/*
 * A trigger that returns NULL, or a rule, can keep a row without an error.  It
 * would come up in every run, and nobody would know: so that is an error.
 */
static void
remove_rows(Batch *batch)
{
	RetentionSweep *sweep = batch->sweep;
	OwnerContext owner;
	uint64 removed;

	if (!memreg_rule_hold(sweep->rule))
	{
		sweep->state = SWEEP_RULE_CHANGED;
		return;
	}
	owner = memreg_owner_enter(batch->leaf);
	removed = sweep->rule->action->perform(batch->leaf, batch->rows, batch->count);
	memreg_owner_leave(owner);

	if (removed != (uint64) batch->count)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_ROWS_KEPT),
				 errmsg("a trigger or rule of table %s keeps rows that are past their term",
						sweep->rule->relation_name)));
	sweep->removed += removed;
	memreg_history_progress(sweep->run, sweep->removed, sweep->skipped);
}
