/*
 * master_key.c
 *		The master key: 32 bytes from outside the database, and the one before it.
 *
 * The postmaster reads it once, at server start, from the output of a command
 * or from a file: 64 hexadecimal digits and an optional newline.  It lives in
 * guarded memory of libsodium (kept out of core dumps and swap, unreadable
 * but for the moment of a derivation), which every process inherits.  It is
 * never used directly: everything takes a subkey, derived with libsodium's
 * crypto_kdf (keyed BLAKE2b; RFC 7693, and NIST SP 800-108 for the use of a
 * PRF as a KDF).
 *
 * While the key is being replaced, a second source gives the previous one.  It
 * opens what it has wrapped and verifies what it has signed; it never wraps or
 * signs.
 *
 * The server starts without a key.  What needs it then fails and says why
 * it is absent; the reason never quotes what the command or file contained.
 */
#include "postgres.h"

#include <sodium.h>

#include "utils/guc.h"

#include "core/errors.h"
#include "core/preload.h"
#include "crypto/key_source.h"
#include "crypto/master_key.h"

#define KDF_CONTEXT "memreg_k" /* crypto_kdf_CONTEXTBYTES characters */

/* A key, where it comes from, and why it is not there. */
typedef struct KeySlot
{
	const char *name;    /* of the key, in messages */
	const char *setting; /* what its settings' names begin with */
	char *command;
	char *file;
	unsigned char *key; /* guarded; NULL: absent */
	unsigned char fingerprint[MEMREG_FINGERPRINT_BYTES];
	char absence[256]; /* worded to follow "At server start, " */
} KeySlot;

static KeySlot slots[MEMREG_MASTER_KEYS] = {
	[MASTER_KEY_PRESENT] = {.name = "master key",
							.setting = "memreg.master_key",
							.absence = "no key source was configured"},
	[MASTER_KEY_PREVIOUS] = {.name = "previous master key",
							 .setting = "memreg.previous_master_key",
							 .absence = "no key source was configured"},
};
static int key_timeout = 10;

static void define_settings(void);
static void read_key(KeySlot *slot);
static ssize_t read_source(KeySlot *slot, char *digits);
static void take_key(KeySlot *slot, const char *digits, size_t length);
static bool decode_key(const char *digits, size_t length, unsigned char *key);
static void derive(const KeySlot *slot, MasterSubkey purpose, unsigned char *subkey,
				   size_t length);

void
memreg_master_key_init(void)
{
	if (sodium_init() < 0)
		elog(FATAL, "libsodium cannot be initialized");
	if (!memreg_preload_done())
		return;
	define_settings();
	for (int i = 0; i < MEMREG_MASTER_KEYS; i++)
		read_key(&slots[i]);
}

static void
define_settings(void)
{
	KeySlot *present = &slots[MASTER_KEY_PRESENT];
	KeySlot *previous = &slots[MASTER_KEY_PREVIOUS];

	/*
	 * The command goes to the shell as it stands; there are no % escapes.  It
	 * is shown to superusers only, as it may tell where secrets are kept.
	 */
	DefineCustomStringVariable("memreg.master_key_command",
							   "Command whose output is the master key, as 64 hexadecimal digits.",
							   "It is run once, at server start, by the user that runs the server.",
							   &present->command, "", PGC_POSTMASTER, GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);

	/*
	 * As for a private key of the server, the file must be readable by its
	 * owner alone, or belong to root and be readable by a group.
	 */
	DefineCustomStringVariable("memreg.master_key_file",
							   "File that holds the master key, as 64 hexadecimal digits.",
							   "It is read once, at server start; others must not be able to read it.",
							   &present->file, "", PGC_POSTMASTER, GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);

	/* The key that the present one replaces, until memreg.rewrap_keys is done. */
	DefineCustomStringVariable("memreg.previous_master_key_command",
							   "Command whose output is the master key that is being replaced.",
							   "Set it for memreg.rewrap_keys, and take it out again afterwards.",
							   &previous->command, "", PGC_POSTMASTER, GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);
	DefineCustomStringVariable("memreg.previous_master_key_file",
							   "File that holds the master key that is being replaced.",
							   "Set it for memreg.rewrap_keys, and take it out again afterwards.",
							   &previous->file, "", PGC_POSTMASTER, GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);

	/* A command that hangs must not keep the server from starting. */
	DefineCustomIntVariable("memreg.master_key_timeout",
							"Time that a master key command may take.",
							"It is killed then, and the server starts without the key.",
							&key_timeout, 10, 1, 600, PGC_POSTMASTER, GUC_UNIT_S, NULL,
							NULL, NULL);
}

