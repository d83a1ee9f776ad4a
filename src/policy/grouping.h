/*
 * grouping.h
 *		Grouping by a key, and showing what depends on it.
 */
#ifndef MEMREG_POLICY_GROUPING_H
#define MEMREG_POLICY_GROUPING_H

#include "policy/guarded.h"

extern void memreg_grouping_require_key(Query *query, GuardedRelation *guarded);

#endif /* MEMREG_POLICY_GROUPING_H */
