/*
 * refresh.c
 *		Keeping an image as the tables are.
 *
 * One backend at a time, under the refresh lock, takes over what has happened
 * since the image was last right:  it takes a snapshot of what is committed
 * now, reads in the feed who was named by transactions that the image does not
 * cover, adds whose consent or hold has ended by date, and sets each of them to
 * what the state tables say under that snapshot.  Nothing depends on an order,
 * and broken off half-way it is simply done again.
 *
 * The lock is one of PostgreSQL's own (an advisory lock that SQL cannot name),
 * so waiting for it can be interrupted, and it goes with the transaction.
 * Most who come upon it need not have it themselves: they sleep until it has
 * been released, all wake at once, and mostly find their refresh done.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "consent/feed.h"
#include "consent/index_lock.h"
#include "consent/refresh.h"
#include "consent/state.h"
#include "consent/vouch.h"
#include "core/extension.h"

/* How long to sleep before waiting for the lock itself, which finds deadlocks. */
#define PATIENCE_MS 50

/* One refresh under way. */
typedef struct Refresh
{
	Image *image;
	ImageMemory *memory;
	Snapshot snapshot;
	TimestampTz now;
	StateProbe probes[STATE_KINDS];
	ImageOutcome outcome;
} Refresh;

static bool lock_unless_done(IndexSlot *slot, uint64 begun);
static bool is_done(IndexSlot *slot, uint64 begun);
static bool refresh_published(IndexSlot *slot, Oid identity, uint64 begun);
static void note_failure(IndexSlot *slot);
static ImageOutcome take_over(Refresh *refresh);
static bool set_to_state(StateKind kind, int32 owner, const text *subject, void *arg);
static void take_over_expired(Refresh *refresh, StateKind kind);
static TimestampTz find_next_expiry(Refresh *refresh, StateKind kind);
static SysScanDesc scan_expiry(Refresh *refresh, StateKind kind, Relation *index,
							   TimestampTz after);
static void count_changes(Refresh *refresh);

/*
 * Bring the published image to what was committed before this call.  False:
 * there is no image, or none any more.
 */
bool
memreg_refresh(IndexSlot *slot, Oid identity)
{
	uint64 begun = pg_atomic_read_u64(&slot->begun);
	bool current;

	if (!memreg_vouch_lock())
		return false;
	if (!lock_unless_done(slot, begun))
	{
		memreg_vouch_unlock();
		return memreg_image_current(slot, identity) != NULL;
	}
	PG_TRY();
	{
		current = refresh_published(slot, identity, begun);
	}
	PG_CATCH();
	{
		note_failure(slot);
		PG_RE_THROW();
	}
	PG_END_TRY();
	memreg_refresh_unlock(slot);
	memreg_vouch_unlock();
	return current;
}

/* False: somebody has done it since, and the lock is not held. */
static bool
lock_unless_done(IndexSlot *slot, uint64 begun)
{
	bool locked = memreg_index_try_lock(LOCK_REFRESH);

	if (locked)
		return true;
	ConditionVariablePrepareToSleep(&slot->released);
	while (!is_done(slot, begun) && !(locked = memreg_index_try_lock(LOCK_REFRESH)))
		if (ConditionVariableTimedSleep(&slot->released, PATIENCE_MS, PG_WAIT_EXTENSION))
		{
			ConditionVariableCancelSleep();
			memreg_index_lock(LOCK_REFRESH);
			return true;
		}
	ConditionVariableCancelSleep();
	return locked;
}

/* Release the refresh lock, and tell those who have not waited for it. */
void
memreg_refresh_unlock(IndexSlot *slot)
{
	memreg_index_unlock(LOCK_REFRESH);
	ConditionVariableBroadcast(&slot->released);
}

/* Has a refresh ended that began after this one was asked for? */
static bool
is_done(IndexSlot *slot, uint64 begun)
{
	bool done = pg_atomic_read_u64(&slot->done) > begun && !slot->broken;

	pg_read_barrier();
	return done;
}

