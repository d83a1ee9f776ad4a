/*
 * crypto_prf.c
 *		Unit test of src/crypto/prf.c, in TAP: known answers, and that the
 *		permutations are permutations.
 *
 * The expected values were computed once, in Python: keyed BLAKE2b (RFC 7693)
 * with hashlib.blake2b, the Feistel networks over SipHash-2-4 written after the
 * paper of Aumasson and Bernstein and held against its published vector.
 *
 * cc -Isrc -isystem "$(pg_config --includedir-server)" crypto_prf.c src/crypto/prf.c -lsodium
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/prf.h"

typedef struct HashCase
{
	size_t output_length;
	size_t input_length; /* bytes 0, 1, 2, ... 255, 0, ... */
	const char *expected;
} HashCase;

typedef struct PermutationCase
{
	uint64_t value;
	uint64_t expected;
} PermutationCase;

typedef struct BoundedCase
{
	uint64_t value;
	uint64_t bound;
	uint64_t tweak;
	uint64_t expected;
} BoundedCase;

/* Under the key 00 01 ... 1f. */
static const HashCase hash_cases[] = {
	{16, 0, "3daf97bce7888fd59773c66bf647459c"},
	{16, 3, "194701a386811588a35d83be1f36769c"},
	{16, 300, "c09e97dcc64d59d3c458f20c36eb070c"},
	{32, 0, "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d"},
	{32, 3, "e14fc9161564dd081204f2dd6146a9ffbef66f95d5dc80e0a225e213c09dad7b"},
	{32, 300, "7e42c40d4ed1328eab4986dcbd53deb451f389334764d719d8049e870d1dfb2d"},
	{64, 0,
	 "84bfa69f0d90df7db2a3ee026042988b5bd9caa2320af1f371823dd28351202f"
	 "8e6277c40c050711c8dd4e2c1ac30c34c9aed0bddd468b031287fe872675e0cc"},
	{64, 300,
	 "0431a83199b3d38f61f4bafa65eea05acb4d40cc70eb7fdafa56e0ae08a7245c"
	 "873c359467e3670457403112382734547818993f25dd5f41879416fe4a54a7ab"},
};

/* Under the round keys 00 01 ... 9f. */
static const PermutationCase permutation_cases[] = {
	{0x0, UINT64_C(0x1c3bc5f7e7e46200)},
	{0x1, UINT64_C(0x96184c64724a6e8b)},
	{UINT64_C(0xffffffffffffffff), UINT64_C(0x693c43343dcf95b2)},
	{UINT64_C(0x0123456789abcdef), UINT64_C(0x21f8c9422744ff5a)},
	{UINT64_C(0x8000000000000000), UINT64_C(0x77db3a76a9f2fd41)},
	{UINT64_C(0x0000000100000000), UINT64_C(0xd5b6348ef162c9ed)},
};

