/*
 * due_subjects.c
 *		A walk over the rows of subjects whose event is a term back.
 *
 * Who is due is found by memreg's index of events, some at a time; their rows
 * by an index of the leaf that begins with the subject.  Nobody due costs one
 * probe.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "registry/subject.h"
#include "retention/due_subjects.h"
#include "retention/subject_rows.h"

#define AT_A_TIME 256

struct DueSubjects
{
	const RetentionRule *rule;
	const RetentionTerm *term;
	MemoryContext names; /* of the subjects below */
	DueSubject due[AT_A_TIME];
	int count;
	int next;
	bool more; /* there may be others behind them */

	SubjectRows *rows; /* of the subject before next */
};

static bool next_subject(DueSubjects *walk);
static bool find_subjects(DueSubjects *walk);
static void turn_to(DueSubjects *walk, const text *subject);

/*
 * Begin a walk by the active snapshot.  NULL: the leaf has no index that begins
 * with the subject.
 */
DueSubjects *
memreg_due_subjects_begin(Relation leaf, const RetentionRule *rule, const RetentionTerm *term)
{
	SubjectRows *rows = memreg_subject_rows_open(leaf, rule->subject, rule->subject_type);
	DueSubjects *walk;

	if (!memreg_subject_rows_indexed(rows))
	{
		memreg_subject_rows_close(rows);
		return NULL;
	}
	walk = palloc0(sizeof(DueSubjects));
	walk->rule = rule;
	walk->term = term;
	walk->names = AllocSetContextCreate(CurrentMemoryContext, "memreg due subjects",
										ALLOCSET_DEFAULT_SIZES);
	walk->more = true;
	walk->rows = rows;
	return walk;
}

/* The next row of one of them; false: there is none. */
bool
memreg_due_subjects_next(DueSubjects *walk, TupleTableSlot *row)
{
	for (;;)
	{
		if (walk->next > 0 && memreg_subject_rows_next(walk->rows, row))
			return true;
		if (!next_subject(walk))
			return false;
	}
}

static bool
next_subject(DueSubjects *walk)
{
	if (walk->next == walk->count && !find_subjects(walk))
		return false;
	turn_to(walk, walk->due[walk->next].subject);
	walk->next++;
	return true;
}

static bool
find_subjects(DueSubjects *walk)
{
	DueSubject last = {0};
	MemoryContext old;

	if (!walk->more)
		return false;
	if (walk->count > 0)
	{
		last = walk->due[walk->count - 1];
		last.subject = DatumGetTextPCopy(PointerGetDatum(last.subject));
	}
	MemoryContextReset(walk->names);
	old = MemoryContextSwitchTo(walk->names);
	walk->count = memreg_event_due(walk->rule->register_id, walk->term->event,
								   walk->term->purpose_id, walk->term->cutoff.instant,
								   last.subject == NULL ? NULL : &last, AT_A_TIME, walk->due);
	walk->next = 0;
	walk->more = walk->count == AT_A_TIME;
	MemoryContextSwitchTo(old);
	if (last.subject != NULL)
		pfree(last.subject);
	return walk->count > 0;
}

/* Subjects' names are in the form that their type writes. */
static void
turn_to(DueSubjects *walk, const text *subject)
{
	MemoryContext old = MemoryContextSwitchTo(walk->names);
	Datum key = memreg_subject_datum(walk->rule->subject_type, subject);

	MemoryContextSwitchTo(old);
	memreg_subject_rows_turn(walk->rows, key);
}

void
memreg_due_subjects_end(DueSubjects *walk)
{
	memreg_subject_rows_close(walk->rows);
	MemoryContextDelete(walk->names);
	pfree(walk);
}
