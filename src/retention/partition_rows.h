/*
 * partition_rows.h
 *		The rows of a partition that is to go: how many, and may they?
 */
#ifndef MEMREG_RETENTION_PARTITION_ROWS_H
#define MEMREG_RETENTION_PARTITION_ROWS_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "retention/rule.h"

typedef struct PartitionRows
{
	const RetentionRule *rule;
	Oid partition;
	List *leaves; /* of LeafRows */

	bool binding; /* what a look finds stays so until the transaction ends */

	/* Outcome of the last look. */
	uint64 count;
	const char *kept; /* why a row keeps the partition; NULL: none does */
	bool changed; /* since the look ahead somebody was held or restricted, or is no longer */

	/* Whoever was held or restricted when the rows were looked at. */
	bool looked;
	int64 subjects;
	int64 digest;
} PartitionRows;

extern PartitionRows *memreg_partition_rows_open(const RetentionRule *rule, Oid partition);
extern void memreg_partition_rows_look_ahead(PartitionRows *rows);
extern void memreg_partition_rows_look(PartitionRows *rows);

#endif /* MEMREG_RETENTION_PARTITION_ROWS_H */
