/*
 * proof.h
 *		The subject that a session acts for, and what proves it.
 */
#ifndef MEMREG_POLICY_PROOF_H
#define MEMREG_POLICY_PROOF_H

#include "postgres.h"

extern void memreg_proof_init(void);
extern void memreg_proof_require(int32 register_id);
extern const char *memreg_proof_subject(int32 register_id, Oid *type);

#endif /* MEMREG_POLICY_PROOF_H */
