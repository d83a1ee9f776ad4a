/*
 * purge.c
 *		Passes over a table until nothing past its term is left.
 *
 * What the count has found goes first.  A row that was updated before its turn
 * came lies elsewhere then, so there are passes until none was missed.
 *
 * Batches are as large as lets transactions take memreg.retention_batch_time
 * (batch_size.c).  One that comes in the way of another transaction is tried
 * again in smaller pieces, down to the row that is in the way, which is left for
 * the next run.  One that takes longer than a worker's turn is tried again row by
 * row.
 */
#include "postgres.h"

#include "portability/instr_time.h"
#include "utils/guc.h"

#include "retention/batch.h"
#include "retention/purge.h"
#include "retention/retention.h"
#include "retention/shown.h"
#include "retention/step.h"
#include "retention/throttle.h"
#include "retention/turn.h"

#define MOST_ATTEMPTS 8
#define MOST_PASSES 10 /* but for those that take what could not be remembered at once */

typedef struct Pass
{
	RetentionSweep *sweep;
	List *known;
} Pass;

static bool walk(RetentionSweep *sweep, List *known, RetentionThrottle *throttle,
				 RetentionFailure *failure);
static void start_pass(void *arg);
static void find_places(void *arg);
static bool take_batch(RetentionSweep *sweep, RetentionThrottle *throttle,
					   RetentionFailure *failure);
static bool may_try_again(const RetentionSweep *sweep, const RetentionFailure *failure);
static bool attempt(RetentionSweep *tried, double *milliseconds, RetentionFailure *failure);
static void batch_step(void *arg);
static void leave_row(RetentionSweep *sweep, const RetentionSweep *tried);

/*
 * Remove what the sweep is for; its state says how it ended.  known: of
 * RetentionPlaces, what has been found already.  False: it failed.  What had
 * been removed until then is gone and counted.
 */
bool
memreg_purge(RetentionSweep *sweep, List *known, RetentionFailure *failure)
{
	RetentionThrottle throttle = {0};
	int passes = 0;

	memreg_batch_size_start(&sweep->size);
	do
	{
		uint64 before = sweep->removed;

		if (!walk(sweep, known, &throttle, failure))
			return false;
		known = NIL;
		if (!sweep->more || sweep->removed == before)
			passes++;
	} while (sweep->state == SWEEP_ENDED && (sweep->missed || sweep->more) &&
			 passes < MOST_PASSES);
	return true;
}

/* One pass. */
static bool
walk(RetentionSweep *sweep, List *known, RetentionThrottle *throttle, RetentionFailure *failure)
{
	Pass pass = {.sweep = sweep, .known = known};

	if (!memreg_step(start_pass, &pass, failure))
		return false;
	while (sweep->state == SWEEP_GOING)
	{
		if (!memreg_sweep_wants_places(sweep))
		{
			if (!take_batch(sweep, throttle, failure))
				return false;
		}
		else if (!memreg_step(find_places, sweep, failure))
			return false;
		if (sweep->state == SWEEP_GOING && memreg_turn_is_over())
			sweep->state = SWEEP_TURN_OVER;
	}
	return true;
}

static void
start_pass(void *arg)
{
	Pass *pass = arg;

	memreg_sweep_start(pass->sweep, pass->known);
}

static void
find_places(void *arg)
{
	memreg_sweep_find(arg);
}

/* One batch.  The sweep moves on only when its transaction has committed. */
static bool
take_batch(RetentionSweep *sweep, RetentionThrottle *throttle, RetentionFailure *failure)
{
	sweep->size.rows = Min(sweep->size.rows, memreg_throttle_most_rows());
	for (int tries = 1;; tries++)
	{
		RetentionSweep tried = *sweep;
		double milliseconds;

		if (attempt(&tried, &milliseconds, failure))
		{
			uint64 removed = tried.removed - sweep->removed;

			*sweep = tried;
			sweep->careful = false;
			if (removed > 0)
				memreg_batch_size_learn(&sweep->size, removed, milliseconds,
										memreg_retention_batch_time);
			memreg_shown_progress(sweep->removed);
			memreg_throttle_rest(throttle, milliseconds, removed);
			return true;
		}
		if (!may_try_again(sweep, failure) || tries == MOST_ATTEMPTS)
			return false;
		if (sweep->careful && sweep->size.rows == 1)
			leave_row(sweep, &tried);
		if (failure->too_long)
			sweep->size.rows = 1;
		else
			memreg_batch_size_shrink(&sweep->size);
		sweep->careful = true;
		if (sweep->state != SWEEP_GOING || memreg_sweep_wants_places(sweep))
			return true;
	}
}

/* Fewer rows may fare better; one alone that takes too long will again. */
static bool
may_try_again(const RetentionSweep *sweep, const RetentionFailure *failure)
{
	return failure->too_long ? sweep->size.rows > 1 : memreg_failure_is_contention(failure);
}

static bool
attempt(RetentionSweep *tried, double *milliseconds, RetentionFailure *failure)
{
	instr_time begin;
	instr_time end;
	bool done;

	INSTR_TIME_SET_CURRENT(begin);
	memreg_turn_begin_batch();
	done = memreg_step(batch_step, tried, failure);
	memreg_turn_end_batch();
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	*milliseconds = INSTR_TIME_GET_MILLISEC(end);
	return done;
}

/*
 * Nobody waits until a batch is on disk.  A crash may take the last ones back,
 * with all that was written down of them; the run's end waits for them.
 */
static void
batch_step(void *arg)
{
	(void) set_config_option("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	memreg_batch(arg);
}

/* The one row of the batch tried is in somebody's way: go on behind it. */
static void
leave_row(RetentionSweep *sweep, const RetentionSweep *tried)
{
	sweep->at = tried->at;
	sweep->skipped++;
	memreg_sweep_advance(sweep);
}
