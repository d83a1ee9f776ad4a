/*
 * kept_subjects.c
 *		Subjects of a register whose rows stay, whatever their terms.
 *
 * They are held, or restricted: then data is stored and nothing else (GDPR Art.
 * 18(2)), and deleting is something else.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/inval.h"

#include "consent/state.h"
#include "core/extension.h"
#include "retention/kept_subjects.h"

static const StateKind keeping[KEEPING_STATES] = {STATE_HOLD, STATE_RESTRICTION};

static LockRelId state_table(StateKind kind);
static bool is_kept_by(int states, int32 register_id, const text *subject);

/*
 * Nobody becomes held or restricted until this transaction ends.  Who wants to
 * say so waits for it, which is a moment: what they have said, once they are
 * told so, holds.
 */
void
memreg_kept_subjects_lock(void)
{
	for (int i = 0; i < KEEPING_STATES; i++)
		LockRelationOid(memreg_extension_relation(memreg_state_tables[keeping[i]].name),
						ShareLock);
}

/* The same until memreg_kept_subjects_unlock_for_session, for what takes two transactions. */
void
memreg_kept_subjects_lock_for_session(void)
{
	for (int i = 0; i < KEEPING_STATES; i++)
	{
		LockRelId table = state_table(keeping[i]);

		LockRelationIdForSession(&table, ShareLock);
	}
}

void
memreg_kept_subjects_unlock_for_session(void)
{
	for (int i = 0; i < KEEPING_STATES; i++)
	{
		LockRelId table = state_table(keeping[i]);

		UnlockRelationIdForSession(&table, ShareLock);
	}
}

static LockRelId
state_table(StateKind kind)
{
	return (LockRelId){.relId = memreg_extension_relation(memreg_state_tables[kind].name),
					   .dbId = MyDatabaseId};
}

/* As they are now; in the present memory context. */
void
memreg_kept_subjects_open(KeptSubjects *kept, int32 register_id, Oid type)
{
	kept->register_id = register_id;
	kept->type = type;
	AcceptInvalidationMessages();
	(void) memreg_index_prepare();
	for (int i = 0; i < KEEPING_STATES; i++)
	{
		memreg_lookup_open(&kept->states[i], keeping[i], register_id, type,
						   CurrentMemoryContext);
		memreg_lookup_turn(&kept->states[i]);
	}
}

/* Nanoseconds where the consent index answers. */
bool
memreg_kept_subjects_have(const KeptSubjects *kept, Datum subject)
{
	SubjectKey key;

	memreg_lookup_key(kept->type, subject, &key);
	for (int i = 0; i < KEEPING_STATES; i++)
		if (memreg_lookup_stands(&kept->states[i], &key, subject))
			return true;
	return false;
}

/* How many there are, about; PG_UINT64_MAX: it is not known. */
uint64
memreg_kept_subjects_count(const KeptSubjects *kept)
{
	uint64 count = 0;

	for (int i = 0; i < KEEPING_STATES; i++)
	{
		uint64 members = memreg_lookup_members(&kept->states[i]);

		if (members == PG_UINT64_MAX)
			return members;
		count += members;
	}
	return count;
}

/* All of them, each once, of text *.  Each costs microseconds. */
List *
memreg_kept_subjects_all(const KeptSubjects *kept)
{
	List *all = NIL;
	ListCell *cell;

	for (int i = 0; i < KEEPING_STATES; i++)
		foreach(cell, memreg_state_subjects(keeping[i], kept->register_id))
			if (!is_kept_by(i, kept->register_id, lfirst(cell)))
				all = lappend(all, lfirst(cell));
	return all;
}

/* One of the first so many states. */
static bool
is_kept_by(int states, int32 register_id, const text *subject)
{
	for (int i = 0; i < states; i++)
		if (memreg_state_stands(keeping[i], register_id, subject))
			return true;
	return false;
}
