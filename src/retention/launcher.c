/*
 * launcher.c
 *		The background process that starts retention workers.
 *
 * A server that preloads memreg has one launcher.  It starts when recovery is
 * finished: at once on a primary, at promotion on a standby, never before.  It
 * is connected to no database, sees only which databases there are, and does
 * not touch a row.  At least every memreg.retention_naptime it lists them and
 * starts a worker (worker.c) where the agenda says that one is due (agenda.c),
 * longest overdue first, memreg.max_workers at a time.  While there is no place
 * for a database whose time has come, workers end when their turn is over
 * (turn.c), so that each database gets its own.
 *
 * Who brings back whom:
 *
 *	a worker that fails or is ended		the launcher, after a naptime, and
 *										ever later if it fails again
 *	a launcher that fails or is ended	the postmaster, after RESTART_SECONDS
 *	both, after a crash					the postmaster restarts the server and
 *										the launcher with it
 *
 * A launcher that has been told to end exits with code 1: 0 would tell the
 * postmaster never to start it again.  A new launcher finds the workers of the
 * one before (core/database_worker.c), and what is due stands in the databases'
 * own tables.
 *
 * It sleeps on its latch and wakes up for SIGTERM, SIGHUP, the postmaster's
 * death, the start or end of a worker and a change of any rule, so it never
 * holds up a shutdown.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "core/compat.h"
#include "core/database_worker.h"
#include "retention/agenda.h"
#include "retention/launcher.h"
#include "retention/retention.h"
#include "retention/worker.h"

#define RESTART_SECONDS 10

/* A worker that has been started and has not been seen to end. */
typedef struct RunningWorker
{
	Oid database;
	BackgroundWorkerHandle *handle; /* NULL: a free place */
} RunningWorker;

typedef struct DueDatabase
{
	Oid database;
	TimestampTz due;
} DueDatabase;

static RunningWorker workers[RETENTION_MAX_WORKERS];
static MemoryContext round_memory;
static TimestampTz next_round;
static bool told_no_worker = false; /* and it has not changed since */
static bool told_no_room = false;

static void prepare_process(void);
static void reload_settings(void);
static void forget_ended_workers(void);
static void begin_round(void);
static List *list_databases(void);
static void add_database(List **databases, List **all, Form_pg_database database);
static int compare_due(const ListCell *a, const ListCell *b);
static void start_workers(List *databases);
static bool has_worker(Oid database);
static RunningWorker *free_place(void);
static int count_strangers(void);
static bool start_worker(RunningWorker *place, const DueDatabase *due);
static void report_no_worker(void);
static void sleep_until_round(void);

/* Called while the postmaster loads memreg. */
void
memreg_launcher_register(void)
{
	BackgroundWorker launcher = {
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_RecoveryFinished,
		.bgw_restart_time = RESTART_SECONDS,
	};

	strlcpy(launcher.bgw_name, "memreg retention launcher", sizeof(launcher.bgw_name));
	strlcpy(launcher.bgw_type, "memreg retention launcher", sizeof(launcher.bgw_type));
	strlcpy(launcher.bgw_library_name, "memreg", sizeof(launcher.bgw_library_name));
	strlcpy(launcher.bgw_function_name, "memreg_retention_launcher_main",
			sizeof(launcher.bgw_function_name));
	RegisterBackgroundWorker(&launcher);
}

void
memreg_retention_launcher_main(Datum arg)
{
	prepare_process();
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		reload_settings();
		forget_ended_workers();
		begin_round();
		sleep_until_round();
	}
}

static void
prepare_process(void)
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die); /* exit code 1 */
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	SetConfigOption("application_name", MyBgworkerEntry->bgw_type, PGC_USERSET,
					PGC_S_OVERRIDE);
	pgstat_report_activity(STATE_IDLE, NULL);
	memreg_agenda_attach_launcher();
	round_memory = AllocSetContextCreate(TopMemoryContext, "memreg retention launcher",
										 ALLOCSET_DEFAULT_SIZES);
}

static void
reload_settings(void)
{
	if (!ConfigReloadPending)
		return;
	ConfigReloadPending = false;
	ProcessConfigFile(PGC_SIGHUP);
	told_no_worker = false;
}

static void
forget_ended_workers(void)
{
	for (int i = 0; i < RETENTION_MAX_WORKERS; i++)
	{
		pid_t pid;

		if (workers[i].handle == NULL ||
			GetBackgroundWorkerPid(workers[i].handle, &pid) != BGWH_STOPPED)
			continue;
		pfree(workers[i].handle);
		workers[i].handle = NULL;
	}
}

/* Start the workers that are due, and find out when the next one will be. */
static void
begin_round(void)
{
	next_round = DT_NOEND;
	if (memreg_retention_naptime == 0)
		return;
	next_round = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
											 memreg_retention_naptime * INT64CONST(1000));
	start_workers(list_databases());
	MemoryContextReset(round_memory);
}

