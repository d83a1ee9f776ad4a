/*
 * level.h
 *		The query levels of a statement, and what each of them reads.
 */
#ifndef MEMREG_POLICY_LEVEL_H
#define MEMREG_POLICY_LEVEL_H

#include "policy/guarded.h"

typedef struct Level Level;

/* What a level does with an entry of its range table; all zero: nothing. */
typedef struct LevelEntry
{
	/* A protected relation */
	GuardedRelation *guarded;
	int policy_quals; /* how many of its securityQuals its policies contributed */
	Oid mark;         /* the registered table it is to be marked with */

	/* A subquery */
	Level *inner;
	const Treatment **carried; /* NULL: none; or of each column that is carried (carried.c) */

	/* Quals of the relation's policies, or columns of a join, as they were */
	List *aside;
	List *joined; /* columns of a join, treated if the query refers to them */
} LevelEntry;

struct Level
{
	Level *parent;
	Query *query;
	Oid view;     /* the innermost view that the level belongs to; InvalidOid: none */
	bool limited; /* to aggregates over enough subjects (aggregate.c) */
	List *once;   /* of Expr: what is computed before any row is read (quiet.c) */
	bool treats;  /* some of the columns that it reads are treated where it names them */
	int count;
	LevelEntry *entries; /* element n - 1 for range table entry n */
	Bitmapset *carries;  /* numbers of its own columns that are carried */
};

/* What all levels of a statement read. */
typedef struct LevelRelations
{
	List *opened;     /* of GuardedRelation */
	List *interfaces; /* of String, decisions for what declared views read */
} LevelRelations;

extern Level *memreg_level_open(Query *query, Level *parent, LevelRelations *relations);
extern GuardedRelation **memreg_level_guarded(const Level *level);

static inline LevelEntry *
memreg_level_entry(const Level *level, Index varno)
{
	return &level->entries[varno - 1];
}

#endif /* MEMREG_POLICY_LEVEL_H */
