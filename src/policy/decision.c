/*
 * decision.c
 *		What was decided for a protected relation, as text to compare.
 *
 * "purpose relation ground commands treatment treatment …": ids, the legal
 * basis and what else decides rows, the commands that the DBA's own policies
 * decide, and each column's treatment.  A plan keeps the text; where the registry has changed since, the
 * decision is made once more and must come out the same.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "policy/decision.h"
#include "registry/membership.h"

/* Describe a decision.  The text names no person and no column. */
char *
memreg_decision_describe(GuardedRelation *guarded)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%d %u %d%d%d%d %x", guarded->purpose.id, guarded->relid,
					 guarded->purpose.basis, guarded->purpose.own, guarded->purpose.restricted_data,
					 guarded->purpose.anonymous_data, guarded->own_commands);
	for (int i = 0; i < guarded->columns; i++)
	{
		const Treatment *treatment = &guarded->treatments[i];

		appendStringInfo(&text, " %s", treatment->kind->name);
		if (treatment->scope != NULL)
			appendStringInfo(&text, "(%s)", treatment->scope);
	}
	return text.data;
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
	Oid relid;
	RegisteredTable table;

	(void) strtol(decision, &rest, 10);
	relid = (Oid) strtoul(rest, NULL, 10);
	return memreg_membership_find(relid, &table) && table.protected &&
		strcmp(decision, memreg_decision_describe(memreg_guarded_open(relid, &table))) == 0;
}
