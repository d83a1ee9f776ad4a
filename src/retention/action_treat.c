/*
 * action_treat.c
 *		Retention actions "withhold" and "generalize": columns of a category.
 *
 * What the treatment of the same name shows of them is what they hold from now
 * on.  The rest of the row stays.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "core/errors.h"
#include "retention/action_treat.h"

void
memreg_treat_choose(const RetentionRule *rule, const char *category, Treatment *treatment)
{
	bool chosen = category != NULL && strcmp(category, rule->category) == 0;
	const char *declared = !chosen ? "clear"
		: rule->argument == NULL   ? rule->action->name
								 : psprintf("%s(%s)", rule->action->name, rule->argument);

	if (!memreg_treatment_parse(declared, treatment))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_TREATMENT),
				 errmsg("%s is no way to generalize columns", quote_literal_cstr(declared)),
				 errhint("Name forms as in 'generalize(year, 10, letters 1)'.")));
}
