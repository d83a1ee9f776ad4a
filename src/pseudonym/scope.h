/*
 * scope.h
 *		Scopes of pseudonyms and their keys.
 */
#ifndef MEMREG_PSEUDONYM_SCOPE_H
#define MEMREG_PSEUDONYM_SCOPE_H

#include "postgres.h"

#include "crypto/prf.h"

/* A scope's keys, one for each form of pseudonym; in guarded memory. */
typedef struct ScopeKeys
{
	int32 version;
	unsigned char text_key[MEMREG_PRF_KEY_BYTES];
	unsigned char uuid_key[MEMREG_PRF_KEY_BYTES];
	unsigned char bigint_keys[MEMREG_PERMUTATION_KEY_BYTES];
} ScopeKeys;

/* A function call's hold on a scope: zero it first, keep it in fn_extra. */
typedef struct ScopeHandle
{
	uint64 generation;
	int32 scope_id;
	const ScopeKeys *keys;
} ScopeHandle;

extern void memreg_scope_init(void);
extern int32 memreg_scope_find(const char *name);
extern int32 memreg_scope_look_up(const char *name, int32 purpose_id);
extern const ScopeKeys *memreg_scope_keys(ScopeHandle *handle, int32 scope_id);

#endif /* MEMREG_PSEUDONYM_SCOPE_H */
