/*
 * due_scan.c
 *		A walk over those rows of a leaf that are past their term.
 *
 * What is not due is not looked at where an index begins with a column that a
 * term runs from, or, for an event of subjects, with the subject: nothing due
 * costs a probe then.  Else the leaf is read whole, in physical order; and so it
 * had better be where very many rows are due, and lie here and there.
 *
 * Where nothing but one time decides, an index entry tells as much of the term as
 * its row.  Who only wants to know where rows are need not look at them then: that
 * they are there the visibility map tells for most pages, as in an index-only scan.
 * An entry does not tell whose row it is: those of subjects who are held or
 * restricted, if they are few, are found by them in the end, and not counted.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "retention/due_scan.h"
#include "retention/kept_rows.h"
#include "retention/table.h"

/*
 * Rows were looked for on so many pages for each page of the leaf that reading
 * it whole, in order, would have taken less: a little less in memory, and by far
 * less on a disk.
 */
#define TURNS_A_PAGE 4

/* Going to a place costs about as much as reading so many rows that are in a row. */
#define ROWS_A_PLACE 4

/* About as many does a page of the visibility map speak of; it is the server's secret how many. */
#define BLOCKS_A_MAP (BLCKSZ * (BITS_PER_BYTE / BITS_PER_HEAPBLOCK))

static DueScan *begin(Relation leaf, const RetentionRule *rule);
static void begin_by_term(DueScan *scan, const RetentionRule *rule, int term);
static bool nobody_is_due(const RetentionRule *rule, const RetentionTerm *term);
static void begin_by_column(DueScan *scan, const RetentionTerm *term);
static void begin_by_index(DueScan *scan, Oid index, TermColumn column,
						   const RetentionCutoff *cutoff);
static void begin_by_place(DueScan *scan);
static void note_place(DueScan *scan);
static bool next_row(DueScan *scan);
static bool next_entry(DueScan *scan);
static bool is_there(DueScan *scan);
static void take_kept_off(DueScan *scan);
static Buffer *map_of(DueScan *scan, BlockNumber block);
static bool turn(DueTurns *turns, ItemPointer place);
static double rows_known(const DueScan *scan);

/* Begin a walk by the active snapshot.  Of several terms the first that has an index leads. */
DueScan *
memreg_due_scan_begin(Relation leaf, const RetentionRule *rule)
{
	DueScan *scan = begin(leaf, rule);

	for (int i = 0; i < rule->term_count && scan->order == DUE_NO_ORDER; i++)
		begin_by_term(scan, rule, i);
	if (scan->order == DUE_NO_ORDER)
		begin_by_place(scan);
	return scan;
}

/* The same, but by the rule's own term or in physical order: it meets every row past that term. */
DueScan *
memreg_due_scan_begin_own(Relation leaf, const RetentionRule *rule)
{
	DueScan *scan = begin(leaf, rule);

	begin_by_term(scan, rule, 0);
	if (scan->order == DUE_NO_ORDER)
		begin_by_place(scan);
	return scan;
}

/* The same, in physical order: it looks at every row there is. */
DueScan *
memreg_due_scan_begin_whole(Relation leaf, const RetentionRule *rule)
{
	DueScan *scan = begin(leaf, rule);

	begin_by_place(scan);
	return scan;
}

/*
 * The caller, for whom the scan has just begun, does not want to see rows, and has
 * another way where this one turns out to be dear.  A place may be that of a row
 * that stays, which is not counted in the end.
 */
void
memreg_due_scan_want_places(DueScan *scan)
{
	scan->may_give_up = true;
	if (scan->order == DUE_BY_INDEX && memreg_due_by_time_alone(scan->check) &&
		memreg_kept_rows_are_at_hand(scan->leaf, scan->rule,
									 memreg_due_kept_subjects(scan->check)))
		scan->order = DUE_BY_ENTRY;
}

