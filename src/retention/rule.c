/*
 * rule.c
 *		Retention rules as C code sees them.
 *
 * Two locks guard a rule.  A session-level lock on (rule table, rule number)
 * is held for a whole run, across its transactions: one run per rule at a
 * time, and whoever gets it knows that no other run is alive.  It vanishes
 * with its process.  A share lock on the rows of the table's rules is held from each
 * batch to its commit: whoever removes or changes one waits for that batch, and
 * no later batch goes by the old rules.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"

#include "core/errors.h"
#include "core/extension.h"
#include "core/spi.h"
#include "registry/catalog.h"
#include "retention/announcement.h"
#include "retention/rule.h"
#include "retention/worker.h"

static List *list_rules(const char *sql);
static List *read_tables(const char *register_name);
static char *read_wording(const RetentionRule *rule);
static LOCKTAG lock_of(int32 id);

/* The numbers of all rules: of referring tables before those of tables they refer to, then those longest due first. */
List *
memreg_rule_list_all(void)
{
	return list_rules("SELECT r.rule_id FROM memreg.retention_rule r"
					  " LEFT JOIN memreg.retention_state s USING (rule_id)"
					  " LEFT JOIN memreg.referred_table d USING (relation)"
					  " WHERE NOT memreg.rule_is_paused(r.rule_id)"
					  " ORDER BY coalesce(d.depth, 0), s.next_attempt_at, r.rule_id");
}

/* The same of the rules that a worker should look at now. */
List *
memreg_rule_list_due(void)
{
	return list_rules("SELECT rule_id FROM memreg.retention_state"
					  " WHERE next_attempt_at <= now() AND memreg.retention_is_open()"
					  " AND NOT memreg.rule_is_paused(rule_id)"
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
	RegisteredTable table;
	bool isnull;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(id));
	if (memreg_spi_run("SELECT r.relation::oid, format('%I.%I', n.nspname, c.relname), r.action, r.category"
					   " FROM memreg.retention_rule r"
					   " JOIN pg_class c ON c.oid = r.relation"
					   " JOIN pg_namespace n ON n.oid = c.relnamespace"
					   " WHERE r.rule_id = $1",
					   &args) == 0)
		return false;

	MemoryContextSwitchTo(memory);
	rule->id = id;
	rule->relation = DatumGetObjectId(memreg_spi_value(0, 1, &isnull));
	rule->relation_name = memreg_spi_text(0, 2);
	rule->action = memreg_action_parse(memreg_spi_text(0, 3), &rule->argument);
	rule->category = memreg_spi_text(0, 4);
	if (!memreg_registry_table(rule->relation, &table) ||
		!memreg_registry_register_id(table.register_name, &rule->register_id))
		return false;
	rule->register_name = pstrdup(table.register_name);
	rule->subject = pstrdup(table.subject);
	rule->subject_type = table.subject_type;
	rule->term_count = memreg_term_read_all(id, &rule->terms);
	if (rule->action->whole_subject)
		rule->tables = read_tables(table.register_name);
	rule->wording = read_wording(rule);
	return rule->term_count > 0;
}

/* The same; there is no such rule is an error. */
void
memreg_rule_require(int32 id, RetentionRule *rule)
{
	if (!memreg_rule_read(id, rule))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_RULE),
				 errmsg("retention rule %d does not exist", id),
				 errhint("The table memreg.retention_rule lists those that exist.")));
}

/* The tables of a register, in the order in which a subject's rows can be removed. */
static List *
read_tables(const char *register_name)
{
	MemoryContext memory = CurrentMemoryContext;
	MemregArgs args = {0};
	List *tables = NIL;
	uint64 count;
	bool isnull;

	memreg_spi_arg_text(&args, register_name);
	count = memreg_spi_run("SELECT relation::oid FROM memreg.removal_order($1) relation",
						   &args);
	MemoryContextSwitchTo(memory);
	for (uint64 i = 0; i < count; i++)
		tables = lappend_oid(tables, DatumGetObjectId(memreg_spi_value(i, 1, &isnull)));
	return tables;
}

/*
 * All that the rules say, in one text, and which tables a subject is to go
 * from.  Intervals bit by bit, as '1 month' equals '30 days' but is another
 * term.
 */
