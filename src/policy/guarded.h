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

typedef struct GuardedRelation
{
	Oid relid;
	char *name;            /* for messages */
	RegisteredTable table; /* the relation itself, or its ancestor */
	AttrNumber subject;    /* the subject column here */
	Purpose purpose;
	bool bypassed;  /* the current user bypasses row security */
	bool all_clear; /* every column is clear */
	int columns;
	Treatment *treatments; /* element n - 1 for column n */
	char **column_names;   /* NULL: dropped */
	Oid *column_types;
	uint32 own_commands; /* bit per CmdType that the DBA's own permissive policies decide */
} GuardedRelation;

extern GuardedRelation *memreg_guarded_open(Oid relid, const RegisteredTable *table);
extern Treatment *memreg_guarded_treatment(GuardedRelation *guarded, AttrNumber column);

#endif /* MEMREG_POLICY_GUARDED_H */
