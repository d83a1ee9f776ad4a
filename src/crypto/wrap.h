/*
 * wrap.h
 *		Keys that are stored encrypted under the master key.
 */
#ifndef MEMREG_CRYPTO_WRAP_H
#define MEMREG_CRYPTO_WRAP_H

#define MEMREG_WRAPPED_BYTES (24 + 32 + 16) /* nonce, key, tag */

extern void memreg_wrap_key(const unsigned char *key, const char *context,
							unsigned char *wrapped);
extern bool memreg_unwrap_key(const unsigned char *wrapped, const char *context,
							  unsigned char *key);

#endif /* MEMREG_CRYPTO_WRAP_H */
