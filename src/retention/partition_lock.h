/*
 * partition_lock.h
 *		Locks that others would wait behind, got without keeping them waiting.
 */
#ifndef MEMREG_RETENTION_PARTITION_LOCK_H
#define MEMREG_RETENTION_PARTITION_LOCK_H

#include "postgres.h"

/* How often a run still tries. */
typedef struct LockPatience
{
	int attempts;
	double milliseconds; /* to rest before the next one */
} LockPatience;

extern LockPatience memreg_lock_patience(void);
extern void memreg_lock_hurry(void);
extern void memreg_lock_rest_longer(LockPatience *patience);
extern bool memreg_lock_shortly(void (*take)(void *arg), void *arg, LockPatience *patience);

#endif /* MEMREG_RETENTION_PARTITION_LOCK_H */
