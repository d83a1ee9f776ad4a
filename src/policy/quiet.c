/*
 * quiet.c
 *		Can the evaluation of an expression tell anybody something?
 *
 * Whoever may see groups only must not learn of single rows from what is
 * evaluated for each of them: not by a notice, a counter or another trace that
 * a function leaves, and not by an error, which may depend on a value or on
 * whether there is a row at all.  So an expression is quiet if it is made of
 * leakproof functions, and of nothing but the kinds of nodes below.
 *
 * What depends on no row is another matter, if it is computed once, before any
 * row is read (aggregate_once.c): there it may fail, for everybody alike.
 * now() - interval '1 year' is such a part.  The caller is told these parts.
 * They are of PostgreSQL's own functions only, as others can be replaced by
 * somebody between here and the planner.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "policy/quiet.h"

typedef struct Search
{
	Query *query;
	List *once; /* of Expr: what depends on no row */
} Search;

/* The functions of a type's, or two types', comparison operators. */
#define COMPARISONS(left, right)                                      \
	F_##left##_EQ##right, F_##left##_NE##right, F_##left##_LT##right, \
		F_##left##_LE##right, F_##left##_GT##right, F_##left##_GE##right

/*
 * PostgreSQL marks comparisons of most types leakproof.  These are not
 * marked; but they raise no error that depends on the values.
 */
static const Oid quiet_comparisons[] = {
	COMPARISONS(NUMERIC, ),          COMPARISONS(ENUM, ),
	COMPARISONS(DATE, _TIMESTAMP),   COMPARISONS(DATE, _TIMESTAMPTZ),
	COMPARISONS(TIMESTAMP, _DATE),   COMPARISONS(TIMESTAMP, _TIMESTAMPTZ),
	COMPARISONS(TIMESTAMPTZ, _DATE), COMPARISONS(TIMESTAMPTZ, _TIMESTAMP),
};

static bool tells(Node *node, void *context);
static bool column_tells(const Var *column, Query *query);
static bool function_tells(Oid function, void *context);
static bool collation_tells(Node *call);
static bool has_collation(Node *node, void *context);
static bool depends_on_row(Node *node);
static bool is_no_constant(Node *node, void *context);
static bool is_not_constant_function(Oid function, void *context);

/*
 * Is the expression, which stands in the query for each row, quiet?  What of
 * it depends on no row, but is to be computed before, is added to *once.
 */
bool
memreg_quiet(Query *query, Node *expression, List **once)
{
	Search search = {.query = query};

	if (tells(expression, &search))
		return false;
	*once = list_concat(*once, search.once);
	return true;
}

static bool
tells(Node *node, void *context)
{
	Search *search = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Const:
		case T_CaseTestExpr:
		case T_SQLValueFunction:
			return false;
		case T_Param:
			return ((Param *) node)->paramkind != PARAM_EXTERN;
		case T_Var:
			return column_tells((Var *) node, search->query);
		case T_List:
		case T_RelabelType:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_CaseWhen:
		case T_CoalesceExpr:
		case T_CaseExpr:
			return expression_tree_walker(node, tells, context);
		case T_ArrayExpr:
			/* Arrays of arrays fail where these are of different lengths. */
			if (!((ArrayExpr *) node)->multidims)
				return expression_tree_walker(node, tells, context);
			break;
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
			if (!check_functions_in_node(node, function_tells, NULL) &&
				!collation_tells(node) && !expression_returns_set(node))
				return expression_tree_walker(node, tells, context);
			break;
		default:
			break;
	}
	if (depends_on_row(node))
		return true;
	search->once = lappend(search->once, node);
	return false;
}

/*
 * A column of a join is computed from those of two tables, and the rewriter
 * or the planner computes virtual generated ones from others, by functions
 * that may fail.
 */
static bool
column_tells(const Var *column, Query *query)
{
	const RangeTblEntry *entry;

	if (column->varlevelsup > 0)
		return false;
	entry = rt_fetch(column->varno, query->rtable);
	if (entry->rtekind == RTE_RELATION && column->varattno > 0)
		return get_attgenerated(entry->relid, column->varattno) == 'v';
	return entry->rtekind == RTE_JOIN;
}

static bool
function_tells(Oid function, void *context)
{
	for (int i = 0; i < lengthof(quiet_comparisons); i++)
		if (function == quiet_comparisons[i])
			return false;
	return !get_func_leakproof(function) || func_volatile(function) == PROVOLATILE_VOLATILE;
}

/*
 * A function that is given texts of two collations, and none of its own, fails
 * when it is called, which may be for some rows only; and so do some functions
 * where the collation is not deterministic.
 */
static bool
collation_tells(Node *call)
{
	Oid collation = exprInputCollation(call);

	if (OidIsValid(collation))
		return !get_collation_isdeterministic(collation);
	return expression_tree_walker(call, has_collation, NULL);
}

/* Called for each argument, or for the list of them. */
static bool
has_collation(Node *node, void *context)
{
	if (node != NULL && IsA(node, List))
		return expression_tree_walker(node, has_collation, context);
	return node != NULL && type_is_collatable(exprType(node));
}

static bool
depends_on_row(Node *node)
{
	return contain_var_clause(node) || is_no_constant(node, NULL);
}

/* Is there anything in it that may have another value for another row? */
static bool
is_no_constant(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Param:
			return ((Param *) node)->paramkind != PARAM_EXTERN;
		case T_Const:
		case T_SQLValueFunction:
		case T_Var: /* of an outer level, as there are none of this one */
		case T_List:
		case T_RelabelType:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_ArrayExpr:
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_CoerceViaIO:
			return check_functions_in_node(node, is_not_constant_function, NULL) ||
				expression_returns_set(node) ||
				expression_tree_walker(node, is_no_constant, context);
		default:
			return true;
	}
}

static bool
is_not_constant_function(Oid function, void *context)
{
	return function >= FirstNormalObjectId || func_volatile(function) == PROVOLATILE_VOLATILE;
}
