/*
 * proof_key.h
 *		The keys that records of retention are made with.
 */
#ifndef MEMREG_RETENTION_PROOF_KEY_H
#define MEMREG_RETENTION_PROOF_KEY_H

#include "pseudonym/scope.h"

extern bool memreg_proof_key(int32 register_id, ScopeSubkey which, unsigned char *key);
extern bool memreg_proof_key_present(int32 register_id, ScopeSubkey which, unsigned char *key);

#endif /* MEMREG_RETENTION_PROOF_KEY_H */
