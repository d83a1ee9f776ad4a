/*
 * pending.h
 *		Is there anything left to do to a row?
 */
#ifndef MEMREG_RETENTION_PENDING_H
#define MEMREG_RETENTION_PENDING_H

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "retention/rule.h"

typedef struct RetentionPending RetentionPending;

extern RetentionPending *memreg_pending_open(const RetentionRule *rule, Relation leaf);
extern bool memreg_pending_row(RetentionPending *pending, TupleTableSlot *row);
extern AttrNumber memreg_pending_required(const RetentionPending *pending);
extern void memreg_pending_close(RetentionPending *pending);

#endif /* MEMREG_RETENTION_PENDING_H */
