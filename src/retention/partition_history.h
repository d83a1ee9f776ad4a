/*
 * partition_history.h
 *		What runs did to partitions: memreg.run_partition, memreg.detached_partition.
 */
#ifndef MEMREG_RETENTION_PARTITION_HISTORY_H
#define MEMREG_RETENTION_PARTITION_HISTORY_H

#include "retention/partition.h"

extern void memreg_partition_history_add(int64 run, const RetentionPartition *partition,
										 const char *outcome, const char *why);
extern void memreg_partition_history_gone(const RetentionRule *rule, int64 run,
										  const RetentionPartition *partition, uint64 rows);
extern void memreg_partition_history_detach(const RetentionRule *rule, int64 run,
											const RetentionPartition *partition,
											uint64 rows, bool begun);

#endif /* MEMREG_RETENTION_PARTITION_HISTORY_H */
