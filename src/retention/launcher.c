/*
 * launcher.c
 *		The background process that starts retention workers.
 *
 * A server that preloads memreg has one launcher.  It starts when recovery is
 * finished: at once on a primary, at promotion on a standby, never before.  It
 * is connected to no database, sees only which databases there are, and does
 * not touch a row.  Every memreg.retention_naptime it lists them and, in turn,
 * starts for each a worker (worker.c), memreg.max_workers at a time.  A worker
 * leaves at once where the extension is absent or nothing is due.  A database
 * whose worker is still at work is not given another; those behind it do not
 * wait for it, as long as one place is free.
 *
 * Who brings back whom:
 *
 *	a worker that fails or is killed	the launcher, at its next round
 *	a launcher that fails or is ended	the postmaster, after RESTART_SECONDS
 *	both, after a crash					the postmaster restarts the server and
 *										the launcher with it
 *
 * A launcher that has been told to end exits with code 1: 0 would tell the
 * postmaster never to start it again.  No state is shared and none survives:
 * what is due stands in the databases' own tables.
 *
 * It sleeps on its latch and wakes up for SIGTERM, SIGHUP, the postmaster's
 * death and the start or end of a worker, so it never holds up a shutdown.
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

static RunningWorker workers[RETENTION_MAX_WORKERS];
static List *waiting = NIL; /* databases whose turn has not come */
static TimestampTz next_round;

static void prepare_process(void);
static void forget_ended_workers(void);
static void begin_round(void);
static void list_databases(void);
static bool is_suitable(Form_pg_database database);
static bool has_worker(Oid database);
static void start_waiting(void);
static RunningWorker *free_place(void);
static void forget_waiting(void);
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
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
			next_round =
				Min(next_round,
					TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												memreg_retention_naptime * INT64CONST(1000)));
		}
		forget_ended_workers();
		begin_round();
		start_waiting();
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
	pgstat_report_activity(STATE_IDLE, NULL);
	next_round = GetCurrentTimestamp();
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

/* Once a naptime: every database gets its turn. */
static void
begin_round(void)
{
	TimestampTz now = GetCurrentTimestamp();

	if (memreg_retention_naptime == 0)
	{
		forget_waiting();
		return;
	}
	if (now < next_round)
		return;
	if (waiting == NIL) /* else the last round is not over yet */
		list_databases();
	next_round =
		TimestampTzPlusMilliseconds(now, memreg_retention_naptime * INT64CONST(1000));
}

static void
list_databases(void)
{
	Relation catalog;
	TableScanDesc scan;
	HeapTuple tuple;

	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	catalog = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(catalog, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		if (is_suitable(database))
			waiting = lappend_oid(waiting, database->oid);
		MemoryContextSwitchTo(old);
	}
	table_endscan(scan);
	table_close(catalog, AccessShareLock);
	CommitTransactionCommand();
}

static bool
is_suitable(Form_pg_database database)
{
	return database->datallowconn && !database->datistemplate &&
		!database_is_invalid_form(database) && !has_worker(database->oid);
}

static bool
has_worker(Oid database)
{
	for (int i = 0; i < RETENTION_MAX_WORKERS; i++)
		if (workers[i].handle != NULL && workers[i].database == database)
			return true;
	return false;
}

/* Start workers while there is a place; the others' turn comes as these end. */
static void
start_waiting(void)
{
	while (waiting != NIL)
	{
		RunningWorker *place = free_place();
		MemoryContext old;

		if (place == NULL)
			return;
		old = MemoryContextSwitchTo(TopMemoryContext);
		place->database = linitial_oid(waiting);
		place->handle = memreg_worker_start(place->database);
		MemoryContextSwitchTo(old);

		if (place->handle == NULL)
			forget_waiting(); /* until the next round */
		else
			waiting = list_delete_first(waiting);
	}
}

/* NULL: as many are at work as may be. */
static RunningWorker *
free_place(void)
{
	RunningWorker *place = NULL;
	int running = 0;

	for (int i = 0; i < RETENTION_MAX_WORKERS; i++)
	{
		if (workers[i].handle != NULL)
			running++;
		else if (place == NULL)
			place = &workers[i];
	}
	return running < memreg_max_workers ? place : NULL;
}

static void
forget_waiting(void)
{
	list_free(waiting);
	waiting = NIL;
}

static void
sleep_until_round(void)
{
	int events = WL_LATCH_SET | WL_EXIT_ON_PM_DEATH;
	long timeout = -1;

	if (memreg_retention_naptime > 0)
	{
		events |= WL_TIMEOUT;
		timeout = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next_round);
	}
	(void) WaitLatch(MyLatch, events, timeout, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
}
