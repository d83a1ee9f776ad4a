/*
 * subject_key.h
 *		Subject keys as the consent index holds them: 16 bytes.
 */
#ifndef MEMREG_CONSENT_SUBJECT_KEY_H
#define MEMREG_CONSENT_SUBJECT_KEY_H

#include "postgres.h"

#define MEMREG_TEXT_KEY_BYTES 16

/*
 * A bigint in low, with high 0; a uuid's bytes; a short text's bytes, or the keyed
 * hash of a longer one.
 * Registers do not mix types, so the forms never meet in one set.
 */
typedef struct SubjectKey
{
	uint64 high;
	uint64 low;
} SubjectKey;

extern bool memreg_subject_key_parse(Oid type, const text *subject,
									 const unsigned char *text_key, SubjectKey *key);
extern void memreg_subject_key_text(const char *bytes, size_t length,
									const unsigned char *text_key, SubjectKey *key);

static inline void
memreg_subject_key_uuid(const unsigned char *bytes, SubjectKey *key)
{
	memcpy(&key->high, bytes, sizeof(uint64));
	memcpy(&key->low, bytes + sizeof(uint64), sizeof(uint64));
}

/*
 * Spreads keys over a table.  Not a secret by itself: the seed is, so that
 * nobody can choose keys that all fall into one place.
 */
static inline uint64
memreg_subject_key_hash(uint64 high, uint64 low, uint64 seed)
{
	uint64 hash = low ^ seed;

	/* The finalizer of MurmurHash3 (Appleby, public domain), on each half. */
	hash = (hash ^ (hash >> 33)) * UINT64CONST(0xff51afd7ed558ccd);
	hash ^= high;
	hash = (hash ^ (hash >> 33)) * UINT64CONST(0xc4ceb9fe1a85ec53);
	return hash ^ (hash >> 33);
}

#endif /* MEMREG_CONSENT_SUBJECT_KEY_H */
