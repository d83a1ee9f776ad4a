/*
 * vouch.h
 *		Can the state tables be followed?
 */
#ifndef MEMREG_CONSENT_VOUCH_H
#define MEMREG_CONSENT_VOUCH_H

#include "postgres.h"

extern void memreg_vouch_init(void);
extern bool memreg_vouch_lock(void);
extern void memreg_vouch_unlock(void);
extern bool memreg_vouch(uint64 *witness);

#endif /* MEMREG_CONSENT_VOUCH_H */
