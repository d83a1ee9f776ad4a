/*
 * seal_token.h
 *		What was sealed, as text.
 */
#ifndef MEMREG_CRYPTO_SEAL_TOKEN_H
#define MEMREG_CRYPTO_SEAL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The form, as the first letter of a token names it. */
typedef enum SealForm
{
	SEAL_SAME = 's',
	SEAL_FRESH = 'r'
} SealForm;

/* What the beginning of a token says, and where the rest is. */
typedef struct SealToken
{
	SealForm form;
	int32_t version;
	const char *body;
	size_t body_length;
} SealToken;

extern size_t memreg_seal_token_room(size_t sealed_length);
extern size_t memreg_seal_token_write(SealForm form, int32_t version,
									  const unsigned char *sealed, size_t length, char *text);
extern bool memreg_seal_token_read(const char *text, size_t length, SealToken *token);
extern bool memreg_seal_token_decode(const SealToken *token, unsigned char *sealed,
									 size_t *length);

#endif /* MEMREG_CRYPTO_SEAL_TOKEN_H */
