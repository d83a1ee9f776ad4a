/*
 * own.h
 *		What this transaction has changed itself.
 */
#ifndef MEMREG_CONSENT_OWN_H
#define MEMREG_CONSENT_OWN_H

#include "consent/kind.h"
#include "consent/subject_key.h"

extern bool memreg_own_any;
extern bool memreg_own_everything;

extern void memreg_own_init(void);
extern void memreg_own_add(StateKind kind, int32 owner, const text *subject);
extern void memreg_own_add_all(void);
extern bool memreg_own_has(StateKind kind, int32 owner, const SubjectKey *key);

#endif /* MEMREG_CONSENT_OWN_H */
