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
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "policy/access.h"
#include "policy/decision.h"
#include "policy/declared.h"
#include "policy/guarded.h"
#include "policy/guards.h"
#include "policy/label.h"
#include "policy/opened.h"
#include "policy/treat_json_keys.h"
#include "registry/membership.h"

PG_FUNCTION_INFO_V1(memreg_is_guarded);

static void name_relation(GuardedRelation *guarded, Relation relation,
						  const RegisteredTable *table);
static void read_columns(GuardedRelation *guarded, Relation relation);
static void decide_treatments(GuardedRelation *guarded, TreatmentChoice choose,
							  const void *by);
static void choose_declared(const void *by, const char *category, Treatment *treatment);
static void withhold_generated(GuardedRelation *guarded, TupleDesc descriptor);
static bool all_clear(const GuardedRelation *guarded);
static void decide(const GuardedColumn *column, const char *category,
				   TreatmentChoice choose, const void *by, Treatment *treatment);
static void decide_keys(GuardedColumn *column, List *labelled, TreatmentChoice choose,
						const void *by);
static ColumnLabel *read_labels(const GuardedRelation *guarded);

/*
 * Everything a statement needs to know of a protected relation.  Fails when
 * the user may not see it at all, or when its policies are not memreg's any
 * more.  Rights are asked for every time; the rest is kept for the next
 * statement, and this one may use it until its transaction ends.
 */
GuardedRelation *
memreg_guarded_open(Oid relid, const RegisteredTable *table)
{
	Purpose purpose = {.id = MEMREG_GUARDED_BYPASSED};

	if (!has_bypassrls_privilege(GetUserId()))
		memreg_access_require(table->register_name, &purpose);
	return memreg_opened_find(relid, purpose.id);
}

/* Decide it all, for a purpose or for those who bypass row security. */
GuardedRelation *
memreg_guarded_decide(Oid relid, int32 purpose_id)
{
	GuardedRelation *guarded = palloc0(sizeof(GuardedRelation));
	Relation relation = table_open(relid, NoLock);
	RegisteredTable table;

	if (!memreg_membership_find(relid, &table))
		elog(ERROR, "relation %u is not registered any more", relid);
	name_relation(guarded, relation, &table);
	guarded->bypassed = guarded->all_clear = purpose_id == MEMREG_GUARDED_BYPASSED;
	if (!guarded->bypassed && !memreg_registry_purpose(purpose_id, &guarded->purpose))
		elog(ERROR, "purpose %d does not exist any more", purpose_id);
	memreg_guards_require(guarded, relation);
	if (!guarded->bypassed)
	{
		decide_treatments(guarded, choose_declared, &guarded->purpose);
		withhold_generated(guarded, RelationGetDescr(relation));
		guarded->all_clear = all_clear(guarded);
		guarded->decision = memreg_decision_describe(guarded);
	}
	table_close(relation, NoLock);
	return guarded;
}

/* The relation as it is stored, for no purpose: every column is clear. */
GuardedRelation *
memreg_guarded_look(Oid relid, const RegisteredTable *table)
{
	GuardedRelation *guarded = palloc0(sizeof(GuardedRelation));
	Relation relation = table_open(relid, NoLock);
	ColumnLabel *labels;

	name_relation(guarded, relation, table);
	labels = read_labels(guarded);
	for (int i = 0; i < guarded->column_count; i++)
	{
		guarded->columns[i].category = labels[i].category;
		guarded->columns[i].treatment.kind = &memreg_treatment_clear;
	}
	guarded->all_clear = true;
	table_close(relation, NoLock);
	return guarded;
}

