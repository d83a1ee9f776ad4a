/*
 * event.c
 *		Events of subjects that a term can run from.
 *
 * Activity and leaving are rows of memreg.subject_event; the end of a consent
 * is what memreg.consent_state says.  One row decides for a subject, and
 * whoever changes the event changes, and so locks, that row.
 *
 * A subject without the event is kept: its term has not begun.  So is one whose
 * row somebody else has locked, as an application does whose transaction has
 * noted an activity (activity.c) or records a consent.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "consent/kind.h"
#include "core/spi.h"
#include "retention/event.h"
#include "retention/event_row.h"

/* memreg.consent_state has it behind the columns that all kinds of states share. */
#define CONSENT_CHANGED_AT 5

const char *const memreg_event_names[RETENTION_EVENTS] = {
	[EVENT_ACTIVITY] = "activity",
	[EVENT_LEAVING] = "leaving",
	[EVENT_CONSENT] = "consent",
};

/* Whose column, where from, when, and what else must be so. */
#define DUE(table, owner, at, condition, from)         \
	"SELECT " at ", e.subject FROM memreg." table " e" \
	" WHERE e." owner " = $1 AND " at " <= $2" condition from " ORDER BY 1, 2 LIMIT $3"

/* As the index has it: memreg.consent_state_ended. */
#define CONSENT_ENDED_AT "(CASE WHEN e.granted THEN e.expires_at ELSE e.changed_at END)"
#define CONSENT_HAS_ENDED                                           \
	" AND (NOT e.granted OR e.expires_at IS NOT NULL)"              \
	" AND (e.granted OR EXISTS (SELECT FROM memreg.consent_event g" \
	"  WHERE g.purpose_id = e.purpose_id AND g.subject = e.subject" \
	"   AND g.act = 'granted'))"

#define BEHIND(at) " AND (" at ", e.subject) > ($4, $5)"

static const struct
{
	const char *first; /* from the beginning */
	const char *next;  /* behind a subject */
} due_statements[RETENTION_EVENTS] = {
	[EVENT_ACTIVITY] = {DUE("subject_event", "register_id", "e.at",
							" AND e.event = 'activity'", ""),
						DUE("subject_event", "register_id", "e.at",
							" AND e.event = 'activity'", BEHIND("e.at"))},
	[EVENT_LEAVING] = {DUE("subject_event", "register_id", "e.at",
						   " AND e.event = 'leaving'", ""),
					   DUE("subject_event", "register_id", "e.at",
						   " AND e.event = 'leaving'", BEHIND("e.at"))},
	[EVENT_CONSENT] = {DUE("consent_state", "purpose_id", CONSENT_ENDED_AT,
						   CONSENT_HAS_ENDED, ""),
					   DUE("consent_state", "purpose_id", CONSENT_ENDED_AT,
						   CONSENT_HAS_ENDED, BEHIND(CONSENT_ENDED_AT))},
};

static int32 owner_of(RetentionEvent event, int32 register_id, int32 purpose_id);
static bool time_of(const EventRow *row, RetentionEvent event, TimestampTz *at);
static bool consent_ended(const EventRow *row, TimestampTz *at);
static bool was_granted(const EventRow *row);

/* The event of that name, which the caller has checked. */
RetentionEvent
memreg_event_find(const char *name)
{
	for (int i = 0; i < RETENTION_EVENTS; i++)
		if (strcmp(memreg_event_names[i], name) == 0)
			return (RetentionEvent) i;
	elog(ERROR, "no such event: %s", name);
}

/*
 * From when the subject's term runs, by what is committed now.  False: it has
 * not begun: the subject has no such event, or its consent stands or was never
 * given.  purpose_id is of account for EVENT_CONSENT only.
 */
bool
memreg_event_time(int32 register_id, RetentionEvent event, int32 purpose_id,
				  const text *subject, TimestampTz *at)
{
	EventRow row;
	bool begun;

	memreg_event_row_find(&row, event, owner_of(event, register_id, purpose_id), subject,
						  NULL);
	begun = time_of(&row, event, at);
	memreg_event_row_close(&row);
	return begun;
}

/*
 * The next subjects whose event was at or before the cutoff, in the order of
 * time and subject, behind the one given (NULL: from the first on), by an
 * index.  Fills due with at most limit of them, in the caller's memory, and
 * returns how many.
 */
