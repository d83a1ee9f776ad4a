/*
 * places.c
 *		Where rows past their term are, in one leaf.
 *
 * They are found first and removed then, in physical order, whichever way they
 * were found: rows of one page go together, and no index entry of a row that
 * has gone is walked again.  A place says nothing of what is there later: it is
 * looked at again before anything is done (batch.c).
 */
#include "postgres.h"

#include "retention/places.h"

#define FIRST_ROOM 1024

static int compare_places(const void *left, const void *right);

RetentionPlaces *
memreg_places_open(Relation leaf, MemoryContext memory)
{
	RetentionPlaces *places = MemoryContextAllocZero(memory, sizeof(RetentionPlaces));

	places->leaf = RelationGetRelid(leaf);
	places->file = memreg_relation_file(leaf);
	ItemPointerSet(&places->next, 0, FirstOffsetNumber);
	places->room = FIRST_ROOM;
	places->rows = MemoryContextAlloc(memory, sizeof(ItemPointerData) * FIRST_ROOM);
	return places;
}

/* Add the row that the scan stands at.  False: there is no room for it. */
bool
memreg_places_add(RetentionPlaces *places, const DueScan *scan)
{
	const ItemPointerData *place = &scan->row->tts_tid;

	if (places->count == RETENTION_PLACES_MAX)
	{
		places->full = true;
		return false;
	}
	if (places->count == places->room)
	{
		places->room = Min(places->room * 2, RETENTION_PLACES_MAX);
		places->rows = repalloc(places->rows, sizeof(ItemPointerData) * places->room);
	}
	places->rows[places->count++] = *place;
	ItemPointerSet(&places->next, ItemPointerGetBlockNumber(place),
				   OffsetNumberNext(ItemPointerGetOffsetNumber(place)));
	return true;
}

void
memreg_places_close(RetentionPlaces *places)
{
	qsort(places->rows, places->count, sizeof(ItemPointerData), compare_places);
}

void
memreg_places_free(RetentionPlaces *places)
{
	pfree(places->rows);
	pfree(places);
}

static int
compare_places(const void *left, const void *right)
{
	return ItemPointerCompare((ItemPointer) left, (ItemPointer) right);
}
