/*
 * own.h
 *		Self-service: a purpose of reach "own" sees one subject's rows.
 */
#ifndef MEMREG_POLICY_OWN_H
#define MEMREG_POLICY_OWN_H

#include "nodes/primnodes.h"

#include "registry/catalog.h"

extern void memreg_own_require(const Purpose *purpose);
extern Expr *memreg_own_check(const Purpose *purpose, Expr *subject);

#endif /* MEMREG_POLICY_OWN_H */
