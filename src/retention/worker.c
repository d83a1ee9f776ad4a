/*
 * worker.c
 *		The background process that runs the retention rules of one database.
 *
 * Started by the launcher, it does one round, tells the agenda when something
 * will be due next, and ends.  It is connected as the bootstrap superuser,
 * without a password or a line in pg_hba.conf; the application's code runs as
 * its tables' owners all the same (owner.c).
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
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/database_worker.h"
#include "core/extension.h"
#include "retention/agenda.h"
#include "retention/retention.h"
#include "retention/round.h"
#include "retention/schedule.h"
#include "retention/shown.h"
#include "retention/step.h"
#include "retention/turn.h"
#include "retention/worker.h"

/* So many naptimes later a read-only database is looked at again. */
#define READ_ONLY_NAPTIMES 10

static bool this_is_worker = false;

static void prepare_process(Oid database);
static void commit_locally(void);
static void set_for_worker(const char *name, const char *value);
static void work(AgendaReport *report);
static void pass_read_only_over(AgendaReport *report);
static void find_next(void *arg);

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

	strlcpy(worker.bgw_name, RETENTION_WORKER, sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, RETENTION_WORKER, sizeof(worker.bgw_type));
	strlcpy(worker.bgw_library_name, "memreg", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "memreg_retention_worker_main",
			sizeof(worker.bgw_function_name));
	return RegisterDynamicBackgroundWorker(&worker, &handle) ? handle : NULL;
}

void
memreg_retention_worker_main(Datum arg)
{
	AgendaReport report = {.due_at = DT_NOEND};
	MemoryContext memory;

	prepare_process(DatumGetObjectId(arg));
	report.changes = memreg_agenda_changes();
	memory =
		AllocSetContextCreate(TopMemoryContext, RETENTION_WORKER, ALLOCSET_DEFAULT_SIZES);
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	MemoryContextSwitchTo(memory);
	if (!memreg_extension_exists())
		; /* until it is created, and a rule added */
	else if (XactReadOnly)
		pass_read_only_over(&report);
	else
		work(&report);
	CommitTransactionCommand();
	memreg_agenda_report(&report);
	proc_exit(0);
}

static void
prepare_process(Oid database)
{
	this_is_worker = true;
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	if (!memreg_database_worker_enter(database))
		proc_exit(0); /* it is being dropped, or the like */
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	SetConfigOption("application_name", RETENTION_WORKER, PGC_USERSET, PGC_S_OVERRIDE);

	/* As in autovacuum: never destroy data. */
	set_for_worker("zero_damaged_pages", "false");
	commit_locally();
}

/* Is this process a retention worker? */
bool
memreg_worker_is_this(void)
{
	return this_is_worker;
}

/* A session takes changed settings over between its statements, a worker between its transactions. */
void
memreg_worker_reload(void)
{
	if (!this_is_worker || !ConfigReloadPending)
		return;
	ConfigReloadPending = false;
	ProcessConfigFile(PGC_SIGHUP);
	commit_locally();
}

/* As autovacuum does: never wait for a standby. */
static void
commit_locally(void)
{
	if (synchronous_commit > SYNCHRONOUS_COMMIT_LOCAL_FLUSH)
		set_for_worker("synchronous_commit", "local");
}

static void
set_for_worker(const char *name, const char *value)
{
	SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}

static void
work(AgendaReport *report)
{
	RetentionFailure failure;

	memreg_turn_begin();
	report->unfinished = !memreg_round_due() || memreg_turn_was_cut();
	memreg_shown_rest();
	report->changes = memreg_agenda_changes(); /* before find_next looks */
	if (memreg_extension_exists() && !memreg_step(find_next, report, &failure) &&
		memreg_extension_exists()) /* else it was dropped just then */
		ereport(ERROR, (errcode(failure.code), errmsg("%s", failure.message)));
}

static void
find_next(void *arg)
{
	AgendaReport *report = arg;

	report->due_at = memreg_schedule_next();
}

/* A database that was made read-only by setting stays as it is.  Said once. */
static void
pass_read_only_over(AgendaReport *report)
{
	report->read_only = true;
	report->due_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												 INT64CONST(1000) * READ_ONLY_NAPTIMES *
													 memreg_retention_naptime);
	if (!memreg_agenda_was_read_only())
		ereport(LOG,
				(errmsg("retention leaves database \"%s\" alone: its transactions are read-only by default",
						get_database_name(MyDatabaseId))));
}
