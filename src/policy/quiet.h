/*
 * quiet.h
 *		Can the evaluation of an expression tell anybody something?
 */
#ifndef MEMREG_POLICY_QUIET_H
#define MEMREG_POLICY_QUIET_H

#include "nodes/parsenodes.h"

extern bool memreg_quiet(Query *query, Node *expression, List **once);

#endif /* MEMREG_POLICY_QUIET_H */