/* The relation with the treatments that somebody chooses, protected or not; its rows are guarded by nothing. */
GuardedRelation *
memreg_guarded_choose(Oid relid, const RegisteredTable *table, TreatmentChoice choose,
					  const void *by)
{
	GuardedRelation *guarded = palloc0(sizeof(GuardedRelation));
	Relation relation = table_open(relid, NoLock);

	name_relation(guarded, relation, table);
	decide_treatments(guarded, choose, by);
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

	guarded->column_count = descriptor->natts;
	guarded->columns = palloc0(sizeof(GuardedColumn) * Max(descriptor->natts, 1));
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		GuardedColumn *column = &guarded->columns[i];

		column->treatment.kind = &memreg_treatment_withhold;
		if (attribute->attisdropped)
			continue;
		column->name = pstrdup(NameStr(attribute->attname));
		column->type = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		column->collation = attribute->attcollation;
		if (strcmp(column->name, guarded->table.subject) == 0 &&
			column->type == guarded->table.subject_type)
			guarded->subject = attribute->attnum;
	}
}

static void
decide_treatments(GuardedRelation *guarded, TreatmentChoice choose, const void *by)
{
	ColumnLabel *labels = read_labels(guarded);

	for (int i = 0; i < guarded->column_count; i++)
	{
		GuardedColumn *column = &guarded->columns[i];

		if (column->name == NULL)
			continue;
		column->category = labels[i].category;
		if (labels[i].keys == NIL)
			decide(column, column->category, choose, by, &column->treatment);
		else
			decide_keys(column, labels[i].keys, choose, by);
	}
}

/* What was declared for a purpose. */
static void
choose_declared(const void *by, const char *category, Treatment *treatment)
{
	memreg_declared_treatment(by, category, treatment);
}

/* A treatment that does not suit the column's type withholds. */
static void
decide(const GuardedColumn *column, const char *category, TreatmentChoice choose,
	   const void *by, Treatment *treatment)
{
	choose(by, category, treatment);
	if (!memreg_treatment_suits(treatment, column->type, column->typmod))
		*treatment = (Treatment){.kind = &memreg_treatment_withhold};
}

/* A column whose keys have categories of their own, of LabelledKey. */
static void
decide_keys(GuardedColumn *column, List *labelled, TreatmentChoice choose, const void *by)
{
	Treatment treatment = {.kind = &memreg_treatment_json_keys};
	bool clear;
	ListCell *cell;

	if (column->type != JSONBOID)
		return;
	treatment.otherwise = palloc(sizeof(Treatment));
	decide(column, column->category, choose, by, treatment.otherwise);
	clear = memreg_treatment_is_clear(treatment.otherwise);
	foreach(cell, labelled)
	{
		LabelledKey *label = lfirst(cell);
		TreatedKey *key = palloc(sizeof(TreatedKey));

		key->key = label->key;
		key->category = label->category;
		decide(column, label->category, choose, by, &key->treatment);
		clear &= memreg_treatment_is_clear(&key->treatment);
		treatment.keys = lappend(treatment.keys, key);
	}
	if (clear)
		treatment = (Treatment){.kind = &memreg_treatment_clear};
	column->treatment = treatment;
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
							: !memreg_guarded_is_clear(guarded, column))
				guarded->columns[definition->adnum - 1].treatment =
					(Treatment){.kind = &memreg_treatment_withhold};
		}
	}
}

static bool
all_clear(const GuardedRelation *guarded)
{
	for (int i = 0; i < guarded->column_count; i++)
		if (guarded->columns[i].name != NULL && !memreg_guarded_is_clear(guarded, i + 1))
			return false;
	return true;
}

/*
 * Columns go by the registered table's labels; a child's further columns by
 * its own.  The subject column is a category of itself.
 */
static ColumnLabel *
read_labels(const GuardedRelation *guarded)
{
	ColumnLabel *labels = memreg_label_read(guarded->relid, guarded->column_count);

	if (guarded->relid != guarded->table.relation)
	{
		ColumnLabel *inherited =
			memreg_label_read(guarded->table.relation, MaxHeapAttributeNumber);

		for (int i = 0; i < guarded->column_count; i++)
		{
			AttrNumber column = guarded->columns[i].name == NULL
				? InvalidAttrNumber
				: get_attnum(guarded->table.relation, guarded->columns[i].name);

			if (column > 0)
				labels[i] = inherited[column - 1];
		}
	}
	if (guarded->subject != InvalidAttrNumber)
		labels[guarded->subject - 1] = (ColumnLabel){.category = MEMREG_CATEGORY_SUBJECT_KEY};
	return labels;
}
