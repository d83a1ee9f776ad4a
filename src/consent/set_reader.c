/*
 * set_reader.c
 *		One statement's look into a set of subjects.
 *
 * The reader's half of the sequence lock in subject_set.c.  What was read
 * counts only if the set's version was even before and is the same after; and
 * a pointer is followed only after that has been checked, so that none is ever
 * followed that was half written.  What pointers led to stays allocated as
 * long as this backend is pinned (consent/shared.c).
 *
 * Looking again always ends: a change takes a fraction of a microsecond.
 */
#include "postgres.h"

#include "storage/s_lock.h"

#include "consent/set_reader.h"
#include "consent/shared.h"

/* A reader that has looked so often will look often. */
#define LOOKS_WITH_FEW 8

static void remember_few(SetReader *reader);
static void remember_many(SetReader *reader);
static void look_for_keys(SetReader *reader, const SubjectKey *keys, int count, bool *have);
static bool begin_read(SubjectSet *set, uint64 *version);
static bool still_valid(SubjectSet *set, uint64 version);
static bool see_table(SetReader *reader, uint64 version);
static bool see_container(SetReader *reader, uint64 version, uint64 high,
						  CachedContainer *cached);
static bool container_has(const CachedContainer *cached, uint16 low);
static void search_table(const SetReader *reader, const SubjectKey *keys, int count,
						 bool *have);
static bool search_on(const SetReader *reader, const Slot *line, const SubjectKey *key);
static const Slot *next_line(const SetReader *reader, const Slot *line);
static bool line_has(const Slot *line, const SubjectKey *key);
static bool line_is_full(const Slot *line);

/* Look into this set from now on.  A reader is zeroed before the first time; memory outlives it. */
void
memreg_set_reader_open(SetReader *reader, SubjectSet *set, MemoryContext memory)
{
	reader->set = set;
	reader->area = memreg_shared_area();
	reader->seed = memreg_shared_seed();
	reader->slots = InvalidDsaPointer;
	reader->capacity = 0;
	reader->table = NULL;
	reader->memory = memory;
	if (reader->many == NULL)
		remember_few(reader);
	else
		remember_many(reader);
}

static void
remember_few(SetReader *reader)
{
	memset(reader->few, 0, sizeof(reader->few));
	reader->containers = reader->few;
	reader->mask = FEW_CONTAINERS - 1;
}

static void
remember_many(SetReader *reader)
{
	size_t size = sizeof(CachedContainer) * MANY_CONTAINERS;

	if (reader->many == NULL)
		reader->many = MemoryContextAlloc(reader->memory, size);
	memset(reader->many, 0, size);
	reader->containers = reader->many;
	reader->mask = MANY_CONTAINERS - 1;
}

/*
 * The rest of memreg_set_reader_has_int: the container is not in the cache, is
 * not a bitmap, or the set is being changed.
 */
bool
memreg_set_reader_look_for_int(SetReader *reader, uint64 key)
{
	uint64 high = key >> 16;
	CachedContainer *cached;

	if (++reader->looked == LOOKS_WITH_FEW)
		remember_many(reader);
	cached = &reader->containers[high & reader->mask];
	for (;;)
	{
		uint64 version;
		bool has;

		if (!begin_read(reader->set, &version))
			continue;
		if ((cached->version != version || cached->high != high) &&
			!see_container(reader, version, high, cached))
			continue;
		has = container_has(cached, (uint16) key);
		if (still_valid(reader->set, version))
			return has;
	}
}

/* Is the 16-byte key a member?  Some nanoseconds, and the cache misses of a large table. */
bool
memreg_set_reader_has_key(SetReader *reader, const SubjectKey *key)
{
	bool has;

	look_for_keys(reader, key, 1, &has);
	return has;
}

/* Which of the keys are members? */
void
memreg_set_reader_have(SetReader *reader, const SubjectKey *keys, int count, bool *have)
{
	if (reader->set->type != INT8OID)
		look_for_keys(reader, keys, count, have);
	else
		for (int i = 0; i < count; i++)
			have[i] = memreg_set_reader_has_int(reader, keys[i].low);
}

/* As of one version of the set. */
static void
look_for_keys(SetReader *reader, const SubjectKey *keys, int count, bool *have)
{
	uint64 version;

	do
	{
		while (!begin_read(reader->set, &version) || !see_table(reader, version))
			;
		search_table(reader, keys, count, have);
		for (int i = 0; i < count; i++)
			if (unlikely((keys[i].high | keys[i].low) == 0))
				have[i] = reader->set->holds_zero != 0;
	} while (!still_valid(reader->set, version));
}

static inline bool
begin_read(SubjectSet *set, uint64 *version)
{
	*version = pg_atomic_read_u64(&set->version);
	if ((*version & 1) != 0)
	{
		SPIN_DELAY();
		return false;
	}
	pg_read_barrier();
	return true;
}

