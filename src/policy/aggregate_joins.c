/*
 * aggregate_joins.c
 *		Purposes that see aggregates only: how tables may be joined.
 *
 * A joined row is about one subject, and no table of somebody else's makes it
 * several.  Otherwise a table with more rows for one person than for another
 * would give each a weight of its own, and one sum would tell of all of them
 * (as 1, 2, 4 … rows would).  So
 *
 * - tables whose purpose sees aggregates only are joined by their subjects;
 * - of any other table at most one row is joined, as it is found by a unique
 *	 key;
 * - every row has a subject: no outer join keeps rows of other tables alone.
 *
 * What joins a table is an equality that holds for every row where it is: an
 * outer join's condition says nothing of rows that it keeps anyway.  So it can
 * tell which row of the other side is joined to those, and not the reverse.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_index.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "policy/aggregate.h"
#include "policy/aggregate_joins.h"

typedef struct Joins
{
	Query *query;
	GuardedRelation **guarded;
	const GuardedRelation *limited; /* for messages */
	List *equalities;               /* of Equality */
	Bitmapset *determined;          /* relations that are joined as they should */
} Joins;

typedef struct Equality
{
	OpExpr *comparison;
	const Bitmapset *kept; /* relations whose rows are there even if it does not hold */
} Equality;

static Bitmapset *look_at(Joins *joins, Node *node);
static Bitmapset *look_at_join(Joins *joins, JoinExpr *join);
static void require_subjects(Joins *joins, const Bitmapset *kept);
static Bitmapset *kept_in_full_join(const Bitmapset *side);
static void add_equalities(Joins *joins, Node *quals, const Bitmapset *kept);
static Bitmapset *find_undetermined(Joins *joins, const Bitmapset *relations);
static void determine(Joins *joins, const Bitmapset *relations);
static bool is_joined_by_subject(Joins *joins, Index varno);
static bool is_subject(Joins *joins, const Var *column);
static bool is_found_by_key(Joins *joins, Index varno);
static bool is_given_key(Joins *joins, Index varno, Oid index);
static bool is_given(Joins *joins, Index varno, AttrNumber column, Oid family);
static const Var *column_of(const Node *node, Index varno);
static Bitmapset *relations_of(Node *node);

/*
 * Fail unless the tables of a level are joined like that.  Limited is the
 * number of one whose purpose sees aggregates only.
 */
void
memreg_aggregate_require_joins(Query *query, GuardedRelation **guarded, Index limited)
{
	Joins joins = {.query = query, .guarded = guarded, .limited = guarded[limited - 1]};
	Bitmapset *relations = look_at(&joins, (Node *) query->jointree);
	Bitmapset *others = find_undetermined(&joins, relations);

	if (others != NULL)
		memreg_aggregate_refuse(joins.limited,
								psprintf("It is joined with %s, but neither by their subjects nor by a unique key of that.",
										 quote_identifier(
											 rt_fetch(bms_next_member(others, -1), query->rtable)
												 ->eref->aliasname)),
								"Join the register's tables on equal subjects, any other on all columns of its primary key.");
}

/*
 * The relations that are not joined as they should, NULL if all are: looked at
 * from one whose purpose sees aggregates only, whichever it is.
 */
static Bitmapset *
find_undetermined(Joins *joins, const Bitmapset *relations)
{
	Bitmapset *first = NULL;
	int varno = -1;

	while ((varno = bms_next_member(relations, varno)) >= 0)
	{
		Bitmapset *others;

		if (!memreg_aggregate_limits(joins->guarded[varno - 1]))
			continue;
		joins->determined = bms_make_singleton(varno);
		determine(joins, relations);
		others = bms_difference(relations, joins->determined);
		if (bms_is_empty(others))
			return NULL;
		if (first == NULL)
			first = others;
	}
	return first;
}

