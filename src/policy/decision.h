/*
 * decision.h
 *		What was decided for a protected relation, as text to compare.
 */
#ifndef MEMREG_POLICY_DECISION_H
#define MEMREG_POLICY_DECISION_H

#include "policy/guarded.h"

extern char *memreg_decision_describe(GuardedRelation *guarded);
extern char *memreg_decision_of_interface(Oid view, Oid relid, const RegisteredTable *table);
extern int32 memreg_decision_purpose(const char *decision);
extern bool memreg_decision_stands(const char *decision);

#endif /* MEMREG_POLICY_DECISION_H */
