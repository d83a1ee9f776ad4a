/*
 * due.c
 *		Is a row past its term, and may it go?
 *
 * It is past its term when those of all rules that keep it have passed: the
 * longest ground wins.  A time that is NULL is a term that has not begun.  And
 * it may go unless its subject is held, or restricted: then data is stored and
 * nothing else (GDPR Art. 18(2)), and deleting is something else.
 *
 * Nothing user-written is asked: names, intervals and memreg's own states
 * decide.
 */
#include "postgres.h"

#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

#include "consent/lookup.h"
#include "core/errors.h"
#include "core/extension.h"
#include "retention/due.h"
#include "retention/table.h"

/* What keeps a subject's rows, whatever their terms. */
static const StateKind keeping[] = {STATE_HOLD, STATE_RESTRICTION};

struct DueCheck
{
	const RetentionRule *rule;
	AttrNumber subject;
	SubjectLookup kept[lengthof(keeping)];
	TermColumn columns[FLEXIBLE_ARRAY_MEMBER]; /* that the terms run from */
};

static bool is_kept(DueCheck *check, TupleTableSlot *row);

/*
 * Nobody becomes held or restricted until this transaction ends.  Who wants to
 * say so waits for it, which is a moment: what they have said, once they are
 * told so, holds.
 */
void
memreg_due_lock_states(void)
{
	for (int i = 0; i < lengthof(keeping); i++)
		LockRelationOid(memreg_extension_relation(memreg_state_tables[keeping[i]].name),
						ShareLock);
}

/* For the rows of a leaf, in this transaction; in the present memory context. */
DueCheck *
memreg_due_open(Relation leaf, const RetentionRule *rule)
{
	DueCheck *check =
		palloc0(offsetof(DueCheck, columns) + sizeof(TermColumn) * rule->term_count);

	check->rule = rule;
	check->subject = get_attnum(RelationGetRelid(leaf), rule->subject);
	if (check->subject <= 0)
		elog(ERROR, "relation %u has lost the column of its subject", RelationGetRelid(leaf));
	for (int i = 0; i < rule->term_count; i++)
		check->columns[i] = memreg_table_column(leaf, rule->terms[i].since);

	AcceptInvalidationMessages();
	(void) memreg_index_prepare();
	for (int i = 0; i < lengthof(keeping); i++)
	{
		memreg_lookup_open(&check->kept[i], keeping[i], rule->register_id,
						   rule->subject_type, CurrentMemoryContext);
		memreg_lookup_turn(&check->kept[i]);
	}
	return check;
}

/* Nanoseconds where the consent index answers for the subject. */
bool
memreg_due_row(DueCheck *check, TupleTableSlot *row)
{
	for (int i = 0; i < check->rule->term_count; i++)
	{
		bool isnull;
		Datum time = slot_getattr(row, check->columns[i].number, &isnull);

		if (isnull ||
			!memreg_cutoff_passed(&check->rule->terms[i].cutoff, check->columns[i].type, time))
			return false;
	}
	return !is_kept(check, row);
}

static bool
is_kept(DueCheck *check, TupleTableSlot *row)
{
	SubjectKey key;
	bool isnull;
	Datum subject = slot_getattr(row, check->subject, &isnull);

	if (isnull)
		return false;
	memreg_lookup_key(check->rule->subject_type, subject, &key);
	for (int i = 0; i < lengthof(keeping); i++)
		if (memreg_lookup_stands(&check->kept[i], &key, subject))
			return true;
	return false;
}
