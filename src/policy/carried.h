/*
 * carried.h
 *		Columns of subqueries that are treated where they are read.
 */
#ifndef MEMREG_POLICY_CARRIED_H
#define MEMREG_POLICY_CARRIED_H

#include "policy/level.h"

extern void memreg_carried_decide(Level *level, Index varno);
extern const Treatment *memreg_carried_treatment(const Level *level, int column);
extern List *memreg_carried_originals(const Level *level);
extern void memreg_carried_restore(const Level *level, List *originals, Query *treated);

#endif /* MEMREG_POLICY_CARRIED_H */
