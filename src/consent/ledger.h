/*
 * ledger.h
 *		Consents given and withdrawn.
 */
#ifndef MEMREG_CONSENT_LEDGER_H
#define MEMREG_CONSENT_LEDGER_H

extern void memreg_ledger_init(void);

#endif /* MEMREG_CONSENT_LEDGER_H */
