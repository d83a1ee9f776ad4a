/*
 * aggregate_joins.h
 *		Purposes that see aggregates only: how tables may be joined.
 */
#ifndef MEMREG_POLICY_AGGREGATE_JOINS_H
#define MEMREG_POLICY_AGGREGATE_JOINS_H

#include "policy/guarded.h"

extern void memreg_aggregate_require_joins(Query *query, GuardedRelation **guarded,
										   Index limited);

#endif /* MEMREG_POLICY_AGGREGATE_JOINS_H */
