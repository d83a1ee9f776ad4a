/*
 * scope_key.h
 *		A row of memreg.scope_key: one version of a scope's key, wrapped.
 */
#ifndef MEMREG_PSEUDONYM_SCOPE_KEY_H
#define MEMREG_PSEUDONYM_SCOPE_KEY_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "core/compat.h"
#include "crypto/master_key.h"
#include "crypto/wrap.h"

typedef struct ScopeKey
{
	int32 scope_id;
	int32 version;
	bool retired; /* there is no key any more */
	unsigned char wrapped[MEMREG_WRAPPED_BYTES];
	unsigned char fingerprint[MEMREG_FINGERPRINT_BYTES]; /* of the master key it is wrapped under */
} ScopeKey;

extern bool memreg_scope_key_find(int32 scope_id, int32 version, ScopeKey *found);
extern List *memreg_scope_key_versions(int32 scope_id);
extern void memreg_scope_key_make(const char *context, unsigned char *wrapped);
extern void memreg_scope_key_open(const unsigned char *wrapped,
								  const unsigned char *fingerprint, const char *context,
								  unsigned char *key);
extern void memreg_scope_key_rewrap(const unsigned char *wrapped,
									const unsigned char *fingerprint, const char *context,
									unsigned char *rewrapped);
extern char *memreg_scope_key_context(const char *scope, int32 version);
extern void memreg_scope_key_require_master_key(void);
pg_noreturn extern void memreg_scope_key_reject_damaged(void);

#endif /* MEMREG_PSEUDONYM_SCOPE_KEY_H */
