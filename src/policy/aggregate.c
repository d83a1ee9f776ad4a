/*
 * aggregate.c
 *		Purposes that see aggregates only: what they may ask.
 *
 * A query level that reads a table under such a purpose must be one flat
 * aggregation: the table, others joined to it, conditions, groups, and
 * aggregates from a list.  What it shows is limited to groups with enough
 * subjects (aggregate_limit.c).
 *
 * Everything else must not tell of single rows either, and so
 *
 * - what is evaluated for each row is quiet (quiet.c): conditions, groups, and
 *	 the aggregates' arguments, which are plain columns;
 * - nothing runs for the first time when a row is found: no functions,
 *	 subqueries or CTEs beside the tables, no sublinks in conditions, no foreign
 *	 tables;
 * - sums are of columns of such tables only: a sum of somebody's own large
 *	 numbers overflows, and so tells how many rows there are.
 *
 * What is evaluated for groups (target list, HAVING, ORDER BY) is free, as
 * only groups with enough subjects come that far.  That holds because no
 * condition from outside is moved in (aggregate_limit.c).
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_inherits.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "policy/aggregate.h"
#include "policy/aggregate_joins.h"
#include "policy/category_declared.h"
#include "policy/quiet.h"

typedef struct Question
{
	Query *query;
	GuardedRelation **guarded;
	const GuardedRelation *limited; /* one whose rows may only be aggregated */
	List *once;                     /* of Expr, to be computed before any row is read */
} Question;

#define OF_NUMBERS(aggregate)                                         \
	F_##aggregate##_INT2, F_##aggregate##_INT4, F_##aggregate##_INT8, \
		F_##aggregate##_FLOAT4, F_##aggregate##_FLOAT8, F_##aggregate##_NUMERIC

/* Aggregates that show no row's own value, unless all have the same. */
static const Oid statistics[] = {
	OF_NUMBERS(SUM),        OF_NUMBERS(AVG),         OF_NUMBERS(STDDEV),
	OF_NUMBERS(STDDEV_POP), OF_NUMBERS(STDDEV_SAMP), OF_NUMBERS(VARIANCE),
	OF_NUMBERS(VAR_POP),    OF_NUMBERS(VAR_SAMP),
};

static Index find_limited(GuardedRelation **guarded, int relations);
static void require_aggregation(Question *question);
static void require_table(Question *question, Index varno);
static bool may_join(Question *question, Index varno);
static void require_quiet_joins(Question *question, Node *node);
static void require_quiet(Question *question, Node *expression);
static bool require_aggregates(Node *node, void *context);
static void require_aggregate(Question *question, const Aggref *aggregate);
static bool is_statistic(Oid aggregate);
static const Var *plain_column(Question *question, const Aggref *aggregate);
static void require_groups(Question *question);
static void require_shared(Question *question, const Var *column);
static void require_mergeable(Question *question);

/* Does the relation's purpose see aggregates only? */
bool
memreg_aggregate_limits(const GuardedRelation *guarded)
{
	return guarded != NULL && !guarded->bypassed && guarded->purpose.smallest_group > 0;
}

/*
 * Does a query level read a relation whose purpose sees aggregates only?  Then
 * fail unless it asks for nothing else.  To be called before anything in the
 * level is treated; *once is what of it is to be computed before any row is read
 * (aggregate_once.c).
 */
bool
memreg_aggregate_require(Query *query, GuardedRelation **guarded, List **once)
{
	Question question = {.query = query, .guarded = guarded};
	Index limited = find_limited(guarded, list_length(query->rtable));

	if (limited == 0)
		return false;
	question.limited = guarded[limited - 1];
	require_aggregation(&question);
	for (int i = 0; i < list_length(query->rtable); i++)
		require_table(&question, i + 1);
	memreg_aggregate_require_joins(query, guarded, limited);
	require_quiet_joins(&question, (Node *) query->jointree);
	require_aggregates((Node *) query->targetList, &question);
	require_aggregates(query->havingQual, &question);
	require_groups(&question);
	if (question.limited->purpose.remainder)
		require_mergeable(&question);
	*once = question.once;
	return true;
}