static bool
refresh_published(IndexSlot *slot, Oid identity, uint64 begun)
{
	Image *image = memreg_image_current(slot, identity);
	ImageMemory memory;

	if (image == NULL)
		return false;
	if (is_done(slot, begun))
		return true; /* somebody has done it since we were called */
	memreg_image_memory(&memory, slot);
	if (!slot->broken && memreg_refresh_catch_up(slot, image, &memory) == IMAGE_RIGHT)
	{
		memreg_image_reclaim(slot);
		return true;
	}
	memreg_image_withdraw(slot);
	slot->broken = false;
	return false;
}

/*
 * What was broken off is done again by the next; what failed would fail again,
 * so the next withdraws the image, and a worker tries to make one.
 */
static void
note_failure(IndexSlot *slot)
{
	int code = geterrcode();

	/* Cancelled; a lock not had in time; a deadlock, a conflict of SERIALIZABLE or of a standby. */
	if (ERRCODE_TO_CATEGORY(code) == ERRCODE_OPERATOR_INTERVENTION ||
		ERRCODE_TO_CATEGORY(code) == ERRCODE_TRANSACTION_ROLLBACK ||
		code == ERRCODE_LOCK_NOT_AVAILABLE)
		return;
	slot->broken = true;
	slot->failures = Max(slot->failures, 1);
}

/*
 * Take over into an image what was committed before this call.  The caller
 * holds the refresh lock, and locks on the tables.
 */
ImageOutcome
memreg_refresh_catch_up(IndexSlot *slot, Image *image, ImageMemory *memory)
{
	uint64 number = pg_atomic_fetch_add_u64(&slot->begun, 1) + 1;
	Refresh refresh = {.image = image, .memory = memory, .now = GetCurrentTimestamp()};
	uint64 witness;

	if (!memreg_vouch(&witness))
		return IMAGE_UNVOUCHED;
	if (witness != image->witness)
		return IMAGE_LOST;
	refresh.snapshot = memreg_covered_snapshot(memreg_feed_relation());
	for (int kind = 0; kind < STATE_KINDS; kind++)
		memreg_state_open(&refresh.probes[kind], kind, refresh.snapshot);
	refresh.outcome = take_over(&refresh);
	for (int kind = 0; kind < STATE_KINDS; kind++)
		memreg_state_close(&refresh.probes[kind]);
	if (refresh.outcome == IMAGE_RIGHT)
	{
		memreg_covered_by(&image->covered, refresh.snapshot);
		count_changes(&refresh);
		pg_write_barrier();
		pg_atomic_write_u64(&slot->done, number);
	}
	UnregisterSnapshot(refresh.snapshot);
	return refresh.outcome;
}

static ImageOutcome
take_over(Refresh *refresh)
{
	Image *image = refresh->image;
	TimestampTz next_expiry = DT_NOEND;

	if (memreg_feed_read(&image->covered, refresh->snapshot, set_to_state, refresh) ==
		FEED_NOT_ENOUGH)
		return IMAGE_LOST;
	if (refresh->outcome != IMAGE_RIGHT || memreg_image_is_of(image, refresh->now))
		return refresh->outcome;
	for (int kind = 0; kind < STATE_KINDS && refresh->outcome == IMAGE_RIGHT; kind++)
		if (memreg_state_tables[kind].expiry_index != NULL)
		{
			take_over_expired(refresh, kind);
			next_expiry = Min(next_expiry, find_next_expiry(refresh, kind));
		}
	if (refresh->outcome != IMAGE_RIGHT)
		return refresh->outcome;

	/* In this order: a clock that was set back makes both earlier. */
	pg_atomic_write_u64(&image->next_expiry, (uint64) next_expiry);
	pg_write_barrier();
	pg_atomic_write_u64(&image->expired_to, (uint64) refresh->now);
	return IMAGE_RIGHT;
}

