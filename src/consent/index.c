/*
 * index.c
 *		The consent index, for those who ask it.
 *
 * The state tables are the truth; the index is an image of them in shared
 * memory, one for each database, which answers for a row in nanoseconds what
 * a probe of the tables answers in microseconds.
 *
 *	A change is noted when it is made (note.c): its subject in the feed
 *	(feed.c), for the transaction itself (own.c), and for everybody by an
 *	invalidation that arrives with its commit, on a standby with its replay.
 *	A statement begins by asking here for an image that is right.  If there
 *	has been an invalidation since the last time, or something has ended by
 *	date, the image is refreshed first (refresh.c).  If there is no image, it
 *	is loaded (load.c).  Rows are then looked up without a lock (lookup.c).
 *	What cannot be asked of the image is asked of the tables (state.c): while
 *	another session loads it, when it does not fit into memory, and for what
 *	this transaction has changed itself.  The answer is the same.
 *
 * A session whose load was broken off is not asked to do it again: a
 * background worker does it (load_worker.c).
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "utils/inval.h"
#include "utils/timestamp.h"

#include "consent/drop_database.h"
#include "consent/index.h"
#include "consent/load.h"
#include "consent/load_worker.h"
#include "consent/note.h"
#include "consent/own.h"
#include "consent/refresh.h"
#include "consent/vouch.h"
#include "core/extension.h"

/*
 * The image that the present statement may ask, and this backend is pinned;
 * NULL: ask the tables.
 */
Image *memreg_index_image = NULL;

/* Invalidations of the proxy, or of anything, that this backend has heard of ... */
static uint64 changes_heard = 1;

/* ... and how many of them an image holds that it has seen. */
static uint64 changes_taken = 0;

/* The proxy that these are about, and the tables, whose triggers may be changed. */
static Oid identity = InvalidOid;
static Oid state_tables[STATE_KINDS];

/* In a parallel worker: the statement that it serves may ask the index no more. */
static bool forbidden = false;

static void hear_change(Datum arg, Oid relation);
static void forget_at_end(XactEvent event, void *arg);
static IndexSlot *my_slot(void);
static Image *image_of_now(IndexSlot *slot);
static bool load_image(IndexSlot *slot);

void
memreg_index_init(void)
{
	memreg_shared_init();
	memreg_own_init();
	memreg_note_init();
	memreg_vouch_init();
	memreg_drop_database_init();
	CacheRegisterRelcacheCallback(hear_change, (Datum) 0);
	RegisterXactCallback(forget_at_end, NULL);
}

/* Relcache callback; InvalidOid: invalidations were lost. */
static void
hear_change(Datum arg, Oid relation)
{
	bool followed = relation == InvalidOid || relation == identity;

	for (int kind = 0; kind < STATE_KINDS; kind++)
		followed |= relation == state_tables[kind];
	if (followed)
		changes_heard++;
}

/* With the transaction ends the pin. */
static void
forget_at_end(XactEvent event, void *arg)
{
	if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PARALLEL_PRE_COMMIT &&
		event != XACT_EVENT_PRE_PREPARE)
		memreg_index_image = NULL;
}

/*
 * To be called when a statement starts that will look subjects up, after
 * AcceptInvalidationMessages: what was committed before this call, it will
 * see.  False: the statement must do without parallel workers.
 *
 * Costs a fraction of a microsecond; some tens of them where something has
 * changed; and a pass over the state tables where there is no image yet.
 */
bool
memreg_index_prepare(void)
{
	IndexSlot *slot = my_slot();

	memreg_index_image = NULL;

	/* Who has emptied a table would read its own new file for everybody. */
	if (slot == NULL || memreg_own_everything)
		return false;
	memreg_shared_pin();
	memreg_index_image = image_of_now(slot);

	/* Workers would not know which answers are the tables' to give. */
	return memreg_index_image != NULL && !memreg_own_any;
}

/* The slot of a database that has been dropped may serve this one. */
static IndexSlot *
my_slot(void)
{
	static bool swept = false;

	if (memreg_shared_slot() == NULL && !swept)
	{
		memreg_image_sweep();
		swept = true;
	}
	return memreg_shared_slot();
}

static Image *
image_of_now(IndexSlot *slot)
{
	Oid present = memreg_index_identity();

	for (int tries = 0; tries < 3; tries++)
	{
		uint64 changes = changes_heard;
		Image *image = memreg_image_current(slot, present);

		if (image == NULL)
		{
			if (!load_image(slot))
				return NULL;
			continue;
		}
		if (changes == changes_taken && memreg_image_is_of(image, GetCurrentTimestamp()))
			return image;
		if (!memreg_refresh(slot, present))
			continue;

		/* What was heard of meanwhile, this statement need not see. */
		changes_taken = changes;
		return memreg_image_current(slot, present);
	}
	return NULL;
}

/* The proxy of the extension that is installed now; another one than before: all is new. */
Oid
memreg_index_identity(void)
{
	static uint64 generation = 0;
	Oid present;

	if (generation == memreg_extension_generation())
		return identity;
	generation = 0;
	present = memreg_extension_relation("consent_proxy");
	if (present != identity)
	{
		identity = present;
		for (int kind = 0; kind < STATE_KINDS; kind++)
			state_tables[kind] = memreg_extension_relation(memreg_state_tables[kind].name);
		changes_heard++;
	}
	generation = memreg_extension_generation();
	return identity;
}

/* False: the tables must do. */
static bool
load_image(IndexSlot *slot)
{
	if (IsInParallelMode() || slot->full_at == memreg_index_memory)
		return false;
	if (slot->failures == 0)
		return memreg_load(slot, identity);
	if (GetCurrentTimestamp() >= slot->try_again)
		memreg_load_worker_start(slot);
	return false;
}

/*
 * In a parallel worker.  The statement that it serves was prepared by its
 * leader, so the published image is right for it.  A statement that starts
 * in the worker itself, inside a function, was not, and a worker does not
 * refresh; so it asks the tables, and what else the worker does as well.
 */
void
memreg_index_prepare_worker(bool nested)
{
	IndexSlot *slot = memreg_shared_slot();

	forbidden |= nested;
	memreg_index_image = NULL;
	if (slot == NULL || forbidden)
		return;
	memreg_shared_pin();
	memreg_index_image = memreg_image_current(slot, memreg_index_identity());
}

/* For estimates: how many subjects a set has, as of some time; false: not known. */
bool
memreg_index_members(StateKind kind, int32 owner, double *members)
{
	IndexSlot *slot = memreg_shared_slot();
	Image *image;
	SubjectSet *set;

	if (slot == NULL)
		return false;
	memreg_shared_pin();
	image = memreg_image_current(slot, memreg_index_identity());
	if (image == NULL)
		return false;
	set = memreg_image_find(image, kind, owner);
	*members = set == NULL ? 0 : (double) set->members;
	return true;
}
