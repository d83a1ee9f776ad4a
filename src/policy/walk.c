/*
 * walk.c
 *		The walk through a query: guards become checks, columns are treated.
 *
 * One pass over the whole query tree after rewriting, subqueries and CTEs
 * included.  For each protected relation of a query level
 *
 * - the quals that its own policies contributed are told from all others by
 *	 asking the server for them once more (attached.c); in them, and only
 *	 there, guards are replaced and the relation's own columns stay as they
 *	 are;
 * - everywhere else each reference to one of its columns is replaced by the
 *	 column's treatment, and a guard stays what it is, an error;
 * - what it writes must be clear (written.c).
 *
 * A view that was declared an official interface is the exception: what it
 * reads with its owner's rights stays as it is (interface.c).
 *
 * Quals of security barrier views stand in the same list as those of
 * policies, and WITH CHECK OPTIONs of views beside those of policies: both
 * are users' text and are treated.  What cannot be treated with certainty is
 * an error.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"

#include "policy/aggregate.h"
#include "policy/aggregate_limit.h"
#include "policy/attached.h"
#include "policy/carried.h"
#include "policy/equality.h"
#include "policy/ground.h"
#include "policy/grouping.h"
#include "policy/guards.h"
#include "policy/level.h"
#include "policy/mark.h"
#include "policy/reference.h"
#include "policy/walk.h"
#include "policy/written.h"

typedef struct Walk
{
	Level *level;
	LevelRelations relations;
	List *levels; /* of Level, opened before the walk has come to them */

	/* Inside quals that a relation's own policies contributed: that relation. */
	Level *policy_level;
	Index policy_varno;
} Walk;

static Node *treat_node(Node *node, Walk *walk);
static Query *treat_query(Query *query, Walk *walk);
static Level *enter_level(Query *query, Walk *walk);
static void set_aside(Level *level, Index varno);
static List *nothing_for(List *columns);
static void put_back(Level *level, Index varno, RangeTblEntry *entry, Walk *walk);
static List *treat_policy_quals(List *quals, Index varno, Walk *walk);
static Node *treat_policy_qual(Node *qual, Index varno, Walk *walk);
static Node *treat_check_option(WithCheckOption *option, Walk *walk);
static Node *treat_on_conflict(OnConflictExpr *conflict, Walk *walk);
static Node *treat_var(Var *var, Walk *walk);
static void treat_joined(const Var *reference, Walk *walk);
static Node *treat_coalesce(CoalesceExpr *coalesce, Walk *walk);
static Node *treat_comparison(OpExpr *comparison, Walk *walk);
static Node *treat_sublink(SubLink *sublink, Walk *walk);
static bool carries_sides(SubLink *sublink, Level *inner, Walk *walk);
static bool find_reference(Node *node, Walk *walk, TreatedReference *found);
static LevelEntry *entry_of(const Var *var, Walk *walk);
static const Treatment *carried_by(const LevelEntry *entry, const Var *var);
static Level *level_of(const Var *var, Walk *walk);
static Node *treat_guard(FuncExpr *call, Walk *walk);

/*
 * Treat a statement for the current user and purpose.  Fails when that user
 * may not act for the purpose, or the statement cannot be treated.
 */
WalkResult
memreg_walk(Query *query)
{
	Walk walk = {0};
	WalkResult result = {0};
	ListCell *cell;

	result.query = treat_query(query, &walk);
	result.decisions = walk.relations.interfaces;
	foreach(cell, walk.relations.opened)
	{
		GuardedRelation *guarded = lfirst(cell);

		if (!guarded->bypassed)
			result.decisions =
				lappend(result.decisions, makeString(pstrdup(guarded->decision)));
	}
	return result;
}

static Node *
treat_node(Node *node, Walk *walk)
{
	if (node == NULL)
		return NULL;
	switch (nodeTag(node))
	{
		case T_Query:
			return (Node *) treat_query((Query *) node, walk);
		case T_Var:
			return treat_var((Var *) node, walk);
		case T_OpExpr:
		case T_DistinctExpr:
			return treat_comparison((OpExpr *) node, walk);
		case T_CoalesceExpr:
			return treat_coalesce((CoalesceExpr *) node, walk);
		case T_SubLink:
			return treat_sublink((SubLink *) node, walk);
		case T_FuncExpr:
			return treat_guard((FuncExpr *) node, walk);
		case T_WithCheckOption:
			return treat_check_option((WithCheckOption *) node, walk);
		case T_OnConflictExpr:
			return treat_on_conflict((OnConflictExpr *) node, walk);
		default:
			return expression_tree_mutator(node, treat_node, walk);
	}
}