static char *
read_wording(const RetentionRule *rule)
{
	MemoryContext memory = CurrentMemoryContext;
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule->id));
	memreg_spi_arg(&args, BOOLOID, BoolGetDatum(rule->action->whole_subject));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule->register_id));
	memreg_spi_run("SELECT concat(string_agg(encode(interval_send(r.term), 'hex') || r, ' ' ORDER BY r.rule_id),"
				   "  CASE WHEN $2 THEN (SELECT string_agg(t.relation::oid || t.subject, ' ' ORDER BY t.relation)"
				   "   FROM memreg.registered_table t JOIN memreg.register g USING (register) WHERE g.register_id = $3) END)"
				   " FROM " TERMS_OF_STAGE,
				   &args);
	MemoryContextSwitchTo(memory);
	return memreg_spi_text(0, 1);
}

/*
 * Set the cutoffs at this moment; the rule's own is none later than the one
 * given.  What has to be announced goes by what was announced.
 */
void
memreg_rule_set_cutoffs(RetentionRule *rule, TimestampTz latest)
{
	rule->ahead = 0;
	for (int i = 0; i < rule->term_count; i++)
	{
		RetentionTerm *term = &rule->terms[i];
		TimestampTz limit = i == 0 ? latest : DT_NOEND;

		if (term->announced)
			limit = Min(limit, memreg_announcement_ripe(term->rule, &term->grace));
		term->cutoff = memreg_cutoff_of(&term->length, term->time_zone, limit);
	}
}

/* At the moment that those of another rule are of. */
void
memreg_rule_set_cutoffs_as(RetentionRule *rule, const RetentionRule *other)
{
	if (other->ahead == 0)
		memreg_rule_set_cutoffs(rule, DT_NOEND);
	else
		memreg_rule_set_cutoffs_at(rule, other->ahead, DT_NOEND);
}

/* The same at a moment to come, as if all were announced. */
void
memreg_rule_set_cutoffs_at(RetentionRule *rule, TimestampTz moment, TimestampTz latest)
{
	rule->ahead = moment;
	for (int i = 0; i < rule->term_count; i++)
		rule->terms[i].cutoff =
			memreg_cutoff_at(moment, &rule->terms[i].length, rule->terms[i].time_zone,
							 i == 0 ? latest : DT_NOEND);
}

/* Do events of subjects decide?  They are kept from changing for one transaction at most. */
bool
memreg_rule_asks_events(const RetentionRule *rule)
{
	for (int i = 0; i < rule->term_count; i++)
		if (rule->terms[i].start == START_EVENT)
			return true;
	return false;
}

/*
 * Keep the rules that decide from changing until this transaction ends, and
 * from being paused.  False: they no longer say what was read, or the rule
 * rests; a worker's also when no window is open any more.
 */
bool
memreg_rule_hold(const RetentionRule *rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(rule->relation));
	memreg_spi_run("SELECT FROM memreg.retention_rule WHERE relation = $1 FOR SHARE", &args);
	args = (MemregArgs){0};
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule->id));
	memreg_spi_arg(&args, BOOLOID, BoolGetDatum(memreg_worker_is_this()));
	if (memreg_spi_run("SELECT WHERE memreg.rule_is_paused($1) OR ($2 AND NOT memreg.retention_is_open())",
					   &args) > 0)
		return false;
	return strcmp(read_wording(rule), rule->wording) == 0;
}

/*
 * Take the rule for a run.  False: another run has it.  Ends with
 * memreg_rule_unlock, or by itself with the process or when the session's
 * transaction fails.
 */
bool
memreg_rule_lock(int32 id, LOCKTAG *lock)
{
	*lock = lock_of(id);
	return LockAcquire(lock, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
}

static LOCKTAG
lock_of(int32 id)
{
	LOCKTAG lock;

	SET_LOCKTAG_OBJECT(lock, MyDatabaseId, memreg_extension_relation("retention_rule"), id, 0);
	return lock;
}

/*
 * After the session's transaction has failed, and the lock has gone with it: a
 * run that somebody has begun meanwhile is waited for.
 */
void
memreg_rule_lock_again(int32 id)
{
	LOCKTAG lock = lock_of(id);

	(void) LockAcquire(&lock, ExclusiveLock, true, false);
}

void
memreg_rule_unlock(const LOCKTAG *lock)
{
	LockRelease(lock, ExclusiveLock, true);
}

/* The same until this transaction ends, for what is not a run. */
bool
memreg_rule_lock_here(int32 id)
{
	LOCKTAG lock = lock_of(id);

	return LockAcquire(&lock, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}
