/*
 * scope_key.c
 *		A row of memreg.scope_key: one version of a scope's key, wrapped.
 *
 * Each row carries the fingerprint of the master key it was wrapped under.  So
 * a wrong master key is named as wrong and never wraps or signs anything, and
 * rows are opened with the present or the previous master key, whichever it
 * was, while keys are rewrapped.
 */
#include "postgres.h"

#include <sodium.h>

#include "core/compat.h"
#include "core/errors.h"
#include "pseudonym/scope_key.h"
#include "registry/scan.h"

typedef struct WantedVersions
{
	int32 scope_id;
	List *versions;
} WantedVersions;

typedef struct WantedKey
{
	int32 scope_id;
	int32 version;
	ScopeKey *key;
	bool found;
} WantedKey;

/* Which master keys the stored keys are wrapped under. */
typedef struct Wrappers
{
	bool present;
	bool previous;
	bool unknown;
} Wrappers;

static void visit_version(ScannedRow *row, void *arg);
static int compare_versions(const ListCell *a, const ListCell *b);
static void visit_key(ScannedRow *row, void *arg);
static void copy_bytes(ScannedRow *row, const char *column, unsigned char *bytes,
					   size_t length);
static void visit_wrapper(ScannedRow *row, void *arg);
static void wrap(const unsigned char *key, const char *context, unsigned char *wrapped);
pg_noreturn static void reject_master_key(void);

/* One version of a scope's key; false: there never was one. */
bool
memreg_scope_key_find(int32 scope_id, int32 version, ScopeKey *found)
{
	WantedKey wanted = {.scope_id = scope_id, .version = version, .key = found};

	memreg_scan_table("scope_key", visit_key, &wanted);
	return wanted.found;
}

/* The versions of a scope that are not retired, newest first. */
List *
memreg_scope_key_versions(int32 scope_id)
{
	WantedVersions wanted = {.scope_id = scope_id};

	memreg_scan_table("scope_key", visit_version, &wanted);
	list_sort(wanted.versions, compare_versions);
	return wanted.versions;
}

static void
visit_version(ScannedRow *row, void *arg)
{
	WantedVersions *wanted = arg;

	if (DatumGetInt32(memreg_scan_value(row, "scope_id")) == wanted->scope_id &&
		!memreg_scan_is_null(row, "wrapped_key"))
		wanted->versions =
			lappend_int(wanted->versions, DatumGetInt32(memreg_scan_value(row, "version")));
}

static int
compare_versions(const ListCell *a, const ListCell *b)
{
	return lfirst_int(a) > lfirst_int(b) ? -1 : lfirst_int(a) < lfirst_int(b);
}

static void
visit_key(ScannedRow *row, void *arg)
{
	WantedKey *wanted = arg;
	ScopeKey *key = wanted->key;

	if (DatumGetInt32(memreg_scan_value(row, "scope_id")) != wanted->scope_id ||
		DatumGetInt32(memreg_scan_value(row, "version")) != wanted->version)
		return;
	wanted->found = true;
	key->scope_id = wanted->scope_id;
	key->version = wanted->version;
	key->retired = memreg_scan_is_null(row, "wrapped_key");
	if (key->retired)
		return;
	copy_bytes(row, "wrapped_key", key->wrapped, MEMREG_WRAPPED_BYTES);
	copy_bytes(row, "master_fingerprint", key->fingerprint, MEMREG_FINGERPRINT_BYTES);
}

static void
copy_bytes(ScannedRow *row, const char *column, unsigned char *bytes, size_t length)
{
	bytea *value = DatumGetByteaPP(memreg_scan_value(row, column));

	if (VARSIZE_ANY_EXHDR(value) != length)
		memreg_scope_key_reject_damaged();
	memcpy(bytes, VARDATA_ANY(value), length);
}

/* Wrap a new random key. */
void
memreg_scope_key_make(const char *context, unsigned char *wrapped)
{
	unsigned char key[MEMREG_KEY_BYTES];

	memreg_scope_key_require_master_key();
	randombytes_buf(key, sizeof(key));
	wrap(key, context, wrapped);
	sodium_memzero(key, sizeof(key));
}

