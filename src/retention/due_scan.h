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
	DUE_BY_SUBJECT, /* of the subjects whose event is a term back */
	DUE_BY_PLACE    /* physical */
} DueOrder;

typedef struct DueScan
{
	Relation leaf;
	DueCheck *check;
	TupleTableSlot *row; /* the one that memreg_due_scan_next found */

	DueOrder order;
	Relation index;
	IndexScanDesc by_index;
	DueSubjects *by_subject;
	TableScanDesc by_place;
	uint64 looked_at; /* in physical order: rows, due or not */
} DueScan;

extern DueScan *memreg_due_scan_begin(Relation leaf, const RetentionRule *rule,
									  const ItemPointerData *from);
extern DueScan *memreg_due_scan_begin_own(Relation leaf, const RetentionRule *rule);
extern bool memreg_due_scan_next(DueScan *scan);
extern void memreg_due_scan_end(DueScan *scan);

#endif /* MEMREG_RETENTION_DUE_SCAN_H */
