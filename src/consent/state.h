/*
 * state.h
 *		Whether a subject's consent stands now.
 */
#ifndef MEMREG_CONSENT_STATE_H
#define MEMREG_CONSENT_STATE_H

#include "postgres.h"

extern bool memreg_consent_stands(int32 purpose_id, const text *subject);

#endif /* MEMREG_CONSENT_STATE_H */
