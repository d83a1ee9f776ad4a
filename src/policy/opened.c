/*
 * opened.c
 *		Protected relations as statements have opened them before.
 *
 * To decide what a purpose sees of a relation takes several catalogs, and is
 * the same for one statement after the other.  So what was decided is kept, by
 * relation and purpose: neither the user nor the time has a part in it, and
 * whoever opens a relation is asked for their rights before (guarded.c).
 *
 * It is kept until anything may have changed that it was decided by: the
 * registry, labels included, or a protected relation, its policies included;
 * lineage.c counts the changes of both.  Then all is forgotten, but its memory
 * stays for as long as a statement can be using it: to the end of the
 * transaction.
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "policy/opened.h"
#include "registry/lineage.h"

typedef struct OpenedKey
{
	Oid relid;
	int32 purpose_id;
} OpenedKey;

typedef struct Opened
{
	OpenedKey key;
	GuardedRelation *guarded;
} Opened;

static MemoryContext memory = NULL; /* of the hash and all that is in it */
static HTAB *opened = NULL;
static uint64 version = 0; /* of the lineage that it was decided by; 0: none is kept */

static GuardedRelation *decide(const OpenedKey *key);
static void forget_all(void);

/*
 * A relation as a purpose sees it.  Fails when its policies are not memreg's any
 * more.  The relation must be locked.
 */
GuardedRelation *
memreg_opened_find(Oid relid, int32 purpose_id)
{
	OpenedKey key = {.relid = relid, .purpose_id = purpose_id};
	Opened *known;

	if (version == 0 || version != memreg_lineage_version())
		forget_all();
	known = hash_search(opened, &key, HASH_FIND, NULL);
	return known != NULL ? known->guarded : decide(&key);
}

/*
 * Decide, and keep what was decided.  Not if anything changed meanwhile: who
 * knows whether that was seen.  This statement may still use it, as it might
 * have begun a moment earlier.
 */
static GuardedRelation *
decide(const OpenedKey *key)
{
	uint64 present = version;
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext, "memreg opened relation",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(own);
	GuardedRelation *guarded = memreg_guarded_decide(key->relid, key->purpose_id);

	MemoryContextSwitchTo(before);
	if (present == version && present == memreg_lineage_version())
	{
		Opened *known = hash_search(opened, key, HASH_ENTER, NULL);

		MemoryContextSetParent(own, memory);
		known->guarded = guarded;
	}
	return guarded;
}

static void
forget_all(void)
{
	HASHCTL control = {.keysize = sizeof(OpenedKey), .entrysize = sizeof(Opened)};

	if (memory != NULL)
		MemoryContextSetParent(memory, TopTransactionContext);
	version = 0;
	memory = NULL;
	control.hcxt = memory = AllocSetContextCreate(TopMemoryContext, "memreg opened relations",
												  ALLOCSET_DEFAULT_SIZES);
	opened = hash_create("memreg opened relations", 64, &control,
						 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	version = memreg_lineage_version();
}
