/*
 * guarded.c
 *		A protected relation as one statement of one user sees it.
 *
 * Brings together what decides: the relation's policies, which must still be
 * the ones that memreg.protect made; the purpose; and the treatment of each
 * column.  It recognizes the guards that the policies brought into the query.
 *
 * The policies, all over the registered table's identity R:
 *
 *	memreg_table	restrictive, for all commands and roles: guard_table(R);
 *					it stays when the subject column is dropped
 *	memreg_row		restrictive, for all commands and roles:
 *					guard_row(R, subject column)
 *	memreg_select … permissive, one for each command:
 *					guard_command(R, command)
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rowsecurity.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "core/errors.h"
#include "policy/access.h"
#include "policy/declared.h"
#include "policy/functions.h"
#include "policy/guarded.h"
#include "policy/label.h"
#include "pseudonym/scope.h"

/* Commands as policies and pg_policy.polcmd name them. */
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

static void read_columns(GuardedRelation *guarded, Relation relation);
static void read_policies(GuardedRelation *guarded, Relation relation);
static bool binds_everybody(const RowSecurityPolicy *policy);
static bool is_command_policy(const GuardedRelation *guarded, const RowSecurityPolicy *policy);
static void note_own_policy(GuardedRelation *guarded, const RowSecurityPolicy *policy);
static void decide_treatments(GuardedRelation *guarded);
static void withhold_generated(GuardedRelation *guarded, TupleDesc descriptor);
static bool all_clear(const GuardedRelation *guarded);
static char **read_categories(const GuardedRelation *guarded);
static bool is_guard_call(const GuardedRelation *guarded, Node *node, Oid function);

/*
 * Everything a statement needs to know of a protected relation.  Fails when
 * the user may not see it at all, or when its policies are not memreg's any
 * more.
 */
GuardedRelation *
memreg_guarded_open(Oid relid, const RegisteredTable *table)
{
	GuardedRelation *guarded = palloc0(sizeof(GuardedRelation));
	Relation relation = table_open(relid, NoLock);

	guarded->relid = relid;
	guarded->name = pstrdup(RelationGetRelationName(relation));
	guarded->table = *table;
	guarded->bypassed = has_bypassrls_privilege(GetUserId());
	read_columns(guarded, relation);
	if (!guarded->bypassed)
		memreg_access_require(table->register_name, &guarded->purpose);
	read_policies(guarded, relation);
	if (guarded->bypassed)
		guarded->all_clear = true;
	else
	{
		decide_treatments(guarded);
		withhold_generated(guarded, RelationGetDescr(relation));
		guarded->all_clear = all_clear(guarded);
	}
	table_close(relation, NoLock);
	return guarded;
}

static void
read_columns(GuardedRelation *guarded, Relation relation)
{
	TupleDesc descriptor = RelationGetDescr(relation);

	guarded->columns = descriptor->natts;
	guarded->column_names = palloc0(sizeof(char *) * Max(descriptor->natts, 1));
	guarded->column_types = palloc0(sizeof(Oid) * Max(descriptor->natts, 1));
	guarded->treatments = palloc0(sizeof(Treatment) * Max(descriptor->natts, 1));
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (attribute->attisdropped)
			continue;
		guarded->column_names[i] = pstrdup(NameStr(attribute->attname));
		guarded->column_types[i] = attribute->atttypid;
		if (strcmp(guarded->column_names[i], guarded->table.subject) == 0 &&
			attribute->atttypid == guarded->table.subject_type)
			guarded->subject = attribute->attnum;
	}
}

/*
 * Row security must be on and forced, with the row guard among the policies;
 * the DBA's own permissive policies are noted.
 */
static void
read_policies(GuardedRelation *guarded, Relation relation)
{
	bool table_policy = false;
	bool row_policy = false;
	ListCell *cell;

	if (relation->rd_rsdesc != NULL)
		foreach(cell, relation->rd_rsdesc->policies)
		{
			RowSecurityPolicy *policy = lfirst(cell);

			if (binds_everybody(policy))
			{
				table_policy |= memreg_guarded_is_table_guard(guarded, (Node *) policy->qual);
				row_policy |= memreg_guarded_is_row_guard(guarded, (Node *) policy->qual, 1);
			}
			if (policy->permissive && !is_command_policy(guarded, policy))
				note_own_policy(guarded, policy);
		}
	if (!table_policy || !row_policy || guarded->subject == InvalidAttrNumber ||
		!relation->rd_rel->relrowsecurity || !relation->rd_rel->relforcerowsecurity)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_GUARD_MISSING),
				 errmsg("table %s is protected, but its row security has been changed or removed",
						quote_identifier(guarded->name)),
				 errhint("Call memreg.protect for the registered table again, or memreg.unprotect to open it.")));
}

/* Restrictive, for every command and role, reading and writing alike. */
static bool
binds_everybody(const RowSecurityPolicy *policy)
{
	return !policy->permissive && policy->polcmd == '*' && ARR_DIMS(policy->roles)[0] == 1 &&
		((Oid *) ARR_DATA_PTR(policy->roles))[0] == ACL_ID_PUBLIC &&
		policy->with_check_qual == NULL;
}

