/*
 * record_seal.h
 *		What makes a change of a record of retention show.
 */
#ifndef MEMREG_RETENTION_RECORD_SEAL_H
#define MEMREG_RETENTION_RECORD_SEAL_H

#include "postgres.h"

#include "access/htup.h"
#include "access/tupdesc.h"

#define RECORD_SEAL_BYTES 32

/* A record's link in the chain, and the keyed digest over it. */
typedef struct RecordSeal
{
	unsigned char chain[RECORD_SEAL_BYTES];
	unsigned char digest[RECORD_SEAL_BYTES];
	bool sealed; /* there was a key for the digest */
} RecordSeal;

extern void memreg_record_seal(HeapTuple record, TupleDesc form, int32 register_id,
							   RecordSeal *seal);
extern const char *memreg_record_state(HeapTuple record, TupleDesc form);

#endif /* MEMREG_RETENTION_RECORD_SEAL_H */
