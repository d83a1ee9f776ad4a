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

static bool was_trimmed(const Covered *covered, Snapshot snapshot);
static FeedOutcome read_rows(Relation feed, StrategyNumber strategy, RegProcedure compare,
							 uint64 xid, Snapshot snapshot, FeedVisitor visit, void *arg);
static FeedOutcome visit_subjects(StateKind kind, int32 owner, ArrayType *subjects,
								  FeedVisitor visit, void *arg);

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
	uint64 from = covered->running < 0 ? covered->all_before : covered->none_from;
	FeedOutcome outcome = FEED_READ;
	Relation feed;

	if (was_trimmed(covered, snapshot))
		return FEED_NOT_ENOUGH;
	feed = table_open(memreg_feed_relation(), AccessShareLock);
	for (int i = 0; i < covered->running && outcome == FEED_READ; i++)
		if (covered->running_xids[i] < from)
			outcome = read_rows(feed, BTEqualStrategyNumber, F_XID8EQ,
								covered->running_xids[i], snapshot, visit, arg);
	if (outcome == FEED_READ)
		outcome = read_rows(feed, BTGreaterEqualStrategyNumber, F_XID8GE, from, snapshot,
							visit, arg);
	table_close(feed, AccessShareLock);
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
read_rows(Relation feed, StrategyNumber strategy, RegProcedure compare, uint64 xid,
		  Snapshot snapshot, FeedVisitor visit, void *arg)
{
	TupleDesc columns = RelationGetDescr(feed);
	FeedOutcome outcome = FEED_READ;
	FullTransactionId bound = FullTransactionIdFromU64(xid);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, FEED_XID, strategy, compare, FullTransactionIdGetDatum(bound));
	scan = systable_beginscan(feed, memreg_extension_relation("consent_feed_xid"), true,
							  snapshot, 1, &key);
	while (outcome == FEED_READ && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool isnull;
		int kind = DatumGetInt16(heap_getattr(tuple, FEED_KIND, columns, &isnull));
		int32 owner = DatumGetInt32(heap_getattr(tuple, FEED_OWNER, columns, &isnull));
		Datum subjects = heap_getattr(tuple, FEED_SUBJECTS, columns, &isnull);

		outcome = isnull || kind < 0 || kind >= STATE_KINDS
			? FEED_NOT_ENOUGH
			: visit_subjects((StateKind) kind, owner, DatumGetArrayTypeP(subjects), visit,
							 arg);
	}
	systable_endscan(scan);
	return outcome;
}

static FeedOutcome
visit_subjects(StateKind kind, int32 owner, ArrayType *subjects, FeedVisitor visit, void *arg)
{
	FeedOutcome outcome = FEED_READ;
	Datum *elements;
	int count;

	deconstruct_array(subjects, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &count);
	for (int i = 0; i < count && outcome == FEED_READ; i++)
		if (!visit(kind, owner, DatumGetTextPP(elements[i]), arg))
			outcome = FEED_STOPPED;
	pfree(elements);
	return outcome;
}
