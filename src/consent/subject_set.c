/*
 * subject_set.c
 *		A set of subjects in shared memory: many read, one writes.
 *
 * Readers take no lock.  They read the set's version, look, and read the
 * version again; if it was odd or has changed they look again (a sequence
 * lock).  What a reader may still be looking at is not freed: tables and
 * containers that a change replaces are handed to SetMemory.discard, which
 * keeps them until no reader can know them any more.
 *
 * A failure to get memory leaves the set as it was.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "consent/subject_set.h"

#define FIRST_CAPACITY 8

/* What a smaller table tells of the whole is chance. */
#define CAPACITY_TO_EXPECT_FROM 65536

static bool replace_table(SubjectSet *set, SetMemory *memory, uint32 capacity, SlotHash hash);
static void copy_slots(const Slot *from, uint32 slots, Slot *to, uint32 capacity,
					   SlotHash hash, uint64 seed);

/* Make the subject a member, or none.  False: there is no memory for it. */
bool
memreg_set_put(SubjectSet *set, SetMemory *memory, const SubjectKey *key, bool member)
{
	bool changed = false;
	bool done = set->type == INT8OID
		? memreg_int_set_put(set, memory, key->low, member, &changed)
		: memreg_key_set_put(set, memory, key, member, &changed);

	if (changed)
	{
		set->members += member ? 1 : -1;
		set->delta++;
	}
	return done;
}

/* The subject will be put soon: have the memory fetched that this needs. */
void
memreg_set_prefetch(SubjectSet *set, SetMemory *memory, const SubjectKey *key)
{
	if (set->type != INT8OID && set->capacity > 0)
		memreg_key_set_prefetch(set, memory, key);
}

/* Free all that the set holds.  Nobody may be reading it. */
void
memreg_set_free(SubjectSet *set, SetMemory *memory)
{
	if (!DsaPointerIsValid(set->slots))
		return;
	if (set->type == INT8OID)
		memreg_int_set_free(set, memory);
	dsa_free(memory->area, set->slots);
	set->slots = InvalidDsaPointer;
}

/*
 * Make sure that one more slot can be used.  A table grows by two fifths when
 * three quarters are used, so a 16-byte key takes 21 to 30 bytes; or by more,
 * where more is to be expected.
 */
bool
memreg_set_make_room(SubjectSet *set, SetMemory *memory, SlotHash hash)
{
	uint32 enough = (uint32) (set->capacity * 1.4) + 1;
	double expected;

	if (set->capacity == 0)
		return replace_table(set, memory, FIRST_CAPACITY, hash);
	if ((uint64) (set->used + 1) * 4 <= (uint64) set->capacity * 3)
		return true;
	if (set->capacity > PG_UINT32_MAX / 2)
		return false;
	expected = Min(set->used * memory->growth * 1.4, set->capacity * 64.0);
	if (set->capacity > CAPACITY_TO_EXPECT_FROM && expected > enough &&
		expected < PG_UINT32_MAX / 2 && replace_table(set, memory, (uint32) expected, hash))
		return true;
	return replace_table(set, memory, enough, hash);
}

/* Give back what a table has too much, if that can be done, once a load has ended. */
void
memreg_set_fit(SubjectSet *set, SetMemory *memory)
{
	if (set->capacity > CAPACITY_TO_EXPECT_FROM && set->used < set->capacity / 2)
		(void) replace_table(set, memory, (uint32) (set->used * 1.4) + FIRST_CAPACITY,
							 set->type == INT8OID ? memreg_int_set_slot_hash
												  : memreg_key_set_slot_hash);
}

static bool
replace_table(SubjectSet *set, SetMemory *memory, uint32 capacity, SlotHash hash)
{
	dsa_pointer old = set->slots;
	size_t old_size = sizeof(Slot) * set->capacity;
	dsa_pointer table;
	Slot *slots;

	capacity = TYPEALIGN(SLOTS_IN_A_LINE, capacity);
	table = memreg_set_allocate(set, memory, sizeof(Slot) * capacity);
	if (!DsaPointerIsValid(table))
		return false;
	slots = dsa_get_address(memory->area, table);
	memset(slots, 0, sizeof(Slot) * capacity);
	if (DsaPointerIsValid(old))
		copy_slots(dsa_get_address(memory->area, old), set->capacity, slots, capacity,
				   hash, memory->seed);

	memreg_set_begin_change(set);
	set->slots = table;
	set->capacity = capacity;
	memreg_set_end_change(set);
	return !DsaPointerIsValid(old) || memreg_set_discard(set, memory, old, old_size);
}

static void
copy_slots(const Slot *from, uint32 slots, Slot *to, uint32 capacity, SlotHash hash, uint64 seed)
{
	for (uint32 i = 0; i < slots; i++)
	{
		uint32 place;

		if (from[i].first == 0 && from[i].second == 0)
			continue;
		place = memreg_set_home(hash(&from[i], seed), capacity);
		while (to[place].first != 0 || to[place].second != 0)
			place = place + 1 == capacity ? 0 : place + 1;
		to[place] = from[i];
	}
}

/* InvalidDsaPointer: the memory is used up. */
dsa_pointer
memreg_set_allocate(SubjectSet *set, SetMemory *memory, size_t size)
{
	dsa_pointer pointer =
		dsa_allocate_extended(memory->area, size, DSA_ALLOC_HUGE | DSA_ALLOC_NO_OOM);

	if (DsaPointerIsValid(pointer))
		set->bytes += size;
	return pointer;
}

/* Give up memory that readers may still look at; false: not possible now. */
bool
memreg_set_discard(SubjectSet *set, SetMemory *memory, dsa_pointer pointer, size_t size)
{
	set->bytes -= size;
	if (memory->discard != NULL)
		return memory->discard(memory, pointer);
	dsa_free(memory->area, pointer);
	return true;
}
