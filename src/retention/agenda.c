/*
 * agenda.c
 *		When a worker is to look into each database.
 *
 * The launcher is connected to no database, so it cannot see what is due where;
 * to start a worker in each of many databases every naptime, only to find
 * nothing, would be a waste.  So each worker leaves here, in shared memory,
 * when something will be due in its database next, and a transaction that
 * changes rules, schedules, pauses or windows says so at its commit
 * (agenda_note.c).  The launcher starts a worker where the time has come.
 *
 * This is no more than a hint, and the tables decide.  What is not known (after
 * a start of the server, or a crash) is looked at, and what is known is looked
 * at again after LOOK_AGAIN_MS: it may have changed unseen, by a prepared
 * transaction or a clock that was set back.
 *
 * Invariant: a change that committed before a worker took its last snapshot is
 * in what the worker says; any later one finds the worker's word already there,
 * or has raised the count of changes, which the worker compares.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "core/preload.h"
#include "retention/agenda.h"
#include "retention/retention.h"

#define SHARED_NAME "memreg retention agenda"
#define MAX_DATABASES 2048
#define LOOK_AGAIN_MS (INT64CONST(3600) * 1000)
#define LONGEST_WAIT_MS (INT64CONST(3600) * 1000)

/* All under the lock. */
typedef struct Agenda
{
	LWLock *lock;
	Latch *launcher; /* NULL: there is none now */
	bool crowded;    /* a database waits for a place among the workers */
	AgendaEntry entries[MAX_DATABASES];
} Agenda;

static Agenda *agenda = NULL;

static shmem_request_hook_type next_request = NULL;
static shmem_startup_hook_type next_startup = NULL;

static void request_memory(void);
static void start_memory(void);
static void detach_launcher(int code, Datum arg);
static TimestampTz after_naptimes(TimestampTz time, int naptimes);
static AgendaEntry *find_entry(Oid database);

void
memreg_agenda_init(void)
{
	next_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	next_startup = shmem_startup_hook;
	shmem_startup_hook = start_memory;
}

static void
request_memory(void)
{
	if (next_request != NULL)
		next_request();
	RequestAddinShmemSpace(sizeof(Agenda));
	RequestNamedLWLockTranche("memreg_retention_agenda", 1);
}

static void
start_memory(void)
{
	bool found;

	if (next_startup != NULL)
		next_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	agenda = ShmemInitStruct(SHARED_NAME, sizeof(Agenda), &found);
	if (!found)
	{
		memset(agenda, 0, sizeof(Agenda));
		agenda->lock = &GetNamedLWLockTranche("memreg_retention_agenda")->lock;
	}
	LWLockRelease(AddinShmemInitLock);
}

/* This process is the launcher: changes wake it up. */
void
memreg_agenda_attach_launcher(void)
{
	LWLockAcquire(agenda->lock, LW_EXCLUSIVE);
	agenda->launcher = MyLatch;
	LWLockRelease(agenda->lock);
	on_shmem_exit(detach_launcher, (Datum) 0);
}

static void
detach_launcher(int code, Datum arg)
{
	LWLockAcquire(agenda->lock, LW_EXCLUSIVE);
	agenda->launcher = NULL;
	LWLockRelease(agenda->lock);
}

/* When a worker is to look into the database; DT_NOBEGIN: nothing is known of it. */
TimestampTz
memreg_agenda_due(Oid database)
{
	AgendaEntry *entry;
	TimestampTz due = DT_NOBEGIN;

	LWLockAcquire(agenda->lock, LW_SHARED);
	entry = find_entry(database);
	if (entry != NULL)
		due = memreg_agenda_entry_due(entry);
	LWLockRelease(agenda->lock);
	return due;
}

/*
 * A naptime lies between two looks at a database, however often its schedules
 * change meanwhile, unless work was broken off for others to have their turn.
 */
TimestampTz
memreg_agenda_entry_due(const AgendaEntry *entry)
{
	TimestampTz due = entry->due_at;

	if (entry->failures > 0 || entry->unfinished)
		return due;
	if (entry->looked_at > GetCurrentTimestamp())
		return DT_NOBEGIN; /* the clock was set back */
	if (entry->changed_at != 0)
		due = Min(due, entry->changed_at);
	due = Min(due, TimestampTzPlusMilliseconds(entry->looked_at, LOOK_AGAIN_MS));
	return Max(due, after_naptimes(entry->looked_at, 1));
}

static TimestampTz
after_naptimes(TimestampTz time, int naptimes)
{
	return TimestampTzPlusMilliseconds(time,
									   naptimes *
										   (INT64CONST(1000) * memreg_retention_naptime));
}

/*
 * A worker is about to be started, and may end before it can say anything: then
 * the next one comes ever later.  False: there is no room for more databases.
 */
