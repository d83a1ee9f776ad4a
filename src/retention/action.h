/*
 * action.h
 *		What can be done with rows past their term.
 */
#ifndef MEMREG_RETENTION_ACTION_H
#define MEMREG_RETENTION_ACTION_H

#include "postgres.h"

#include "storage/itemptr.h"
#include "utils/rel.h"

struct RetentionRule;
struct RetentionPartition;
struct RetentionRemoval;
struct Treatment;

/*
 * Do it to the rows at these places, which are past their term; where the table
 * has rules, they are locked.  Runs as the owner of the table.  Returns how many
 * of these rows it was done to at these places; the caller takes any other
 * number than count for a failure.  May put the places into another order.
 */
typedef uint64 (*RetentionActionFunction)(const struct RetentionRule *rule, Relation table,
										  ItemPointerData *rows, int count);

/* Rules of one stage wait for each other: the longest ground wins. */
#define STAGE_REMOVAL "removal"             /* the row goes */
#define STAGE_ANONYMIZATION "anonymization" /* the row names nobody any more */
#define STAGE_TREATMENT "treatment" /* columns of a category go, or become coarser */

/* Do it to a whole partition, which is past its term and locked against everybody. */
typedef void (*PartitionActionFunction)(const struct RetentionPartition *partition);

typedef struct RetentionAction
{
	const char *name;
	const char *stage;
	const struct RetentionRemoval *removal; /* how a run goes about it */
	bool takes_argument;                    /* "name(argument)" */
	const char *verb;                       /* in words, what it does with a row, */
	const char *verb_done;                  /* and has done then */
	RetentionActionFunction perform;        /* to rows */
	bool whole_subject; /* or to all rows of the row's subject, in all tables (erase.c) */
	PartitionActionFunction take; /* or to partitions */

	/*
	 * Of an action that changes rows: how it treats a column of a category
	 * (NULL: of none).  NULL: the row goes.
	 */
	void (*choose)(const struct RetentionRule *rule, const char *category,
				   struct Treatment *treatment);
} RetentionAction;

extern const RetentionAction *memreg_action_parse(const char *declared, char **argument);

#endif /* MEMREG_RETENTION_ACTION_H */
