/*
 * calendar.c
 *		Dates and timestamps as the first day of their month or longer time.
 *
 * Days are those of the Gregorian calendar, also before it was introduced, as
 * everywhere in PostgreSQL.  Years count on through zero, which is 1 BC, so
 * that decades before our era begin with years that are divisible by ten as
 * those after do: as date_trunc() has them.
 *
 * Invariant: the result is never later than the value, and the same for all
 * values of one unit.  Infinity stays infinity.  What would lie before the
 * first day that the types know, 4714-11-24 BC, is that day.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "generalize/calendar.h"
#include "generalize/granularity.h"

#define MONTHS_OF_QUARTER 3
#define YEARS_OF_DECADE 10

static CalendarUnit require_unit(const text *name);
static int floor_year(int year, int years);

PG_FUNCTION_INFO_V1(memreg_date_generalized);
PG_FUNCTION_INFO_V1(memreg_timestamp_generalized);

/* memreg.generalize_date(value date, unit text) → date. */
Datum
memreg_date_generalized(PG_FUNCTION_ARGS)
{
	CalendarUnit unit = require_unit(PG_GETARG_TEXT_PP(1));

	PG_RETURN_DATEADT(memreg_generalize_date(PG_GETARG_DATEADT(0), unit));
}

/*
 * memreg.generalize_timestamp(value timestamp, unit text) → timestamp, and the
 * same for timestamptz, whose number of microseconds counts in UTC.
 */
Datum
memreg_timestamp_generalized(PG_FUNCTION_ARGS)
{
	CalendarUnit unit = require_unit(PG_GETARG_TEXT_PP(1));

	PG_RETURN_TIMESTAMP(memreg_generalize_timestamp(PG_GETARG_TIMESTAMP(0), unit));
}

bool
memreg_generalize_find_unit(const char *name, size_t length, CalendarUnit *unit)
{
	static const char *const names[] = {
		[CALENDAR_MONTH] = "month",
		[CALENDAR_QUARTER] = "quarter",
		[CALENDAR_YEAR] = "year",
		[CALENDAR_DECADE] = "decade",
	};

	for (int i = 0; i < lengthof(names); i++)
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
		{
			*unit = (CalendarUnit) i;
			return true;
		}
	return false;
}

DateADT
memreg_generalize_date(DateADT value, CalendarUnit unit)
{
	int year;
	int month;
	int day;

	if (DATE_NOT_FINITE(value))
		return value;

	j2date(value + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	if (unit == CALENDAR_QUARTER)
		month -= (month - 1) % MONTHS_OF_QUARTER;
	else if (unit != CALENDAR_MONTH)
		month = 1;
	if (unit == CALENDAR_DECADE)
		year = floor_year(year, YEARS_OF_DECADE);
	return Max(date2j(year, month, 1), DATETIME_MIN_JULIAN) - POSTGRES_EPOCH_JDATE;
}

Timestamp
memreg_generalize_timestamp(Timestamp value, CalendarUnit unit)
{
	int64 day = value / USECS_PER_DAY;

	if (TIMESTAMP_NOT_FINITE(value))
		return value;
	if (value % USECS_PER_DAY < 0)
		day--;
	return memreg_generalize_date((DateADT) day, unit) * USECS_PER_DAY;
}

static CalendarUnit
require_unit(const text *name)
{
	CalendarUnit unit;

	if (!memreg_generalize_find_unit(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &unit))
		memreg_granularity_refuse("the unit to generalize to is unknown",
								  "Use 'month', 'quarter', 'year' or 'decade'.");
	return unit;
}

/* The last year that is not after this one and divisible by so many. */
static int
floor_year(int year, int years)
{
	int past = year % years;

	return year - (past < 0 ? past + years : past);
}
