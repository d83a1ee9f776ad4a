/*
 * walk.h
 *		The walk through a query: guards become checks, columns are treated.
 */
#ifndef MEMREG_POLICY_WALK_H
#define MEMREG_POLICY_WALK_H

#include "nodes/parsenodes.h"

/* The treated query, and what was decided for the relations it reads. */
typedef struct WalkResult
{
	Query *query;
	List *decisions; /* of String; NIL: the user bypasses row security */
} WalkResult;

extern WalkResult memreg_walk(Query *query);

#endif /* MEMREG_POLICY_WALK_H */
