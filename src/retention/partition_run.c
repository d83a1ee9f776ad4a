/*
 * partition_run.c
 *		A run that removes whole partitions.
 *
 * Partition after partition, the oldest first, each in transactions of its own.
 * One that is in use is left to the next run.  One that cannot go, as foreign
 * keys or views hold it, fails the run when the others have gone.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/compat.h"
#include "retention/action_partition.h"
#include "retention/history.h"
#include "retention/partition_detach.h"
#include "retention/partition_history.h"
#include "retention/partition_rows.h"
#include "retention/partition_run.h"
#include "retention/partition_take.h"
#include "retention/report.h"
#include "retention/step.h"
#include "retention/table.h"
#include "retention/throttle.h"

typedef struct PartitionRun
{
	RetentionSweep *sweep;
	LockPatience patience;
	int gone;
	int kept;
	int busy;
	bool failed;
	RetentionFailure failure; /* the first one */
} PartitionRun;

/* What is to be written down of a partition that stays. */
typedef struct Staying
{
	RetentionSweep *sweep;
	const RetentionPartition *partition;
	const char *outcome;
	const char *why;
} Staying;

static void count_partition(const RetentionRule *rule, RetentionPartition *partition,
							RetentionCount *found);
static List *other_leaves(const RetentionRule *rule, List *counted);
static void remove_one(PartitionRun *run, RetentionPartition *partition);
static bool take_one(PartitionRun *run, PartitionTake *take, RetentionFailure *failure);
static void take_step(void *arg);
static void carry_out(PartitionRun *run, PartitionTake *take, RetentionPartition *partition);
static void leave_busy(PartitionRun *run, const RetentionPartition *partition);
static void leave_failed(PartitionRun *run, const RetentionPartition *partition,
						 const RetentionFailure *failure);
static void stay(PartitionRun *run, const RetentionPartition *partition,
				 const char *outcome, const char *why);
static void stay_step(void *arg);

/* Rows in the partitions that are to go, and with a memory those partitions that are past the term. */
RetentionCount
memreg_partition_count(const RetentionRule *rule, MemoryContext memory)
{
	RetentionCount found = {0};
	List *partitions =
		memreg_partitions_past(rule, memory == NULL ? CurrentMemoryContext : memory);
	List *others = other_leaves(rule, partitions);
	ListCell *cell;

	foreach(cell, partitions)
		count_partition(rule, lfirst(cell), &found);
	if (found.due > 0 || memory == NULL)
		memreg_count_total(others, &found);
	found.places = partitions;
	return found;
}

static void
count_partition(const RetentionRule *rule, RetentionPartition *partition, RetentionCount *found)
{
	PartitionRows *rows = memreg_partition_rows_open(rule, partition->relation);

	memreg_partition_rows_look(rows);
	partition->rows = rows->count;
	partition->kept = rows->kept;
	found->total += rows->count;
	if (rows->kept != NULL)
		return;
	found->due += rows->count;
	found->partitions++;
}

/* Those that are in none of the partitions that are counted themselves. */
static List *
other_leaves(const RetentionRule *rule, List *counted)
{
	List *leaves = memreg_table_leaves(rule->relation);
	ListCell *cell;

	foreach(cell, counted)
	{
		RetentionPartition *partition = lfirst(cell);

		leaves = list_difference_oid(leaves,
									 memreg_table_lock(partition->relation, AccessShareLock));
	}
	return leaves;
}

/* known: what memreg_partition_count has kept. */
bool
memreg_partition_remove(RetentionSweep *sweep, List *known, RetentionFailure *failure)
{
	PartitionRun run = {.sweep = sweep, .patience = memreg_lock_patience()};
	ListCell *cell;

	sweep->state = SWEEP_GOING;
	foreach(cell, known)
		if (sweep->state == SWEEP_GOING)
			remove_one(&run, lfirst(cell));
	if (sweep->state == SWEEP_GOING)
		sweep->state = SWEEP_ENDED;
	memreg_report_partitions(sweep->rule, run.gone, run.kept, run.busy);
	*failure = run.failure;
	return !run.failed;
}

static void
remove_one(PartitionRun *run, RetentionPartition *partition)
{
	PartitionTake take = {.partition = partition};
	RetentionFailure failure;

	if (partition->kept != NULL)
	{
		run->kept++;
		stay(run, partition, "kept", partition->kept);
		return;
	}
	if (!take_one(run, &take, &failure))
	{
		if (memreg_failure_is_contention(&failure))
			leave_busy(run, partition);
		else
			leave_failed(run, partition, &failure);
		return;
	}
	*run->sweep = take.sweep;
	run->gone += take.outcome == TAKE_GONE;
	run->kept += take.outcome == TAKE_KEPT;
	if (take.outcome == TAKE_BUSY)
		leave_busy(run, partition);
	else if (take.outcome == TAKE_PREPARED)
		carry_out(run, &take, partition);
}

/* Until it has ended one way or the other, or the run has tried often enough. */
static bool
take_one(PartitionRun *run, PartitionTake *take, RetentionFailure *failure)
{
	for (;;)
	{
		take->sweep = *run->sweep;
		take->patience = run->patience;
		if (memreg_step(take_step, take, failure))
		{
			run->patience = take->patience;
			return true;
		}
		if (!memreg_failure_is_contention(failure) || --run->patience.attempts <= 0)
			return false;
		memreg_throttle_wait(run->patience.milliseconds,
							 memreg_wait_event("MemregRetentionLock"));
		memreg_lock_rest_longer(&run->patience);
	}
}

/* Step. */
static void
take_step(void *arg)
{
	PartitionTake *take = arg;

	take->concurrently = take->sweep.rule->action->take == memreg_action_detach_partition &&
		!memreg_rule_asks_events(take->sweep.rule) &&
		memreg_detach_is_possible(take->partition);
	memreg_partition_take(take);
}

static void
carry_out(PartitionRun *run, PartitionTake *take, RetentionPartition *partition)
{
	RetentionFailure failure;
	DetachState state = DETACH_NOT_BEGUN;
	bool done = memreg_detach_carry_out(run->sweep->rule, partition, &run->patience,
										&state, &failure);

	if (state != DETACH_NOT_BEGUN)
	{
		run->sweep->removed += take->rows;
		run->gone++;
	}
	else if (done)
		leave_busy(run, partition);
	if (!done)
		leave_failed(run, partition, &failure);
}

static void
leave_busy(PartitionRun *run, const RetentionPartition *partition)
{
	run->busy++;
	run->sweep->skipped += partition->rows;
	stay(run, partition, "busy", "other transactions were at work on it");
}

static void
leave_failed(PartitionRun *run, const RetentionPartition *partition,
			 const RetentionFailure *failure)
{
	stay(run, partition, "failed", failure->message);
	if (run->failed)
		return;
	run->failed = true;
	run->failure = *failure;
	memreg_failure_prefix(&run->failure, partition->name);
}

static void
stay(PartitionRun *run, const RetentionPartition *partition, const char *outcome,
	 const char *why)
{
	Staying staying = {run->sweep, partition, outcome, why};
	RetentionFailure failure;

	if (!memreg_step(stay_step, &staying, &failure) && !run->failed)
	{
		run->failed = true;
		run->failure = failure;
	}
}

/* Step. */
static void
stay_step(void *arg)
{
	Staying *staying = arg;

	memreg_partition_history_add(staying->sweep->run, staying->partition,
								 staying->outcome, staying->why);
	memreg_history_progress(staying->sweep->run, staying->sweep->removed,
							staying->sweep->skipped);
}
