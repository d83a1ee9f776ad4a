/*
 * load.c
 *		Making an image from the state tables.
 *
 * One pass over each state table, with one snapshot, into an image that nobody
 * sees; then, under the refresh lock, what was committed meanwhile; then it is
 * published.  So a published image is never behind any refresh that was done
 * before it.
 *
 * One session loads; others look into the tables meanwhile.  What an error, or
 * the end of the session, leaves unfinished is freed by the next load.
 */
#include "postgres.h"

#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/ipc.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "consent/feed.h"
#include "consent/index_lock.h"
#include "consent/load.h"
#include "consent/refresh.h"
#include "consent/vouch.h"
#include "core/extension.h"

/* Rows between two looks for interrupts and reports of progress. */
#define ROWS_BETWEEN_REPORTS 8192

/* After a load that failed, the next may be tried at once, by a worker; then ever later. */
#define LONGEST_PAUSE_SECONDS 600

/* Subjects on their way into sets. */
#define ROWS_AT_ONCE 32

typedef struct LoadedRow
{
	SubjectSet *set;
	SubjectKey key;
} LoadedRow;

/* One load under way. */
typedef struct Load
{
	IndexSlot *slot;
	Image *image;
	ImageMemory memory;
	Snapshot snapshot;
	TimestampTz now;
	SubjectSet *last_set; /* rows of the same owner often come together */
	int row_count;
	LoadedRow rows[ROWS_AT_ONCE];
} Load;

static ImageOutcome load_and_publish(Load *load, Oid identity);
static void conclude(IndexSlot *slot, ImageOutcome outcome);
static void free_unfinished(IndexSlot *slot);
static void note_failure(int code, Datum arg);
static bool load_table(Load *load, StateKind kind);
static bool load_row(Load *load, StateKind kind, TupleTableSlot *row);
static bool put_rows(Load *load);
static void report_row(Load *load, StateKind kind, TupleTableSlot *row);
static ImageOutcome publish(Load *load);

/*
 * Load the database's image unless there is one.  True: there is one, or it
 * is worth while to try again at once.  False: another session is at it, it
 * does not fit into memory, or the tables cannot be followed now.  Takes a
 * pass over the state tables; can be interrupted.
 */
bool
memreg_load(IndexSlot *slot, Oid identity)
{
	Load load = {.slot = slot, .now = GetCurrentTimestamp()};
	ImageOutcome outcome = IMAGE_RIGHT;

	if (!memreg_vouch_lock())
		return false;
	if (!memreg_index_try_lock(LOCK_LOAD))
	{
		memreg_vouch_unlock();
		return false;
	}
	free_unfinished(slot);
	if (memreg_image_current(slot, identity) == NULL)
	{
		PG_ENSURE_ERROR_CLEANUP(note_failure, PointerGetDatum(slot));
		{
			outcome = load_and_publish(&load, identity);
		}
		PG_END_ENSURE_ERROR_CLEANUP(note_failure, PointerGetDatum(slot));
		conclude(slot, outcome);
	}
	memreg_index_unlock(LOCK_LOAD);
	memreg_vouch_unlock();
	return outcome == IMAGE_RIGHT || outcome == IMAGE_LOST;
}

static ImageOutcome
load_and_publish(Load *load, Oid identity)
{
	IndexSlot *slot = load->slot;
	uint64 witness;
	bool fits = true;

	if (!memreg_vouch(&witness))
		return IMAGE_UNVOUCHED;
	memreg_image_sweep();
	memreg_image_reclaim(slot);
	slot->loader = MyProcPid;
	slot->blocks_total = slot->blocks_done = slot->subjects = 0;
	slot->unfinished = memreg_image_create(identity, &load->image);
	if (!DsaPointerIsValid(slot->unfinished))
		return IMAGE_FULL;
	memreg_image_memory(&load->memory, NULL);
	load->image->witness = witness;

	load->snapshot = memreg_covered_snapshot(memreg_feed_relation());
	memreg_covered_by(&load->image->covered, load->snapshot);
	pg_atomic_write_u64(&load->image->expired_to, (uint64) load->now);
	for (int kind = 0; kind < STATE_KINDS && fits; kind++)
		fits = load_table(load, kind);
	UnregisterSnapshot(load->snapshot);
	return fits ? publish(load) : IMAGE_FULL;
}

/*
 * What was short while a withdrawn image is still there may be enough when
 * nobody looks into that one any more; else the limit is too low.
 */
static void
conclude(IndexSlot *slot, ImageOutcome outcome)
{
	free_unfinished(slot);
	slot->phase = LOAD_NONE;
	slot->loader = 0;
	if (outcome == IMAGE_FULL && DsaPointerIsValid(slot->retired))
	{
		note_failure(0, PointerGetDatum(slot));
		return;
	}
	slot->failures = 0;
	slot->full_at = outcome == IMAGE_FULL ? memreg_index_memory : 0;
	if (outcome == IMAGE_FULL)
		ereport(LOG,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("the consent index of database %u does not fit into memreg.consent_index_memory",
						MyDatabaseId),
				 errdetail("Consents are looked up in the tables, row by row, which is slower."),
				 errhint("Raise memreg.consent_index_memory, now %d MB.", memreg_index_memory)));
}

