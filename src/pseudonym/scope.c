/*
 * scope.c
 *		Scopes of pseudonyms and their keys.
 *
 * A scope has a random 256-bit key of its own, stored wrapped under the master
 * key; each form of pseudonym takes a subkey of it.  A backend unwraps a key
 * once and keeps the subkeys in guarded memory, one entry a scope.  Entries
 * are never freed, only filled anew or wiped, so a handle's pointer stays
 * good; whether it may still be used, the generation tells: after any change
 * of the registry the scope's row is read again before the next pseudonym.
 */
#include "postgres.h"

#include <sodium.h>

#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "core/errors.h"
#include "core/extension.h"
#include "core/preload.h"
#include "crypto/master_key.h"
#include "crypto/wrap.h"
#include "pseudonym/scope.h"
#include "pseudonym/scope_row.h"
#include "registry/scan.h"

#define KDF_CONTEXT "memreg_s"

/* What subkeys of a scope key are for; the numbers are part of the format. */
enum
{
	SCOPE_SUBKEY_TEXT = 1,
	SCOPE_SUBKEY_UUID = 2,
	SCOPE_SUBKEY_BIGINT = 16 /* and the following, one a round */
};

typedef struct ScopeEntry
{
	int32 scope_id;    /* hash key */
	uint64 generation; /* when the keys were last known to be right; 0: never */
	char *name;        /* what the keys were derived for: name, version … */
	unsigned char wrapped[MEMREG_WRAPPED_BYTES]; /* … and wrapped key */
	ScopeKeys *keys;                             /* guarded; NULL until the first use */
} ScopeEntry;

/* A scope is looked for by whichever of these is set. */
typedef struct WantedScope
{
	const char *name;
	int32 purpose_id;
	int32 scope_id;
	ScopeRow row;
	bool found;
} WantedScope;

static HTAB *entries = NULL;

static void fill_entry(ScopeEntry *entry);
static bool entry_matches(const ScopeEntry *entry, const ScopeRow *row);
static void derive_entry(ScopeEntry *entry, const ScopeRow *row);
static void check_scope_row(ScannedRow *row, void *arg);
static void require_usable(const ScopeRow *row);
static void derive_keys(const unsigned char *scope_key, ScopeKeys *keys);
static void derive(unsigned char *subkey, size_t length, uint64 number,
				   const unsigned char *scope_key);

void
memreg_scope_init(void)
{
	HASHCTL control = {.keysize = sizeof(int32), .entrysize = sizeof(ScopeEntry)};

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
	WantedScope wanted = {.name = name, .purpose_id = purpose_id};

	memreg_extension_require();
	memreg_scan_table("scope", check_scope_row, &wanted);
	return wanted.found ? wanted.row.scope_id : 0;
}

/*
 * The keys of a scope.  Costs two comparisons when the handle was used for the
 * same scope and nothing has changed since.
 */
const ScopeKeys *
memreg_scope_keys(ScopeHandle *handle, int32 scope_id)
{
	ScopeEntry *entry;
	bool found;

	if (handle->generation == memreg_extension_generation() && handle->scope_id == scope_id)
		return handle->keys;

	memreg_master_key_require();
	memreg_extension_require();
	entry = hash_search(entries, &scope_id, HASH_ENTER, &found);
	if (!found)
	{
		entry->generation = 0;
		entry->name = NULL;
		entry->keys = NULL;
	}
	if (entry->generation != memreg_extension_generation())
		fill_entry(entry);

	handle->generation = entry->generation;
	handle->scope_id = scope_id;
	handle->keys = entry->keys;
	return handle->keys;
}

/* Read the scope's row and, unless it is the one we know, unwrap its key. */
static void
fill_entry(ScopeEntry *entry)
{
	uint64 generation = memreg_extension_generation();
	WantedScope wanted = {.scope_id = entry->scope_id};

	entry->generation = 0;
	memreg_scan_table("scope", check_scope_row, &wanted);
	if (!wanted.found)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_SCOPE),
				 errmsg("the scope of a pseudonym does not exist"),
				 errhint("A purpose's own scope is made by memreg.make_purpose_scope, once the master key is there; others by memreg.create_scope.")));
	require_usable(&wanted.row);

	if (!entry_matches(entry, &wanted.row))
		derive_entry(entry, &wanted.row);
	entry->generation = generation;
}

static bool
entry_matches(const ScopeEntry *entry, const ScopeRow *row)
{
	return entry->name != NULL && strcmp(entry->name, row->name) == 0 &&
		entry->keys->version == row->version &&
		memcmp(entry->wrapped, row->wrapped, MEMREG_WRAPPED_BYTES) == 0;
}

/* Without a name, as it is until the end, the entry matches nothing. */
static void
derive_entry(ScopeEntry *entry, const ScopeRow *row)
{
	unsigned char scope_key[32];

	if (entry->name != NULL)
		pfree(entry->name);
	entry->name = NULL;
	if (entry->keys == NULL)
		entry->keys = sodium_malloc(sizeof(ScopeKeys));
	if (entry->keys == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("guarded memory for a scope's keys cannot be had")));

	memreg_scope_row_unwrap(row, scope_key);
	sodium_mprotect_readwrite(entry->keys);
	derive_keys(scope_key, entry->keys);
	entry->keys->version = row->version;
	sodium_mprotect_readonly(entry->keys);
	sodium_memzero(scope_key, sizeof(scope_key));

	memcpy(entry->wrapped, row->wrapped, MEMREG_WRAPPED_BYTES);
	entry->name = MemoryContextStrdup(TopMemoryContext, row->name);
}

static void
check_scope_row(ScannedRow *row, void *arg)
{
	WantedScope *wanted = arg;
	ScopeRow present;

	memreg_scope_row_read(row, &present);
	if (wanted->name != NULL          ? strcmp(present.name, wanted->name) != 0
			: wanted->purpose_id != 0 ? present.purpose_id != wanted->purpose_id
									  : present.scope_id != wanted->scope_id)
		return;
	wanted->row = present;
	if (wanted->scope_id != 0)
		memreg_scope_row_read_key(row, &wanted->row);
	wanted->found = true;
}

static void
require_usable(const ScopeRow *row)
{
	if (row->destroyed)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_SCOPE_DESTROYED),
				 errmsg("pseudonym scope %s has been destroyed", quote_identifier(row->name)),
				 errhint("Create a scope of another name; what was issued in this one can no longer be linked.")));
}

static void
derive_keys(const unsigned char *scope_key, ScopeKeys *keys)
{
	derive(keys->text_key, sizeof(keys->text_key), SCOPE_SUBKEY_TEXT, scope_key);
	derive(keys->uuid_key, sizeof(keys->uuid_key), SCOPE_SUBKEY_UUID, scope_key);
	for (int round = 0; round < MEMREG_PERMUTATION_ROUNDS; round++)
		derive(keys->bigint_keys + 16 * round, 16, SCOPE_SUBKEY_BIGINT + round, scope_key);
}

static void
derive(unsigned char *subkey, size_t length, uint64 number, const unsigned char *scope_key)
{
	if (crypto_kdf_derive_from_key(subkey, length, number, KDF_CONTEXT, scope_key) != 0)
		elog(ERROR, "subkey " UINT64_FORMAT " of a scope cannot be derived", number);
}
