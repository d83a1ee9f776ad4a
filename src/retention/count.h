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
	List *places; /* of RetentionPlaces, one for each leaf, where they were asked for */
} RetentionCount;

extern RetentionCount memreg_count_rows(const RetentionRule *rule);
extern RetentionCount memreg_count_and_keep(const RetentionRule *rule, MemoryContext memory);

#endif /* MEMREG_RETENTION_COUNT_H */
