/*
 * shared.c
 *		The consent index's shared memory.
 *
 * A block of fixed size in the main shared memory holds a slot for each
 * database that uses the index, a pin for each backend, and the beginning of
 * a dynamic area (DSA) in which the images of the databases' states lie.
 *
 * A backend that has looked into an image is pinned until its transaction
 * ends.  Memory that is taken out of use is freed when every pin is younger
 * than that moment (epoch-based reclamation; Fraser, "Practical lock-freedom",
 * 2004, ch. 5): nobody can then know an address in it.
 *
 * Without shared_preload_libraries there is nothing of this, and no slot.
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shmem.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "consent/shared.h"
#include "core/compat.h"
#include "core/preload.h"

#define SHARED_NAME "memreg consent index"
#define AREA_NAME "memreg_consent_index"
#define AREA_BYTES_IN_PLACE (256 * 1024)
#define MAX_DATABASES 64
#define TEXT_KEY_BYTES 16

/* On a cache line of its own. */
typedef union Pin
{
	pg_atomic_uint64 epoch; /* 0: not pinned */
	char padding[PG_CACHE_LINE_SIZE];
} Pin;

typedef struct Shared
{
	LWLock *lock; /* over the slots' databases */
	int area_tranche;
	uint64 seed; /* of the tables, secret */
	unsigned char text_key[TEXT_KEY_BYTES];
	pg_atomic_uint64 epoch; /* from 1 */
	IndexSlot slots[MAX_DATABASES];
	Pin pins[FLEXIBLE_ARRAY_MEMBER]; /* one for each backend; the area follows */
} Shared;

/* The most that all images together may take. */
int memreg_index_memory = 512;

static Shared *shared = NULL;
static dsa_area *area = NULL;
static bool pinned = false;

static shmem_request_hook_type next_request = NULL;
static shmem_startup_hook_type next_startup = NULL;

static void request_memory(void);
static void start_memory(void);
static void create_shared(void);
static void *area_place(void);
static void unpin_at_end(XactEvent event, void *arg);
static IndexSlot *find_slot(Oid database);

void
memreg_shared_init(void)
{
	if (!memreg_preload_done())
		return;

	/*
	 * Shared memory for the images of all databases.  What does not fit is
	 * looked up in the tables, row by row: as right, but slower.
	 */
	DefineCustomIntVariable("memreg.consent_index_memory",
							"Shared memory that the consent index may take.",
							"Beyond it consents are looked up in the tables, which is slower.",
							&memreg_index_memory, 512, 1, INT_MAX / 2, PGC_SIGHUP,
							GUC_UNIT_MB, NULL, NULL, NULL);
	next_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	next_startup = shmem_startup_hook;
	shmem_startup_hook = start_memory;
	RegisterXactCallback(unpin_at_end, NULL);
}

static Size
shared_bytes(void)
{
	return MAXALIGN(offsetof(Shared, pins) + sizeof(Pin) * MaxBackends);
}

static void
request_memory(void)
{
	if (next_request != NULL)
		next_request();
	RequestAddinShmemSpace(shared_bytes() + AREA_BYTES_IN_PLACE);
	RequestNamedLWLockTranche("memreg", 1);
}

static void
start_memory(void)
{
	bool found;

	if (next_startup != NULL)
		next_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct(SHARED_NAME, shared_bytes() + AREA_BYTES_IN_PLACE, &found);
	if (!found)
		create_shared();
	LWLockRelease(AddinShmemInitLock);
}

static void
create_shared(void)
{
	dsa_area *created;

	memset(shared, 0, shared_bytes());
	shared->lock = &GetNamedLWLockTranche("memreg")->lock;
	if (!pg_strong_random(&shared->seed, sizeof(shared->seed)) ||
		!pg_strong_random(shared->text_key, sizeof(shared->text_key)))
		elog(ERROR, "no random numbers for the consent index");
	pg_atomic_init_u64(&shared->epoch, 1);
	for (int i = 0; i < MAX_DATABASES; i++)
	{
		pg_atomic_init_u64(&shared->slots[i].image, InvalidDsaPointer);
		pg_atomic_init_u64(&shared->slots[i].begun, 0);
		pg_atomic_init_u64(&shared->slots[i].done, 0);
		ConditionVariableInit(&shared->slots[i].released);
	}
	for (int i = 0; i < MaxBackends; i++)
		pg_atomic_init_u64(&shared->pins[i].epoch, 0);

	/* No segment may come into being here: the postmaster must not attach any. */
	shared->area_tranche = LWLockNewTrancheId();
	LWLockRegisterTranche(shared->area_tranche, AREA_NAME);
	created =
		dsa_create_in_place(area_place(), AREA_BYTES_IN_PLACE, shared->area_tranche, NULL);
	dsa_pin(created);
	dsa_detach(created);
}

