/*
 * refresh.c
 *		Keeping an image as the tables are.
 *
 * One backend at a time, under the refresh lock, takes over what has happened
 * since the image was last right:  it takes a snapshot of what is committed
 * now, reads in the feed who was named by transactions that the image does not
 * cover, adds whose consent has ended by date, and sets each of them to what
 * the state tables say under that snapshot.  Nothing depends on an order, and
 * broken off half-way it is simply done again.
 *
 * The lock is one of PostgreSQL's own (an advisory lock that SQL cannot name),
 * so waiting for it can be interrupted, and it goes with the transaction.
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

#include "consent/feed.h"
#include "consent/index_lock.h"
#include "consent/refresh.h"
#include "consent/state.h"
#include "core/extension.h"

/* One refresh under way. */
typedef struct Refresh
{
	Image *image;
	ImageMemory *memory;
	Snapshot snapshot;
	TimestampTz now;
	StateProbe probes[STATE_KINDS];
} Refresh;

static bool take_over(Refresh *refresh);
static bool set_to_state(StateKind kind, int32 owner, const text *subject, void *arg);
static bool take_over_expired(Refresh *refresh);
static TimestampTz find_next_expiry(Refresh *refresh);
static SysScanDesc scan_expiry(Refresh *refresh, Relation *index, TimestampTz after);
static void count_changes(Refresh *refresh);

/*
 * Bring the published image to what was committed before this call.  False:
 * there is no image, or none any more.
 */
bool
memreg_refresh(IndexSlot *slot, Oid identity)
{
	uint64 begun = pg_atomic_read_u64(&slot->begun);
	ImageMemory memory;
	Image *image;
	bool current = true;

	memreg_index_lock(LOCK_REFRESH);
	image = memreg_image_current(slot, identity);
	if (image == NULL)
		current = false;
	else if (slot->done <= begun) /* else somebody has done it since we were called */
	{
		memreg_image_memory(&memory, slot);
		current = memreg_refresh_catch_up(slot, image, &memory);
		if (current)
			memreg_image_reclaim(slot);
		else
			memreg_image_withdraw(slot);
	}
	memreg_index_unlock(LOCK_REFRESH);
	return current;
}

/*
 * Take over into an image what was committed before this call.  The caller
 * holds the refresh lock.  False: it cannot be done, the image is useless.
 */
bool
memreg_refresh_catch_up(IndexSlot *slot, Image *image, ImageMemory *memory)
{
	uint64 number = pg_atomic_fetch_add_u64(&slot->begun, 1) + 1;
	Refresh refresh = {.image = image, .memory = memory, .now = GetCurrentTimestamp()};
	bool done;

	refresh.snapshot = memreg_covered_snapshot(memreg_feed_relation());
	for (int kind = 0; kind < STATE_KINDS; kind++)
		memreg_state_open(&refresh.probes[kind], kind, refresh.snapshot);
	done = take_over(&refresh);
	for (int kind = 0; kind < STATE_KINDS; kind++)
		memreg_state_close(&refresh.probes[kind]);
	if (done)
	{
		memreg_covered_by(&image->covered, refresh.snapshot);
		count_changes(&refresh);
		slot->done = number;
	}
	UnregisterSnapshot(refresh.snapshot);
	return done;
}

static bool
take_over(Refresh *refresh)
{
	Image *image = refresh->image;

	if (memreg_feed_read(&image->covered, refresh->snapshot, set_to_state, refresh) != FEED_READ)
		return false;
	if (refresh->now < (TimestampTz) pg_atomic_read_u64(&image->next_expiry))
		return true;
	if (!take_over_expired(refresh))
		return false;
	image->expired_to = refresh->now;
	pg_atomic_write_u64(&image->next_expiry, (uint64) find_next_expiry(refresh));
	return true;
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

	CHECK_FOR_INTERRUPTS();
	stands = memreg_state_probe(&refresh->probes[kind], owner, subject, refresh->now, &ends);
	if (!memreg_image_set(refresh->image, kind, owner, &set))
		return false;
	if (set == NULL ||
		!memreg_subject_key_parse(set->type, subject, memreg_shared_text_key(), &key))
		return true;
	if (stands && ends < (TimestampTz) pg_atomic_read_u64(&refresh->image->next_expiry))
		pg_atomic_write_u64(&refresh->image->next_expiry, (uint64) ends);
	return memreg_set_put(set, &refresh->memory->memory, &key, stands);
}

/* Those whose consent ended by date since that was last looked at. */
static bool
take_over_expired(Refresh *refresh)
{
	StateProbe *consents = &refresh->probes[STATE_CONSENT];
	TupleDesc columns = RelationGetDescr(consents->table);
	Relation index;
	SysScanDesc scan = scan_expiry(refresh, &index, refresh->image->expired_to);
	HeapTuple row;
	bool done = true;

	while (done &&
		   HeapTupleIsValid(row = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		bool isnull;
		int32 owner = DatumGetInt32(heap_getattr(row, STATE_OWNER, columns, &isnull));
		Datum subject = heap_getattr(row, STATE_SUBJECT, columns, &isnull);

		if (DatumGetTimestampTz(heap_getattr(row, STATE_EXPIRES, columns, &isnull)) >
			refresh->now)
			break;
		done = set_to_state(STATE_CONSENT, owner, DatumGetTextPP(subject), refresh);
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	return done;
}

/* When the next standing consent ends. */
static TimestampTz
find_next_expiry(Refresh *refresh)
{
	TupleDesc columns = RelationGetDescr(refresh->probes[STATE_CONSENT].table);
	Relation index;
	SysScanDesc scan = scan_expiry(refresh, &index, refresh->now);
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

/* Consents that end after a time, the first first; the caller ends the scan. */
static SysScanDesc
scan_expiry(Refresh *refresh, Relation *index, TimestampTz after)
{
	ScanKeyData key;

	*index =
		index_open(memreg_extension_relation(memreg_state_tables[STATE_CONSENT].expiry_index),
				   AccessShareLock);
	ScanKeyInit(&key, STATE_EXPIRES, BTGreaterStrategyNumber, F_TIMESTAMPTZ_GT,
				TimestampTzGetDatum(after));
	return systable_beginscan_ordered(refresh->probes[STATE_CONSENT].table, *index,
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
