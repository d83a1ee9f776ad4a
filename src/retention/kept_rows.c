/*
 * kept_rows.c
 *		A walk over the rows, in one leaf, of subjects whose rows stay.
 *
 * As a rule a register holds or restricts few, if anybody: then those subjects
 * lead to their rows by an index, and who has counted all rows can take these off.
 */
#include "postgres.h"

#include "registry/subject.h"
#include "retention/kept_rows.h"
#include "retention/subject_rows.h"

/* More subjects are not gone through one by one. */
#define FEW 1000

struct KeptRows
{
	SubjectRows *rows; /* of the subject before next */
	Oid type;
	List *subjects; /* of text * */
	int next;
};

/* Does it take but some probes of an index to find them? */
bool
memreg_kept_rows_are_at_hand(Relation leaf, const RetentionRule *rule, const KeptSubjects *kept)
{
	uint64 count = memreg_kept_subjects_count(kept);
	SubjectRows *rows;
	bool indexed;

	if (count == 0 || count > FEW)
		return count == 0;
	rows = memreg_subject_rows_open(leaf, rule->subject, rule->subject_type);
	indexed = memreg_subject_rows_indexed(rows);
	memreg_subject_rows_close(rows);
	return indexed;
}

/* Begin a walk by the active snapshot, in the present memory context. */
KeptRows *
memreg_kept_rows_begin(Relation leaf, const RetentionRule *rule, const KeptSubjects *kept)
{
	KeptRows *walk = palloc0(sizeof(KeptRows));

	walk->type = rule->subject_type;
	if (memreg_kept_subjects_count(kept) > 0)
		walk->subjects = memreg_kept_subjects_all(kept);
	walk->rows = memreg_subject_rows_open(leaf, rule->subject, rule->subject_type);
	return walk;
}

/* The next row of one of them, past its term or not; false: there is none. */
bool
memreg_kept_rows_next(KeptRows *walk, TupleTableSlot *row)
{
	while (walk->next == 0 || !memreg_subject_rows_next(walk->rows, row))
	{
		if (walk->next == list_length(walk->subjects))
			return false;
		memreg_subject_rows_turn(walk->rows,
								 memreg_subject_datum(walk->type,
													  list_nth(walk->subjects, walk->next)));
		walk->next++;
	}
	return true;
}

void
memreg_kept_rows_end(KeptRows *walk)
{
	memreg_subject_rows_close(walk->rows);
	list_free(walk->subjects);
	pfree(walk);
}
