/*
 * lookup.h
 *		Does something stand for a subject?  Asked for many rows.
 */
#ifndef MEMREG_CONSENT_LOOKUP_H
#define MEMREG_CONSENT_LOOKUP_H

#include "utils/uuid.h"

#include "consent/index.h"
#include "consent/own.h"
#include "consent/set_reader.h"

/* One statement's look-ups of one kind for one purpose or register. */
typedef struct SubjectLookup
{
	StateKind kind;
	int32 owner;
	Oid type;
	MemoryContext memory;

	/* As of the image that the statement has now. */
	bool tables;       /* which does not know, so the tables are asked */
	bool empty;        /* which has nobody */
	SetReader *reader; /* else its set */
} SubjectLookup;

extern void memreg_lookup_open(SubjectLookup *lookup, StateKind kind, int32 owner,
							   Oid type, MemoryContext memory);
extern void memreg_lookup_turn(SubjectLookup *lookup);
extern void memreg_lookup_stand(const SubjectLookup *lookup, const SubjectKey *keys,
								const Datum *subjects, int count, bool *stands);
extern bool memreg_lookup_tables(const SubjectLookup *lookup, Datum subject);
extern void memreg_lookup_text_key(const void *subject, SubjectKey *key);

/* The subject's key, for several lookups. */
static inline void
memreg_lookup_key(Oid type, Datum subject, SubjectKey *key)
{
	if (type == INT8OID)
		*key = (SubjectKey){.low = (uint64) DatumGetInt64(subject)};
	else if (type == UUIDOID)
		memreg_subject_key_uuid(DatumGetUUIDP(subject)->data, key);
	else
		memreg_lookup_text_key(DatumGetPointer(subject), key);
}

/*
 * Does it stand for the subject, whose key this is?  Nanoseconds from the
 * image, microseconds from the tables.  The lookup must have been turned to
 * the present image.
 */
static inline bool
memreg_lookup_stands(const SubjectLookup *lookup, const SubjectKey *key, Datum subject)
{
	if (unlikely(lookup->tables ||
				 (memreg_own_any && memreg_own_has(lookup->kind, lookup->owner, key))))
		return memreg_lookup_tables(lookup, subject);
	return !lookup->empty && memreg_set_reader_has(lookup->reader, key);
}

/* For how many subjects it stands, about; PG_UINT64_MAX: it is not known. */
static inline uint64
memreg_lookup_members(const SubjectLookup *lookup)
{
	if (lookup->tables || memreg_own_any)
		return PG_UINT64_MAX;
	return lookup->empty ? 0 : lookup->reader->set->members;
}

#endif /* MEMREG_CONSENT_LOOKUP_H */
