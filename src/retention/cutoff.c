/*
 * cutoff.c
 *		Which times lie a term back.
 *
 * The cutoff is the present less the term, by the calendar of the rule's own
 * time zone: the worker and every session come to the same one.  A row is past
 * its term when its time is at or before the cutoff.  A date stands for its
 * whole day, so it is past the term once that day is over; in doubt memreg
 * keeps a row a day longer rather than remove it a day early.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"

#include "retention/cutoff.h"

static TimestampTz add(const char *time_zone, PGFunction function, TimestampTz moment,
					   const Interval *interval);
static RetentionCutoff tell(TimestampTz instant, const char *time_zone);
static int enter_time_zone(const char *time_zone);

/*
 * The cutoff at this moment of a term that is counted in a time zone, but none
 * later than the one given (DT_NOEND: no limit), which an approval may set.
 */
RetentionCutoff
memreg_cutoff_of(const Interval *term, const char *time_zone, TimestampTz latest)
{
	return memreg_cutoff_at(GetCurrentTimestamp(), term, time_zone, latest);
}

/* The cutoff at another moment. */
RetentionCutoff
memreg_cutoff_at(TimestampTz moment, const Interval *term, const char *time_zone,
				 TimestampTz latest)
{
	TimestampTz instant = add(time_zone, timestamptz_mi_interval, moment, term);

	return tell(Min(instant, latest), time_zone);
}

/* The moment an interval later, by the calendar of a time zone. */
TimestampTz
memreg_cutoff_later(TimestampTz moment, const Interval *interval, const char *time_zone)
{
	return add(time_zone, timestamptz_pl_interval, moment, interval);
}

static TimestampTz
add(const char *time_zone, PGFunction function, TimestampTz moment, const Interval *interval)
{
	int nest = enter_time_zone(time_zone);
	Datum sum = DirectFunctionCall2(function, TimestampTzGetDatum(moment),
									IntervalPGetDatum(interval));

	AtEOXact_GUC(true, nest);
	return DatumGetTimestampTz(sum);
}

static RetentionCutoff
tell(TimestampTz instant, const char *time_zone)
{
	int nest = enter_time_zone(time_zone);
	RetentionCutoff cutoff = {.instant = instant};

	cutoff.local = DatumGetTimestamp(
		DirectFunctionCall1(timestamptz_timestamp, TimestampTzGetDatum(instant)));
	cutoff.day = DatumGetDateADT(
		DirectFunctionCall1(timestamp_date, TimestampGetDatum(cutoff.local)));
	AtEOXact_GUC(true, nest);
	return cutoff;
}

static int
enter_time_zone(const char *time_zone)
{
	int nest = NewGUCNestLevel();

	(void) set_config_option("TimeZone", time_zone, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return nest;
}

/*
 * The latest time of such a type that is past the term; for a date, of which
 * the day has to be over, the first that is not.
 */
Datum
memreg_cutoff_value(const RetentionCutoff *cutoff, Oid type)
{
	switch (type)
	{
		case TIMESTAMPTZOID:
			return TimestampTzGetDatum(cutoff->instant);
		case TIMESTAMPOID:
			return TimestampGetDatum(cutoff->local);
		default:
			return DateADTGetDatum(cutoff->day);
	}
}

/* The moment from which a term runs that runs from such a time: a date is a whole day. */
TimestampTz
memreg_cutoff_moment(Oid type, Datum value, const char *time_zone)
{
	int nest = enter_time_zone(time_zone);

	if (type == DATEOID)
	{
		DateADT day = DatumGetDateADT(value);

		value = DirectFunctionCall1(date_timestamp,
									DateADTGetDatum(DATE_NOT_FINITE(day) ? day : day + 1));
	}
	if (type != TIMESTAMPTZOID)
		value = DirectFunctionCall1(timestamp_timestamptz, value);
	AtEOXact_GUC(true, nest);
	return DatumGetTimestampTz(value);
}
