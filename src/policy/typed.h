/*
 * typed.h
 *		Treating values of types that consist of other types.
 */
#ifndef MEMREG_POLICY_TYPED_H
#define MEMREG_POLICY_TYPED_H

#include "policy/treatment.h"

#define MEMREG_TYPED_ANY_ROOM (-1) /* the column takes texts of any length */

extern bool memreg_typed_suits(const Treatment *treatment, Oid type, int32 typmod);
extern Expr *memreg_typed_apply(const Treatment *treatment, Expr *subject, Expr *value);

#endif /* MEMREG_POLICY_TYPED_H */
