/*
 * partition_take.c
 *		One partition in one transaction: lock, look again, let it go.
 *
 * This is the one place that removes partitions by a rule.  The order is:
 *
 *	look ahead at the rows, while everybody works on	partition_rows.c
 *	lock, as long as nobody has to wait for it			partition_lock.c
 *		against holds and restrictions being said
 *		the parent, its default partition, the partition
 *	is the rule as it was, the bound past the term, every row due?
 *	let it go, as the owner								action_partition.c
 *	write it down
 *
 * so that everybody is locked out while no more is read than has changed since
 * the look ahead.  A crash leaves the partition as it was, or gone and written
 * down.
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "storage/lmgr.h"

#include "retention/history.h"
#include "retention/kept_subjects.h"
#include "retention/partition_detach.h"
#include "retention/partition_history.h"
#include "retention/partition_rows.h"
#include "retention/partition_take.h"
#include "retention/table.h"
#include "retention/tally.h"

static void lock_against_all(void *arg);
static void take_locked(PartitionTake *take, PartitionRows *rows);
static bool may_go(PartitionTake *take, PartitionRows *rows);
static void let_go(PartitionTake *take);

/* Step.  Its sweep and outcome say what has become of the partition. */
void
memreg_partition_take(void *arg)
{
	PartitionTake *take = arg;
	PartitionRows *rows =
		memreg_partition_rows_open(take->sweep.rule, take->partition->relation);

	memreg_lock_hurry();
	memreg_partition_rows_look_ahead(rows);
	if (rows->kept != NULL)
	{
		take->outcome = TAKE_KEPT;
		take->why = rows->kept;
	}
	else if (!memreg_lock_shortly(take->concurrently ? memreg_detach_lock : lock_against_all,
								  (void *) take->partition, &take->patience))
		take->outcome = TAKE_BUSY;
	else
		take_locked(take, rows);
	if (take->outcome == TAKE_KEPT)
		memreg_partition_history_add(take->sweep.run, take->partition, "kept", take->why);
}

/* From above to below, as queries and DROP lock them. */
static void
lock_against_all(void *arg)
{
	const RetentionPartition *partition = arg;
	Oid other;

	memreg_kept_subjects_lock();
	LockRelationOid(partition->parent, AccessExclusiveLock);
	other = get_default_partition_oid(partition->parent);
	if (OidIsValid(other))
		LockRelationOid(other, AccessExclusiveLock);
	(void) memreg_table_lock(partition->relation, AccessExclusiveLock);
}

static void
take_locked(PartitionTake *take, PartitionRows *rows)
{
	RetentionSweep *sweep = &take->sweep;

	if (!memreg_rule_hold(sweep->rule))
	{
		sweep->state = SWEEP_RULE_CHANGED;
		take->outcome = TAKE_ENDED_RUN;
	}
	else if (!memreg_partition_is_past(sweep->rule, take->partition))
		take->outcome = TAKE_VANISHED;
	else if (may_go(take, rows))
		let_go(take);
}

static bool
may_go(PartitionTake *take, PartitionRows *rows)
{
	RetentionSweep *sweep = &take->sweep;

	memreg_partition_rows_look(rows);
	take->rows = rows->count;
	take->why = rows->kept;
	if (rows->changed)
		take->outcome = TAKE_BUSY; /* the next run looks at all rows again */
	else if (rows->kept != NULL)
		take->outcome = TAKE_KEPT;
	else if (sweep->removed + rows->count > sweep->limit)
	{
		sweep->state = SWEEP_OVER_LIMIT;
		take->outcome = TAKE_ENDED_RUN;
	}
	else
		return true;
	return false;
}

static void
let_go(PartitionTake *take)
{
	RetentionSweep *sweep = &take->sweep;

	if (take->concurrently)
	{
		memreg_detach_prepare(sweep->rule, sweep->run, take->partition, take->rows);
		take->outcome = TAKE_PREPARED;
		return;
	}
	sweep->rule->action->take(take->partition);
	sweep->removed += take->rows;
	take->outcome = TAKE_GONE;
	memreg_history_progress(sweep->run, sweep->removed, sweep->skipped);
	memreg_tally_keep(&sweep->tally, sweep->rule, sweep->run, sweep->removed);
	memreg_partition_history_gone(sweep->rule, sweep->run, take->partition, take->rows);
}
