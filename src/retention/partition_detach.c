/*
 * partition_detach.c
 *		DETACH PARTITION ... CONCURRENTLY: a worker waits for queries, and none waits for it.
 *
 * Four transactions:
 *
 *	prepare		lock writers out, look at the rows, write down what is about to happen
 *	detach		the statement itself, which commits in between: from then on no new query
 *				sees the partition; it then waits for the old ones, for as long as
 *				memreg.retention_lock_timeout, else gives up with the detach pending
 *	settle		write down how far it has come
 *	finalize	DETACH ... FINALIZE, tried by this run and by every later one
 *
 * From the look at the rows to the end of the second the session keeps two
 * locks: nobody becomes held or restricted, and nobody writes to the
 * partition.  What the process leaves where it is killed is found by the rule's
 * next run in memreg.detached_partition and told by the catalogs.
 *
 * The statement runs as the worker's own user.  No code of the application's
 * takes part: no row is removed, and event triggers are superusers'.
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "core/spi.h"
#include "retention/action_partition.h"
#include "retention/kept_subjects.h"
#include "retention/partition_detach.h"
#include "retention/partition_history.h"
#include "retention/step.h"
#include "retention/table.h"
#include "retention/throttle.h"
#include "retention/toplevel.h"

typedef struct Settling
{
	const RetentionRule *rule;
	RetentionPartition *partition;
	MemoryContext memory;
	List *partitions; /* of RetentionPartition: all that are not detached yet */
	DetachState state;
} Settling;

static bool is_pending_below(Oid parent);
static bool run_statement(const RetentionRule *rule, const RetentionPartition *partition,
						  RetentionFailure *failure);
static void lock_session(const RetentionPartition *partition);
static void unlock_session(const RetentionPartition *partition);
static bool finalize(Settling *settling, LockPatience *patience, RetentionFailure *failure);
static void finalize_step(void *arg);
static void settle(void *arg);
static void list_begun(void *arg);

/* PostgreSQL refuses it beside a DEFAULT partition, and while another one is pending. */
bool
memreg_detach_is_possible(const RetentionPartition *partition)
{
	return memreg_toplevel_is_possible() &&
		!OidIsValid(get_default_partition_oid(partition->parent)) &&
		!is_pending_below(partition->parent);
}

static bool
is_pending_below(Oid parent)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(parent));
	return memreg_spi_run("SELECT FROM pg_inherits WHERE inhparent = $1 AND inhdetachpending",
						  &args) > 0;
}

/* For memreg_lock_shortly.  Readers are not held up. */
void
memreg_detach_lock(void *arg)
{
	const RetentionPartition *partition = arg;

	memreg_kept_subjects_lock();
	LockRelationOid(partition->parent, ShareUpdateExclusiveLock);
	(void) memreg_table_lock(partition->relation, ShareLock);
}

/* The last thing that a transaction does that has these locks. */
void
memreg_detach_prepare(const RetentionRule *rule, int64 run,
					  const RetentionPartition *partition, uint64 rows)
{
	memreg_partition_guard(partition);
	memreg_partition_history_detach(rule, run, partition, rows, true);
	memreg_partition_history_add(run, partition, "detaching", NULL);
	lock_session(partition);
}

/* After memreg_detach_prepare has committed.  False: it failed, as far as the state says. */
bool
memreg_detach_carry_out(const RetentionRule *rule, RetentionPartition *partition,
						LockPatience *patience, DetachState *state, RetentionFailure *failure)
{
	Settling settling = {.rule = rule, .partition = partition};
	RetentionFailure second;
	bool done = run_statement(rule, partition, failure);

	if (!memreg_step(settle, &settling, &second))
	{
		*failure = second;
		return false;
	}
	if (settling.state == DETACH_PENDING)
		done = finalize(&settling, patience, failure);
	*state = settling.state;
	return done || memreg_failure_is_contention(failure);
}

