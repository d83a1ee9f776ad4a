/*
 * crypto_prefix.c
 *		Unit test of src/crypto/prefix.c, in TAP: known answers, and that what
 *		strings begin with alike stays alike, and nothing else.
 *
 * The expected values were computed once, in Python, after the paper that
 * prefix.c names, with SipHash-2-4 written after the paper of Aumasson and
 * Bernstein and held against its published vector.
 *
 * cc -Isrc -isystem "$(pg_config --includedir-server)" crypto_prefix.c
 *	src/crypto/prefix.c src/crypto/prf.c -lsodium
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/prefix.h"

typedef struct PrefixCase
{
	unsigned char family;
	const char *bytes;
	const char *expected;
} PrefixCase;

/* Under the key 00 01 ... 0f. */
static const PrefixCase cases[] = {
	{4, "00000000", "0dc6d2ea"},
	{4, "ffffffff", "d7462193"},
	{4, "c0000201", "f43c70aa"},
	{4, "c00002fe", "f43c7015"},
	{6, "00000000000000000000000000000000", "1ac6d17a08b4530f2266404a12a81298"},
	{6, "20010db8000000000000000000000001", "2f561d92224e8908510b1c6ea852f4f8"},
	{6, "20010db8000000000000000000000002", "2f561d92224e8908510b1c6ea852f4fa"},
	{6, "ffffffffffffffffffffffffffffffff", "c44bde47a44d7cec5db2a9f2dc518a54"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAIRS 50000
#define WORDS 65536 /* of two bytes */

static unsigned char key[MEMREG_PRF_SHORT_KEY_BYTES];
static int test_number = 0;
static int failures = 0;

static void report(bool passed, const char *what, unsigned long number);
static bool is_expected(const PrefixCase *prefix_case);
static size_t pairs_broken(int length);
static int common_bits(const unsigned char *left, const unsigned char *right, int length);
static size_t words_missing(void);
static size_t bits_uneven(void);

int
main(void)
{
	if (sodium_init() < 0)
		return 2;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = i;
	printf("1..%d\n", (int) COUNT(cases) + 4);

	for (size_t i = 0; i < COUNT(cases); i++)
		report(is_expected(&cases[i]), "known answer, case", i);
	report(pairs_broken(4) == 0, "what 4 bytes have in common stays, in random pairs", PAIRS);
	report(pairs_broken(16) == 0, "what 16 bytes have in common stays, in random pairs",
		   PAIRS);
	report(words_missing() == 0, "each string of two bytes comes once, of", WORDS);
	report(bits_uneven() == 0, "about half of the bits are flipped, in random strings", PAIRS);
	return failures > 0;
}

static void
report(bool passed, const char *what, unsigned long number)
{
	failures += !passed;
	printf("%s %d - %s %lu\n", passed ? "ok" : "not ok", ++test_number, what, number);
}

static bool
is_expected(const PrefixCase *prefix_case)
{
	unsigned char bytes[MEMREG_PREFIX_BYTES_MAX];
	char digits[2 * sizeof(bytes) + 1];
	size_t length;

	sodium_hex2bin(bytes, sizeof(bytes), prefix_case->bytes, strlen(prefix_case->bytes),
				   NULL, &length, NULL);
	memreg_permute_prefixes(bytes, (int) length, prefix_case->family, key);
	sodium_bin2hex(digits, sizeof(digits), bytes, length);
	return strcmp(digits, prefix_case->expected) == 0;
}

/*
 * How many of PAIRS random pairs begin otherwise than before.  Half of the
 * second strings are the first one from some bit on changed, or most pairs
 * would part within a few bits.
 */
static size_t
pairs_broken(int length)
{
	size_t broken = 0;

	for (size_t i = 0; i < PAIRS; i++)
	{
		unsigned char left[MEMREG_PREFIX_BYTES_MAX];
		unsigned char right[MEMREG_PREFIX_BYTES_MAX];
		int common;

		randombytes_buf(left, length);
		randombytes_buf(right, length);
		if (i % 2 == 0)
		{
			int kept = randombytes_uniform(8 * length);
			unsigned char mask = 0xff << (8 - kept % 8);

			memcpy(right, left, kept / 8);
			right[kept / 8] = (left[kept / 8] & mask) | (right[kept / 8] & ~mask);
		}
		common = common_bits(left, right, length);
		memreg_permute_prefixes(left, length, 4, key);
		memreg_permute_prefixes(right, length, 4, key);
		broken += common_bits(left, right, length) != common;
	}
	return broken;
}

static int
common_bits(const unsigned char *left, const unsigned char *right, int length)
{
	int bits = 0;

	while (bits < 8 * length && ((left[bits / 8] ^ right[bits / 8]) & (0x80 >> bits % 8)) == 0)
		bits++;
	return bits;
}

static size_t
words_missing(void)
{
	static bool seen[WORDS];
	size_t missing = WORDS;

	for (int i = 0; i < WORDS; i++)
	{
		unsigned char bytes[2] = {i >> 8, i & 0xff};

		memreg_permute_prefixes(bytes, sizeof(bytes), 4, key);
		missing -= !seen[bytes[0] << 8 | bytes[1]];
		seen[bytes[0] << 8 | bytes[1]] = true;
	}
	return missing;
}

/* Of the bits behind the first eight: how many are flipped too seldom or too often. */
static size_t
bits_uneven(void)
{
	size_t flipped[32] = {0};
	size_t uneven = 0;

	for (size_t i = 0; i < PAIRS; i++)
	{
		unsigned char before[4];
		unsigned char after[4];

		randombytes_buf(before, sizeof(before));
		memcpy(after, before, sizeof(after));
		memreg_permute_prefixes(after, sizeof(after), 4, key);
		for (int bit = 8; bit < 32; bit++)
			flipped[bit] += (before[bit / 8] ^ after[bit / 8]) >> (7 - bit % 8) & 1;
	}
	for (int bit = 8; bit < 32; bit++)
		uneven += flipped[bit] < PAIRS / 3 || flipped[bit] > PAIRS / 3 * 2;
	return uneven;
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
