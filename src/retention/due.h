/*
 * due.h
 *		Is a row past its term, and may it go?
 */
#ifndef MEMREG_RETENTION_DUE_H
#define MEMREG_RETENTION_DUE_H

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "retention/kept_subjects.h"
#include "retention/rule.h"

typedef struct DueCheck DueCheck;

/* Rows past the rule's own term that stay all the same. */
typedef struct DueKept
{
	uint64 longer; /* another rule's term has not passed */
	uint64 states; /* their subjects are held, or restricted */
} DueKept;

extern DueCheck *memreg_due_open(Relation leaf, const RetentionRule *rule);
extern DueCheck *memreg_due_open_alone(Relation leaf, const RetentionRule *rule);
extern void memreg_due_close(DueCheck *check);
extern bool memreg_due_row(DueCheck *check, TupleTableSlot *row);
extern bool memreg_due_by_time_alone(const DueCheck *check);
extern const KeptSubjects *memreg_due_kept_subjects(const DueCheck *check);
extern bool memreg_due_row_is_kept(DueCheck *check, TupleTableSlot *row);
extern bool memreg_due_lock_events(DueCheck *check, TupleTableSlot *row);
extern DueKept memreg_due_kept(const DueCheck *check);
extern AttrNumber memreg_due_required(const DueCheck *check);
extern Datum memreg_due_subject(const DueCheck *check, TupleTableSlot *row, bool *isnull);
extern TimestampTz memreg_due_start(DueCheck *check, TupleTableSlot *row);
extern TimestampTz memreg_due_moment(DueCheck *check, TupleTableSlot *row);

#endif /* MEMREG_RETENTION_DUE_H */
