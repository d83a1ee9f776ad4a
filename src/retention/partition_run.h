/*
 * partition_run.h
 *		A run that removes whole partitions.
 */
#ifndef MEMREG_RETENTION_PARTITION_RUN_H
#define MEMREG_RETENTION_PARTITION_RUN_H

#include "retention/count.h"
#include "retention/failure.h"
#include "retention/sweep.h"

extern RetentionCount memreg_partition_count(const RetentionRule *rule, MemoryContext memory);
extern bool memreg_partition_remove(RetentionSweep *sweep, List *known,
									RetentionFailure *failure);

#endif /* MEMREG_RETENTION_PARTITION_RUN_H */
