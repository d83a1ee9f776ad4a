/*
 * aggregate_once.h
 *		Purposes that see aggregates only: what is computed before any row is read.
 */
#ifndef MEMREG_POLICY_AGGREGATE_ONCE_H
#define MEMREG_POLICY_AGGREGATE_ONCE_H

#include "nodes/parsenodes.h"

extern Query *memreg_aggregate_once_refer(Query *query, List *once);
extern Query *memreg_aggregate_once_around(Query *query, List *once);

#endif /* MEMREG_POLICY_AGGREGATE_ONCE_H */
