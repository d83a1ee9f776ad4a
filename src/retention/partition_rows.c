/*
 * partition_rows.c
 *		The rows of a partition that is to go: how many, and may they?
 *
 * The bound has shown that their own term has passed.  One row that another
 * rule keeps, or whose subject is held or restricted, keeps the partition.  Only
 * where there can be such rows are they looked at one by one; else they are
 * counted.
 *
 * Both must hold at the moment when the partition goes, when it is locked
 * against everybody, which must not last.  So there is a look ahead, which
 * nobody waits for.  It remembers for each page that the visibility map calls
 * all-visible how many rows it has.  Any change of a page takes that mark away,
 * and only vacuum sets it again, which is locked out from then on.  Under the
 * lock no more is to be read than the pages that have no mark: in a partition
 * past its term usually none.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/snapmgr.h"

#include "core/spi.h"
#include "retention/due.h"
#include "retention/partition.h"
#include "retention/partition_rows.h"
#include "retention/table.h"

/* Leaves up to this size are not looked at ahead: 8 MB. */
#define BLOCKS_AT_ONCE 1000

/* A page may hold another number of rows by now. */
#define UNSETTLED UINT16_MAX

typedef struct LeafRows
{
	Oid leaf;
	BlockNumber blocks; /* that were looked at ahead */
	uint16 *settled;    /* rows in each of them */
} LeafRows;

/* A leaf that is being read. */
typedef struct LeafScan
{
	Relation leaf;
	DueCheck *check; /* NULL: nothing keeps any row */
	TupleTableSlot *row;
} LeafScan;

static bool may_settle(Relation leaf);
static void look_ahead(PartitionRows *rows, LeafRows *leaf_rows, Relation leaf);
static void find_settled(LeafRows *leaf_rows, Relation leaf);
static void look_at_leaf(PartitionRows *rows, const LeafRows *leaf_rows, Relation leaf);
static void look_at_blocks(PartitionRows *rows, LeafScan *scan, BlockNumber first,
						   BlockNumber last, const LeafRows *settling);
static bool may_go(const PartitionRows *rows, LeafScan *scan);
static LeafScan begin_scan(const PartitionRows *rows, Relation leaf);
static void end_scan(LeafScan *scan);
static void note_subjects(PartitionRows *rows);
static const char *reason(const PartitionRows *rows);

/* In the present memory context.  Its leaves are locked against removal. */
PartitionRows *
memreg_partition_rows_open(const RetentionRule *rule, Oid partition)
{
	PartitionRows *rows = palloc0(sizeof(PartitionRows));
	ListCell *cell;

	rows->rule = rule;
	rows->partition = partition;
	foreach(cell, memreg_table_leaves(partition))
	{
		LeafRows *leaf_rows = palloc0(sizeof(LeafRows));

		leaf_rows->leaf = lfirst_oid(cell);
		rows->leaves = lappend(rows->leaves, leaf_rows);
	}
	return rows;
}

/*
 * Look at what is not likely to change any more, under locks that hold up
 * nothing but vacuum, until the transaction ends.
 */
void
memreg_partition_rows_look_ahead(PartitionRows *rows)
{
	ListCell *cell;

	rows->binding = true;
	note_subjects(rows);
	PushActiveSnapshot(GetLatestSnapshot());
	foreach(cell, rows->leaves)
	{
		LeafRows *leaf_rows = lfirst(cell);
		Relation leaf = table_open(leaf_rows->leaf, AccessShareLock);

		if (rows->kept == NULL && may_settle(leaf))
			look_ahead(rows, leaf_rows, leaf);
		table_close(leaf, NoLock);
	}
	PopActiveSnapshot();
}

/* While vacuum is at work there is nothing to be sure of, and nothing to wait for. */
static bool
may_settle(Relation leaf)
{
	return leaf->rd_rel->relam == HEAP_TABLE_AM_OID &&
		RelationGetNumberOfBlocks(leaf) > BLOCKS_AT_ONCE &&
		ConditionalLockRelationOid(RelationGetRelid(leaf), ShareUpdateExclusiveLock);
}

static void
look_ahead(PartitionRows *rows, LeafRows *leaf_rows, Relation leaf)
{
	LeafScan scan = begin_scan(rows, leaf);

	find_settled(leaf_rows, leaf);
	look_at_blocks(rows, &scan, 0, leaf_rows->blocks - 1, leaf_rows);
	end_scan(&scan);
}

/* The mark is looked at first, the page then: a change in between is seen to have taken the mark. */
static void
find_settled(LeafRows *leaf_rows, Relation leaf)
{
	Buffer map = InvalidBuffer;

	leaf_rows->blocks = RelationGetNumberOfBlocks(leaf);
	leaf_rows->settled = MemoryContextAllocHuge(CurrentMemoryContext,
												sizeof(uint16) * (Size) leaf_rows->blocks);
	for (BlockNumber block = 0; block < leaf_rows->blocks; block++)
		leaf_rows->settled[block] = VM_ALL_VISIBLE(leaf, block, &map) ? 0 : UNSETTLED;
	if (BufferIsValid(map))
		ReleaseBuffer(map);
}

