/*
 * carried.c
 *		Columns of subqueries that are treated where they are read.
 *
 * A subquery or view that just hands on a column whose treatment is a pseudonym
 * can hand on the column itself, and every reference to it is treated instead.
 * What the statement shows is the same, but two such columns can be compared by
 * what they stand for (equality.c), so that a join of views uses indexes as one
 * of their tables does.
 *
 * A column is carried only if all that reads it are references of the level
 * around, which the walk sees: not in a set operation, nor in a statement that
 * writes, nor if something refers to the subquery's rows as a whole; and only
 * if the subquery itself does nothing with it, such as sort by it, or group.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"

#include "policy/carried.h"
#include "policy/equality.h"

/* The entry whose rows are looked for, seen from some level below. */
typedef struct RowSearch
{
	Index varno;
	Index levels_up;
} RowSearch;

static bool refers_to_row(Node *node, RowSearch *search);

/* Decide which columns of the subquery varno are carried to the level. */
void
memreg_carried_decide(Level *level, Index varno)
{
	LevelEntry *entry = memreg_level_entry(level, varno);
	List *columns = entry->inner->query->targetList;
	const Treatment **carried = NULL;
	RowSearch search = {.varno = varno};

	if (level->query->resultRelation != 0 || level->query->setOperations != NULL)
		return;
	for (int column = 1; column <= list_length(columns); column++)
	{
		const Treatment *treatment = memreg_carried_treatment(entry->inner, column);

		if (treatment == NULL)
			continue;
		if (carried == NULL)
			carried = palloc0(sizeof(Treatment *) * list_length(columns));
		carried[column - 1] = treatment;
	}
	if (carried == NULL ||
		query_tree_walker(level->query, refers_to_row, &search, QTW_IGNORE_JOINALIASES))
		return;

	entry->carried = carried;
	level->treats = true;
	for (int column = 1; column <= list_length(columns); column++)
		if (carried[column - 1] != NULL)
			entry->inner->carries = bms_add_member(entry->inner->carries, column);
}

/*
 * The treatment of a column that the level, a subquery, could have carried out
 * of it; NULL: it cannot.
 */
const Treatment *
memreg_carried_treatment(const Level *level, int column)
{
	Query *query = level->query;
	TargetEntry *target = list_nth(query->targetList, column - 1);
	Var *var = (Var *) target->expr;
	const LevelEntry *entry;
	const Treatment *treatment;

	if (query->commandType != CMD_SELECT || query->setOperations != NULL || query->hasAggs ||
		query->groupClause != NIL || target->resjunk || target->ressortgroupref != 0 ||
		!IsA(var, Var) || var->varlevelsup != 0 || var->varattno <= 0)
		return NULL;
	entry = memreg_level_entry(level, var->varno);
	if (entry->guarded != NULL && !entry->guarded->all_clear)
		treatment = &memreg_guarded_column(entry->guarded, var->varattno)->treatment;
	else
		treatment = entry->carried == NULL ? NULL : entry->carried[var->varattno - 1];
	return treatment != NULL && memreg_equality_has(treatment, var->vartype) ? treatment
																			 : NULL;
}

/* Does anything refer to the rows of the entry as a whole? */
static bool
refers_to_row(Node *node, RowSearch *search)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == search->varno &&
			((Var *) node)->varlevelsup == search->levels_up &&
			((Var *) node)->varattno == InvalidAttrNumber;
	if (IsA(node, Query))
	{
		bool found;

		search->levels_up++;
		found = query_tree_walker((Query *) node, refers_to_row, search, 0);
		search->levels_up--;
		return found;
	}
	return expression_tree_walker(node, refers_to_row, search);
}

/* The level's columns that are carried, as they are before the level is treated. */
List *
memreg_carried_originals(const Level *level)
{
	List *originals = NIL;
	int column = -1;

	while ((column = bms_next_member(level->carries, column)) >= 0)
		originals =
			lappend(originals,
					((TargetEntry *) list_nth(level->query->targetList, column - 1))->expr);
	return originals;
}

/* And back again, after it was. */
void
memreg_carried_restore(const Level *level, List *originals, Query *treated)
{
	int column = -1;
	ListCell *cell;

	foreach(cell, originals)
	{
		column = bms_next_member(level->carries, column);
		((TargetEntry *) list_nth(treated->targetList, column - 1))->expr = lfirst(cell);
	}
}
