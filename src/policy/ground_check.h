/*
 * ground_check.h
 *		Has a purpose a ground for these rows?  Asked for each of them.
 */
#ifndef MEMREG_POLICY_GROUND_CHECK_H
#define MEMREG_POLICY_GROUND_CHECK_H

#include "consent/set_reader.h"

#define GROUND_BATCH_ROWS MEMREG_SET_KEYS_AT_ONCE

typedef struct GroundCheck GroundCheck;

/* Rows that are decided together. */
typedef struct GroundBatch
{
	int count;

	/* Those that name a subject, and whom. */
	int named;
	uint8 named_rows[GROUND_BATCH_ROWS];
	Datum subjects[GROUND_BATCH_ROWS];

	/* Once they have been decided: those that pass. */
	int passing;
	uint8 passing_rows[GROUND_BATCH_ROWS];
} GroundBatch;

extern GroundCheck *memreg_ground_check_open(int32 purpose_id, Oid type, MemoryContext memory);
extern void memreg_ground_batch_decide(GroundBatch *batch, GroundCheck *check);

/* Forget the rows of the batch. */
static inline void
memreg_ground_batch_clear(GroundBatch *batch)
{
	batch->count = batch->named = batch->passing = 0;
}

/* Add a row; what its subject is must stay in memory until it is decided. */
static inline void
memreg_ground_batch_add(GroundBatch *batch, Datum subject, bool isnull)
{
	batch->named_rows[batch->named] = batch->count++;
	batch->subjects[batch->named] = subject;
	batch->named += isnull ? 0 : 1;
}

#endif /* MEMREG_POLICY_GROUND_CHECK_H */
