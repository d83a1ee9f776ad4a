/*
 * rule.c
 *		Retention rules as C code sees them.
 *
 * Two locks guard a rule.  A session-level lock on (rule table, rule number)
 * is held for a whole run, across its transactions: one run per rule at a
 * time, and whoever gets it knows that no other run is alive.  It vanishes
 * with its process.  A share lock on the rule's row is held from each batch to
 * its commit: whoever removes or changes the rule waits for that batch, and no
 * later batch goes by the old rule.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"

#include "core/extension.h"
#include "core/spi.h"
#include "retention/rule.h"

static List *list_rules(const char *sql);
static char *text_value(int column);

/* The numbers of all rules, those longest due first. */
List *
memreg_rule_list_all(void)
{
	return list_rules("SELECT r.rule_id FROM memreg.retention_rule r"
					  " LEFT JOIN memreg.retention_state s USING (rule_id)"
					  " ORDER BY s.next_attempt_at, r.rule_id");
}

/* The same of the rules that a worker should look at now. */
List *
memreg_rule_list_due(void)
{
	return list_rules("SELECT rule_id FROM memreg.retention_state"
					  " WHERE next_attempt_at <= now()"
					  " ORDER BY next_attempt_at, rule_id");
}

static List *
list_rules(const char *sql)
{
	MemoryContext memory = CurrentMemoryContext;
	uint64 count = memreg_spi_run(sql, NULL);
	List *rules = NIL;
	bool isnull;

	MemoryContextSwitchTo(memory);
	for (uint64 i = 0; i < count; i++)
		rules = lappend_int(rules, DatumGetInt32(memreg_spi_value(i, 1, &isnull)));
	return rules;
}

/*
 * False: there is no such rule (any more).  What *rule points to is in the
 * caller's memory context.
 */
bool
memreg_rule_read(int32 id, RetentionRule *rule)
{
	MemoryContext memory = CurrentMemoryContext;
	MemregArgs args = {0};
	bool isnull;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(id));
	if (memreg_spi_run("SELECT r.relation::oid, format('%I.%I', n.nspname, c.relname), r.term,"
					   " r.since::text, r.time_zone, r.action"
					   " FROM memreg.retention_rule r"
					   " JOIN pg_class c ON c.oid = r.relation"
					   " JOIN pg_namespace n ON n.oid = c.relnamespace"
					   " WHERE r.rule_id = $1",
					   &args) == 0)
		return false;

	MemoryContextSwitchTo(memory);
	rule->id = id;
	rule->relation = DatumGetObjectId(memreg_spi_value(0, 1, &isnull));
	rule->relation_name = text_value(2);
	rule->term = *DatumGetIntervalP(memreg_spi_value(0, 3, &isnull));
	rule->since = text_value(4);
	rule->time_zone = text_value(5);
	rule->action = memreg_action_find(text_value(6));
	return true;
}

static char *
text_value(int column)
{
	bool isnull;

	return TextDatumGetCString(memreg_spi_value(0, column, &isnull));
}

/*
 * Keep the rule from changing until this transaction ends.  False: it is no
 * longer what was read.  Intervals are compared bit by bit, as '1 month' equals
 * '30 days' but is another term.
 */
bool
memreg_rule_hold(const RetentionRule *rule)
{
	MemregArgs args = {0};
	uint64 count;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule->id));
	memreg_spi_arg(&args, INTERVALOID, IntervalPGetDatum(&rule->term));
	memreg_spi_arg_text(&args, rule->since);
	memreg_spi_arg_text(&args, rule->time_zone);
	memreg_spi_arg_text(&args, rule->action->name);
	count = memreg_spi_run("SELECT FROM memreg.retention_rule"
						   " WHERE rule_id = $1 AND interval_send(term) = interval_send($2)"
						   " AND since = $3 AND time_zone = $4 AND action = $5"
						   " FOR SHARE",
						   &args);
	return count > 0;
}

/*
 * Take the rule for a run.  False: another run has it.  Ends with
 * memreg_rule_unlock, or by itself with the process or when the session's
 * transaction fails.
 */
bool
memreg_rule_lock(int32 id, LOCKTAG *lock)
{
	SET_LOCKTAG_OBJECT(*lock, MyDatabaseId, memreg_extension_relation("retention_rule"),
					   id, 0);
	return LockAcquire(lock, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
}

void
memreg_rule_unlock(const LOCKTAG *lock)
{
	LockRelease(lock, ExclusiveLock, true);
}
