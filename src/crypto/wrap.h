/*
 * wrap.h
 *		Keys that are stored encrypted under another key.
 */
#ifndef MEMREG_CRYPTO_WRAP_H
#define MEMREG_CRYPTO_WRAP_H

#include <stdbool.h>

#define MEMREG_KEY_BYTES 32
#define MEMREG_WRAPPED_BYTES (24 + MEMREG_KEY_BYTES + 16) /* nonce, key, tag */

extern void memreg_wrap(const unsigned char *key, const char *context,
						const unsigned char *wrapping_key, unsigned char *wrapped);
extern bool memreg_unwrap(const unsigned char *wrapped, const char *context,
						  const unsigned char *wrapping_key, unsigned char *key);

#endif /* MEMREG_CRYPTO_WRAP_H */
