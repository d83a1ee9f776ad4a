/*
 * action.c
 *		What can be done with rows past their term.
 *
 * A new action is a file like action_delete.c and a line in the table here.  What
 * goes row by row has a function for rows, what goes by whole partitions one for
 * partitions; removal.c has the two ways.  One that changes rows is a choice of
 * treatments (action_treat.c), as the rest is the same for all of them (change.c,
 * action_change.c).
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "core/errors.h"
#include "retention/action.h"
#include "retention/action_anonymize.h"
#include "retention/action_change.h"
#include "retention/action_delete.h"
#include "retention/action_partition.h"
#include "retention/action_treat.h"
#include "retention/removal.h"

static const RetentionAction actions[] = {
	{"delete", STAGE_REMOVAL, &memreg_removal_rows, .verb = "remove",
	 .verb_done = "removed", .perform = memreg_action_delete},
	{"erase_subject", STAGE_REMOVAL, &memreg_removal_rows, .verb = "remove",
	 .verb_done = "removed", .whole_subject = true},
	{"drop_partition", STAGE_REMOVAL, &memreg_removal_partitions, .verb = "remove",
	 .verb_done = "removed", .take = memreg_action_drop_partition},
	{"detach_partition", STAGE_REMOVAL, &memreg_removal_partitions, .verb = "remove",
	 .verb_done = "removed", .take = memreg_action_detach_partition},
	{"anonymize", STAGE_ANONYMIZATION, &memreg_removal_rows, .takes_argument = true,
	 .verb = "anonymize", .verb_done = "anonymized", .perform = memreg_action_change,
	 .choose = memreg_anonymize_choose},
	{"withhold", STAGE_TREATMENT, &memreg_removal_rows, .verb = "treat",
	 .verb_done = "treated", .perform = memreg_action_change, .choose = memreg_treat_choose},
	{"generalize", STAGE_TREATMENT, &memreg_removal_rows, .takes_argument = true,
	 .verb = "treat", .verb_done = "treated", .perform = memreg_action_change,
	 .choose = memreg_treat_choose},
};

static const RetentionAction *find(const char *declared, int length);
pg_noreturn static void reject(const char *declared);
static char *action_names(void);

PG_FUNCTION_INFO_V1(memreg_retention_stage);

/* memreg.retention_stage(action text) → text: its stage; fails for an unknown action. */
Datum
memreg_retention_stage(PG_FUNCTION_ARGS)
{
	char *declared = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	char *argument;

	PG_RETURN_TEXT_P(cstring_to_text(memreg_action_parse(declared, &argument)->stage));
}

/*
 * The action that a rule declares, as "name" or "name(argument)", and its
 * argument or NULL; fails if there is none.  NULL stands for SQL's NULL, which
 * is no action either.
 */
const RetentionAction *
memreg_action_parse(const char *declared, char **argument)
{
	const char *opening = declared == NULL ? NULL : strchr(declared, '(');
	size_t length = declared == NULL ? 0 : strlen(declared);
	const RetentionAction *action =
		find(declared, opening == NULL ? (int) length : (int) (opening - declared));

	*argument = NULL;
	if (action == NULL || action->takes_argument != (opening != NULL))
		reject(declared);
	if (opening == NULL)
		return action;
	if (declared[length - 1] != ')' || opening + 2 == declared + length)
		reject(declared);
	*argument = pnstrdup(opening + 1, declared + length - opening - 2);
	return action;
}

static const RetentionAction *
find(const char *declared, int length)
{
	for (int i = 0; i < lengthof(actions); i++)
		if (strlen(actions[i].name) == length &&
			strncmp(actions[i].name, declared, length) == 0)
			return &actions[i];
	return NULL;
}

static void
reject(const char *declared)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_UNKNOWN_ACTION),
			 errmsg("retention action %s does not exist",
					declared == NULL ? "NULL" : quote_literal_cstr(declared)),
			 errhint("Actions of this version: %s.", action_names())));
}

static char *
action_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(actions); i++)
		appendStringInfo(&names, "%s%s%s", i > 0 ? ", " : "", actions[i].name,
						 actions[i].takes_argument ? "(...)" : "");
	return names.data;
}
