/*
 * table.h
 *		What a rule's table consists of, and the column its term runs from.
 */
#ifndef MEMREG_RETENTION_TABLE_H
#define MEMREG_RETENTION_TABLE_H

#include "postgres.h"

#include "access/skey.h"
#include "nodes/pg_list.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"

/* The column that a term runs from, in one relation. */
typedef struct TermColumn
{
	AttrNumber number;
	Oid type; /* a domain's base type */
} TermColumn;

extern char *memreg_table_name(Oid relation);
extern List *memreg_table_lock(Oid relation, LOCKMODE mode);
extern List *memreg_table_leaves(Oid relation);
extern bool memreg_table_holds(Oid relation, Oid leaf);
extern TermColumn memreg_table_column(Relation leaf, const char *since);
extern Oid memreg_table_index(Relation leaf, TermColumn column, AttrNumber required);
extern void memreg_table_index_key(Relation index, Oid type, StrategyNumber strategy,
								   Datum value, ScanKey key);

#endif /* MEMREG_RETENTION_TABLE_H */
