/*
 * row_delete.h
 *		Deleting rows at their places, without a statement.
 */
#ifndef MEMREG_RETENTION_ROW_DELETE_H
#define MEMREG_RETENTION_ROW_DELETE_H

#include "postgres.h"

#include "storage/itemptr.h"
#include "utils/rel.h"

extern bool memreg_row_delete_suits(Relation table);
extern uint64 memreg_row_delete(Relation table, ItemPointerData *rows, int count);

#endif /* MEMREG_RETENTION_ROW_DELETE_H */