/*
 * Look at what is there now, as far as the look ahead does not tell.  The
 * outcome lasts as long as the caller has others locked out: from the
 * partition, and from saying that somebody is held or restricted.
 */
void
memreg_partition_rows_look(PartitionRows *rows)
{
	ListCell *cell;

	rows->count = 0;
	note_subjects(rows);
	if (rows->changed)
		return;
	PushActiveSnapshot(GetLatestSnapshot());
	foreach(cell, rows->leaves)
	{
		const LeafRows *leaf_rows = lfirst(cell);
		Relation leaf = table_open(leaf_rows->leaf, AccessShareLock);

		look_at_leaf(rows, leaf_rows, leaf);
		table_close(leaf, NoLock);
	}
	PopActiveSnapshot();
}

static void
look_at_leaf(PartitionRows *rows, const LeafRows *leaf_rows, Relation leaf)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(leaf);
	BlockNumber first = 0; /* not looked at yet */
	Buffer map = InvalidBuffer;
	LeafScan scan = begin_scan(rows, leaf);

	for (BlockNumber block = 0; block < Min(blocks, leaf_rows->blocks); block++)
	{
		if (leaf_rows->settled[block] == UNSETTLED || !VM_ALL_VISIBLE(leaf, block, &map))
			continue;
		rows->count += leaf_rows->settled[block];
		if (first < block)
			look_at_blocks(rows, &scan, first, block - 1, NULL);
		first = block + 1;
	}
	if (first < blocks)
		look_at_blocks(rows, &scan, first, blocks - 1, NULL);
	end_scan(&scan);
	if (BufferIsValid(map))
		ReleaseBuffer(map);
}

/* settling NULL: count them; else note how many there are in each page that may be settled. */
static void
look_at_blocks(PartitionRows *rows, LeafScan *scan, BlockNumber first, BlockNumber last,
			   const LeafRows *settling)
{
	TupleTableSlot *row = scan->row;
	TableScanDesc range;
	ItemPointerData from;
	ItemPointerData to;

	ItemPointerSet(&from, first, FirstOffsetNumber);
	ItemPointerSet(&to, last, MaxOffsetNumber);
	range = table_beginscan_tidrange(scan->leaf, GetActiveSnapshot(), &from, &to);
	while (rows->kept == NULL &&
		   table_scan_getnextslot_tidrange(range, ForwardScanDirection, row))
	{
		BlockNumber block = ItemPointerGetBlockNumber(&row->tts_tid);

		CHECK_FOR_INTERRUPTS();
		if (scan->check != NULL && !may_go(rows, scan))
			rows->kept = reason(rows);
		if (settling == NULL)
			rows->count++;
		else if (settling->settled[block] != UNSETTLED)
			settling->settled[block]++;
	}
	table_endscan(range);
}

static bool
may_go(const PartitionRows *rows, LeafScan *scan)
{
	return memreg_due_row(scan->check, scan->row) &&
		(!rows->binding || memreg_due_lock_events(scan->check, scan->row));
}

static LeafScan
begin_scan(const PartitionRows *rows, Relation leaf)
{
	bool only_bounds = rows->subjects == 0 && memreg_partition_bound_decides(rows->rule);

	return (LeafScan){.leaf = leaf,
					  .check = only_bounds ? NULL : memreg_due_open(leaf, rows->rule),
					  .row = table_slot_create(leaf, NULL)};
}

static void
end_scan(LeafScan *scan)
{
	ExecDropSingleTupleTableSlot(scan->row);
}

/* Who is held or restricted in the register now; the order of the subjects is of no account. */
static void
note_subjects(PartitionRows *rows)
{
	MemregArgs args = {0};
	bool isnull;
	int64 subjects;
	int64 digest;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rows->rule->register_id));
	memreg_spi_run("SELECT count(*), coalesce(bit_xor(hashtextextended(k.subject, 0)), 0) FROM ("
				   " SELECT subject FROM memreg.hold_state WHERE register_id = $1 AND held"
				   "  AND coalesce(expires_at > clock_timestamp(), true)"
				   " UNION SELECT subject FROM memreg.restriction_state"
				   "  WHERE register_id = $1 AND restricted) k",
				   &args);
	subjects = DatumGetInt64(memreg_spi_value(0, 1, &isnull));
	digest = DatumGetInt64(memreg_spi_value(0, 2, &isnull));
	rows->changed = rows->looked && (subjects != rows->subjects || digest != rows->digest);
	rows->looked = true;
	rows->subjects = subjects;
	rows->digest = digest;
}

static const char *
reason(const PartitionRows *rows)
{
	if (rows->subjects == 0)
		return "a row is not past the term of another rule";
	if (memreg_partition_bound_decides(rows->rule))
		return "a subject is held or restricted";
	return "a subject is held or restricted, or a row is not past the term of another rule";
}
