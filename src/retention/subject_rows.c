/*
 * subject_rows.c
 *		The rows of one subject after the other, in one leaf.
 *
 * By an index that begins with the subject's column; without one the leaf is
 * read whole for each subject.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

#include "core/compat.h"
#include "retention/subject_rows.h"
#include "retention/table.h"

struct SubjectRows
{
	Relation leaf;
	AttrNumber column;
	Oid type;
	Datum subject; /* whose rows these are; the caller's */

	Relation index; /* NULL: there is none */
	IndexScanDesc by_index;
	TableScanDesc by_place;
	FmgrInfo *equal;
};

static bool next_read(SubjectRows *rows, TupleTableSlot *row);

/* For the active snapshot; nobody's rows until it is turned to somebody. */
SubjectRows *
memreg_subject_rows_open(Relation leaf, const char *subject, Oid type)
{
	SubjectRows *rows = palloc0(sizeof(SubjectRows));
	TermColumn column = {.number = get_attnum(RelationGetRelid(leaf), subject), .type = type};
	Oid index = memreg_table_index(leaf, column, column.number);

	if (column.number <= 0)
		elog(ERROR, "relation %u has lost the column of its subject", RelationGetRelid(leaf));
	rows->leaf = leaf;
	rows->column = column.number;
	rows->type = type;
	rows->equal = &lookup_type_cache(type, TYPECACHE_EQ_OPR_FINFO)->eq_opr_finfo;
	if (OidIsValid(index))
	{
		rows->index = index_open(index, AccessShareLock);
		rows->by_index = memreg_index_beginscan(leaf, rows->index, GetActiveSnapshot(), 1);
	}
	return rows;
}

bool
memreg_subject_rows_indexed(const SubjectRows *rows)
{
	return rows->index != NULL;
}

/* The next rows are those of this subject, a value that the caller keeps until then. */
void
memreg_subject_rows_turn(SubjectRows *rows, Datum subject)
{
	ScanKeyData condition;

	rows->subject = subject;
	if (rows->index == NULL)
	{
		if (rows->by_place != NULL)
			table_endscan(rows->by_place);
		rows->by_place = table_beginscan(rows->leaf, GetActiveSnapshot(), 0, NULL);
		return;
	}
	memreg_table_index_key(rows->index, rows->type, BTEqualStrategyNumber, subject,
						   &condition);
	index_rescan(rows->by_index, &condition, 1, NULL, 0);
}

/* False: there are no more. */
bool
memreg_subject_rows_next(SubjectRows *rows, TupleTableSlot *row)
{
	CHECK_FOR_INTERRUPTS();
	return rows->index == NULL
		? next_read(rows, row)
		: index_getnext_slot(rows->by_index, ForwardScanDirection, row);
}

static bool
next_read(SubjectRows *rows, TupleTableSlot *row)
{
	while (table_scan_getnextslot(rows->by_place, ForwardScanDirection, row))
	{
		bool isnull;
		Datum subject = slot_getattr(row, rows->column, &isnull);

		CHECK_FOR_INTERRUPTS();
		if (!isnull &&
			DatumGetBool(
				FunctionCall2Coll(rows->equal, C_COLLATION_OID, subject, rows->subject)))
			return true;
	}
	return false;
}

void
memreg_subject_rows_close(SubjectRows *rows)
{
	if (rows->index != NULL)
	{
		index_endscan(rows->by_index);
		index_close(rows->index, AccessShareLock);
	}
	if (rows->by_place != NULL)
		table_endscan(rows->by_place);
	pfree(rows);
}
