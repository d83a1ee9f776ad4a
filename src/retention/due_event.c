/*
 * due_event.c
 *		Has a term passed that runs from an event of the row's subject?
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "registry/subject.h"
#include "retention/due_event.h"

static void turn_to(DueEvent *event, Datum subject);
static bool is_known(const DueEvent *event, const text *subject);
static void learn(DueEvent *event, const text *subject);

/* In the present memory context. */
void
memreg_due_event_open(DueEvent *event, const RetentionTerm *term, int32 register_id,
					  Oid subject_type)
{
	event->term = term;
	event->register_id = register_id;
	event->subject_type = subject_type;
	event->memory = CurrentMemoryContext;
	event->scratch =
		AllocSetContextCreate(CurrentMemoryContext, "memreg event", ALLOCSET_SMALL_SIZES);
}

/* By what is committed now. */
bool
memreg_due_event_passed(DueEvent *event, Datum subject)
{
	turn_to(event, subject);
	return event->passed;
}

/*
 * Keep the event from changing until the transaction ends, without waiting.
 * False: it has changed, or somebody is about to change it.
 */
bool
memreg_due_event_lock(DueEvent *event, Datum subject)
{
	MemoryContext old;

	turn_to(event, subject);
	if (event->tried)
		return event->locked;
	old = MemoryContextSwitchTo(event->scratch);
	event->locked =
		memreg_event_lock(event->register_id, event->term->event, event->term->purpose_id,
						  event->subject, event->term->cutoff.instant);
	event->tried = true;
	MemoryContextSwitchTo(old);
	MemoryContextReset(event->scratch);
	return event->locked;
}

/* When the event was; false: it has not been. */
bool
memreg_due_event_moment(DueEvent *event, Datum subject, TimestampTz *at)
{
	MemoryContext old = MemoryContextSwitchTo(event->scratch);
	bool found =
		memreg_event_time(event->register_id, event->term->event, event->term->purpose_id,
						  memreg_subject_text(event->subject_type, subject), at);

	MemoryContextSwitchTo(old);
	MemoryContextReset(event->scratch);
	return found;
}

static void
turn_to(DueEvent *event, Datum subject)
{
	MemoryContext old = MemoryContextSwitchTo(event->scratch);
	text *name = memreg_subject_text(event->subject_type, subject);

	if (!is_known(event, name))
		learn(event, name);
	MemoryContextSwitchTo(old);
	MemoryContextReset(event->scratch);
}

static bool
is_known(const DueEvent *event, const text *subject)
{
	return event->subject != NULL &&
		VARSIZE_ANY_EXHDR(event->subject) == VARSIZE_ANY_EXHDR(subject) &&
		memcmp(VARDATA_ANY(event->subject), VARDATA_ANY(subject),
			   VARSIZE_ANY_EXHDR(subject)) == 0;
}

static void
learn(DueEvent *event, const text *subject)
{
	TimestampTz at;

	if (event->subject != NULL)
		pfree(event->subject);
	event->subject = MemoryContextAlloc(event->memory, VARSIZE_ANY_EXHDR(subject) + VARHDRSZ);
	SET_VARSIZE(event->subject, VARSIZE_ANY_EXHDR(subject) + VARHDRSZ);
	memcpy(VARDATA(event->subject), VARDATA_ANY(subject), VARSIZE_ANY_EXHDR(subject));
	event->passed = memreg_event_time(event->register_id, event->term->event,
									  event->term->purpose_id, event->subject, &at) &&
		at <= event->term->cutoff.instant;
	event->tried = false;
}
