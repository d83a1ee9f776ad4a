/*
 * written.h
 *		What a statement writes to a protected relation.
 */
#ifndef MEMREG_POLICY_WRITTEN_H
#define MEMREG_POLICY_WRITTEN_H

#include "policy/guarded.h"

extern void memreg_written_require_clear(Query *query, Index varno, GuardedRelation *guarded);

#endif /* MEMREG_POLICY_WRITTEN_H */
