/*
 * action_partition.h
 *		Retention actions "drop_partition" and "detach_partition".
 */
#ifndef MEMREG_RETENTION_ACTION_PARTITION_H
#define MEMREG_RETENTION_ACTION_PARTITION_H

#include "retention/partition.h"

extern void memreg_action_drop_partition(const RetentionPartition *partition);
extern void memreg_action_detach_partition(const RetentionPartition *partition);

extern char *memreg_partition_statement(const RetentionPartition *partition, const char *how);
extern void memreg_partition_as_owner(Oid relation, const char *statement);
extern void memreg_partition_guard(const RetentionPartition *partition);

#endif /* MEMREG_RETENTION_ACTION_PARTITION_H */
