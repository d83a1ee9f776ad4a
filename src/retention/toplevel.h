/*
 * toplevel.h
 *		A statement of a worker's that cannot run inside a transaction block.
 */
#ifndef MEMREG_RETENTION_TOPLEVEL_H
#define MEMREG_RETENTION_TOPLEVEL_H

#include "postgres.h"

#include "retention/failure.h"

extern bool memreg_toplevel_is_possible(void);
extern bool memreg_toplevel_run(const char *statement, MemoryContext memory,
								RetentionFailure *failure);

#endif /* MEMREG_RETENTION_TOPLEVEL_H */
