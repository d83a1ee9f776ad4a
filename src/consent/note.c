/*
 * note.c
 *		Changes of states are noted when they are made.
 *
 * A row trigger on each state table, ENABLE ALWAYS, so that whoever changes
 * a row, memreg's functions, a subscription, COPY or a repair by hand, is
 * heard.  It notes the subject for the transaction itself (own.c), and for
 * the feed.
 *
 * The feed is written when the transaction commits or is prepared, many
 * subjects to a row, and memreg.consent_proxy is invalidated with it, which
 * tells every backend at its next statement that there is something to take
 * over.  So what is rolled back to a savepoint needs no thought: it names
 * somebody in vain.  A transaction that changes very many names nobody but
 * everybody: reading the tables anew is then the shorter way.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/pg_prng.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

#include "consent/feed.h"
#include "consent/note.h"
#include "consent/own.h"
#include "core/extension.h"
#include "core/spi.h"

PG_FUNCTION_INFO_V1(memreg_note_state_change);

/* The feed has four columns: transaction, kind, owner, subjects. */
#define FEED_COLUMNS 4

/* A transaction that changes more names everybody. */
#define MAX_NAMES 200000

/* Subjects in a row of the feed: so many, and so many bytes that it fits in line. */
#define BATCH_NAMES 64
#define BATCH_BYTES 1500

/* One commit in so many looks whether the feed can be trimmed. */
#define TRIM_CHANCE 1024

/* A row of the feed to be. */
typedef struct Batch
{
	StateKind kind;
	int32 owner;
	int count;
	size_t bytes;
	Datum subjects[BATCH_NAMES];
} Batch;

/* What this transaction will write to the feed; in the transaction's memory. */
static struct
{
	MemoryContext memory;
	List *batches; /* of Batch, the last one first filled up */
	int names;
	bool everybody;
} pending;

static void write_at_end(XactEvent event, void *arg);
static StateKind kind_of(const Trigger *trigger);
static void note_row(StateKind kind, HeapTuple row, TupleDesc columns);
static Batch *batch_for(StateKind kind, int32 owner, size_t bytes);
static bool says_the_same(HeapTuple one, HeapTuple other, TupleDesc columns, StateKind kind);
static bool same_value(HeapTuple one, HeapTuple other, TupleDesc columns, int column);
static void note_everybody(void);
static void write_feed(void);
static void write_batch(Relation feed, CatalogIndexState indexes, const Batch *batch);
static void trim_feed(void);

void
memreg_note_init(void)
{
	RegisterXactCallback(write_at_end, NULL);
}

static void
write_at_end(XactEvent event, void *arg)
{
	if (pending.names == 0 && !pending.everybody)
		return;
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		write_feed();
	else
		memset(&pending, 0, sizeof(pending));
}

/*
 * memreg.note_state_change('consent' | 'objection' | 'restriction' | 'hold'):
 * trigger after each row inserted, updated or deleted, and after TRUNCATE.
 */
Datum
memreg_note_state_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc columns;
	StateKind kind;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "memreg.note_state_change is a trigger function");
	columns = RelationGetDescr(trigger->tg_relation);
	kind = kind_of(trigger->tg_trigger);

	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		note_everybody();
	else if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		note_row(kind, trigger->tg_trigtuple, columns);
	else if (!says_the_same(trigger->tg_trigtuple, trigger->tg_newtuple, columns, kind))
	{
		note_row(kind, trigger->tg_trigtuple, columns);
		if (!same_value(trigger->tg_trigtuple, trigger->tg_newtuple, columns, STATE_OWNER) ||
			!same_value(trigger->tg_trigtuple, trigger->tg_newtuple, columns, STATE_SUBJECT))
			note_row(kind, trigger->tg_newtuple, columns);
	}
	return PointerGetDatum(NULL);
}

static StateKind
kind_of(const Trigger *trigger)
{
	for (int i = 0; i < STATE_KINDS && trigger->tgnargs == 1; i++)
		if (strcmp(trigger->tgargs[0], memreg_state_tables[i].kind) == 0)
			return (StateKind) i;
	elog(ERROR, "memreg.note_state_change takes the kind of state");
}

