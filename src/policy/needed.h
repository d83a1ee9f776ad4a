/*
 * needed.h
 *		Does memreg care about a query at all?
 */
#ifndef MEMREG_POLICY_NEEDED_H
#define MEMREG_POLICY_NEEDED_H

#include "nodes/parsenodes.h"

extern bool memreg_needed(Query *query);

#endif /* MEMREG_POLICY_NEEDED_H */
