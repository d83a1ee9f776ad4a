/*
 * sweep.c
 *		A walk over what is past its term in a rule's table, as far as it has come.
 *
 * Leaf by leaf: places are found, then batch after batch is taken of them.
 * Where they are many, batch after batch walks on through the leaf instead.  A
 * row may come to lie behind such a walk; if it has met fewer than were found,
 * that may be why.  Some places may not have been remembered.  Then there is
 * another pass.
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
static RetentionPlaces *find_places(const RetentionSweep *sweep, Relation leaf);
static bool is_through(const RetentionSweep *sweep);
static void next_leaf(RetentionSweep *sweep);

/* Begin a pass.  known: what has been found already, in the sweep's memory. */
void
memreg_sweep_start(RetentionSweep *sweep, List *known)
{
	MemoryContext old = MemoryContextSwitchTo(sweep->memory);

	if (sweep->found == NULL)
		sweep->found = AllocSetContextCreate(sweep->memory, "memreg retention places",
											 ALLOCSET_DEFAULT_SIZES);
	sweep->leaves = memreg_table_leaves(sweep->rule->relation);
	MemoryContextSwitchTo(old);
	sweep->known = known;
	sweep->skipped = 0;
	sweep->missed = false;
	sweep->more = false;
	sweep->leaf = -1;
	sweep->state = SWEEP_GOING;
	next_leaf(sweep);
}

/* Is it still to be found out where in the leaf there is something to do? */
bool
memreg_sweep_wants_places(const RetentionSweep *sweep)
{
	return sweep->places == NULL;
}

/* Find it out; a leaf that has nothing due is passed over. */
void
memreg_sweep_find(RetentionSweep *sweep)
{
	Relation leaf = open_leaf(sweep);

	if (leaf == NULL)
	{
		next_leaf(sweep);
		return;
	}
	sweep->places = known_places(sweep, leaf);
	if (sweep->places == NULL)
		sweep->places = find_places(sweep, leaf);
	sweep->at = (SweepPosition){0};
	ItemPointerSet(&sweep->at.next, sweep->places->first, FirstOffsetNumber);
	memreg_sweep_advance(sweep);
	table_close(leaf, NoLock);
}

static RetentionPlaces *
known_places(const RetentionSweep *sweep, Relation leaf)
{
	ListCell *cell;

	foreach(cell, sweep->known)
	{
		RetentionPlaces *places = lfirst(cell);

		if (places->leaf == RelationGetRelid(leaf) &&
			places->file == memreg_relation_file(leaf))
			return places;
	}
	return NULL;
}

/* Where finding them becomes dear, reading the leaf is left to the walk. */
static RetentionPlaces *
find_places(const RetentionSweep *sweep, Relation leaf)
{
	DueScan *scan = memreg_due_scan_begin(leaf, sweep->rule);
	RetentionPlaces *places;

	MemoryContextReset(sweep->found);
	places = memreg_places_open(leaf, sweep->found, RETENTION_PLACES_MAX);
	memreg_due_scan_want_places(scan);
	if (!memreg_places_find(places, scan))
		places->many = true;
	memreg_due_scan_end(scan);
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
	if (sweep->state != SWEEP_GOING || sweep->places == NULL || !is_through(sweep))
		return;
	if (sweep->places->many)
		sweep->missed |= sweep->at.met < sweep->places->found;
	else
		sweep->more |= sweep->places->more;
	next_leaf(sweep);
}

static bool
is_through(const RetentionSweep *sweep)
{
	return sweep->places->many ? sweep->at.through : sweep->at.place == sweep->places->count;
}

/* What was found is not needed any more, not in a further pass either. */
static void
next_leaf(RetentionSweep *sweep)
{
	sweep->leaf++;
	sweep->places = NULL;
	if (sweep->leaf >= list_length(sweep->leaves))
		sweep->state = SWEEP_ENDED;
}
