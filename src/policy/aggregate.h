/*
 * aggregate.h
 *		Purposes that see aggregates only: what they may ask.
 */
#ifndef MEMREG_POLICY_AGGREGATE_H
#define MEMREG_POLICY_AGGREGATE_H

#include "core/compat.h"
#include "policy/guarded.h"

/* Element n - 1 of guarded is for range table entry n; NULL: not protected. */
extern bool memreg_aggregate_limits(const GuardedRelation *guarded);
extern bool memreg_aggregate_require(Query *query, GuardedRelation **guarded, List **once);
pg_noreturn extern void memreg_aggregate_refuse_reference(GuardedRelation **guarded,
														  int relations);
pg_noreturn extern void memreg_aggregate_refuse(const GuardedRelation *limited,
												const char *detail, const char *hint);

#endif /* MEMREG_POLICY_AGGREGATE_H */