static DueScan *
begin(Relation leaf, const RetentionRule *rule)
{
	DueScan *scan = palloc0(sizeof(DueScan));

	scan->leaf = leaf;
	scan->rule = rule;
	scan->check = memreg_due_open(leaf, rule);
	scan->row = table_slot_create(leaf, NULL);
	scan->blocks = RelationGetNumberOfBlocks(leaf);
	scan->fetched.last = scan->places.last = scan->first = InvalidBlockNumber;
	return scan;
}

/* Does nothing where the term has nothing to go by. */
static void
begin_by_term(DueScan *scan, const RetentionRule *rule, int term)
{
	const RetentionTerm *leading = &rule->terms[term];

	if (memreg_term_keeps_all(leading) || nobody_is_due(rule, leading))
		scan->order = DUE_NOTHING;
	else if (leading->start == START_COLUMN)
		begin_by_column(scan, leading);
	else if (leading->start == START_EVENT)
	{
		scan->by_subject = memreg_due_subjects_begin(scan->leaf, rule, leading);
		scan->order = scan->by_subject == NULL ? DUE_NO_ORDER : DUE_BY_SUBJECT;
	}
}

static bool
nobody_is_due(const RetentionRule *rule, const RetentionTerm *term)
{
	DueSubject first;

	return term->start == START_EVENT &&
		memreg_event_due(rule->register_id, term->event, term->purpose_id,
						 term->cutoff.instant, NULL, 1, &first) == 0;
}

static void
begin_by_column(DueScan *scan, const RetentionTerm *term)
{
	TermColumn column = memreg_table_column(scan->leaf, term->since);
	Oid index = memreg_table_index(scan->leaf, column, memreg_due_required(scan->check));

	if (OidIsValid(index))
		begin_by_index(scan, index, column, &term->cutoff);
}

static void
begin_by_index(DueScan *scan, Oid index, TermColumn column, const RetentionCutoff *cutoff)
{
	ScanKeyData key;

	/* What a date stands for is over when the next day has come. */
	scan->order = DUE_BY_INDEX;
	scan->index = index_open(index, AccessShareLock);
	memreg_table_index_key(scan->index, column.type,
						   column.type == DATEOID ? BTLessStrategyNumber
												  : BTLessEqualStrategyNumber,
						   memreg_cutoff_value(cutoff, column.type), &key);
	scan->by_index = memreg_index_beginscan(scan->leaf, scan->index, GetActiveSnapshot(), 1);
	index_rescan(scan->by_index, &key, 1, NULL, 0);
}

static void
begin_by_place(DueScan *scan)
{
	scan->order = DUE_BY_PLACE;
	scan->by_place =
		table_beginscan_strat(scan->leaf, GetActiveSnapshot(), 0, NULL, true, false);
}

/* The next row that is due; false: there is none, or it has become dear to look for it. */
bool
memreg_due_scan_next(DueScan *scan)
{
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (memreg_due_scan_is_dear(scan) || !next_row(scan))
			return false;
	} while (scan->order != DUE_BY_ENTRY && !memreg_due_row(scan->check, scan->row));

	if (scan->order != DUE_BY_ENTRY)
		scan->place = scan->row->tts_tid;
	note_place(scan);
	return true;
}

static void
note_place(DueScan *scan)
{
	BlockNumber block = ItemPointerGetBlockNumber(&scan->place);

	turn(&scan->places, &scan->place);
	scan->found++;
	scan->first = Min(scan->first, block);
	scan->last = Max(scan->last, block);
}

static bool
next_row(DueScan *scan)
{
	switch (scan->order)
	{
		case DUE_BY_INDEX:
			return index_getnext_slot(scan->by_index, ForwardScanDirection, scan->row) &&
				turn(&scan->fetched, &scan->row->tts_tid);
		case DUE_BY_ENTRY:
			return next_entry(scan);
		case DUE_BY_SUBJECT:
			return memreg_due_subjects_next(scan->by_subject, scan->row) &&
				turn(&scan->fetched, &scan->row->tts_tid);
		case DUE_BY_PLACE:
			return table_scan_getnextslot(scan->by_place, ForwardScanDirection, scan->row) &&
				++scan->read;
		default:
			return false;
	}
}

