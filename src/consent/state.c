/*
 * state.c
 *		Whether a consent, objection, restriction or hold stands now: the tables' word.
 *
 * Looks a subject up in a state table by its primary key.  With the snapshot
 * that system catalogs are read with this is the newest committed state and
 * this transaction's own changes, also under an older snapshot, in parallel
 * workers and on a standby.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "consent/state.h"
#include "core/extension.h"

static text *subject_of(HeapTuple tuple, TupleDesc columns);
static bool row_stands(HeapTuple tuple, TupleDesc columns, StateKind kind,
					   TimestampTz now, TimestampTz *ends);

/*
 * Does it stand for the subject: said, not taken back since, not expired?
 * Costs an index probe, some microseconds.
 */
bool
memreg_state_stands(StateKind kind, int32 owner, const text *subject)
{
	StateProbe probe;
	TimestampTz ends;
	bool stands;

	memreg_state_open(&probe, kind, NULL);
	stands = memreg_state_probe(&probe, owner, subject, GetCurrentTimestamp(), &ends);
	memreg_state_close(&probe);
	return stands;
}

/* Prepare to look up several subjects with one snapshot. */
void
memreg_state_open(StateProbe *probe, StateKind kind, Snapshot snapshot)
{
	probe->kind = kind;
	probe->table = table_open(memreg_extension_relation(memreg_state_tables[kind].name),
							  AccessShareLock);
	probe->index = memreg_extension_relation(memreg_state_tables[kind].primary_key);
	probe->snapshot = snapshot;
}

/*
 * Does it stand for the subject at the time now?  *ends is when it will end
 * by itself, DT_NOEND if never.
 */
bool
memreg_state_probe(StateProbe *probe, int32 owner, const text *subject, TimestampTz now,
				   TimestampTz *ends)
{
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;
	bool stands;

	*ends = DT_NOEND;
	ScanKeyInit(&keys[0], STATE_OWNER, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(owner));
	ScanKeyEntryInitialize(&keys[1], 0, STATE_SUBJECT, BTEqualStrategyNumber, InvalidOid,
						   C_COLLATION_OID, F_TEXTEQ, PointerGetDatum(subject));
	scan = systable_beginscan(probe->table, probe->index, true, probe->snapshot,
							  lengthof(keys), keys);
	tuple = systable_getnext(scan);
	stands = HeapTupleIsValid(tuple) &&
		row_stands(tuple, RelationGetDescr(probe->table), probe->kind, now, ends);
	systable_endscan(scan);
	return stands;
}

void
memreg_state_close(StateProbe *probe)
{
	table_close(probe->table, AccessShareLock);
}

/*
 * For whom it stands now, of text *.  Reads what is kept of everybody for whom it
 * ever stood in the register, or for the purpose.
 */
List *
memreg_state_subjects(StateKind kind, int32 owner)
{
	StateProbe probe;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	List *subjects = NIL;
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz ends;

	memreg_state_open(&probe, kind, NULL);
	ScanKeyInit(&key, STATE_OWNER, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(owner));
	scan = systable_beginscan(probe.table, probe.index, true, probe.snapshot, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		if (row_stands(tuple, RelationGetDescr(probe.table), kind, now, &ends))
			subjects = lappend(subjects, subject_of(tuple, RelationGetDescr(probe.table)));
	systable_endscan(scan);
	memreg_state_close(&probe);
	return subjects;
}

static text *
subject_of(HeapTuple tuple, TupleDesc columns)
{
	bool isnull;

	return DatumGetTextPCopy(heap_getattr(tuple, STATE_SUBJECT, columns, &isnull));
}

static bool
row_stands(HeapTuple tuple, TupleDesc columns, StateKind kind, TimestampTz now,
		   TimestampTz *ends)
{
	bool isnull;
	Datum expires;

	*ends = DT_NOEND;
	if (!DatumGetBool(heap_getattr(tuple, STATE_FLAG, columns, &isnull)))
		return false;
	if (memreg_state_tables[kind].expiry_index == NULL)
		return true;
	expires = heap_getattr(tuple, STATE_EXPIRES, columns, &isnull);
	if (!isnull)
		*ends = DatumGetTimestampTz(expires);
	return *ends > now;
}
