/*
 * crypto_multiset.c
 *		Unit test of src/crypto/multiset.c, in TAP: known answers, and that order
 *		does not count, but how often an element comes, kind, nonce and key do.
 *
 * The expected values were computed once, in Python, with the BLAKE2b of its
 * standard library and SipHash-2-4 written after its paper (test/known).
 *
 * cc -Isrc -isystem "$(pg_config --includedir-server)" crypto_multiset.c
 *	src/crypto/multiset.c src/crypto/prf.c -lsodium
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/multiset.h"

typedef struct MultisetCase
{
	const char *kind;
	const char *elements; /* of one character each */
	bool counted_nonce;   /* 00 01 ... 0f; else zeros */
	const char *expected;
} MultisetCase;

/* Under the key 00 01 ... 1f. */
static const MultisetCase cases[] = {
	{"", "", false, "40a415db315e9cf447bf1ca6501ae7649fb8a353ab91494c"},
	{"", "a", false, "adc5b8351b0098e0068dba484f78691622fcdacea09e0896"},
	{"app.member", "a", false, "6e14b0bd37a3d80930be666bf87469bc3b43895164fb2ecd"},
	{"app.member", "ab", true, "263a3939d909e1051b46ea212aebba073037c891550c373c"},
	{"app.member", "aba", true, "54aad31bdf4e1d1b034534e7d1453d5fccc1ad8f0e761cbd"},
};

/* A thousand times the empty element, under the counted nonce. */
static const char *const of_thousand = "4f83e2209d64439a5ee397f63609c8c448efbae374db55e6";

/* Elements of 96, 97 and 200 bytes, which count from 0, under the counted nonce. */
static const char *const of_long = "cb80fa6b3b592bc2e84c7e580af53e0f8234fe73ef2a377f";

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static unsigned char key[MEMREG_PRF_KEY_BYTES];
static int test_number = 0;
static int failures = 0;

static void report(bool passed, const char *what);
static const char *hash(const char *kind, const char *elements, bool counted_nonce);
static const char *hash_of_thousand(void);
static const char *hash_of_long(void);
static const char *digest_text(const MultisetSum *sum, bool counted_nonce,
							   const MultisetKeys *keys);

int
main(void)
{
	char first[2 * MEMREG_MULTISET_BYTES + 1];

	if (sodium_init() < 0)
		return 2;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char) i;

	printf("1..%zu\n", COUNT(cases) + 7);
	for (size_t i = 0; i < COUNT(cases); i++)
		report(strcmp(hash(cases[i].kind, cases[i].elements, cases[i].counted_nonce),
					  cases[i].expected) == 0,
			   "a known answer");
	report(strcmp(hash_of_thousand(), of_thousand) == 0, "a sum that overflows");
	report(strcmp(hash_of_long(), of_long) == 0, "long elements");

	strcpy(first, hash("app.member", "abcab", true));
	report(strcmp(hash("app.member", "cbbaa", true), first) == 0, "order does not count");
	report(strcmp(hash("app.member", "abc", true), first) != 0,
		   "how often an element comes does");
	report(strcmp(hash("app.answer", "abcab", true), first) != 0, "so does the kind");
	report(strcmp(hash("app.member", "abcab", false), first) != 0, "and the nonce");
	key[0] ^= 1;
	report(strcmp(hash("app.member", "abcab", true), first) != 0, "and the key");
	return failures > 0;
}

static void
report(bool passed, const char *what)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++test_number, what);
	failures += !passed;
}

static const char *
hash(const char *kind, const char *elements, bool counted_nonce)
{
	MultisetSum sum = {{0}};
	MultisetKeys keys;

	memreg_multiset_keys(&keys, kind, key);
	for (; *elements != '\0'; elements++)
		memreg_multiset_add(&sum, (const unsigned char *) elements, 1, &keys);
	return digest_text(&sum, counted_nonce, &keys);
}

static const char *
hash_of_thousand(void)
{
	MultisetSum sum = {{0}};
	MultisetKeys keys;

	memreg_multiset_keys(&keys, "app.member", key);
	for (int i = 0; i < 1000; i++)
		memreg_multiset_add(&sum, (const unsigned char *) "", 0, &keys);
	return digest_text(&sum, true, &keys);
}

static const char *
hash_of_long(void)
{
	static const size_t lengths[] = {96, 97, 200};
	unsigned char element[200];
	MultisetSum sum = {{0}};
	MultisetKeys keys;

	for (size_t i = 0; i < sizeof(element); i++)
		element[i] = (unsigned char) i;
	memreg_multiset_keys(&keys, "app.member", key);
	for (size_t i = 0; i < COUNT(lengths); i++)
		memreg_multiset_add(&sum, element, lengths[i], &keys);
	return digest_text(&sum, true, &keys);
}

static const char *
digest_text(const MultisetSum *sum, bool counted_nonce, const MultisetKeys *keys)
{
	static char text[2 * MEMREG_MULTISET_BYTES + 1];
	unsigned char nonce[MEMREG_MULTISET_NONCE_BYTES] = {0};
	unsigned char digest[MEMREG_MULTISET_BYTES];

	for (size_t i = 0; counted_nonce && i < sizeof(nonce); i++)
		nonce[i] = (unsigned char) i;
	memreg_multiset_digest(digest, sum, nonce, keys);
	return sodium_bin2hex(text, sizeof(text), digest, sizeof(digest));
}

/*
 * What the server's elog needs.  prf.c calls it for what cannot happen.
 */
void errfinish(const char *file, int line, const char *function);
int errmsg_internal(const char *format, ...);
bool errstart(int level, const char *domain);
bool errstart_cold(int level, const char *domain);

bool
errstart(int level, const char *domain)
{
	return level > 0 || domain != NULL;
}

bool
errstart_cold(int level, const char *domain)
{
	return errstart(level, domain);
}

int
errmsg_internal(const char *format, ...)
{
	fputs(format, stderr);
	return 0;
}

void
errfinish(const char *file, int line, const char *function)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, function);
	abort();
}
