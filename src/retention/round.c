/*
 * round.c
 *		Rule after rule.
 *
 * The caller has opened an SPI connection with SPI_OPT_NONATOMIC.  Whatever a
 * rule does, the next one has its turn; only a cancelled statement or a
 * terminated process ends a round early.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/extension.h"
#include "retention/record.h"
#include "retention/report.h"
#include "retention/round.h"
#include "retention/rule.h"
#include "retention/run.h"
#include "retention/schedule.h"
#include "retention/step.h"

typedef void (*RuleVisitor)(int32 rule, MemoryContext memory);

typedef struct RuleList
{
	MemoryContext memory;
	List *rules;
} RuleList;

static void visit_rules(RetentionStep list_rules, RuleVisitor visit);
static void list_all(void *arg);
static void list_due(void *arg);
static void run_alone(int32 rule, MemoryContext memory);

/* Run every rule. */
void
memreg_round_all(void)
{
	visit_rules(list_all, run_alone);
}

/* Run those that a worker should run now. */
void
memreg_round_due(void)
{
	visit_rules(list_due, run_alone);
}

/* Say what every rule would remove. */
void
memreg_round_dry(void)
{
	visit_rules(list_all, memreg_run_dry);
}

static void
visit_rules(RetentionStep list_rules, RuleVisitor visit)
{
	RuleList list = {.memory = CurrentMemoryContext};
	RetentionFailure failure;
	ListCell *cell;

	memreg_step_begin();
	if (!memreg_step(memreg_record_write_left, NULL, &failure))
		memreg_report_unrecorded(&failure);
	if (!memreg_step(list_rules, &list, &failure))
		ereport(ERROR, (errcode(failure.code), errmsg("%s", failure.message)));

	foreach(cell, list.rules)
	{
		MemoryContext memory = AllocSetContextCreate(list.memory, "memreg retention run",
													 ALLOCSET_DEFAULT_SIZES);

		visit(lfirst_int(cell), memory);
		MemoryContextDelete(memory);
		if (!memreg_extension_exists())
			break; /* dropped meanwhile */
	}
}

static void
list_all(void *arg)
{
	RuleList *list = arg;

	MemoryContextSwitchTo(list->memory);
	list->rules = memreg_rule_list_all();
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
}

/* Run a rule, unless another process does. */
static void
run_alone(int32 rule, MemoryContext memory)
{
	LOCKTAG lock;

	if (!memreg_rule_lock(rule, &lock))
	{
		memreg_report_busy(rule);
		return;
	}
	memreg_run_rule(rule, memory);
	memreg_rule_unlock(&lock);
}