/*
 * Treat one query level.  What is not to be treated with the rest is set aside,
 * the rest is treated as the users' text that it is, then it comes back.
 */
static Query *
treat_query(Query *query, Walk *walk)
{
	Level *policy_level = walk->policy_level;
	Level *level = enter_level(query, walk);
	List *carried = memreg_carried_originals(level);
	Query *treated;

	/* What policies ask within themselves, nobody sees. */
	level->limited = policy_level == NULL &&
		memreg_aggregate_require(query, memreg_level_guarded(level), &level->once);
	for (Index varno = 1; varno <= level->count; varno++)
		set_aside(level, varno);
	walk->level = level;
	treated = query_tree_mutator(query, treat_node, walk, 0);
	for (Index varno = 1; varno <= level->count; varno++)
		put_back(level, varno, rt_fetch(varno, treated->rtable), walk);
	memreg_carried_restore(level, carried, treated);
	if (level->limited)
		treated = memreg_aggregate_limit(treated, memreg_level_guarded(level), level->count,
										 (List *) treat_node((Node *) level->once, walk));
	walk->level = level->parent;
	walk->policy_level = policy_level;
	return treated;
}

/* The level of a query, which may have been opened with the one around it. */
static Level *
enter_level(Query *query, Walk *walk)
{
	ListCell *cell;

	for (Index varno = 1; walk->level != NULL && varno <= walk->level->count; varno++)
	{
		Level *inner = memreg_level_entry(walk->level, varno)->inner;

		if (inner != NULL && inner->query == query)
			return inner;
	}
	foreach(cell, walk->levels)
	{
		Level *opened = lfirst(cell);

		if (opened->query == query)
			return opened;
	}
	return memreg_level_open(query, walk->level, &walk->relations);
}

/*
 * Take out of a range table entry what is not to be treated with the rest: the
 * quals of its relation's policies; the columns of a join.
 */
static void
set_aside(Level *level, Index varno)
{
	RangeTblEntry *entry = rt_fetch(varno, level->query->rtable);
	LevelEntry *opened = memreg_level_entry(level, varno);

	if (opened->guarded != NULL)
	{
		memreg_written_require_clear(level->query, varno, opened->guarded);
		memreg_grouping_require_key(level->query, opened->guarded);
		opened->aside = memreg_attached_take_quals(entry, opened->policy_quals);
	}
	else if (entry->rtekind == RTE_JOIN)
	{
		opened->aside = entry->joinaliasvars;
		opened->joined = level->treats ? nothing_for(entry->joinaliasvars)
									   : entry->joinaliasvars;
		entry->joinaliasvars = NIL;
	}
}

/*
 * A join has the columns of all that it joins, and a query of many tables very
 * many in all, of which it refers to few.  Those are treated when a reference to
 * them is met (treat_joined); for the others, which nobody reads, stands a NULL.
 */
static List *
nothing_for(List *columns)
{
	Node *nothing = makeBoolConst(false, true);
	List *nothings = list_copy(columns);
	ListCell *cell;

	foreach(cell, nothings)
		if (lfirst(cell) != NULL)
			lfirst(cell) = nothing;
	return nothings;
}

static void
put_back(Level *level, Index varno, RangeTblEntry *entry, Walk *walk)
{
	LevelEntry *opened = memreg_level_entry(level, varno);

	if (opened->guarded != NULL)
		entry->securityQuals = list_concat(treat_policy_quals(opened->aside, varno, walk),
										   entry->securityQuals);
	else if (entry->rtekind == RTE_JOIN)
		entry->joinaliasvars = opened->joined;
	if (OidIsValid(opened->mark))
		memreg_mark_treated(entry, opened->mark);
}

static List *
treat_policy_quals(List *quals, Index varno, Walk *walk)
{
	List *treated = NIL;
	ListCell *cell;

	foreach(cell, quals)
		treated = lappend(treated, treat_policy_qual(lfirst(cell), varno, walk));
	return treated;
}

/*
 * A qual of the relation's own policies: the row guard becomes the check of
 * the purpose's ground; in the others the relation's columns stay untreated,
 * but sublinks, which may read other relations, do not.
 */