static void
note_row(StateKind kind, HeapTuple row, TupleDesc columns)
{
	bool isnull;
	int32 owner = DatumGetInt32(heap_getattr(row, STATE_OWNER, columns, &isnull));
	text *subject = DatumGetTextPP(heap_getattr(row, STATE_SUBJECT, columns, &isnull));
	MemoryContext old;
	Batch *batch;

	memreg_own_add(kind, owner, subject);
	if (pending.everybody)
		return;
	if (++pending.names > MAX_NAMES)
	{
		note_everybody();
		return;
	}
	if (pending.memory == NULL)
		pending.memory = AllocSetContextCreate(TopTransactionContext, "memreg consent feed",
											   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(pending.memory);
	batch = batch_for(kind, owner, VARSIZE_ANY(subject));
	batch->subjects[batch->count++] = datumCopy(PointerGetDatum(subject), false, -1);
	batch->bytes += VARSIZE_ANY(subject);
	MemoryContextSwitchTo(old);
}

/* The last batch if the subject fits into it, else a new one. */
static Batch *
batch_for(StateKind kind, int32 owner, size_t bytes)
{
	Batch *batch = pending.batches == NIL ? NULL : llast(pending.batches);

	if (batch != NULL && batch->kind == kind && batch->owner == owner &&
		batch->count < BATCH_NAMES && batch->bytes + bytes <= BATCH_BYTES)
		return batch;
	batch = palloc0(sizeof(Batch));
	batch->kind = kind;
	batch->owner = owner;
	pending.batches = lappend(pending.batches, batch);
	return batch;
}

/* Has the update changed neither who it is about nor what stands? */
static bool
says_the_same(HeapTuple one, HeapTuple other, TupleDesc columns, StateKind kind)
{
	int compared = memreg_state_tables[kind].expiry_index == NULL ? STATE_FLAG : STATE_EXPIRES;

	for (int column = STATE_OWNER; column <= compared; column++)
		if (!same_value(one, other, columns, column))
			return false;
	return true;
}

static bool
same_value(HeapTuple one, HeapTuple other, TupleDesc columns, int column)
{
	Form_pg_attribute attribute = TupleDescAttr(columns, column - 1);
	bool one_null;
	bool other_null;
	Datum one_value = heap_getattr(one, column, columns, &one_null);
	Datum other_value = heap_getattr(other, column, columns, &other_null);

	if (one_null || other_null)
		return one_null && other_null;
	return datumIsEqual(one_value, other_value, attribute->attbyval, attribute->attlen);
}

/* So many, or so much, that nobody is named. */
static void
note_everybody(void)
{
	memreg_own_add_all();
	if (pending.memory != NULL)
		MemoryContextDelete(pending.memory);
	pending.memory = NULL;
	pending.batches = NIL;
	pending.everybody = true;
}

/* Before the transaction ends, when no statement's snapshot is left. */
static void
write_feed(void)
{
	Relation feed = table_open(memreg_feed_relation(), RowExclusiveLock);
	CatalogIndexState indexes = CatalogOpenIndexes(feed);
	Batch everybody = {0};
	ListCell *cell;

	PushActiveSnapshot(GetTransactionSnapshot());
	if (pending.everybody)
		write_batch(feed, indexes, &everybody);
	foreach(cell, pending.batches)
		write_batch(feed, indexes, lfirst(cell));
	PopActiveSnapshot();
	CatalogCloseIndexes(indexes);
	table_close(feed, RowExclusiveLock);
	CacheInvalidateRelcacheByRelid(memreg_extension_relation("consent_proxy"));
	if (pg_prng_uint64_range(&pg_global_prng_state, 1, TRIM_CHANCE) == 1)
		trim_feed();
}

/* A batch without subjects names everybody. */
static void
write_batch(Relation feed, CatalogIndexState indexes, const Batch *batch)
{
	Datum values[FEED_COLUMNS] = {FullTransactionIdGetDatum(GetTopFullTransactionId()),
								  Int16GetDatum(batch->kind), Int32GetDatum(batch->owner)};
	bool nulls[FEED_COLUMNS] = {false, false, false, batch->count == 0};
	HeapTuple row;

	if (batch->count > 0)
		values[FEED_COLUMNS - 1] =
			PointerGetDatum(construct_array((Datum *) batch->subjects, batch->count,
											TEXTOID, -1, false, TYPALIGN_INT));
	row = heap_form_tuple(RelationGetDescr(feed), values, nulls);
	CatalogTupleInsertWithInfo(feed, row, indexes);
	heap_freetuple(row);
}

/*
 * Every now and then, the feed loses what is long past.  What another session
 * is trimming is left to it; under a snapshot that is not of now, a conflict
 * with it would be an error.
 */
static void
trim_feed(void)
{
	static const char sql[] = "SELECT memreg.trim_consent_feed()";

	if (XactReadOnly || XactIsoLevel != XACT_READ_COMMITTED)
		return;
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	memreg_spi_run(sql, NULL);
	SPI_finish();
	PopActiveSnapshot();
}
