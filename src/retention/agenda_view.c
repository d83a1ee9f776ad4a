/*
 * agenda_view.c
 *		The agenda of all databases, for SQL.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "postmaster/bgworker.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/database_worker.h"
#include "retention/agenda.h"
#include "retention/retention.h"
#include "retention/worker.h"

static pid_t worker_in(Oid database);
static void put_entry(const AgendaEntry *entry, ReturnSetInfo *result);

PG_FUNCTION_INFO_V1(memreg_retention_databases);

/* memreg.retention_databases(): a row for each database that the launcher knows. */
Datum
memreg_retention_databases(PG_FUNCTION_ARGS)
{
	ListCell *cell;

	InitMaterializedSRF(fcinfo, 0);
	foreach(cell, memreg_agenda_entries())
		put_entry(lfirst(cell), (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

static void
put_entry(const AgendaEntry *entry, ReturnSetInfo *result)
{
	pid_t worker = worker_in(entry->database);
	bool nulls[6] = {false};
	Datum values[6] = {
		ObjectIdGetDatum(entry->database),
		TimestampTzGetDatum(entry->looked_at),
		TimestampTzGetDatum(memreg_agenda_entry_due(entry)),
		Int32GetDatum(worker),
		Int64GetDatum((int64) entry->starts),
		Int32GetDatum(Max(entry->failures - (worker != 0), 0)),
	};

	nulls[1] = entry->looked_at == 0;
	nulls[3] = worker == 0;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* 0: none is at work there. */
static pid_t
worker_in(Oid database)
{
	Oid databases[RETENTION_MAX_WORKERS * 2];
	pid_t pids[lengthof(databases)];
	int count =
		memreg_database_worker_list(RETENTION_WORKER, databases, pids, lengthof(databases));

	for (int i = 0; i < count; i++)
		if (databases[i] == database)
			return pids[i];
	return 0;
}
