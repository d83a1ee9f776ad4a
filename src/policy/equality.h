/*
 * equality.h
 *		Comparing treated columns by what they stand for.
 */
#ifndef MEMREG_POLICY_EQUALITY_H
#define MEMREG_POLICY_EQUALITY_H

#include "policy/treatment.h"

/* A reference to a column that is treated. */
typedef struct TreatedReference
{
	const Treatment *treatment;
	const Var *column;
} TreatedReference;

extern bool memreg_equality_is(const OpExpr *comparison);
extern bool memreg_equality_same(const TreatedReference *left,
								 const TreatedReference *right, Oid collation);
extern bool memreg_equality_has(const Treatment *treatment, Oid type);
extern Var *memreg_equality_side(Node *side);
extern bool memreg_equality_is_side(Node *side, ParamKind kind);

#endif /* MEMREG_POLICY_EQUALITY_H */
