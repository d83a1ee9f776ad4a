/*
 * action_anonymize.c
 *		Retention action "anonymize": the row becomes what a purpose sees of it.
 *
 * anonymize(archive): each column, for good, as the purpose's treatment of its
 * category says, and the subject column names nobody any more.  What is
 * anonymous cannot be related to a person again (GDPR recital 26), so
 * change_check.c refuses treatments that somebody could compute anew, as
 * pseudonyms, or that depend on whom the row names.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "core/errors.h"
#include "policy/declared.h"
#include "retention/action_anonymize.h"

void
memreg_anonymize_choose(const RetentionRule *rule, const char *category, Treatment *treatment)
{
	Purpose purpose;

	if (!memreg_registry_find_purpose(rule->register_name, rule->argument, &purpose))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_PURPOSE),
				 errmsg("register %s has no purpose %s to anonymize rows for",
						quote_identifier(rule->register_name), quote_identifier(rule->argument)),
				 errhint("Name a purpose of the register in the action, as in 'anonymize(archive)'; the table memreg.purpose lists those that exist.")));
	memreg_declared_treatment(&purpose, category, treatment);
}
