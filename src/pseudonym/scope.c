/*
 * scope.c
 *		Scopes of pseudonyms and their keys.
 *
 * A scope has a random 256-bit key of its own for each version, stored wrapped
 * under the master key; each form of pseudonym takes a subkey of it.  A
 * backend unwraps a key once and keeps the subkeys in guarded memory, one
 * entry a version.  Entries are never freed, only filled anew or wiped, so a
 * handle's pointer stays good; whether it may still be used, the generation
 * tells: after any change of the registry the scope's rows are read again
 * before the next pseudonym.
 */
#include "postgres.h"

#include <sodium.h>

#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "core/errors.h"
#include "core/extension.h"
#include "crypto/master_key.h"
#include "pseudonym/scope.h"
#include "pseudonym/scope_key.h"
#include "pseudonym/scope_row.h"

#define KDF_CONTEXT "memreg_s"

typedef struct ScopeEntryKey
{
	int32 scope_id;
	int32 version; /* may be MEMREG_SCOPE_VERSION_IN_USE */
} ScopeEntryKey;

typedef struct ScopeEntry
{
	ScopeEntryKey of;  /* hash key */
	uint64 generation; /* when the keys were last known to be right; 0: never */
	char *name;        /* what the keys were derived for: name, version … */
	unsigned char wrapped[MEMREG_WRAPPED_BYTES]; /* … and wrapped key */
	ScopeKeys *keys;                             /* guarded; NULL until the first use */
} ScopeEntry;

static HTAB *entries = NULL;

static ScopeEntry *fresh_entry(int32 scope_id, int32 version);
static ScopeEntry *filled_entry(const ScopeEntryKey *of);
static void read_scope(const ScopeEntryKey *of, ScopeRow *row, ScopeKey *key);
static bool entry_matches(const ScopeEntry *entry, const ScopeRow *row, const ScopeKey *key);
static void derive_entry(ScopeEntry *entry, const ScopeRow *row, const ScopeKey *key);
static void derive_keys(const unsigned char *scope_key, ScopeKeys *keys);
static void derive_rounds(unsigned char *round_keys, ScopeSubkey first,
						  const unsigned char *scope_key);
static void derive(unsigned char *subkey, size_t length, uint64 number,
				   const unsigned char *scope_key);
static void require_not_destroyed(const ScopeRow *row);

void
memreg_scope_init(void)
{
	HASHCTL control = {.keysize = sizeof(ScopeEntryKey), .entrysize = sizeof(ScopeEntry)};

	entries = hash_create("memreg scope keys", 32, &control, HASH_ELEM | HASH_BLOBS);
}

/* The id of a scope by name; an error if there is none. */
int32
memreg_scope_find(const char *name)
{
	int32 scope_id = memreg_scope_look_up(name, 0);

	if (scope_id == 0)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_SCOPE),
				 errmsg("pseudonym scope %s does not exist", quote_identifier(name)),
				 errhint("Create it with memreg.create_scope.")));
	return scope_id;
}

/*
 * The id of a scope by name or, where that is NULL, of the scope that a
 * purpose brought along; 0, which has no keys, if there is none.
 */
int32
memreg_scope_look_up(const char *name, int32 purpose_id)
{
	ScopeRow row;
	bool found;

	memreg_extension_require();
	found = name != NULL ? memreg_scope_row_by_name(name, &row)
						 : memreg_scope_row_by_purpose(purpose_id, &row);
	return found ? row.scope_id : 0;
}

/*
 * The keys of the version in use.  Costs two comparisons when the handle was
 * used for the same scope and nothing has changed since.
 */
const ScopeKeys *
memreg_scope_keys(ScopeHandle *handle, int32 scope_id)
{
	ScopeEntry *entry;

	if (handle->generation == memreg_extension_generation() && handle->scope_id == scope_id)
		return handle->keys;

	entry = fresh_entry(scope_id, MEMREG_SCOPE_VERSION_IN_USE);
	handle->generation = entry->generation;
	handle->scope_id = scope_id;
	handle->keys = entry->keys;
	return handle->keys;
}

/* The keys of one version; an error if it is retired or never was. */
const ScopeKeys *
memreg_scope_keys_of_version(int32 scope_id, int32 version)
{
	return fresh_entry(scope_id, version)->keys;
}

static ScopeEntry *
fresh_entry(int32 scope_id, int32 version)
{
	ScopeEntryKey of = {.scope_id = scope_id, .version = version};
	ScopeEntry *entry;

	memreg_master_key_require(MASTER_KEY_PRESENT);
	memreg_extension_require();
	entry = hash_search(entries, &of, HASH_FIND, NULL);
	if (entry == NULL || entry->generation != memreg_extension_generation())
		entry = filled_entry(&of);
	return entry;
}

