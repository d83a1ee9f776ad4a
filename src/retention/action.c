/*
 * action.c
 *		What can be done with rows past their term.
 *
 * A new action is a file like action_delete.c and a line in the table here.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "core/errors.h"
#include "retention/action.h"
#include "retention/action_delete.h"

static const RetentionAction actions[] = {
	{"delete", memreg_action_delete},
};

static char *action_names(void);

PG_FUNCTION_INFO_V1(memreg_require_retention_action);

/* memreg.require_retention_action(action text): fails for an unknown one. */
Datum
memreg_require_retention_action(PG_FUNCTION_ARGS)
{
	(void) memreg_action_find(PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)));
	PG_RETURN_VOID();
}

/* NULL stands for SQL's NULL, which is no action either. */
const RetentionAction *
memreg_action_find(const char *name)
{
	for (int i = 0; name != NULL && i < lengthof(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];

	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_UNKNOWN_ACTION),
			 errmsg("retention action %s does not exist",
					name == NULL ? "NULL" : quote_literal_cstr(name)),
			 errhint("Actions of this version: %s.", action_names())));
}

static char *
action_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(actions); i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", actions[i].name);
	return names.data;
}