static void *
area_place(void)
{
	return (char *) shared + shared_bytes();
}

/* The area of all images, attached to for the life of the process. */
dsa_area *
memreg_shared_area(void)
{
	MemoryContext old;

	if (area != NULL)
		return area;
	LWLockRegisterTranche(shared->area_tranche, AREA_NAME);
	old = MemoryContextSwitchTo(TopMemoryContext);
	area = dsa_attach_in_place(area_place(), NULL);
	MemoryContextSwitchTo(old);
	dsa_pin_mapping(area);
	on_shmem_exit(dsa_on_shmem_exit_release_in_place, PointerGetDatum(area_place()));
	return area;
}

uint64
memreg_shared_seed(void)
{
	return shared->seed;
}

/* Key of the hash under which text keys are kept; new at each server start. */
const unsigned char *
memreg_shared_text_key(void)
{
	return shared->text_key;
}

/*
 * This database's slot; NULL: the server does not preload memreg, or more
 * databases use it than there are slots.
 */
IndexSlot *
memreg_shared_slot(void)
{
	static IndexSlot *mine = NULL;

	if (mine != NULL || shared == NULL)
		return mine;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	mine = find_slot(MyDatabaseId);
	if (mine == NULL && (mine = find_slot(InvalidOid)) != NULL)
		mine->database = MyDatabaseId;
	LWLockRelease(shared->lock);
	return mine;
}

static IndexSlot *
find_slot(Oid database)
{
	for (int i = 0; i < MAX_DATABASES; i++)
		if (shared->slots[i].database == database)
			return &shared->slots[i];
	return NULL;
}

/* Visit the slots of all databases, as they are now. */
void
memreg_shared_visit_slots(void (*visit)(const IndexSlot *slot, void *arg), void *arg)
{
	for (int i = 0; shared != NULL && i < MAX_DATABASES; i++)
		if (OidIsValid(shared->slots[i].database))
			visit(&shared->slots[i], arg);
}

/* Let other databases have the slots of those that are gone. */
void
memreg_shared_release_slots(bool (*is_gone)(Oid database), void (*empty)(IndexSlot *slot))
{
	for (int i = 0; i < MAX_DATABASES; i++)
	{
		IndexSlot *slot = &shared->slots[i];
		Oid database = slot->database;

		if (!OidIsValid(database) || !is_gone(database))
			continue;
		LWLockAcquire(shared->lock, LW_EXCLUSIVE);
		if (slot->database == database)
		{
			empty(slot);
			slot->database = InvalidOid;
		}
		LWLockRelease(shared->lock);
	}
}

/*
 * From here to the end of the transaction, what this backend finds in images
 * stays allocated.
 */
void
memreg_shared_pin(void)
{
	pg_atomic_uint64 *pin = &shared->pins[memreg_my_process_number()].epoch;
	uint64 epoch;

	if (pinned)
		return;
	pinned = true;

	/* Nobody may retire something unseen between our reading and our writing. */
	do
	{
		epoch = pg_atomic_read_u64(&shared->epoch);
		pg_atomic_write_u64(pin, epoch);
		pg_memory_barrier();
	} while (pg_atomic_read_u64(&shared->epoch) != epoch);
}

static void
unpin_at_end(XactEvent event, void *arg)
{
	if (!pinned || event == XACT_EVENT_PRE_COMMIT ||
		event == XACT_EVENT_PARALLEL_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		return;
	pinned = false;
	pg_write_barrier();
	pg_atomic_write_u64(&shared->pins[memreg_my_process_number()].epoch, 0);
}

/*
 * The epoch of what is taken out of use now; call it once nothing leads there
 * any more.  It can be freed when memreg_shared_oldest_pin() is greater.
 */
uint64
memreg_shared_retire_epoch(void)
{
	return pg_atomic_fetch_add_u64(&shared->epoch, 1);
}

uint64
memreg_shared_oldest_pin(void)
{
	uint64 oldest = PG_UINT64_MAX;

	pg_memory_barrier();
	for (int i = 0; i < MaxBackends; i++)
	{
		uint64 epoch = pg_atomic_read_u64(&shared->pins[i].epoch);

		if (epoch != 0 && epoch < oldest)
			oldest = epoch;
	}
	return oldest;
}
