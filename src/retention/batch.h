/*
 * batch.h
 *		Some rows in one transaction: find, lock, look again, remove.
 */
#ifndef MEMREG_RETENTION_BATCH_H
#define MEMREG_RETENTION_BATCH_H

#include "retention/sweep.h"

extern void memreg_batch(RetentionSweep *sweep);

#endif /* MEMREG_RETENTION_BATCH_H */
