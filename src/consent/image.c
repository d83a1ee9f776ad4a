/*
 * image.c
 *		A database's states as the consent index holds them.
 *
 * One image of all state tables of a database: a set of subjects for each
 * purpose whose consents or objections, and each register whose restrictions
 * or holds, have been recorded.  A set that is not there is empty.
 *
 * An image is built in private, published whole, changed in place by
 * refreshes, and withdrawn whole when it cannot be kept right.  What a change
 * or a withdrawal takes out of use is retired first and freed when no backend
 * can be looking at it.
 */
#include "postgres.h"

#include "utils/syscache.h"

#include "consent/image.h"

/* For purposes and registers that come later; when they run out, it is made anew. */
#define SETS_IN_AN_IMAGE 1024

/* An element of the list IndexSlot.retired. */
typedef struct Retired
{
	dsa_pointer next;
	dsa_pointer pointer;
	uint64 epoch;
	bool is_image;
} Retired;

static bool retire(IndexSlot *slot, dsa_pointer pointer, bool is_image);
static bool retire_memory(SetMemory *memory, dsa_pointer pointer);
static void free_retired(const Retired *retired);
static void free_before(IndexSlot *slot, uint64 oldest);
static bool database_is_gone(Oid database);
static void empty_slot(IndexSlot *slot);

/* An empty image, known to nobody; InvalidDsaPointer: no memory. */
dsa_pointer
memreg_image_create(Oid identity, Image **image)
{
	dsa_area *area = memreg_shared_area();
	size_t size = offsetof(Image, sets) + sizeof(SubjectSet) * SETS_IN_AN_IMAGE;
	dsa_pointer pointer;

	dsa_set_size_limit(area, (size_t) memreg_index_memory * 1024 * 1024);
	pointer = dsa_allocate_extended(area, size,
									DSA_ALLOC_HUGE | DSA_ALLOC_NO_OOM | DSA_ALLOC_ZERO);
	if (!DsaPointerIsValid(pointer))
		return InvalidDsaPointer;
	*image = dsa_get_address(area, pointer);
	(*image)->identity = identity;
	(*image)->capacity = SETS_IN_AN_IMAGE;
	pg_atomic_init_u32(&(*image)->set_count, 0);
	pg_atomic_init_u64(&(*image)->expired_to, 0);
	pg_atomic_init_u64(&(*image)->next_expiry, 0); /* long past: to be looked up */
	return pointer;
}

/* Free an image that nobody can be looking at. */
void
memreg_image_free(dsa_pointer pointer)
{
	Image *image = dsa_get_address(memreg_shared_area(), pointer);
	ImageMemory memory;

	memreg_image_memory(&memory, NULL);
	for (uint32 i = 0; i < pg_atomic_read_u32(&image->set_count); i++)
		memreg_set_free(&image->sets[i], &memory.memory);
	dsa_free(memreg_shared_area(), pointer);
}

/* Memory for an image in private, or for the one that a slot has published. */
void
memreg_image_memory(ImageMemory *memory, IndexSlot *published)
{
	memory->memory.area = memreg_shared_area();
	memory->memory.seed = memreg_shared_seed();
	memory->memory.growth = 1;
	memory->memory.discard = published == NULL ? NULL : retire_memory;
	memory->slot = published;
}

/*
 * The set of a purpose's or register's subjects, made if need be.  Its type is
 * InvalidOid where the registry does not know the owner: it holds nobody then,
 * and answers for nobody.  NULL: there are too many sets.
 */
SubjectSet *
memreg_image_set(Image *image, StateKind kind, int32 owner)
{
	uint32 count = pg_atomic_read_u32(&image->set_count);
	SubjectSet *set = memreg_image_find(image, kind, owner);

	if (set != NULL || count == image->capacity)
		return set;
	set = &image->sets[count];
	set->kind = kind;
	set->owner = owner;
	if (!memreg_state_subject_type(kind, owner, &set->type))
		set->type = InvalidOid;
	pg_atomic_init_u64(&set->version, MEMREG_SET_FIRST_VERSION);
	pg_write_barrier();
	pg_atomic_write_u32(&image->set_count, count + 1);
	return set;
}

