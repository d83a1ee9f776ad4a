/*
 * count.h
 *		How many rows of a table are past their term.
 */
#ifndef MEMREG_RETENTION_COUNT_H
#define MEMREG_RETENTION_COUNT_H

#include "postgres.h"

#include "retention/cutoff.h"
#include "retention/rule.h"

typedef struct RetentionCount
{
	uint64 due;
	uint64 total;
} RetentionCount;

extern RetentionCount memreg_count_rows(const RetentionRule *rule,
										const RetentionCutoff *cutoff);

#endif /* MEMREG_RETENTION_COUNT_H */
