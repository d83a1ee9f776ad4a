/*
 * membership.c
 *		Which registered table a relation belongs to.
 *
 * A registered table belongs to itself, its partitions and children belong to
 * it.  The hash remembers the answer for every relation that was asked about,
 * and for the parents that were asked on the way; most belong to none.
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "core/extension.h"
#include "registry/inheritance.h"
#include "registry/membership.h"

typedef struct Membership
{
	Oid relation;    /* hash key */
	uint64 lineages; /* the answer is right as of these; 0: not known */
	bool parent;     /* others were found to be below it */
	Oid registered;  /* the answer; InvalidOid: it belongs to no register */
} Membership;

static HTAB *memberships = NULL;
static uint64 generation = 0; /* of the registry that the answers are from */
static uint64 lineages = 1;   /* counts changes of who is whose parent */

static void forget_membership(Datum arg, Oid relation);
static void forget_all(void);
static Oid find_registered(Oid relation);
static Oid find_by_parents(Oid relation);
static Membership *enter_membership(Oid relation);

void
memreg_membership_init(void)
{
	CacheRegisterRelcacheCallback(forget_membership, (Datum) 0);
}

/* Relcache callback: a relation's ancestry may have changed. */
static void
forget_membership(Datum arg, Oid relation)
{
	Membership *membership;

	if (memberships == NULL || relation == InvalidOid)
		return; /* InvalidOid has raised the generation */
	membership = hash_search(memberships, &relation, HASH_FIND, NULL);
	if (membership == NULL)
		return;
	membership->lineages = 0;
	if (membership->parent)
		lineages++; /* what is below it may belong elsewhere now */
}

/*
 * The registered table that a relation is, or is a partition or child of.
 * False: it belongs to no register.  Costs a hash look-up once it is known.
 */
bool
memreg_membership_find(Oid relation, RegisteredTable *found)
{
	Oid registered;

	if (!memreg_extension_exists())
		return false;
	if (generation != memreg_extension_generation())
		forget_all();
	registered = find_registered(relation);
	return OidIsValid(registered) && memreg_registry_table(registered, found);
}

static void
forget_all(void)
{
	HASHCTL control = {.keysize = sizeof(Oid),
					   .entrysize = sizeof(Membership),
					   .hcxt = TopMemoryContext};

	if (memberships != NULL)
		hash_destroy(memberships);
	memberships = NULL;
	memberships = hash_create("memreg memberships", 128, &control,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	generation = memreg_extension_generation();
}

/* Look a relation up and remember the answer. */
static Oid
find_registered(Oid relation)
{
	Membership *membership = enter_membership(relation);
	RegisteredTable table;
	uint64 as_of;
	Oid registered;

	if (membership->lineages == lineages)
		return membership->registered;

	/* An invalidation that comes in meanwhile leaves the answer unknown. */
	as_of = membership->lineages = lineages;
	registered = memreg_registry_table(relation, &table) ? relation
														 : find_by_parents(relation);
	membership = enter_membership(relation);
	membership->registered = registered;
	if (membership->lineages != as_of)
		membership->lineages = 0;
	return registered;
}

/* The registered table among the parents of a relation, at any height. */
static Oid
find_by_parents(Oid relation)
{
	Oid registered = InvalidOid;
	ListCell *cell;

	foreach(cell, memreg_inheritance_parents(relation))
	{
		enter_membership(lfirst_oid(cell))->parent = true;
		if (!OidIsValid(registered))
			registered = find_registered(lfirst_oid(cell));
	}
	return registered;
}

static Membership *
enter_membership(Oid relation)
{
	bool found;
	Membership *membership = hash_search(memberships, &relation, HASH_ENTER, &found);

	if (!found)
	{
		membership->lineages = 0;
		membership->parent = false;
		membership->registered = InvalidOid;
	}
	return membership;
}
