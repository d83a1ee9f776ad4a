/*
 * subject_tables.h
 *		The rows of a subject in all tables of its register.
 */
#ifndef MEMREG_RETENTION_SUBJECT_TABLES_H
#define MEMREG_RETENTION_SUBJECT_TABLES_H

#include "nodes/pg_list.h"

#include "retention/due.h"
#include "retention/subject_rows.h"

typedef struct SubjectLeaf
{
	Relation relation;
	SubjectRows *rows;
	DueCheck *grounds; /* NULL: its table has no rule of its own */
	TupleTableSlot *row;
} SubjectLeaf;

/* Leaves of all tables, in an order in which rows can be removed. */
typedef struct SubjectTables
{
	List *leaves; /* of SubjectLeaf */
} SubjectTables;

extern SubjectTables *memreg_subject_tables_open(const RetentionRule *rule);
extern bool memreg_subject_tables_due(SubjectTables *tables, Datum subject);
extern void memreg_subject_tables_close(SubjectTables *tables);

#endif /* MEMREG_RETENTION_SUBJECT_TABLES_H */
