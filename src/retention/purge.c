/*
 * purge.c
 *		Passes over a table until nothing past its term is left.
 *
 * Batches in physical order: one pass costs little more than a single DELETE
 * would.  A row that is updated meanwhile may come to lie behind the pass, so
 * passes are repeated until one removes nothing.
 *
 * The size of a batch follows the time it takes.  One that comes in the way of
 * another transaction is tried again in smaller pieces, down to the row that is
 * in the way, which is left for the next run.
 */
#include "postgres.h"

#include "portability/instr_time.h"

#include "retention/batch.h"
#include "retention/purge.h"
#include "retention/step.h"

#define FIRST_BATCH 500 /* rows */
#define LARGEST_BATCH 5000
#define SHORT_BATCH 25.0 /* milliseconds: batches may grow */
#define LONG_BATCH 100.0 /* milliseconds: they should shrink */
#define SHRINK_BY 8
#define MOST_ATTEMPTS 8
#define MOST_PASSES 10

typedef struct Pass
{
	RetentionSweep *sweep;
	MemoryContext memory;
} Pass;

static bool walk(RetentionSweep *sweep, MemoryContext memory, RetentionFailure *failure);
static void start_pass(void *arg);
static bool take_batch(RetentionSweep *sweep, RetentionFailure *failure);
static void batch_step(void *arg);
static void adapt_size(RetentionSweep *sweep, uint64 removed, double milliseconds);
static void leave_row(RetentionSweep *sweep, const RetentionSweep *tried);

/*
 * Remove what the sweep is for; its state says how it ended.  False: it
 * failed.  What had been removed until then is gone and counted.
 */
bool
memreg_purge(RetentionSweep *sweep, MemoryContext memory, RetentionFailure *failure)
{
	sweep->batch_rows = FIRST_BATCH;
	for (int pass = 0; pass < MOST_PASSES; pass++)
	{
		uint64 before = sweep->removed;

		if (!walk(sweep, memory, failure))
			return false;
		if (sweep->state != SWEEP_ENDED || sweep->removed == before)
			break;
	}
	return true;
}

/* One pass. */
static bool
walk(RetentionSweep *sweep, MemoryContext memory, RetentionFailure *failure)
{
	Pass pass = {.sweep = sweep, .memory = memory};

	if (!memreg_step(start_pass, &pass, failure))
		return false;
	while (sweep->state == SWEEP_GOING)
		if (!take_batch(sweep, failure))
			return false;
	return true;
}

static void
start_pass(void *arg)
{
	Pass *pass = arg;

	memreg_sweep_start(pass->sweep, pass->memory);
}

/* One batch.  The sweep moves on only when its transaction has committed. */
static bool
take_batch(RetentionSweep *sweep, RetentionFailure *failure)
{
	for (int attempt = 1;; attempt++)
	{
		RetentionSweep tried = *sweep;
		instr_time begin;
		instr_time end;

		INSTR_TIME_SET_CURRENT(begin);
		if (memreg_step(batch_step, &tried, failure))
		{
			INSTR_TIME_SET_CURRENT(end);
			INSTR_TIME_SUBTRACT(end, begin);
			adapt_size(&tried, tried.removed - sweep->removed, INSTR_TIME_GET_MILLISEC(end));
			*sweep = tried;
			return true;
		}
		if (!memreg_failure_is_contention(failure) || attempt == MOST_ATTEMPTS)
			return false;
		if (sweep->batch_rows == 1)
			leave_row(sweep, &tried);
		sweep->batch_rows = Max(sweep->batch_rows / SHRINK_BY, 1);
	}
}

static void
batch_step(void *arg)
{
	memreg_batch(arg);
}

static void
adapt_size(RetentionSweep *sweep, uint64 removed, double milliseconds)
{
	if (milliseconds > LONG_BATCH)
		sweep->batch_rows = Max(sweep->batch_rows / 2, 1);
	else if (milliseconds < SHORT_BATCH && removed == (uint64) sweep->batch_rows)
		sweep->batch_rows = Min(sweep->batch_rows * 2, LARGEST_BATCH);
}

/* The one row of the batch tried is in somebody's way: go on behind it. */
static void
leave_row(RetentionSweep *sweep, const RetentionSweep *tried)
{
	sweep->file = tried->file;
	sweep->next = tried->next;
	sweep->skipped++;
}
