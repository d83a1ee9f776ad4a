/*
 * due_scan.h
 *		A walk over those rows of a leaf that are past their term.
 */
#ifndef MEMREG_RETENTION_DUE_SCAN_H
#define MEMREG_RETENTION_DUE_SCAN_H

#include "access/genam.h"
#include "access/tableam.h"

#include "retention/due.h"
#include "retention/due_subjects.h"

typedef enum DueOrder
{
	DUE_NO_ORDER,
	DUE_NOTHING,    /* it is known that nothing is due */
	DUE_BY_INDEX,   /* of an index over one of the times */
	DUE_BY_ENTRY,   /* the same; its entries tell enough, so there is no row to look at */
	DUE_BY_SUBJECT, /* of the subjects whose event is a term back */
	DUE_BY_PLACE    /* physical */
} DueOrder;

/* Pages of the visibility map that are kept at hand; each speaks of a quarter of a gigabyte. */
#define DUE_SCAN_MAPS 16

/* How often one was on another page than the one before. */
typedef struct DueTurns
{
	BlockNumber last;
	uint64 count;
} DueTurns;

typedef struct DueScan
{
	Relation leaf;
	const RetentionRule *rule;
	DueCheck *check;

	/* What memreg_due_scan_next found. */
	TupleTableSlot *row;   /* empty where the order is by entries */
	ItemPointerData place; /* where it is or, of an entry, where it begins (HOT) */
	uint64 found;          /* how many until now */

	DueOrder order;
	bool may_give_up; /* where reading the leaf whole becomes cheaper */
	Relation index;
	IndexScanDesc by_index;
	DueSubjects *by_subject;
	TableScanDesc by_place;
	Buffer maps[DUE_SCAN_MAPS]; /* by entries: pages of the visibility map */

	BlockNumber blocks; /* of the leaf */
	uint64 read;        /* in physical order: rows, due or not */
	DueTurns fetched;   /* in another order: rows, due or not */
	DueTurns places;    /* of those found */
	BlockNumber first;  /* page of one that was found, the lowest */
	BlockNumber last;   /* and the highest */
} DueScan;

extern DueScan *memreg_due_scan_begin(Relation leaf, const RetentionRule *rule);
extern DueScan *memreg_due_scan_begin_own(Relation leaf, const RetentionRule *rule);
extern DueScan *memreg_due_scan_begin_whole(Relation leaf, const RetentionRule *rule);
extern void memreg_due_scan_want_places(DueScan *scan);
extern bool memreg_due_scan_next(DueScan *scan);
extern bool memreg_due_scan_is_dear(const DueScan *scan);
extern bool memreg_due_scan_found_many(const DueScan *scan);
extern bool memreg_due_scan_found_far_apart(const DueScan *scan);
extern void memreg_due_scan_end(DueScan *scan);

#endif /* MEMREG_RETENTION_DUE_SCAN_H */
