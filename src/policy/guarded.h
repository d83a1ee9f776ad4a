/*
 * guarded.h
 *		A protected relation as one statement of one user sees it.
 */
#ifndef MEMREG_POLICY_GUARDED_H
#define MEMREG_POLICY_GUARDED_H

#include "nodes/parsenodes.h"
#include "utils/relcache.h"

#include "policy/treatment.h"
#include "registry/catalog.h"

/* A column as the purpose sees it. */
typedef struct GuardedColumn
{
	char *name; /* NULL: it was dropped */
	Oid type;
	int32 typmod;
	Oid collation;
	char *category; /* NULL: it has none */
	Treatment treatment;
} GuardedColumn;

typedef struct GuardedRelation
{
	Oid relid;
	char *name;            /* for messages */
	RegisteredTable table; /* the relation itself, or its ancestor */
	AttrNumber subject;    /* the subject column here */
	Purpose purpose;
	bool bypassed;  /* the current user bypasses row security */
	bool all_clear; /* every column is clear */
	AttrNumber column_count;
	GuardedColumn *columns; /* element n - 1 for column n */
	bool own_policies;      /* the DBA has policies besides memreg's */
	uint32 own_commands; /* bit per CmdType that the DBA's own permissive policies decide */
	char *decision;      /* of all this (decision.c); NULL: bypassed */
} GuardedRelation;

/* Says how a category (NULL: none) is treated. */
typedef void (*TreatmentChoice)(const void *by, const char *category, Treatment *treatment);

/* No purpose's id. */
#define MEMREG_GUARDED_BYPASSED 0

extern GuardedRelation *memreg_guarded_open(Oid relid, const RegisteredTable *table);
extern GuardedRelation *memreg_guarded_decide(Oid relid, int32 purpose_id);
extern GuardedRelation *memreg_guarded_look(Oid relid, const RegisteredTable *table);
extern GuardedRelation *memreg_guarded_choose(Oid relid, const RegisteredTable *table,
											  TreatmentChoice choose, const void *by);

/* A column, by its number. */
static inline const GuardedColumn *
memreg_guarded_column(const GuardedRelation *guarded, AttrNumber column)
{
	return &guarded->columns[column - 1];
}

static inline bool
memreg_guarded_is_clear(const GuardedRelation *guarded, AttrNumber column)
{
	return memreg_treatment_is_clear(&memreg_guarded_column(guarded, column)->treatment);
}

#endif /* MEMREG_POLICY_GUARDED_H */
