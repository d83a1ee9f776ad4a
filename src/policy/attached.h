/*
 * attached.h
 *		What the rewriter attached to a query for a relation's policies.
 */
#ifndef MEMREG_POLICY_ATTACHED_H
#define MEMREG_POLICY_ATTACHED_H

#include "nodes/parsenodes.h"

extern bool memreg_attached_may_guard(const RangeTblEntry *entry);
extern bool memreg_attached_exempt(const RangeTblEntry *entry);
extern int memreg_attached_count(Query *query, Index varno);
extern bool memreg_attached_has_guard(Query *query, Index varno, int policy_quals);
extern List *memreg_attached_take_quals(RangeTblEntry *entry, int policy_quals);
extern bool memreg_attached_is_policy_option(const WithCheckOption *option);

#endif /* MEMREG_POLICY_ATTACHED_H */
