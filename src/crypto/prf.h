/*
 * prf.h
 *		Keyed functions: a hash of any input, a permutation of 64-bit numbers.
 */
#ifndef MEMREG_CRYPTO_PRF_H
#define MEMREG_CRYPTO_PRF_H

#include <stddef.h>
#include <stdint.h>

#define MEMREG_PRF_KEY_BYTES 32
#define MEMREG_PERMUTATION_ROUNDS 10
#define MEMREG_PERMUTATION_KEY_BYTES (MEMREG_PERMUTATION_ROUNDS * 16)

extern void memreg_prf(unsigned char *output, size_t output_length, const unsigned char *input,
					   size_t input_length, const unsigned char *key);
extern uint64_t memreg_permute(uint64_t value, const unsigned char *round_keys);

#endif /* MEMREG_CRYPTO_PRF_H */
