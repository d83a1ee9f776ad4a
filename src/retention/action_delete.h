/*
 * action_delete.h
 *		Retention action "delete": the row goes.
 */
#ifndef MEMREG_RETENTION_ACTION_DELETE_H
#define MEMREG_RETENTION_ACTION_DELETE_H

#include "retention/rule.h"

extern uint64 memreg_action_delete(const RetentionRule *rule, Relation table,
								   ItemPointerData *rows, int count);

#endif /* MEMREG_RETENTION_ACTION_DELETE_H */
