/*
 * aggregate_remainder.c
 *		Purposes that see aggregates only: small groups shown together.
 *
 * A grouped query level becomes two.  The inner one has its tables and
 * conditions, and tells of each row its groups, what is aggregated, the
 * subjects, and whether its group has enough of them:
 *
 *	SELECT g AS group, a AS argument, s AS subject,
 *		   enough_subjects(s, k) OVER (PARTITION BY g) AS enough
 *
 * The outer one is the user's, over those, with the groups that have not
 * enough as one, whose grouping columns are NULL:
 *
 *	SELECT … GROUP BY CASE WHEN enough THEN group END, enough
 *
 * It is then limited like any other (aggregate_limit.c), the remainder by what
 * it has itself.  "enough" is in GROUP BY so that a group of the value NULL
 * stays apart from the remainder; memreg.is_remainder() tells the two.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parse_clause.h"
#include "parser/parse_oper.h"
#include "rewrite/rewriteManip.h"

#include "core/compat.h"
#include "policy/aggregate_limit.h"
#include "policy/aggregate_remainder.h"
#include "policy/functions.h"

PG_FUNCTION_INFO_V1(memreg_is_remainder);

#define INNER_ENTRY 1 /* the inner level's number in the outer one's range table */
#define WINDOW 1      /* the number of the inner level's window */

typedef struct Split
{
	Query *outer;
	Query *inner;
	List *groups;       /* of Node: the level's grouping expressions */
	List *inner_groups; /* of Var: the same as columns of the inner level */
	Var *enough;        /* the inner level's column that tells of small groups */
} Split;

static void make_inner(Split *split);
static void add_groups(Split *split);
static void add_enough(Split *split, List *limits);
static WindowFunc *count_over_group(Split *split, GroupLimit *limit);
static Var *inner_column(Split *split, Expr *expression);
static Node *rewrite(Node *node, void *context);
static Node *rewrite_aggregate(Aggref *aggregate, Split *split);
static Node *merged_group(Split *split, Var *group);
static void group_by_enough(Split *split);
static void put_inner_below(Split *split);

/* memreg.is_remainder() → boolean: what it is where the walk has not replaced it. */
Datum
memreg_is_remainder(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(false);
}

/*
 * Split a treated, grouped query level in two.  The subjects of the limits
 * become columns of the inner level.
 */
Query *
memreg_aggregate_remainder(Query *query, List *limits)
{
	Split split = {.outer = query};

	make_inner(&split);
	add_groups(&split);
	add_enough(&split, limits);
	query->targetList = (List *) rewrite((Node *) query->targetList, &split);
	query->havingQual = rewrite(query->havingQual, &split);
	group_by_enough(&split);
	put_inner_below(&split);
	return query;
}

static void
make_inner(Split *split)
{
	Query *inner = makeNode(Query);
	Query *outer = split->outer;

	inner->commandType = CMD_SELECT;
	inner->querySource = outer->querySource;
	inner->canSetTag = true;
	inner->rtable = outer->rtable;
	memreg_move_permissions(outer, inner);
	inner->jointree = outer->jointree;
	inner->hasSubLinks = outer->hasSubLinks;
	inner->hasRowSecurity = outer->hasRowSecurity;
	split->inner = inner;
}

/* The inner level's window has one partition for each group. */
static void
add_groups(Split *split)
{
	WindowClause *window = makeNode(WindowClause);
	ListCell *cell;

	foreach(cell, split->outer->groupClause)
	{
		SortGroupClause *clause = copyObject(lfirst(cell));
		Node *group = get_sortgroupclause_expr(clause, split->outer->targetList);
		Var *column =
			inner_column(split, (Expr *) memreg_group_expression(split->inner, group));

		split->groups = lappend(split->groups, group);
		split->inner_groups = lappend(split->inner_groups, column);
		clause->tleSortGroupRef = column->varattno;
		((TargetEntry *) list_nth(split->inner->targetList, column->varattno - 1))->ressortgroupref =
			column->varattno;
		window->partitionClause = lappend(window->partitionClause, clause);
	}
	window->frameOptions = FRAMEOPTION_DEFAULTS;
	window->winref = WINDOW;
	split->inner->windowClause = list_make1(window);
	split->inner->hasWindowFuncs = true;
}

static void
add_enough(Split *split, List *limits)
{
	List *calls = NIL;
	ListCell *cell;

	foreach(cell, limits)
		calls = lappend(calls, count_over_group(split, lfirst(cell)));
	split->enough = inner_column(split,
								 list_length(calls) == 1 ? linitial(calls)
														 : makeBoolExpr(AND_EXPR, calls, -1));
	foreach(cell, limits)
	{
		GroupLimit *limit = lfirst(cell);

		limit->subject = (Expr *) inner_column(split, limit->subject);
	}
}

