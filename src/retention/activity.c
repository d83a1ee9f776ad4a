/*
 * activity.c
 *		When subjects were last active.
 *
 * Invariant: the time stored for a subject is never earlier than its last
 * activity that is committed.  It is coarse: what is stored is the time of an
 * activity and an interval more (every), and what happens until then costs no
 * write.  So a subject is kept up to one interval longer than its term, and
 * never shorter.
 *
 * Activities are collected and written when the transaction commits or is
 * prepared, in the order of the subjects.  From the first such row lock to its
 * end a transaction waits for nothing but other transactions that are at this
 * point too, and take the locks in the same order: so no two of them deadlock,
 * in whatever order they met their subjects.  What a subtransaction noted goes
 * when it is rolled back.
 *
 * Until then the subject's row is share-locked, if that needs no waiting, so
 * that a removal that is decided meanwhile leaves the subject alone
 * (memreg_event_lock).  Such locks do not come in each other's way.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "core/extension.h"
#include "core/spi.h"
#include "registry/subject.h"
#include "retention/activity.h"
#include "retention/activity_seen.h"
#include "retention/event_row.h"

/* More subjects of one transaction are written without having been locked before. */
#define MAX_SHIELDED 100

/* Subjects in one statement. */
#define BATCH 10000

typedef struct PendingKey
{
	SubjectKey subject;
	int64 register_id; /* wide, to leave no gap */
} PendingKey;

typedef struct Pending
{
	PendingKey key;      /* hash key */
	TimestampTz until;   /* DT_NOBEGIN: was rolled back */
	TimestampTz written; /* DT_NOBEGIN: not yet */
	text *subject;
} Pending;

/* What a subtransaction has raised, to be lowered if it is rolled back. */
typedef struct Raise
{
	Pending *pending;
	TimestampTz before;
	struct Raise *earlier;
} Raise;

typedef struct Level
{
	SubTransactionId of;
	Raise *newest;
	Raise *oldest;
	struct Level *outer;
} Level;

int memreg_activity_interval = SECS_PER_DAY;

/* Of this transaction, in its memory. */
static HTAB *pending_activities = NULL;
static Level *innermost = NULL;

static Pending *find_pending(const PendingKey *key);
static bool is_stored(const PendingKey *key, const text *subject, TimestampTz at);
static bool is_own(const EventRow *row);
static TimestampTz later(TimestampTz at, int64 every);
static void raise_pending(const PendingKey *key, const text *subject, TimestampTz until);
static Pending *enter_pending(const PendingKey *key, const text *subject);
static void remember_raise(Pending *pending);
static void end_subtransaction(SubXactEvent event, SubTransactionId ended,
							   SubTransactionId parent, void *arg);
static void lower_raised(const Level *level);
static void hand_up(Level *level, SubTransactionId parent);
static void end_transaction(XactEvent event, void *arg);
static void write_activities(void);
static Pending **sorted_activities(int *count);
static int compare_activities(const void *a, const void *b);
static void write_batch(Pending **activities, int count);
static void remember_activities(void);

/*
 * How coarse activities are noted where a table's own interval does not say
 * otherwise: a subject costs one write in so long a time, and is kept so much
 * longer at most.
 */
void
memreg_activity_init(void)
{
	DefineCustomIntVariable("memreg.activity_interval",
							"Time in which a subject's activity is written once.", NULL,
							&memreg_activity_interval, SECS_PER_DAY, 0,
							366 * SECS_PER_DAY, PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);
	memreg_seen_init();
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}

/*
 * The subject was active at this time, which counts if the transaction
 * commits.  type: of the register's subject keys; every: microseconds for
 * which the note is good.
 */
void
memreg_activity_note(int32 register_id, Oid type, Datum subject, TimestampTz at, int64 every)
{
	PendingKey key = {memreg_seen_key(type, subject), register_id};
	Pending *pending;
	text *name;

	if (memreg_seen_covers(register_id, &key.subject, at))
		return;
	pending = find_pending(&key);
	if (pending != NULL && pending->until >= at)
		return;
	name = memreg_subject_text(type, subject);
	memreg_seen_make_room();
	if (!is_stored(&key, name, at))
		raise_pending(&key, name, later(at, every));
}

