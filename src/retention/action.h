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
 * Do it to the rows at these places, which are locked and past their term.
 * Runs as the owner of the table.  Returns how many rows it was done to; the
 * caller takes any other number than count for a failure.
 */
typedef uint64 (*RetentionActionFunction)(Relation table, ItemPointerData *rows, int count);

typedef struct RetentionAction
{
	const char *name;
	RetentionActionFunction perform;
} RetentionAction;

extern const RetentionAction *memreg_action_find(const char *name);

#endif /* MEMREG_RETENTION_ACTION_H */
