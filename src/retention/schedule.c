/*
 * schedule.c
 *		When a worker looks at a rule again: memreg.retention_state.
 *
 * An attempt is counted, and committed, before it begins, and forgotten when it
 * ends well.  So a rule that fails, or that brings the server down, is tried
 * ever more rarely, and others come before it.  One that has removed rows counts
 * as the first, so that a server that is stopped again and again does not hold
 * up what takes long.
 *
 * The attempts of a whole round are counted in one transaction, as a thousand
 * rules with nothing due are a thousand commits less by that.  Should the round
 * be broken off, those it did not come to are counted as well; so rules that
 * have an attempt to their name are counted one by one, each just before it
 * begins, and of these a crash counts the one that was at work.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#include "core/spi.h"
#include "retention/retention.h"
#include "retention/schedule.h"

/* So that rules that failed together come back apart: a fifth more or less. */
#define JITTER "(0.8 + 0.4 * random()) * interval '1 second'"

static Datum array_of(List *rules);

/*
 * Rules without a schedule have been restored, perhaps by a restore that is
 * still at work: it adds the foreign keys last, and a row that goes before has
 * no cascade.  Workers leave them alone for an hour.  Returns how many.
 */
uint64
memreg_schedule_adopt(void)
{
	return memreg_spi_run("INSERT INTO memreg.retention_state (rule_id, next_attempt_at)"
						  " SELECT r.rule_id, now() + interval '1 hour' FROM memreg.retention_rule r"
						  " WHERE NOT EXISTS (SELECT FROM memreg.retention_state s"
						  "  WHERE s.rule_id = r.rule_id)",
						  NULL);
}

/*
 * Count the attempts of those rules whose last one ended well.  The others are
 * returned, and those that somebody else has locked.
 */
List *
memreg_schedule_begin_well(List *rules)
{
	MemoryContext memory = CurrentMemoryContext;
	MemregArgs args = {0};
	uint64 count;
	bool isnull;

	memreg_spi_arg(&args, INT4ARRAYOID, array_of(rules));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(Max(memreg_retention_naptime, 1)));
	count = memreg_spi_run("UPDATE memreg.retention_state SET attempts = 1,"
						   " next_attempt_at = clock_timestamp() + least($2, 3600) * " JITTER
						   " WHERE rule_id IN (SELECT s.rule_id FROM memreg.retention_state s"
						   "  WHERE s.rule_id = ANY ($1) AND s.attempts = 0"
						   "  FOR NO KEY UPDATE SKIP LOCKED)"
						   " RETURNING rule_id",
						   &args);
	MemoryContextSwitchTo(memory);
	rules = list_copy(rules);
	for (uint64 i = 0; i < count; i++)
		rules = list_delete_int(rules, DatumGetInt32(memreg_spi_value(i, 1, &isnull)));
	return rules;
}

static Datum
array_of(List *rules)
{
	Datum *values = palloc(sizeof(Datum) * Max(list_length(rules), 1));
	ListCell *cell;

	foreach(cell, rules)
		values[foreach_current_index(cell)] = Int32GetDatum(lfirst_int(cell));
	return PointerGetDatum(construct_array(values, list_length(rules), INT4OID,
										   sizeof(int32), true, TYPALIGN_INT));
}

/* Count an attempt of one rule. */
void
memreg_schedule_begin(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_run("INSERT INTO memreg.retention_state AS s (rule_id, attempts, next_attempt_at)"
				   " SELECT r.rule_id, 1, now() FROM memreg.retention_rule r WHERE r.rule_id = $1"
				   " ON CONFLICT (rule_id) DO UPDATE SET attempts = s.attempts + 1",
				   &args);
	memreg_schedule_wait(rule);
}

/* What is due has been found out, and may go. */
void
memreg_schedule_looked(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_run("UPDATE memreg.retention_state SET looked_at = now() WHERE rule_id = $1",
				   &args);
}

/* The attempt has removed something: what broke earlier ones off was not the rule. */
void
memreg_schedule_get_on(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	if (memreg_spi_run("UPDATE memreg.retention_state SET attempts = 1"
					   " WHERE rule_id = $1 AND attempts > 1",
					   &args) > 0)
		memreg_schedule_wait(rule);
}

