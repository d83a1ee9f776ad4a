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

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "policy/attached.h"
#include "policy/decision.h"
#include "policy/equality.h"
#include "policy/ground.h"
#include "policy/grouping.h"
#include "policy/guarded.h"
#include "policy/guards.h"
#include "policy/interface.h"
#include "policy/mark.h"
#include "policy/reference.h"
#include "policy/walk.h"
#include "policy/written.h"
#include "registry/lineage.h"
#include "registry/membership.h"

/* One query level on the way down. */
typedef struct Level
{
	struct Level *parent;
	Query *query;
	Oid view; /* the innermost view that the level belongs to; InvalidOid: none */
	int relations;

	/* Element n - 1 is for range table entry n. */
	GuardedRelation **guarded; /* NULL: none */
	Oid *marks; /* the registered table it is to be marked with; InvalidOid: none */
} Level;

typedef struct Walk
{
	Level *level;
	List *opened;     /* of GuardedRelation, for the whole statement */
	List *interfaces; /* of String, decisions for what declared views read */

	/* Inside quals that a relation's own policies contributed: that relation. */
	Level *policy_level;
	Index policy_varno;
} Walk;

static bool find_protected(Node *node, void *context);
static Node *treat_node(Node *node, Walk *walk);
static Query *treat_query(Query *query, Walk *walk);
static void open_level(Query *query, Level *level, Walk *walk);
static Oid view_of(Query *query, Level *around);
static bool is_protected(const RangeTblEntry *entry, RegisteredTable *table);
static bool reaches_protected_children(const RangeTblEntry *entry);
pg_noreturn static void refuse_unguarded(Oid relid);
pg_noreturn static void refuse_parent(Oid relid);
static void require_partitions(const RangeTblEntry *entry);
static GuardedRelation *open_relation(Oid relid, Walk *walk);
static List *treat_policy_quals(List *quals, Index varno, Walk *walk);
static Node *treat_policy_qual(Node *qual, Index varno, Walk *walk);
static Node *treat_check_option(WithCheckOption *option, Walk *walk);
static Node *treat_on_conflict(OnConflictExpr *conflict, Walk *walk);
static Node *treat_var(Var *var, Walk *walk);
static Node *treat_comparison(OpExpr *comparison, Walk *walk);
static bool find_reference(Node *node, Walk *walk, GuardedReference *found);
static GuardedRelation *guarded_of(const Var *var, Walk *walk);
static Node *treat_guard(FuncExpr *call, Walk *walk);

/* Does the query mention a protected relation at all? */
bool
memreg_walk_needed(Query *query)
{
	return find_protected((Node *) query, NULL);
}

static bool
find_protected(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *entry = (RangeTblEntry *) node;
		RegisteredTable table;

		return memreg_attached_may_guard(entry) &&
			(is_protected(entry, &table) || reaches_protected_children(entry));
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_protected, context,
								 QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, find_protected, context);
}

static bool
is_protected(const RangeTblEntry *entry, RegisteredTable *table)
{
	return memreg_membership_find(entry->relid, table) && table->protected;
}

/*
 * A parent that is not protected, used with its partitions or children: what
 * is inserted into a partitioned table goes to them without a mention.
 */
static bool
reaches_protected_children(const RangeTblEntry *entry)
{
	return (entry->inh || entry->relkind == RELKIND_PARTITIONED_TABLE) &&
		memreg_lineage_above_protected(entry->relid);
}

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
	result.decisions = walk.interfaces;
	foreach(cell, walk.opened)
	{
		GuardedRelation *guarded = lfirst(cell);

		if (!guarded->bypassed)
			result.decisions =
				lappend(result.decisions, makeString(memreg_decision_describe(guarded)));
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
 * Treat one query level.  The policies' quals are set aside, the rest of the
 * level is treated as the users' text that it is, then they come back.
 */
static Query *
treat_query(Query *query, Walk *walk)
{
	Level level = {.parent = walk->level};
	Level *policy_level = walk->policy_level;
	List **policy_quals;
	Query *treated;

	open_level(query, &level, walk);
	policy_quals = palloc0(sizeof(List *) * Max(level.relations, 1));
	for (int i = 0; i < level.relations; i++)
		if (level.guarded[i] != NULL)
		{
			memreg_written_require_clear(query, i + 1, level.guarded[i]);
			memreg_grouping_require_key(query, level.guarded[i]);
			policy_quals[i] = memreg_attached_take_quals(query, i + 1);
		}

	walk->level = &level;
	treated = query_tree_mutator(query, treat_node, walk, 0);
	for (int i = 0; i < level.relations; i++)
	{
		RangeTblEntry *entry = list_nth(treated->rtable, i);

		if (level.guarded[i] != NULL)
			entry->securityQuals =
				list_concat(treat_policy_quals(policy_quals[i], i + 1, walk),
							entry->securityQuals);
		if (OidIsValid(level.marks[i]))
			memreg_mark_treated(entry, level.marks[i]);
	}
	walk->level = level.parent;
	walk->policy_level = policy_level;
	return treated;
}

/*
 * Open the protected relations of a level.  One without a guard is refused,
 * unless the user bypasses row security, a referential integrity check (or
 * memreg's own retention) reads it, or a view that was declared for that: what
 * is refused is any other view of a privileged owner, say.
 */
static void
open_level(Query *query, Level *level, Walk *walk)
{
	level->query = query;
	level->view = view_of(query, level->parent);
	level->relations = list_length(query->rtable);
	level->guarded = palloc0(sizeof(GuardedRelation *) * Max(level->relations, 1));
	level->marks = palloc0(sizeof(Oid) * Max(level->relations, 1));
	for (int i = 0; i < level->relations; i++)
	{
		RangeTblEntry *entry = list_nth(query->rtable, i);
		RegisteredTable table;

		if (!memreg_attached_may_guard(entry))
			continue;
		if (!is_protected(entry, &table))
		{
			if (reaches_protected_children(entry) && !memreg_attached_exempt(entry))
				refuse_parent(entry->relid);
		}
		else if (memreg_attached_has_guard(query, i + 1))
		{
			if (i + 1 != query->resultRelation)
				require_partitions(entry);
			level->guarded[i] = open_relation(entry->relid, walk);
			if (!level->guarded[i]->bypassed)
				level->marks[i] = table.relation;
		}
		else if (memreg_attached_exempt(entry))
			continue;
		else if (memreg_interface_reads(query, entry, level->view))
		{
			char *decision = memreg_decision_of_interface(level->view, entry->relid, &table);

			walk->interfaces = list_append_unique(walk->interfaces, makeString(decision));
			level->marks[i] = table.relation;
		}
		else
			refuse_unguarded(entry->relid);
	}
}

/*
 * The view whose expansion a query is, else the one that the level around it
 * belongs to.  A view that is written to, by triggers, is no place to read.
 */
static Oid
view_of(Query *query, Level *around)
{
	ListCell *cell;

	if (around == NULL)
		return InvalidOid;
	foreach(cell, around->query->rtable)
	{
		RangeTblEntry *entry = lfirst(cell);
		Oid view = memreg_rte_view(entry);

		if (!OidIsValid(view) || entry->subquery != query)
			continue;
		if (around->query->resultRelation > 0 &&
			rt_fetch(around->query->resultRelation, around->query->rtable)->relid == view)
			return InvalidOid;
		return view;
	}
	return around->view;
}

static void
refuse_unguarded(Oid relid)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_GUARD_MISSING),
			 errmsg("table %s is protected, but the statement reaches it without its row security",
					quote_identifier(get_rel_name(relid))),
			 errdetail("Its policies were removed, or a view reads it with the rights of a role that bypasses row security."),
			 errhint("Call memreg.protect for the table again; create views over it WITH (security_invoker), or declare them with memreg.declare_view.")));
}

