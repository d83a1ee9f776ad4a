/*
 * partition.h
 *		Which partitions of a table are past a rule's term as a whole.
 */
#ifndef MEMREG_RETENTION_PARTITION_H
#define MEMREG_RETENTION_PARTITION_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "retention/rule.h"

/* A partition, with or without partitions of its own, that its bound shows to be past its term. */
typedef struct RetentionPartition
{
	Oid relation;
	Oid parent;
	char *name;  /* with schema, quoted */
	int64 upper; /* of the first column: orders the partitions of a table by time */

	/* As they were counted. */
	uint64 rows;
	const char *kept; /* why it stays all the same; NULL: it goes */
} RetentionPartition;

extern void memreg_partition_require(Oid relation, const char *since);
extern List *memreg_partitions_past(const RetentionRule *rule, MemoryContext memory);
extern bool memreg_partition_is_past(const RetentionRule *rule,
									 const RetentionPartition *partition);
extern bool memreg_partition_bound_decides(const RetentionRule *rule);

#endif /* MEMREG_RETENTION_PARTITION_H */
