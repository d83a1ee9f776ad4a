/*
 * reference.h
 *		What stands in a query for references to a protected relation's columns.
 */
#ifndef MEMREG_POLICY_REFERENCE_H
#define MEMREG_POLICY_REFERENCE_H

#include "policy/guarded.h"

extern Expr *memreg_reference_column(const GuardedRelation *guarded, const Var *column);
extern Expr *memreg_reference_row(const GuardedRelation *guarded, const Var *row);

#endif /* MEMREG_POLICY_REFERENCE_H */
