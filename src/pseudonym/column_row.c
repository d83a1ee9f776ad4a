/*
 * column_row.c
 *		A row of memreg.pseudonym_column: a column that holds pseudonyms of another.
 */
#include "postgres.h"

#include "pseudonym/column_row.h"
#include "registry/scan.h"

typedef struct WantedColumns
{
	Oid relation;
	List *found;
} WantedColumns;

static void visit_column(ScannedRow *row, void *arg);

/* The pseudonym columns of a table, in the present memory context. */
List *
memreg_column_rows(Oid relation)
{
	WantedColumns wanted = {.relation = relation};

	memreg_scan_table("pseudonym_column", visit_column, &wanted);
	return wanted.found;
}

static void
visit_column(ScannedRow *row, void *arg)
{
	WantedColumns *wanted = arg;
	PseudonymColumn *column;

	if (DatumGetObjectId(memreg_scan_value(row, "relation")) != wanted->relation)
		return;
	column = palloc(sizeof(PseudonymColumn));
	column->relation = wanted->relation;
	column->source = pstrdup(NameStr(*DatumGetName(memreg_scan_value(row, "source"))));
	column->target = pstrdup(NameStr(*DatumGetName(memreg_scan_value(row, "target"))));
	column->scope = memreg_scan_text(row, "scope");
	column->version = DatumGetInt32(memreg_scan_value(row, "version"));
	wanted->found = lappend(wanted->found, column);
}
