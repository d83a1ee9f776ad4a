/*
 * lineage.c
 *		Tables from above which a protected table's rows can be read.
 *
 * A query of a parent reads its partitions and children with the parent's
 * policies alone, and the planner looks them up after the hook has run.  So a
 * parent that is not protected itself must be known as one before that.
 *
 * Kept is the lineage of the protected tables: they, everything below them,
 * and every parent of any of these.  Whatever changes the lineage invalidates
 * the relcache entry of one of its members.
 */
#include "postgres.h"

#include "catalog/pg_inherits.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/extension.h"
#include "registry/catalog.h"
#include "registry/inheritance.h"
#include "registry/lineage.h"

typedef struct Member
{
	Oid relation; /* hash key */
	bool above;   /* a parent that is not protected itself */
} Member;

static HTAB *members = NULL;
static uint64 generation = 0; /* 0: to be built anew */

static void forget_lineage(Datum arg, Oid relation);
static void build(void);
static void add_below(List *relations);
static void add_above(Oid relation);

void
memreg_lineage_init(void)
{
	CacheRegisterRelcacheCallback(forget_lineage, (Datum) 0);
}

/* Relcache callback. */
static void
forget_lineage(Datum arg, Oid relation)
{
	if (relation == InvalidOid || members == NULL ||
		hash_search(members, &relation, HASH_FIND, NULL) != NULL)
		generation = 0;
}

/*
 * Is the relation, which is not protected, a parent at any height of one that
 * is?  Costs a hash look-up once the lineage is known.
 */
bool
memreg_lineage_above_protected(Oid relation)
{
	Member *member;

	while (generation != memreg_extension_generation())
		build();
	member = hash_search(members, &relation, HASH_FIND, NULL);
	return member != NULL && member->above;
}

/* An invalidation while building leaves generation 0, and build is called again. */
static void
build(void)
{
	HASHCTL control = {.keysize = sizeof(Oid),
					   .entrysize = sizeof(Member),
					   .hcxt = TopMemoryContext};
	uint64 present = memreg_extension_generation();
	List *protected = memreg_registry_protected();
	HASH_SEQ_STATUS status;
	Member *member;
	List *below = NIL;
	ListCell *cell;

	if (members != NULL)
		hash_destroy(members);
	members =
		hash_create("memreg lineage", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	generation = present;

	add_below(protected);
	hash_seq_init(&status, members);
	while ((member = hash_seq_search(&status)) != NULL)
		below = lappend_oid(below, member->relation);
	foreach(cell, below)
		add_above(lfirst_oid(cell));
}

/* The protected tables and everything below them. */
static void
add_below(List *relations)
{
	ListCell *cell;

	foreach(cell, relations)
	{
		ListCell *inheritor_cell;

		/* One that was dropped a moment ago is still registered for that moment. */
		if (get_rel_relkind(lfirst_oid(cell)) == '\0')
			continue;
		foreach(inheritor_cell, find_all_inheritors(lfirst_oid(cell), NoLock, NULL))
		{
			Oid inheritor = lfirst_oid(inheritor_cell);
			Member *member = hash_search(members, &inheritor, HASH_ENTER, NULL);

			member->above = false;
		}
	}
}

static void
add_above(Oid relation)
{
	ListCell *cell;

	foreach(cell, memreg_inheritance_parents(relation))
	{
		Oid parent = lfirst_oid(cell);
		bool found;
		Member *member = hash_search(members, &parent, HASH_ENTER, &found);

		if (found)
			continue;
		member->above = true;
		add_above(parent);
	}
}
