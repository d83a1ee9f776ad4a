/*
 * action_treat.h
 *		Retention actions "withhold" and "generalize": columns of a category.
 */
#ifndef MEMREG_RETENTION_ACTION_TREAT_H
#define MEMREG_RETENTION_ACTION_TREAT_H

#include "policy/treatment.h"
#include "retention/rule.h"

extern void memreg_treat_choose(const RetentionRule *rule, const char *category,
								Treatment *treatment);

#endif /* MEMREG_RETENTION_ACTION_TREAT_H */
