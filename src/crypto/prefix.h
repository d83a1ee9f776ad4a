/*
 * prefix.h
 *		A permutation of bit strings that keeps what they begin with alike.
 */
#ifndef MEMREG_CRYPTO_PREFIX_H
#define MEMREG_CRYPTO_PREFIX_H

#include "crypto/prf.h"

#define MEMREG_PREFIX_BYTES_MAX 16

extern void memreg_permute_prefixes(unsigned char *bytes, int length,
									unsigned char family, const unsigned char *key);

#endif /* MEMREG_CRYPTO_PREFIX_H */
