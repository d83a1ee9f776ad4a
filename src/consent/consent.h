/*
 * consent.h
 *		Consents given and withdrawn (GDPR Art. 7).
 */
#ifndef MEMREG_CONSENT_CONSENT_H
#define MEMREG_CONSENT_CONSENT_H

#include "postgres.h"

#include "fmgr.h"

#include "consent/ledger.h"
#include "registry/catalog.h"

extern LedgerAct memreg_consent_given(const Purpose *purpose, FunctionCallInfo fcinfo,
									  int first);

#endif /* MEMREG_CONSENT_CONSENT_H */
