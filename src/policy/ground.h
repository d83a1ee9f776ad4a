/*
 * ground.h
 *		On which ground a purpose sees a row.
 */
#ifndef MEMREG_POLICY_GROUND_H
#define MEMREG_POLICY_GROUND_H

#include "nodes/primnodes.h"

#include "consent/kind.h"
#include "registry/catalog.h"

extern Expr *memreg_ground_check(const Purpose *purpose, Expr *subject);
extern Expr *memreg_ground_value(const Purpose *purpose, Expr *subject, Expr *value);
extern char *memreg_ground_describe(const Purpose *purpose);
extern bool memreg_ground_asks(const Purpose *purpose, StateKind kind);

#endif /* MEMREG_POLICY_GROUND_H */
