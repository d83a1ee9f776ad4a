/*
 * action_change.h
 *		Retention actions that change rows: the statement.
 */
#ifndef MEMREG_RETENTION_ACTION_CHANGE_H
#define MEMREG_RETENTION_ACTION_CHANGE_H

#include "retention/rule.h"

extern uint64 memreg_action_change(const RetentionRule *rule, Relation table,
								   ItemPointerData *rows, int count);

#endif /* MEMREG_RETENTION_ACTION_CHANGE_H */
