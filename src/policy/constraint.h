/*
 * constraint.h
 *		The columns that a constraint is over.
 */
#ifndef MEMREG_POLICY_CONSTRAINT_H
#define MEMREG_POLICY_CONSTRAINT_H

#include "postgres.h"

#include "nodes/bitmapset.h"

extern Bitmapset *memreg_constraint_columns(Oid constraint, Oid *relation);

#endif /* MEMREG_POLICY_CONSTRAINT_H */