/*
 * Read the scope's rows and, unless they are those we know, unwrap its key.
 * What does not exist gets no entry, as a version may come from a token.
 */
static ScopeEntry *
filled_entry(const ScopeEntryKey *of)
{
	uint64 generation = memreg_extension_generation();
	ScopeRow row;
	ScopeKey key;
	ScopeEntry *entry;
	bool found;

	read_scope(of, &row, &key);
	entry = hash_search(entries, of, HASH_ENTER, &found);
	if (!found)
	{
		entry->name = NULL;
		entry->keys = NULL;
	}
	entry->generation = 0;
	if (!entry_matches(entry, &row, &key))
		derive_entry(entry, &row, &key);
	entry->generation = generation;
	return entry;
}

static void
read_scope(const ScopeEntryKey *of, ScopeRow *row, ScopeKey *key)
{
	if (!memreg_scope_row_by_id(of->scope_id, row))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_SCOPE),
				 errmsg("the scope of a pseudonym does not exist"),
				 errhint("A purpose's own scope is made by memreg.make_purpose_scope, once the master key is there; others by memreg.create_scope.")));
	require_not_destroyed(row);
	if (!memreg_scope_key_find(row->scope_id,
							   of->version == MEMREG_SCOPE_VERSION_IN_USE ? row->version
																		  : of->version,
							   key) ||
		key->retired)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_VERSION_RETIRED),
				 errmsg("pseudonym scope %s has no key of that version", quote_identifier(row->name)),
				 errhint("The table memreg.scope_key lists the versions; a retired one does not come back.")));
}

static void
require_not_destroyed(const ScopeRow *row)
{
	if (row->destroyed)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_SCOPE_DESTROYED),
				 errmsg("pseudonym scope %s has been destroyed", quote_identifier(row->name)),
				 errhint("Create a scope of another name; what was issued in this one can no longer be linked.")));
}

static bool
entry_matches(const ScopeEntry *entry, const ScopeRow *row, const ScopeKey *key)
{
	return entry->name != NULL && strcmp(entry->name, row->name) == 0 &&
		entry->keys->version == key->version &&
		memcmp(entry->wrapped, key->wrapped, MEMREG_WRAPPED_BYTES) == 0;
}

/* Without a name, as it is until the end, the entry matches nothing. */
static void
derive_entry(ScopeEntry *entry, const ScopeRow *row, const ScopeKey *key)
{
	unsigned char scope_key[MEMREG_KEY_BYTES];

	if (entry->name != NULL)
		pfree(entry->name);
	entry->name = NULL;
	if (entry->keys == NULL)
		entry->keys = sodium_malloc(sizeof(ScopeKeys));
	if (entry->keys == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("guarded memory for a scope's keys cannot be had")));

	memreg_scope_key_open(key->wrapped, key->fingerprint,
						  memreg_scope_key_context(row->name, key->version), scope_key);
	sodium_mprotect_readwrite(entry->keys);
	derive_keys(scope_key, entry->keys);
	entry->keys->version = key->version;
	snprintf(entry->keys->text_prefix, sizeof(entry->keys->text_prefix), "p%d-", key->version);
	sodium_mprotect_readonly(entry->keys);
	sodium_memzero(scope_key, sizeof(scope_key));

	memcpy(entry->wrapped, key->wrapped, MEMREG_WRAPPED_BYTES);
	entry->name = MemoryContextStrdup(TopMemoryContext, row->name);
}

static void
derive_keys(const unsigned char *scope_key, ScopeKeys *keys)
{
	for (int number = SCOPE_SUBKEY_TEXT; number < MEMREG_SCOPE_SUBKEYS; number++)
		derive(keys->subkey[number], MEMREG_PRF_KEY_BYTES, number, scope_key);
	derive_rounds(keys->bigint_keys, SCOPE_SUBKEY_BIGINT, scope_key);
	derive_rounds(keys->digit_keys, SCOPE_SUBKEY_DIGITS, scope_key);
}

static void
derive_rounds(unsigned char *round_keys, ScopeSubkey first, const unsigned char *scope_key)
{
	for (int round = 0; round < MEMREG_PERMUTATION_ROUNDS; round++)
		derive(round_keys + 16 * round, 16, first + round, scope_key);
}

static void
derive(unsigned char *subkey, size_t length, uint64 number, const unsigned char *scope_key)
{
	if (crypto_kdf_derive_from_key(subkey, length, number, KDF_CONTEXT, scope_key) != 0)
		elog(ERROR, "subkey " UINT64_FORMAT " of a scope cannot be derived", number);
}