/* FeedVisitor: what stands for this subject stands in the image. */
static bool
set_to_state(StateKind kind, int32 owner, const text *subject, void *arg)
{
	Refresh *refresh = arg;
	TimestampTz ends;
	bool stands;
	SubjectSet *set;
	SubjectKey key;
	Oid type;

	CHECK_FOR_INTERRUPTS();
	stands = memreg_state_probe(&refresh->probes[kind], owner, subject, refresh->now, &ends);
	set = memreg_image_set(refresh->image, kind, owner);
	if (set == NULL ||
		(!OidIsValid(set->type) && memreg_state_subject_type(kind, owner, &type)))
		refresh->outcome = IMAGE_LOST; /* too many sets; or its owner is known by now */
	else if (memreg_subject_key_parse(set->type, subject, memreg_shared_text_key(), &key))
	{
		if (stands && ends < (TimestampTz) pg_atomic_read_u64(&refresh->image->next_expiry))
			pg_atomic_write_u64(&refresh->image->next_expiry, (uint64) ends);
		if (!memreg_set_put(set, &refresh->memory->memory, &key, stands))
			refresh->outcome = IMAGE_FULL;
	}
	return refresh->outcome == IMAGE_RIGHT;
}

/* Those for whom it ended by date since that was last looked at, or whose end is yet to come again. */
static void
take_over_expired(Refresh *refresh, StateKind kind)
{
	TupleDesc columns = RelationGetDescr(refresh->probes[kind].table);
	Relation index;
	TimestampTz last = (TimestampTz) pg_atomic_read_u64(&refresh->image->expired_to);
	SysScanDesc scan = scan_expiry(refresh, kind, &index, Min(last, refresh->now));
	HeapTuple row;
	bool going_on = true;

	while (going_on &&
		   HeapTupleIsValid(row = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		bool isnull;
		int32 owner = DatumGetInt32(heap_getattr(row, STATE_OWNER, columns, &isnull));
		Datum subject = heap_getattr(row, STATE_SUBJECT, columns, &isnull);

		if (DatumGetTimestampTz(heap_getattr(row, STATE_EXPIRES, columns, &isnull)) >
			Max(last, refresh->now))
			break;
		going_on = set_to_state(kind, owner, DatumGetTextPP(subject), refresh);
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
}

/* When the next of those that stand ends. */
static TimestampTz
find_next_expiry(Refresh *refresh, StateKind kind)
{
	TupleDesc columns = RelationGetDescr(refresh->probes[kind].table);
	Relation index;
	SysScanDesc scan = scan_expiry(refresh, kind, &index, refresh->now);
	TimestampTz next = DT_NOEND;
	HeapTuple row;

	while (next == DT_NOEND &&
		   HeapTupleIsValid(row = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		bool isnull;

		if (DatumGetBool(heap_getattr(row, STATE_FLAG, columns, &isnull)))
			next = DatumGetTimestampTz(heap_getattr(row, STATE_EXPIRES, columns, &isnull));
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	return next;
}

/* Those that end after a time, the first first; the caller ends the scan. */
static SysScanDesc
scan_expiry(Refresh *refresh, StateKind kind, Relation *index, TimestampTz after)
{
	ScanKeyData key;

	*index = index_open(memreg_extension_relation(memreg_state_tables[kind].expiry_index),
						AccessShareLock);
	ScanKeyInit(&key, STATE_EXPIRES, BTGreaterStrategyNumber, F_TIMESTAMPTZ_GT,
				TimestampTzGetDatum(after));
	return systable_beginscan_ordered(refresh->probes[kind].table, *index,
									  refresh->snapshot, 1, &key);
}

/* For memreg.consent_index. */
static void
count_changes(Refresh *refresh)
{
	Image *image = refresh->image;

	image->refreshed_at = refresh->now;
	image->refreshes++;
	for (uint32 i = 0; i < pg_atomic_read_u32(&image->set_count); i++)
	{
		SubjectSet *set = &image->sets[i];

		if (set->delta == 0)
			continue;
		set->refreshed_at = refresh->now;
		set->refreshes++;
		set->last_delta = set->delta;
		set->delta = 0;
	}
}
