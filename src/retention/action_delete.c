/*
 * action_delete.c
 *		Retention action "delete": the row goes.
 *
 * An ordinary DELETE, so that the application's triggers and foreign keys do
 * what they do for any other.  It names rows by their place and holds no
 * condition, so nothing user-written decides what is deleted.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "retention/action_delete.h"

static Datum places(ItemPointerData *rows, int count);

uint64
memreg_action_delete(Relation table, ItemPointerData *rows, int count)
{
	char *name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
											RelationGetRelationName(table));
	char *sql = psprintf("DELETE FROM ONLY %s WHERE ctid = ANY ($1)", name);
	Oid type = TIDARRAYOID;
	Datum value = places(rows, count);
	int result = SPI_execute_with_args(sql, 1, &type, &value, NULL, false, 0);

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
