/*
 * change.h
 *		What an action makes of the rows of a relation.
 */
#ifndef MEMREG_RETENTION_CHANGE_H
#define MEMREG_RETENTION_CHANGE_H

#include "nodes/primnodes.h"
#include "utils/rel.h"

#include "policy/guarded.h"
#include "retention/rule.h"

typedef enum SubjectChange
{
	SUBJECT_STAYS,
	SUBJECT_CLEARED, /* NULL */
	SUBJECT_REPLACED /* a one-time key, as the column cannot be NULL */
} SubjectChange;

typedef struct RetentionChange
{
	const RetentionRule *rule;
	GuardedRelation *relation; /* its columns, and how they are treated */
	List *columns; /* the numbers of those that change, without the subject's */
	SubjectChange subject;
} RetentionChange;

extern RetentionChange *memreg_change_open(const RetentionRule *rule, Relation relation);
extern Expr *memreg_change_value(const RetentionChange *change, AttrNumber column);
extern Expr *memreg_change_left(const RetentionChange *change);
extern AttrNumber memreg_change_required(const RetentionChange *change);

/* The relation's number in these expressions: that of the target of an UPDATE. */
#define CHANGED_RELATION 1

static inline bool
memreg_change_withholds(const RetentionChange *change, AttrNumber column)
{
	return memreg_guarded_column(change->relation, column)->treatment.kind ==
		&memreg_treatment_withhold;
}

#endif /* MEMREG_RETENTION_CHANGE_H */