static Pending *
find_pending(const PendingKey *key)
{
	return pending_activities == NULL
		? NULL
		: hash_search(pending_activities, key, HASH_FIND, NULL);
}

/*
 * Does the table cover an activity at this time?  If not, its row is shielded.
 * Read as it is at this moment, whatever the transaction's snapshot, and
 * without a trace in serializable transactions, which must not conflict over
 * this.
 */
static bool
is_stored(const PendingKey *key, const text *subject, TimestampTz at)
{
	uint32 epoch = memreg_seen_epoch();
	EventRow row;
	TimestampTz until;
	bool isnull;
	bool stored = false;

	memreg_event_row_find(&row, EVENT_ACTIVITY, key->register_id, subject, SnapshotSelf);
	if (row.tuple != NULL)
	{
		until = DatumGetTimestampTz(memreg_event_row_value(&row, SUBJECT_EVENT_AT, &isnull));
		stored = until >= at;
		if (stored && !is_own(&row) && epoch == memreg_seen_epoch())
			memreg_seen_add(key->register_id, &key->subject, until);
		if (!stored &&
			(pending_activities == NULL ||
			 hash_get_num_entries(pending_activities) < MAX_SHIELDED))
			(void) memreg_event_row_lock(&row, LockTupleKeyShare);
	}
	memreg_event_row_close(&row);
	return stored;
}

/* What this transaction wrote itself may be rolled back. */
static bool
is_own(const EventRow *row)
{
	return TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(row->tuple->t_data));
}

static TimestampTz
later(TimestampTz at, int64 every)
{
	return at >= END_TIMESTAMP - every ? DT_NOEND : at + every;
}

static void
raise_pending(const PendingKey *key, const text *subject, TimestampTz until)
{
	Pending *pending = find_pending(key);

	if (pending == NULL)
		pending = enter_pending(key, subject);
	remember_raise(pending);
	pending->until = until;
}

static Pending *
enter_pending(const PendingKey *key, const text *subject)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	HASHCTL control = {.keysize = sizeof(PendingKey),
					   .entrysize = sizeof(Pending),
					   .hcxt = TopTransactionContext};
	text *copy = DatumGetTextPCopy(PointerGetDatum(subject));
	Pending *pending;

	if (pending_activities == NULL)
		pending_activities = hash_create("memreg activities", 64, &control,
										 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	pending = hash_search(pending_activities, key, HASH_ENTER, NULL);
	pending->until = DT_NOBEGIN;
	pending->written = DT_NOBEGIN;
	pending->subject = copy;
	MemoryContextSwitchTo(old);
	return pending;
}

/* What the transaction itself raises goes with all of it. */
static void
remember_raise(Pending *pending)
{
	SubTransactionId present = GetCurrentSubTransactionId();
	Raise *raise;

	if (present == TopSubTransactionId)
		return;
	if (innermost == NULL || innermost->of != present)
	{
		Level *level = MemoryContextAllocZero(TopTransactionContext, sizeof(Level));

		level->of = present;
		level->outer = innermost;
		innermost = level;
	}
	raise = MemoryContextAlloc(TopTransactionContext, sizeof(Raise));
	*raise = (Raise){pending, pending->until, innermost->newest};
	innermost->newest = raise;
	if (innermost->oldest == NULL)
		innermost->oldest = raise;
}

static void
end_subtransaction(SubXactEvent event, SubTransactionId ended, SubTransactionId parent,
				   void *arg)
{
	Level *level = innermost;

	if (level == NULL || level->of != ended ||
		(event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB))
		return;
	innermost = level->outer;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		lower_raised(level);
	else
		hand_up(level, parent);
}

static void
lower_raised(const Level *level)
{
	for (Raise *raise = level->newest; raise != NULL; raise = raise->earlier)
		raise->pending->until = raise->before;
}

/* From now on the outer subtransaction can take it back. */
static void
hand_up(Level *level, SubTransactionId parent)
{
	if (parent == TopSubTransactionId)
		return;
	if (innermost == NULL || innermost->of != parent)
	{
		level->of = parent;
		innermost = level;
		return;
	}
	level->oldest->earlier = innermost->newest;
	innermost->newest = level->newest;
}

static void
end_transaction(XactEvent event, void *arg)
{
	if (pending_activities == NULL)
		return;
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
	{
		write_activities();
		return;
	}
	if (event == XACT_EVENT_COMMIT)
		remember_activities();
	pending_activities = NULL; /* freed with the transaction's memory */
	innermost = NULL;
}

