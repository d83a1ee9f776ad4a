/*
 * access.c
 *		May the current user act for the session's purpose?
 *
 * The errors name the register, the purpose and the role: none of them is
 * personal data, and none of them tells what the tables hold.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "core/errors.h"
#include "policy/access.h"
#include "policy/own.h"
#include "policy/session.h"

static void require_granted(const Purpose *purpose);

/*
 * The session's purpose in a register, for the current user; an error when it
 * is not set, unknown there, of an unknown legal basis or not granted.
 */
void
memreg_access_require(const char *register_name, Purpose *purpose)
{
	const char *name = memreg_session_purpose();

	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_PURPOSE_UNSET),
				 errmsg("no purpose is set for access to register %s",
						quote_identifier(register_name)),
				 errhint("Set memreg.purpose to one of the register's purposes that you were granted.")));
	if (!memreg_registry_find_purpose(register_name, name, purpose))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_PURPOSE),
				 errmsg("purpose %s does not exist in register %s",
						quote_identifier(name), quote_identifier(register_name)),
				 errhint("Set memreg.purpose to one of the register's purposes that you were granted.")));
	if (purpose->basis == BASIS_UNKNOWN)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_BASIS),
				 errmsg("purpose %s of register %s rests on a legal basis that this version does not know",
						quote_identifier(name), quote_identifier(register_name)),
				 errhint("Update extension memreg and its library.")));
	require_granted(purpose);
	memreg_own_require(purpose);
}

/* The same for a purpose found before: does the grant still stand? */
void
memreg_access_recheck(int32 purpose_id)
{
	Purpose purpose;

	if (!memreg_registry_purpose(purpose_id, &purpose))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_PURPOSE),
				 errmsg("the purpose does not exist any more"),
				 errhint("Set memreg.purpose to one of the register's purposes that you were granted.")));
	require_granted(&purpose);
	memreg_own_require(&purpose);
}

/* A grant to the current user, or to a role it has, must stand now. */
static void
require_granted(const Purpose *purpose)
{
	if (!memreg_registry_access_granted(GetUserId(), purpose->id))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_ACCESS_NOT_GRANTED),
				 errmsg("role %s has no access to register %s for purpose %s",
						quote_identifier(GetUserNameFromId(GetUserId(), false)),
						quote_identifier(purpose->register_name),
						quote_identifier(purpose->name)),
				 errhint("Whoever decides on access can give it with memreg.grant_access.")));
}
