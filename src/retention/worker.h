/*
 * worker.h
 *		The background process that runs the retention rules of one database.
 */
#ifndef MEMREG_RETENTION_WORKER_H
#define MEMREG_RETENTION_WORKER_H

#include "postgres.h"

#include "postmaster/bgworker.h"

#define RETENTION_WORKER "memreg retention worker" /* its bgw_type */

extern BackgroundWorkerHandle *memreg_worker_start(Oid database);
extern PGDLLEXPORT void memreg_retention_worker_main(Datum arg);
extern bool memreg_worker_is_this(void);
extern void memreg_worker_reload(void);

#endif /* MEMREG_RETENTION_WORKER_H */
