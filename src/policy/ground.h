/*
 * ground.h
 *		On which ground a purpose sees a row.
 */
#ifndef MEMREG_POLICY_GROUND_H
#define MEMREG_POLICY_GROUND_H

#include "nodes/primnodes.h"

#include "consent/kind.h"
#include "registry/catalog.h"

typedef struct GroundCheck GroundCheck;

extern Expr *memreg_ground_check(const Purpose *purpose, Expr *subject);
extern bool memreg_ground_asks(const Purpose *purpose, StateKind kind);
extern GroundCheck *memreg_ground_open(int32 purpose_id, Oid type, MemoryContext memory);
extern bool memreg_ground_passes(GroundCheck *check, Datum subject, bool isnull);

#endif /* MEMREG_POLICY_GROUND_H */
