/*
 * grouping.c
 *		Grouping by a key, and showing what depends on it.
 *
 * A query that groups by a table's primary key may show other columns of the
 * table, as there is one row in each group.  Where the key is treated so that
 * several rows fall together, there is not: any one of them would be shown.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "utils/builtins.h"

#include "core/errors.h"
#include "policy/constraint.h"
#include "policy/grouping.h"

static bool tells_apart(const GuardedRelation *guarded, AttrNumber column);

/* Fail if the query level relies on a key of the relation that no longer tells its rows apart. */
void
memreg_grouping_require_key(Query *query, GuardedRelation *guarded)
{
	ListCell *cell;

	if (guarded->all_clear)
		return;
	foreach(cell, query->constraintDeps)
	{
		Oid relation = InvalidOid;
		Bitmapset *key = memreg_constraint_columns(lfirst_oid(cell), &relation);
		int member = -1;

		while (relation == guarded->relid && (member = bms_next_member(key, member)) >= 0)
			if (!tells_apart(guarded, member + FirstLowInvalidHeapAttributeNumber))
				ereport(ERROR,
						(errcode(MEMREG_ERRCODE_UNTREATED_STATEMENT),
						 errmsg("purpose %s cannot show columns of table %s that depend on its primary key alone",
								quote_identifier(guarded->purpose.name),
								quote_identifier(guarded->name)),
						 errdetail("The purpose sees the key in a form that is the same for several rows."),
						 errhint("Name the columns in GROUP BY.")));
	}
}

static bool
tells_apart(const GuardedRelation *guarded, AttrNumber column)
{
	return column > 0 && memreg_guarded_column(guarded, column)->treatment.kind->injective;
}
