/*
 * due_event.h
 *		Has a term passed that runs from an event of the row's subject?
 */
#ifndef MEMREG_RETENTION_DUE_EVENT_H
#define MEMREG_RETENTION_DUE_EVENT_H

#include "postgres.h"

#include "retention/term.h"

/* One term, asked about row after row in one transaction. */
typedef struct DueEvent
{
	const RetentionTerm *term;
	int32 register_id;
	Oid subject_type;
	MemoryContext memory;  /* of the subject below */
	MemoryContext scratch; /* of one look */

	/* Rows of one subject often stand together: the last answers are kept. */
	text *subject; /* NULL: nobody was asked about yet */
	bool passed;
	bool tried; /* to lock it, too */
	bool locked;
} DueEvent;

extern void memreg_due_event_open(DueEvent *event, const RetentionTerm *term,
								  int32 register_id, Oid subject_type);
extern bool memreg_due_event_passed(DueEvent *event, Datum subject);
extern bool memreg_due_event_lock(DueEvent *event, Datum subject);
extern bool memreg_due_event_moment(DueEvent *event, Datum subject, TimestampTz *at);

#endif /* MEMREG_RETENTION_DUE_EVENT_H */
