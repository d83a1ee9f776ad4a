/*
 * scope_call.c
 *		A call of an SQL function whose first argument is a scope's name.
 *
 * What is found out for the first row holds for the next ones: as long as the
 * name is the same, the registry has not changed, and it is the same user in
 * the same statement of the client's.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "core/extension.h"
#include "core/preload.h"
#include "pseudonym/scope_call.h"
#include "pseudonym/scope_key.h"

/* A call site's scope, in fn_extra. */
typedef struct CalledScope
{
	char *name; /* NULL: not known to be usable */
	uint64 generation;
	Oid user;
	TimestampTz statement;
	int32 scope_id;
	List *versions; /* NIL: not asked for yet */
	ScopeHandle handle;
} CalledScope;

static CalledScope *called_scope(FunctionCallInfo fcinfo, ScopeRight right);
static bool is_current(const CalledScope *called, const text *name);
static void look_up(CalledScope *called, const text *name, ScopeRight right,
					MemoryContext context);

/* The id of the scope that argument 0 names; an error if the user may not use it. */
int32
memreg_scope_call_scope(FunctionCallInfo fcinfo, ScopeRight right)
{
	return called_scope(fcinfo, right)->scope_id;
}

/*
 * The same scope, and its versions that are not retired, newest first.  They
 * are the caller's until it asks for something of the call site again.
 */
List *
memreg_scope_call_versions(FunctionCallInfo fcinfo, ScopeRight right, int32 *scope_id)
{
	CalledScope *called = called_scope(fcinfo, right);

	if (called->versions == NIL)
	{
		MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		called->versions = memreg_scope_key_versions(called->scope_id);
		MemoryContextSwitchTo(before);
	}
	*scope_id = called->scope_id;
	return called->versions;
}

/* The keys in use of the scope that argument 0 names; takes fn_extra for itself. */
const ScopeKeys *
memreg_scope_call_keys(FunctionCallInfo fcinfo, ScopeRight right)
{
	CalledScope *called = called_scope(fcinfo, right);

	return memreg_scope_keys(&called->handle, called->scope_id);
}

static CalledScope *
called_scope(FunctionCallInfo fcinfo, ScopeRight right)
{
	CalledScope *called = fcinfo->flinfo->fn_extra;
	const text *name = PG_GETARG_TEXT_PP(0);

	if (called == NULL)
	{
		memreg_preload_require();
		called = fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CalledScope));
	}
	if (!is_current(called, name))
		look_up(called, name, right, fcinfo->flinfo->fn_mcxt);
	return called;
}

static bool
is_current(const CalledScope *called, const text *name)
{
	size_t length = VARSIZE_ANY_EXHDR(name);

	return called->name != NULL && called->generation == memreg_extension_generation() &&
		called->user == GetUserId() &&
		called->statement == GetCurrentStatementStartTimestamp() &&
		strlen(called->name) == length &&
		memcmp(called->name, VARDATA_ANY(name), length) == 0;
}

static void
look_up(CalledScope *called, const text *name, ScopeRight right, MemoryContext context)
{
	char *wanted = MemoryContextStrdup(context, text_to_cstring(name));

	if (called->name != NULL)
		pfree(called->name);
	called->name = NULL;
	list_free(called->versions);
	called->versions = NIL;
	called->generation = memreg_extension_generation();
	called->user = GetUserId();
	called->statement = GetCurrentStatementStartTimestamp();
	called->scope_id = memreg_scope_find(wanted);
	memreg_scope_right_require(wanted, right);
	called->name = wanted;
}
