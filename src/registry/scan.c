/*
 * scan.c
 *		Reading a table of memreg whole, row by row.
 *
 * With the snapshot that system catalogs are read with: the newest committed
 * state and this transaction's own changes, also inside planning, in parallel
 * workers and on a standby, where SPI or GetLatestSnapshot would not do.
 * Columns go by name, so a table may gain columns in a later version.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "core/extension.h"
#include "registry/scan.h"

struct ScannedRow
{
	HeapTuple tuple;
	TupleDesc columns;
};

static Datum column_value(ScannedRow *row, const char *column, bool *isnull);

/* Call visit for each row of memreg.<name>, in the caller's memory context. */
void
memreg_scan_table(const char *name, ScannedRowVisitor visit, void *arg)
{
	Relation relation = table_open(memreg_extension_relation(name), AccessShareLock);
	SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL);
	ScannedRow row = {.columns = RelationGetDescr(relation)};

	while (HeapTupleIsValid(row.tuple = systable_getnext(scan)))
		visit(&row, arg);
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
}

bool
memreg_scan_is_null(ScannedRow *row, const char *column)
{
	bool isnull;

	(void) column_value(row, column, &isnull);
	return isnull;
}

/* The value of a column that is declared NOT NULL, or was tested. */
Datum
memreg_scan_value(ScannedRow *row, const char *column)
{
	bool isnull;
	Datum value = column_value(row, column, &isnull);

	if (isnull)
		elog(ERROR, "column %s of a table of memreg is null", column);
	return value;
}

/* A text column as a palloc'd string; NULL for SQL's NULL. */
char *
memreg_scan_text(ScannedRow *row, const char *column)
{
	bool isnull;
	Datum value = column_value(row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static Datum
column_value(ScannedRow *row, const char *column, bool *isnull)
{
	for (int i = 0; i < row->columns->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(row->columns, i);

		if (!attribute->attisdropped && namestrcmp(&attribute->attname, column) == 0)
			return heap_getattr(row->tuple, i + 1, row->columns, isnull);
	}
	elog(ERROR, "a table of memreg lacks column %s", column);
}