/* Refuse a reference from within to such a level: it is another row's each time. */
void
memreg_aggregate_refuse_reference(GuardedRelation **guarded, int relations)
{
	memreg_aggregate_refuse(guarded[find_limited(guarded, relations) - 1],
							"A subquery refers to a column of the query that aggregates.",
							"Let the subquery be independent of it, or use it in a query around the one that aggregates.");
}

/* The first relation whose purpose sees aggregates only; 0: there is none. */
static Index
find_limited(GuardedRelation **guarded, int relations)
{
	for (int i = 0; i < relations; i++)
		if (memreg_aggregate_limits(guarded[i]))
			return i + 1;
	return 0;
}

static void
require_aggregation(Question *question)
{
	Query *query = question->query;

	if (query->commandType != CMD_SELECT)
		memreg_aggregate_refuse(question->limited,
								"The statement writes to the table, or reads its rows to write others.",
								"Aggregate in a subquery, and write what that returns.");
	if ((!query->hasAggs && query->groupClause == NIL) || query->rowMarks != NIL)
		memreg_aggregate_refuse(question->limited,
								"The query, or a part of it, reads rows and does not aggregate them.",
								"Use count, sum, avg, stddev or variance, with GROUP BY, in the very SELECT whose FROM names the table; a view has to aggregate by itself.");
	if (query->groupingSets != NIL)
		memreg_aggregate_refuse(question->limited,
								"The query has grouping sets, ROLLUP or CUBE.",
								"Ask for each grouping by itself.");
	if (query->hasTargetSRFs)
		memreg_aggregate_refuse(question->limited, "The query has functions that return sets.",
								"Aggregate in a subquery, and call the function outside.");
}

static void
require_table(Question *question, Index varno)
{
	RangeTblEntry *entry = rt_fetch(varno, question->query->rtable);
	ListCell *cell;

	if (entry->tablesample != NULL)
		memreg_aggregate_refuse(question->limited, "The query takes a sample of a table.",
								"Leave out TABLESAMPLE.");
	if (!may_join(question, varno))
		memreg_aggregate_refuse(question->limited,
								psprintf("It is joined with %s, which is no table.",
										 quote_identifier(entry->eref->aliasname)),
								"Join tables: no subqueries, CTEs, views, VALUES and functions, no foreign tables, and none with partitions or children but those of a register.");
	if (question->guarded[varno - 1] == NULL)
		foreach(cell, entry->securityQuals)
			require_quiet(question, lfirst(cell));
}

static bool
may_join(Question *question, Index varno)
{
	const RangeTblEntry *entry = rt_fetch(varno, question->query->rtable);

	switch (entry->rtekind)
	{
		case RTE_RELATION:
			/* Of a view nothing but its entry is left here, in the query that it became. */
			return question->guarded[varno - 1] != NULL ||
				((entry->relkind == RELKIND_RELATION ||
				  entry->relkind == RELKIND_MATVIEW || entry->relkind == RELKIND_VIEW) &&
				 !(entry->inh && has_subclass(entry->relid)));
		case RTE_JOIN:
		case RTE_RESULT:
			return true;
		default:
			return varno == memreg_group_entry(question->query);
	}
}

static void
require_quiet_joins(Question *question, Node *node)
{
	if (IsA(node, FromExpr))
	{
		FromExpr *from = (FromExpr *) node;
		ListCell *cell;

		foreach(cell, from->fromlist)
			require_quiet_joins(question, lfirst(cell));
		require_quiet(question, from->quals);
	}
	else if (IsA(node, JoinExpr))
	{
		JoinExpr *join = (JoinExpr *) node;

		require_quiet_joins(question, join->larg);
		require_quiet_joins(question, join->rarg);
		require_quiet(question, join->quals);
	}
}

static void
require_quiet(Question *question, Node *expression)
{
	if (!memreg_quiet(question->query, expression, &question->once))
		memreg_aggregate_refuse(question->limited,
								"A condition or a group is computed from single rows in a way that could tell of them.",
								"Compare columns, with constants or with each other, by operators that are leakproof; prepare other values as constants, parameters or in a column.");
}

/* Only those of this level: those of others have no columns of this one. */
static bool
require_aggregates(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Aggref) && ((Aggref *) node)->agglevelsup == 0)
		require_aggregate(context, (Aggref *) node);
	return expression_tree_walker(node, require_aggregates, context);
}

