/*
 * database_worker.h
 *		memreg's background workers, and who waits for them to end.
 */
#ifndef MEMREG_CORE_DATABASE_WORKER_H
#define MEMREG_CORE_DATABASE_WORKER_H

#include "postgres.h"

extern void memreg_database_worker_init(void);
extern bool memreg_database_worker_enter(Oid database);
extern void memreg_database_worker_stop(Oid database);
extern bool memreg_database_worker_is_barred(Oid database);
extern int memreg_database_worker_list(const char *type, Oid *databases, pid_t *pids,
									   int room);

#endif /* MEMREG_CORE_DATABASE_WORKER_H */