/* The relations below this node of the join tree; gathers the equalities. */
static Bitmapset *
look_at(Joins *joins, Node *node)
{
	Bitmapset *relations = NULL;
	ListCell *cell;

	if (IsA(node, RangeTblRef))
		return bms_make_singleton(((RangeTblRef *) node)->rtindex);
	if (IsA(node, JoinExpr))
		return look_at_join(joins, (JoinExpr *) node);
	foreach(cell, ((FromExpr *) node)->fromlist)
		relations = bms_join(relations, look_at(joins, lfirst(cell)));
	add_equalities(joins, ((FromExpr *) node)->quals, NULL);
	return relations;
}

static Bitmapset *
look_at_join(Joins *joins, JoinExpr *join)
{
	Bitmapset *left = look_at(joins, join->larg);
	Bitmapset *right = look_at(joins, join->rarg);
	Bitmapset *kept = NULL;

	if (join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL)
		require_subjects(joins, left);
	if (join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL)
		require_subjects(joins, right);
	if (join->jointype == JOIN_FULL)
		kept = bms_union(kept_in_full_join(left), kept_in_full_join(right));
	else if (join->jointype != JOIN_INNER)
		kept = join->jointype == JOIN_LEFT ? left : right;
	add_equalities(joins, join->quals, kept);
	return bms_union(left, right);
}

/* Rows of these relations are kept, whatever they are joined with: have they subjects? */
static void
require_subjects(Joins *joins, const Bitmapset *kept)
{
	int varno = -1;

	while ((varno = bms_next_member(kept, varno)) >= 0)
		if (memreg_aggregate_limits(joins->guarded[varno - 1]))
			return;
	memreg_aggregate_refuse(joins->limited,
							"An outer join keeps rows of other tables that are joined with no row of it.",
							"Use an inner join, or keep the rows of the register's tables only.");
}

/*
 * A full join keeps the rows of both sides.  But where a side is one table with
 * subjects, its rows are about one subject each, joined or not.
 */
static Bitmapset *
kept_in_full_join(const Bitmapset *side)
{
	return bms_membership(side) == BMS_SINGLETON ? NULL : bms_copy(side);
}

/* The equalities among these conditions, of a join that keeps rows of these relations. */
static void
add_equalities(Joins *joins, Node *quals, const Bitmapset *kept)
{
	ListCell *cell;

	if (quals == NULL)
		return;
	if (IsA(quals, List))
		foreach(cell, (List *) quals)
			add_equalities(joins, lfirst(cell), kept);
	else if (is_andclause(quals))
		add_equalities(joins, (Node *) ((BoolExpr *) quals)->args, kept);
	else if (IsA(quals, OpExpr) && list_length(((OpExpr *) quals)->args) == 2)
	{
		Equality *equality = palloc(sizeof(Equality));

		equality->comparison = (OpExpr *) quals;
		equality->kept = kept;
		joins->equalities = lappend(joins->equalities, equality);
	}
}

/* From one relation on, those that are joined to what is determined already. */
static void
determine(Joins *joins, const Bitmapset *relations)
{
	bool grown;

	do
	{
		int varno = -1;

		grown = false;
		while ((varno = bms_next_member(relations, varno)) >= 0)
			if (!bms_is_member(varno, joins->determined) &&
				(memreg_aggregate_limits(joins->guarded[varno - 1])
					 ? is_joined_by_subject(joins, varno)
					 : is_found_by_key(joins, varno)))
			{
				joins->determined = bms_add_member(joins->determined, varno);
				grown = true;
			}
	} while (grown);
}

static bool
is_joined_by_subject(Joins *joins, Index varno)
{
	ListCell *cell;

	foreach(cell, joins->equalities)
	{
		OpExpr *equality = ((Equality *) lfirst(cell))->comparison;
		const Var *left = column_of(linitial(equality->args), 0);
		const Var *right = column_of(lsecond(equality->args), 0);
		const Var *other;

		set_opfuncid(equality);
		if (bms_is_member(varno, ((Equality *) lfirst(cell))->kept) || left == NULL ||
			right == NULL || !is_subject(joins, left) || !is_subject(joins, right) ||
			(equality->opfuncid != F_INT8EQ && equality->opfuncid != F_UUID_EQ &&
			 equality->opfuncid != F_TEXTEQ))
			continue;
		other = left->varno == varno ? right : left;
		if ((left->varno == varno || right->varno == varno) &&
			bms_is_member(other->varno, joins->determined))
			return true;
	}
	return false;
}