static Node *
treat_policy_qual(Node *qual, Index varno, Walk *walk)
{
	GuardedRelation *guarded = memreg_level_entry(walk->level, varno)->guarded;
	Level *policy_level = walk->policy_level;
	Index policy_varno = walk->policy_varno;

	if (memreg_guards_is_table(guarded, qual))
		return makeBoolConst(true, false);
	if (memreg_guards_is_row(guarded, qual, varno))
		return guarded->bypassed
			? makeBoolConst(true, false)
			: (Node *) memreg_ground_check(&guarded->purpose,
										   lsecond(((FuncExpr *) qual)->args));

	walk->policy_level = walk->level;
	walk->policy_varno = varno;
	qual = treat_node(qual, walk);
	walk->policy_level = policy_level;
	walk->policy_varno = policy_varno;
	return qual;
}

/* Only the result relation has WITH CHECK OPTIONs. */
static Node *
treat_check_option(WithCheckOption *option, Walk *walk)
{
	Index varno = walk->level->query->resultRelation;
	WithCheckOption *treated;

	if (memreg_level_entry(walk->level, varno)->guarded == NULL ||
		!memreg_attached_is_policy_option(option))
		return expression_tree_mutator((Node *) option, treat_node, walk);

	treated = makeNode(WithCheckOption);
	*treated = *option;
	treated->qual = treat_policy_qual(option->qual, varno, walk);
	return (Node *) treated;
}

/*
 * The arbiter names an index, it reads no values; that its columns are clear
 * has been checked with what the statement writes.
 */
static Node *
treat_on_conflict(OnConflictExpr *conflict, Walk *walk)
{
	OnConflictExpr *treated = makeNode(OnConflictExpr);

	*treated = *conflict;
	treated->onConflictSet = (List *) treat_node((Node *) conflict->onConflictSet, walk);
	treated->onConflictWhere = treat_node(conflict->onConflictWhere, walk);
	return (Node *) treated;
}

static Node *
treat_var(Var *var, Walk *walk)
{
	const LevelEntry *entry = entry_of(var, walk);
	const Treatment *carried = carried_by(entry, var);

	treat_joined(var, walk);
	if (carried != NULL)
		return (Node *) memreg_treatment_apply(carried, NULL, (Expr *) var);
	if (entry == NULL || entry->guarded == NULL || entry->guarded->all_clear)
		return (Node *) var;
	return (Node *) (var->varattno == InvalidAttrNumber
						 ? memreg_reference_row(entry->guarded, var)
						 : memreg_reference_column(entry->guarded, var));
}

/* Treat what a reference to a column of a join, or to all of them, stands for. */
static void
treat_joined(const Var *reference, Walk *walk)
{
	Level *level = level_of(reference, walk);
	Level *present = walk->level;
	LevelEntry *entry = level == NULL ? NULL : memreg_level_entry(level, reference->varno);
	ListCell *cell;

	if (entry == NULL || entry->joined == NIL || !level->treats)
		return;
	walk->level = level;
	foreach(cell, entry->joined)
	{
		int column = foreach_current_index(cell);
		ListCell *original = list_nth_cell(entry->aside, column);

		if (lfirst(original) == NULL ||
			(reference->varattno != InvalidAttrNumber && reference->varattno != column + 1))
			continue;
		lfirst(cell) = treat_node(lfirst(original), walk);
		lfirst(original) = NULL; /* once is enough */
	}
	walk->level = present;
}

/*
 * Where all arguments are withheld, the planner puts one NULL in place of
 * COALESCE and forgets the length of its type (eval_const_expressions_mutator
 * in clauses.c), so that EXECUTE and RETURN QUERY would find another type than
 * was announced.  A relabeling around it brings the length back, and is gone
 * where nothing was forgotten (applyRelabelType in nodeFuncs.c).
 */
static Node *
treat_coalesce(CoalesceExpr *coalesce, Walk *walk)
{
	Node *treated = expression_tree_mutator((Node *) coalesce, treat_node, walk);
	int32 typmod = exprTypmod(treated);

	if (typmod < 0)
		return treated;
	return (Node *) makeRelabelType((Expr *) treated, coalesce->coalescetype, typmod,
									coalesce->coalescecollid, COERCE_IMPLICIT_CAST);
}