static bool
run_statement(const RetentionRule *rule, const RetentionPartition *partition,
			  RetentionFailure *failure)
{
	char *statement = memreg_partition_statement(partition, " CONCURRENTLY");
	bool done = memreg_toplevel_run(statement, CurrentMemoryContext, failure);

	if (done)
		unlock_session(partition);
	else
		memreg_rule_lock_again(rule->id);
	return done;
}

static void
lock_session(const RetentionPartition *partition)
{
	LockRelId lock = {.relId = partition->relation, .dbId = MyDatabaseId};

	LockRelationIdForSession(&lock, ShareLock);
	memreg_kept_subjects_lock_for_session();
}

static void
unlock_session(const RetentionPartition *partition)
{
	LockRelId lock = {.relId = partition->relation, .dbId = MyDatabaseId};

	UnlockRelationIdForSession(&lock, ShareLock);
	memreg_kept_subjects_unlock_for_session();
}

/* No new query sees the partition; old ones and their snapshots are waited for, with rests. */
static bool
finalize(Settling *settling, LockPatience *patience, RetentionFailure *failure)
{
	for (;;)
	{
		if (memreg_step(finalize_step, settling, failure))
			return true;
		if (!memreg_failure_is_contention(failure) || --patience->attempts <= 0)
			return false;
		memreg_throttle_wait(patience->milliseconds, memreg_wait_event("MemregRetentionLock"));
		memreg_lock_rest_longer(patience);
	}
}

/* Step. */
static void
finalize_step(void *arg)
{
	Settling *settling = arg;

	memreg_lock_hurry();
	LockRelationOid(settling->partition->parent, ShareUpdateExclusiveLock);
	LockRelationOid(settling->partition->relation, AccessShareLock); /* its name stays */
	settle(arg);
	if (settling->state != DETACH_PENDING)
		return;
	memreg_partition_as_owner(settling->partition->parent,
							  memreg_partition_statement(settling->partition, " FINALIZE"));
	settle(arg);
}

/* Step: how far has it come?  Written down as far as it has. */
static void
settle(void *arg)
{
	Settling *settling = arg;
	MemregArgs args = {0};
	char *state;

	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(settling->partition->relation));
	memreg_spi_run("SELECT memreg.settle_partition($1)", &args);
	state = memreg_spi_text(0, 1);
	if (strcmp(state, "detached") == 0)
		settling->state = DETACH_DONE;
	else
		settling->state = strcmp(state, "detaching") == 0 ? DETACH_PENDING : DETACH_NOT_BEGUN;
}

/* Take up what earlier runs of the rule have begun. */
bool
memreg_partition_resume(const RetentionRule *rule, MemoryContext memory,
						RetentionFailure *failure)
{
	Settling settling = {.rule = rule, .memory = memory};
	LockPatience patience = memreg_lock_patience();
	ListCell *cell;

	if (!memreg_step(list_begun, &settling, failure))
		return false;
	foreach(cell, settling.partitions)
	{
		settling.partition = lfirst(cell);
		if (!memreg_step(settle, &settling, failure))
			return false;
		if (settling.state == DETACH_PENDING && !finalize(&settling, &patience, failure) &&
			!memreg_failure_is_contention(failure))
			return false;
	}
	return true;
}

/* Step. */
static void
list_begun(void *arg)
{
	Settling *settling = arg;
	MemregArgs args = {0};
	uint64 count;
	bool isnull;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(settling->rule->id));
	count =
		memreg_spi_run("SELECT d.partition::oid, d.parent::oid FROM memreg.detached_partition d"
					   " WHERE d.rule_id = $1 AND d.detached_at IS NULL ORDER BY d.begun_at",
					   &args);
	MemoryContextSwitchTo(settling->memory);
	for (uint64 i = 0; i < count; i++)
	{
		RetentionPartition *partition = palloc0(sizeof(RetentionPartition));

		partition->relation = DatumGetObjectId(memreg_spi_value(i, 1, &isnull));
		partition->parent = DatumGetObjectId(memreg_spi_value(i, 2, &isnull));
		settling->partitions = lappend(settling->partitions, partition);
	}
}
