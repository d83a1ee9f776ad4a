/*
 * partition_take.h
 *		One partition in one transaction: lock, look again, let it go.
 */
#ifndef MEMREG_RETENTION_PARTITION_TAKE_H
#define MEMREG_RETENTION_PARTITION_TAKE_H

#include "retention/partition.h"
#include "retention/partition_lock.h"
#include "retention/sweep.h"

typedef enum TakeOutcome
{
	TAKE_VANISHED, /* somebody else has taken it away, or changed its bound */
	TAKE_KEPT,
	TAKE_BUSY,
	TAKE_ENDED_RUN, /* the sweep's state says why */
	TAKE_GONE,
	TAKE_PREPARED /* ready to go concurrently */
} TakeOutcome;

typedef struct PartitionTake
{
	const RetentionPartition *partition;
	RetentionSweep sweep; /* a copy: it holds once the transaction has committed */
	LockPatience patience;
	bool concurrently;
	TakeOutcome outcome;
	const char *why; /* of TAKE_KEPT */
	uint64 rows;
} PartitionTake;

extern void memreg_partition_take(void *arg);

#endif /* MEMREG_RETENTION_PARTITION_TAKE_H */
