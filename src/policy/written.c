/*
 * written.c
 *		What a statement writes to a protected relation.
 *
 * A purpose writes only what it sees in clear: it would otherwise write
 * pseudonyms back, or overwrite what it cannot judge.  The same holds for the
 * columns by which INSERT … ON CONFLICT finds its index, as the outcome tells
 * whether such a row exists.
 *
 * What the statement names, the permissions tell; but a view may add values of
 * its own, as its columns' defaults.  A column that is not clear takes no other
 * value than its table's default.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "core/errors.h"
#include "policy/constraint.h"
#include "policy/written.h"

static void require_clear(GuardedRelation *guarded, Bitmapset *columns);
static List *inserted_targets(Query *query);
static void require_defaults(GuardedRelation *guarded, List *targets);
pg_noreturn static void refuse_column(GuardedRelation *guarded, AttrNumber column);

/* Fail unless every column of relation varno that the query writes is clear. */
void
memreg_written_require_clear(Query *query, Index varno, GuardedRelation *guarded)
{
	RangeTblEntry *entry = list_nth(query->rtable, varno - 1);

	if (varno != query->resultRelation || guarded->all_clear)
		return;
	require_clear(guarded, memreg_rte_permissions(query, entry)->insertedCols);
	require_clear(guarded, memreg_rte_permissions(query, entry)->updatedCols);
	require_defaults(guarded, inserted_targets(query));
	if (query->onConflict != NULL)
	{
		Bitmapset *arbiters = NULL;

		pull_varattnos((Node *) query->onConflict->arbiterElems, varno, &arbiters);
		pull_varattnos(query->onConflict->arbiterWhere, varno, &arbiters);
		arbiters = bms_join(arbiters,
							memreg_constraint_columns(query->onConflict->constraint, NULL));
		require_clear(guarded, arbiters);
	}
}

/* columns: attribute numbers less FirstLowInvalidHeapAttributeNumber. */
static void
require_clear(GuardedRelation *guarded, Bitmapset *columns)
{
	int member = -1;

	while ((member = bms_next_member(columns, member)) >= 0)
	{
		AttrNumber column = member + FirstLowInvalidHeapAttributeNumber;

		if (column <= 0 || !memreg_guarded_is_clear(guarded, column))
			refuse_column(guarded, column);
	}
}

/* The target list by which rows are inserted: the query's, or its MERGE action's. */
static List *
inserted_targets(Query *query)
{
	List *targets = NIL;
	ListCell *cell;

	if (query->commandType == CMD_INSERT)
		return query->targetList;
	foreach(cell, query->mergeActionList)
	{
		MergeAction *action = lfirst(cell);

		if (action->commandType == CMD_INSERT)
			targets = list_concat(targets, action->targetList);
	}
	return targets;
}

static void
require_defaults(GuardedRelation *guarded, List *targets)
{
	Relation relation = table_open(guarded->relid, NoLock);
	ListCell *cell;

	foreach(cell, targets)
	{
		TargetEntry *target = lfirst(cell);

		if (!target->resjunk && !memreg_guarded_is_clear(guarded, target->resno) &&
			!equal(target->expr, build_column_default(relation, target->resno)))
			refuse_column(guarded, target->resno);
	}
	table_close(relation, NoLock);
}

static void
refuse_column(GuardedRelation *guarded, AttrNumber column)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_COLUMN_NOT_CLEAR),
			 errmsg("purpose %s cannot write column %s of table %s",
					quote_identifier(guarded->purpose.name),
					column > 0 ? quote_identifier(memreg_guarded_column(guarded, column)->name) : "*",
					quote_identifier(guarded->name)),
			 errhint("A purpose writes the columns that it sees in clear; memreg.set_treatment decides which these are.")));
}
