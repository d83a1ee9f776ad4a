/*
 * written.c
 *		What a statement writes to a protected relation.
 *
 * A purpose writes only what it sees in clear: it would otherwise write
 * pseudonyms back, or overwrite what it cannot judge.  The same holds for the
 * columns by which INSERT … ON CONFLICT finds its index, as the outcome tells
 * whether such a row exists.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "core/errors.h"
#include "policy/written.h"

static void require_clear(GuardedRelation *guarded, Bitmapset *columns);

/* Fail unless every column of relation varno that the query writes is clear. */
void
memreg_written_require_clear(Query *query, Index varno, GuardedRelation *guarded)
{
	RangeTblEntry *entry = list_nth(query->rtable, varno - 1);

	if (varno != query->resultRelation || guarded->all_clear)
		return;
	require_clear(guarded, memreg_rte_permissions(query, entry)->insertedCols);
	require_clear(guarded, memreg_rte_permissions(query, entry)->updatedCols);
	if (query->onConflict != NULL)
	{
		Bitmapset  *arbiters = NULL;

		pull_varattnos((Node *) query->onConflict->arbiterElems, varno, &arbiters);
		pull_varattnos(query->onConflict->arbiterWhere, varno, &arbiters);
		require_clear(guarded, arbiters);
	}
}

/* columns: attribute numbers less FirstLowInvalidHeapAttributeNumber. */
static void
require_clear(GuardedRelation *guarded, Bitmapset *columns)
{
	int			member = -1;

	while ((member = bms_next_member(columns, member)) >= 0)
	{
		AttrNumber	column = member + FirstLowInvalidHeapAttributeNumber;

		if (column > 0 &&
			guarded->treatments[column - 1].kind == &memreg_treatment_clear)
			continue;
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_COLUMN_NOT_CLEAR),
				 errmsg("purpose %s cannot write column %s of table %s",
						quote_identifier(guarded->purpose.name),
						column > 0 ? quote_identifier(guarded->column_names[column - 1]) : "*",
						quote_identifier(guarded->name)),
				 errhint("A purpose writes the columns that it sees in clear; memreg.set_treatment decides which these are.")));
	}
}
