/*
 * batch.c
 *		Some rows in one transaction: look again, remove.
 *
 * This is the one place that removes rows by a rule.  What is past its term is
 * decided here, in C, on the row as it is now.
 *
 * An update that renews a row either has committed, and the row is seen to be
 * current or to have moved; or it has not ended, and the row bears its mark: it
 * is left for the next run.  A row that bears no mark is not locked first, as
 * that would cost as much as its removal.  Should somebody come in between, the
 * removal finds that the row has moved, and takes fewer rows than it was told
 * (action_delete.c): the batch is undone and tried again carefully, each row
 * locked before it is looked at, so that nobody can come in between.
 *
 * Only the removal runs as the table's owner (owner.c).
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/snapmgr.h"

#include "core/errors.h"
#include "retention/batch.h"
#include "retention/due.h"
#include "retention/erase.h"
#include "retention/history.h"
#include "retention/kept_subjects.h"
#include "retention/owner.h"
#include "retention/schedule.h"

/* 16 MB. */
#define PAGES_AT_MOST 2048

typedef struct Batch
{
	RetentionSweep *sweep;
	Relation leaf;
	DueCheck *check;
	TupleTableSlot *row;
	ItemPointerData *rows;
	int count;
} Batch;

static void open_batch(Batch *batch);
static void close_batch(Batch *batch);
static void collect_rows(Batch *batch);
static bool has_room(const Batch *batch);
static void go_to_places(Batch *batch);
static bool go_to(Batch *batch, IndexFetchTableData *fetch, ItemPointer place);
static void walk_pages(Batch *batch);
static bool walk_on(Batch *batch, TableScanDesc pages);
static void collect_row(Batch *batch, ItemPointerData place);
static bool may_go(Batch *batch, ItemPointer place);
static bool lock_events(Batch *batch);
static bool is_unmarked(TupleTableSlot *row);
static bool lock_row(Batch *batch, ItemPointer place);
static void remove_rows(Batch *batch);
static uint64 perform(Batch *batch);
static void require_all(Batch *batch, uint64 removed);

/* Take one batch.  The sweep is then behind it, or its state says why not. */
void
memreg_batch(RetentionSweep *sweep)
{
	Batch batch = {.sweep = sweep, .leaf = memreg_sweep_open(sweep)};

	if (batch.leaf == NULL)
		return;
	memreg_kept_subjects_lock();
	PushActiveSnapshot(GetLatestSnapshot());
	open_batch(&batch);
	collect_rows(&batch);
	memreg_due_close(batch.check);
	PopActiveSnapshot();
	if (batch.count > 0)
		remove_rows(&batch);
	close_batch(&batch);
	memreg_sweep_advance(sweep);
}

static void
open_batch(Batch *batch)
{
	batch->check = memreg_due_open(batch->leaf, batch->sweep->rule);
	batch->row = table_slot_create(batch->leaf, NULL);
	batch->rows = palloc(sizeof(ItemPointerData) * batch->sweep->size.rows);
	memreg_tally_open(&batch->sweep->tally, batch->sweep->rule, batch->leaf);
}

/* The leaf stays locked. */
static void
close_batch(Batch *batch)
{
	ExecDropSingleTupleTableSlot(batch->row);
	table_close(batch->leaf, NoLock);
}

static void
collect_rows(Batch *batch)
{
	if (batch->sweep->places->many)
		walk_pages(batch);
	else
		go_to_places(batch);
}

static bool
has_room(const Batch *batch)
{
	CHECK_FOR_INTERRUPTS();
	return batch->count < batch->sweep->size.rows && batch->sweep->state == SWEEP_GOING;
}

static void
go_to_places(Batch *batch)
{
	RetentionSweep *sweep = batch->sweep;
	IndexFetchTableData *fetch = table_index_fetch_begin(batch->leaf);

	while (has_room(batch) && sweep->at.place < sweep->places->count)
	{
		ItemPointerData place = sweep->places->rows[sweep->at.place];

		if (go_to(batch, fetch, &place))
			collect_row(batch, place);
		else
			sweep->missed = true; /* it may have moved */
		sweep->at.place++;
	}
	table_index_fetch_end(fetch);
}

/* False: there is no row.  Behind an index entry it may lie at another place of the page. */
static bool
go_to(Batch *batch, IndexFetchTableData *fetch, ItemPointer place)
{
	bool again = false;

	return batch->sweep->places->entries
		? table_index_fetch_tuple(fetch, place, GetActiveSnapshot(), batch->row, &again, NULL)
		: table_tuple_fetch_row_version(batch->leaf, place, GetActiveSnapshot(), batch->row);
}