/* After n attempts in a row wait 2^(n-1) naptimes, but no more than an hour. */
void
memreg_schedule_wait(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(Max(memreg_retention_naptime, 1)));
	memreg_spi_run("UPDATE memreg.retention_state SET next_attempt_at = clock_timestamp()"
				   " + least($2 * 2 ^ (least(attempts, 20) - 1), 3600) * " JITTER
				   " WHERE rule_id = $1",
				   &args);
}

/* Its turn is over: due again, behind those that are due already. */
void
memreg_schedule_yield(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_run("UPDATE memreg.retention_state SET attempts = 0, looked_at = now(),"
				   " next_attempt_at = clock_timestamp() WHERE rule_id = $1",
				   &args);
}

/*
 * All is well, for so many seconds; at least for half a naptime, or a worker
 * would look again right after a call, and for as long as the rule says.
 */
void
memreg_schedule_rest(int32 rule, double seconds)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_arg(&args, FLOAT8OID,
				   Float8GetDatum(Max(seconds, memreg_retention_naptime / 2.0)));
	memreg_spi_run("INSERT INTO memreg.retention_state AS s (rule_id, looked_at, next_attempt_at)"
				   " SELECT r.rule_id, now(), clock_timestamp()"
				   "  + greatest($2 * interval '1 second', r.every)"
				   "  FROM memreg.retention_rule r WHERE r.rule_id = $1"
				   " ON CONFLICT (rule_id) DO UPDATE SET attempts = 0, looked_at = now(),"
				   "  next_attempt_at = excluded.next_attempt_at",
				   &args);
}

/*
 * A run has stopped and asks: look again after so many seconds.  What was
 * looked at last stays as it is, or a clock that has jumped would be found in
 * order the next time.
 */
void
memreg_schedule_ask(int32 rule, double seconds)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_arg(&args, FLOAT8OID,
				   Float8GetDatum(Max(seconds, memreg_retention_naptime / 2.0)));
	memreg_spi_run("INSERT INTO memreg.retention_state AS s (rule_id, next_attempt_at)"
				   " SELECT r.rule_id, clock_timestamp() + $2 * interval '1 second'"
				   "  FROM memreg.retention_rule r WHERE r.rule_id = $1"
				   " ON CONFLICT (rule_id) DO UPDATE SET attempts = 0,"
				   "  next_attempt_at = excluded.next_attempt_at",
				   &args);
}

/* Seconds since the rule was last looked at with success; 0 if it never was. */
double
memreg_schedule_gap(int32 rule)
{
	MemregArgs args = {0};
	bool isnull;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_run("SELECT coalesce(max(extract(epoch FROM clock_timestamp() - s.looked_at)), 0)::float8"
				   " FROM memreg.retention_state s WHERE s.rule_id = $1",
				   &args);
	return DatumGetFloat8(memreg_spi_value(0, 1, &isnull));
}

/* Attempts in a row that did not end well, and the present one. */
int
memreg_schedule_attempts(int32 rule)
{
	MemregArgs args = {0};
	bool isnull;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_run("SELECT coalesce(max(attempts), 0) FROM memreg.retention_state"
				   " WHERE rule_id = $1",
				   &args);
	return DatumGetInt32(memreg_spi_value(0, 1, &isnull));
}

/* Is any other rule due? */
bool
memreg_schedule_has_others(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	return memreg_spi_run("SELECT FROM memreg.retention_state s"
						  " WHERE s.rule_id <> $1 AND s.next_attempt_at <= clock_timestamp()"
						  " AND NOT memreg.rule_is_paused(s.rule_id) LIMIT 1",
						  &args) > 0;
}

/* When a worker will next find something to do; DT_NOEND: never as things are. */
TimestampTz
memreg_schedule_next(void)
{
	bool isnull;
	Datum next;

	memreg_spi_run("SELECT memreg.next_retention_work()", NULL);
	next = memreg_spi_value(0, 1, &isnull);
	return isnull ? DT_NOEND : DatumGetTimestampTz(next);
}