bool
memreg_agenda_start(Oid database)
{
	TimestampTz now = GetCurrentTimestamp();
	AgendaEntry *entry;

	LWLockAcquire(agenda->lock, LW_EXCLUSIVE);
	entry = find_entry(database);
	if (entry == NULL && (entry = find_entry(InvalidOid)) != NULL)
		*entry = (AgendaEntry){.database = database};
	if (entry != NULL)
	{
		entry->due_at = Min(after_naptimes(now, 1 << Min(entry->failures, 12)),
							TimestampTzPlusMilliseconds(now, LONGEST_WAIT_MS));
		entry->failures++;
		entry->starts++;
		entry->changed_at = 0; /* the worker will see it */
	}
	LWLockRelease(agenda->lock);
	return entry != NULL;
}

/* It could not be, by no fault of the database's. */
void
memreg_agenda_take_start_back(Oid database, TimestampTz due)
{
	AgendaEntry *entry;

	LWLockAcquire(agenda->lock, LW_EXCLUSIVE);
	entry = find_entry(database);
	if (entry != NULL)
	{
		entry->due_at = due;
		entry->failures--;
		entry->starts--;
	}
	LWLockRelease(agenda->lock);
}

/* Forget the databases that are not among these. */
void
memreg_agenda_keep(const List *databases)
{
	LWLockAcquire(agenda->lock, LW_EXCLUSIVE);
	for (int i = 0; i < MAX_DATABASES; i++)
		if (OidIsValid(agenda->entries[i].database) &&
			!list_member_oid(databases, agenda->entries[i].database))
			agenda->entries[i].database = InvalidOid;
	LWLockRelease(agenda->lock);
}

/* Does a database wait for a worker that is at work in another? */
void
memreg_agenda_set_crowded(bool crowded)
{
	LWLockAcquire(agenda->lock, LW_EXCLUSIVE);
	agenda->crowded = crowded;
	LWLockRelease(agenda->lock);
}

bool
memreg_agenda_is_crowded(void)
{
	bool crowded;

	LWLockAcquire(agenda->lock, LW_SHARED);
	crowded = agenda->crowded;
	LWLockRelease(agenda->lock);
	return crowded;
}

/* How often rules and schedules of this database have changed. */
uint64
memreg_agenda_changes(void)
{
	AgendaEntry *entry;
	uint64 changes;

	LWLockAcquire(agenda->lock, LW_SHARED);
	entry = find_entry(MyDatabaseId);
	changes = entry == NULL ? 0 : entry->changes;
	LWLockRelease(agenda->lock);
	return changes;
}

/* Has a worker said before that this database is read-only? */
bool
memreg_agenda_was_read_only(void)
{
	AgendaEntry *entry;
	bool read_only;

	LWLockAcquire(agenda->lock, LW_SHARED);
	entry = find_entry(MyDatabaseId);
	read_only = entry != NULL && entry->read_only;
	LWLockRelease(agenda->lock);
	return read_only;
}

/* A worker says what it has found in this database. */
void
memreg_agenda_report(const AgendaReport *report)
{
	AgendaEntry *entry;

	LWLockAcquire(agenda->lock, LW_EXCLUSIVE);
	entry = find_entry(MyDatabaseId);
	if (entry != NULL)
	{
		entry->looked_at = GetCurrentTimestamp();
		entry->due_at = report->due_at;
		entry->unfinished = report->unfinished;
		entry->read_only = report->read_only;
		entry->failures = 0;
		if (entry->changes == report->changes)
			entry->changed_at = 0;
	}
	LWLockRelease(agenda->lock);
}

/* Rules or schedules of this database have changed, and that has committed. */
void
memreg_agenda_change(void)
{
	AgendaEntry *entry;

	if (agenda == NULL)
		return;
	LWLockAcquire(agenda->lock, LW_EXCLUSIVE);
	entry = find_entry(MyDatabaseId);
	if (entry != NULL)
	{
		entry->changes++;
		if (entry->changed_at == 0 && agenda->launcher != NULL)
			SetLatch(agenda->launcher);
		entry->changed_at = GetCurrentTimestamp();
	}
	LWLockRelease(agenda->lock);
}

/* InvalidOid finds a free entry.  The caller holds the lock. */
static AgendaEntry *
find_entry(Oid database)
{
	for (int i = 0; i < MAX_DATABASES; i++)
		if (agenda->entries[i].database == database)
			return &agenda->entries[i];
	return NULL;
}

/* Copies of all entries. */
List *
memreg_agenda_entries(void)
{
	AgendaEntry *copies;
	List *entries = NIL;

	if (agenda == NULL)
		return NIL;
	copies = palloc(sizeof(agenda->entries));
	LWLockAcquire(agenda->lock, LW_SHARED);
	memcpy(copies, agenda->entries, sizeof(agenda->entries));
	LWLockRelease(agenda->lock);
	for (int i = 0; i < MAX_DATABASES; i++)
		if (OidIsValid(copies[i].database))
			entries = lappend(entries, &copies[i]);
	return entries;
}
