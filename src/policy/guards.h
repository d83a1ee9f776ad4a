/*
 * guards.h
 *		Recognizing the guards that memreg.protect put into policies.
 */
#ifndef MEMREG_POLICY_GUARDS_H
#define MEMREG_POLICY_GUARDS_H

#include "rewrite/rowsecurity.h"

#include "policy/guarded.h"

extern void memreg_guards_require(GuardedRelation *guarded, Relation relation);
extern bool memreg_guards_binds_everybody(const RowSecurityPolicy *policy);
extern bool memreg_guards_stand(GuardedRelation *guarded, Relation relation);
extern bool memreg_guards_is_table(const GuardedRelation *guarded, Node *qual);
extern bool memreg_guards_is_row(const GuardedRelation *guarded, Node *qual, Index varno);
extern bool memreg_guards_is_command(const GuardedRelation *guarded, Node *node, bool *open);

#endif /* MEMREG_POLICY_GUARDS_H */