int
memreg_event_due(int32 register_id, RetentionEvent event, int32 purpose_id,
				 TimestampTz cutoff, const DueSubject *after, int limit, DueSubject *due)
{
	MemoryContext caller = CurrentMemoryContext;
	MemregArgs args = {0};
	int count;
	bool isnull;

	SPI_connect();
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(owner_of(event, register_id, purpose_id)));
	memreg_spi_arg(&args, TIMESTAMPTZOID,
				   TimestampTzGetDatum(Min(cutoff, GetCurrentTimestamp())));
	memreg_spi_arg(&args, INT8OID, Int64GetDatum(limit));
	if (after != NULL)
	{
		memreg_spi_arg(&args, TIMESTAMPTZOID, TimestampTzGetDatum(after->at));
		memreg_spi_arg(&args, TEXTOID, PointerGetDatum(after->subject));
	}
	count = memreg_spi_run_latest(after == NULL ? due_statements[event].first
												: due_statements[event].next,
								  &args);
	for (int i = 0; i < count; i++)
	{
		Datum subject = memreg_spi_value(i, 2, &isnull);
		MemoryContext spi = MemoryContextSwitchTo(caller);

		due[i].at = DatumGetTimestampTz(memreg_spi_value(i, 1, &isnull));
		due[i].subject = DatumGetTextPCopy(subject);
		MemoryContextSwitchTo(spi);
	}
	SPI_finish();
	return count;
}

/*
 * Keep the subject's event from changing until the transaction ends, without
 * waiting.  True: its time is at or before the cutoff, still.  False: it is
 * not, or somebody else is about to change it: leave the subject alone.
 */
bool
memreg_event_lock(int32 register_id, RetentionEvent event, int32 purpose_id,
				  const text *subject, TimestampTz cutoff)
{
	EventRow row;
	TimestampTz at;
	bool due;

	memreg_event_row_find(&row, event, owner_of(event, register_id, purpose_id), subject,
						  NULL);
	due = memreg_event_row_lock(&row, LockTupleExclusive) && time_of(&row, event, &at) &&
		at <= cutoff;
	memreg_event_row_close(&row);
	return due;
}

/* Consents are of purposes, the other events of registers. */
static int32
owner_of(RetentionEvent event, int32 register_id, int32 purpose_id)
{
	return event == EVENT_CONSENT ? purpose_id : register_id;
}

/* False: the term has not begun. */
static bool
time_of(const EventRow *row, RetentionEvent event, TimestampTz *at)
{
	bool isnull;

	if (row->tuple == NULL)
		return false;
	if (event == EVENT_CONSENT)
		return consent_ended(row, at);
	*at = DatumGetTimestampTz(memreg_event_row_value(row, SUBJECT_EVENT_AT, &isnull));
	return true;
}

/* It was withdrawn, or has expired. */
static bool
consent_ended(const EventRow *row, TimestampTz *at)
{
	bool isnull;
	Datum expires;

	if (!DatumGetBool(memreg_event_row_value(row, STATE_FLAG, &isnull)))
	{
		*at = DatumGetTimestampTz(memreg_event_row_value(row, CONSENT_CHANGED_AT, &isnull));
		return was_granted(row);
	}
	expires = memreg_event_row_value(row, STATE_EXPIRES, &isnull);
	if (isnull)
		return false;
	*at = DatumGetTimestampTz(expires);
	return *at <= GetCurrentTimestamp();
}

/* Whoever says no without ever having said yes has a state too, but no consent that ended. */
static bool
was_granted(const EventRow *row)
{
	MemregArgs args = {0};
	bool isnull;
	uint64 found;

	SPI_connect();
	memreg_spi_arg(&args, INT4OID, memreg_event_row_value(row, STATE_OWNER, &isnull));
	memreg_spi_arg(&args, TEXTOID, memreg_event_row_value(row, STATE_SUBJECT, &isnull));
	found = memreg_spi_run_latest("SELECT FROM memreg.consent_event"
								  " WHERE purpose_id = $1 AND subject = $2"
								  "  AND act = 'granted' LIMIT 1",
								  &args);
	SPI_finish();
	return found > 0;
}
