/*
 * prf.c
 *		Keyed functions: a hash of any input, permutations of numbers.
 */
#include "postgres.h"

#include <endian.h>
#include <sodium.h>

#include "crypto/prf.h"

static int half_width(uint64_t bound);
static uint64_t permute_block(uint64_t value, int half, unsigned char *input,
							  const unsigned char *round_keys);
static uint32_t round_function(const unsigned char *input, size_t length,
							   const unsigned char *key);
static void write_big_endian(unsigned char *bytes, uint64_t number, int length);

/*
 * Keyed BLAKE2b (RFC 7693): output of 16 to 64 bytes, key of 32.  Outputs of
 * different lengths under one key are unrelated, as the length is part of the
 * hash's parameters.
 */
void
memreg_prf(unsigned char *output, size_t output_length, const unsigned char *input,
		   size_t input_length, const unsigned char *key)
{
	Assert(output_length >= crypto_generichash_BYTES_MIN);
	Assert(output_length <= crypto_generichash_BYTES_MAX);

	if (crypto_generichash(output, output_length, input, input_length, key,
						   MEMREG_PRF_KEY_BYTES) != 0)
		elog(ERROR, "keyed hash failed");
}

/*
 * SipHash-2-4 (Aumasson and Bernstein, INDOCRYPT 2012), under a key of 16 bytes:
 * for many short inputs, where 64 bits are enough.
 */
uint64_t
memreg_prf_short(const unsigned char *input, size_t length, const unsigned char *key)
{
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t number;

	crypto_shorthash(hash, input, length, key);
	memcpy(&number, hash, sizeof(number));
	return le64toh(number);
}

/*
 * A pseudorandom permutation of 64-bit numbers: a balanced Feistel network of
 * ten rounds over 32-bit halves, whose round functions are SipHash-2-4
 * (Aumasson and Bernstein, INDOCRYPT 2012) under independent 128-bit keys,
 * cut to 32 bits.  Four rounds of pseudorandom functions make a strong
 * pseudorandom permutation (Luby and Rackoff, SIAM J. Comput. 17, 1988); six
 * stay indistinguishable close to 2^32 queries (Patarin, "Security of balanced
 * and unbalanced Feistel schemes with linear non equalities", 2010); ten leave
 * a margin, as in NIST SP 800-38G.
 */
uint64_t
memreg_permute(uint64_t value, const unsigned char *round_keys)
{
	uint32_t left = (uint32_t) (value >> 32);
	uint32_t right = (uint32_t) value;

	for (int round = 0; round < MEMREG_PERMUTATION_ROUNDS; round++)
	{
		unsigned char input[4];
		uint32_t mixed;

		write_big_endian(input, right, 4);
		mixed = left ^ round_function(input, sizeof(input), round_keys + 16 * round);
		left = right;
		right = mixed;
	}
	return (uint64_t) right << 32 | left;
}

/*
 * A pseudorandom permutation of the numbers below bound, which is 2 to 10^18;
 * another one for each tweak and each bound.
 *
 * The network is that of memreg_permute over 2h bits, the smallest even number
 * that all numbers below bound fit into; its round functions also read tweak
 * and bound.  What comes out too large goes in again until it is small enough,
 * which makes a permutation of the numbers below bound out of one of 2h bits
 * ("cycle walking": Black and Rogaway, "Ciphers with arbitrary finite domains",
 * CT-RSA 2002).  That takes less than four turns on average.
 *
 * Ten rounds are those of FF1 in NIST SP 800-38G.  For small bounds, where no
 * theorem says much: with random round functions, where any two numbers go is
 * distributed as under a random permutation but for a statistical distance of
 * 0.0013 among 4 numbers, 0.0026 among 16, 0.0002 among 64 and 0.00002 among
 * 256 (counted out).  So the network is not what is weak there (although, where
 * bound is a power of four from 16 on, the permutation is always an even one).
 * It is that few numbers are soon all known: each pair that somebody knows is
 * one less to guess among for the others.  Draft Revision 1 of SP 800-38G (2019) asks for a
 * million numbers at least, after Bellare, Hoang and Tessaro, "Message-recovery
 * attacks on Feistel-based format-preserving encryption" (CCS 2016), whose
 * attacks take one number under very many tweaks of one key.  With fewer than a
 * million, a pseudonym hides a number from whoever knows few of the others.
 */
uint64_t
memreg_permute_below(uint64_t value, uint64_t bound, uint64_t tweak,
					 const unsigned char *round_keys)
{
	unsigned char input[20]; /* tweak, bound, and a half, as the rounds read it */
	int half;

	if (bound < 2 || bound > MEMREG_PERMUTATION_BOUND_MAX || value >= bound)
		elog(ERROR, "a number is not below the bound of its permutation");

	half = half_width(bound);
	write_big_endian(input, tweak, 8);
	write_big_endian(input + 8, bound, 8);
	do
		value = permute_block(value, half, input, round_keys);
	while (value >= bound);
	return value;
}

/* The smallest h for which the numbers below bound fit into 2h bits. */
static int
half_width(uint64_t bound)
{
	int half = 1;

	while (UINT64_C(1) << (2 * half) < bound)
		half++;
	return half;
}

/* One turn through the network: a permutation of 2 * half bits. */
static uint64_t
permute_block(uint64_t value, int half, unsigned char *input, const unsigned char *round_keys)
{
	uint32_t mask = (UINT32_C(1) << half) - 1;
	uint32_t left = (uint32_t) (value >> half);
	uint32_t right = (uint32_t) value & mask;

	for (int round = 0; round < MEMREG_PERMUTATION_ROUNDS; round++)
	{
		uint32_t mixed;

		write_big_endian(input + 16, right, 4);
		mixed = left ^ (round_function(input, 20, round_keys + 16 * round) & mask);
		left = right;
		right = mixed;
	}
	return (uint64_t) right << half | left;
}

/* 32 bits of SipHash-2-4. */
static uint32_t
round_function(const unsigned char *input, size_t length, const unsigned char *key)
{
	unsigned char hash[crypto_shorthash_BYTES];

	crypto_shorthash(hash, input, length, key);
	return (uint32_t) hash[0] << 24 | (uint32_t) hash[1] << 16 | (uint32_t) hash[2] << 8 |
		hash[3];
}

static void
write_big_endian(unsigned char *bytes, uint64_t number, int length)
{
	for (int i = length - 1; i >= 0; i--, number >>= 8)
		bytes[i] = (unsigned char) number;
}
