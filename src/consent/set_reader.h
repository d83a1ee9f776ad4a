/*
 * set_reader.h
 *		One statement's look into a set of subjects.
 */
#ifndef MEMREG_CONSENT_SET_READER_H
#define MEMREG_CONSENT_SET_READER_H

#include "catalog/pg_type.h"

#include "consent/int_set.h"

/* The most that memreg_set_reader_have is asked for. */
#define MEMREG_SET_KEYS_AT_ONCE 16

/* Containers that a reader remembers: at first, as one row may be all; and then. */
#define FEW_CONTAINERS 2
#define MANY_CONTAINERS 128

/* Where the members with the same upper bits are, as of a version of the set. */
typedef struct CachedContainer
{
	uint64 version; /* 0: nothing cached */
	uint64 high;
	union
	{
		const void *container;
		uint16 lows[INT_INLINE_MAX];
	} members;
	uint16 form; /* which of these; 0: there are none */
} CachedContainer;

typedef struct SetReader
{
	SubjectSet *set;
	dsa_area *area;
	uint64 seed;

	/* The table as it was last seen. */
	dsa_pointer slots;
	uint32 capacity;
	const Slot *table;

	/* Containers of integers that were found before; their number is a power of two. */
	CachedContainer *containers;
	uint32 mask; /* one less */
	int looked;  /* how often that was not enough */
	CachedContainer few[FEW_CONTAINERS];
	CachedContainer *many; /* NULL: not needed yet */
	MemoryContext memory;
} SetReader;

extern void memreg_set_reader_open(SetReader *reader, SubjectSet *set, MemoryContext memory);
extern bool memreg_set_reader_look_for_int(SetReader *reader, uint64 key);
extern void memreg_set_reader_have(SetReader *reader, const SubjectKey *keys, int count,
								   bool *have);
extern bool memreg_set_reader_has_key(SetReader *reader, const SubjectKey *key);

static inline bool
memreg_set_reader_bit(const CachedContainer *cached, uint16 low)
{
	return (((const volatile uint64 *) cached->members.container)[low / 64] >> (low % 64)) & 1;
}

/*
 * Is the integer a member?  Here is the way of almost every row of a dense
 * set: a bitmap, or nothing, that was found before in a set of this version.
 */
static inline bool
memreg_set_reader_has_int(SetReader *reader, uint64 key)
{
	uint64 high = key >> 16;
	const CachedContainer *cached = &reader->containers[high & reader->mask];

	if (likely(cached->version == pg_atomic_read_u64(&reader->set->version) &&
			   cached->high == high))
	{
		if (likely(cached->form == INT_FORM_BITMAP))
			return memreg_set_reader_bit(cached, (uint16) key);
		if (cached->form == 0)
			return false;
	}
	return memreg_set_reader_look_for_int(reader, key);
}

/* Is the subject with this key a member? */
static inline bool
memreg_set_reader_has(SetReader *reader, const SubjectKey *key)
{
	return reader->set->type == INT8OID ? memreg_set_reader_has_int(reader, key->low)
										: memreg_set_reader_has_key(reader, key);
}

#endif /* MEMREG_CONSENT_SET_READER_H */
