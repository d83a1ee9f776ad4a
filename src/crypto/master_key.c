/*
 * master_key.c
 *		The master key: 32 bytes from outside the database.
 *
 * The postmaster reads it once, at server start, from the output of a command
 * or from a file: 64 hexadecimal digits and an optional newline.  It lives in
 * guarded memory of libsodium (kept out of core dumps and swap, unreadable
 * but for the moment of a derivation), which every process inherits.  It is
 * never used directly: everything takes a subkey, derived with libsodium's
 * crypto_kdf (keyed BLAKE2b; RFC 7693, and NIST SP 800-108 for the use of a
 * PRF as a KDF).
 *
 * The server starts without the key.  What needs it then fails and says why
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

static char *key_command = NULL;
static char *key_file = NULL;
static int key_timeout = 10;

static unsigned char *master_key = NULL; /* NULL: absent */
static char absence[256] = "no key source is configured";

static void define_settings(void);
static void read_master_key(void);
static bool decode_key(const char *digits, size_t length, unsigned char *key);

void
memreg_master_key_init(void)
{
	if (sodium_init() < 0)
		elog(FATAL, "libsodium cannot be initialized");
	if (!memreg_preload_done())
		return;
	define_settings();
	read_master_key();
}

static void
define_settings(void)
{
	/*
	 * The command goes to the shell as it stands; there are no % escapes.  It
	 * is shown to superusers only, as it may tell where secrets are kept.
	 */
	DefineCustomStringVariable("memreg.master_key_command",
							   "Command whose output is the master key, as 64 hexadecimal digits.",
							   "It is run once, at server start, by the user that runs the server.",
							   &key_command, "", PGC_POSTMASTER, GUC_SUPERUSER_ONLY, NULL,
							   NULL, NULL);

	/*
	 * As for a private key of the server, the file must be readable by its
	 * owner alone, or belong to root and be readable by a group.
	 */
	DefineCustomStringVariable("memreg.master_key_file",
							   "File that holds the master key, as 64 hexadecimal digits.",
							   "It is read once, at server start; others must not be able to read it.",
							   &key_file, "", PGC_POSTMASTER, GUC_SUPERUSER_ONLY, NULL,
							   NULL, NULL);

	/* A command that hangs must not keep the server from starting. */
	DefineCustomIntVariable("memreg.master_key_timeout",
							"Time that the master key command may take.",
							"It is killed then, and the server starts without the key.",
							&key_timeout, 10, 1, 600, PGC_POSTMASTER, GUC_UNIT_S, NULL,
							NULL, NULL);
}

/* Called by the postmaster; leaves master_key NULL and says why on failure. */
static void
read_master_key(void)
{
	char digits[KEY_SOURCE_MAX];
	ssize_t length;

	if (key_command[0] != '\0' && key_file[0] != '\0')
		strlcpy(absence, "both memreg.master_key_command and memreg.master_key_file are set",
				sizeof(absence));
	else if (key_command[0] == '\0' && key_file[0] == '\0')
		return; /* nothing to warn about */
	else
	{
		length = key_command[0] != '\0'
			? memreg_key_source_command(key_command, key_timeout, digits, absence,
										sizeof(absence))
			: memreg_key_source_file(key_file, digits, absence, sizeof(absence));
		if (length >= 0)
		{
			master_key = sodium_malloc(MEMREG_MASTER_KEY_BYTES);
			if (master_key == NULL)
				elog(FATAL, "guarded memory for the master key cannot be had");
			if (!decode_key(digits, length, master_key))
			{
				sodium_free(master_key);
				master_key = NULL;
				snprintf(absence, sizeof(absence),
						 "%s gave something else than 64 hexadecimal digits",
						 key_command[0] != '\0' ? "the key command" : "the key file");
			}
			else
				sodium_mprotect_noaccess(master_key);
		}
		sodium_memzero(digits, sizeof(digits));
	}

	if (master_key == NULL)
		ereport(LOG,
				(errcode(MEMREG_ERRCODE_KEY_MISSING),
				 errmsg("memreg starts without the master key: %s", absence)));
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

bool
memreg_master_key_present(void)
{
	return master_key != NULL;
}

/* Fail, saying why the key is absent and what to do, unless it is present. */
void
memreg_master_key_require(void)
{
	memreg_preload_require();
	if (master_key != NULL)
		return;

	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_KEY_MISSING),
			 errmsg("the master key is not available"),
			 errdetail("At server start, %s.", absence),
			 errhint("Set memreg.master_key_command or memreg.master_key_file to a source of 64 hexadecimal digits and restart the server.")));
}

/*
 * Derive the subkey for one use, of 16 to 64 bytes.  The caller wipes it with
 * sodium_memzero after use.
 */
void
memreg_master_key_derive(MasterSubkey purpose, unsigned char *subkey, size_t length)
{
	int failed;

	memreg_master_key_require();
	sodium_mprotect_readonly(master_key);
	failed = crypto_kdf_derive_from_key(subkey, length, purpose, KDF_CONTEXT, master_key);
	sodium_mprotect_noaccess(master_key);
	if (failed)
		elog(ERROR, "subkey %d cannot be derived", purpose);
}

/* What tells master keys apart without telling anything of them. */
void
memreg_master_key_fingerprint(unsigned char *fingerprint)
{
	memreg_master_key_derive(MASTER_SUBKEY_FINGERPRINT, fingerprint, MEMREG_FINGERPRINT_BYTES);
}
