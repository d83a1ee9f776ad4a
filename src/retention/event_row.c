/*
 * event_row.c
 *		The row that says when a subject's event was.
 *
 * Found by the primary key of its table: memreg.subject_event, or
 * memreg.consent_state for the end of a consent.  It may be locked, never by
 * waiting: what is locked by somebody else is as good as changed.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "consent/kind.h"
#include "core/extension.h"
#include "retention/event_row.h"

static int keys_of_event(ScanKeyData *keys, RetentionEvent event, int32 owner,
						 const text *subject);
static int keys_of_consent(ScanKeyData *keys, int32 owner, const text *subject);
static void text_key(ScanKeyData *key, int column, const text *value);

/*
 * Look the row up.  owner: the register, or for EVENT_CONSENT the purpose;
 * snapshot: NULL for what is committed now.  The caller closes the row, found
 * or not.
 */
void
memreg_event_row_find(EventRow *row, RetentionEvent event, int32 owner,
					  const text *subject, Snapshot snapshot)
{
	bool consent = event == EVENT_CONSENT;
	const char *table = consent ? "consent_state" : "subject_event";
	const char *index = consent ? "consent_state_pkey" : "subject_event_pkey";
	ScanKeyData keys[3];
	int count = consent ? keys_of_consent(keys, owner, subject)
						: keys_of_event(keys, event, owner, subject);
	SysScanDesc scan;

	row->table = table_open(memreg_extension_relation(table), RowShareLock);
	scan = systable_beginscan(row->table, memreg_extension_relation(index), true,
							  snapshot, count, keys);
	row->tuple = systable_getnext(scan);
	if (row->tuple != NULL)
		row->tuple = heap_copytuple(row->tuple);
	systable_endscan(scan);
}

static int
keys_of_event(ScanKeyData *keys, RetentionEvent event, int32 owner, const text *subject)
{
	text_key(&keys[0], SUBJECT_EVENT_SUBJECT, subject);
	ScanKeyInit(&keys[1], SUBJECT_EVENT_REGISTER, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(owner));
	text_key(&keys[2], SUBJECT_EVENT_EVENT, cstring_to_text(memreg_event_names[event]));
	return 3;
}

static int
keys_of_consent(ScanKeyData *keys, int32 owner, const text *subject)
{
	ScanKeyInit(&keys[0], STATE_OWNER, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(owner));
	text_key(&keys[1], STATE_SUBJECT, subject);
	return 2;
}

static void
text_key(ScanKeyData *key, int column, const text *value)
{
	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid,
						   C_COLLATION_OID, F_TEXTEQ, PointerGetDatum(value));
}

/*
 * Lock the newest version of the row until the transaction ends; the row is
 * that version then.  False: somebody else has it locked, or it is gone.
 */
bool
memreg_event_row_lock(EventRow *row, LockTupleMode mode)
{
	TupleTableSlot *slot;
	TM_FailureData why;
	TM_Result result;

	if (row->tuple == NULL)
		return false;
	slot = table_slot_create(row->table, NULL);
	result = table_tuple_lock(row->table, &row->tuple->t_self, SnapshotAny, slot,
							  GetCurrentCommandId(true), mode, LockWaitSkip,
							  TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &why);
	if (result == TM_Ok)
		row->tuple = ExecCopySlotHeapTuple(slot);
	ExecDropSingleTupleTableSlot(slot);
	return result == TM_Ok;
}

Datum
memreg_event_row_value(const EventRow *row, int column, bool *isnull)
{
	return heap_getattr(row->tuple, column, RelationGetDescr(row->table), isnull);
}

/* The table stays locked, as a row of it may be. */
void
memreg_event_row_close(EventRow *row)
{
	table_close(row->table, NoLock);
}
