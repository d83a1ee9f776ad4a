/*
 * int_set.c
 *		Sets of 64-bit integers: how they are changed.
 *
 * After the two levels of Roaring bitmaps (Chambi, Lemire, Kaser and Godin,
 * "Better bitmap performance with Roaring bitmaps", 2016): the upper bits
 * choose a container, which holds the lower 16 bits of its members in the form
 * that suits their number.  Up to four members stand in the slot itself; a
 * sorted array takes 2 bytes for each; from 2,048 on it is a bitmap of 8 kB,
 * so that a dense set takes one bit for each integer.  A container grows and
 * does not shrink again.
 */
#include "postgres.h"

#include "consent/int_set.h"

static uint64 high_hash(uint64 high, uint64 seed);
static Slot *find_slot(SubjectSet *set, SetMemory *memory, uint64 high, bool *present);
static bool put_inline(SubjectSet *set, SetMemory *memory, Slot *slot, uint16 low,
					   bool member, bool *changed);
static bool put_array(SubjectSet *set, SetMemory *memory, Slot *slot, uint16 low,
					  bool member, bool *changed);
static void put_bitmap(SetMemory *memory, Slot *slot, uint16 low, bool member, bool *changed);
static bool widen(SubjectSet *set, SetMemory *memory, Slot *slot, const uint16 *lows,
				  int count);
static bool move_in(uint16 *lows, int *count, uint16 low, bool member);
static size_t container_bytes(uint16 form);

/* Make the integer a member, or none; *changed tells whether it was otherwise before. */
bool
memreg_int_set_put(SubjectSet *set, SetMemory *memory, uint64 key, bool member, bool *changed)
{
	uint64 high = key >> 16;
	uint16 low = (uint16) key;
	Slot *slot;
	bool present;

	*changed = false;
	if (!member && set->capacity == 0)
		return true;
	if (member && !memreg_set_make_room(set, memory, memreg_int_set_slot_hash))
		return false;
	slot = find_slot(set, memory, high, &present);
	if (!present)
	{
		if (!member)
			return true;
		memreg_set_begin_change(set);
		*slot = (Slot){INT_SLOT_FIRST(high, INT_FORM_INLINE(0)), 0};
		memreg_set_end_change(set);
		set->used++;
	}
	if (INT_FORM_IS_INLINE(INT_SLOT_FORM(slot)))
		return put_inline(set, memory, slot, low, member, changed);
	if (INT_FORM_IS_ARRAY(INT_SLOT_FORM(slot)))
		return put_array(set, memory, slot, low, member, changed);
	put_bitmap(memory, slot, low, member, changed);
	return true;
}

/* Free the containers; the table of slots is the caller's. */
void
memreg_int_set_free(SubjectSet *set, SetMemory *memory)
{
	Slot *slots = dsa_get_address(memory->area, set->slots);

	for (uint32 i = 0; i < set->capacity; i++)
		if (container_bytes(INT_SLOT_FORM(&slots[i])) > 0)
			dsa_free(memory->area, slots[i].second);
}

uint64
memreg_int_set_slot_hash(const Slot *slot, uint64 seed)
{
	return high_hash(INT_SLOT_HIGH(slot), seed);
}

static uint64
high_hash(uint64 high, uint64 seed)
{
	return memreg_subject_key_hash(0, high, seed);
}

/* The slot of these upper bits, or the empty one where it would be. */
static Slot *
find_slot(SubjectSet *set, SetMemory *memory, uint64 high, bool *present)
{
	Slot *slots = dsa_get_address(memory->area, set->slots);
	uint32 place = memreg_set_home(high_hash(high, memory->seed), set->capacity);

	while (slots[place].first != 0 && INT_SLOT_HIGH(&slots[place]) != high)
		place = place + 1 == set->capacity ? 0 : place + 1;
	*present = slots[place].first != 0;
	return &slots[place];
}

static bool
put_inline(SubjectSet *set, SetMemory *memory, Slot *slot, uint16 low, bool member,
		   bool *changed)
{
	uint16 lows[INT_INLINE_MAX + 1];
	int count = INT_INLINE_COUNT(INT_SLOT_FORM(slot));
	Slot replaced;

	memcpy(lows, &slot->second, sizeof(slot->second));
	*changed = move_in(lows, &count, low, member);
	if (!*changed)
		return true;
	if (count > INT_INLINE_MAX)
		return *changed = widen(set, memory, slot, lows, count);
	replaced.first = INT_SLOT_FIRST(INT_SLOT_HIGH(slot), INT_FORM_INLINE(count));
	memcpy(&replaced.second, lows, sizeof(replaced.second));
	memreg_set_begin_change(set);
	*slot = replaced;
	memreg_set_end_change(set);
	return true;
}

