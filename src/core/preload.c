/*
 * preload.c
 *		Was memreg loaded by shared_preload_libraries?
 *
 * Hooks, postmaster settings and workers exist only in a server that loads
 * memreg at its start.  A library loaded later (by CREATE EXTENSION or by a
 * call) works for what needs none of these and says so for the rest.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"

#include "core/errors.h"
#include "core/preload.h"

PG_FUNCTION_INFO_V1(memreg_require_preload);

static bool preloaded = false;

static char *preload_line(void);
static const char *configuration_file(void);

/* Called once by _PG_init: remembers whether the postmaster is loading us. */
void
memreg_preload_init(void)
{
	preloaded = process_shared_preload_libraries_in_progress;
}

/* True in every process of a server that preloads memreg. */
bool
memreg_preload_done(void)
{
	return preloaded;
}

/*
 * Fail, with the very line to add and the file to add it to, unless the
 * server preloads memreg.
 */
void
memreg_preload_require(void)
{
	if (preloaded)
		return;

	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_PRELOAD_MISSING),
			 errmsg("memreg is not loaded by this server"),
			 errdetail("Personal data stays closed until the server loads memreg at its start."),
			 errhint("Add the line  %s  to %s and restart the server.",
					 preload_line(), configuration_file())));
}

/* memreg.require_preload(): the same for SQL. */
Datum
memreg_require_preload(PG_FUNCTION_ARGS)
{
	memreg_preload_require();
	PG_RETURN_VOID();
}

/* The setting as it has to read: what is there now, and memreg. */
static char *
preload_line(void)
{
	const char *present = shared_preload_libraries_string;

	if (present == NULL || present[0] == '\0')
		return pstrdup("shared_preload_libraries = 'memreg'");
	return psprintf("shared_preload_libraries = '%s,memreg'", present);
}

/* Its path is shown to those who may see the setting config_file. */
static const char *
configuration_file(void)
{
	if (ConfigFileName != NULL && has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_SETTINGS))
		return ConfigFileName;
	return "postgresql.conf";
}
