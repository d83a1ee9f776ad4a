/*
 * inline.c
 *		Set-returning SQL functions are planned by themselves.
 *
 * The planner would put the body of a set-returning SQL function into the
 * query that calls it, after the planner hook has run, and so past memreg.  It
 * does not do so for functions that a plugin wants to watch; then the body is
 * planned as a query of its own, which passes the hook.
 *
 * This concerns databases with protected tables only, and costs there what
 * inlining would have saved.  Scalar SQL functions are inlined only when they
 * read no table.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "fmgr.h"
#include "utils/syscache.h"

#include "core/extension.h"
#include "policy/inline.h"
#include "registry/catalog.h"

static needs_fmgr_hook_type next_needs = NULL;

static bool needs_own_plan(Oid function);
static bool returns_set_by_sql(Oid function);

void
memreg_inline_init(void)
{
	next_needs = needs_fmgr_hook;
	needs_fmgr_hook = needs_own_plan;
}

static bool
needs_own_plan(Oid function)
{
	if (next_needs != NULL && next_needs(function))
		return true;
	return function >= FirstNormalObjectId && IsTransactionState() &&
		returns_set_by_sql(function) && memreg_extension_exists() &&
		memreg_registry_protected() != NIL;
}

static bool
returns_set_by_sql(Oid function)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool answer = false;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);

		answer = form->prolang == SQLlanguageId && form->proretset;
		ReleaseSysCache(tuple);
	}
	return answer;
}
