/*
 * cutoff.h
 *		Which times lie a term back.
 */
#ifndef MEMREG_RETENTION_CUTOFF_H
#define MEMREG_RETENTION_CUTOFF_H

#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* One moment, as each type of column tells it. */
typedef struct RetentionCutoff
{
	TimestampTz instant;
	Timestamp local; /* in the rule's time zone */
	DateADT day;
} RetentionCutoff;

extern RetentionCutoff memreg_cutoff_of(const Interval *term, const char *time_zone,
										TimestampTz latest);
extern RetentionCutoff memreg_cutoff_at(TimestampTz moment, const Interval *term,
										const char *time_zone, TimestampTz latest);
extern TimestampTz memreg_cutoff_later(TimestampTz moment, const Interval *interval,
									   const char *time_zone);
extern TimestampTz memreg_cutoff_moment(Oid type, Datum value, const char *time_zone);
extern Datum memreg_cutoff_value(const RetentionCutoff *cutoff, Oid type);

/* Is a time, of one of the three types that a term may run from, past the term? */
static inline bool
memreg_cutoff_passed(const RetentionCutoff *cutoff, Oid type, Datum value)
{
	switch (type)
	{
		case TIMESTAMPTZOID:
			return DatumGetTimestampTz(value) <= cutoff->instant;
		case TIMESTAMPOID:
			return DatumGetTimestamp(value) <= cutoff->local;
		case DATEOID:
			return DatumGetDateADT(value) < cutoff->day;
		default:
			elog(ERROR, "a term cannot run from type %u", type);
	}
}

#endif /* MEMREG_RETENTION_CUTOFF_H */
