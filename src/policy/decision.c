/*
 * decision.c
 *		What was decided for a protected relation, as text to compare.
 *
 * "purpose relation ground groups commands treatment treatment …": ids, the
 * legal basis and what else decides rows, the smallest group and what becomes
 * of smaller ones, the commands that the DBA's own policies decide, and each
 * column's treatment.  Or "purpose relation view", where a
 * view that is an official interface reads the relation as it is.  A plan keeps
 * the text; where the registry has changed since, the decision is made once
 * more and must come out the same.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "policy/access.h"
#include "policy/decision.h"
#include "policy/interface.h"
#include "registry/membership.h"

/* Before the number of the view, where one reads the relation. */
#define VIEW " view "

/* Describe a decision.  The text names no person and no column. */
char *
memreg_decision_describe(GuardedRelation *guarded)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%d %u %d%d%d%d %d%d %x", guarded->purpose.id, guarded->relid,
					 guarded->purpose.basis, guarded->purpose.own,
					 guarded->purpose.restricted_data, guarded->purpose.anonymous_data,
					 guarded->purpose.smallest_group, guarded->purpose.remainder,
					 guarded->own_commands);
	for (AttrNumber column = 1; column <= guarded->column_count; column++)
		memreg_treatment_describe(&memreg_guarded_column(guarded, column)->treatment, &text);
	return text.data;
}

/*
 * Decide for a relation that a declared view reads, and describe it.  Fails
 * when the current user may not act for the session's purpose in the
 * relation's register.
 */
char *
memreg_decision_of_interface(Oid view, Oid relid, const RegisteredTable *table)
{
	Purpose purpose;

	memreg_access_require(table->register_name, &purpose);
	return psprintf("%d %u" VIEW "%u", purpose.id, relid, view);
}

/* The purpose that a decision was made for. */
int32
memreg_decision_purpose(const char *decision)
{
	return (int32) strtol(decision, NULL, 10);
}

/*
 * Would the same be decided now?  Costs what planning costs; the relation is
 * locked by the plan that the decision belongs to.
 */
bool
memreg_decision_stands(const char *decision)
{
	char *rest;
	char *present;
	Oid relid;
	Oid view;
	RegisteredTable table;

	(void) strtol(decision, &rest, 10);
	relid = (Oid) strtoul(rest, &rest, 10);
	if (!memreg_membership_find(relid, &table) || !table.protected)
		return false;
	view = strncmp(rest, VIEW, strlen(VIEW)) == 0
		? (Oid) strtoul(rest + strlen(VIEW), NULL, 10)
		: InvalidOid;
	if (!OidIsValid(view))
		present = memreg_guarded_open(relid, &table)->decision;
	else if (memreg_interface_declared(view))
		present = memreg_decision_of_interface(view, relid, &table);
	else
		return false;
	return present != NULL && strcmp(decision, present) == 0;
}
