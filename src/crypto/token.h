/*
 * token.h
 *		Subject tokens: text that proves for which subject somebody acts.
 */
#ifndef MEMREG_CRYPTO_TOKEN_H
#define MEMREG_CRYPTO_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#define MEMREG_TOKEN_KEY_BYTES 32
#define MEMREG_TOKEN_SUBJECT_MAX 1024
#define MEMREG_TOKEN_TEXT_BYTES 1436 /* of the longest token, and its end */

/* Where tokens are good: one database of one cluster. */
typedef struct TokenRealm
{
	uint64_t cluster;
	uint32_t database;
} TokenRealm;

/* What a token says. */
typedef struct SubjectToken
{
	int32_t register_id;
	uint32_t role;      /* 0: any */
	int64_t expires_at; /* microseconds, by the issuer's count */
	char subject[MEMREG_TOKEN_SUBJECT_MAX + 1];
} SubjectToken;

extern void memreg_token_write(const SubjectToken *token, const TokenRealm *realm,
							   const unsigned char *key, char *text);
extern bool memreg_token_read(const char *text, const TokenRealm *realm,
							  const unsigned char *key, SubjectToken *token);

#endif /* MEMREG_CRYPTO_TOKEN_H */
