/*
 * subject_set.h
 *		A set of subjects in shared memory: many read, one writes.
 */
#ifndef MEMREG_CONSENT_SUBJECT_SET_H
#define MEMREG_CONSENT_SUBJECT_SET_H

#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "utils/dsa.h"

#include "consent/kind.h"
#include "consent/subject_key.h"

/* Two words: what they mean is up to the kind of set.  Both 0: empty. */
typedef struct Slot
{
	uint64 first;
	uint64 second;
} Slot;

/* Of the processor's cache, 64 bytes; capacities are multiples of it. */
#define SLOTS_IN_A_LINE 4

/* Versions begin here, so that 0 is none. */
#define MEMREG_SET_FIRST_VERSION 2

/* Lives in the shared area.  Only whoever holds the refresh lock changes it. */
typedef struct SubjectSet
{
	StateKind kind;
	int32 owner; /* purpose or register */
	Oid type;    /* of the subject keys; InvalidOid: unknown, it answers for nobody */

	pg_atomic_uint64 version; /* odd: being changed */
	dsa_pointer slots;        /* a table of Slots with open addressing */
	uint32 capacity;
	uint32 used;
	uint32 holds_zero; /* a key of zeros has no slot */

	uint64 members;
	uint64 bytes;
	TimestampTz refreshed_at; /* when changes were last taken over */
	uint64 refreshes;
	uint64 last_delta; /* subjects that the last of them changed */
	uint64 delta;      /* the same for the one under way */
} SubjectSet;

/* Where a writer takes memory from, and what becomes of what it replaces. */
typedef struct SetMemory
{
	dsa_area *area;
	uint64 seed;
	double growth; /* how many times as many members as now are to be expected */
	bool (*discard)(struct SetMemory *memory, dsa_pointer pointer); /* NULL: free at once */
} SetMemory;

/* How one kind of set finds the place of a slot in its table. */
typedef uint64 (*SlotHash)(const Slot *slot, uint64 seed);

/* Integer keys: bitmaps, or less where they are few.  Other keys: whole. */
extern uint64 memreg_int_set_slot_hash(const Slot *slot, uint64 seed);
extern bool memreg_int_set_put(SubjectSet *set, SetMemory *memory, uint64 key,
							   bool member, bool *changed);
extern void memreg_int_set_free(SubjectSet *set, SetMemory *memory);
extern uint64 memreg_key_set_slot_hash(const Slot *slot, uint64 seed);
extern void memreg_key_set_prefetch(SubjectSet *set, SetMemory *memory, const SubjectKey *key);
extern bool memreg_key_set_put(SubjectSet *set, SetMemory *memory, const SubjectKey *key,
							   bool member, bool *changed);

extern bool memreg_set_put(SubjectSet *set, SetMemory *memory, const SubjectKey *key,
						   bool member);
extern void memreg_set_prefetch(SubjectSet *set, SetMemory *memory, const SubjectKey *key);
extern void memreg_set_free(SubjectSet *set, SetMemory *memory);
extern void memreg_set_fit(SubjectSet *set, SetMemory *memory);
extern bool memreg_set_make_room(SubjectSet *set, SetMemory *memory, SlotHash hash);
extern dsa_pointer memreg_set_allocate(SubjectSet *set, SetMemory *memory, size_t size);
extern bool memreg_set_discard(SubjectSet *set, SetMemory *memory, dsa_pointer pointer,
							   size_t size);

/*
 * The slot at which the search for a hash begins: the first of a line, chosen
 * by Lemire's multiply and shift.  So most searches end in the line where they
 * began; and since whoever is removed is replaced from behind, the slots that
 * a line has in use are its first.
 */
static inline uint32
memreg_set_home(uint64 hash, uint32 capacity)
{
	return (uint32) (((hash >> 32) * (capacity / SLOTS_IN_A_LINE)) >> 32) * SLOTS_IN_A_LINE;
}

/*
 * A change that readers must see as a whole stands between these two; nothing
 * between them may fail.  A reader whose version has changed tries again.
 */
static inline void
memreg_set_begin_change(SubjectSet *set)
{
	pg_atomic_write_u64(&set->version, pg_atomic_read_u64(&set->version) + 1);
	pg_write_barrier();
}

static inline void
memreg_set_end_change(SubjectSet *set)
{
	pg_write_barrier();
	pg_atomic_write_u64(&set->version, pg_atomic_read_u64(&set->version) + 1);
}

#endif /* MEMREG_CONSENT_SUBJECT_SET_H */