/* Of the numbers below a bound, under the same round keys. */
static const BoundedCase bounded_cases[] = {
	{0, 2, 0x0, 1},
	{1, 2, 0x0, 0},
	{0, 3, 0x0, 2},
	{1, 3, 0x0, 0},
	{2, 3, 0x0, 1},
	{2, 3, 0x1, 0},
	{7, 10, 0x0, 8},
	{42, 100, 0x0, 70},
	{42, 100, 0x1, 11},
	{42, 100, UINT64_C(0x100000000000000), 43},
	{99, 101, 0x0, 62},
	{0, 100000, 0x0, 14260},
	{99999, 100000, 0x0, 63996},
	{12345, 100000, UINT64_C(0xffffffffffffffff), 43218},
	{401234567, 1000000000, 0x166, 687417340},
	{4, 5, 0x0, 2},
	{15, 16, 0x0, 2},
	{16, 17, 0x0, 1},
	{UINT64_C(999999999999999999), UINT64_C(1000000000000000000), 0x0,
	 UINT64_C(126840327016849726)},
	{UINT64_C(123456789012345678), UINT64_C(1000000000000000000), 0x7,
	 UINT64_C(52400906833637413)},
	{0, UINT64_C(4294967296), 0x0, UINT64_C(3843283155)},
	{UINT64_C(576460752303423488), UINT64_C(576460752303423489), 0x0,
	 UINT64_C(348879757681615474)},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PERMUTED 200000
#define SMALL_BOUNDS 2000
#define POSTAL_CODES 100000

static int test_number = 0;
static int failures = 0;

static void report(bool passed, const char *what, unsigned long number);
static bool hash_matches(const HashCase *hash);
static size_t permuted_twice(uint64_t first);
static size_t small_bounds_broken(void);
static bool is_permutation_below(uint64_t bound, uint64_t tweak);
static size_t permuted_twice_below(uint64_t bound);
static size_t count_twice(uint64_t *values);
static size_t moved_by_tweak(uint64_t bound);
static void make_round_keys(unsigned char *round_keys, unsigned char first);
static int compare_values(const void *left, const void *right);

int
main(void)
{
	unsigned char round_keys[MEMREG_PERMUTATION_KEY_BYTES];

	if (sodium_init() < 0)
		return 2;
	printf("1..%d\n",
		   (int) (COUNT(hash_cases) + COUNT(permutation_cases) + COUNT(bounded_cases) + 6));

	for (size_t i = 0; i < COUNT(hash_cases); i++)
		report(hash_matches(&hash_cases[i]), "hash of so many bytes",
			   hash_cases[i].input_length);
	make_round_keys(round_keys, 0);
	for (size_t i = 0; i < COUNT(permutation_cases); i++)
		report(memreg_permute(permutation_cases[i].value, round_keys) ==
				   permutation_cases[i].expected,
			   "permutation, case", i);
	report(permuted_twice(0) == 0, "no value comes twice, from 0 on, of", PERMUTED);
	report(permuted_twice(UINT64_C(0x7fffffffffff0000)) == 0,
		   "no value comes twice, around the sign, of", PERMUTED);

	for (size_t i = 0; i < COUNT(bounded_cases); i++)
		report(memreg_permute_below(bounded_cases[i].value, bounded_cases[i].bound,
									bounded_cases[i].tweak,
									round_keys) == bounded_cases[i].expected,
			   "permutation below a bound, case", i);
	report(small_bounds_broken() == 0, "each number once, for every bound up to",
		   SMALL_BOUNDS);
	report(is_permutation_below(POSTAL_CODES, 0), "each number once, below", POSTAL_CODES);
	report(permuted_twice_below(MEMREG_PERMUTATION_BOUND_MAX) == 0,
		   "below the bound and never twice, below 10^18, of", PERMUTED);
	report(moved_by_tweak(POSTAL_CODES) > POSTAL_CODES - 20,
		   "another tweak is another permutation, below", POSTAL_CODES);
	return failures > 0;
}

static void
report(bool passed, const char *what, unsigned long number)
{
	failures += !passed;
	printf("%s %d - %s %lu\n", passed ? "ok" : "not ok", ++test_number, what, number);
}

static bool
hash_matches(const HashCase *hash)
{
	unsigned char key[MEMREG_PRF_KEY_BYTES];
	unsigned char input[512];
	unsigned char output[64];
	char digits[2 * sizeof(output) + 1];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = i;
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = i;
	memreg_prf(output, hash->output_length, input, hash->input_length, key);
	sodium_bin2hex(digits, sizeof(digits), output, hash->output_length);
	return strcmp(digits, hash->expected) == 0;
}

/* How many of PERMUTED values in a row get another one's permutation. */
static size_t
permuted_twice(uint64_t first)
{
	static uint64_t values[PERMUTED];
	unsigned char round_keys[MEMREG_PERMUTATION_KEY_BYTES];

	memset(round_keys, 42, sizeof(round_keys));
	for (size_t i = 0; i < PERMUTED; i++)
		values[i] = memreg_permute(first + i, round_keys);
	return count_twice(values);
}

/* How many bounds have a number that comes twice or not at all. */
static size_t
small_bounds_broken(void)
{
	size_t broken = 0;

	for (uint64_t bound = 2; bound <= SMALL_BOUNDS; bound++)
		broken += !is_permutation_below(bound, bound * 7);
	return broken;
}

/* Does each number below a bound, of at most POSTAL_CODES, come exactly once? */
static bool
is_permutation_below(uint64_t bound, uint64_t tweak)
{
	static bool seen[POSTAL_CODES];
	unsigned char round_keys[MEMREG_PERMUTATION_KEY_BYTES];

	make_round_keys(round_keys, 43);
	memset(seen, 0, sizeof(seen));
	for (uint64_t value = 0; value < bound; value++)
	{
		uint64_t permuted = memreg_permute_below(value, bound, tweak, round_keys);

		if (permuted >= bound || seen[permuted])
			return false;
		seen[permuted] = true;
	}
	return true;
}

/* The same as permuted_twice, of the PERMUTED last values below the bound. */
static size_t
permuted_twice_below(uint64_t bound)
{
	static uint64_t values[PERMUTED];
	unsigned char round_keys[MEMREG_PERMUTATION_KEY_BYTES];

	make_round_keys(round_keys, 44);
	for (size_t i = 0; i < PERMUTED; i++)
	{
		values[i] = memreg_permute_below(bound - 1 - i, bound, 0, round_keys);
		if (values[i] >= bound)
			return PERMUTED;
	}
	return count_twice(values);
}

static size_t
count_twice(uint64_t *values)
{
	size_t twice = 0;

	qsort(values, PERMUTED, sizeof(values[0]), compare_values);
	for (size_t i = 1; i < PERMUTED; i++)
		twice += values[i] == values[i - 1];
	return twice;
}

/* How many numbers below the bound have another image under another tweak. */
static size_t
moved_by_tweak(uint64_t bound)
{
	unsigned char round_keys[MEMREG_PERMUTATION_KEY_BYTES];
	size_t moved = 0;

	make_round_keys(round_keys, 45);
	for (uint64_t value = 0; value < bound; value++)
		moved += memreg_permute_below(value, bound, 1, round_keys) !=
			memreg_permute_below(value, bound, 2, round_keys);
	return moved;
}

/* All different: under equal ones the network would be its own inverse. */
static void
make_round_keys(unsigned char *round_keys, unsigned char first)
{
	for (size_t i = 0; i < MEMREG_PERMUTATION_KEY_BYTES; i++)
		round_keys[i] = (unsigned char) (first + i);
}

static int
compare_values(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *) left;
	uint64_t b = *(const uint64_t *) right;

	return (a > b) - (a < b);
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
