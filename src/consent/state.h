/*
 * state.h
 *		Whether a consent, objection, restriction or hold stands now: the tables' word.
 */
#ifndef MEMREG_CONSENT_STATE_H
#define MEMREG_CONSENT_STATE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "consent/kind.h"

/* A state table and its primary key, open for probes. */
typedef struct StateProbe
{
	StateKind kind;
	Relation table;
	Oid index;
	Snapshot snapshot; /* NULL: what is committed now, and what this transaction did */
} StateProbe;

extern bool memreg_state_stands(StateKind kind, int32 owner, const text *subject);
extern void memreg_state_open(StateProbe *probe, StateKind kind, Snapshot snapshot);
extern bool memreg_state_probe(StateProbe *probe, int32 owner, const text *subject,
							   TimestampTz now, TimestampTz *ends);
extern void memreg_state_close(StateProbe *probe);
extern List *memreg_state_subjects(StateKind kind, int32 owner);

#endif /* MEMREG_CONSENT_STATE_H */
