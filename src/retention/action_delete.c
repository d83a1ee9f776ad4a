/*
 * action_delete.c
 *		Retention action "delete": the row goes.
 *
 * The application's triggers and foreign keys do what they do for any other
 * DELETE.  Most tables need no statement for that (row_delete.c).  Where there
 * is one, it names rows by their place and holds no condition, so nothing
 * user-written decides what is deleted.
 *
 * A row that somebody has updated since it was looked at is met at its old
 * place, followed to its new version, and deleted there, or left alone, by minor
 * release.  So the statement returns where the rows were: what was deleted
 * elsewhere does not count, and the caller takes it back.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "retention/action_delete.h"
#include "retention/row_delete.h"

static uint64 run_statement(Relation table, ItemPointerData *rows, int count);
static Datum places(ItemPointerData *rows, int count);
static uint64 count_in_place(ItemPointerData *rows, int count);
static int compare_places(const void *left, const void *right);

uint64
memreg_action_delete(const RetentionRule *rule, Relation table, ItemPointerData *rows, int count)
{
	return memreg_row_delete_suits(table) ? memreg_row_delete(table, rows, count)
										  : run_statement(table, rows, count);
}

static uint64
run_statement(Relation table, ItemPointerData *rows, int count)
{
	char *name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
											RelationGetRelationName(table));
	const char *returning = table->rd_rules == NULL ? " RETURNING ctid" : "";
	char *sql = psprintf("DELETE FROM ONLY %s WHERE ctid = ANY ($1)%s", name, returning);
	Oid type = TIDARRAYOID;
	Datum value = places(rows, count);

	/* Planned for any list of places, as for a long one the planner would rather read the table. */
	SPIPlanPtr plan = SPI_prepare_cursor(sql, 1, &type, CURSOR_OPT_GENERIC_PLAN);
	int result = plan == NULL ? SPI_result : SPI_execute_plan(plan, &value, NULL, false, 0);

	if (result == SPI_OK_DELETE_RETURNING)
		return count_in_place(rows, count);

	/* A rule of the application may have made something else of it. */
	return result == SPI_OK_DELETE ? SPI_processed : 0;
}

static Datum
places(ItemPointerData *rows, int count)
{
	Datum *elements = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		elements[i] = PointerGetDatum(&rows[i]);
	return PointerGetDatum(construct_array(elements, count, TIDOID,
										   sizeof(ItemPointerData), false, TYPALIGN_SHORT));
}

static uint64
count_in_place(ItemPointerData *rows, int count)
{
	uint64 found = 0;

	qsort(rows, count, sizeof(ItemPointerData), compare_places);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool isnull;
		Datum place = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		if (bsearch(DatumGetPointer(place), rows, count, sizeof(ItemPointerData),
					compare_places) != NULL)
			found++;
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

static int
compare_places(const void *left, const void *right)
{
	return ItemPointerCompare((ItemPointer) left, (ItemPointer) right);
}
