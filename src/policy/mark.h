/*
 * mark.h
 *		Marks on range table entries that the walk has treated.
 */
#ifndef MEMREG_POLICY_MARK_H
#define MEMREG_POLICY_MARK_H

#include "nodes/parsenodes.h"

extern void memreg_mark_treated(RangeTblEntry *entry, Oid registered);
extern bool memreg_mark_missing(const RangeTblEntry *entry);

#endif /* MEMREG_POLICY_MARK_H */
