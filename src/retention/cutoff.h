/*
 * cutoff.h
 *		Which times lie a rule's whole term back.
 */
#ifndef MEMREG_RETENTION_CUTOFF_H
#define MEMREG_RETENTION_CUTOFF_H

#include "postgres.h"

#include "utils/date.h"
#include "utils/timestamp.h"

#include "retention/rule.h"

/* One moment, as each type of column tells it. */
typedef struct RetentionCutoff
{
	TimestampTz instant;
	Timestamp local; /* in the rule's time zone */
	DateADT day;
} RetentionCutoff;

extern RetentionCutoff memreg_cutoff_of(const RetentionRule *rule, TimestampTz latest);
extern bool memreg_cutoff_passed(const RetentionCutoff *cutoff, Oid type, Datum value);

#endif /* MEMREG_RETENTION_CUTOFF_H */
