/*
 * event.h
 *		Events of subjects that a term can run from.
 */
#ifndef MEMREG_RETENTION_EVENT_H
#define MEMREG_RETENTION_EVENT_H

#include "postgres.h"

#include "datatype/timestamp.h"

typedef enum RetentionEvent
{
	EVENT_ACTIVITY, /* was active, at the latest at this time */
	EVENT_LEAVING,  /* left */
	EVENT_CONSENT,  /* the consent to a purpose ended */
	RETENTION_EVENTS
} RetentionEvent;

/* A subject, and when its event was. */
typedef struct DueSubject
{
	TimestampTz at;
	text *subject;
} DueSubject;

extern const char *const memreg_event_names[RETENTION_EVENTS];

extern RetentionEvent memreg_event_find(const char *name);
extern bool memreg_event_time(int32 register_id, RetentionEvent event, int32 purpose_id,
							  const text *subject, TimestampTz *at);
extern int memreg_event_due(int32 register_id, RetentionEvent event, int32 purpose_id,
							TimestampTz cutoff, const DueSubject *after, int limit,
							DueSubject *due);
extern bool memreg_event_lock(int32 register_id, RetentionEvent event, int32 purpose_id,
							  const text *subject, TimestampTz cutoff);

#endif /* MEMREG_RETENTION_EVENT_H */
