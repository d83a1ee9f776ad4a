/*
 * opened.h
 *		Protected relations as statements have opened them before.
 */
#ifndef MEMREG_POLICY_OPENED_H
#define MEMREG_POLICY_OPENED_H

#include "policy/guarded.h"

extern GuardedRelation *memreg_opened_find(Oid relid, int32 purpose_id);

#endif /* MEMREG_POLICY_OPENED_H */
