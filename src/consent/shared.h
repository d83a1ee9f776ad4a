/*
 * shared.h
 *		The consent index's shared memory.
 */
#ifndef MEMREG_CONSENT_SHARED_H
#define MEMREG_CONSENT_SHARED_H

#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "utils/dsa.h"

/* What a load does, as memreg.consent_index_progress shows it. */
typedef enum LoadPhase
{
	LOAD_NONE,
	LOAD_CONSENTS,
	LOAD_OBJECTIONS,
	LOAD_RESTRICTIONS,
	LOAD_HOLDS,
	LOAD_CATCHING_UP
} LoadPhase;

/* What is shared for one database; under its refresh lock unless said otherwise. */
typedef struct IndexSlot
{
	Oid database;               /* under the control lock; InvalidOid: free */
	pg_atomic_uint64 image;     /* dsa_pointer; 0: none; read by anybody */
	pg_atomic_uint64 begun;     /* refreshes begun; read by anybody */
	pg_atomic_uint64 done;      /* the last of them that was finished; read by anybody */
	ConditionVariable released; /* when the refresh lock has been */
	dsa_pointer retired;        /* what readers may still be looking at */
	bool broken;                /* a refresh has failed: the image is useless */
	dsa_pointer unfinished;     /* image of a load that failed; under the load lock */

	/* When no image could be made; read by anybody. */
	int full_at;           /* the limit in MB that was too little; 0: none */
	int failures;          /* loads that failed in a row */
	TimestampTz try_again; /* when the next may be tried */

	/* A load at work; written by it, read by anybody. */
	pid_t loader; /* 0: none */
	LoadPhase phase;
	uint64 blocks_total;
	uint64 blocks_done;
	uint64 subjects;
} IndexSlot;

extern int memreg_index_memory; /* MB */

extern void memreg_shared_init(void);
extern IndexSlot *memreg_shared_slot(void);
extern void memreg_shared_visit_slots(void (*visit)(const IndexSlot *slot, void *arg),
									  void *arg);
extern void memreg_shared_release_slots(bool (*is_gone)(Oid database),
										void (*empty)(IndexSlot *slot));
extern dsa_area *memreg_shared_area(void);
extern uint64 memreg_shared_seed(void);
extern const unsigned char *memreg_shared_text_key(void);

extern void memreg_shared_pin(void);
extern uint64 memreg_shared_retire_epoch(void);
extern uint64 memreg_shared_oldest_pin(void);

#endif /* MEMREG_CONSENT_SHARED_H */
