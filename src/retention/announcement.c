/*
 * announcement.c
 *		Saying that rows are about to go, some time before they do.
 *
 * A rule with a grace period announces rows when their term passes within that
 * period, by NOTIFY and in memreg.retention_announcement, and takes them no
 * earlier than a grace period after the announcement: however late a worker
 * came to make it, whoever is to be warned has that time.
 *
 * What was announced is told by a cutoff, so no row and nobody is named.  One
 * announcement serves for all rows up to its cutoff, and there are no more than
 * ANNOUNCEMENTS in a grace period (but one a day); so a row may stay that part
 * of the period longer.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/async.h"
#include "utils/timestamp.h"

#include "core/spi.h"
#include "retention/announcement.h"
#include "retention/removal.h"

#define CHANNEL "memreg_retention"
#define ANNOUNCEMENTS "10"

static bool is_time(int32 rule, TimestampTz *last);
static uint64 count_until(RetentionRule *rule, TimestampTz moment, TimestampTz latest);
static char *write_down(const RetentionRule *rule, TimestampTz cutoff, uint64 rows);
static void forget_ripe(int32 rule);

/*
 * The cutoff of the last announcement that lies a grace period back; without
 * one nothing may go: DT_NOBEGIN.
 */
TimestampTz
memreg_announcement_ripe(int32 rule, const Interval *grace)
{
	MemregArgs args = {0};
	bool isnull;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_arg(&args, INTERVALOID, IntervalPGetDatum(grace));
	memreg_spi_run("SELECT coalesce(max(a.cutoff), '-infinity') FROM memreg.retention_announcement a"
				   " WHERE a.rule_id = $1 AND a.announced_at <= clock_timestamp() - $2",
				   &args);
	return DatumGetTimestampTz(memreg_spi_value(0, 1, &isnull));
}

/*
 * Announce what a rule will take next, if it announces and there is something
 * that it has not announced.  Leaves the rule's cutoffs to be set again.
 */
void
memreg_announcement_make(RetentionRule *rule)
{
	const RetentionTerm *own = &rule->terms[0];
	TimestampTz last;
	TimestampTz moment;
	TimestampTz cutoff;
	uint64 rows;

	if (!own->announced || !is_time(rule->id, &last))
		return;
	moment = memreg_cutoff_later(GetCurrentTimestamp(), &own->grace, own->time_zone);
	rows = count_until(rule, moment, DT_NOEND);
	cutoff = own->cutoff.instant;
	if (rows == count_until(rule, moment, last))
		return;
	Async_Notify(CHANNEL, write_down(rule, cutoff, rows));
	forget_ripe(rule->id);
}

/* last: the cutoff of the rule's last announcement, DT_NOBEGIN if there is none. */
static bool
is_time(int32 rule, TimestampTz *last)
{
	MemregArgs args = {0};
	bool isnull;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_run("SELECT coalesce(max(a.cutoff), '-infinity'), coalesce(max(a.announced_at)"
				   " + least(max(r.grace) / " ANNOUNCEMENTS
				   ", interval '1 day') <= clock_timestamp(), true)"
				   " FROM memreg.retention_rule r"
				   " LEFT JOIN memreg.retention_announcement a USING (rule_id) WHERE r.rule_id = $1",
				   &args);
	*last = DatumGetTimestampTz(memreg_spi_value(0, 1, &isnull));
	return DatumGetBool(memreg_spi_value(0, 2, &isnull));
}

/* Rows that are past their terms at a moment to come, of times up to the latest. */
static uint64
count_until(RetentionRule *rule, TimestampTz moment, TimestampTz latest)
{
	memreg_rule_set_cutoffs_at(rule, moment, latest);
	return rule->action->removal->count(rule, NULL).due;
}

/* Returns what listeners are told: JSON, and nothing of persons. */
static char *
write_down(const RetentionRule *rule, TimestampTz cutoff, uint64 rows)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule->id));
	memreg_spi_arg(&args, TIMESTAMPTZOID, TimestampTzGetDatum(cutoff));
	memreg_spi_arg(&args, INT8OID, Int64GetDatum((int64) rows));
	memreg_spi_arg_text(&args, rule->relation_name);
	memreg_spi_run("WITH made AS (INSERT INTO memreg.retention_announcement (rule_id, cutoff, rows_upcoming)"
				   "  VALUES ($1, $2, $3) RETURNING *)"
				   " SELECT json_build_object('rule', m.rule_id, 'register', t.register, 'table', $4::text,"
				   "  'action', r.action, 'rows', m.rows_upcoming, 'not_before', m.announced_at + r.grace)::text"
				   " FROM made m JOIN memreg.retention_rule r USING (rule_id)"
				   " JOIN memreg.registered_table t ON t.relation = r.relation",
				   &args);
	return memreg_spi_text(0, 1);
}

/* Of those that lie a grace period back the last one tells all. */
static void
forget_ripe(int32 rule)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule));
	memreg_spi_run("DELETE FROM memreg.retention_announcement a USING memreg.retention_rule r"
				   " WHERE a.rule_id = $1 AND r.rule_id = $1"
				   " AND a.cutoff < (SELECT max(b.cutoff) FROM memreg.retention_announcement b"
				   "  WHERE b.rule_id = $1 AND b.announced_at <= clock_timestamp() - r.grace)",
				   &args);
}
