/*
 * scope_right.c
 *		Who may do what in a scope.
 *
 * Everybody may call the functions that take a scope; what they need is a
 * right on the scope, granted to the current role or to one that it is a
 * member of (memreg.grant_scope).  Superusers need none.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/errors.h"
#include "pseudonym/scope_right.h"
#include "registry/scan.h"

typedef struct WantedRight
{
	const char *scope;
	const char *may;
	TimestampTz now;
	bool held;
} WantedRight;

/* As memreg.scope_right has them. */
static const char *const names[] = {
	[SCOPE_RIGHT_PSEUDONYMIZE] = "pseudonymize",
	[SCOPE_RIGHT_REVERSE] = "reverse",
};

static void visit_right(ScannedRow *row, void *arg);
static bool is_held(ScannedRow *row);

/* Fail unless the current user has a right on a scope. */
void
memreg_scope_right_require(const char *scope, ScopeRight right)
{
	WantedRight wanted = {.scope = scope,
						  .may = names[right],
						  .now = GetCurrentStatementStartTimestamp()};

	if (superuser())
		return;
	memreg_scan_table("scope_right", visit_right, &wanted);
	if (!wanted.held)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_NO_SCOPE_RIGHT),
				 errmsg("role %s has no right to %s in pseudonym scope %s",
						quote_identifier(GetUserNameFromId(GetUserId(), false)), names[right],
						quote_identifier(scope)),
				 errhint("Whoever decides on the scope can give it: memreg.grant_scope.")));
}

static void
visit_right(ScannedRow *row, void *arg)
{
	WantedRight *wanted = arg;

	if (wanted->held || strcmp(memreg_scan_text(row, "scope"), wanted->scope) != 0 ||
		strcmp(memreg_scan_text(row, "may"), wanted->may) != 0)
		return;
	if (!memreg_scan_is_null(row, "until") &&
		DatumGetTimestampTz(memreg_scan_value(row, "until")) <= wanted->now)
		return;
	wanted->held = is_held(row);
}

/* A role that is missing, as after a restore, has no members. */
static bool
is_held(ScannedRow *row)
{
	Oid role = get_role_oid(NameStr(*DatumGetName(memreg_scan_value(row, "role"))), true);

	return OidIsValid(role) && has_privs_of_role(GetUserId(), role);
}
