/*
 * tally.h
 *		What a run has removed until now, for its record: memreg.run_tally.
 */
#ifndef MEMREG_RETENTION_TALLY_H
#define MEMREG_RETENTION_TALLY_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "crypto/multiset.h"
#include "retention/rule.h"
#include "retention/table.h"

/* Plain data but for the keys, which stay as they are: a copy is a saved state. */
typedef struct RetentionTally
{
	const MultisetKeys *keys; /* NULL: there is no key, so no digest */
	MultisetSum sum;          /* of all rows of the run */

	/* Of the present leaf. */
	AttrNumber subject;
	Oid subject_type;
	TermColumn time; /* number 0: the term runs from no column */

	/* Rows of the present batch: the first and last time, as the column's type tells it. */
	bool any_time;
	int64 first;
	int64 last;
} RetentionTally;

extern void memreg_tally_begin(RetentionTally *tally, const RetentionRule *rule,
							   int64 run, MemoryContext memory);
extern void memreg_tally_open(RetentionTally *tally, const RetentionRule *rule, Relation leaf);
extern void memreg_tally_row(RetentionTally *tally, TupleTableSlot *row);
extern void memreg_tally_keep(const RetentionTally *tally, const RetentionRule *rule,
							  int64 run, uint64 rows);

#endif /* MEMREG_RETENTION_TALLY_H */
