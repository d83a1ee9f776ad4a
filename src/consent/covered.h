/*
 * covered.h
 *		Which transactions' changes an image holds.
 */
#ifndef MEMREG_CONSENT_COVERED_H
#define MEMREG_CONSENT_COVERED_H

#include "postgres.h"

#include "access/transam.h"
#include "utils/snapshot.h"

#define COVERED_MAX_RUNNING 4096

/* A snapshot, with transaction ids that do not wrap around. */
typedef struct Covered
{
	uint64 all_before; /* all transactions before this one had ended */
	uint64 none_from;  /* none from this one on had */
	int running;       /* between them, these had not; -1: too many to name */
	uint64 running_xids[COVERED_MAX_RUNNING]; /* in order */
} Covered;

extern Snapshot memreg_covered_snapshot(Oid relation);
extern void memreg_covered_by(Covered *covered, Snapshot snapshot);
extern bool memreg_covered_has(const Covered *covered, uint64 xid);

#endif /* MEMREG_CONSENT_COVERED_H */
