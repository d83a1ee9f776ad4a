/*
 * equality.h
 *		Comparing treated columns by what they stand for.
 */
#ifndef MEMREG_POLICY_EQUALITY_H
#define MEMREG_POLICY_EQUALITY_H

#include "policy/guarded.h"

/* A reference to a column of a protected relation. */
typedef struct GuardedReference
{
	const GuardedRelation *guarded;
	const Var *column;
} GuardedReference;

extern bool memreg_equality_is(const OpExpr *comparison);
extern bool memreg_equality_same(const GuardedReference *left,
								 const GuardedReference *right, Oid collation);
extern Var *memreg_equality_side(Node *side);

#endif /* MEMREG_POLICY_EQUALITY_H */
