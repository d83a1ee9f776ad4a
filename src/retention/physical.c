/*
 * physical.c
 *		What is physically left of rows that have been removed.
 *
 * DELETE marks a row with the number of its transaction; its bytes stay in the
 * page until nobody can see the row any more and VACUUM, or whoever next needs
 * the page, takes them out.  So this looks at the pages themselves: which
 * rows bear such a mark?
 *
 * A page that the visibility map calls all-visible has none, as VACUUM sets that
 * bit only where every row is visible to everybody, and DELETE clears it; such
 * pages are not read.  Others are, once, with a share lock on one at a time,
 * through a small ring of buffers.  Nothing is changed, and no snapshot decides:
 * which transactions have committed does.
 *
 * An index entry goes after its row: where the row's bytes are gone, its line
 * pointer stays, dead, until VACUUM has taken the entries that point to it
 * out of every index.  So while no line pointer is dead, no index has an
 * entry of a removed row, and none needs to be read.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/transam.h"
#include "access/visibilitymap.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/procarray.h"
#include "utils/rel.h"
#include "utils/xid8.h"

#include "core/compat.h"

typedef struct Remains
{
	FullTransactionId first; /* transactions of the run */
	FullTransactionId last;
	FullTransactionId next; /* no transaction has this number yet */
	int64 pages;
	int64 pages_read;
	int64 rows;     /* deleted by these transactions */
	int64 versions; /* others, dead when the run ended: earlier versions of rows */
	int64 pointers; /* dead ones, without a row */
} Remains;

static void look_at_relation(Relation relation, Remains *found);
static void look_at_page(Relation relation, BlockNumber number,
						 BufferAccessStrategy strategy, Remains *found);
static void look_at_item(Page page, ItemPointer place, Remains *found);
static void look_at_row(HeapTupleHeader row, ItemPointer place, Remains *found);
static bool ended_by(HeapTupleHeader row, TransactionId *ended);
static bool is_deletion(HeapTupleHeader row, ItemPointer place);
static FullTransactionId full_number(TransactionId number, FullTransactionId next);

PG_FUNCTION_INFO_V1(memreg_physical_remains);
PG_FUNCTION_INFO_V1(memreg_full_xid);

/*
 * memreg.physical_remains(relation regclass, first_xid xid8, last_xid xid8): a
 * look at the pages of a table without partitions, or of a TOAST table.
 */
Datum
memreg_physical_remains(PG_FUNCTION_ARGS)
{
	Relation relation = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	Remains found = {.first = PG_GETARG_FULLTRANSACTIONID(1),
					 .last = PG_GETARG_FULLTRANSACTIONID(2),
					 .next = ReadNextFullTransactionId()};
	TupleDesc columns;
	Datum values[5];
	bool nulls[5] = {false};

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "memreg.physical_remains must return a row");
	if (relation == NULL)
		PG_RETURN_NULL();
	if ((relation->rd_rel->relkind != RELKIND_RELATION &&
		 relation->rd_rel->relkind != RELKIND_TOASTVALUE) ||
		relation->rd_rel->relam != HEAP_TABLE_AM_OID)
	{
		relation_close(relation, AccessShareLock);
		PG_RETURN_NULL();
	}
	look_at_relation(relation, &found);
	relation_close(relation, AccessShareLock);

	values[0] = Int64GetDatum(found.pages);
	values[1] = Int64GetDatum(found.pages_read);
	values[2] = Int64GetDatum(found.rows);
	values[3] = Int64GetDatum(found.versions);
	values[4] = Int64GetDatum(found.pointers);
	PG_RETURN_DATUM(
		HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls)));
}

static void
look_at_relation(Relation relation, Remains *found)
{
	BufferAccessStrategy strategy = GetAccessStrategy(BAS_BULKREAD);
	BlockNumber blocks = RelationGetNumberOfBlocks(relation);
	Buffer map = InvalidBuffer;

	for (BlockNumber number = 0; number < blocks; number++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!VM_ALL_VISIBLE(relation, number, &map))
			look_at_page(relation, number, strategy, found);
	}
	found->pages = blocks;
	if (BufferIsValid(map))
		ReleaseBuffer(map);
	FreeAccessStrategy(strategy);
}

static void
look_at_page(Relation relation, BlockNumber number, BufferAccessStrategy strategy,
			 Remains *found)
{
	Buffer buffer = ReadBufferExtended(relation, MAIN_FORKNUM, number, RBM_NORMAL, strategy);
	Page page;
	OffsetNumber last;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	last = PageIsNew(page) ? InvalidOffsetNumber : PageGetMaxOffsetNumber(page);
	for (OffsetNumber item = FirstOffsetNumber; item <= last; item = OffsetNumberNext(item))
	{
		ItemPointerData place;

		ItemPointerSet(&place, number, item);
		look_at_item(page, &place, found);
	}
	UnlockReleaseBuffer(buffer);
	found->pages_read++;
}

static void
look_at_item(Page page, ItemPointer place, Remains *found)
{
	ItemId item = PageGetItemId(page, ItemPointerGetOffsetNumber(place));

	if (ItemIdIsDead(item))
		found->pointers++;
	if (ItemIdHasStorage(item))
		look_at_row((HeapTupleHeader) PageGetItem(page, item), place, found);
}

static void
look_at_row(HeapTupleHeader row, ItemPointer place, Remains *found)
{
	TransactionId ended;
	FullTransactionId full;

	if (!ended_by(row, &ended))
		return;
	full = full_number(ended, found->next);
	if (FullTransactionIdFollows(full, found->last))
		return; /* after the run */
	if (FullTransactionIdPrecedes(full, found->first) || !is_deletion(row, place))
		found->versions++;
	else
		found->rows++;
}

/*
 * Which transaction has deleted or updated the row, and committed?  One that is
 * in progress may be marked as committed already in the log, so that is asked
 * first.
 */
static bool
ended_by(HeapTupleHeader row, TransactionId *ended)
{
	if ((row->t_infomask & HEAP_XMAX_INVALID) != 0 ||
		HEAP_XMAX_IS_LOCKED_ONLY(row->t_infomask))
		return false;
	*ended = HeapTupleHeaderGetUpdateXid(row);
	if (!TransactionIdIsNormal(*ended))
		return false;
	if ((row->t_infomask & HEAP_XMAX_COMMITTED) != 0)
		return true;
	return !TransactionIdIsInProgress(*ended) && TransactionIdDidCommit(*ended);
}

/* A version that was updated says where the next one is, one that was deleted names itself. */
static bool
is_deletion(HeapTupleHeader row, ItemPointer place)
{
	return ItemPointerEquals(&row->t_ctid, place);
}

/* memreg.full_xid(xid) → xid8: with its epoch, for a number that is still in use. */
Datum
memreg_full_xid(PG_FUNCTION_ARGS)
{
	TransactionId number = PG_GETARG_TRANSACTIONID(0);

	if (!TransactionIdIsNormal(number))
		PG_RETURN_NULL();
	PG_RETURN_FULLTRANSACTIONID(full_number(number, ReadNextFullTransactionId()));
}

/* Numbers in use lie less than 2^31 before the next one. */
static FullTransactionId
full_number(TransactionId number, FullTransactionId next)
{
	int32 behind = (int32) (XidFromFullTransactionId(next) - number);

	return FullTransactionIdFromU64(U64FromFullTransactionId(next) - (int64) behind);
}
