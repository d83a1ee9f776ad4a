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
static bool whole = false;    /* false: an error has ended the building */
static uint64 version = 0;    /* how often it was built */

static void forget_lineage(Datum arg, Oid relation);
static Member *find_member(Oid relation);
static void refresh(void);
static void build(void);
static void add_below(Oid relation);
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
 * Is the relation protected, or below or above one that is?  If not, a
 * statement may use it as if there were no memreg.  Costs a look-up in a small
 * hash once the lineage is known.
 */
bool
memreg_lineage_concerns(Oid relation)
{
	return find_member(relation) != NULL;
}

/*
 * Is the relation, which is not protected, a parent at any height of one that
 * is?
 */
bool
memreg_lineage_above_protected(Oid relation)
{
	Member *member = find_member(relation);

	return member != NULL && member->above;
}

/*
 * Another number whenever the registry may have changed, or any relation of the
 * lineage: its columns, policies or place among the others.
 */
uint64
memreg_lineage_version(void)
{
	memreg_extension_require();
	refresh();
	return version;
}

/* Without the extension there are none, and nothing is remembered of that. */
static Member *
find_member(Oid relation)
{
	if (!memreg_extension_exists())
		return NULL;
	refresh();
	return hash_search(members, &relation, HASH_FIND, NULL);
}

static void
refresh(void)
{
	while (!whole || generation != memreg_extension_generation())
		build();
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

	whole = false;
	version++;
	if (members != NULL)
		hash_destroy(members);
	members = NULL;
	members =
		hash_create("memreg lineage", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	generation = present;

	/* One that was dropped a moment ago is still registered for that moment. */
	foreach(cell, protected)
		if (get_rel_relkind(lfirst_oid(cell)) != '\0')
			add_below(lfirst_oid(cell));
	hash_seq_init(&status, members);
	while ((member = hash_seq_search(&status)) != NULL)
		below = lappend_oid(below, member->relation);
	foreach(cell, below)
		add_above(lfirst_oid(cell));
	whole = true;
}

/* A relation and everything below it, partitions that are being detached too. */
static void
add_below(Oid relation)
{
	bool found;
	Member *member = hash_search(members, &relation, HASH_ENTER, &found);
	ListCell *cell;

	if (found)
		return;
	member->above = false;
	foreach(cell, find_inheritance_children_extended(relation, false, NoLock, NULL, NULL))
		add_below(lfirst_oid(cell));
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
