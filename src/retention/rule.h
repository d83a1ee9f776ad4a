/*
 * rule.h
 *		Retention rules as C code sees them.
 */
#ifndef MEMREG_RETENTION_RULE_H
#define MEMREG_RETENTION_RULE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "storage/lock.h"
#include "utils/timestamp.h"

#include "retention/action.h"

typedef struct RetentionRule
{
	int32 id;
	Oid relation;
	char *relation_name; /* with schema, quoted */
	Interval term;
	char *since; /* column that the term runs from */
	char *time_zone;
	const RetentionAction *action;
} RetentionRule;

extern List *memreg_rule_list_all(void);
extern List *memreg_rule_list_due(void);
extern bool memreg_rule_read(int32 id, RetentionRule *rule);
extern bool memreg_rule_hold(const RetentionRule *rule);
extern bool memreg_rule_lock(int32 id, LOCKTAG *lock);
extern void memreg_rule_unlock(const LOCKTAG *lock);

#endif /* MEMREG_RETENTION_RULE_H */
