/*
 * walk.h
 *		The walk through a query: guards become checks, columns are treated.
 */
#ifndef MEMREG_POLICY_WALK_H
#define MEMREG_POLICY_WALK_H

#include "nodes/parsenodes.h"

/* What the walk found: the purposes under which the plan may be run. */
typedef struct WalkResult
{
	Query	   *query;
	List	   *purpose_ids;	/* of int; NIL: the user bypasses row security */
} WalkResult;

extern bool memreg_walk_needed(Query *query);
extern WalkResult memreg_walk(Query *query);

#endif							/* MEMREG_POLICY_WALK_H */
