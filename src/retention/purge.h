/*
 * purge.h
 *		Passes over a table until nothing past its term is left.
 */
#ifndef MEMREG_RETENTION_PURGE_H
#define MEMREG_RETENTION_PURGE_H

#include "postgres.h"

#include "retention/failure.h"
#include "retention/sweep.h"

extern bool memreg_purge(RetentionSweep *sweep, List *known, RetentionFailure *failure);

#endif /* MEMREG_RETENTION_PURGE_H */
