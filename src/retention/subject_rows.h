/*
 * subject_rows.h
 *		The rows of one subject after the other, in one leaf.
 */
#ifndef MEMREG_RETENTION_SUBJECT_ROWS_H
#define MEMREG_RETENTION_SUBJECT_ROWS_H

#include "executor/tuptable.h"
#include "utils/rel.h"

typedef struct SubjectRows SubjectRows;

extern SubjectRows *memreg_subject_rows_open(Relation leaf, const char *subject, Oid type);
extern bool memreg_subject_rows_indexed(const SubjectRows *rows);
extern void memreg_subject_rows_turn(SubjectRows *rows, Datum subject);
extern bool memreg_subject_rows_next(SubjectRows *rows, TupleTableSlot *row);
extern void memreg_subject_rows_close(SubjectRows *rows);

#endif /* MEMREG_RETENTION_SUBJECT_ROWS_H */
