/*
 * feed.c
 *		The feed: whose state has changed, for those who keep images of it.
 *
 * memreg.consent_feed names the subjects whose states were changed, and by
 * which top-level transaction.  It tells nothing of what they are now: that is
 * in the state tables.  So its order does not matter, and naming somebody
 * twice, or somebody whose change was undone, does no harm.
 *
 * Rows that every image has long taken over are trimmed.  An image that was
 * left alone for so long that it needs trimmed rows is loaded anew, which
 * memreg.consent_feed_trim tells it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/xid8.h"

#include "consent/feed.h"
#include "core/extension.h"

/* Columns of memreg.consent_feed. */
enum
{
	FEED_XID = 1,
	FEED_KIND = 2,
	FEED_OWNER = 3,
	FEED_SUBJECTS = 4 /* NULL: anybody's state may have changed */
};

/* Columns of memreg.consent_feed_trim. */
enum
{
	TRIM_TRIMMED_BEFORE = 1
};

/* More running transactions than this, and one scan over all since the first is shorter. */
#define MAX_PROBES 32

/* One reading of the feed. */
typedef struct FeedRead
{
	Relation feed;
	const Covered *covered;
	Snapshot snapshot;
	FeedVisitor visit;
	void *arg;
} FeedRead;

static bool was_trimmed(const Covered *covered, Snapshot snapshot);
static FeedOutcome read_rows(FeedRead *read, StrategyNumber strategy,
							 RegProcedure compare, uint64 bound);
static FeedOutcome read_row(FeedRead *read, HeapTuple tuple);
static FeedOutcome read_subjects(FeedRead *read, StateKind kind, int32 owner,
								 ArrayType *subjects);

Oid
memreg_feed_relation(void)
{
	return memreg_extension_relation("consent_feed");
}

/*
 * Visit the subjects that were named by transactions which the snapshot sees
 * and which are not covered.  Costs an index probe for each transaction that
 * was running when the covered ones were noted, and what there is to visit.
 */
FeedOutcome
memreg_feed_read(const Covered *covered, Snapshot snapshot, FeedVisitor visit, void *arg)
{
	FeedRead read = {.covered = covered, .snapshot = snapshot, .visit = visit, .arg = arg};
	FeedOutcome outcome = FEED_READ;

	if (was_trimmed(covered, snapshot))
		return FEED_NOT_ENOUGH;
	read.feed = table_open(memreg_feed_relation(), AccessShareLock);
	if (covered->running >= 0 && covered->running <= MAX_PROBES)
	{
		for (int i = 0; i < covered->running && outcome == FEED_READ; i++)
			if (covered->running_xids[i] < covered->none_from)
				outcome = read_rows(&read, BTEqualStrategyNumber, F_XID8EQ,
									covered->running_xids[i]);
		if (outcome == FEED_READ)
			outcome = read_rows(&read, BTGreaterEqualStrategyNumber, F_XID8GE,
								covered->none_from);
	}
	else
		outcome =
			read_rows(&read, BTGreaterEqualStrategyNumber, F_XID8GE, covered->all_before);
	table_close(read.feed, AccessShareLock);
	return outcome;
}

static bool
was_trimmed(const Covered *covered, Snapshot snapshot)
{
	Relation trim =
		table_open(memreg_extension_relation("consent_feed_trim"), AccessShareLock);
	SysScanDesc scan = systable_beginscan(trim, InvalidOid, false, snapshot, 0, NULL);
	HeapTuple tuple = systable_getnext(scan);
	uint64 trimmed_before = PG_UINT64_MAX;
	bool isnull;

	/* Without its row, who knows. */
	if (HeapTupleIsValid(tuple))
		trimmed_before = U64FromFullTransactionId(DatumGetFullTransactionId(
			heap_getattr(tuple, TRIM_TRIMMED_BEFORE, RelationGetDescr(trim), &isnull)));
	systable_endscan(scan);
	table_close(trim, AccessShareLock);
	return covered->all_before < trimmed_before;
}

static FeedOutcome
read_rows(FeedRead *read, StrategyNumber strategy, RegProcedure compare, uint64 bound)
{
	FeedOutcome outcome = FEED_READ;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, FEED_XID, strategy, compare,
				FullTransactionIdGetDatum(FullTransactionIdFromU64(bound)));
	scan = systable_beginscan(read->feed, memreg_extension_relation("consent_feed_xid"),
							  true, read->snapshot, 1, &key);
	while (outcome == FEED_READ && HeapTupleIsValid(tuple = systable_getnext(scan)))
		outcome = read_row(read, tuple);
	systable_endscan(scan);
	return outcome;
}

static FeedOutcome
read_row(FeedRead *read, HeapTuple tuple)
{
	TupleDesc columns = RelationGetDescr(read->feed);
	bool isnull;
	FullTransactionId xid =
		DatumGetFullTransactionId(heap_getattr(tuple, FEED_XID, columns, &isnull));
	int kind = DatumGetInt16(heap_getattr(tuple, FEED_KIND, columns, &isnull));
	int32 owner = DatumGetInt32(heap_getattr(tuple, FEED_OWNER, columns, &isnull));
	Datum subjects = heap_getattr(tuple, FEED_SUBJECTS, columns, &isnull);

	if (memreg_covered_has(read->covered, U64FromFullTransactionId(xid)))
		return FEED_READ;
	if (isnull || kind < 0 || kind >= STATE_KINDS)
		return FEED_NOT_ENOUGH;
	return read_subjects(read, (StateKind) kind, owner, DatumGetArrayTypeP(subjects));
}

static FeedOutcome
read_subjects(FeedRead *read, StateKind kind, int32 owner, ArrayType *subjects)
{
	FeedOutcome outcome = FEED_READ;
	Datum *elements;
	int count;

	deconstruct_array(subjects, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &count);
	for (int i = 0; i < count && outcome == FEED_READ; i++)
		if (!read->visit(kind, owner, DatumGetTextPP(elements[i]), read->arg))
			outcome = FEED_STOPPED;
	pfree(elements);
	return outcome;
}