/* Two columns whose treated values are equal when they are may be compared themselves. */
static Node *
treat_comparison(OpExpr *comparison, Walk *walk)
{
	TreatedReference left;
	TreatedReference right;

	if (list_length(comparison->args) == 2 &&
		find_reference(linitial(comparison->args), walk, &left) &&
		find_reference(lsecond(comparison->args), walk, &right) &&
		memreg_equality_is(comparison) &&
		memreg_equality_same(&left, &right, comparison->inputcollid))
		return (Node *) comparison;
	return expression_tree_mutator((Node *) comparison, treat_node, walk);
}

/* The same for a column IN (SELECT another). */
static Node *
treat_sublink(SubLink *sublink, Walk *walk)
{
	SubLink *treated;
	Level *inner;

	if (sublink->subLinkType != ANY_SUBLINK || !IsA(sublink->testexpr, OpExpr))
		return expression_tree_mutator((Node *) sublink, treat_node, walk);

	inner = memreg_level_open((Query *) sublink->subselect, walk->level, &walk->relations);
	walk->levels = lcons(inner, walk->levels);
	treated = makeNode(SubLink);
	*treated = *sublink;
	if (carries_sides(sublink, inner, walk))
		inner->carries = bms_make_singleton(1);
	else
		treated->testexpr = treat_node(sublink->testexpr, walk);
	treated->subselect = treat_node(sublink->subselect, walk);
	walk->levels = list_delete_first(walk->levels);
	return (Node *) treated;
}

/* Can both sides of the sublink's comparison be what they stand for? */
static bool
carries_sides(SubLink *sublink, Level *inner, Walk *walk)
{
	OpExpr *comparison = (OpExpr *) sublink->testexpr;
	TargetEntry *selected = linitial(inner->query->targetList);
	TreatedReference left;
	TreatedReference right = {.column = (Var *) selected->expr};

	right.treatment = memreg_carried_treatment(inner, 1);
	return right.treatment != NULL && list_length(comparison->args) == 2 &&
		find_reference(linitial(comparison->args), walk, &left) &&
		memreg_equality_is_side(lsecond(comparison->args), PARAM_SUBLINK) &&
		memreg_equality_is(comparison) &&
		memreg_equality_same(&left, &right, comparison->inputcollid);
}

static bool
find_reference(Node *node, Walk *walk, TreatedReference *found)
{
	const LevelEntry *entry;

	found->column = memreg_equality_side(node);
	if (found->column == NULL)
		return false;
	entry = entry_of(found->column, walk);
	found->treatment = carried_by(entry, found->column);
	if (found->treatment == NULL && entry != NULL && entry->guarded != NULL &&
		!entry->guarded->all_clear)
		found->treatment =
			&memreg_guarded_column(entry->guarded, found->column->varattno)->treatment;
	return found->treatment != NULL;
}

/* The treatment of a column that the entry, a subquery, carries; NULL: it does not. */
static const Treatment *
carried_by(const LevelEntry *entry, const Var *var)
{
	return entry == NULL || entry->carried == NULL || var->varattno <= 0
		? NULL
		: entry->carried[var->varattno - 1];
}

/* The entry that a reference is to and that may treat it; NULL: it stays as it is. */
static LevelEntry *
entry_of(const Var *var, Walk *walk)
{
	Level *level = level_of(var, walk);

	if (level == NULL || (level == walk->policy_level && var->varno == walk->policy_varno))
		return NULL;
	if (level->limited && level != walk->level && level != walk->policy_level)
		memreg_aggregate_refuse_reference(memreg_level_guarded(level), level->count);
	return memreg_level_entry(level, var->varno);
}

/* The query level of the range table entry that a reference is to; NULL: it is to none. */
static Level *
level_of(const Var *var, Walk *walk)
{
	Level *level = walk->level;

	for (Index up = 0; up < var->varlevelsup; up++)
		level = level->parent;
	return var->varno >= 1 && var->varno <= level->count ? level : NULL;
}

/* In the policies' own quals, a command's guard becomes what it stands for. */
static Node *
treat_guard(FuncExpr *call, Walk *walk)
{
	bool open;

	if (walk->policy_level != NULL && walk->level == walk->policy_level &&
		memreg_guards_is_command(memreg_level_entry(walk->level, walk->policy_varno)->guarded,
								 (Node *) call, &open))
		return makeBoolConst(open, false);
	return expression_tree_mutator((Node *) call, treat_node, walk);
}
