/*
 * ledger.h
 *		The one way acts of subjects are recorded.
 */
#ifndef MEMREG_CONSENT_LEDGER_H
#define MEMREG_CONSENT_LEDGER_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/array.h"

#include "consent/kind.h"

/* What is said or taken back, whoever the subjects are. */
typedef struct LedgerAct
{
	StateKind kind;
	int32 owner; /* purpose, or register of a restriction or hold */
	bool stands; /* afterwards: it is said, not taken back */
	TimestampTz happened_at;
	NullableDatum channel; /* text: how it reached us; none of a hold, which is our own act */

	/* of consents and holds */
	NullableDatum expires_at; /* timestamptz */

	/* of consents */
	NullableDatum evidence; /* jsonb */
	NullableDatum wording;  /* text */

	/* of objections, restrictions and holds */
	NullableDatum reason; /* text */
} LedgerAct;

/* What came of it. */
typedef struct LedgerOutcome
{
	int64 event;   /* the last of the events recorded */
	int64 changed; /* how many of them changed anything */
	int32 number;  /* the highest number that any of them got among its subject's */
} LedgerOutcome;

extern LedgerAct memreg_ledger_act(StateKind kind, int32 owner, bool stands);
extern LedgerOutcome memreg_ledger_record(const LedgerAct *act, ArrayType *subjects);

#endif /* MEMREG_CONSENT_LEDGER_H */
