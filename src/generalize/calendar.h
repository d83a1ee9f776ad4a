/*
 * calendar.h
 *		Dates and timestamps as the first day of their month or longer time.
 */
#ifndef MEMREG_GENERALIZE_CALENDAR_H
#define MEMREG_GENERALIZE_CALENDAR_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/date.h"

typedef enum CalendarUnit
{
	CALENDAR_MONTH,
	CALENDAR_QUARTER,
	CALENDAR_YEAR,
	CALENDAR_DECADE
} CalendarUnit;

/* The unit of that name; false: there is none. */
extern bool memreg_generalize_find_unit(const char *name, size_t length, CalendarUnit *unit);

extern DateADT memreg_generalize_date(DateADT value, CalendarUnit unit);

/* Also for a timestamptz: as it is in UTC. */
extern Timestamp memreg_generalize_timestamp(Timestamp value, CalendarUnit unit);

#endif /* MEMREG_GENERALIZE_CALENDAR_H */
