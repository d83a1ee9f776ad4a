/*
 * multiset.h
 *		A keyed hash of many things that does not depend on their order.
 */
#ifndef MEMREG_CRYPTO_MULTISET_H
#define MEMREG_CRYPTO_MULTISET_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/prf.h"

#define MEMREG_MULTISET_WORDS 3
#define MEMREG_MULTISET_BYTES (8 * MEMREG_MULTISET_WORDS)
#define MEMREG_MULTISET_NONCE_BYTES 16

/* A number below 2^192, lowest word first.  Secret; of nothing it is 0. */
typedef struct MultisetSum
{
	uint64_t word[MEMREG_MULTISET_WORDS];
} MultisetSum;

/* The keys of one hash: of its elements, and of what hides their sum. */
typedef struct MultisetKeys
{
	unsigned char element[MEMREG_MULTISET_WORDS][MEMREG_PRF_SHORT_KEY_BYTES];
	unsigned char nonce[MEMREG_PRF_KEY_BYTES];
} MultisetKeys;

extern void memreg_multiset_keys(MultisetKeys *keys, const char *kind,
								 const unsigned char *key);
extern void memreg_multiset_add(MultisetSum *sum, const unsigned char *element,
								size_t length, const MultisetKeys *keys);
extern void memreg_multiset_digest(unsigned char *digest, const MultisetSum *sum,
								   const unsigned char *nonce, const MultisetKeys *keys);

#endif /* MEMREG_CRYPTO_MULTISET_H */