static bool
next_entry(DueScan *scan)
{
	ItemPointer place;

	while ((place = index_getnext_tid(scan->by_index, ForwardScanDirection)) != NULL)
	{
		scan->place = *place;
		if (is_there(scan))
			return true;
		CHECK_FOR_INTERRUPTS();
	}
	if (scan->found > 0)
		take_kept_off(scan);
	return false;
}

/* What is on a page that all transactions see need not be looked at. */
static bool
is_there(DueScan *scan)
{
	BlockNumber block = ItemPointerGetBlockNumber(&scan->place);

	return VM_ALL_VISIBLE(scan->leaf, block, map_of(scan, block)) ||
		(turn(&scan->fetched, &scan->place) && index_fetch_heap(scan->by_index, scan->row));
}

static void
take_kept_off(DueScan *scan)
{
	KeptRows *kept = memreg_kept_rows_begin(scan->leaf, scan->rule,
											memreg_due_kept_subjects(scan->check));

	while (!memreg_due_scan_is_dear(scan) && memreg_kept_rows_next(kept, scan->row))
	{
		CHECK_FOR_INTERRUPTS();
		turn(&scan->fetched, &scan->row->tts_tid);
		if (memreg_due_row_is_kept(scan->check, scan->row))
			scan->found--;
	}
	memreg_kept_rows_end(kept);
}

/* Pages of the visibility map that collide are read again and again, and nothing else. */
static Buffer *
map_of(DueScan *scan, BlockNumber block)
{
	return &scan->maps[block / BLOCKS_A_MAP % DUE_SCAN_MAPS];
}

/* Always true. */
static bool
turn(DueTurns *turns, ItemPointer place)
{
	BlockNumber block = ItemPointerGetBlockNumber(place);

	turns->count += block == turns->last ? 0 : 1;
	turns->last = block;
	return true;
}

/* Has it been given up, as reading the leaf whole would have been cheaper by now? */
bool
memreg_due_scan_is_dear(const DueScan *scan)
{
	return scan->may_give_up && scan->fetched.count > TURNS_A_PAGE * (uint64) scan->blocks;
}

/*
 * So many that who wants to go to all of them had better read the leaf, from the
 * first page to the last that has one?
 */
bool
memreg_due_scan_found_many(const DueScan *scan)
{
	double rows = rows_known(scan);

	if (scan->order != DUE_BY_PLACE && scan->places.count <= scan->blocks)
		return false; /* they lie together */
	if (rows == 0)
		return scan->places.count > TURNS_A_PAGE * (uint64) scan->blocks;
	return (double) scan->found * ROWS_A_PLACE > rows;
}

/*
 * Has an index led to places between which reading the leaf takes longer than to
 * find some of them, go there, and look for the others again?  Not where rows that
 * stay might be all that is found each time.
 */
bool
memreg_due_scan_found_far_apart(const DueScan *scan)
{
	return scan->order != DUE_BY_PLACE && memreg_due_kept(scan->check).states == 0 &&
		scan->last - scan->first > TURNS_A_PAGE * scan->places.count;
}

/* In the leaf, as just seen or as last analyzed; 0: never. */
static double
rows_known(const DueScan *scan)
{
	return scan->order == DUE_BY_PLACE ? (double) scan->read
									   : Max(scan->leaf->rd_rel->reltuples, 0);
}

void
memreg_due_scan_end(DueScan *scan)
{
	if (scan->by_index != NULL)
	{
		index_endscan(scan->by_index);
		index_close(scan->index, AccessShareLock);
	}
	if (scan->by_subject != NULL)
		memreg_due_subjects_end(scan->by_subject);
	if (scan->by_place != NULL)
		table_endscan(scan->by_place);
	for (int i = 0; i < DUE_SCAN_MAPS; i++)
		if (BufferIsValid(scan->maps[i]))
			ReleaseBuffer(scan->maps[i]);
	memreg_due_close(scan->check);
	ExecDropSingleTupleTableSlot(scan->row);
	pfree(scan);
}
