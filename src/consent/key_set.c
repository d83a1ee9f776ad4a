/*
 * key_set.c
 *		Sets of 16-byte keys: uuids, and texts by their keyed hash.
 *
 * A slot holds a key.  The table has open addressing with linear probing; a
 * removed key's place is filled from behind (Knuth, The Art of Computer
 * Programming, vol. 3, 6.4, algorithm R), so that searches stay short.
 */
#include "postgres.h"

#include "consent/subject_set.h"

static uint32 find_place(const Slot *slots, uint32 capacity, const SubjectKey *key,
						 uint64 seed);
static void put_zero(SubjectSet *set, bool member, bool *changed);
static void remove_from(Slot *slots, uint32 capacity, uint32 place, uint64 seed);

/* Make the key a member, or none; *changed tells whether it was otherwise before. */
bool
memreg_key_set_put(SubjectSet *set, SetMemory *memory, const SubjectKey *key, bool member,
				   bool *changed)
{
	Slot *slots;
	uint32 place;
	bool present;

	*changed = false;
	if (key->high == 0 && key->low == 0)
	{
		put_zero(set, member, changed);
		return true;
	}
	if (!member && set->capacity == 0)
		return true;
	if (member && !memreg_set_make_room(set, memory, memreg_key_set_slot_hash))
		return false;
	slots = dsa_get_address(memory->area, set->slots);
	place = find_place(slots, set->capacity, key, memory->seed);
	present = slots[place].first != 0 || slots[place].second != 0;
	if (present == member)
		return true;

	*changed = true;
	memreg_set_begin_change(set);
	if (member)
		slots[place] = (Slot){key->high, key->low};
	else
		remove_from(slots, set->capacity, place, memory->seed);
	memreg_set_end_change(set);
	set->used += member ? 1 : -1;
	return true;
}

void
memreg_key_set_prefetch(SubjectSet *set, SetMemory *memory, const SubjectKey *key)
{
	Slot *slots = dsa_get_address(memory->area, set->slots);

	__builtin_prefetch(
		&slots[memreg_set_home(memreg_subject_key_hash(key->high, key->low, memory->seed),
							   set->capacity)]);
}

static void
put_zero(SubjectSet *set, bool member, bool *changed)
{
	*changed = set->holds_zero != member;
	set->holds_zero = member;
}

uint64
memreg_key_set_slot_hash(const Slot *slot, uint64 seed)
{
	return memreg_subject_key_hash(slot->first, slot->second, seed);
}

/* Where the key stands, or the empty slot where it would. */
static uint32
find_place(const Slot *slots, uint32 capacity, const SubjectKey *key, uint64 seed)
{
	uint32 place =
		memreg_set_home(memreg_subject_key_hash(key->high, key->low, seed), capacity);

	while ((slots[place].first != 0 || slots[place].second != 0) &&
		   (slots[place].first != key->high || slots[place].second != key->low))
		place = place + 1 == capacity ? 0 : place + 1;
	return place;
}

/* Empty a slot, moving up those behind that may stand there. */
static void
remove_from(Slot *slots, uint32 capacity, uint32 place, uint64 seed)
{
	uint32 next = place;

	for (;;)
	{
		uint32 home;

		next = next + 1 == capacity ? 0 : next + 1;
		if (slots[next].first == 0 && slots[next].second == 0)
			break;
		home = memreg_set_home(memreg_key_set_slot_hash(&slots[next], seed), capacity);

		/* Stays if its home lies between the gap and itself, cyclically. */
		if (place < next ? (home > place && home <= next) : (home > place || home <= next))
			continue;
		slots[place] = slots[next];
		place = next;
	}
	slots[place] = (Slot){0, 0};
}
