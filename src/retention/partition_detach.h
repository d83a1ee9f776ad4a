/*
 * partition_detach.h
 *		DETACH PARTITION ... CONCURRENTLY: a worker waits for queries, and none waits for it.
 */
#ifndef MEMREG_RETENTION_PARTITION_DETACH_H
#define MEMREG_RETENTION_PARTITION_DETACH_H

#include "retention/failure.h"
#include "retention/partition.h"
#include "retention/partition_lock.h"

typedef enum DetachState
{
	DETACH_NOT_BEGUN, /* the partition is where it was */
	DETACH_PENDING,   /* no new query sees it, but old ones may be at work on it */
	DETACH_DONE
} DetachState;

extern bool memreg_detach_is_possible(const RetentionPartition *partition);
extern void memreg_detach_lock(void *arg);
extern void memreg_detach_prepare(const RetentionRule *rule, int64 run,
								  const RetentionPartition *partition, uint64 rows);
extern bool memreg_detach_carry_out(const RetentionRule *rule,
									RetentionPartition *partition, LockPatience *patience,
									DetachState *state, RetentionFailure *failure);
extern bool memreg_partition_resume(const RetentionRule *rule, MemoryContext memory,
									RetentionFailure *failure);

#endif /* MEMREG_RETENTION_PARTITION_DETACH_H */