/*
 * A partitioned table without its partitions is empty.  That is what COPY of
 * one by its name becomes under row security, and nobody wants a file of it.
 */
static void
require_partitions(const RangeTblEntry *entry)
{
	if (entry->relkind == RELKIND_PARTITIONED_TABLE && !entry->inh)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNTREATED_STATEMENT),
				 errmsg("partitioned table %s holds no rows by itself",
						quote_identifier(get_rel_name(entry->relid))),
				 errhint("Use COPY (SELECT ...) TO, or leave out ONLY.")));
}

static void
refuse_parent(Oid relid)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_GUARD_MISSING),
			 errmsg("table %s is not protected, but has partitions or children that are",
					quote_identifier(get_rel_name(relid))),
			 errhint("Register and protect the topmost table of the inheritance tree, or query the protected table itself.")));
}

static GuardedRelation *
open_relation(Oid relid, Walk *walk)
{
	RegisteredTable table;
	GuardedRelation *guarded;
	ListCell *cell;

	foreach(cell, walk->opened)
	{
		guarded = lfirst(cell);
		if (guarded->relid == relid)
			return guarded;
	}
	if (!memreg_membership_find(relid, &table))
		elog(ERROR, "relation %u is not registered any more", relid);
	guarded = memreg_guarded_open(relid, &table);
	walk->opened = lappend(walk->opened, guarded);
	return guarded;
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
	GuardedRelation *guarded = walk->level->guarded[varno - 1];
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

	if (walk->level->guarded[varno - 1] == NULL || !memreg_attached_is_policy_option(option))
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
	GuardedRelation *guarded = guarded_of(var, walk);

	if (guarded == NULL)
		return copyObject((Node *) var);
	return (Node *) (var->varattno == InvalidAttrNumber
						 ? memreg_reference_row(guarded, var)
						 : memreg_reference_column(guarded, var));
}

/* The relation that a reference is to and that treats it; NULL: it stays as it is. */
static GuardedRelation *
guarded_of(const Var *var, Walk *walk)
{
	Level *level = walk->level;
	GuardedRelation *guarded;

	for (Index up = 0; up < var->varlevelsup; up++)
		level = level->parent;
	if (var->varno < 1 || var->varno > level->relations ||
		(level == walk->policy_level && var->varno == walk->policy_varno))
		return NULL;
	guarded = level->guarded[var->varno - 1];
	return guarded == NULL || guarded->all_clear ? NULL : guarded;
}

/* Two columns whose treated values are equal when they are may be compared themselves. */
static Node *
treat_comparison(OpExpr *comparison, Walk *walk)
{
	GuardedReference left;
	GuardedReference right;

	if (memreg_equality_is(comparison) &&
		find_reference(linitial(comparison->args), walk, &left) &&
		find_reference(lsecond(comparison->args), walk, &right) &&
		memreg_equality_same(&left, &right, comparison->inputcollid))
		return copyObject((Node *) comparison);
	return expression_tree_mutator((Node *) comparison, treat_node, walk);
}

static bool
find_reference(Node *node, Walk *walk, GuardedReference *found)
{
	found->column = memreg_equality_side(node);
	found->guarded = found->column == NULL ? NULL : guarded_of(found->column, walk);
	return found->guarded != NULL;
}

/* In the policies' own quals, a command's guard becomes what it stands for. */
static Node *
treat_guard(FuncExpr *call, Walk *walk)
{
	bool open;

	if (walk->policy_level != NULL && walk->level == walk->policy_level &&
		memreg_guards_is_command(walk->level->guarded[walk->policy_varno - 1],
								 (Node *) call, &open))
		return makeBoolConst(open, false);
	return expression_tree_mutator((Node *) call, treat_node, walk);
}
