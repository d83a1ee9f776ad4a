/*
 * state.c
 *		Whether a subject's consent stands now.
 *
 * Looks the subject up in memreg.consent_state by its primary key, with the
 * snapshot that system catalogs are read with: the newest committed state and
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

/* Columns of memreg.consent_state. */
enum
{
	STATE_PURPOSE = 1,
	STATE_SUBJECT = 2,
	STATE_GRANTED = 3,
	STATE_EXPIRES = 4
};

static bool row_stands(HeapTuple tuple, TupleDesc columns);

/*
 * Does the subject's consent to the purpose stand: granted, not withdrawn
 * since, not expired?  Costs an index probe.
 */
bool
memreg_consent_stands(int32 purpose_id, const text *subject)
{
	Relation state = table_open(memreg_extension_relation("consent_state"), AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;
	bool stands;

	ScanKeyInit(&keys[0], STATE_PURPOSE, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(purpose_id));
	ScanKeyEntryInitialize(&keys[1], 0, STATE_SUBJECT, BTEqualStrategyNumber, InvalidOid,
						   C_COLLATION_OID, F_TEXTEQ, PointerGetDatum(subject));
	scan = systable_beginscan(state, memreg_extension_relation("consent_state_pkey"),
							  true, NULL, lengthof(keys), keys);
	tuple = systable_getnext(scan);
	stands = HeapTupleIsValid(tuple) && row_stands(tuple, RelationGetDescr(state));
	systable_endscan(scan);
	table_close(state, AccessShareLock);
	return stands;
}

static bool
row_stands(HeapTuple tuple, TupleDesc columns)
{
	bool isnull;
	Datum expires;

	if (!DatumGetBool(heap_getattr(tuple, STATE_GRANTED, columns, &isnull)))
		return false;
	expires = heap_getattr(tuple, STATE_EXPIRES, columns, &isnull);
	return isnull || DatumGetTimestampTz(expires) > GetCurrentTimestamp();
}
