/*
 * aggregate_once.c
 *		Purposes that see aggregates only: what is computed before any row is read.
 *
 * Conditions and groups may hold parts that can fail but depend on no row, as
 * now() - interval '1 year' (quiet.c).  Whether they fail must not depend on
 * which rows there are.  To compute them at the beginning is not enough: they
 * may read settings, and a cursor hands out its first groups before it has
 * read all rows, so that somebody could change a setting in between and learn
 * by an error that there is a row to come for which the part is computed.
 *
 * So each is computed once, and the query is given its value:
 *
 *	SELECT groups.* FROM (SELECT part AS c1, … OFFSET 0) once,
 *		LATERAL (the query, with once.c1 for the part) groups
 *
 * The reference makes the planner put "once" first, and OFFSET 0 keeps it from
 * moving the part back to where it was.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"

#include "policy/aggregate_once.h"

/* The numbers of the two in the range table of the query around them. */
#define ONCE_ENTRY 1
#define GROUPS_ENTRY 2

static Node *refer(Node *node, void *context);
static Node *value_of(Node *part, AttrNumber number);
static List *columns_of(Query *query);
static Query *once_level(List *once);
static RangeTblEntry *subquery_entry(Query *subquery, const char *name);
static RangeTblRef *reference_to(int varno);

/*
 * Put the parts' values in their place, in a query level that the one above is
 * to be put around.  The level and the parts are treated, and get a level
 * further from those around them.
 */
Query *
memreg_aggregate_once_refer(Query *query, List *once)
{
	if (once == NIL)
		return query;
	query = copyObject(query); /* treated parts may stand in it twice */
	IncrementVarSublevelsUp((Node *) query, 1, 1);
	IncrementVarSublevelsUp((Node *) once, 1, 1);
	return query_tree_mutator(query, refer, once, 0);
}

/* Of this level only: what subqueries compute tells of no row of it. */
static Node *
refer(Node *node, void *context)
{
	ListCell *cell;

	if (node == NULL || IsA(node, Query))
		return node;
	foreach(cell, (List *) context)
		if (equal(node, lfirst(cell)))
			return value_of(node, foreach_current_index(cell) + 1);
	return expression_tree_mutator(node, refer, context);
}

/* A constant, which the planner can do more with, or a column of "once". */
static Node *
value_of(Node *part, AttrNumber number)
{
	Node *folded = eval_const_expressions(NULL, copyObject(part));

	if (IsA(folded, Const))
		return folded;
	return (Node *) makeVar(ONCE_ENTRY, number, exprType(part), exprTypmod(part),
							exprCollation(part), 1);
}

/* Put the level that computes the parts around the one that refers to them. */
Query *
memreg_aggregate_once_around(Query *query, List *once)
{
	Query *around;
	RangeTblEntry *groups;

	if (once == NIL)
		return query;
	around = makeNode(Query);
	around->commandType = CMD_SELECT;
	around->querySource = query->querySource;
	around->queryId = query->queryId;
	around->canSetTag = query->canSetTag;
	around->isReturn = query->isReturn;
	around->hasRowSecurity = query->hasRowSecurity;
	around->hasModifyingCTE = query->hasModifyingCTE;
	around->stmt_location = query->stmt_location;
	around->stmt_len = query->stmt_len;
	groups = subquery_entry(query, "memreg groups");
	groups->lateral = true;
	around->rtable = list_make2(subquery_entry(once_level(once), "memreg once"), groups);
	around->jointree =
		makeFromExpr(list_make2(reference_to(ONCE_ENTRY), reference_to(GROUPS_ENTRY)), NULL);
	around->targetList = columns_of(query);
	return around;
}

/* The columns that the query shows, of the level around it. */
static List *
columns_of(Query *query)
{
	List *columns = NIL;
	ListCell *cell;

	foreach(cell, query->targetList)
	{
		TargetEntry *column = lfirst(cell);
		TargetEntry *shown;

		if (column->resjunk)
			continue;
		shown = flatCopyTargetEntry(column);
		shown->expr = (Expr *) makeVarFromTargetEntry(GROUPS_ENTRY, column);
		shown->ressortgroupref = 0;
		columns = lappend(columns, shown);
	}
	return columns;
}

static Query *
once_level(List *once)
{
	Query *level = makeNode(Query);
	AttrNumber number = 0;
	ListCell *cell;

	level->commandType = CMD_SELECT;
	level->canSetTag = true;
	level->jointree = makeFromExpr(NIL, NULL);
	foreach(cell, once)
	{
		number++;
		level->targetList =
			lappend(level->targetList,
					makeTargetEntry(lfirst(cell), number, psprintf("c%d", number), false));
	}
	level->limitOffset = (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64),
											Int64GetDatum(0), false, FLOAT8PASSBYVAL);
	return level;
}

static RangeTblEntry *
subquery_entry(Query *subquery, const char *name)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	List *names = NIL;
	ListCell *cell;

	foreach(cell, subquery->targetList)
	{
		TargetEntry *column = lfirst(cell);

		if (!column->resjunk)
			names = lappend(names, makeString(pstrdup(column->resname)));
	}
	entry->rtekind = RTE_SUBQUERY;
	entry->subquery = subquery;
	entry->eref = makeAlias(name, names);
	entry->inFromCl = true;
	return entry;
}

static RangeTblRef *
reference_to(int varno)
{
	RangeTblRef *reference = makeNode(RangeTblRef);

	reference->rtindex = varno;
	return reference;
}
