/*
 * sweep.h
 *		A walk over a rule's table in physical order, as far as it has come.
 */
#ifndef MEMREG_RETENTION_SWEEP_H
#define MEMREG_RETENTION_SWEEP_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "storage/itemptr.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "retention/cutoff.h"
#include "retention/rule.h"

typedef enum SweepState
{
	SWEEP_GOING,
	SWEEP_ENDED,        /* every leaf has been walked to its end */
	SWEEP_RULE_CHANGED, /* somebody took the rule back */
	SWEEP_OVER_LIMIT    /* more rows are due than may go */
} SweepState;

/* Plain data but for leaves, which stay as they are: a copy is a saved state. */
typedef struct RetentionSweep
{
	const RetentionRule *rule;
	RetentionCutoff cutoff;
	int64 run;      /* in memreg.run */
	uint64 limit;   /* rows that may go in this run */
	uint64 removed; /* rows that went in this run */
	uint64 skipped; /* rows past due in this pass, locked by others */
	int batch_rows; /* at most so many in one transaction */

	SweepState state;
	List *leaves;
	int leaf;              /* index of the present one */
	MemregFileNumber file; /* the file that next is a place in */
	ItemPointerData next;  /* where the next batch begins */
} RetentionSweep;

extern void memreg_sweep_start(RetentionSweep *sweep, MemoryContext memory);
extern Relation memreg_sweep_open(RetentionSweep *sweep);
extern void memreg_sweep_advance(RetentionSweep *sweep, ItemPointer looked_at);
extern void memreg_sweep_next_leaf(RetentionSweep *sweep);

#endif /* MEMREG_RETENTION_SWEEP_H */
