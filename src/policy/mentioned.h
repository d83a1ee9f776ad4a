/*
 * mentioned.h
 *		The protected relations and columns that a query mentions.
 */
#ifndef MEMREG_POLICY_MENTIONED_H
#define MEMREG_POLICY_MENTIONED_H

#include "nodes/parsenodes.h"

#include "registry/catalog.h"

typedef struct MentionedRelation
{
	Oid relid;
	RegisteredTable table; /* the relation itself, or its ancestor */
	bool guarded;          /* row security applies */
	Oid view;              /* not guarded: the innermost view that reads it, if any */
	Bitmapset *columns;    /* numbers less FirstLowInvalidHeapAttributeNumber */
} MentionedRelation;

extern List *memreg_mentioned_relations(List *queries);

#endif /* MEMREG_POLICY_MENTIONED_H */
