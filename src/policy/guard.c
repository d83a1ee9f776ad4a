/*
 * guard.c
 *		Guards: what a protected table's policies hold.
 *
 * A guard does nothing but raise an error.  Where memreg's planner hook has
 * treated the statement there is no guard left to be called.  So a server that
 * does not preload memreg refuses to read or write the table, and so does
 * memreg itself wherever a query comes by a way that the hook cannot treat.
 *
 * guard_table has constant arguments and is IMMUTABLE: the planner folds it,
 * and so raises even where no row would reach it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/errors.h"
#include "core/preload.h"
#include "registry/membership.h"

PG_FUNCTION_INFO_V1(memreg_guard);

/*
 * memreg.guard_table, memreg.guard_row and memreg.guard_command: always an
 * error.  The first argument is the protected table.
 */
Datum
memreg_guard(PG_FUNCTION_ARGS)
{
	Oid relation = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	RegisteredTable table;

	memreg_preload_require();
	if (get_rel_name(relation) != NULL && !memreg_membership_find(relation, &table))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_GUARD_MISSING),
				 errmsg("table %s is guarded, but belongs to no register",
						quote_identifier(get_rel_name(relation))),
				 errdetail("Its subject column was dropped, or it was taken out of its register by hand."),
				 errhint("Register it with memreg.add_table and call memreg.protect, or open it with memreg.unprotect.")));
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_GUARD_REACHED),
			 errmsg("the statement reaches a protected table in a way that memreg cannot treat"),
			 errhint("Query the table itself, or a view over it, with its own policies as memreg.protect made them.")));
	PG_RETURN_NULL();
}
