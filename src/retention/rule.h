/*
 * rule.h
 *		Retention rules as C code sees them.
 */
#ifndef MEMREG_RETENTION_RULE_H
#define MEMREG_RETENTION_RULE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "storage/lock.h"

#include "retention/action.h"
#include "retention/term.h"

typedef struct RetentionRule
{
	int32 id;
	Oid relation;
	char *relation_name; /* with schema, quoted */
	const RetentionAction *action;
	char *argument; /* of the action, NULL: none */
	char *category; /* whose columns it treats, NULL: it is about the row */

	/* Whose rows they are; a table that was taken out of its register has no rules. */
	int32 register_id;
	char *register_name;
	char *subject;    /* column of the subject key */
	Oid subject_type; /* bigint, uuid or text */

	/*
	 * A row goes when the terms of all rules for the same table and stage have
	 * passed: the longest ground wins.  The rule's own comes first.
	 */
	RetentionTerm *terms;
	int term_count;
	char *wording;     /* of all these rules, to tell a change by */
	TimestampTz ahead; /* the cutoffs are of this moment to come; 0: of the present */

	/* Where the action is about whole subjects: OIDs, referring tables first. */
	List *tables;
} RetentionRule;

extern List *memreg_rule_list_all(void);
extern List *memreg_rule_list_due(void);
extern bool memreg_rule_read(int32 id, RetentionRule *rule);
extern void memreg_rule_require(int32 id, RetentionRule *rule);
extern void memreg_rule_set_cutoffs(RetentionRule *rule, TimestampTz latest);
extern void memreg_rule_set_cutoffs_at(RetentionRule *rule, TimestampTz moment,
									   TimestampTz latest);
extern void memreg_rule_set_cutoffs_as(RetentionRule *rule, const RetentionRule *other);
extern bool memreg_rule_asks_events(const RetentionRule *rule);
extern bool memreg_rule_hold(const RetentionRule *rule);
extern bool memreg_rule_lock(int32 id, LOCKTAG *lock);
extern void memreg_rule_lock_again(int32 id);
extern void memreg_rule_unlock(const LOCKTAG *lock);
extern bool memreg_rule_lock_here(int32 id);

#endif /* MEMREG_RETENTION_RULE_H */
