/*
 * due_scan.c
 *		A walk over those rows of a leaf that are past their term.
 *
 * What is not due is not looked at where an index begins with a column that a
 * term runs from, or, for an event of subjects, with the subject: nothing due
 * costs a probe then.  Else the leaf is read whole, in physical order.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "retention/due_scan.h"
#include "retention/table.h"

static DueScan *begin(Relation leaf, const RetentionRule *rule);
static void begin_by_term(DueScan *scan, const RetentionRule *rule, int term);
static bool nobody_is_due(const RetentionRule *rule, const RetentionTerm *term);
static void begin_by_column(DueScan *scan, const RetentionTerm *term);
static void begin_by_index(DueScan *scan, Oid index, TermColumn column,
						   const RetentionCutoff *cutoff);
static void begin_by_place(DueScan *scan, const ItemPointerData *from);
static bool next_row(DueScan *scan);

/*
 * Begin a walk by the active snapshot; in physical order from this place on.
 * Of several terms the first that has an index leads.
 */
DueScan *
memreg_due_scan_begin(Relation leaf, const RetentionRule *rule, const ItemPointerData *from)
{
	DueScan *scan = begin(leaf, rule);

	for (int i = 0; i < rule->term_count && scan->order == DUE_NO_ORDER; i++)
		begin_by_term(scan, rule, i);
	if (scan->order == DUE_NO_ORDER)
		begin_by_place(scan, from);
	return scan;
}

/* The same, but by the rule's own term or in physical order: it meets every row past that term. */
DueScan *
memreg_due_scan_begin_own(Relation leaf, const RetentionRule *rule)
{
	DueScan *scan = begin(leaf, rule);
	ItemPointerData first;

	begin_by_term(scan, rule, 0);
	if (scan->order == DUE_NO_ORDER)
	{
		ItemPointerSet(&first, 0, FirstOffsetNumber);
		begin_by_place(scan, &first);
	}
	return scan;
}

static DueScan *
begin(Relation leaf, const RetentionRule *rule)
{
	DueScan *scan = palloc0(sizeof(DueScan));

	scan->leaf = leaf;
	scan->check = memreg_due_open(leaf, rule);
	scan->row = table_slot_create(leaf, NULL);
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
begin_by_place(DueScan *scan, const ItemPointerData *from)
{
	ItemPointerData first = *from;
	ItemPointerData last;

	ItemPointerSet(&last, MaxBlockNumber, MaxOffsetNumber);
	scan->order = DUE_BY_PLACE;
	scan->by_place = table_beginscan_tidrange(scan->leaf, GetActiveSnapshot(), &first, &last);
}

/* The next row that is due, in scan->row; false: there is none. */
bool
memreg_due_scan_next(DueScan *scan)
{
	while (next_row(scan))
		if (memreg_due_row(scan->check, scan->row))
			return true;
	return false;
}

static bool
next_row(DueScan *scan)
{
	CHECK_FOR_INTERRUPTS();
	switch (scan->order)
	{
		case DUE_BY_INDEX:
			return index_getnext_slot(scan->by_index, ForwardScanDirection, scan->row);
		case DUE_BY_SUBJECT:
			return memreg_due_subjects_next(scan->by_subject, scan->row);
		case DUE_BY_PLACE:
			if (!table_scan_getnextslot_tidrange(scan->by_place, ForwardScanDirection,
												 scan->row))
				return false;
			scan->looked_at++;
			return true;
		default:
			return false;
	}
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
	memreg_due_close(scan->check);
	ExecDropSingleTupleTableSlot(scan->row);
	pfree(scan);
}
