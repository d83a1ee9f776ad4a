/*
 * pseudonym.h
 *		Pseudonyms of values under a scope's keys.
 */
#ifndef MEMREG_PSEUDONYM_PSEUDONYM_H
#define MEMREG_PSEUDONYM_PSEUDONYM_H

#include "utils/uuid.h"

#include "pseudonym/scope.h"

/* Characters of the longest pseudonym of a text: prefix and hash. */
#define MEMREG_PSEUDONYM_CHARS_MAX (MEMREG_TEXT_PREFIX_CHARS + 24)

extern text *memreg_pseudonym_of_text(const ScopeKeys *keys, const text *value);
extern pg_uuid_t *memreg_pseudonym_uuid_of_text(const ScopeKeys *keys, const text *value);
extern pg_uuid_t *memreg_pseudonym_of_uuid(const ScopeKeys *keys, const pg_uuid_t *value);
extern pg_uuid_t *memreg_pseudonym_of_secret(const ScopeKeys *keys,
											 const unsigned char *secret, size_t length);
extern int64 memreg_pseudonym_of_bigint(const ScopeKeys *keys, int64 value);
extern int32 memreg_pseudonym_of_integer(const ScopeKeys *keys, int32 value);
extern int16 memreg_pseudonym_of_smallint(const ScopeKeys *keys, int16 value);
extern bytea *memreg_pseudonym_of_bytea(const ScopeKeys *keys, const bytea *value);
extern void memreg_pseudonym_hash(unsigned char *hash, size_t length, const text *value,
								  const unsigned char *key);
extern const unsigned char *memreg_pseudonym_utf8(const text *value, size_t *length);
extern void memreg_pseudonym_base32(const unsigned char *bytes, size_t length,
									char *characters);

#endif /* MEMREG_PSEUDONYM_PSEUDONYM_H */
