/*
 * throttle.c
 *		How long a run rests between two batches.
 *
 * Foreground traffic comes first.  While nobody else is at work, a run takes
 * all it can get.  While others are, it works for a share of the time only, and
 * rests in between.  A limit of rows per second, and replicas that have fallen
 * behind, hold it up in any case.
 *
 * It rests without a snapshot, a transaction number or a lock on any row, and
 * wakes up when it is to end or settings are changed.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/wait_event.h"

#include "core/compat.h"
#include "core/spi.h"
#include "retention/retention.h"
#include "retention/step.h"
#include "retention/throttle.h"
#include "retention/worker.h"

#define BUSY_MILLISECONDS 1000 /* so long after others were last seen at work */
#define REPLICA_MILLISECONDS 1000
#define WAIT_CLASS 0xFF000000 /* of a wait_event_info */

static double rest_for_others(RetentionThrottle *throttle, double milliseconds);
static bool others_work(void);
static bool works(const PGPROC *process);
static double rest_for_rate(double milliseconds, uint64 rows);
static void wait_for_replicas(RetentionThrottle *throttle);
static void measure_lag(void *arg);

/* Of a batch: no more than may go in a second, or it would be a burst and a long rest. */
int
memreg_throttle_most_rows(void)
{
	return memreg_retention_max_rate == 0 ? INT_MAX : memreg_retention_max_rate;
}

/* A batch has taken so long for so many rows. */
void
memreg_throttle_rest(RetentionThrottle *throttle, double milliseconds, uint64 rows)
{
	memreg_throttle_wait(Max(rest_for_others(throttle, milliseconds),
							 rest_for_rate(milliseconds, rows)),
						 memreg_wait_event("MemregRetentionRest"));
	wait_for_replicas(throttle);
}

/* Between two statements a client that is at work looks idle: so once seen, it counts for a while. */
static double
rest_for_others(RetentionThrottle *throttle, double milliseconds)
{
	TimestampTz now = GetCurrentTimestamp();
	double share = memreg_retention_busy_share;

	if (others_work())
		throttle->busy_until = TimestampTzPlusMilliseconds(now, BUSY_MILLISECONDS);
	return now < throttle->busy_until ? milliseconds * (1 - share) / share : 0;
}

/* Is any other client's process at work?  A look without locks, for a guess. */
static bool
others_work(void)
{
	for (uint32 i = 0; i < ProcGlobal->allProcCount; i++)
		if (works(&ProcGlobal->allProcs[i]))
			return true;
	return false;
}

static bool
works(const PGPROC *process)
{
	return process != MyProc && process->pid != 0 && OidIsValid(process->databaseId) &&
		memreg_process_serves_client(process) &&
		(*(volatile const uint32 *) &process->wait_event_info & WAIT_CLASS) != PG_WAIT_CLIENT;
}

static double
rest_for_rate(double milliseconds, uint64 rows)
{
	if (memreg_retention_max_rate == 0)
		return 0;
	return Max(rows * 1000.0 / memreg_retention_max_rate - milliseconds, 0);
}

/* Until every replica has replayed what it may not lag behind by. */
static void
wait_for_replicas(RetentionThrottle *throttle)
{
	RetentionFailure failure;
	int64 lag;

	if (memreg_retention_max_replica_lag == 0 ||
		GetCurrentTimestamp() < throttle->look_at_replicas)
		return;
	while (memreg_step(measure_lag, &lag, &failure) &&
		   lag > memreg_retention_max_replica_lag * INT64CONST(1024))
		memreg_throttle_wait(REPLICA_MILLISECONDS,
							 memreg_wait_event("MemregRetentionReplica"));
	throttle->look_at_replicas =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), REPLICA_MILLISECONDS);
}

/* Step: of the replica that is furthest behind, in bytes. */
static void
measure_lag(void *arg)
{
	int64 *lag = arg;
	bool isnull;

	memreg_spi_run("SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_flush_lsn(), replay_lsn)), 0)::bigint"
				   " FROM pg_stat_replication",
				   NULL);
	*lag = DatumGetInt64(memreg_spi_value(0, 1, &isnull));
}

/*
 * Wait, without anything but what the caller holds; wakes up when the process
 * is to end.  A worker that is to take other settings over rests no longer by
 * the old ones.
 */
void
memreg_throttle_wait(double milliseconds, uint32 wait_event)
{
	TimestampTz end =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), (int64) milliseconds);

	for (;;)
	{
		long left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end);

		CHECK_FOR_INTERRUPTS();
		if (left <= 0 || (memreg_worker_is_this() && ConfigReloadPending))
			return;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left,
						 wait_event);
		ResetLatch(MyLatch);
	}
}