static bool
put_array(SubjectSet *set, SetMemory *memory, Slot *slot, uint16 low, bool member, bool *changed)
{
	IntArray *array = dsa_get_address(memory->area, slot->second);
	int count = array->count;

	if (member && count == INT_ARRAY_MAX(INT_SLOT_FORM(slot)))
	{
		int place = memreg_int_set_search(array->lows, count, low);

		if (place < count && array->lows[place] == low)
			return true;
		if (!widen(set, memory, slot, array->lows, count))
			return false;
		return memreg_int_set_put(set, memory, INT_SLOT_HIGH(slot) << 16 | low, member,
								  changed);
	}
	memreg_set_begin_change(set);
	*changed = move_in(array->lows, &count, low, member);
	array->count = count;
	memreg_set_end_change(set);
	return true;
}

/* One word changes, so readers need not be told. */
static void
put_bitmap(SetMemory *memory, Slot *slot, uint16 low, bool member, bool *changed)
{
	uint64 *words = dsa_get_address(memory->area, slot->second);
	volatile uint64 *word = &words[low / 64];
	uint64 bit = UINT64CONST(1) << (low % 64);

	*changed = ((*word & bit) != 0) != member;
	*word = member ? *word | bit : *word & ~bit;
}

/* Put the members of a container into the next larger form. */
static bool
widen(SubjectSet *set, SetMemory *memory, Slot *slot, const uint16 *lows, int count)
{
	Slot old = *slot;
	uint16 form = INT_FORM_ARRAY(0);
	dsa_pointer container;

	while (INT_FORM_IS_ARRAY(form) && INT_ARRAY_MAX(form) <= count)
		form++;
	if (!INT_FORM_IS_ARRAY(form))
		form = INT_FORM_BITMAP;
	container = memreg_set_allocate(set, memory, container_bytes(form));
	if (!DsaPointerIsValid(container))
		return false;
	if (form == INT_FORM_BITMAP)
	{
		uint64 *words = dsa_get_address(memory->area, container);

		memset(words, 0, INT_BITMAP_BYTES);
		for (int i = 0; i < count; i++)
			words[lows[i] / 64] |= UINT64CONST(1) << (lows[i] % 64);
	}
	else
	{
		IntArray *array = dsa_get_address(memory->area, container);

		array->count = count;
		memcpy(array->lows, lows, sizeof(uint16) * count);
	}
	memreg_set_begin_change(set);
	*slot = (Slot){INT_SLOT_FIRST(INT_SLOT_HIGH(&old), form), container};
	memreg_set_end_change(set);
	return container_bytes(INT_SLOT_FORM(&old)) == 0 ||
		memreg_set_discard(set, memory, old.second, container_bytes(INT_SLOT_FORM(&old)));
}

/* Put a member into a sorted list, or take it out; false: nothing to do. */
static bool
move_in(uint16 *lows, int *count, uint16 low, bool member)
{
	int place = memreg_int_set_search(lows, *count, low);
	bool present = place < *count && lows[place] == low;

	if (present == member)
		return false;
	if (member)
	{
		memmove(&lows[place + 1], &lows[place], sizeof(uint16) * (*count - place));
		lows[place] = low;
		(*count)++;
	}
	else
	{
		(*count)--;
		memmove(&lows[place], &lows[place + 1], sizeof(uint16) * (*count - place));
	}
	return true;
}

/* The place of the first that is not below low. */
int
memreg_int_set_search(const uint16 *lows, int count, uint16 low)
{
	int from = 0;

	while (count > 0)
	{
		int half = count / 2;

		if (lows[from + half] < low)
		{
			from += half + 1;
			count -= half + 1;
		}
		else
			count = half;
	}
	return from;
}

static size_t
container_bytes(uint16 form)
{
	if (form == INT_FORM_BITMAP)
		return INT_BITMAP_BYTES;
	return INT_FORM_IS_ARRAY(form) ? INT_ARRAY_BYTES(form) : 0;
}
