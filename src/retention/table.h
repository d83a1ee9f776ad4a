/*
 * table.h
 *		What a rule's table consists of, and the column its term runs from.
 */
#ifndef MEMREG_RETENTION_TABLE_H
#define MEMREG_RETENTION_TABLE_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/pg_list.h"
#include "utils/rel.h"

#include "retention/cutoff.h"

/* The column that a term runs from, in one relation. */
typedef struct TermColumn
{
	AttrNumber number;
	Oid type; /* a domain's base type */
} TermColumn;

extern List *memreg_table_leaves(Oid relation);
extern bool memreg_table_holds(Oid relation, Oid leaf);
extern TermColumn memreg_table_column(Relation leaf, const char *since);
extern bool memreg_table_row_due(TupleTableSlot *row, TermColumn column,
								 const RetentionCutoff *cutoff);

#endif /* MEMREG_RETENTION_TABLE_H */
