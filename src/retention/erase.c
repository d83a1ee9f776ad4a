/*
 * erase.c
 *		Removing subjects from all tables of their register.
 *
 * All of a subject goes in one transaction: its rows in every registered table,
 * referring rows before those they refer to, and the events that memreg keeps
 * of it.  Its secret goes with its row of the root table, by that table's
 * trigger.  What names it in the ledgers of consents stays, as they account for
 * what was done.
 *
 * The rows of a table are removed as for the action "delete", as the owner of
 * that table.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "core/spi.h"
#include "registry/subject.h"
#include "retention/action_delete.h"
#include "retention/erase.h"
#include "retention/owner.h"
#include "retention/subject_tables.h"

#define FIRST_ROOM 64

typedef struct Erasure
{
	const RetentionRule *rule;
	bool careful; /* lock each row first */
	Datum *subjects;
	int count;
} Erasure;

static void read_subjects(Erasure *erasure, Relation root, const ItemPointerData *rows);
static bool erase_from(const Erasure *erasure, SubjectLeaf *leaf);
static ItemPointerData *find_rows(const Erasure *erasure, SubjectLeaf *leaf, int *found);
static void require_due(SubjectLeaf *leaf);
static void lock_row(SubjectLeaf *leaf);
static void forget_events(const Erasure *erasure);

/*
 * Erase the subjects of these rows of a root table, which are due.  Returns
 * count, or another number where not all of their rows are gone: the caller
 * takes it back then.
 */
uint64
memreg_erase(const RetentionRule *rule, Relation root, ItemPointerData *rows, int count,
			 bool careful)
{
	Erasure erasure = {.rule = rule, .careful = careful, .count = count};
	SubjectTables *tables;
	ListCell *cell;
	bool all = true;

	PushActiveSnapshot(GetLatestSnapshot());
	read_subjects(&erasure, root, rows);
	tables = memreg_subject_tables_open(rule);
	foreach(cell, tables->leaves)
		all = all && erase_from(&erasure, lfirst(cell));
	memreg_subject_tables_close(tables);
	forget_events(&erasure);
	PopActiveSnapshot();
	return all ? (uint64) erasure.count : 0;
}

/* Fewer than the rows where one is not there any more. */
static void
read_subjects(Erasure *erasure, Relation root, const ItemPointerData *rows)
{
	TupleTableSlot *row = table_slot_create(root, NULL);
	AttrNumber column = get_attnum(RelationGetRelid(root), erasure->rule->subject);
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(root), column - 1);
	int given = erasure->count;

	erasure->subjects = palloc(sizeof(Datum) * Max(given, 1));
	erasure->count = 0;
	for (int i = 0; i < given; i++)
	{
		ItemPointerData place = rows[i];
		bool isnull = true;
		Datum subject = 0;

		if (table_tuple_fetch_row_version(root, &place, GetActiveSnapshot(), row))
			subject = slot_getattr(row, column, &isnull);
		if (!isnull)
			erasure->subjects[erasure->count++] =
				datumCopy(subject, attribute->attbyval, attribute->attlen);
	}
	ExecDropSingleTupleTableSlot(row);
}

/* False: not all went. */
static bool
erase_from(const Erasure *erasure, SubjectLeaf *leaf)
{
	int found;
	ItemPointerData *rows;
	Relation relation;
	OwnerContext owner;
	uint64 removed;

	relation = table_open(RelationGetRelid(leaf->relation), RowExclusiveLock);
	rows = find_rows(erasure, leaf, &found);
	if (found == 0)
	{
		table_close(relation, NoLock);
		return true;
	}
	owner = memreg_owner_enter(relation);
	removed = memreg_action_delete(erasure->rule, relation, rows, found);
	memreg_owner_leave(owner);
	table_close(relation, NoLock);
	return removed == (uint64) found;
}

static ItemPointerData *
find_rows(const Erasure *erasure, SubjectLeaf *leaf, int *found)
{
	int room = FIRST_ROOM;
	ItemPointerData *rows = palloc(sizeof(ItemPointerData) * room);

	*found = 0;
	for (int i = 0; i < erasure->count; i++)
	{
		memreg_subject_rows_turn(leaf->rows, erasure->subjects[i]);
		while (memreg_subject_rows_next(leaf->rows, leaf->row))
		{
			if (*found == room)
				rows = repalloc(rows, sizeof(ItemPointerData) * (room *= 2));
			rows[(*found)++] = leaf->row->tts_tid;
			if (erasure->careful)
				lock_row(leaf);
			require_due(leaf);
		}
	}
	return rows;
}

/*
 * A row that has come since the subject was looked at has a ground that was not
 * asked; and an event that a ground runs from must not change any more.
 */
static void
require_due(SubjectLeaf *leaf)
{
	if (leaf->grounds == NULL)
		return;
	if (!memreg_due_row(leaf->grounds, leaf->row) ||
		!memreg_due_lock_events(leaf->grounds, leaf->row))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("what keeps rows of table %s was changed while they were removed",
						RelationGetRelationName(leaf->relation))));
}

/* Or fail as if the wait for it had timed out: the batch is tried again without that subject. */
static void
lock_row(SubjectLeaf *leaf)
{
	TM_FailureData why;
	ItemPointerData place = leaf->row->tts_tid;
	TM_Result result = table_tuple_lock(leaf->relation, &place, GetActiveSnapshot(),
										leaf->row, GetCurrentCommandId(true),
										LockTupleExclusive, LockWaitSkip, 0, &why);

	if (result != TM_Ok)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("a row of table %s is in use", RelationGetRelationName(leaf->relation))));
}

static void
forget_events(const Erasure *erasure)
{
	MemregArgs args = {0};
	Datum *names = palloc(sizeof(Datum) * Max(erasure->count, 1));

	for (int i = 0; i < erasure->count; i++)
		names[i] = PointerGetDatum(
			memreg_subject_text(erasure->rule->subject_type, erasure->subjects[i]));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(erasure->rule->register_id));
	memreg_spi_arg(&args, TEXTARRAYOID,
				   PointerGetDatum(construct_array(names, erasure->count, TEXTOID, -1,
												   false, TYPALIGN_INT)));
	memreg_spi_run("DELETE FROM memreg.subject_event WHERE register_id = $1 AND subject = ANY ($2)",
				   &args);
}
