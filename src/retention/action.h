/*
 * action.h
 *		What can be done with rows past their term.
 */
#ifndef MEMREG_RETENTION_ACTION_H
#define MEMREG_RETENTION_ACTION_H

#include "postgres.h"

#include "storage/itemptr.h"
#include "utils/rel.h"

/*
 * Do it to the rows at these places, which are past their term; where the table
 * has rules, they are locked.  Runs as the owner of the table.  Returns how many
 * of these rows it was done to at these places; the caller takes any other
 * number than count for a failure.  May put the places into another order.
 */
typedef uint64 (*RetentionActionFunction)(Relation table, ItemPointerData *rows, int count);

typedef struct RetentionAction
{
	const char *name;
	RetentionActionFunction perform;
} RetentionAction;

extern const RetentionAction *memreg_action_find(const char *name);

#endif /* MEMREG_RETENTION_ACTION_H */
