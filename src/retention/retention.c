/*
 * retention.c
 *		Retention: rows past their term go, by rule, worker or call.
 *
 * How a run goes, from the top:
 *
 *	launcher.c		wakes up every naptime and starts workers, one per database
 *	worker.c		runs the rules of its database that are due, and ends
 *	procedure.c		CALL memreg.run_retention(): the same engine in a session
 *	run.c			one run of one rule: count, decide, remove, record
 *	batch.c			some rows: find, lock, look again, remove
 *	action.c		the list of what can be done with a row past its term
 *
 * beside them rule.c (the rules), cutoff.c (which times are past the term),
 * table.c (what a rule's table consists of), count.c, step.c (one small
 * transaction whose error is caught), owner.c (working as a table's owner),
 * failure.c (what is kept of an error) and history.c (what runs leave behind).
 */
#include "postgres.h"

#include "utils/guc.h"

#include "core/preload.h"
#include "retention/launcher.h"
#include "retention/retention.h"

int memreg_retention_naptime = 60;
int memreg_max_workers = 2;
double memreg_retention_max_share = 0.2;

static void define_share(void);
static void define_naptime(void);
static void define_workers(void);

/* The launcher and its settings exist only in a server that preloads memreg. */
void
memreg_retention_init(void)
{
	define_share();
	if (!memreg_preload_done())
		return;
	define_naptime();
	define_workers();
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
 * How long the launcher sleeps before it looks into every database again, and
 * how long a new rule is left alone.  0 starts no workers: then only
 * CALL memreg.run_retention() removes rows.
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
