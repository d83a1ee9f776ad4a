/*
 * session.c
 *		The purpose that a session acts for.
 *
 * A plan over protected tables is made for one purpose.  When the session
 * turns to another one, its cached plans are thrown away.  Turning back and
 * forth between a purpose and none, as a pool does that sets the same purpose
 * in every transaction, costs nothing: a plan that is run for another purpose
 * than it was made for is refused by the executor hook in any case.
 */
#include "postgres.h"

#include "utils/guc.h"
#include "utils/plancache.h"

#include "policy/session.h"

#define MAX_PURPOSE_BYTES 255

static char *purpose = NULL;

/* The purpose that plans were last made for; empty: there are none. */
static char *planned_purpose = NULL;

static bool check_purpose(char **value, void **extra, GucSource source);
static void purpose_changed(const char *value, void *extra);

void
memreg_session_init(void)
{
	/*
	 * Set by applications, for a session (SET), a transaction (SET LOCAL), a
	 * role or a database.  It chooses among the purposes that the current
	 * user was granted, so anybody may set it to anything.
	 */
	DefineCustomStringVariable("memreg.purpose",
							   "Purpose of processing that the session acts for.",
							   "Protected tables show what the purpose allows, and nothing without one.",
							   &purpose, "", PGC_USERSET, 0, check_purpose,
							   purpose_changed, NULL);
}

/* The purpose's name; empty when it is not set. */
const char *
memreg_session_purpose(void)
{
	return purpose == NULL ? "" : purpose;
}

/* A plan has been made for the present purpose. */
void
memreg_session_planned(void)
{
	const char *present = memreg_session_purpose();

	if (planned_purpose != NULL && strcmp(planned_purpose, present) == 0)
		return;
	if (planned_purpose != NULL)
		free(planned_purpose);
	planned_purpose = strdup(present);
	if (planned_purpose == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
}

/* Errors repeat the purpose, and the log should not grow by it. */
static bool
check_purpose(char **value, void **extra, GucSource source)
{
	if (strlen(*value) <= MAX_PURPOSE_BYTES)
		return true;
	GUC_check_errdetail("The name of a purpose has at most %d bytes.", MAX_PURPOSE_BYTES);
	return false;
}

static void
purpose_changed(const char *value, void *extra)
{
	if (value[0] == '\0' || planned_purpose == NULL || strcmp(value, planned_purpose) == 0)
		return;
	free(planned_purpose);
	planned_purpose = NULL;
	ResetPlanCache();
}
