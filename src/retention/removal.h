/*
 * removal.h
 *		How a run goes about what is due.
 */
#ifndef MEMREG_RETENTION_REMOVAL_H
#define MEMREG_RETENTION_REMOVAL_H

#include "retention/count.h"
#include "retention/failure.h"
#include "retention/rule.h"
#include "retention/sweep.h"

typedef struct RetentionRemoval
{
	/* Fail unless a table can be gone about like that; NULL: any can. */
	void (*require)(Oid relation, const char *since);

	/* Count what is due, and with a memory keep there where it is. */
	RetentionCount (*count)(const RetentionRule *rule, MemoryContext memory);

	/* End what an earlier run has begun.  False: it failed.  NULL: a run leaves nothing begun. */
	bool (*resume)(const RetentionRule *rule, MemoryContext memory, RetentionFailure *failure);

	/* Remove it, beginning with what the count has kept.  False: it failed. */
	bool (*remove)(RetentionSweep *sweep, List *known, RetentionFailure *failure);
} RetentionRemoval;

extern const RetentionRemoval memreg_removal_rows;
extern const RetentionRemoval memreg_removal_partitions;

#endif /* MEMREG_RETENTION_REMOVAL_H */