/* So many pages at most, as others wait for the batch though it may find little. */
static void
walk_pages(Batch *batch)
{
	RetentionSweep *sweep = batch->sweep;
	uint64 end = (uint64) ItemPointerGetBlockNumber(&sweep->at.next) + PAGES_AT_MOST;
	ItemPointerData last;
	TableScanDesc pages;

	ItemPointerSet(&last, (BlockNumber) Min(end - 1, MaxBlockNumber), MaxOffsetNumber);
	pages =
		table_beginscan_tidrange(batch->leaf, GetActiveSnapshot(), &sweep->at.next, &last);
	while (has_room(batch) && walk_on(batch, pages))
		collect_row(batch, batch->row->tts_tid);
	table_endscan(pages);
	if (batch->count == sweep->size.rows || sweep->state != SWEEP_GOING)
		return;
	sweep->at.through = end > sweep->places->last ||
		end >= RelationGetNumberOfBlocks(batch->leaf);
	if (!sweep->at.through)
		ItemPointerSet(&sweep->at.next, (BlockNumber) end, FirstOffsetNumber);
}

/* To the next row; false: there is none in these pages. */
static bool
walk_on(Batch *batch, TableScanDesc pages)
{
	ItemPointer place = &batch->row->tts_tid;

	if (!table_scan_getnextslot_tidrange(pages, ForwardScanDirection, batch->row))
		return false;
	ItemPointerSet(&batch->sweep->at.next, ItemPointerGetBlockNumber(place),
				   OffsetNumberNext(ItemPointerGetOffsetNumber(place)));
	return true;
}

/* Add the row in the slot, found at that place, to the batch if it is due. */
static void
collect_row(Batch *batch, ItemPointerData place)
{
	RetentionSweep *sweep = batch->sweep;

	if (!memreg_due_row(batch->check, batch->row))
		return;
	sweep->at.met++;
	if (!may_go(batch, &place))
		return;
	if (sweep->removed + batch->count >= sweep->limit)
	{
		sweep->state = SWEEP_OVER_LIMIT;
		return;
	}
	memreg_tally_row(&sweep->tally, batch->row);
	batch->rows[batch->count++] = batch->row->tts_tid;
}

/* Is nobody else at work on the row, which is due? */
static bool
may_go(Batch *batch, ItemPointer place)
{
	if (!batch->sweep->careful && batch->leaf->rd_rules == NULL && is_unmarked(batch->row))
		return lock_events(batch);
	return lock_row(batch, place) && memreg_due_row(batch->check, batch->row) &&
		lock_events(batch);
}

/* Of a subject whose event somebody else is at work on, rows stay until the next run. */
static bool
lock_events(Batch *batch)
{
	bool locked = memreg_due_lock_events(batch->check, batch->row);

	if (!locked)
		batch->sweep->skipped++;
	return locked;
}

/* Nobody has locked, updated or deleted it, or tried to. */
static bool
is_unmarked(TupleTableSlot *row)
{
	HeapTuple tuple;

	if (!TTS_IS_BUFFERTUPLE(row))
		return false;
	tuple = ((BufferHeapTupleTableSlot *) row)->base.tuple;
	return (tuple->t_data->t_infomask & HEAP_XMAX_INVALID) != 0;
}

/* Lock the newest version of the row, unless somebody else has it locked. */
static bool
lock_row(Batch *batch, ItemPointer place)
{
	TM_FailureData why;
	TM_Result result =
		table_tuple_lock(batch->leaf, place, GetActiveSnapshot(), batch->row,
						 GetCurrentCommandId(true), LockTupleExclusive, LockWaitSkip,
						 TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &why);

	if (result == TM_WouldBlock)
		batch->sweep->skipped++;
	return result == TM_Ok;
}

static void
remove_rows(Batch *batch)
{
	RetentionSweep *sweep = batch->sweep;
	uint64 removed;

	if (!memreg_rule_hold(sweep->rule))
	{
		sweep->state = SWEEP_RULE_CHANGED;
		return;
	}
	removed = perform(batch);
	require_all(batch, removed);
	if (sweep->removed == 0)
		memreg_schedule_get_on(sweep->rule->id);
	sweep->removed += removed;
	memreg_history_progress(sweep->run, sweep->removed, sweep->skipped);
	memreg_tally_keep(&sweep->tally, sweep->rule, sweep->run, sweep->removed);
}

static uint64
perform(Batch *batch)
{
	const RetentionRule *rule = batch->sweep->rule;
	OwnerContext owner;
	uint64 done;

	if (rule->action->whole_subject)
		return memreg_erase(rule, batch->leaf, batch->rows, batch->count,
							batch->sweep->careful);
	owner = memreg_owner_enter(batch->leaf);
	done = rule->action->perform(rule, batch->leaf, batch->rows, batch->count);
	memreg_owner_leave(owner);
	return done;
}

/*
 * Where somebody came in between the batch is to be tried again.  Among rows
 * that are locked a trigger that returns NULL, or a rule, has kept one without
 * an error.  It would come up in every run, and nobody would know: so that is
 * an error.
 */
static void
require_all(Batch *batch, uint64 removed)
{
	if (removed == (uint64) batch->count)
		return;
	if (!batch->sweep->careful && batch->leaf->rd_rules == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("rows of table %s were changed while they were being %s",
						batch->sweep->rule->relation_name,
						batch->sweep->rule->action->verb_done)));
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_ROWS_KEPT),
			 errmsg("a trigger or rule of table %s keeps rows that are past their term",
					batch->sweep->rule->relation_name)));
}
