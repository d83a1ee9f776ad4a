/*
 * step.c
 *		One small transaction whose error is caught.
 *
 * A run is a chain of steps, each committed on its own.  The caller is in a
 * transaction: the procedure in its session's, in an SPI connection that was
 * opened with SPI_OPT_NONATOMIC, the worker in one of its own.  A step works in
 * a subtransaction, whose abort takes back an error's traces (locks, user,
 * settings, SPI levels), and then commits the transaction around it.
 *
 * Invariant: at a step's commit no application code is left to run and the
 * user is the caller.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/guc.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "retention/owner.h"
#include "retention/step.h"
#include "retention/worker.h"

/*
 * Foreground traffic comes first: how long a step waits for somebody's lock.
 * Shorter than deadlock_timeout usually is, so that of two that wait for each
 * other it is memreg that gives up, and not a DROP EXTENSION.
 */
#define LOCK_TIMEOUT "500ms"

static void start_transaction(void);
static bool attempt(RetentionStep work, void *arg, RetentionFailure *failure);
static void commit(void);
static void perform(RetentionStep work, void *arg);
static void set_for_step(const char *name, const char *value);

/* Leave the caller's transaction, with its isolation level and snapshot. */
void
memreg_step_begin(void)
{
	commit();
}

/*
 * Do the work and commit it.  False: it failed and has left nothing but what
 * *failure says.  Cancellation and termination are passed on.  The work has an
 * SPI connection of its own, in whose memory it runs.
 */
bool
memreg_step(RetentionStep work, void *arg, RetentionFailure *failure)
{
	MemoryContext caller = CurrentMemoryContext;
	bool done;

	CHECK_FOR_INTERRUPTS();
	memreg_worker_reload();
	start_transaction();
	done = attempt(work, arg, failure);
	commit();
	MemoryContextSwitchTo(caller);
	return done;
}

/*
 * Each statement of a step must see what is committed by then, whatever
 * isolation level the session prefers.
 */
static void
start_transaction(void)
{
	XactIsoLevel = XACT_READ_COMMITTED;
}

/*
 * A session's counts of rows reach the statistics when its CALL ends.  A
 * worker's must not wait for that: autovacuum would not come while it runs.
 */
static void
commit(void)
{
	MemoryContext memory = CurrentMemoryContext;

	if (!memreg_worker_is_this())
	{
		SPI_commit();
		return;
	}
	CommitTransactionCommand();
	(void) pgstat_report_stat(false);
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	MemoryContextSwitchTo(memory);
}

static bool
attempt(RetentionStep work, void *arg, RetentionFailure *failure)
{
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(memory);
	PG_TRY();
	{
		perform(work, arg);
		ReleaseCurrentSubTransaction();
		done = true;
	}
	PG_CATCH();
	{
		bool from_application = memreg_owner_active();
		ErrorData *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(memory);
		CurrentResourceOwner = owner;
		if (memreg_failure_is_cancel(error))
			ReThrowError(error);
		memreg_failure_keep(failure, error, from_application);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(memory);
	CurrentResourceOwner = owner;
	return done;
}

static void
perform(RetentionStep work, void *arg)
{
	/* Set back at the subtransaction's end. */
	set_for_step("lock_timeout", LOCK_TIMEOUT);
	set_for_step("session_replication_role", "origin");
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	work(arg);
	PopActiveSnapshot();
	SPI_finish();
}

static void
set_for_step(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
							 0, false);
}
