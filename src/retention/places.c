/*
 * places.c
 *		Where rows past their term are, in one leaf.
 *
 * They are found first and removed then, in physical order, whichever way they
 * were found: rows of one page go together, and no index entry of a row that
 * has gone is walked again.  A place says nothing of what is there later: it is
 * looked at again before anything is done (batch.c).
 *
 * Of a leaf in which many rows are due no places are remembered.  To go to each
 * would cost more than to read the leaf once more, from the first such page to the
 * last.  Where they are more than can be remembered, but far apart in a large
 * leaf, the first that are found are gone to first.
 */
#include "postgres.h"

#include "retention/places.h"

#define FIRST_ROOM 1024

static void begin(RetentionPlaces *places, const DueScan *scan);
static void add(RetentionPlaces *places, const ItemPointerData *place);
static void settle(RetentionPlaces *places);
static int compare_places(const void *left, const void *right);

/* Remembers so many at most. */
RetentionPlaces *
memreg_places_open(Relation leaf, MemoryContext memory, int most)
{
	RetentionPlaces *places = MemoryContextAllocZero(memory, sizeof(RetentionPlaces));

	places->leaf = RelationGetRelid(leaf);
	places->file = memreg_relation_file(leaf);
	places->most = most;
	places->room = FIRST_ROOM;
	places->rows = MemoryContextAlloc(memory, sizeof(ItemPointerData) * FIRST_ROOM);
	return places;
}

/*
 * Remember what a scan finds that has just begun.  False: it has become dear, and
 * another way is cheaper; nothing is remembered but that they may be anywhere.
 */
bool
memreg_places_find(RetentionPlaces *places, DueScan *scan)
{
	begin(places, scan);
	while (memreg_due_scan_next(scan))
		add(places, &scan->place);
	if (memreg_due_scan_is_dear(scan))
		return false;
	places->found = scan->found;
	places->first = scan->first;
	places->last = scan->last;
	places->many = memreg_due_scan_found_many(scan) ||
		(places->more && !memreg_due_scan_found_far_apart(scan));
	settle(places);
	return true;
}

static void
begin(RetentionPlaces *places, const DueScan *scan)
{
	places->found = 0;
	places->first = 0;
	places->last = MaxBlockNumber;
	places->many = false;
	places->more = false;
	places->entries = scan->order == DUE_BY_ENTRY;
	places->count = 0;
}

static void
add(RetentionPlaces *places, const ItemPointerData *place)
{
	places->more |= places->count == places->most;
	if (places->more)
		return;
	if (places->count == places->room)
	{
		places->room = Min(places->room * 2, RETENTION_PLACES_MAX);
		places->rows = repalloc(places->rows, sizeof(ItemPointerData) * places->room);
	}
	places->rows[places->count++] = *place;
}

static void
settle(RetentionPlaces *places)
{
	if (!places->many)
	{
		qsort(places->rows, places->count, sizeof(ItemPointerData), compare_places);
		return;
	}
	pfree(places->rows);
	places->rows = NULL;
	places->count = places->room = 0;
}

static int
compare_places(const void *left, const void *right)
{
	return ItemPointerCompare((ItemPointer) left, (ItemPointer) right);
}
