/*
 * prf.c
 *		Keyed functions: a hash of any input, a permutation of 64-bit numbers.
 */
#include "postgres.h"

#include <sodium.h>

#include "crypto/prf.h"

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
		unsigned char input[4] = {right >> 24, right >> 16, right >> 8, right};
		unsigned char hash[crypto_shorthash_BYTES];
		uint32_t mixed;

		crypto_shorthash(hash, input, sizeof(input), round_keys + 16 * round);
		mixed = (uint32_t) hash[0] << 24 | (uint32_t) hash[1] << 16 |
			(uint32_t) hash[2] << 8 | hash[3];
		mixed ^= left;
		left = right;
		right = mixed;
	}
	return (uint64_t) right << 32 | left;
}
