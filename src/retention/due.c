/*
 * due.c
 *		Is a row past its term, and may it go?
 *
 * It is past its term when those of all rules that keep it have passed: the
 * longest ground wins.  What has been done to it already is not due again
 * (pending.c).  A time that is NULL, or an event that has not been, is
 * a term that has not begun.  And it may go unless its subject is held or
 * restricted (kept_subjects.c).
 *
 * Nothing user-written is asked: names, intervals, and memreg's own states and
 * events decide.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "utils/lsyscache.h"

#include "retention/due.h"
#include "retention/due_event.h"
#include "retention/kept_subjects.h"
#include "retention/pending.h"
#include "retention/subject_tables.h"
#include "retention/table.h"

/* One term's start in the leaf. */
typedef union TermCheck
{
	TermColumn column; /* START_COLUMN */
	DueEvent event;    /* START_EVENT */
} TermCheck;

struct DueCheck
{
	const RetentionRule *rule;
	AttrNumber subject;
	RetentionPending *pending;
	KeptSubjects kept_subjects;
	DueKept kept;
	SubjectTables *tables; /* that have grounds of their own; NULL: none do */
	TermCheck terms[FLEXIBLE_ARRAY_MEMBER];
};

static void open_term(DueCheck *check, Relation leaf, int term);
static bool passed(DueCheck *check, int term, TupleTableSlot *row);
static bool column_passed(const DueCheck *check, int term, TupleTableSlot *row);
static Datum look_up(TupleTableSlot *row, AttrNumber column, bool *isnull);
static bool event_passed(DueCheck *check, int term, TupleTableSlot *row);
static bool is_kept(DueCheck *check, TupleTableSlot *row);
static bool is_about_nobody(DueCheck *check, TupleTableSlot *row);
static bool is_kept_elsewhere(DueCheck *check, TupleTableSlot *row);
static bool began(DueCheck *check, int term, TupleTableSlot *row, TimestampTz *at);

/*
 * For the rows of a leaf, in this transaction and by the active snapshot; in
 * the present memory context.
 */
DueCheck *
memreg_due_open(Relation leaf, const RetentionRule *rule)
{
	DueCheck *check = memreg_due_open_alone(leaf, rule);

	if (rule->action->whole_subject)
		check->tables = memreg_subject_tables_open(rule);
	return check;
}

/* The same, without what other tables have to say of the subject. */
DueCheck *
memreg_due_open_alone(Relation leaf, const RetentionRule *rule)
{
	DueCheck *check =
		palloc0(offsetof(DueCheck, terms) + sizeof(TermCheck) * rule->term_count);

	check->rule = rule;
	check->subject = get_attnum(RelationGetRelid(leaf), rule->subject);
	if (check->subject <= 0)
		elog(ERROR, "relation %u has lost the column of its subject", RelationGetRelid(leaf));
	for (int i = 0; i < rule->term_count; i++)
		open_term(check, leaf, i);
	memreg_kept_subjects_open(&check->kept_subjects, rule->register_id, rule->subject_type);
	check->pending = memreg_pending_open(rule, leaf);
	return check;
}

static void
open_term(DueCheck *check, Relation leaf, int term)
{
	const RetentionTerm *opened = &check->rule->terms[term];

	if (opened->start == START_COLUMN)
		check->terms[term].column = memreg_table_column(leaf, opened->since);
	else if (opened->start == START_EVENT)
		memreg_due_event_open(&check->terms[term].event, opened, check->rule->register_id,
							  check->rule->subject_type);
}

/*
 * Nanoseconds where the consent index answers for the subject; some
 * microseconds more for each event of another subject than the last.
 */
bool
memreg_due_row(DueCheck *check, TupleTableSlot *row)
{
	if (!passed(check, 0, row) || !memreg_pending_row(check->pending, row) ||
		is_about_nobody(check, row))
		return false;
	for (int i = 1; i < check->rule->term_count; i++)
		if (!passed(check, i, row))
		{
			check->kept.longer++;
			return false;
		}
	if (is_kept(check, row))
	{
		check->kept.states++;
		return false;
	}
	if (is_kept_elsewhere(check, row))
	{
		check->kept.longer++;
		return false;
	}
	return true;
}

/*
 * Is every row due that is past the rule's own term, which runs from a column, and
 * whose subject is not kept?
 */
bool
memreg_due_by_time_alone(const DueCheck *check)
{
	return check->rule->term_count == 1 && check->rule->terms[0].start == START_COLUMN &&
		check->pending == NULL && check->tables == NULL;
}

/* Subjects whose rows are not due, whatever their terms. */
const KeptSubjects *
memreg_due_kept_subjects(const DueCheck *check)
{
	return &check->kept_subjects;
}

/* Where time alone decides: does the row stay as its subject is kept?  Then it is counted as such. */
bool
memreg_due_row_is_kept(DueCheck *check, TupleTableSlot *row)
{
	bool kept = passed(check, 0, row) && is_kept(check, row);

	check->kept.states += kept ? 1 : 0;
	return kept;
}

