/*
 * action_anonymize.h
 *		Retention action "anonymize": the row becomes what a purpose sees of it.
 */
#ifndef MEMREG_RETENTION_ACTION_ANONYMIZE_H
#define MEMREG_RETENTION_ACTION_ANONYMIZE_H

#include "policy/treatment.h"
#include "retention/rule.h"

extern void memreg_anonymize_choose(const RetentionRule *rule, const char *category,
									Treatment *treatment);

#endif /* MEMREG_RETENTION_ACTION_ANONYMIZE_H */
