/*
 * aggregate_remainder.h
 *		Purposes that see aggregates only: small groups shown together.
 */
#ifndef MEMREG_POLICY_AGGREGATE_REMAINDER_H
#define MEMREG_POLICY_AGGREGATE_REMAINDER_H

#include "nodes/parsenodes.h"

extern Query *memreg_aggregate_remainder(Query *query, List *limits);

#endif /* MEMREG_POLICY_AGGREGATE_REMAINDER_H */