static WindowFunc *
count_over_group(Split *split, GroupLimit *limit)
{
	WindowFunc *call = makeNode(WindowFunc);

	call->winfnoid = memreg_aggregate_enough(limit);
	call->wintype = BOOLOID;
	call->inputcollid = exprCollation((Node *) limit->subject);
	call->args = memreg_aggregate_enough_arguments(limit);
	call->winref = WINDOW;
	call->winagg = true;
	call->location = -1;
	return call;
}

/* A reference to the expression as a column of the inner level, which it becomes. */
static Var *
inner_column(Split *split, Expr *expression)
{
	List **columns = &split->inner->targetList;
	TargetEntry *column = tlist_member(expression, *columns);

	if (column == NULL)
	{
		AttrNumber number = list_length(*columns) + 1;

		column =
			makeTargetEntry(copyObject(expression), number, psprintf("c%d", number), false);
		*columns = lappend(*columns, column);
	}
	return makeVarFromTargetEntry(INNER_ENTRY, column);
}

/* What the outer level says of groups and of aggregates, in columns of the inner one. */
static Node *
rewrite(Node *node, void *context)
{
	Split *split = context;
	ListCell *group;
	ListCell *column;

	if (node == NULL)
		return NULL;
	forboth(group, split->groups, column, split->inner_groups)
		if (equal(node, lfirst(group)))
			return merged_group(split, lfirst(column));
	if (IsA(node, Aggref) && ((Aggref *) node)->agglevelsup == 0)
		return rewrite_aggregate((Aggref *) node, split);
	if (IsA(node, FuncExpr) &&
		((FuncExpr *) node)->funcid == memreg_policy_functions()->is_remainder)
		return (Node *) makeBoolExpr(NOT_EXPR, list_make1(copyObject(split->enough)), -1);
	if (IsA(node, Var) && ((Var *) node)->varlevelsup == 0)
		elog(ERROR, "column %d of relation %d is neither grouped nor aggregated",
			 ((Var *) node)->varattno, ((Var *) node)->varno);
	return expression_tree_mutator(node, rewrite, context);
}

static Node *
rewrite_aggregate(Aggref *aggregate, Split *split)
{
	Aggref *rewritten = copyObject(aggregate);
	ListCell *cell;

	foreach(cell, rewritten->args)
	{
		TargetEntry *argument = lfirst(cell);

		if (!IsA(argument->expr, Const))
			argument->expr = (Expr *) inner_column(split, argument->expr);
	}
	return (Node *) rewritten;
}

/* The group, or NULL for the remainder. */
static Node *
merged_group(Split *split, Var *group)
{
	CaseExpr *merged = makeNode(CaseExpr);
	CaseWhen *when = makeNode(CaseWhen);

	when->expr = (Expr *) copyObject(split->enough);
	when->result = (Expr *) copyObject(group);
	when->location = -1;
	merged->casetype = group->vartype;
	merged->casecollid = group->varcollid;
	merged->args = list_make1(when);
	merged->defresult =
		(Expr *) makeNullConst(group->vartype, group->vartypmod, group->varcollid);
	merged->location = -1;
	return (Node *) merged;
}

static void
group_by_enough(Split *split)
{
	Query *outer = split->outer;
	SortGroupClause *clause = makeNode(SortGroupClause);
	TargetEntry *enough = makeTargetEntry((Expr *) copyObject(split->enough),
										  list_length(outer->targetList) + 1, NULL, true);

	outer->targetList = lappend(outer->targetList, enough);
	clause->tleSortGroupRef = assignSortGroupRef(enough, outer->targetList);
	get_sort_group_operators(BOOLOID, true, true, false, &clause->sortop, &clause->eqop,
							 NULL, &clause->hashable);
	outer->groupClause = lappend(outer->groupClause, clause);
}

/* What the inner level took along is a level further from the levels around it. */
static void
put_inner_below(Split *split)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	RangeTblRef *reference = makeNode(RangeTblRef);
	List *names = NIL;
	ListCell *cell;

	memreg_forget_groups(split->inner);
	IncrementVarSublevelsUp((Node *) split->inner, 1, 1);
	foreach(cell, split->inner->targetList)
		names = lappend(names, makeString(((TargetEntry *) lfirst(cell))->resname));
	entry->rtekind = RTE_SUBQUERY;
	entry->subquery = split->inner;
	entry->eref = makeAlias("memreg groups", names);
	entry->inFromCl = true;
	reference->rtindex = INNER_ENTRY;
	split->outer->rtable = list_make1(entry);
	split->outer->jointree = makeFromExpr(list_make1(reference), NULL);
}