/* NULL: there is none, so it is empty. */
SubjectSet *
memreg_image_find(Image *image, StateKind kind, int32 owner)
{
	uint32 count = pg_atomic_read_u32(&image->set_count);

	pg_read_barrier();
	for (uint32 i = 0; i < count; i++)
		if (image->sets[i].kind == kind && image->sets[i].owner == owner)
			return &image->sets[i];
	return NULL;
}

/* The published image; NULL: none, or of an extension that was dropped.  Pin first. */
Image *
memreg_image_current(IndexSlot *slot, Oid identity)
{
	dsa_pointer pointer = pg_atomic_read_u64(&slot->image);
	Image *image;

	if (!DsaPointerIsValid(pointer))
		return NULL;
	image = dsa_get_address(memreg_shared_area(), pointer);
	return image->identity == identity ? image : NULL;
}

/* Let everybody see the image instead of the one before. */
void
memreg_image_publish(IndexSlot *slot, dsa_pointer pointer)
{
	dsa_pointer old = pg_atomic_read_u64(&slot->image);

	pg_write_barrier();
	pg_atomic_write_u64(&slot->image, pointer);
	if (DsaPointerIsValid(old))
		(void) retire(slot, old, true);
	memreg_image_reclaim(slot);
}

/* Take the image out of use. */
void
memreg_image_withdraw(IndexSlot *slot)
{
	memreg_image_publish(slot, InvalidDsaPointer);
}

static bool
retire_memory(SetMemory *memory, dsa_pointer pointer)
{
	return retire(((ImageMemory *) memory)->slot, pointer, false);
}

/*
 * Keep something that nothing leads to any more until nobody can know it.
 * Should there be no memory to note it, it is lost until the server restarts:
 * that is little, and the image is given up for want of memory anyway.
 */
static bool
retire(IndexSlot *slot, dsa_pointer pointer, bool is_image)
{
	dsa_area *area = memreg_shared_area();
	dsa_pointer element = dsa_allocate_extended(area, sizeof(Retired), DSA_ALLOC_NO_OOM);
	Retired *retired;

	if (!DsaPointerIsValid(element))
		return false;
	retired = dsa_get_address(area, element);
	retired->pointer = pointer;
	retired->is_image = is_image;
	retired->epoch = memreg_shared_retire_epoch();
	retired->next = slot->retired;
	slot->retired = element;
	return true;
}

/* Free what was retired before the oldest pin. */
void
memreg_image_reclaim(IndexSlot *slot)
{
	if (DsaPointerIsValid(slot->retired))
		free_before(slot, memreg_shared_oldest_pin());
}

static void
free_before(IndexSlot *slot, uint64 oldest)
{
	dsa_area *area = memreg_shared_area();
	dsa_pointer *link = &slot->retired;

	while (DsaPointerIsValid(*link))
	{
		dsa_pointer element = *link;
		Retired *retired = dsa_get_address(area, element);

		if (retired->epoch >= oldest)
		{
			link = &retired->next;
			continue;
		}
		*link = retired->next;
		free_retired(retired);
		dsa_free(area, element);
	}
}

static void
free_retired(const Retired *retired)
{
	if (retired->is_image)
		memreg_image_free(retired->pointer);
	else
		dsa_free(memreg_shared_area(), retired->pointer);
}

/* Free the images of databases that have been dropped. */
void
memreg_image_sweep(void)
{
	memreg_shared_release_slots(database_is_gone, empty_slot);
}

static bool
database_is_gone(Oid database)
{
	return !SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(database));
}

/* Nobody is connected to the database, so nobody looks into its image. */
static void
empty_slot(IndexSlot *slot)
{
	memreg_image_withdraw(slot);
	free_before(slot, PG_UINT64_MAX);
	slot->failures = slot->full_at = 0;
}