/* Free what a load has left that did not come to its end.  Under the load lock. */
static void
free_unfinished(IndexSlot *slot)
{
	dsa_pointer unfinished = slot->unfinished;

	slot->unfinished = InvalidDsaPointer;
	if (DsaPointerIsValid(unfinished))
		memreg_image_free(unfinished);
}

/*
 * Error cleanup: the session was interrupted, or something failed.  The image
 * is freed by the next load: here, locks of the area may still be held.
 */
static void
note_failure(int code, Datum arg)
{
	IndexSlot *slot = (IndexSlot *) DatumGetPointer(arg);
	int pause = Min(1 << Min(slot->failures, 20), LONGEST_PAUSE_SECONDS);

	slot->try_again = slot->failures == 0
		? 0
		: TimestampTzPlusMilliseconds(GetCurrentTimestamp(), pause * INT64CONST(1000));
	slot->failures++;
	slot->phase = LOAD_NONE;
	slot->loader = 0;
}

static bool
load_table(Load *load, StateKind kind)
{
	Relation table = table_open(memreg_extension_relation(memreg_state_tables[kind].name),
								AccessShareLock);
	TupleTableSlot *row = table_slot_create(table, NULL);
	TableScanDesc scan = table_beginscan_strat(table, load->snapshot, 0, NULL, true, false);
	uint64 rows = 0;
	bool fits = true;

	load->slot->phase = LOAD_CONSENTS + kind;
	load->slot->blocks_total = RelationGetNumberOfBlocks(table);
	load->slot->blocks_done = 0;
	load->last_set = NULL;
	load->memory.memory.growth = 1;
	while (fits && table_scan_getnextslot(scan, ForwardScanDirection, row))
	{
		fits = load_row(load, kind, row);
		if (++rows % ROWS_BETWEEN_REPORTS == 0)
			report_row(load, kind, row);
	}
	fits = fits && put_rows(load);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(row);
	table_close(table, AccessShareLock);
	return fits;
}

static bool
load_row(Load *load, StateKind kind, TupleTableSlot *row)
{
	SubjectSet *set = load->last_set;
	SubjectKey key;
	int32 owner;

	slot_getsomeattrs(row,
					  memreg_state_tables[kind].expiry_index == NULL ? STATE_FLAG
																	 : STATE_EXPIRES);
	if (!DatumGetBool(row->tts_values[STATE_FLAG - 1]))
		return true;
	if (memreg_state_tables[kind].expiry_index != NULL && !row->tts_isnull[STATE_EXPIRES - 1] &&
		DatumGetTimestampTz(row->tts_values[STATE_EXPIRES - 1]) <= load->now)
		return true;

	owner = DatumGetInt32(row->tts_values[STATE_OWNER - 1]);
	if (set == NULL || set->owner != owner)
	{
		set = load->last_set = memreg_image_set(load->image, kind, owner);
		if (set == NULL)
			return false;
	}
	if (!memreg_subject_key_parse(set->type,
								  DatumGetTextPP(row->tts_values[STATE_SUBJECT - 1]),
								  memreg_shared_text_key(), &key))
		return true;
	memreg_set_prefetch(set, &load->memory.memory, &key);
	load->rows[load->row_count++] = (LoadedRow){set, key};
	return load->row_count < ROWS_AT_ONCE || put_rows(load);
}

/* Some at once, so that memory has been fetched meanwhile where they go. */
static bool
put_rows(Load *load)
{
	bool fits = true;

	for (int i = 0; i < load->row_count && fits; i++)
		fits = memreg_set_put(load->rows[i].set, &load->memory.memory, &load->rows[i].key,
							  true);
	load->row_count = 0;
	return fits;
}

static void
report_row(Load *load, StateKind kind, TupleTableSlot *row)
{
	CHECK_FOR_INTERRUPTS();
	load->slot->blocks_done = ItemPointerGetBlockNumber(&row->tts_tid) + 1;
	load->slot->subjects += ROWS_BETWEEN_REPORTS;
	load->memory.memory.growth =
		(double) load->slot->blocks_total / (double) load->slot->blocks_done;
}

/* What was committed during the load, and then everybody may see it. */
static ImageOutcome
publish(Load *load)
{
	IndexSlot *slot = load->slot;
	Image *image = load->image;
	ImageOutcome outcome;

	slot->phase = LOAD_CATCHING_UP;
	load->memory.memory.growth = 1;
	for (uint32 i = 0; i < pg_atomic_read_u32(&image->set_count); i++)
	{
		memreg_set_fit(&image->sets[i], &load->memory.memory);
		image->sets[i].delta = 0;
	}
	memreg_index_lock(LOCK_REFRESH);
	outcome = memreg_refresh_catch_up(slot, image, &load->memory);
	if (outcome == IMAGE_RIGHT)
	{
		dsa_pointer pointer = slot->unfinished;

		image->loaded_at = image->refreshed_at = GetCurrentTimestamp();
		image->refreshes = 0;
		slot->unfinished = InvalidDsaPointer;
		slot->broken = false;
		memreg_image_publish(slot, pointer);
	}
	memreg_refresh_unlock(slot);
	return outcome;
}
