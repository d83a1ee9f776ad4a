/*
 * schedule.c
 *		When a worker looks at a rule again: memreg.retention_state.
 *
 * An attempt is counted before it begins and forgotten when it ends well.  So
 * a rule that fails, or that brings its process down, is tried ever more
 * rarely, and the rules that work come before it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "core/spi.h"
#include "retention/retention.h"
#include "retention/schedule.h"

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

/* Count an attempt, which may be the last thing that this process does. */
void
memreg_schedule_begin(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_run("INSERT INTO memreg.retention_state AS s (rule_id, attempts, looked_at, next_attempt_at)"
				   " SELECT r.rule_id, 1, now(), now() FROM memreg.retention_rule r WHERE r.rule_id = $1"
				   " ON CONFLICT (rule_id) DO UPDATE SET attempts = s.attempts + 1, looked_at = now()",
				   &args);
	memreg_schedule_wait(rule);
}

/*
 * After n attempts in a row wait 2^(n-1) naptimes, but no more than an hour; a
 * fifth more or less, so that rules that failed together come back apart.
 */
void
memreg_schedule_wait(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(Max(memreg_retention_naptime, 1)));
	memreg_spi_run("UPDATE memreg.retention_state SET next_attempt_at = clock_timestamp()"
				   " + least($2 * 2 ^ (least(attempts, 20) - 1), 3600)"
				   "  * (0.8 + 0.4 * random()) * interval '1 second'"
				   " WHERE rule_id = $1",
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