/*
 * Nothing of the application is left to run.  Its isolation level must not
 * make it fail now because somebody else noted the same subject, nor a SET
 * TRANSACTION READ ONLY that came after the activity.
 */
static void
write_activities(void)
{
	int isolation = XactIsoLevel;
	bool read_only = XactReadOnly;
	int count;
	Pending **activities = sorted_activities(&count);

	if (count == 0 || !memreg_extension_exists())
		return;
	PushActiveSnapshot(GetLatestSnapshot());
	XactIsoLevel = XACT_READ_COMMITTED;
	XactReadOnly = false;
	for (int first = 0; first < count; first += BATCH)
		write_batch(activities + first, Min(BATCH, count - first));
	XactIsoLevel = isolation;
	XactReadOnly = read_only;
	PopActiveSnapshot();
}

static Pending **
sorted_activities(int *count)
{
	Pending **activities =
		palloc(sizeof(Pending *) * hash_get_num_entries(pending_activities));
	HASH_SEQ_STATUS status;
	Pending *pending;

	*count = 0;
	hash_seq_init(&status, pending_activities);
	while ((pending = hash_seq_search(&status)) != NULL)
		if (pending->until != DT_NOBEGIN)
			activities[(*count)++] = pending;
	qsort(activities, *count, sizeof(Pending *), compare_activities);
	return activities;
}

static int
compare_activities(const void *a, const void *b)
{
	const Pending *one = *(Pending *const *) a;
	const Pending *other = *(Pending *const *) b;
	int one_length = VARSIZE_ANY_EXHDR(one->subject);
	int other_length = VARSIZE_ANY_EXHDR(other->subject);
	int order;

	if (one->key.register_id != other->key.register_id)
		return one->key.register_id < other->key.register_id ? -1 : 1;
	order = memcmp(VARDATA_ANY(one->subject), VARDATA_ANY(other->subject),
				   Min(one_length, other_length));
	return order != 0 ? order : one_length - other_length;
}

static void
write_batch(Pending **activities, int count)
{
	Datum *registers = palloc(sizeof(Datum) * count);
	Datum *subjects = palloc(sizeof(Datum) * count);
	Datum *times = palloc(sizeof(Datum) * count);
	MemregArgs args = {0};

	for (int i = 0; i < count; i++)
	{
		registers[i] = Int32GetDatum((int32) activities[i]->key.register_id);
		subjects[i] = PointerGetDatum(activities[i]->subject);
		times[i] = TimestampTzGetDatum(activities[i]->until);
	}
	memreg_spi_arg(&args, INT4ARRAYOID,
				   PointerGetDatum(construct_array(registers, count, INT4OID,
												   sizeof(int32), true, TYPALIGN_INT)));
	memreg_spi_arg(&args, TEXTARRAYOID,
				   PointerGetDatum(construct_array(subjects, count, TEXTOID, -1, false,
												   TYPALIGN_INT)));
	memreg_spi_arg(&args, TIMESTAMPTZARRAYOID,
				   PointerGetDatum(construct_array(times, count, TIMESTAMPTZOID, sizeof(int64),
												   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
	SPI_connect();
	memreg_spi_run_latest("INSERT INTO memreg.subject_event AS e (register_id, event, subject, at)"
						  " SELECT a.register_id, 'activity', a.subject, a.at"
						  "  FROM unnest($1, $2, $3) a (register_id, subject, at)"
						  " ON CONFLICT (register_id, event, subject)"
						  "  DO UPDATE SET at = excluded.at WHERE e.at < excluded.at",
						  &args);
	SPI_finish();
	for (int i = 0; i < count; i++)
		activities[i]->written = activities[i]->until;
	pfree(registers);
	pfree(subjects);
	pfree(times);
}

/* What was written is committed now.  Must not fail. */
static void
remember_activities(void)
{
	HASH_SEQ_STATUS status;
	Pending *pending;

	hash_seq_init(&status, pending_activities);
	while ((pending = hash_seq_search(&status)) != NULL)
		if (pending->written != DT_NOBEGIN)
			memreg_seen_add((int32) pending->key.register_id, &pending->key.subject,
							pending->written);
}
