/*
 * activity.h
 *		When subjects were last active.
 */
#ifndef MEMREG_RETENTION_ACTIVITY_H
#define MEMREG_RETENTION_ACTIVITY_H

#include "postgres.h"

#include "datatype/timestamp.h"

/* Setting */
extern int memreg_activity_interval; /* seconds */

extern void memreg_activity_init(void);
extern void memreg_activity_note(int32 register_id, Oid type, Datum subject,
								 TimestampTz at, int64 every);

#endif /* MEMREG_RETENTION_ACTIVITY_H */
