/*
 * database_worker.c
 *		memreg's background workers, and who waits for them to end.
 *
 * PostgreSQL drops, renames, moves or copies a database only while nobody is
 * connected to it.  Of the processes that nobody has asked for it ends
 * autovacuum's alone; for a worker of an extension the command would fail.  So
 * memreg's workers enter themselves here before they connect, and who begins
 * such a command (database_command.c) bars the database: no worker enters any
 * more, and those that have are ended and waited for.  The bar falls at the end
 * of the transaction, however it ends.
 *
 * An entry is taken out after its process has left the server's list of
 * processes, as callbacks at exit run in the reverse order of their setting up:
 * who finds no entry finds nobody connected.  A process that is killed outright
 * takes the server's shared memory with it.
 *
 * Without shared_preload_libraries there are no workers, and nothing of this.
 */
#include "postgres.h"

#include <signal.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/condition_variable.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "core/database_worker.h"
#include "core/preload.h"

#define SHARED_NAME "memreg database workers"
#define MAX_BARS 64

/* After that the command is let on, to say itself who is in its way. */
#define PATIENCE_MS 10000

typedef struct Entry
{
	pid_t pid; /* 0: free */
	Oid database;
	char type[BGW_MAXLEN];
} Entry;

typedef struct Bar
{
	pid_t pid; /* whose command it is; 0: free */
	Oid database;
} Bar;

/* All under the lock. */
typedef struct Shared
{
	LWLock *lock;
	ConditionVariable left; /* when an entry has been taken out */
	Bar bars[MAX_BARS];
	Entry entries[FLEXIBLE_ARRAY_MEMBER]; /* max_worker_processes of them */
} Shared;

static Shared *shared = NULL;
static bool has_bars = false; /* this process */

static shmem_request_hook_type next_request = NULL;
static shmem_startup_hook_type next_startup = NULL;

static void request_memory(void);
static void start_memory(void);
static void create_shared(void);
static bool is_barred(Oid database);
static void add_entry(Oid database);
static void leave(int code, Datum arg);
static void put_bar(Oid database);
static void lift_bars(XactEvent event, void *arg);
static void signal_workers(Oid database);
static void wait_for_workers(Oid database);
static bool has_workers(Oid database);

void
memreg_database_worker_init(void)
{
	if (!memreg_preload_done())
		return;
	next_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	next_startup = shmem_startup_hook;
	shmem_startup_hook = start_memory;
	RegisterXactCallback(lift_bars, NULL);
}

static Size
shared_bytes(void)
{
	return offsetof(Shared, entries) + sizeof(Entry) * max_worker_processes;
}

static void
request_memory(void)
{
	if (next_request != NULL)
		next_request();
	RequestAddinShmemSpace(shared_bytes());
	RequestNamedLWLockTranche("memreg_database_worker", 1);
}

static void
start_memory(void)
{
	bool found;

	if (next_startup != NULL)
		next_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct(SHARED_NAME, shared_bytes(), &found);
	if (!found)
		create_shared();
	LWLockRelease(AddinShmemInitLock);
}

static void
create_shared(void)
{
	memset(shared, 0, shared_bytes());
	shared->lock = &GetNamedLWLockTranche("memreg_database_worker")->lock;
	ConditionVariableInit(&shared->left);
}

/*
 * A background worker of memreg is about to connect to a database.  False: it
 * may not, and ends.
 */
bool
memreg_database_worker_enter(Oid database)
{
	bool may;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	may = !is_barred(database);
	if (may)
		add_entry(database);
	LWLockRelease(shared->lock);
	return may;
}

static bool
is_barred(Oid database)
{
	for (int i = 0; i < MAX_BARS; i++)
		if (shared->bars[i].pid != 0 && shared->bars[i].database == database)
			return true;
	return false;
}

/* There is room: no server has more workers than max_worker_processes. */
static void
add_entry(Oid database)
{
	for (int i = 0; i < max_worker_processes; i++)
	{
		Entry *entry = &shared->entries[i];

		if (entry->pid != 0)
			continue;
		entry->pid = MyProcPid;
		entry->database = database;
		strlcpy(entry->type, MyBgworkerEntry->bgw_type, sizeof(entry->type));
		on_shmem_exit(leave, Int32GetDatum(i));
		return;
	}
}

static void
leave(int code, Datum arg)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->entries[DatumGetInt32(arg)].pid = 0;
	LWLockRelease(shared->lock);
	ConditionVariableBroadcast(&shared->left);
}

/*
 * Keep memreg's workers out of a database until this transaction ends.  Those
 * in it have ended when this returns.
 */
void
memreg_database_worker_stop(Oid database)
{
	if (shared == NULL)
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	put_bar(database);
	signal_workers(database);
	LWLockRelease(shared->lock);
	wait_for_workers(database);
}

/* Where there is no room, workers are ended all the same, and the next one may come in the way. */
static void
put_bar(Oid database)
{
	for (int i = 0; i < MAX_BARS; i++)
	{
		if (shared->bars[i].pid != 0)
			continue;
		shared->bars[i] = (Bar){.pid = MyProcPid, .database = database};
		has_bars = true;
		return;
	}
}

static void
lift_bars(XactEvent event, void *arg)
{
	if (!has_bars || event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < MAX_BARS; i++)
		if (shared->bars[i].pid == MyProcPid)
			shared->bars[i].pid = 0;
	LWLockRelease(shared->lock);
	has_bars = false;
}

static void
signal_workers(Oid database)
{
	for (int i = 0; i < max_worker_processes; i++)
		if (shared->entries[i].pid != 0 && shared->entries[i].database == database)
			(void) kill(shared->entries[i].pid, SIGTERM);
}

static void
wait_for_workers(Oid database)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), PATIENCE_MS);

	ConditionVariablePrepareToSleep(&shared->left);
	while (has_workers(database))
	{
		long left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end);

		if (left <= 0)
			break;
		(void) ConditionVariableTimedSleep(&shared->left, left,
										   memreg_wait_event("MemregDatabaseWorkerEnd"));
	}
	ConditionVariableCancelSleep();
}

static bool
has_workers(Oid database)
{
	bool found = false;

	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < max_worker_processes; i++)
		found |= shared->entries[i].pid != 0 && shared->entries[i].database == database;
	LWLockRelease(shared->lock);
	return found;
}

/* Would a worker be refused?  Whoever is to start one need not. */
bool
memreg_database_worker_is_barred(Oid database)
{
	bool barred;

	LWLockAcquire(shared->lock, LW_SHARED);
	barred = is_barred(database);
	LWLockRelease(shared->lock);
	return barred;
}

/*
 * The workers of that bgw_type that have entered, and where; room is for so
 * many.  Returns how many there are.
 */
int
memreg_database_worker_list(const char *type, Oid *databases, pid_t *pids, int room)
{
	int count = 0;

	if (shared == NULL)
		return 0;
	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < max_worker_processes && count < room; i++)
	{
		if (shared->entries[i].pid == 0 || strcmp(shared->entries[i].type, type) != 0)
			continue;
		databases[count] = shared->entries[i].database;
		pids[count++] = shared->entries[i].pid;
	}
	LWLockRelease(shared->lock);
	return count;
}
