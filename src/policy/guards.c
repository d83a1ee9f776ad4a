/*
 * guards.c
 *		Recognizing the guards that memreg.protect put into policies.
 *
 * The policies of a protected relation, all over the identity R of the
 * registered table:
 *
 *	memreg_table	restrictive, for all commands: guard_table(R); it stays
 *					when the subject column is dropped
 *	memreg_row		restrictive, for all commands: guard_row(R, subject column)
 *	memreg_select … permissive, one for each command: guard_command(R, command)
 *
 * All are for every role.  They must stand exactly like this, whatever they
 * are called: a guard in any other place or shape is left alone, and raises.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/primnodes.h"
#include "rewrite/rowsecurity.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "core/errors.h"
#include "policy/functions.h"
#include "policy/guards.h"

/* Commands as guards and pg_policy.polcmd name them. */
static const struct
{
	CmdType command;
	const char *name;
	char polcmd;
} commands[] = {
	{CMD_SELECT, "SELECT", ACL_SELECT_CHR},
	{CMD_INSERT, "INSERT", ACL_INSERT_CHR},
	{CMD_UPDATE, "UPDATE", ACL_UPDATE_CHR},
	{CMD_DELETE, "DELETE", ACL_DELETE_CHR},
};

/* Which of the guards were found among a relation's policies. */
typedef struct FoundGuards
{
	bool table;
	bool row;
	uint32 commands; /* a bit for each element of the list above */
} FoundGuards;

#define ALL_COMMANDS ((1u << lengthof(commands)) - 1)
#define GUARDS (2 + lengthof(commands))

static void look_at_policy(GuardedRelation *guarded, const RowSecurityPolicy *policy,
						   FoundGuards *found);
static int guarded_command(const GuardedRelation *guarded, Node *node);
static bool is_guard_call(const GuardedRelation *guarded, Node *node, Oid function);

/* Fail unless the relation's guards stand. */
void
memreg_guards_require(GuardedRelation *guarded, Relation relation)
{
	if (!memreg_guards_stand(guarded, relation))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_GUARD_MISSING),
				 errmsg("table %s is protected, but its row security has been changed or removed",
						quote_identifier(guarded->name)),
				 errhint("Call memreg.protect for the registered table again, or memreg.unprotect to open it.")));
}

/*
 * Is row security of the relation on and forced, and do all guards stand?
 * Notes whether the DBA has policies too, and which commands permissive ones
 * decide.
 */
bool
memreg_guards_stand(GuardedRelation *guarded, Relation relation)
{
	FoundGuards found = {0};
	ListCell *cell;

	if (relation->rd_rsdesc != NULL)
	{
		foreach(cell, relation->rd_rsdesc->policies)
			look_at_policy(guarded, lfirst(cell), &found);
		guarded->own_policies = list_length(relation->rd_rsdesc->policies) > GUARDS;
	}

	return found.table && found.row && found.commands == ALL_COMMANDS &&
		relation->rd_rel->relrowsecurity && relation->rd_rel->relforcerowsecurity;
}

static void
look_at_policy(GuardedRelation *guarded, const RowSecurityPolicy *policy, FoundGuards *found)
{
	Node *qual = (Node *) policy->qual;
	Node *check = (Node *) policy->with_check_qual;
	int command;

	if (!policy->permissive)
	{
		bool whole = policy->polcmd == '*' && memreg_guards_binds_everybody(policy) &&
			check == NULL;

		found->table |= whole && memreg_guards_is_table(guarded, qual);
		found->row |= whole && memreg_guards_is_row(guarded, qual, 1);
		return;
	}

	command = guarded_command(guarded, qual != NULL ? qual : check);
	if (command >= 0 && memreg_guards_binds_everybody(policy) &&
		policy->polcmd == commands[command].polcmd && (qual == NULL || check == NULL))
		found->commands |= 1u << command;
	else
		for (int i = 0; i < lengthof(commands); i++)
			if (policy->polcmd == '*' || policy->polcmd == commands[i].polcmd)
				guarded->own_commands |= 1u << commands[i].command;
}

/* Is a policy for every role? */
bool
memreg_guards_binds_everybody(const RowSecurityPolicy *policy)
{
	return ARR_DIMS(policy->roles)[0] == 1 &&
		((Oid *) ARR_DATA_PTR(policy->roles))[0] == ACL_ID_PUBLIC;
}

/* Is this qual the table guard? */
bool
memreg_guards_is_table(const GuardedRelation *guarded, Node *qual)
{
	return is_guard_call(guarded, qual, memreg_policy_functions()->guard_table);
}

/* Is this qual the row guard, over the subject column of relation varno? */
bool
memreg_guards_is_row(const GuardedRelation *guarded, Node *qual, Index varno)
{
	SubjectVariant variant;
	Var *subject;

	if (guarded->subject == InvalidAttrNumber ||
		!memreg_subject_variant(guarded->table.subject_type, &variant) ||
		!is_guard_call(guarded, qual, memreg_policy_functions()->guard_row[variant]))
		return false;
	subject = lsecond(((FuncExpr *) qual)->args);
	return IsA(subject, Var) && subject->varno == varno &&
		subject->varattno == guarded->subject && subject->varlevelsup == 0;
}

/*
 * Is this node a command's guard?  Then *open tells what it stands for: true
 * where the DBA has no permissive policies for that command, so that the
 * table is open but for the row guard; else false, so that it adds nothing
 * to what those policies allow.
 */
bool
memreg_guards_is_command(const GuardedRelation *guarded, Node *node, bool *open)
{
	int command = guarded_command(guarded, node);

	if (command < 0)
		return false;
	*open = (guarded->own_commands & (1u << commands[command].command)) == 0;
	return true;
}

/* The place in the list of the command that a node guards; -1: it is no guard. */
static int
guarded_command(const GuardedRelation *guarded, Node *node)
{
	Const *name;

	if (!is_guard_call(guarded, node, memreg_policy_functions()->guard_command))
		return -1;
	name = lsecond(((FuncExpr *) node)->args);
	if (!IsA(name, Const) || name->constisnull)
		return -1;
	for (int i = 0; i < lengthof(commands); i++)
		if (strcmp(commands[i].name, TextDatumGetCString(name->constvalue)) == 0)
			return i;
	return -1;
}

/* A call of one guard function, for the registered table of this relation. */
static bool
is_guard_call(const GuardedRelation *guarded, Node *node, Oid function)
{
	FuncExpr *call = (FuncExpr *) node;
	Const *identity;

	if (node == NULL || !IsA(node, FuncExpr) || call->funcid != function)
		return false;
	identity = linitial(call->args);
	return IsA(identity, Const) && !identity->constisnull &&
		DatumGetObjectId(identity->constvalue) == guarded->table.relation;
}
