/*
 * throttle.h
 *		How long a run rests between two batches.
 */
#ifndef MEMREG_RETENTION_THROTTLE_H
#define MEMREG_RETENTION_THROTTLE_H

#include "utils/timestamp.h"

/* Of one run; begins zeroed. */
typedef struct RetentionThrottle
{
	TimestampTz busy_until; /* others have been at work lately */
	TimestampTz look_at_replicas;
} RetentionThrottle;

extern int memreg_throttle_most_rows(void);
extern void memreg_throttle_rest(RetentionThrottle *throttle, double milliseconds,
								 uint64 rows);
extern void memreg_throttle_wait(double milliseconds, uint32 wait_event);

#endif /* MEMREG_RETENTION_THROTTLE_H */
