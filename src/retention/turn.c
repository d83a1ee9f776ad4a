/*
 * turn.c
 *		How long a worker may go on with one rule, and in one database.
 *
 * A rule with much to remove works for days, and what the application hung on
 * its table may never end.  So that neither keeps others waiting, a rule has its
 * turn of memreg.retention_turn.  When that is over and another rule is due, its
 * run ends before the next batch, and the rule is due again behind the others.
 * When a database waits for a place among the workers, the worker ends too.
 * Where nobody waits, turns have no end.
 *
 * A batch that takes longer than a whole turn is cancelled.  A trigger can catch
 * that; after another turn the worker is ended.
 *
 * Only workers take turns: CALL memreg.run_retention() does one rule after the
 * other, each to its end.
 */
#include "postgres.h"

#include <signal.h>

#include "miscadmin.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "retention/agenda.h"
#include "retention/retention.h"
#include "retention/schedule.h"
#include "retention/step.h"
#include "retention/turn.h"
#include "retention/worker.h"

/* When a turn is over and nobody waits, so much later somebody may. */
#define LOOK_AROUND_MS 1000

static TimestampTz worker_end; /* of the worker's turn in its database */
static TimestampTz rule_end;   /* of the rule's turn */
static int32 present_rule;
static int others_behind; /* rules that this worker will come to */
static TimeoutId last_resort;
static bool cut = false; /* some rule's turn ended before its work did */

static bool others_wait(void);
static TimestampTz end_of_turn(void);
static void look_for_others(void *arg);
static void end_worker(void);

/* A worker has begun. */
void
memreg_turn_begin(void)
{
	last_resort = RegisterTimeout(USER_TIMEOUT, end_worker);
	worker_end = end_of_turn();
}

static TimestampTz
end_of_turn(void)
{
	if (memreg_retention_turn == 0)
		return DT_NOEND;
	return TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
									   memreg_retention_turn * INT64CONST(1000));
}

/* Between two rules: may this process go on to the next one? */
bool
memreg_turn_goes_on(void)
{
	if (!memreg_worker_is_this())
		return true;
	memreg_worker_reload();
	if (memreg_retention_naptime == 0)
		return false;
	return GetCurrentTimestamp() < worker_end || !memreg_agenda_is_crowded();
}

/* A rule's turn has come; so many others come after it. */
void
memreg_turn_begin_rule(int32 rule, int rules_behind)
{
	present_rule = rule;
	others_behind = rules_behind;
	rule_end = end_of_turn();
}

/*
 * Between two batches: is the rule's turn over?  At once when the workers are
 * turned off.
 */
bool
memreg_turn_is_over(void)
{
	if (!memreg_worker_is_this())
		return false;
	memreg_worker_reload();
	if (memreg_retention_naptime == 0)
		return true;
	if (GetCurrentTimestamp() < rule_end)
		return false;
	if (others_wait())
	{
		cut = true;
		return true;
	}
	rule_end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LOOK_AROUND_MS);
	return false;
}

/* Has this worker left work behind that it could go on with? */
bool
memreg_turn_was_cut(void)
{
	return cut;
}

static bool
others_wait(void)
{
	RetentionFailure failure;
	bool found = false;

	return others_behind > 0 || memreg_agenda_is_crowded() ||
		(memreg_step(look_for_others, &found, &failure) && found);
}

static void
look_for_others(void *arg)
{
	bool *found = arg;

	*found = memreg_schedule_has_others(present_rule);
}

/* The application's code is going to run. */
void
memreg_turn_begin_batch(void)
{
	int turn = memreg_retention_turn * 1000; /* the setting's limit allows it */

	if (!memreg_worker_is_this() || turn == 0)
		return;
	enable_timeout_after(STATEMENT_TIMEOUT, turn);
	enable_timeout_after(last_resort, Min(turn, PG_INT32_MAX / 2) * 2);
}

void
memreg_turn_end_batch(void)
{
	if (!memreg_worker_is_this())
		return;
	disable_timeout(STATEMENT_TIMEOUT, false);
	disable_timeout(last_resort, false);
}

/* Signal handler. */
static void
end_worker(void)
{
	(void) kill(MyProcPid, SIGTERM);
}