static inline bool
still_valid(SubjectSet *set, uint64 version)
{
	pg_read_barrier();
	return pg_atomic_read_u64(&set->version) == version;
}

/* Find out where the set's table is now; false: look again. */
static bool
see_table(SetReader *reader, uint64 version)
{
	dsa_pointer slots = *(volatile dsa_pointer *) &reader->set->slots;
	uint32 capacity = *(volatile uint32 *) &reader->set->capacity;

	if (slots == reader->slots)
		return true;
	if (!still_valid(reader->set, version))
		return false;
	reader->table = DsaPointerIsValid(slots) ? dsa_get_address(reader->area, slots) : NULL;
	reader->capacity = capacity;
	reader->slots = slots;
	return true;
}

/* Find the container of these upper bits; false: look again. */
static bool
see_container(SetReader *reader, uint64 version, uint64 high, CachedContainer *cached)
{
	Slot slot = {0, 0};

	cached->version = 0;
	if (!see_table(reader, version))
		return false;
	if (reader->capacity > 0)
	{
		uint32 place = memreg_set_home(memreg_subject_key_hash(0, high, reader->seed),
									   reader->capacity);
		uint32 tries = reader->capacity;

		while ((slot = reader->table[place]).first != 0 && INT_SLOT_HIGH(&slot) != high &&
			   --tries > 0)
			place = place + 1 == reader->capacity ? 0 : place + 1;
	}
	if (!still_valid(reader->set, version))
		return false;

	cached->high = high;
	cached->form = INT_SLOT_FORM(&slot);
	if (INT_FORM_IS_ARRAY(cached->form) || cached->form == INT_FORM_BITMAP)
		cached->members.container = dsa_get_address(reader->area, slot.second);
	else
		memcpy(cached->members.lows, &slot.second, sizeof(slot.second));
	cached->version = version;
	return true;
}

static inline bool
container_has(const CachedContainer *cached, uint16 low)
{
	const IntArray *array;
	int count;
	int place;

	if (cached->form == INT_FORM_BITMAP)
		return memreg_set_reader_bit(cached, low);
	if (INT_FORM_IS_ARRAY(cached->form))
	{
		array = cached->members.container;
		count = Min(array->count, INT_ARRAY_MAX(cached->form));
		place = memreg_int_set_search(array->lows, count, low);
		return place < count && array->lows[place] == low;
	}
	for (int i = 0; i < INT_INLINE_COUNT(cached->form); i++)
		if (cached->members.lows[i] == low)
			return true;
	return false;
}

/*
 * The table is larger than the processor's caches, so the lines are all asked
 * for before the first is looked into.  Which keys are found is anybody's
 * guess, so there is no branch that depends on it.
 */
static inline void
search_table(const SetReader *reader, const SubjectKey *keys, int count, bool *have)
{
	const Slot *lines[MEMREG_SET_KEYS_AT_ONCE];
	int going_on[MEMREG_SET_KEYS_AT_ONCE];
	int unfinished = 0;

	if (reader->capacity == 0)
	{
		memset(have, false, sizeof(bool) * count);
		return;
	}
	for (int i = 0; i < count; i++)
	{
		uint64 hash = memreg_subject_key_hash(keys[i].high, keys[i].low, reader->seed);

		lines[i] = &reader->table[memreg_set_home(hash, reader->capacity)];
		__builtin_prefetch(lines[i]);
	}
	for (int i = 0; i < count; i++)
	{
		have[i] = line_has(lines[i], &keys[i]);
		going_on[unfinished] = i;
		unfinished += (!have[i]) & line_is_full(lines[i]);
	}
	for (int i = 0; i < unfinished; i++)
		__builtin_prefetch(next_line(reader, lines[going_on[i]]));
	for (int i = 0; i < unfinished; i++)
		have[going_on[i]] = search_on(reader, lines[going_on[i]], &keys[going_on[i]]);
}

/* In the lines behind a full one. */
static bool
search_on(const SetReader *reader, const Slot *line, const SubjectKey *key)
{
	uint32 tries = reader->capacity / SLOTS_IN_A_LINE;

	do
	{
		line = next_line(reader, line);
		if (line_has(line, key))
			return true;
	} while (line_is_full(line) && --tries > 0);
	return false;
}

static inline const Slot *
next_line(const SetReader *reader, const Slot *line)
{
	line += SLOTS_IN_A_LINE;
	return line == reader->table + reader->capacity ? reader->table : line;
}

static inline bool
line_has(const Slot *line, const SubjectKey *key)
{
	bool has = false;

#pragma GCC unroll 4
	for (int i = 0; i < SLOTS_IN_A_LINE; i++)
		has |= ((line[i].first ^ key->high) | (line[i].second ^ key->low)) == 0;
	return has;
}

static inline bool
line_is_full(const Slot *line)
{
	return (line[SLOTS_IN_A_LINE - 1].first | line[SLOTS_IN_A_LINE - 1].second) != 0;
}
