/*
 * mark.c
 *		Marks on range table entries that the walk has treated.
 *
 * The walk sees the query as the rewriter left it.  What the planner adds
 * after that (bodies of SQL functions that it inlines, partitions and children
 * of a parent) it does not see; but every relation that a plan can read stands
 * in the plan's range table.  So the walk marks each entry that it has
 * treated, and the executor hook refuses a plan that holds an entry for a
 * protected relation without the mark.
 *
 * The mark is the entry's enrname, which serves tuplestores only and which
 * SQL cannot set on a relation.  It is copied with the entry, also to those of
 * the relation's partitions and children.
 */
#include "postgres.h"

#include "policy/attached.h"
#include "policy/mark.h"
#include "registry/lineage.h"
#include "registry/membership.h"

#define MARK "memreg: treated as "

static bool is_mark(const char *name, Oid registered);

/* Mark an entry as treated with what holds for a registered table. */
void
memreg_mark_treated(RangeTblEntry *entry, Oid registered)
{
	entry->enrname = psprintf(MARK "%u", registered);
}

/*
 * Is this an entry for a protected relation that was not treated as that?  Who
 * may read it all the same is for the caller to decide.
 */
bool
memreg_mark_missing(const RangeTblEntry *entry)
{
	RegisteredTable table;

	return memreg_attached_may_guard(entry) && memreg_lineage_concerns(entry->relid) &&
		memreg_membership_find(entry->relid, &table) && table.protected &&
		(entry->enrname == NULL || !is_mark(entry->enrname, table.relation));
}

/* Looked at in each execution, so without making the text anew. */
static bool
is_mark(const char *name, Oid registered)
{
	return strncmp(name, MARK, strlen(MARK)) == 0 &&
		strtoul(name + strlen(MARK), NULL, 10) == registered;
}