/* Those that a worker may look into and that have none, longest overdue first. */
static List *
list_databases(void)
{
	List *databases = NIL;
	List *all = NIL;
	Relation catalog;
	TableScanDesc scan;
	HeapTuple tuple;

	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	catalog = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(catalog, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
		add_database(&databases, &all, (Form_pg_database) GETSTRUCT(tuple));
	table_endscan(scan);
	table_close(catalog, AccessShareLock);
	CommitTransactionCommand();
	memreg_agenda_keep(all);
	list_sort(databases, compare_due);
	return databases;
}

/* What is no valid database (a DROP DATABASE that was broken off) is none. */
static void
add_database(List **databases, List **all, Form_pg_database database)
{
	MemoryContext old = MemoryContextSwitchTo(round_memory);

	*all = lappend_oid(*all, database->oid);
	if (database->datallowconn && !database->datistemplate &&
		!database_is_invalid_form(database) && !has_worker(database->oid) &&
		!memreg_database_worker_is_barred(database->oid))
	{
		DueDatabase *due = palloc(sizeof(DueDatabase));

		due->database = database->oid;
		due->due = memreg_agenda_due(database->oid);
		*databases = lappend(*databases, due);
	}
	MemoryContextSwitchTo(old);
}

static int
compare_due(const ListCell *a, const ListCell *b)
{
	TimestampTz first = ((DueDatabase *) lfirst(a))->due;
	TimestampTz second = ((DueDatabase *) lfirst(b))->due;

	return first < second ? -1 : first > second;
}

/* Where there is no place, the end of a worker begins another round. */
static void
start_workers(List *databases)
{
	bool crowded = false;
	ListCell *cell;

	foreach(cell, databases)
	{
		DueDatabase *due = lfirst(cell);
		RunningWorker *place;

		if (due->due > GetCurrentTimestamp())
		{
			next_round = Min(next_round, due->due);
			break;
		}
		place = free_place();
		crowded = place == NULL;
		if (place == NULL || !start_worker(place, due))
			break;
	}
	memreg_agenda_set_crowded(crowded);
}

/* One that this launcher has started, or the one before. */
static bool
has_worker(Oid database)
{
	Oid databases[RETENTION_MAX_WORKERS * 2];
	pid_t pids[lengthof(databases)];
	int count =
		memreg_database_worker_list(RETENTION_WORKER, databases, pids, lengthof(databases));

	for (int i = 0; i < RETENTION_MAX_WORKERS; i++)
		if (workers[i].handle != NULL && workers[i].database == database)
			return true;
	for (int i = 0; i < count; i++)
		if (databases[i] == database)
			return true;
	return false;
}

/* NULL: as many are at work as may be. */
static RunningWorker *
free_place(void)
{
	RunningWorker *place = NULL;
	int running = count_strangers();

	for (int i = 0; i < RETENTION_MAX_WORKERS; i++)
	{
		if (workers[i].handle != NULL)
			running++;
		else if (place == NULL)
			place = &workers[i];
	}
	return running < memreg_max_workers ? place : NULL;
}

/* Workers that the launcher before this one has started. */
static int
count_strangers(void)
{
	Oid databases[RETENTION_MAX_WORKERS * 2];
	pid_t pids[lengthof(databases)];
	int count =
		memreg_database_worker_list(RETENTION_WORKER, databases, pids, lengthof(databases));
	int strangers = count;

	for (int i = 0; i < count; i++)
		for (int j = 0; j < RETENTION_MAX_WORKERS; j++)
			if (workers[j].handle != NULL && workers[j].database == databases[i])
				strangers--;
	return strangers;
}

/* False: the server has no worker to spare; the next round tries again. */
static bool
start_worker(RunningWorker *place, const DueDatabase *due)
{
	MemoryContext old;

	if (!memreg_agenda_start(due->database))
	{
		if (!told_no_room)
			ereport(LOG,
					(errmsg("there are more databases than retention can keep track of")));
		told_no_room = true;
		return true;
	}
	old = MemoryContextSwitchTo(TopMemoryContext);
	place->database = due->database;
	place->handle = memreg_worker_start(due->database);
	MemoryContextSwitchTo(old);
	if (place->handle == NULL)
	{
		memreg_agenda_take_start_back(due->database, due->due);
		report_no_worker();
	}
	else
		told_no_worker = false;
	return place->handle != NULL;
}

/* Once, until one could be started. */
static void
report_no_worker(void)
{
	if (!told_no_worker)
		ereport(LOG,
				(errmsg("no retention worker could be started"),
				 errdetail("It is tried again every %d s, and said again only after one could be started.",
						   memreg_retention_naptime),
				 errhint("Consider increasing max_worker_processes.")));
	told_no_worker = true;
}

static void
sleep_until_round(void)
{
	int events = WL_LATCH_SET | WL_EXIT_ON_PM_DEATH;
	long timeout = -1;

	if (next_round < DT_NOEND)
	{
		events |= WL_TIMEOUT;
		timeout = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next_round) + 1;
	}
	(void) WaitLatch(MyLatch, events, timeout, memreg_wait_event("MemregRetentionLauncher"));
	ResetLatch(MyLatch);
}
