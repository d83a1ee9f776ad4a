/*
 * note.c
 *		Changes of states are noted when they are made.
 *
 * A row trigger on each state table, ENABLE ALWAYS, so that whoever changes
 * a row, memreg's functions, a subscription, COPY or a repair by hand, is
 * heard.  It names the subject in the feed, for those who keep images; it
 * invalidates memreg.consent_proxy, which tells every backend at its next
 * statement that there is something to take over, once the change has been
 * committed; and it notes the subject for the transaction itself.
 *
 * A transaction that changes very many names nobody but everybody: reading
 * the tables anew is then the shorter way.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "commands/trigger.h"
#include "common/pg_prng.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/xid8.h"

#include "consent/feed.h"
#include "consent/note.h"
#include "consent/own.h"
#include "core/extension.h"
#include "core/spi.h"

PG_FUNCTION_INFO_V1(memreg_note_state_change);

/* The feed has four columns: transaction, kind, owner, subject. */
#define FEED_COLUMNS 4

/* A transaction that changes more names everybody. */
#define MAX_NAMES 200000

/* One change in so many looks whether the feed can be trimmed. */
#define TRIM_CHANCE 1024

/* How many this transaction has named; above MAX_NAMES it has named everybody. */
static int names = 0;

static void forget_at_end(XactEvent event, void *arg);
static void forget_rolled_back(SubXactEvent event, SubTransactionId mine,
							   SubTransactionId parent, void *arg);
static StateKind kind_of(const Trigger *trigger);
static void note_row(StateKind kind, HeapTuple row, TupleDesc columns);
static bool says_the_same(HeapTuple one, HeapTuple other, TupleDesc columns, StateKind kind);
static bool same_value(HeapTuple one, HeapTuple other, TupleDesc columns, int column);
static void name_everybody(StateKind kind);
static void write_feed(StateKind kind, int32 owner, Datum subject, bool everybody);
static void trim_feed(void);

void
memreg_note_init(void)
{
	RegisterXactCallback(forget_at_end, NULL);
	RegisterSubXactCallback(forget_rolled_back, NULL);
}

static void
forget_at_end(XactEvent event, void *arg)
{
	if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PRE_PREPARE)
		names = 0;
}

/* It may be this that had named everybody. */
static void
forget_rolled_back(SubXactEvent event, SubTransactionId mine, SubTransactionId parent,
				   void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		names = 0;
}

/*
 * memreg.note_state_change('consent' | 'objection' | 'restriction'): trigger
 * after each row inserted, updated or deleted, and after TRUNCATE.
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
		name_everybody(kind);
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
	static const char *const kinds[STATE_KINDS] = {"consent", "objection", "restriction"};

	for (int i = 0; i < STATE_KINDS && trigger->tgnargs == 1; i++)
		if (strcmp(trigger->tgargs[0], kinds[i]) == 0)
			return (StateKind) i;
	elog(ERROR, "memreg.note_state_change takes the kind of state");
}

static void
note_row(StateKind kind, HeapTuple row, TupleDesc columns)
{
	bool isnull;
	int32 owner = DatumGetInt32(heap_getattr(row, STATE_OWNER, columns, &isnull));
	Datum subject = heap_getattr(row, STATE_SUBJECT, columns, &isnull);

	memreg_own_add(kind, owner, DatumGetTextPP(subject));
	if (names > MAX_NAMES)
		return;
	if (++names > MAX_NAMES)
		name_everybody(kind);
	else
		write_feed(kind, owner, subject, false);
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

static void
name_everybody(StateKind kind)
{
	names = MAX_NAMES + 1;
	memreg_own_add_all();
	write_feed(kind, 0, (Datum) 0, true);
}

static void
write_feed(StateKind kind, int32 owner, Datum subject, bool everybody)
{
	Relation feed = table_open(memreg_feed_relation(), RowExclusiveLock);
	Datum values[FEED_COLUMNS] = {FullTransactionIdGetDatum(GetTopFullTransactionId()),
								  Int16GetDatum(kind), Int32GetDatum(owner), subject};
	bool nulls[FEED_COLUMNS] = {false, false, false, everybody};
	HeapTuple row = heap_form_tuple(RelationGetDescr(feed), values, nulls);

	CatalogTupleInsert(feed, row);
	heap_freetuple(row);
	table_close(feed, RowExclusiveLock);
	CacheInvalidateRelcacheByRelid(memreg_extension_relation("consent_proxy"));
	if (pg_prng_uint64_range(&pg_global_prng_state, 1, TRIM_CHANCE) == 1)
		trim_feed();
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

	if (XactIsoLevel != XACT_READ_COMMITTED)
		return;
	SPI_connect();
	memreg_spi_run(sql, NULL);
	SPI_finish();
}
