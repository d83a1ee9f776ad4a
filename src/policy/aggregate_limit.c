/*
 * aggregate_limit.c
 *		Purposes that see aggregates only: groups with enough subjects.
 *
 * Of a query level that may be asked (aggregate.c), a group goes on to HAVING,
 * to the target list and further only with enough different subjects of each
 * table whose purpose sees aggregates only.  An aggregate of a column leaves
 * out the rows where that is NULL: it is NULL itself unless enough subjects are
 * left.  Subjects are counted by their keys as stored, so this comes after the
 * level was treated.
 *
 * The user's HAVING stands within a CASE, as the planner evaluates conditions
 * in the order of their costs.  OFFSET 0 keeps it from moving conditions of
 * queries around this one to where they would see every row.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "policy/aggregate.h"
#include "policy/aggregate_limit.h"
#include "policy/aggregate_once.h"
#include "policy/aggregate_remainder.h"
#include "policy/functions.h"

static List *find_limits(Query *query, GuardedRelation **guarded, int relations,
						 bool *remainder);
static Expr *subject_column(Query *query, Index varno, const GuardedRelation *guarded);
static bool find_nulling_joins(Node *node, Index varno, Bitmapset **joins);
static bool is_nullable_side(const JoinExpr *join, bool left);
static Node *limit_aggregates(Node *node, void *context);
static Node *limit_aggregate(Aggref *aggregate, List *limits);
static Expr *enough_subjects(List *limits, Expr *filter);
static Aggref *count_call(const GroupLimit *limit, Expr *filter);
static Expr *if_then(Expr *condition, Expr *result);
static Expr *if_then_else(Expr *condition, Expr *result, Expr *otherwise);
static void keep_conditions_outside(Query *query);

/*
 * Limit a treated query level to what its purposes may see of it.  Once are the
 * parts that are computed before any row is read, treated as well.
 */
Query *
memreg_aggregate_limit(Query *query, GuardedRelation **guarded, int relations, List *once)
{
	bool remainder;
	List *limits = find_limits(query, guarded, relations, &remainder);
	Expr *having;

	once = copyObject(once);
	query = memreg_aggregate_once_refer(query, once);
	if (remainder && query->groupClause != NIL)
		query = memreg_aggregate_remainder(query, limits);

	query->targetList = (List *) limit_aggregates((Node *) query->targetList, limits);
	having = (Expr *) limit_aggregates(query->havingQual, limits);
	query->havingQual =
		(Node *) if_then_else(enough_subjects(limits, NULL),
							  having != NULL ? having : (Expr *) makeBoolConst(true, false),
							  (Expr *) makeBoolConst(false, false));
	query->hasAggs = true;
	keep_conditions_outside(query);
	return memreg_aggregate_once_around(query, once);
}

/* A limit for each relation; small groups are shown together if all purposes say so. */
static List *
find_limits(Query *query, GuardedRelation **guarded, int relations, bool *remainder)
{
	List *limits = NIL;

	*remainder = true;
	for (int i = 0; i < relations; i++)
		if (memreg_aggregate_limits(guarded[i]))
		{
			GroupLimit *limit = palloc(sizeof(GroupLimit));

			limit->subject = subject_column(query, i + 1, guarded[i]);
			limit->smallest = guarded[i]->purpose.smallest_group;
			limits = lappend(limits, limit);
			*remainder &= guarded[i]->purpose.remainder;
		}
	return limits;
}

/* The relation's subject column, as stored. */
static Expr *
subject_column(Query *query, Index varno, const GuardedRelation *guarded)
{
	Oid type;
	int32 typmod;
	Oid collation;
	Bitmapset *joins = NULL;
	Var *column;

	get_atttypetypmodcoll(guarded->relid, guarded->subject, &type, &typmod, &collation);
	column = makeVar(varno, guarded->subject, type, typmod, collation, 0);
	find_nulling_joins((Node *) query->jointree, varno, &joins);
	memreg_set_nulling_joins(column, joins);
	return (Expr *) column;
}

/* Is the relation below this node?  Then *joins has the outer joins between them. */
static bool
find_nulling_joins(Node *node, Index varno, Bitmapset **joins)
{
	if (IsA(node, RangeTblRef))
		return ((RangeTblRef *) node)->rtindex == varno;
	if (IsA(node, FromExpr))
	{
		ListCell *cell;

		foreach(cell, ((FromExpr *) node)->fromlist)
			if (find_nulling_joins(lfirst(cell), varno, joins))
				return true;
	}
	else if (IsA(node, JoinExpr))
	{
		JoinExpr *join = (JoinExpr *) node;
		bool left = find_nulling_joins(join->larg, varno, joins);

		if (!left && !find_nulling_joins(join->rarg, varno, joins))
			return false;
		if (is_nullable_side(join, left))
			*joins = bms_add_member(*joins, join->rtindex);
		return true;
	}
	return false;
}

