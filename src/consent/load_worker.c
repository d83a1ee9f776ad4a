/*
 * load_worker.c
 *		A background worker that loads an image.
 *
 * Asked for where a session's own load was broken off, by a time limit for
 * instance: the next session would fare no better, and meanwhile every row is
 * looked up in the tables.  A worker's failure is logged and fails nobody's
 * statement; the next is asked for later and later.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/timestamp.h"

#include "consent/index.h"
#include "consent/load.h"
#include "consent/load_worker.h"
#include "core/database_worker.h"
#include "core/extension.h"

/* Until a worker has had time to begin, none other is asked for. */
#define PAUSE_MS 1000

/* Ask for a worker; if the server has none to spare, a later call asks again. */
void
memreg_load_worker_start(IndexSlot *slot)
{
	BackgroundWorker worker = {
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_ConsistentState,
		.bgw_restart_time = BGW_NEVER_RESTART,
		.bgw_library_name = "memreg",
		.bgw_function_name = "memreg_load_worker_main",
		.bgw_name = "memreg consent index loader",
		.bgw_type = "memreg consent index loader",
		.bgw_main_arg = ObjectIdGetDatum(MyDatabaseId),
	};

	slot->try_again = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), PAUSE_MS);
	if (!RegisterDynamicBackgroundWorker(&worker, NULL))
		ereport(LOG,
				(errmsg("no background worker is free to load the consent index"),
				 errhint("Consider raising max_worker_processes.")));
}

void
memreg_load_worker_main(Datum database)
{
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	if (!memreg_database_worker_enter(DatumGetObjectId(database)))
		proc_exit(0); /* its database is being dropped, or the like */
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(database), InvalidOid, 0);
	StartTransactionCommand();
	pgstat_report_activity(STATE_RUNNING, "memreg: loading the consent index");
	if (memreg_extension_exists() && memreg_shared_slot() != NULL)
	{
		memreg_shared_pin();
		(void) memreg_load(memreg_shared_slot(), memreg_index_identity());
	}
	CommitTransactionCommand();
	proc_exit(0);
}
