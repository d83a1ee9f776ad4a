/*
 * own.c
 *		What this transaction has changed itself.
 *
 * Nobody else may see it before the commit, so it is not in the index; the
 * transaction itself must see it at once.  So it notes which subjects it has
 * touched, and has these looked up in the tables.  The tables know what is
 * undone by a rollback to a savepoint: a note too many costs a look-up.
 *
 * Parallel workers do not know the notes; a plan that starts while there are
 * any does without workers.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "consent/own.h"
#include "consent/shared.h"
#include "core/extension.h"

/* Beyond this, everything is looked up in the tables. */
#define MAX_NOTES 100000

/* Has this transaction changed anything that the index does not know? */
bool memreg_own_any = false;

/* May it have changed anything? */
bool memreg_own_everything = false;

static HTAB *notes = NULL; /* of fingerprints, in the transaction's memory */

static void forget_at_end(XactEvent event, void *arg);
static bool subject_type(StateKind kind, int32 owner, Oid *type);
static uint64 fingerprint(StateKind kind, int32 owner, const SubjectKey *key);

void
memreg_own_init(void)
{
	RegisterXactCallback(forget_at_end, NULL);
}

static void
forget_at_end(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		return;
	memreg_own_any = false;
	memreg_own_everything = false;
	notes = NULL; /* freed with the transaction's memory */
}

/* This transaction has changed what stands for a subject. */
void
memreg_own_add(StateKind kind, int32 owner, const text *subject)
{
	HASHCTL control = {.keysize = sizeof(uint64),
					   .entrysize = sizeof(uint64),
					   .hcxt = TopTransactionContext};
	SubjectKey key;
	uint64 print;
	Oid type;

	if (memreg_own_everything || memreg_shared_slot() == NULL)
		return;
	if (!subject_type(kind, owner, &type))
	{
		memreg_own_add_all();
		return;
	}
	if (!memreg_subject_key_parse(type, subject, memreg_shared_text_key(), &key))
		return; /* nobody */
	if (notes == NULL)
		notes = hash_create("memreg own changes", 64, &control,
							HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	print = fingerprint(kind, owner, &key);
	(void) hash_search(notes, &print, HASH_ENTER, NULL);
	memreg_own_any = true;
	if (hash_get_num_entries(notes) > MAX_NOTES)
		memreg_own_add_all();
}

/* This transaction may have changed anything. */
void
memreg_own_add_all(void)
{
	memreg_own_any = memreg_own_everything = true;
}

/* Asked once for many rows, as a rule for the same purpose. */
static bool
subject_type(StateKind kind, int32 owner, Oid *type)
{
	static StateKind last_kind;
	static int32 last_owner;
	static Oid last_type;
	static uint64 generation = 0;

	if (generation != memreg_extension_generation() || kind != last_kind || owner != last_owner)
	{
		generation = 0;
		if (!memreg_state_subject_type(kind, owner, &last_type))
			return false;
		last_kind = kind;
		last_owner = owner;
		generation = memreg_extension_generation();
	}
	*type = last_type;
	return true;
}

/* May this transaction have changed what stands for the subject? */
bool
memreg_own_has(StateKind kind, int32 owner, const SubjectKey *key)
{
	uint64 print = fingerprint(kind, owner, key);

	return memreg_own_everything ||
		(notes != NULL && hash_search(notes, &print, HASH_FIND, NULL) != NULL);
}

/* Two subjects with the same one are both looked up. */
static uint64
fingerprint(StateKind kind, int32 owner, const SubjectKey *key)
{
	return memreg_subject_key_hash(key->high, key->low, (uint64) kind << 32 | (uint32) owner);
}
