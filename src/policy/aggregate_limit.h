/*
 * aggregate_limit.h
 *		Purposes that see aggregates only: groups with enough subjects.
 */
#ifndef MEMREG_POLICY_AGGREGATE_LIMIT_H
#define MEMREG_POLICY_AGGREGATE_LIMIT_H

#include "policy/guarded.h"

/* A group is to have that many different subjects. */
typedef struct GroupLimit
{
	Expr *subject;
	int32 smallest;
} GroupLimit;

extern Query *memreg_aggregate_limit(Query *query, GuardedRelation **guarded,
									 int relations, List *once);
extern Oid memreg_aggregate_enough(const GroupLimit *limit);
extern List *memreg_aggregate_enough_arguments(const GroupLimit *limit);

#endif /* MEMREG_POLICY_AGGREGATE_LIMIT_H */
