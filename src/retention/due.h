/*
 * due.h
 *		Is a row past its term, and may it go?
 */
#ifndef MEMREG_RETENTION_DUE_H
#define MEMREG_RETENTION_DUE_H

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "retention/rule.h"

typedef struct DueCheck DueCheck;

extern void memreg_due_lock_states(void);
extern DueCheck *memreg_due_open(Relation leaf, const RetentionRule *rule);
extern bool memreg_due_row(DueCheck *check, TupleTableSlot *row);

#endif /* MEMREG_RETENTION_DUE_H */
