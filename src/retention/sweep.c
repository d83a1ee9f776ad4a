/*
 * sweep.c
 *		A walk over what is past its term in a rule's table, as far as it has come.
 *
 * Leaf by leaf: places are found, then batch after batch is taken of them.
 * Where there are more than one finding holds, the next begins where it ended,
 * or, by an index, at its beginning, where those found before are gone.
 *
 * A place is valid for one file: TRUNCATE, CLUSTER or VACUUM FULL between two
 * batches give the relation another, and the walk of that leaf starts over.
 */
#include "postgres.h"

#include "access/table.h"

#include "retention/sweep.h"
#include "retention/table.h"

static Relation open_leaf(const RetentionSweep *sweep);
static RetentionPlaces *known_places(const RetentionSweep *sweep, Relation leaf);
static RetentionPlaces *find_places(RetentionSweep *sweep, Relation leaf);
static void next_leaf(RetentionSweep *sweep);

/* Begin a pass.  known: what has been found already, in the sweep's memory. */
void
memreg_sweep_start(RetentionSweep *sweep, List *known)
{
	MemoryContext old = MemoryContextSwitchTo(sweep->memory);

	sweep->leaves = memreg_table_leaves(sweep->rule->relation);
	MemoryContextSwitchTo(old);
	sweep->known = known;
	sweep->skipped = 0;
	sweep->missed = false;
	sweep->leaf = -1;
	sweep->places = NULL;
	sweep->state = SWEEP_GOING;
	next_leaf(sweep);
}

/* Are there no places at hand that batches could be taken of? */
bool
memreg_sweep_wants_places(const RetentionSweep *sweep)
{
	return sweep->places == NULL || sweep->place == sweep->places->count;
}

/* Find them; a leaf that has none, or none any more, is passed over. */
void
memreg_sweep_find(RetentionSweep *sweep)
{
	Relation leaf = open_leaf(sweep);

	if (leaf == NULL)
	{
		next_leaf(sweep);
		return;
	}
	sweep->places = sweep->places == NULL ? known_places(sweep, leaf) : sweep->places;
	if (memreg_sweep_wants_places(sweep))
		sweep->places = find_places(sweep, leaf);
	sweep->place = 0;
	if (sweep->places->count == 0)
		next_leaf(sweep);
	table_close(leaf, NoLock);
}

/* What was found without room for all does not say where it ended. */
static RetentionPlaces *
known_places(const RetentionSweep *sweep, Relation leaf)
{
	ListCell *cell;

	foreach(cell, sweep->known)
	{
		RetentionPlaces *places = lfirst(cell);

		if (places->leaf == RelationGetRelid(leaf) && !places->full &&
			places->file == memreg_relation_file(leaf))
			return places;
	}
	return NULL;
}

static RetentionPlaces *
find_places(RetentionSweep *sweep, Relation leaf)
{
	RetentionPlaces *before = sweep->places;
	RetentionPlaces *places = memreg_places_open(leaf, sweep->memory);
	DueScan *scan;

	if (before != NULL && before->file == places->file)
		places->next = before->next;
	scan = memreg_due_scan_begin(leaf, sweep->rule, &places->next);
	while (memreg_due_scan_next(scan) && memreg_places_add(places, scan))
		;
	memreg_due_scan_end(scan);
	memreg_places_close(places);

	/* Until the rest is found, rows of it may come to lie before. */
	sweep->missed |= places->full;
	if (before != NULL)
		memreg_places_free(before);
	return places;
}

/*
 * The leaf that the places are in, locked until the transaction ends.  NULL:
 * they are places no more, and the sweep has gone on.
 */
Relation
memreg_sweep_open(RetentionSweep *sweep)
{
	Relation leaf = open_leaf(sweep);

	if (leaf == NULL)
		next_leaf(sweep);
	else if (memreg_relation_file(leaf) != sweep->places->file)
	{
		sweep->places = NULL;
		sweep->place = 0;
		table_close(leaf, NoLock);
		leaf = NULL;
	}
	return leaf;
}

/* NULL: the present leaf was dropped or detached. */
static Relation
open_leaf(const RetentionSweep *sweep)
{
	Relation leaf =
		try_table_open(list_nth_oid(sweep->leaves, sweep->leaf), RowExclusiveLock);

	if (leaf == NULL)
		return NULL;
	if (!memreg_table_holds(sweep->rule->relation, RelationGetRelid(leaf)))
	{
		table_close(leaf, NoLock);
		return NULL;
	}
	return leaf;
}

/* A batch has been taken. */
void
memreg_sweep_advance(RetentionSweep *sweep)
{
	if (sweep->state == SWEEP_GOING && sweep->places != NULL &&
		sweep->place == sweep->places->count && !sweep->places->full)
		next_leaf(sweep);
}

static void
next_leaf(RetentionSweep *sweep)
{
	sweep->leaf++;
	sweep->places = NULL;
	sweep->place = 0;
	if (sweep->leaf >= list_length(sweep->leaves))
		sweep->state = SWEEP_ENDED;
}
