/*
 * activity_seen.c
 *		Subjects whose activity is stored already, as this backend remembers.
 *
 * Invariant: what is remembered is committed, and memreg.subject_event has no
 * earlier time for the subject.  Times there only become later, but for what
 * is taken back: whoever does that invalidates the table, and the memory
 * begins a new epoch, in which nothing is remembered.
 *
 * Each subject has two places.  A third one that would have the same takes one
 * of them: who is forgotten costs a look into the table.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "core/compat.h"
#include "core/extension.h"
#include "retention/activity_seen.h"

#define FEWEST_PLACES 256
#define MOST_PLACES 131072 /* 4 MB, of a backend that meets so many subjects */

typedef struct Place
{
	int32 register_id;
	uint32 epoch; /* when it was taken; another: it is free */
	SubjectKey key;
	TimestampTz until;
} Place;

static Place *places = NULL;
static uint32 place_count = 0; /* a power of two */
static uint32 taken = 0;       /* in this epoch */
static uint32 epoch = 1;
static Oid subject_event = InvalidOid;

static void forget_all(Datum arg, Oid relation);
static Place *find_place(int32 register_id, const SubjectKey *key);
static Place *first_place(int32 register_id, const SubjectKey *key);
static bool holds(const Place *place, int32 register_id, const SubjectKey *key);

PG_FUNCTION_INFO_V1(memreg_forget_seen_activity);

void
memreg_seen_init(void)
{
	CacheRegisterRelcacheCallback(forget_all, (Datum) 0);
}

/* Relcache callback; InvalidOid means that anything may have changed. */
static void
forget_all(Datum arg, Oid relation)
{
	if (relation != InvalidOid && relation != subject_event)
		return;
	taken = 0;
	if (++epoch == 0)
		epoch = 1;
}

/*
 * memreg.forget_seen_activity(): trigger on memreg.subject_event, after an
 * activity was deleted or made earlier.  All backends forget it at the commit.
 */
Datum
memreg_forget_seen_activity(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "memreg.forget_seen_activity is a trigger function");
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	return PointerGetDatum(NULL);
}

/* A subject key of 16 bytes; those of long texts are hashed, with a key of this backend's. */
SubjectKey
memreg_seen_key(Oid type, Datum subject)
{
	static unsigned char text_key[MEMREG_TEXT_KEY_BYTES];
	static bool has_text_key = false;
	SubjectKey key = {0};
	text *characters;

	if (type == INT8OID)
		key.low = (uint64) DatumGetInt64(subject);
	else if (type == UUIDOID)
		memreg_subject_key_uuid(DatumGetUUIDP(subject)->data, &key);
	else
	{
		if (!has_text_key && !pg_strong_random(text_key, sizeof(text_key)))
			elog(ERROR, "there are no random numbers");
		has_text_key = true;
		characters = DatumGetTextPP(subject);
		memreg_subject_key_text(VARDATA_ANY(characters), VARSIZE_ANY_EXHDR(characters),
								text_key, &key);
	}
	return key;
}

/* Does what is stored for the subject cover an activity at this time?  False: not known. */
bool
memreg_seen_covers(int32 register_id, const SubjectKey *key, TimestampTz at)
{
	Place *place = place_count == 0 ? NULL : find_place(register_id, key);

	return place != NULL && holds(place, register_id, key) && place->until >= at;
}

/* Before something is added: that itself cannot fail, as it happens when a commit is over. */
void
memreg_seen_make_room(void)
{
	Place *before = places;
	uint32 count = place_count;

	subject_event = memreg_extension_relation("subject_event");
	if (count == MOST_PLACES || taken < count / 2)
		return;
	places = MemoryContextAllocZero(TopMemoryContext,
									sizeof(Place) * Max(count * 4, FEWEST_PLACES));
	place_count = Max(count * 4, FEWEST_PLACES);
	taken = 0;
	for (uint32 i = 0; i < count; i++)
		if (before[i].epoch == epoch)
			memreg_seen_add(before[i].register_id, &before[i].key, before[i].until);
	if (before != NULL)
		pfree(before);
}

/* What is read in one epoch must not be remembered in the next. */
uint32
memreg_seen_epoch(void)
{
	return epoch;
}

void
memreg_seen_add(int32 register_id, const SubjectKey *key, TimestampTz until)
{
	Place *place;

	if (place_count == 0)
		return;
	place = find_place(register_id, key);
	if (place->epoch != epoch)
		taken++;
	*place = (Place){register_id, epoch, *key, until};
}

/* The subject's place, or else the one that it may take. */
static Place *
find_place(int32 register_id, const SubjectKey *key)
{
	Place *first = first_place(register_id, key);
	Place *second = &places[(first - places) ^ 1];

	if (holds(second, register_id, key))
		return second;
	if (!holds(first, register_id, key) && first->epoch == epoch && second->epoch != epoch)
		return second;
	return first;
}

static Place *
first_place(int32 register_id, const SubjectKey *key)
{
	return &places[memreg_subject_key_hash(key->high, key->low, register_id) & (place_count - 1)];
}

static bool
holds(const Place *place, int32 register_id, const SubjectKey *key)
{
	return place->epoch == epoch && place->register_id == register_id &&
		place->key.high == key->high && place->key.low == key->low;
}
