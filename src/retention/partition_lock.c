/*
 * partition_lock.c
 *		Locks that others would wait behind, got without keeping them waiting.
 *
 * A request for an ACCESS EXCLUSIVE lock waits for the queries at work, and
 * every query that comes after it waits for the request.  One long report and one
 * waiting DROP so bring a table to a standstill.  Here a request waits for
 * memreg.retention_lock_timeout at most.  Then it is taken back, with all the
 * locks that came with it, those who queued behind it go on, and after a rest as
 * long, which doubles each time, it is made again; so many times in a run, and
 * then in the next run.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/guc.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "retention/failure.h"
#include "retention/partition_lock.h"
#include "retention/retention.h"
#include "retention/throttle.h"

#define ATTEMPTS 8        /* in a run */
#define LONGEST_REST 5000 /* milliseconds */

static bool attempt(void (*take)(void *arg), void *arg);
static void rest(LockPatience *patience);

LockPatience
memreg_lock_patience(void)
{
	return (LockPatience){.attempts = ATTEMPTS, .milliseconds = memreg_retention_lock_timeout};
}

/* From now on in this (sub)transaction no lock is waited for any longer than that. */
void
memreg_lock_hurry(void)
{
	(void) set_config_option("lock_timeout", psprintf("%d", memreg_retention_lock_timeout),
							 PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Take the locks that the function takes, all or none, within a step.  False:
 * others were in the way as often as a run may try.
 */
bool
memreg_lock_shortly(void (*take)(void *arg), void *arg, LockPatience *patience)
{
	while (!attempt(take, arg))
	{
		if (--patience->attempts <= 0)
			return false;
		rest(patience);
	}
	return true;
}

static bool
attempt(void (*take)(void *arg), void *arg)
{
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(memory);
	PG_TRY();
	{
		memreg_lock_hurry();
		take(arg);
		ReleaseCurrentSubTransaction();
		done = true;
	}
	PG_CATCH();
	{
		RetentionFailure failure;
		ErrorData *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(memory);
		CurrentResourceOwner = owner;
		failure.code = error->sqlerrcode;
		if (!memreg_failure_is_contention(&failure))
			ReThrowError(error);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(memory);
	CurrentResourceOwner = owner;
	return done;
}

/* Without a snapshot, which would hold up vacuum everywhere. */
static void
rest(LockPatience *patience)
{
	PopActiveSnapshot();
	memreg_throttle_wait(patience->milliseconds, memreg_wait_event("MemregRetentionLock"));
	PushActiveSnapshot(GetTransactionSnapshot());
	memreg_lock_rest_longer(patience);
}

void
memreg_lock_rest_longer(LockPatience *patience)
{
	patience->milliseconds = Min(patience->milliseconds * 2, LONGEST_REST);
}
