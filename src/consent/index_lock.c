/*
 * index_lock.c
 *		The locks under which the consent index is changed.
 *
 * Advisory locks of this database, in a class that the SQL functions for
 * advisory locks cannot name: waiting can be interrupted, deadlocks are
 * found, an error releases them, and pg_locks shows them.  Unlike LWLocks they
 * may be held while tables are read.
 *
 * A parallel worker shares its leader's locks, so workers take none of these.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "miscadmin.h"
#include "storage/lock.h"

#include "consent/index_lock.h"

/* The functions of pg_catalog use 1 and 2. */
#define LOCK_CLASS 3

static LOCKTAG
lock_tag(IndexLock lock)
{
	LOCKTAG tag;

	Assert(!IsParallelWorker());
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, (uint32) lock, LOCK_CLASS);
	return tag;
}

void
memreg_index_lock(IndexLock lock)
{
	LOCKTAG tag = lock_tag(lock);

	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

/* False: another session has it. */
bool
memreg_index_try_lock(IndexLock lock)
{
	LOCKTAG tag = lock_tag(lock);

	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

void
memreg_index_unlock(IndexLock lock)
{
	LOCKTAG tag = lock_tag(lock);

	(void) LockRelease(&tag, ExclusiveLock, false);
}
