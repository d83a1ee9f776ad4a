/*
 * activity_source.h
 *		Tables whose rows tell that a subject was active.
 */
#ifndef MEMREG_RETENTION_ACTIVITY_SOURCE_H
#define MEMREG_RETENTION_ACTIVITY_SOURCE_H

#include "postgres.h"

/* What memreg.track_activity said of a table. */
typedef struct ActivitySource
{
	Oid relation;
	char *at;    /* column with the time; NULL: the time of writing */
	int64 every; /* microseconds; negative: as memreg.activity_interval says */
	text *time_zone;
} ActivitySource;

extern bool memreg_activity_source(Oid relation, ActivitySource *found);

#endif /* MEMREG_RETENTION_ACTIVITY_SOURCE_H */
