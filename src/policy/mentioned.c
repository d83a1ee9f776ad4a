/*
 * mentioned.c
 *		The protected relations and columns that a query mentions.
 *
 * Of a query as the rewriter leaves it, so those within views and rules too.
 * The columns are those that PostgreSQL asks privileges for: what the parser
 * has met anywhere, in the query or in a view, and nothing that a relation's
 * own policies look at.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"

#include "core/compat.h"
#include "policy/attached.h"
#include "policy/interface.h"
#include "policy/mentioned.h"
#include "registry/membership.h"

/* One query level on the way down. */
typedef struct Level
{
	Query *query;
	Oid view; /* the innermost view that the level belongs to */
	List **mentioned;
} Level;

static bool look_at(Node *node, void *context);
static void look_at_entry(Query *query, Index varno, Level *level);
static MentionedRelation *find_or_add(MentionedRelation *wanted, List **mentioned);
static Bitmapset *columns_of(Query *query, RangeTblEntry *entry);

/*
 * Of MentionedRelation, in the order in which the queries mention them.  To be
 * called before the walk, which takes the policies' quals away.
 */
List *
memreg_mentioned_relations(List *queries)
{
	List *mentioned = NIL;
	ListCell *cell;

	foreach(cell, queries)
	{
		Level none = {.mentioned = &mentioned};

		(void) look_at(lfirst(cell), &none);
	}
	return mentioned;
}

static bool
look_at(Node *node, void *context)
{
	Level *around = context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query *query = (Query *) node;
		Level level = {.query = query, .mentioned = around->mentioned};

		if (around->query != NULL)
			level.view = memreg_interface_view_of(query, around->query, around->view);
		for (Index varno = 1; varno <= list_length(query->rtable); varno++)
			look_at_entry(query, varno, &level);
		return query_tree_walker(query, look_at, &level, 0);
	}
	return expression_tree_walker(node, look_at, context);
}

static void
look_at_entry(Query *query, Index varno, Level *level)
{
	RangeTblEntry *entry = list_nth(query->rtable, varno - 1);
	MentionedRelation wanted = {.relid = entry->relid};
	MentionedRelation *found;

	if (!memreg_attached_may_guard(entry) ||
		!memreg_membership_find(entry->relid, &wanted.table) || !wanted.table.protected)
		return;
	wanted.guarded =
		memreg_attached_has_guard(query, varno, memreg_attached_count(query, varno));
	if (!wanted.guarded)
		wanted.view = level->view;
	found = find_or_add(&wanted, level->mentioned);
	found->columns = bms_add_members(found->columns, columns_of(query, entry));
}

static MentionedRelation *
find_or_add(MentionedRelation *wanted, List **mentioned)
{
	MentionedRelation *added;
	ListCell *cell;

	foreach(cell, *mentioned)
	{
		MentionedRelation *present = lfirst(cell);

		if (present->relid == wanted->relid && present->guarded == wanted->guarded &&
			present->view == wanted->view)
			return present;
	}
	added = palloc(sizeof(MentionedRelation));
	*added = *wanted;
	*mentioned = lappend(*mentioned, added);
	return added;
}

static Bitmapset *
columns_of(Query *query, RangeTblEntry *entry)
{
	Bitmapset *columns = bms_copy(memreg_rte_permissions(query, entry)->selectedCols);

	columns = bms_add_members(columns, memreg_rte_permissions(query, entry)->insertedCols);
	return bms_add_members(columns, memreg_rte_permissions(query, entry)->updatedCols);
}
