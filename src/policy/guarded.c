/*
 * guarded.c
 *		A protected relation as one statement of one user sees it.
 *
 * Brings together what decides: the relation's policies (guards.c), the
 * purpose (access.c) and the treatment of each column (declared.c, by the
 * categories that label.c reads).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "policy/access.h"
#include "policy/declared.h"
#include "policy/guarded.h"
#include "policy/guards.h"
#include "policy/label.h"
#include "pseudonym/scope.h"
#include "registry/membership.h"

PG_FUNCTION_INFO_V1(memreg_is_guarded);

static void name_relation(GuardedRelation *guarded, Relation relation,
						  const RegisteredTable *table);
static void read_columns(GuardedRelation *guarded, Relation relation);
static void decide_treatments(GuardedRelation *guarded);
static void withhold_generated(GuardedRelation *guarded, TupleDesc descriptor);
static bool all_clear(const GuardedRelation *guarded);
static char **read_categories(const GuardedRelation *guarded);

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

	name_relation(guarded, relation, table);
	guarded->bypassed = has_bypassrls_privilege(GetUserId());
	if (!guarded->bypassed)
		memreg_access_require(table->register_name, &guarded->purpose);
	memreg_guards_require(guarded, relation);
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

/*
 * memreg.is_guarded(relation regclass) → boolean: do the guards stand that a
 * registered table, partition or child is to have?  NULL: it is none.
 */
Datum
memreg_is_guarded(PG_FUNCTION_ARGS)
{
	GuardedRelation guarded = {0};
	RegisteredTable table;
	Relation relation = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	bool stand;

	if (relation == NULL)
		PG_RETURN_NULL();
	if (!memreg_membership_find(RelationGetRelid(relation), &table))
	{
		relation_close(relation, AccessShareLock);
		PG_RETURN_NULL();
	}
	name_relation(&guarded, relation, &table);
	stand = memreg_guards_stand(&guarded, relation);
	relation_close(relation, AccessShareLock);
	PG_RETURN_BOOL(stand);
}

static void
name_relation(GuardedRelation *guarded, Relation relation, const RegisteredTable *table)
{
	guarded->relid = RelationGetRelid(relation);
	guarded->name = pstrdup(RelationGetRelationName(relation));
	guarded->table = *table;
	read_columns(guarded, relation);
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