static bool
is_nullable_side(const JoinExpr *join, bool left)
{
	return join->jointype == JOIN_FULL || join->jointype == (left ? JOIN_RIGHT : JOIN_LEFT);
}

/* Aggregates of other levels have no columns of this one. */
static Node *
limit_aggregates(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Aggref) && ((Aggref *) node)->agglevelsup == 0)
		return limit_aggregate((Aggref *) node, context);
	return expression_tree_mutator(node, limit_aggregates, context);
}

static Node *
limit_aggregate(Aggref *aggregate, List *limits)
{
	Expr *argument =
		aggregate->args == NIL ? NULL : ((TargetEntry *) linitial(aggregate->args))->expr;
	NullTest *counted;

	if (argument == NULL || (IsA(argument, Const) && !((Const *) argument)->constisnull))
		return (Node *) aggregate;
	counted = makeNode(NullTest);
	counted->arg = copyObject(argument);
	counted->nulltesttype = IS_NOT_NULL;
	counted->location = -1;
	return (Node *) if_then(enough_subjects(limits, (Expr *) counted), (Expr *) aggregate);
}

/* Are there enough subjects for each limit, among the rows that pass the filter (NULL: all)? */
static Expr *
enough_subjects(List *limits, Expr *filter)
{
	List *calls = NIL;
	ListCell *cell;

	foreach(cell, limits)
		calls = lappend(calls, count_call(lfirst(cell), filter));
	return list_length(calls) == 1 ? linitial(calls) : makeBoolExpr(AND_EXPR, calls, -1);
}

static Aggref *
count_call(const GroupLimit *limit, Expr *filter)
{
	Aggref *call = makeNode(Aggref);
	AttrNumber position = 0;
	ListCell *cell;

	call->aggfnoid = memreg_aggregate_enough(limit);
	call->aggtype = BOOLOID;
	call->inputcollid = exprCollation((Node *) limit->subject);
	foreach(cell, memreg_aggregate_enough_arguments(limit))
	{
		call->aggargtypes = lappend_oid(call->aggargtypes, exprType(lfirst(cell)));
		call->args =
			lappend(call->args, makeTargetEntry(lfirst(cell), ++position, NULL, false));
	}
	call->aggfilter = copyObject(filter);
	call->aggkind = AGGKIND_NORMAL;
	call->aggsplit = AGGSPLIT_SIMPLE;
	call->aggno = call->aggtransno = -1;
	call->location = -1;
	return call;
}

/* The aggregate memreg.enough_subjects for the limit, and its arguments. */
Oid
memreg_aggregate_enough(const GroupLimit *limit)
{
	SubjectVariant variant;

	if (!memreg_subject_variant(exprType((Node *) limit->subject), &variant))
		elog(ERROR, "subject key of an unknown type");
	return memreg_policy_functions()->enough_subjects[variant];
}

List *
memreg_aggregate_enough_arguments(const GroupLimit *limit)
{
	return list_make2(copyObject(limit->subject),
					  makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
								Int32GetDatum(limit->smallest), false, true));
}

static Expr *
if_then(Expr *condition, Expr *result)
{
	Node *typed = (Node *) result;

	return if_then_else(condition, result,
						(Expr *) makeNullConst(exprType(typed), exprTypmod(typed),
											   exprCollation(typed)));
}

static Expr *
if_then_else(Expr *condition, Expr *result, Expr *otherwise)
{
	CaseExpr *choice = makeNode(CaseExpr);
	CaseWhen *when = makeNode(CaseWhen);

	when->expr = condition;
	when->result = result;
	when->location = -1;
	choice->casetype = exprType((Node *) result);
	choice->casecollid = exprCollation((Node *) result);
	choice->args = list_make1(when);
	choice->defresult = otherwise;
	choice->location = -1;
	return (Expr *) choice;
}

static void
keep_conditions_outside(Query *query)
{
	if (query->limitOffset == NULL && query->limitCount == NULL)
		query->limitOffset = (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64),
												Int64GetDatum(0), false, FLOAT8PASSBYVAL);
}
