/*
 * sweep.h
 *		A walk over what is past its term in a rule's table, as far as it has come.
 */
#ifndef MEMREG_RETENTION_SWEEP_H
#define MEMREG_RETENTION_SWEEP_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/rel.h"

#include "retention/batch_size.h"
#include "retention/places.h"
#include "retention/rule.h"
#include "retention/tally.h"

typedef enum SweepState
{
	SWEEP_GOING,
	SWEEP_ENDED,        /* every leaf has been walked to its end */
	SWEEP_RULE_CHANGED, /* somebody took a rule back, or added one */
	SWEEP_OVER_LIMIT,   /* more rows are due than may go */
	SWEEP_TURN_OVER     /* others wait (turn.c) */
} SweepState;

/* How far a walk has come in the present leaf. */
typedef struct SweepPosition
{
	int place; /* that is next, of those remembered */

	/* Of a leaf that is walked whole. */
	ItemPointerData next; /* from where */
	uint64 met;           /* rows that were due until there */
	bool through;         /* there are no more */
} SweepPosition;

/* Plain data but for leaves, places and keys, which stay as they are: a copy is a saved state. */
typedef struct RetentionSweep
{
	const RetentionRule *rule;
	MemoryContext memory; /* of leaves, and of what was found before */
	MemoryContext found;  /* of places that the present leaf was searched for */
	int64 run;            /* in memreg.run */
	uint64 limit;         /* rows that may go in this run */
	uint64 removed;       /* rows that went in this run */
	uint64 skipped;       /* rows past due in this pass, locked by others */
	BatchSize size;       /* of the next batch */
	bool careful;         /* the next batch locks each row before it does anything */
	bool missed; /* in this pass: rows may be due that have moved out of its way */
	bool more;   /* in this pass: rows are due that it did not remember */
	RetentionTally tally; /* of the rows that went, for the record */

	SweepState state;
	List *leaves;            /* OIDs */
	List *known;             /* of RetentionPlaces: found before the pass began */
	int leaf;                /* index of the present one */
	RetentionPlaces *places; /* in the present leaf; NULL: still to be found */
	SweepPosition at;
} RetentionSweep;

extern void memreg_sweep_start(RetentionSweep *sweep, List *known);
extern bool memreg_sweep_wants_places(const RetentionSweep *sweep);
extern void memreg_sweep_find(RetentionSweep *sweep);
extern Relation memreg_sweep_open(RetentionSweep *sweep);
extern void memreg_sweep_advance(RetentionSweep *sweep);

#endif /* MEMREG_RETENTION_SWEEP_H */
