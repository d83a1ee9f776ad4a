/*
 * event_row.h
 *		The row that says when a subject's event was.
 */
#ifndef MEMREG_RETENTION_EVENT_ROW_H
#define MEMREG_RETENTION_EVENT_ROW_H

#include "postgres.h"

#include "access/htup.h"
#include "nodes/lockoptions.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "retention/event.h"

/* The columns of memreg.subject_event. */
enum
{
	SUBJECT_EVENT_REGISTER = 1,
	SUBJECT_EVENT_EVENT = 2,
	SUBJECT_EVENT_SUBJECT = 3,
	SUBJECT_EVENT_AT = 4
};

typedef struct EventRow
{
	Relation table;
	HeapTuple tuple; /* NULL: there is none */
} EventRow;

extern void memreg_event_row_find(EventRow *row, RetentionEvent event, int32 owner,
								  const text *subject, Snapshot snapshot);
extern bool memreg_event_row_lock(EventRow *row, LockTupleMode mode);
extern Datum memreg_event_row_value(const EventRow *row, int column, bool *isnull);
extern void memreg_event_row_close(EventRow *row);

#endif /* MEMREG_RETENTION_EVENT_ROW_H */
