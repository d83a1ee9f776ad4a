/*
 * scope.h
 *		Scopes of pseudonyms and their keys.
 */
#ifndef MEMREG_PSEUDONYM_SCOPE_H
#define MEMREG_PSEUDONYM_SCOPE_H

#include "postgres.h"

#include "crypto/prf.h"

/* What subkeys of a scope key are for; the numbers are part of the format. */
typedef enum ScopeSubkey
{
	SCOPE_SUBKEY_TEXT = 1,
	SCOPE_SUBKEY_UUID = 2,
	SCOPE_SUBKEY_SUBJECT = 3,
	SCOPE_SUBKEY_SEAL = 4,
	SCOPE_SUBKEY_SEAL_TAG = 5,
	SCOPE_SUBKEY_SEAL_RANDOM = 6,
	SCOPE_SUBKEY_EMAIL = 7,
	SCOPE_SUBKEY_NAME = 8,
	SCOPE_SUBKEY_NICKNAME = 9,
	SCOPE_SUBKEY_IP = 10,
	SCOPE_SUBKEY_DATE = 11,
	SCOPE_SUBKEY_SECRET = 12,
	SCOPE_SUBKEY_BYTEA = 13,
	SCOPE_SUBKEY_RECORD = 14, /* seals records of retention … */
	SCOPE_SUBKEY_ROWS = 15,   /* … and sums up their rows */
	SCOPE_SUBKEY_BIGINT = 16, /* and the following, one a round */
	SCOPE_SUBKEY_DIGITS = 32  /* likewise */
} ScopeSubkey;

#define MEMREG_SCOPE_SUBKEYS (SCOPE_SUBKEY_ROWS + 1)

/*
 * What numbers are permuted as under SCOPE_SUBKEY_DIGITS: the uppermost byte of
 * the permutation's tweak, part of the format.  1 to 3 are the forms of
 * telephone numbers.
 */
#define SCOPE_DIGITS_PHONE(form) ((uint64) (form) << 56)
#define SCOPE_DIGITS_POSTAL_CODE ((uint64) 4 << 56)
#define SCOPE_DIGITS_INTEGER ((uint64) 5 << 56)
#define SCOPE_DIGITS_SMALLINT ((uint64) 6 << 56)

#define MEMREG_TEXT_PREFIX_CHARS (1 + 10 + 1)

/* The subkeys of one version of a scope's key; in guarded memory. */
typedef struct ScopeKeys
{
	int32 version;
	char text_prefix[MEMREG_TEXT_PREFIX_CHARS + 1]; /* of text pseudonyms: "p", version, "-" */
	unsigned char subkey[MEMREG_SCOPE_SUBKEYS][MEMREG_PRF_KEY_BYTES]; /* by ScopeSubkey */
	unsigned char bigint_keys[MEMREG_PERMUTATION_KEY_BYTES];
	unsigned char digit_keys[MEMREG_PERMUTATION_KEY_BYTES]; /* for numbers below a bound */
} ScopeKeys;

/* Instead of a version: the one in use. */
#define MEMREG_SCOPE_VERSION_IN_USE 0

/* A function call's hold on a scope: zero it first, keep it in fn_extra. */
typedef struct ScopeHandle
{
	uint64 generation;
	int32 scope_id;
	const ScopeKeys *keys;
} ScopeHandle;

extern void memreg_scope_init(void);
extern int32 memreg_scope_find(const char *name);
extern int32 memreg_scope_look_up(const char *name, int32 purpose_id);
extern const ScopeKeys *memreg_scope_keys(ScopeHandle *handle, int32 scope_id);
extern const ScopeKeys *memreg_scope_keys_of_version(int32 scope_id, int32 version);

#endif /* MEMREG_PSEUDONYM_SCOPE_H */
