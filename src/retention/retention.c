/*
 * retention.c
 *		Retention: rows past their term go, by rule, worker or call.
 *
 * How a run goes, from the top:
 *
 *	launcher.c		starts workers where something is due (agenda.c), one per database
 *	worker.c		runs the rules of its database that are due, and ends
 *	round.c			rule after rule; turn.c: none keeps others waiting for long
 *	procedure.c		CALL memreg.run_retention(): the same engine in a session
 *	run.c			one run of one rule: count, decide, remove, record
 *	purge.c			passes: find places (sweep.c, places.c), take them in batches
 *	batch.c			some rows in one transaction: look again, remove (row_delete.c)
 *	action.c		the list of what can be done with a row past its term
 *
 * removal.c has the two ways of a run: row by row as above, or by whole
 * partitions: partition_run.c (one after the other), partition_take.c (one in
 * one transaction), partition_detach.c (one concurrently, in a worker, by
 * toplevel.c), with partition.c (which bounds are past a term), partition_rows.c
 * (may every row go?) and partition_lock.c.
 *
 * What is due: rule.c (the rules), term.c (how long, and from when), cutoff.c
 * (which times lie a term back), announcement.c (what has to be announced
 * first), due.c (is a row past its terms, and may it go?), due_event.c (is a term
 * that runs from an event of its subject?), due_scan.c and due_subjects.c (a walk
 * over those that are), places.c (where they are), subject_tables.c and erase.c (where whole subjects go),
 * upcoming.c (whose turn comes).
 *
 * How it is done: table.c (what a rule's table consists of), count.c, step.c (one
 * small transaction whose error is caught), owner.c (working as a table's
 * owner), throttle.c (resting between), schedule.c (when a rule is looked at
 * again), failure.c (what is kept of an error).
 *
 * What can be seen of it: history.c (what runs leave behind), tally.c and
 * record.c (what proves it), physical.c (what is left on disk), overdue.c,
 * shown.c (what a worker shows of itself), report.c (what the log says).
 *
 * Actions that change rows (action_anonymize.c, action_treat.c) choose treatments;
 * change.c says what becomes of a row by them, change_check.c whether it may,
 * action_change.c does it, pending.c knows what has been done already, and
 * one_time_key.c makes keys that are nobody's.
 *
 * Events of subjects: event.c.  What subjects do notes when they were last
 * active: activity_trigger.c, activity.c.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "core/preload.h"
#include "retention/activity.h"
#include "retention/agenda.h"
#include "retention/agenda_note.h"
#include "retention/launcher.h"
#include "retention/retention.h"

int memreg_retention_naptime = 60;
int memreg_max_workers = 2;
double memreg_retention_max_share = 0.2;
int memreg_retention_batch_time = 50;
double memreg_retention_busy_share = 0.1;
int memreg_retention_max_rate = 0;
int memreg_retention_max_replica_lag = 256 * 1024;
int memreg_retention_max_rows = 0;
int memreg_retention_max_gap = 60 * 24 * 3600;
int memreg_retention_lock_timeout = 100;
int memreg_retention_turn = 300;
static bool two_roles = false; /* memreg.approve_run reads it */

static void define_share(void);
static void define_limit(void);
static void define_gap(void);
static void define_approval(void);
static void define_batch_time(void);
static void define_throttle(void);
static void define_lock_timeout(void);
static void define_turn(void);
static void define_naptime(void);
static void define_workers(void);

/* The launcher and its settings exist only in a server that preloads memreg. */
void
memreg_retention_init(void)
{
	define_share();
	define_limit();
	define_gap();
	define_approval();
	define_batch_time();
	define_throttle();
	define_lock_timeout();
	memreg_activity_init();
	if (!memreg_preload_done())
		return;
	define_turn();
	define_naptime();
	define_workers();
	memreg_agenda_init();
	memreg_agenda_note_init();
	memreg_launcher_register();
}

/*
 * A rule with a mistake in it, or a column that an update has set to the wrong
 * time, should not empty a table.  A run that finds more than this share of
 * the table's rows past their term stops before the first row and waits for
 * memreg.approve_run.  1 lets every run go on, 0 makes each wait.
 */
static void
define_share(void)
{
	DefineCustomRealVariable("memreg.retention_max_share",
							 "Share of a table that a retention run may remove without approval.",
							 NULL, &memreg_retention_max_share, 0.2, 0.0, 1.0, PGC_SUSET,
							 0, NULL, NULL, NULL);
}