/* Called by the postmaster; leaves the slot empty and says why on failure. */
static void
read_key(KeySlot *slot)
{
	char digits[KEY_SOURCE_MAX];
	ssize_t length;

	if (slot->command[0] == '\0' && slot->file[0] == '\0')
		return; /* nothing to warn about */

	length = read_source(slot, digits);
	if (length >= 0)
		take_key(slot, digits, length);
	sodium_memzero(digits, sizeof(digits));
	if (slot->key == NULL)
		ereport(LOG,
				(errcode(MEMREG_ERRCODE_KEY_MISSING),
				 errmsg("memreg starts without the %s: %s", slot->name, slot->absence)));
}

static ssize_t
read_source(KeySlot *slot, char *digits)
{
	if (slot->command[0] != '\0' && slot->file[0] != '\0')
	{
		snprintf(slot->absence, sizeof(slot->absence),
				 "both %s_command and %s_file were set", slot->setting, slot->setting);
		return -1;
	}
	if (slot->command[0] != '\0')
		return memreg_key_source_command(slot->command, key_timeout, digits,
										 slot->absence, sizeof(slot->absence));
	return memreg_key_source_file(slot->file, digits, slot->absence, sizeof(slot->absence));
}

static void
take_key(KeySlot *slot, const char *digits, size_t length)
{
	unsigned char *key = sodium_malloc(MEMREG_MASTER_KEY_BYTES);

	if (key == NULL)
		elog(FATAL, "guarded memory for the %s cannot be had", slot->name);
	if (!decode_key(digits, length, key))
	{
		sodium_free(key);
		snprintf(slot->absence, sizeof(slot->absence),
				 "the key %s gave something else than 64 hexadecimal digits",
				 slot->command[0] != '\0' ? "command" : "file");
		return;
	}
	sodium_mprotect_noaccess(key);
	slot->key = key;
	derive(slot, MASTER_SUBKEY_FINGERPRINT, slot->fingerprint, MEMREG_FINGERPRINT_BYTES);
}

/* Exactly 64 hexadecimal digits and at most one newline after them. */
static bool
decode_key(const char *digits, size_t length, unsigned char *key)
{
	const char *end;
	size_t decoded;

	if (length == 2 * MEMREG_MASTER_KEY_BYTES + 1 && digits[length - 1] == '\n')
		length--;
	if (length != 2 * MEMREG_MASTER_KEY_BYTES)
		return false;
	return sodium_hex2bin(key, MEMREG_MASTER_KEY_BYTES, digits, length, NULL, &decoded,
						  &end) == 0 &&
		decoded == MEMREG_MASTER_KEY_BYTES && end == digits + length;
}

/* Was the key read at server start? */
bool
memreg_master_key_available(MasterKey which)
{
	return slots[which].key != NULL;
}

/* Why a key is absent, worded to follow "At server start, ". */
const char *
memreg_master_key_absence(MasterKey which)
{
	return slots[which].absence;
}

/* What tells master keys apart without telling anything of them; of one that is available. */
const unsigned char *
memreg_master_key_fingerprint(MasterKey which)
{
	memreg_master_key_require(which);
	return slots[which].fingerprint;
}

/* Which of the available keys has a fingerprint; false: none. */
bool
memreg_master_key_find(const unsigned char *fingerprint, MasterKey *which)
{
	for (int i = 0; i < MEMREG_MASTER_KEYS; i++)
		if (slots[i].key != NULL &&
			memcmp(slots[i].fingerprint, fingerprint, MEMREG_FINGERPRINT_BYTES) == 0)
		{
			*which = (MasterKey) i;
			return true;
		}
	return false;
}

/* Fail, saying why the key is absent and what to do, unless it is available. */
void
memreg_master_key_require(MasterKey which)
{
	KeySlot *slot = &slots[which];

	memreg_preload_require();
	if (slot->key != NULL)
		return;

	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_KEY_MISSING),
			 errmsg("the %s is not available", slot->name),
			 errdetail("At server start, %s.", slot->absence),
			 errhint("Set %s_command or %s_file to a source of 64 hexadecimal digits and restart the server.",
					 slot->setting, slot->setting)));
}

/*
 * Derive the subkey for one use, of 16 to 64 bytes.  The caller wipes it with
 * sodium_memzero after use.
 */
void
memreg_master_key_derive(MasterKey which, MasterSubkey purpose, unsigned char *subkey,
						 size_t length)
{
	memreg_master_key_require(which);
	derive(&slots[which], purpose, subkey, length);
}

static void
derive(const KeySlot *slot, MasterSubkey purpose, unsigned char *subkey, size_t length)
{
	int failed;

	sodium_mprotect_readonly(slot->key);
	failed = crypto_kdf_derive_from_key(subkey, length, purpose, KDF_CONTEXT, slot->key);
	sodium_mprotect_noaccess(slot->key);
	if (failed)
		elog(ERROR, "subkey %d cannot be derived", purpose);
}
