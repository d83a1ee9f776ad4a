/*
 * worker.c
 *		The background process that runs the retention rules of one database.
 *
 * Started by the launcher, it does one round and ends.  It is connected as the
 * bootstrap superuser, without a password or a line in pg_hba.conf; the
 * application's code runs as its tables' owners all the same (owner.c).
 *
 * SIGTERM ends it at the next check for interrupts, which every loop has: the
 * batch at hand is rolled back, those before it stay, and the launcher's next
 * worker goes on.  The postmaster never restarts a worker by itself.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/portal.h"

#include "core/extension.h"
#include "retention/round.h"
#include "retention/worker.h"

static void prepare_process(Oid database);
static void set_for_worker(const char *name, const char *value);
static bool may_work(void);

/* Called by the launcher; NULL: the server has no place for a worker now. */
BackgroundWorkerHandle *
memreg_worker_start(Oid database)
{
	BackgroundWorkerHandle *handle;
	BackgroundWorker worker = {
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_RecoveryFinished,
		.bgw_restart_time = BGW_NEVER_RESTART,
		.bgw_main_arg = ObjectIdGetDatum(database),
		.bgw_notify_pid = MyProcPid,
	};

	strlcpy(worker.bgw_name, "memreg retention worker", sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, "memreg retention worker", sizeof(worker.bgw_type));
	strlcpy(worker.bgw_library_name, "memreg", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "memreg_retention_worker_main",
			sizeof(worker.bgw_function_name));
	if (RegisterDynamicBackgroundWorker(&worker, &handle))
		return handle;

	ereport(LOG,
			(errmsg("no retention worker could be started in this round"),
			 errhint("Consider increasing max_worker_processes.")));
	return NULL;
}

void
memreg_retention_worker_main(Datum arg)
{
	prepare_process(DatumGetObjectId(arg));
	StartTransactionCommand();
	if (may_work())
	{
		pgstat_report_activity(STATE_RUNNING,
							   "memreg: removing rows past their retention term");
		SPI_connect_ext(SPI_OPT_NONATOMIC);
		MemoryContextSwitchTo(TopMemoryContext); /* outlives the connection: toplevel.c */
		memreg_round_due();
		SPI_finish();
	}
	CommitTransactionCommand();
	proc_exit(0);
}

static void
prepare_process(Oid database)
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);

	/* SPI keeps what must outlive a commit in a portal's memory. */
	PortalContext = TopMemoryContext;

	/* As in autovacuum: never destroy data, never wait for a standby. */
	set_for_worker("zero_damaged_pages", "false");
	if (synchronous_commit > SYNCHRONOUS_COMMIT_LOCAL_FLUSH)
		set_for_worker("synchronous_commit", "local");
}

static void
set_for_worker(const char *name, const char *value)
{
	SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}

/* A database that was made read-only by setting stays as it is. */
static bool
may_work(void)
{
	if (!memreg_extension_exists())
		return false;
	if (XactReadOnly)
		ereport(LOG,
				(errmsg("retention leaves database \"%s\" alone: its transactions are read-only by default",
						get_database_name(MyDatabaseId))));
	return !XactReadOnly;
}
