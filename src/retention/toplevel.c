/*
 * toplevel.c
 *		A statement of a worker's that cannot run inside a transaction block.
 *
 * Such a statement commits in between, and so can have neither a subtransaction
 * nor an SPI connection around it: between two steps a worker has neither
 * (step.c).  What must last meanwhile is in a memory of the worker's own
 * (worker.c).
 *
 * It runs as the worker's own user: to be somebody else lasts no longer than a
 * transaction.  So it must be one that runs no code of the application's.
 *
 * An error here ends the transaction, and with it PostgreSQL lets go of every
 * lock of the session as well: the caller takes those again that it needs.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/proc.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "retention/retention.h"
#include "retention/toplevel.h"
#include "retention/worker.h"

static void execute(const char *statement, MemoryContext memory);
static void abort_statement(MemoryContext memory, RetentionFailure *failure);

/* Only in a process of memreg's own does nothing else depend on the transaction. */
bool
memreg_toplevel_is_possible(void)
{
	return memreg_worker_is_this();
}

/*
 * Run a utility statement, which waits for no lock any longer than
 * memreg.retention_lock_timeout, and commit.  False: it failed, and what it
 * had committed until then stays.
 */
bool
memreg_toplevel_run(const char *statement, MemoryContext memory, RetentionFailure *failure)
{
	int patience = LockTimeout;
	MemoryContext portal = PortalContext;
	volatile bool done = false;

	PG_TRY();
	{
		LockTimeout = memreg_retention_lock_timeout;
		PortalContext = memory; /* where such statements keep what outlives their commits */
		execute(statement, memory);
		CommitTransactionCommand();
		done = true;
	}
	PG_CATCH();
	{
		LockTimeout = patience;
		abort_statement(memory, failure);
	}
	PG_END_TRY();
	LockTimeout = patience;
	PortalContext = portal;

	StartTransactionCommand();
	MemoryContextSwitchTo(memory);
	return done;
}

/* As a session executes a statement that its client has sent. */
static void
execute(const char *statement, MemoryContext memory)
{
	PlannedStmt *planned;

	MemoryContextSwitchTo(memory); /* outlives a commit */
	planned = makeNode(PlannedStmt);
	planned->commandType = CMD_UTILITY;
	planned->utilityStmt = linitial_node(RawStmt, pg_parse_query(statement))->stmt;
	PushActiveSnapshot(GetTransactionSnapshot());
	ProcessUtility(planned, statement, false, PROCESS_UTILITY_TOPLEVEL, NULL, NULL,
				   None_Receiver, NULL);
	if (ActiveSnapshotSet())
		PopActiveSnapshot();
}

static void
abort_statement(MemoryContext memory, RetentionFailure *failure)
{
	ErrorData *error;

	MemoryContextSwitchTo(memory);
	error = CopyErrorData();
	FlushErrorState();
	AbortCurrentTransaction();
	MemoryContextSwitchTo(memory);
	if (memreg_failure_is_cancel(error))
		ReThrowError(error);
	StartTransactionCommand();
	memreg_failure_keep(failure, error, true);
	CommitTransactionCommand();
}
