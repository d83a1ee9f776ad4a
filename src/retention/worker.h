/*
 * worker.h
 *		The background process that runs the retention rules of one database.
 */
#ifndef MEMREG_RETENTION_WORKER_H
#define MEMREG_RETENTION_WORKER_H

#include "postgres.h"

#include "postmaster/bgworker.h"

extern BackgroundWorkerHandle *memreg_worker_start(Oid database);
extern PGDLLEXPORT void memreg_retention_worker_main(Datum arg);

#endif /* MEMREG_RETENTION_WORKER_H */
