/*
 * owner.c
 *		Working as a table's owner, in a restricted operation.
 *
 * Removing a row runs whatever the application hung on it: triggers, rules,
 * cascades.  That code must get no more rights than the table's owner has,
 * though the worker is a superuser, and must leave nothing behind that would
 * run later with more:
 *
 *	- the user is the owner, and SET ROLE, SET SESSION AUTHORIZATION, temporary
 *	  tables and cursors WITH HOLD are refused (SECURITY_RESTRICTED_OPERATION);
 *	- deferred constraints are made immediate beforehand, and an attempt to
 *	  defer one again fails in a restricted operation, so that nothing of the
 *	  application is left to run at the commit, when the user is another;
 *	- what it sets is set back.
 *
 * Row security does not hide rows from the owner here, as in foreign key checks
 * (SECURITY_NOFORCE_RLS).  An error needs no memreg_owner_leave: the abort of
 * the subtransaction takes user and settings back.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/guc.h"

#include "retention/owner.h"

static void make_constraints_immediate(void);
static void set_for_owner(const char *name, const char *value);

OwnerContext
memreg_owner_enter(Relation table)
{
	OwnerContext context;

	make_constraints_immediate();
	GetUserIdAndSecContext(&context.user, &context.security);
	SetUserIdAndSecContext(table->rd_rel->relowner,
						   context.security | SECURITY_RESTRICTED_OPERATION |
							   SECURITY_NOFORCE_RLS | SECURITY_LOCAL_USERID_CHANGE);
	context.settings = NewGUCNestLevel();
	set_for_owner("search_path", "pg_catalog, pg_temp");
	set_for_owner("enable_tidscan", "on");
	return context;
}

void
memreg_owner_leave(OwnerContext context)
{
	AtEOXact_GUC(false, context.settings);
	SetUserIdAndSecContext(context.user, context.security);
}

/* Is it the application's code that runs, or that has just failed? */
bool
memreg_owner_active(void)
{
	return InNoForceRLSOperation();
}

/* SET CONSTRAINTS ALL IMMEDIATE, for this transaction. */
static void
make_constraints_immediate(void)
{
	ConstraintsSetStmt *statement = makeNode(ConstraintsSetStmt);

	statement->constraints = NIL;
	statement->deferred = false;
	AfterTriggerSetState(statement);
}

static void
set_for_owner(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
}
