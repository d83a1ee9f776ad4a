/*
 * kept_rows.h
 *		A walk over the rows, in one leaf, of subjects whose rows stay.
 */
#ifndef MEMREG_RETENTION_KEPT_ROWS_H
#define MEMREG_RETENTION_KEPT_ROWS_H

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "retention/kept_subjects.h"
#include "retention/rule.h"

typedef struct KeptRows KeptRows;

extern bool memreg_kept_rows_are_at_hand(Relation leaf, const RetentionRule *rule,
										 const KeptSubjects *kept);
extern KeptRows *memreg_kept_rows_begin(Relation leaf, const RetentionRule *rule,
										const KeptSubjects *kept);
extern bool memreg_kept_rows_next(KeptRows *walk, TupleTableSlot *row);
extern void memreg_kept_rows_end(KeptRows *walk);

#endif /* MEMREG_RETENTION_KEPT_ROWS_H */
