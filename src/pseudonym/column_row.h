/*
 * column_row.h
 *		A row of memreg.pseudonym_column: a column that holds pseudonyms of another.
 */
#ifndef MEMREG_PSEUDONYM_COLUMN_ROW_H
#define MEMREG_PSEUDONYM_COLUMN_ROW_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct PseudonymColumn
{
	Oid relation;
	char *source;
	char *target;
	char *scope;
	int32 version; /* of the scope's key, for values that are written now */
} PseudonymColumn;

extern List *memreg_column_rows(Oid relation);

#endif /* MEMREG_PSEUDONYM_COLUMN_ROW_H */
