/*
 * due_subjects.h
 *		A walk over the rows of subjects whose event is a term back.
 */
#ifndef MEMREG_RETENTION_DUE_SUBJECTS_H
#define MEMREG_RETENTION_DUE_SUBJECTS_H

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "retention/rule.h"

typedef struct DueSubjects DueSubjects;

extern DueSubjects *memreg_due_subjects_begin(Relation leaf, const RetentionRule *rule,
											  const RetentionTerm *term);
extern bool memreg_due_subjects_next(DueSubjects *walk, TupleTableSlot *row);
extern void memreg_due_subjects_end(DueSubjects *walk);

#endif /* MEMREG_RETENTION_DUE_SUBJECTS_H */