/*
 * The same in rows, for tables so large that a small share of them is much.
 */
static void
define_limit(void)
{
	DefineCustomIntVariable("memreg.retention_max_rows",
							"Number of rows that a retention run may remove without approval.",
							"0 sets no such limit.", &memreg_retention_max_rows, 0, 0,
							PG_INT32_MAX, PGC_SUSET, 0, NULL, NULL, NULL);
}

/*
 * A clock that is set years ahead makes everything due.  A run that finds rows
 * due so long after the rule was last looked at stops as well; a server that
 * was switched off for that long is the same to it.
 */
static void
define_gap(void)
{
	DefineCustomIntVariable("memreg.retention_max_gap",
							"Time after the last look at a retention rule when a run stops and asks.",
							"0 sets no such limit.", &memreg_retention_max_gap, 60 * 24 * 3600,
							0, PG_INT32_MAX, PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);
}

/* Who has added a rule shall not be the one who approves what it removes. */
static void
define_approval(void)
{
	DefineCustomBoolVariable("memreg.retention_two_roles",
							 "A retention run is approved by another role than has added its rule.",
							 NULL, &two_roles, false, PGC_SUSET, 0, NULL, NULL, NULL);
}

/*
 * How long one transaction that removes rows should take.  Locks on the rows,
 * and what waits for them, last as long.
 */
static void
define_batch_time(void)
{
	DefineCustomIntVariable("memreg.retention_batch_time",
							"Time that one transaction of a retention run should take.",
							NULL, &memreg_retention_batch_time, 50, 1, 10000, PGC_SUSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
}

/*
 * Foreground traffic comes first: see throttle.c.
 */
static void
define_throttle(void)
{
	DefineCustomRealVariable("memreg.retention_busy_share",
							 "Share of the time that a retention run works while others are at work.",
							 "1 lets it work all the time.", &memreg_retention_busy_share,
							 0.1, 0.001, 1.0, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("memreg.retention_max_rate",
							"Number of rows that a retention run may remove in a second.",
							"0 sets no such limit.", &memreg_retention_max_rate, 0, 0,
							PG_INT32_MAX, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("memreg.retention_max_replica_lag",
							"Amount of WAL by which a replica may lag behind while a retention run goes on.",
							"0 waits for no replica.", &memreg_retention_max_replica_lag,
							256 * 1024, 0, PG_INT32_MAX, PGC_SUSET, GUC_UNIT_KB, NULL,
							NULL, NULL);
}

/*
 * A partition goes under a lock that everybody who comes later waits behind:
 * see partition_lock.c.
 */
static void
define_lock_timeout(void)
{
	DefineCustomIntVariable("memreg.retention_lock_timeout",
							"Time that a retention run waits for the locks that take a partition away.",
							"Queries that come meanwhile wait as long.",
							&memreg_retention_lock_timeout, 100, 1, 10000, PGC_SUSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
}

/*
 * A rule with much to remove must not keep the others waiting, nor a database
 * the other databases: see turn.c.  Long enough for what it takes to begin
 * again, a count of what is due, to matter little.
 */
static void
define_turn(void)
{
	DefineCustomIntVariable("memreg.retention_turn",
							"Time that a worker stays with a retention rule, or a database, while others wait.",
							"No batch may take longer. 0 sets no such limit.",
							&memreg_retention_turn, 300, 0, PG_INT32_MAX / 1000,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
}

/*
 * How long a database is left alone between two looks, and a new rule.  0
 * starts no workers, and ends those at work: then only CALL
 * memreg.run_retention() removes rows.
 */
static void
define_naptime(void)
{
	DefineCustomIntVariable("memreg.retention_naptime",
							"Time between two rounds of the retention workers.",
							"0 turns the workers off.", &memreg_retention_naptime, 60, 0,
							PG_INT32_MAX / 1000, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
}

/*
 * Workers come out of the server's max_worker_processes, which parallel
 * queries and logical replication draw upon too, beside the launcher, which
 * always takes one.
 */
static void
define_workers(void)
{
	DefineCustomIntVariable("memreg.max_workers",
							"Number of retention workers that run at the same time.",
							"Each works in a database of its own.", &memreg_max_workers,
							2, 1, RETENTION_MAX_WORKERS, PGC_SIGHUP, 0, NULL, NULL, NULL);
}