static void
require_aggregate(Question *question, const Aggref *aggregate)
{
	bool counts = aggregate->aggfnoid == F_COUNT_ || aggregate->aggfnoid == F_COUNT_ANY;
	const Var *column;

	if (!counts && !is_statistic(aggregate->aggfnoid))
		memreg_aggregate_refuse(question->limited,
								psprintf("Aggregate %s can show the value of a single row, or is not known not to.",
										 quote_identifier(get_func_name(aggregate->aggfnoid))),
								"Use count, and sum, avg, stddev and variance of numbers.");
	if (aggregate->aggfilter != NULL || aggregate->aggorder != NIL)
		memreg_aggregate_refuse(question->limited, "An aggregate has a FILTER or an ORDER BY.",
								"Put the condition into WHERE, or group by it.");
	if (aggregate->args == NIL ||
		(counts && IsA(((TargetEntry *) linitial(aggregate->args))->expr, Const)))
		return;
	column = plain_column(question, aggregate);
	if (column == NULL ||
		(!counts && !memreg_aggregate_limits(question->guarded[column->varno - 1])))
		memreg_aggregate_refuse(question->limited,
								psprintf("The argument of aggregate %s is not a column of such a table.",
										 quote_identifier(get_func_name(aggregate->aggfnoid))),
								"Aggregate columns as they are, without casts and computations; count columns of any table, sum up those of protected ones.");
}

static bool
is_statistic(Oid aggregate)
{
	for (int i = 0; i < lengthof(statistics); i++)
		if (statistics[i] == aggregate)
			return true;
	return false;
}

/* The column of this level that is an aggregate's argument; NULL: it is none. */
static const Var *
plain_column(Question *question, const Aggref *aggregate)
{
	Node *argument = (Node *) ((TargetEntry *) linitial(aggregate->args))->expr;
	List *once = NIL;

	while (IsA(argument, RelabelType))
		argument = (Node *) ((RelabelType *) argument)->arg;
	if (!IsA(argument, Var) || ((Var *) argument)->varlevelsup > 0 ||
		!memreg_quiet(question->query, argument, &once))
		return NULL;
	return (Var *) argument;
}

/* Groups by what tells one person from another would be groups of one. */
static void
require_groups(Question *question)
{
	ListCell *cell;
	ListCell *column;

	foreach(cell, question->query->groupClause)
	{
		Node *group =
			memreg_group_expression(question->query,
									get_sortgroupclause_expr(lfirst(cell),
															 question->query->targetList));

		require_quiet(question, group);
		foreach(column, pull_vars_of_level(group, 0))
			require_shared(question, lfirst(column));
	}
}

static void
require_shared(Question *question, const Var *column)
{
	const GuardedRelation *guarded = question->guarded[column->varno - 1];

	if (!memreg_aggregate_limits(guarded) || column->varattno == TableOidAttributeNumber)
		return;
	if (column->varattno <= 0 || column->varattno == guarded->subject ||
		memreg_category_identifies(guarded->purpose.register_name,
								   guarded->columns[column->varattno - 1].category))
		memreg_aggregate_refuse(guarded,
								psprintf("Column %s identifies its subject, or has no category.",
										 column->varattno > 0
											 ? quote_identifier(
												   guarded->columns[column->varattno - 1].name)
											 : "*"),
								"Group by columns that many people share.");
}

/* What aggregate_remainder.c cannot merge with certainty. */
static void
require_mergeable(Question *question)
{
	Query *query = question->query;
	ListCell *cell;

	if (query->constraintDeps != NIL)
		memreg_aggregate_refuse(question->limited,
								"The query shows columns that it does not group by, as a primary key determines them.",
								"Name these columns in GROUP BY, too.");
	foreach(cell, query->groupClause)
		if (!OidIsValid(((SortGroupClause *) lfirst(cell))->sortop))
			memreg_aggregate_refuse(question->limited,
									"The query groups by a column whose type has no order.",
									"Group by columns of other types.");
}

/* Refuse a query for such a reason; the hint says what to do. */
void
memreg_aggregate_refuse(const GuardedRelation *limited, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_AGGREGATES_ONLY),
			 errmsg("purpose %s sees aggregates of table %s only",
					quote_identifier(limited->purpose.name), quote_identifier(limited->name)),
			 errdetail("%s", detail), errhint("%s", hint)));
}
