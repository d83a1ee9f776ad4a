/*
 * seal.h
 *		Sealing: encryption that can be undone, of any number of bytes.
 */
#ifndef MEMREG_CRYPTO_SEAL_H
#define MEMREG_CRYPTO_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#define MEMREG_SEAL_KEY_BYTES 32

/* How much longer the sealed bytes are than the message. */
#define MEMREG_SEAL_SAME_OVERHEAD 24         /* tag, which is the nonce too */
#define MEMREG_SEAL_FRESH_OVERHEAD (24 + 16) /* nonce, tag */

/* Bytes that are authenticated but not encrypted. */
typedef struct SealContext
{
	const unsigned char *bytes;
	size_t length;
} SealContext;

extern void memreg_seal_same(const unsigned char *message, size_t length,
							 SealContext context, const unsigned char *key,
							 const unsigned char *tag_key, unsigned char *sealed);
extern void memreg_seal_fresh(const unsigned char *message, size_t length, SealContext context,
							  const unsigned char *key, unsigned char *sealed);
extern bool memreg_seal_open_same(const unsigned char *sealed, size_t length,
								  SealContext context, const unsigned char *key,
								  const unsigned char *tag_key, unsigned char *message);
extern bool memreg_seal_open_fresh(const unsigned char *sealed, size_t length,
								   SealContext context, const unsigned char *key,
								   unsigned char *message);

#endif /* MEMREG_CRYPTO_SEAL_H */
