/*
 * lock.c
 *		Declarations about a table lock the table.
 *
 * A table must not be dropped, nor its columns be renamed, by somebody else
 * between the look at it and the commit of what was declared about it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "storage/lmgr.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(memreg_lock_table);

/*
 * memreg.lock_table(relation regclass, exclusive boolean) → boolean: lock the
 * relation until the transaction ends, against other declarations and DDL or,
 * if exclusive, against everybody.  False: it was dropped meanwhile.
 */
Datum
memreg_lock_table(PG_FUNCTION_ARGS)
{
	Oid relation = PG_GETARG_OID(0);

	LockRelationOid(relation,
					PG_GETARG_BOOL(1) ? AccessExclusiveLock : ShareUpdateExclusiveLock);
	PG_RETURN_BOOL(SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)));
}
