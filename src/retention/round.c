/*
 * round.c
 *		Rule after rule.
 *
 * The caller is in a transaction, as step.c says.  Whatever a rule does, the
 * next one has its turn; only a cancelled statement, a terminated process or a
 * worker's own turn ends a round early.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/extension.h"
#include "retention/one_time_key.h"
#include "retention/record.h"
#include "retention/report.h"
#include "retention/round.h"
#include "retention/rule.h"
#include "retention/run.h"
#include "retention/schedule.h"
#include "retention/step.h"
#include "retention/turn.h"

typedef struct RuleList
{
	MemoryContext memory;
	List *rules;
	List *uncounted; /* of them, those whose attempt is still to be counted */
} RuleList;

typedef void (*RuleVisitor)(const RuleList *list, int32 rule, MemoryContext memory);

static bool visit_rules(RetentionStep list_rules, RuleVisitor visit);
static void visit_rule(const RuleList *list, int32 rule, RuleVisitor visit);
static void list_all(void *arg);
static void list_due(void *arg);
static void list_dry(void *arg);
static void run_alone(const RuleList *list, int32 rule, MemoryContext memory);
static bool begin(const RuleList *list, int32 rule);
static void count_attempt(void *arg);
static void run_dry(const RuleList *list, int32 rule, MemoryContext memory);

/* Run every rule. */
void
memreg_round_all(void)
{
	(void) visit_rules(list_all, run_alone);
}

/* Run those that a worker should run now.  False: broken off, as its turn is over. */
bool
memreg_round_due(void)
{
	return visit_rules(list_due, run_alone);
}

/* Say what every rule would remove. */
void
memreg_round_dry(void)
{
	(void) visit_rules(list_dry, run_dry);
}

static bool
visit_rules(RetentionStep list_rules, RuleVisitor visit)
{
	RuleList list = {.memory = CurrentMemoryContext};
	RetentionFailure failure;
	ListCell *cell;

	memreg_one_time_key_begin(list.memory);

	memreg_step_begin();
	if (!memreg_step(memreg_record_write_left, NULL, &failure))
		memreg_report_unrecorded(&failure);
	if (!memreg_step(list_rules, &list, &failure))
		ereport(ERROR, (errcode(failure.code), errmsg("%s", failure.message)));

	foreach(cell, list.rules)
	{
		if (!memreg_turn_goes_on())
			return false;
		memreg_turn_begin_rule(lfirst_int(cell),
							   list_length(list.rules) - foreach_current_index(cell) - 1);
		visit_rule(&list, lfirst_int(cell), visit);
		if (!memreg_extension_exists())
			break; /* dropped meanwhile */
	}
	return true;
}

static void
visit_rule(const RuleList *list, int32 rule, RuleVisitor visit)
{
	MemoryContext memory =
		AllocSetContextCreate(list->memory, "memreg retention run", ALLOCSET_DEFAULT_SIZES);

	visit(list, rule, memory);
	MemoryContextDelete(memory);
}

static void
list_all(void *arg)
{
	RuleList *list = arg;

	MemoryContextSwitchTo(list->memory);
	list->rules = memreg_rule_list_all();
	list->uncounted = memreg_schedule_begin_well(list->rules);
}

static void
list_due(void *arg)
{
	RuleList *list = arg;
	uint64 restored = memreg_schedule_adopt();

	if (restored > 0)
		memreg_report_restored(restored);
	MemoryContextSwitchTo(list->memory);
	list->rules = memreg_rule_list_due();
	list->uncounted = memreg_schedule_begin_well(list->rules);
}

static void
list_dry(void *arg)
{
	RuleList *list = arg;

	MemoryContextSwitchTo(list->memory);
	list->rules = memreg_rule_list_all();
}

/* Run a rule, unless another process does. */
static void
run_alone(const RuleList *list, int32 rule, MemoryContext memory)
{
	LOCKTAG lock;

	if (!memreg_rule_lock(rule, &lock))
	{
		memreg_report_busy(rule);
		return;
	}
	if (begin(list, rule))
		memreg_run_rule(rule, memory);
	memreg_rule_unlock(&lock);
}

static bool
begin(const RuleList *list, int32 rule)
{
	RetentionFailure failure;

	if (!list_member_int(list->uncounted, rule) || memreg_step(count_attempt, &rule, &failure))
		return true;
	memreg_report_not_begun(rule, &failure);
	return false;
}

/* Step: it may be the last thing that this process does. */
static void
count_attempt(void *arg)
{
	memreg_schedule_begin(*(int32 *) arg);
}

static void
run_dry(const RuleList *list, int32 rule, MemoryContext memory)
{
	memreg_run_dry(rule, memory);
}