/* Of the rows it was asked about until now. */
DueKept
memreg_due_kept(const DueCheck *check)
{
	return check->kept;
}

static bool
passed(DueCheck *check, int term, TupleTableSlot *row)
{
	const RetentionTerm *asked = &check->rule->terms[term];

	switch (asked->start)
	{
		case START_COLUMN:
			return column_passed(check, term, row);
		case START_EVENT:
			return event_passed(check, term, row);
		case START_FIXED:
			return asked->start_at <= asked->cutoff.instant;
	}
	return false;
}

static bool
column_passed(const DueCheck *check, int term, TupleTableSlot *row)
{
	const TermColumn *column = &check->terms[term].column;
	bool isnull;
	Datum time = look_up(row, column->number, &isnull);

	return !isnull &&
		memreg_cutoff_passed(&check->rule->terms[term].cutoff, column->type, time);
}

/* A column, without those before it, as most rows are not asked for more. */
static Datum
look_up(TupleTableSlot *row, AttrNumber column, bool *isnull)
{
	if (!TTS_IS_BUFFERTUPLE(row) || column <= row->tts_nvalid)
		return slot_getattr(row, column, isnull);
	return heap_getattr(((BufferHeapTupleTableSlot *) row)->base.tuple, column,
						row->tts_tupleDescriptor, isnull);
}

/* A row that names nobody stays: there is nobody whose event it could be. */
static bool
event_passed(DueCheck *check, int term, TupleTableSlot *row)
{
	bool isnull;
	Datum subject = slot_getattr(row, check->subject, &isnull);

	return !isnull && memreg_due_event_passed(&check->terms[term].event, subject);
}

/*
 * Keep the events that decide on a row that is due from changing until the
 * transaction ends, without waiting.  False: one has changed, or somebody is
 * about to change it.
 */
bool
memreg_due_lock_events(DueCheck *check, TupleTableSlot *row)
{
	for (int i = 0; i < check->rule->term_count; i++)
	{
		bool isnull;

		if (check->rule->terms[i].start == START_EVENT &&
			!memreg_due_event_lock(&check->terms[i].event,
								   slot_getattr(row, check->subject, &isnull)))
			return false;
	}
	return true;
}

static bool
is_kept(DueCheck *check, TupleTableSlot *row)
{
	bool isnull;
	Datum subject = slot_getattr(row, check->subject, &isnull);

	return !isnull && memreg_kept_subjects_have(&check->kept_subjects, subject);
}

/* A column that is never NULL in a row that is due; 0: none is known. */
AttrNumber
memreg_due_required(const DueCheck *check)
{
	return memreg_pending_required(check->pending);
}

/* Whose row it is; NULL: it names nobody. */
Datum
memreg_due_subject(const DueCheck *check, TupleTableSlot *row, bool *isnull)
{
	return slot_getattr(row, check->subject, isnull);
}

/* From when the rule's own term runs, for a row where it has begun. */
TimestampTz
memreg_due_start(DueCheck *check, TupleTableSlot *row)
{
	TimestampTz at = DT_NOEND;

	(void) began(check, 0, row, &at);
	return at;
}

/* Where whole subjects go, a row that names none is nothing to go by. */
static bool
is_about_nobody(DueCheck *check, TupleTableSlot *row)
{
	return check->tables != NULL && slot_attisnull(row, check->subject);
}

static bool
is_kept_elsewhere(DueCheck *check, TupleTableSlot *row)
{
	bool isnull;

	return check->tables != NULL &&
		!memreg_subject_tables_due(check->tables, slot_getattr(row, check->subject, &isnull));
}

void
memreg_due_close(DueCheck *check)
{
	memreg_pending_close(check->pending);
	if (check->tables != NULL)
		memreg_subject_tables_close(check->tables);
}

/* When the last of a row's terms passes; DT_NOEND: one has not begun. */
TimestampTz
memreg_due_moment(DueCheck *check, TupleTableSlot *row)
{
	TimestampTz last = DT_NOBEGIN;

	for (int i = 0; i < check->rule->term_count; i++)
	{
		const RetentionTerm *term = &check->rule->terms[i];
		TimestampTz at;

		if (!began(check, i, row, &at))
			return DT_NOEND;
		at = memreg_cutoff_later(at, &term->length, term->time_zone);
		last = Max(last, at);
	}
	return last;
}

/* From when the term runs; false: it has not begun. */
static bool
began(DueCheck *check, int term, TupleTableSlot *row, TimestampTz *at)
{
	const RetentionTerm *asked = &check->rule->terms[term];
	TermCheck *start = &check->terms[term];
	AttrNumber number = asked->start == START_COLUMN ? start->column.number : check->subject;
	bool isnull;
	Datum value = slot_getattr(row, number, &isnull);

	*at = asked->start_at;
	if (asked->start == START_FIXED)
		return true;
	if (isnull)
		return false;
	if (asked->start == START_EVENT)
		return memreg_due_event_moment(&start->event, value, at);
	*at = memreg_cutoff_moment(start->column.type, value, asked->time_zone);
	return true;
}