/* As the purpose sees it, too: a subject column that shows coarser keys would join several. */
static bool
is_subject(Joins *joins, const Var *column)
{
	const GuardedRelation *guarded = joins->guarded[column->varno - 1];

	return memreg_aggregate_limits(guarded) && column->varattno == guarded->subject &&
		memreg_guarded_column(guarded, column->varattno)->treatment.kind->injective;
}

static bool
is_found_by_key(Joins *joins, Index varno)
{
	Relation relation = table_open(rt_fetch(varno, joins->query->rtable)->relid, NoLock);
	List *indexes = RelationGetIndexList(relation);
	bool found = false;
	ListCell *cell;

	foreach(cell, indexes)
		found = found || is_given_key(joins, varno, lfirst_oid(cell));
	table_close(relation, NoLock);
	return found;
}

/* Is it a unique index all of whose columns are equal to what is determined? */
static bool
is_given_key(Joins *joins, Index varno, Oid index)
{
	HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	oidvector *classes;
	bool given;
	bool isnull;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	given = form->indisunique && form->indimmediate && form->indisvalid &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
		heap_attisnull(tuple, Anum_pg_index_indexprs, NULL);
	classes = (oidvector *) DatumGetPointer(
		SysCacheGetAttr(INDEXRELID, tuple, Anum_pg_index_indclass, &isnull));
	for (int i = 0; given && i < form->indnkeyatts; i++)
		given = is_given(joins, varno, form->indkey.values[i],
						 get_opclass_family(classes->values[i]));
	ReleaseSysCache(tuple);
	return given;
}

/*
 * A collation that takes different values for equal would find several; so would
 * a comparison that depends on a setting, as that of timestamps with and without
 * time zone, where a clock that is put forward skips the other's hours.
 */
static bool
is_given(Joins *joins, Index varno, AttrNumber column, Oid family)
{
	ListCell *cell;

	foreach(cell, joins->equalities)
	{
		OpExpr *equality = ((Equality *) lfirst(cell))->comparison;
		const Var *left = column_of(linitial(equality->args), varno);
		const Var *right = column_of(lsecond(equality->args), varno);
		Node *other = left != NULL ? lsecond(equality->args) : linitial(equality->args);
		const Var *key = left != NULL ? left : right;

		if (key != NULL && key->varattno == column &&
			!bms_is_member(varno, ((Equality *) lfirst(cell))->kept) &&
			get_op_opfamily_strategy(equality->opno, family) == BTEqualStrategyNumber &&
			op_volatile(equality->opno) == PROVOLATILE_IMMUTABLE &&
			(!OidIsValid(equality->inputcollid) ||
			 get_collation_isdeterministic(equality->inputcollid)) &&
			bms_is_subset(relations_of(other), joins->determined))
			return true;
	}
	return false;
}

/* The column of that relation (0: of any) that the node is; NULL: it is none. */
static const Var *
column_of(const Node *node, Index varno)
{
	const Var *column;

	while (IsA(node, RelabelType))
		node = (const Node *) ((const RelabelType *) node)->arg;
	column = (const Var *) node;
	return IsA(node, Var) && column->varlevelsup == 0 && (varno == 0 || column->varno == varno)
		? column
		: NULL;
}

static Bitmapset *
relations_of(Node *node)
{
	Bitmapset *relations = NULL;
	ListCell *cell;

	foreach(cell, pull_vars_of_level(node, 0))
		relations = bms_add_member(relations, ((Var *) lfirst(cell))->varno);
	return relations;
}