/* Open a wrapped key; an error that tells a wrong master key from damage. */
void
memreg_scope_key_open(const unsigned char *wrapped, const unsigned char *fingerprint,
					  const char *context, unsigned char *key)
{
	unsigned char wrapping_key[MEMREG_KEY_BYTES];
	MasterKey which;
	bool good;

	memreg_master_key_require(MASTER_KEY_PRESENT);
	if (!memreg_master_key_find(fingerprint, &which))
		reject_master_key();
	memreg_master_key_derive(which, MASTER_SUBKEY_WRAP, wrapping_key, sizeof(wrapping_key));
	good = memreg_unwrap(wrapped, context, wrapping_key, key);
	sodium_memzero(wrapping_key, sizeof(wrapping_key));
	if (!good)
		memreg_scope_key_reject_damaged();
}

/* Wrap a key again, under the present master key. */
void
memreg_scope_key_rewrap(const unsigned char *wrapped, const unsigned char *fingerprint,
						const char *context, unsigned char *rewrapped)
{
	unsigned char key[MEMREG_KEY_BYTES];

	memreg_scope_key_open(wrapped, fingerprint, context, key);
	wrap(key, context, rewrapped);
	sodium_memzero(key, sizeof(key));
}

static void
wrap(const unsigned char *key, const char *context, unsigned char *wrapped)
{
	unsigned char wrapping_key[MEMREG_KEY_BYTES];

	memreg_master_key_derive(MASTER_KEY_PRESENT, MASTER_SUBKEY_WRAP, wrapping_key,
							 sizeof(wrapping_key));
	memreg_wrap(key, context, wrapping_key, wrapped);
	sodium_memzero(wrapping_key, sizeof(wrapping_key));
}

/* What a wrapped key is bound to. */
char *
memreg_scope_key_context(const char *scope, int32 version)
{
	return psprintf("memreg scope key %d %s", version, scope);
}

/*
 * Fail unless the master key is there and is the one this database uses: the
 * first one ever, or one that stored keys are wrapped under.  A key that is to
 * replace another is used once memreg.rewrap_keys has begun with it.
 */
void
memreg_scope_key_require_master_key(void)
{
	Wrappers wrappers = {0};

	memreg_master_key_require(MASTER_KEY_PRESENT);
	memreg_scan_table("scope_key", visit_wrapper, &wrappers);
	if (wrappers.unknown)
		reject_master_key();
	if (wrappers.previous && !wrappers.present)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_KEY_NOT_TAKEN),
				 errmsg("this database's keys are still wrapped under the previous master key"),
				 errhint("Call memreg.rewrap_keys() to wrap them under the present one.")));
}

static void
visit_wrapper(ScannedRow *row, void *arg)
{
	Wrappers *wrappers = arg;
	unsigned char fingerprint[MEMREG_FINGERPRINT_BYTES];
	MasterKey which;

	if (memreg_scan_is_null(row, "wrapped_key"))
		return;
	copy_bytes(row, "master_fingerprint", fingerprint, sizeof(fingerprint));
	if (!memreg_master_key_find(fingerprint, &which))
		wrappers->unknown = true;
	else if (which == MASTER_KEY_PRESENT)
		wrappers->present = true;
	else
		wrappers->previous = true;
}

static void
reject_master_key(void)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_KEY_WRONG),
			 errmsg("the master key is not the one this database's keys were made with"),
			 errhint("Configure the right key in memreg.master_key_command or memreg.master_key_file and restart the server; if this one is to replace it, configure the other in memreg.previous_master_key_command or memreg.previous_master_key_file as well.")));
}

void
memreg_scope_key_reject_damaged(void)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_KEY_DAMAGED),
			 errmsg("a stored key of a pseudonym scope is damaged"),
			 errhint("Restore the rows of memreg.scope and memreg.scope_key from a backup.")));
}
