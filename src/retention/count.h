/*
 * count.h
 *		How many rows of a table are past their term.
 */
#ifndef MEMREG_RETENTION_COUNT_H
#define MEMREG_RETENTION_COUNT_H

#include "postgres.h"

#include "retention/due.h"

typedef struct RetentionCount
{
	uint64 due;
	uint64 total;
	DueKept kept;
	int partitions; /* that go whole, with rows or without */
	List *places;   /* where they are, if that was asked for, as the removal keeps it */
} RetentionCount;

extern RetentionCount memreg_count_rows(const RetentionRule *rule, MemoryContext memory);
extern void memreg_count_total(List *leaves, RetentionCount *found);

#endif /* MEMREG_RETENTION_COUNT_H */
