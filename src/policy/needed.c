/*
 * needed.c
 *		Does memreg care about a query at all?
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"

#include "policy/attached.h"
#include "policy/needed.h"
#include "registry/lineage.h"

static bool mentions_protected(const RangeTblEntry *entry);
static bool sublink_mentions_protected(Node *node, void *context);

/*
 * Does the query mention a relation that memreg may care about?  Asked for every
 * statement in the database, so without a look at its expressions, but where
 * there are sublinks in them: all other relations stand in the range tables of
 * the query, its subqueries and its CTEs.  PostgreSQL finds what a kept query
 * has to lock in the same way (ScanQueryForLocks in plancache.c).
 */
bool
memreg_needed(Query *query)
{
	ListCell *cell;

	foreach(cell, query->rtable)
		if (mentions_protected(lfirst(cell)))
			return true;
	foreach(cell, query->cteList)
		if (memreg_needed((Query *) ((CommonTableExpr *) lfirst(cell))->ctequery))
			return true;
	return query->hasSubLinks &&
		query_tree_walker(query, sublink_mentions_protected, NULL, QTW_IGNORE_RC_SUBQUERIES);
}

static bool
mentions_protected(const RangeTblEntry *entry)
{
	if (entry->rtekind == RTE_SUBQUERY)
		return memreg_needed(entry->subquery);
	return memreg_attached_may_guard(entry) && memreg_lineage_concerns(entry->relid);
}

static bool
sublink_mentions_protected(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubLink) && memreg_needed((Query *) ((SubLink *) node)->subselect))
		return true;
	return expression_tree_walker(node, sublink_mentions_protected, context);
}
