/*
 * prf.h
 *		Keyed functions: a hash of any input, permutations of numbers.
 */
#ifndef MEMREG_CRYPTO_PRF_H
#define MEMREG_CRYPTO_PRF_H

#include <stddef.h>
#include <stdint.h>

#define MEMREG_PRF_KEY_BYTES 32
#define MEMREG_PRF_SHORT_KEY_BYTES 16
#define MEMREG_PERMUTATION_ROUNDS 10
#define MEMREG_PERMUTATION_KEY_BYTES (MEMREG_PERMUTATION_ROUNDS * 16)
#define MEMREG_PERMUTATION_BOUND_MAX UINT64_C(1000000000000000000)

extern void memreg_prf(unsigned char *output, size_t output_length, const unsigned char *input,
					   size_t input_length, const unsigned char *key);
extern uint64_t memreg_prf_short(const unsigned char *input, size_t length,
								 const unsigned char *key);
extern uint64_t memreg_permute(uint64_t value, const unsigned char *round_keys);
extern uint64_t memreg_permute_below(uint64_t value, uint64_t bound, uint64_t tweak,
									 const unsigned char *round_keys);

#endif /* MEMREG_CRYPTO_PRF_H */