static bool
is_command_policy(const GuardedRelation *guarded, const RowSecurityPolicy *policy)
{
	return is_guard_call(guarded, (Node *) policy->qual,
						 memreg_policy_functions()->guard_command) ||
		is_guard_call(guarded, (Node *) policy->with_check_qual,
					  memreg_policy_functions()->guard_command);
}

static void
note_own_policy(GuardedRelation *guarded, const RowSecurityPolicy *policy)
{
	for (int i = 0; i < lengthof(commands); i++)
		if (policy->polcmd == '*' || policy->polcmd == commands[i].polcmd)
			guarded->own_commands |= 1u << commands[i].command;
}

/* A treatment that does not suit the column's type withholds. */
static void
decide_treatments(GuardedRelation *guarded)
{
	char **categories = read_categories(guarded);

	for (int i = 0; i < guarded->columns; i++)
	{
		Treatment *treatment = &guarded->treatments[i];

		if (guarded->column_names[i] == NULL)
		{
			treatment->kind = &memreg_treatment_withhold;
			continue;
		}
		memreg_declared_treatment(&guarded->purpose, categories[i], treatment);
		if (!treatment->kind->suits(guarded->column_types[i]))
			*treatment = (Treatment){.kind = &memreg_treatment_withhold};
	}
}

/*
 * A generated column shows what it is computed from.  It is withheld unless
 * all of that is clear; a virtual one the planner expands after the walk.
 */
static void
withhold_generated(GuardedRelation *guarded, TupleDesc descriptor)
{
	for (int i = 0; descriptor->constr != NULL && i < descriptor->constr->num_defval; i++)
	{
		AttrDefault *definition = &descriptor->constr->defval[i];
		Bitmapset *columns = NULL;
		int member = -1;

		if (TupleDescAttr(descriptor, definition->adnum - 1)->attgenerated == '\0')
			continue;
		pull_varattnos(stringToNode(definition->adbin), 1, &columns);
		while ((member = bms_next_member(columns, member)) >= 0)
		{
			AttrNumber column = member + FirstLowInvalidHeapAttributeNumber;

			if (column <= 0 ? column != TableOidAttributeNumber
							: guarded->treatments[column - 1].kind != &memreg_treatment_clear)
				guarded->treatments[definition->adnum - 1] =
					(Treatment){.kind = &memreg_treatment_withhold};
		}
	}
}

static bool
all_clear(const GuardedRelation *guarded)
{
	for (int i = 0; i < guarded->columns; i++)
		if (guarded->column_names[i] != NULL &&
			guarded->treatments[i].kind != &memreg_treatment_clear)
			return false;
	return true;
}

/*
 * Categories go by the registered table's labels; a child's further columns
 * by its own.  The subject column is a category of itself.
 */
static char **
read_categories(const GuardedRelation *guarded)
{
	char **categories = memreg_label_read(guarded->relid, guarded->columns);

	if (guarded->relid != guarded->table.relation)
	{
		char **inherited = memreg_label_read(guarded->table.relation, MaxHeapAttributeNumber);

		for (int i = 0; i < guarded->columns; i++)
		{
			AttrNumber column = guarded->column_names[i] == NULL
				? InvalidAttrNumber
				: get_attnum(guarded->table.relation, guarded->column_names[i]);

			if (column > 0)
				categories[i] = inherited[column - 1];
		}
	}
	categories[guarded->subject - 1] = MEMREG_CATEGORY_SUBJECT_KEY;
	return categories;
}

/*
 * The treatment of a column, ready to be applied.  The planner may yet find
 * that nobody asks for the column, as in a join or a view; so key and scope
 * are required when a value is treated, not here.
 */
Treatment *
memreg_guarded_treatment(GuardedRelation *guarded, AttrNumber column)
{
	Treatment *treatment = &guarded->treatments[column - 1];

	if (treatment->kind->takes_scope && treatment->scope_id == 0)
		treatment->scope_id = memreg_scope_look_up(treatment->scope, guarded->purpose.id);
	return treatment;
}

/* Is this qual the table guard as memreg.protect made it? */
bool
memreg_guarded_is_table_guard(const GuardedRelation *guarded, Node *qual)
{
	return is_guard_call(guarded, qual, memreg_policy_functions()->guard_table);
}

/* Is this qual the row guard as memreg.protect made it, over relation varno? */
bool
memreg_guarded_is_row_guard(const GuardedRelation *guarded, Node *qual, Index varno)
{
	SubjectVariant variant;
	Var *subject;

	if (!memreg_subject_variant(guarded->table.subject_type, &variant) ||
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
memreg_guarded_command(const GuardedRelation *guarded, Node *node, bool *open)
{
	Const *name;
	char *command;

	if (!is_guard_call(guarded, node, memreg_policy_functions()->guard_command))
		return false;
	name = lsecond(((FuncExpr *) node)->args);
	if (!IsA(name, Const) || name->constisnull)
		return false;
	command = TextDatumGetCString(name->constvalue);
	for (int i = 0; i < lengthof(commands); i++)
		if (strcmp(commands[i].name, command) == 0)
		{
			*open = (guarded->own_commands & (1u << commands[i].command)) == 0;
			return true;
		}
	return false;
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
