/*
 * change_check.c
 *		Whether an action may change a relation's rows as it would.
 *
 * Asked when a rule is added, and again whenever it runs, as labels, treatments
 * and columns change in between.
 *
 * Anonymous is what nobody can relate to a person, memreg included: nothing may
 * stay that a key of ours computes, nor what identifies people by itself.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "core/errors.h"
#include "generalize/form.h"
#include "policy/category_declared.h"
#include "policy/treat_json_keys.h"
#include "retention/change_check.h"
#include "retention/table.h"

PG_FUNCTION_INFO_V1(memreg_require_change);

static void require_columns(const RetentionChange *change);
static void require_suitable(const RetentionChange *change);
static void require_repeatable(const RetentionChange *change);
static bool leaves_area(const Treatment *treatment);
static void require_nullable(const RetentionChange *change, TupleDesc columns);
static bool is_not_null_domain(Oid type);
static void require_anonymous(const RetentionChange *change, TupleDesc columns);
static void require_for_good(const RetentionChange *change, const GuardedColumn *column,
							 const char *key, const char *category,
							 const Treatment *treatment);
static void require_one_time_key(const RetentionChange *change, Relation relation);
static char *column_name(const RetentionChange *change, const GuardedColumn *column,
						 const char *key);

/*
 * memreg.require_change(relation regclass, action text, category text): fails
 * unless the action, of those that change rows, can be done to the table,
 * its partitions and children.
 */
Datum
memreg_require_change(PG_FUNCTION_ARGS)
{
	RetentionRule rule = {.relation = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0)};
	char *action = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	RegisteredTable table;
	ListCell *cell;

	rule.action = memreg_action_parse(action, &rule.argument);
	rule.category = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (rule.action->choose == NULL)
		PG_RETURN_VOID();
	if (!memreg_registry_table(rule.relation, &table))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_TABLE),
				 errmsg("the table belongs to no register"),
				 errhint("Add it with memreg.add_table.")));
	rule.register_name = table.register_name;
	foreach(cell, memreg_table_lock(rule.relation, AccessShareLock))
	{
		Relation relation = relation_open(lfirst_oid(cell), NoLock);

		(void) memreg_change_open(&rule, relation);
		relation_close(relation, NoLock);
	}
	PG_RETURN_VOID();
}

/* Fails unless it may be done. */
void
memreg_change_require(const RetentionChange *change, Relation relation)
{
	if (change->rule->category != NULL)
	{
		require_columns(change);
		require_suitable(change);
	}
	else
		require_anonymous(change, RelationGetDescr(relation));
	require_repeatable(change);
	require_nullable(change, RelationGetDescr(relation));
	if (change->subject == SUBJECT_REPLACED)
		require_one_time_key(change, relation);
}

static void
require_columns(const RetentionChange *change)
{
	if (change->columns == NIL)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_NOTHING_TO_TREAT),
				 errmsg("no column of table %s has category %s",
						quote_identifier(change->relation->name),
						quote_identifier(change->rule->category)),
				 errhint("Label the columns that the rule is about; the subject column and generated columns are treated by no such rule.")));
}

/* What does not suit is withheld from purposes; here that would lose more than was asked for. */
static void
require_suitable(const RetentionChange *change)
{
	ListCell *cell;

	foreach(cell, change->columns)
	{
		const GuardedColumn *column =
			memreg_guarded_column(change->relation, lfirst_int(cell));

		if (column->treatment.declared == NULL && column->treatment.keys == NIL)
			ereport(ERROR,
					(errcode(MEMREG_ERRCODE_UNSUITABLE_TREATMENT),
					 errmsg("action %s does not suit %s",
							quote_literal_cstr(change->rule->action->name),
							column_name(change, column, NULL)),
					 errdetail("It has type %s.",
							   format_type_with_typemod(column->type, column->typmod)),
					 errhint("Name a form that serves the type, as in 'generalize(year, 10, letters 1)', or withhold the category.")));
	}
}

/* An area among other texts cannot be told from a text that is still to be treated. */
static void
require_repeatable(const RetentionChange *change)
{
	ListCell *cell;

	foreach(cell, change->columns)
	{
		const GuardedColumn *column =
			memreg_guarded_column(change->relation, lfirst_int(cell));
		Oid type = getBaseType(column->type);

		if ((type == JSONBOID || OidIsValid(get_element_type(type))) &&
			leaves_area(&column->treatment))
			ereport(ERROR,
					(errcode(MEMREG_ERRCODE_UNSUITABLE_TREATMENT),
					 errmsg("the form postal_code does not suit %s here",
							column_name(change, column, NULL)),
					 errdetail("What has been generalized in an array or in jsonb could not be told from what has not."),
					 errhint("Use the form letters, or withhold the category.")));
	}
}

static bool
leaves_area(const Treatment *treatment)
{
	ListCell *cell;

	foreach(cell, treatment->keys)
		if (leaves_area(&((TreatedKey *) lfirst(cell))->treatment))
			return true;
	foreach(cell, treatment->forms)
		if (((GeneralizeForm *) lfirst(cell))->kind == FORM_POSTAL_CODE)
			return true;
	return treatment->otherwise != NULL && leaves_area(treatment->otherwise);
}

static void
require_nullable(const RetentionChange *change, TupleDesc columns)
{
	ListCell *cell;

	foreach(cell, change->columns)
	{
		AttrNumber number = lfirst_int(cell);
		Form_pg_attribute attribute = TupleDescAttr(columns, number - 1);

		if (memreg_change_withholds(change, number) &&
			(attribute->attnotnull || is_not_null_domain(attribute->atttypid)))
			ereport(ERROR,
					(errcode(MEMREG_ERRCODE_COLUMN_NOT_NULL),
					 errmsg("%s cannot become NULL",
							column_name(change, memreg_guarded_column(change->relation, number), NULL)),
					 errdetail("The column is NOT NULL, and action %s of the rule leaves nothing in it.",
							   quote_literal_cstr(change->rule->action->name)),
					 errhint("Drop the constraint, or label the column with a category that is generalized or stays; a column without a category is withheld.")));
	}
}

static bool
is_not_null_domain(Oid type)
{
	while (get_typtype(type) == TYPTYPE_DOMAIN)
	{
		HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
		FormData_pg_type domain;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "type %u does not exist", type);
		domain = *(Form_pg_type) GETSTRUCT(tuple);
		ReleaseSysCache(tuple);
		if (domain.typnotnull)
			return true;
		type = domain.typbasetype;
	}
	return false;
}

static void
require_anonymous(const RetentionChange *change, TupleDesc columns)
{
	for (int i = 0; i < change->relation->column_count; i++)
	{
		const GuardedColumn *column = &change->relation->columns[i];
		ListCell *cell;

		if (column->name == NULL || i + 1 == change->relation->subject ||
			TupleDescAttr(columns, i)->attgenerated != '\0')
			continue;
		if (column->treatment.kind != &memreg_treatment_json_keys)
		{
			require_for_good(change, column, NULL, column->category, &column->treatment);
			continue;
		}
		require_for_good(change, column, NULL, column->category, column->treatment.otherwise);
		foreach(cell, column->treatment.keys)
		{
			TreatedKey *key = lfirst(cell);

			require_for_good(change, column, key->key, key->category, &key->treatment);
		}
	}
}

static void
require_for_good(const RetentionChange *change, const GuardedColumn *column,
				 const char *key, const char *category, const Treatment *treatment)
{
	if (memreg_treatment_is_clear(treatment) &&
		memreg_category_identifies(change->rule->register_name, category))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_COLUMN_STAYS),
				 errmsg("%s would stay as it is", column_name(change, column, key)),
				 errdetail("Its category, %s, was declared to identify people, and purpose %s sees it clear.",
						   quote_identifier(category), quote_identifier(change->rule->argument)),
				 errhint("Let the purpose of the action withhold or generalize the category.")));
	if (!memreg_treatment_is_clear(treatment) && treatment->kind != &memreg_treatment_withhold &&
		treatment->kind != &memreg_treatment_generalize)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_NOT_ANONYMOUS),
				 errmsg("%s would not be anonymous", column_name(change, column, key)),
				 errdetail("Purpose %s sees it by the treatment %s, which depends on the person or can be computed anew.",
						   quote_identifier(change->rule->argument),
						   quote_literal_cstr(treatment->declared)),
				 errhint("Name a purpose in the action that sees each category of the table clear, generalized or not at all.")));
}

/* A one-time key is made for the row; it is no key of another table. */
static void
require_one_time_key(const RetentionChange *change, Relation relation)
{
	AttrNumber subject = change->relation->subject;
	const GuardedColumn *column = memreg_guarded_column(change->relation, subject);
	ListCell *cell;

	if (TupleDescAttr(RelationGetDescr(relation), subject - 1)->attidentity ==
		ATTRIBUTE_IDENTITY_ALWAYS)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_NO_ONE_TIME_KEY),
				 errmsg("%s cannot take a one-time key", column_name(change, column, NULL)),
				 errdetail("PostgreSQL generates its values always."),
				 errhint("ALTER TABLE ... ALTER COLUMN %s SET GENERATED BY DEFAULT.",
						 quote_identifier(column->name))));
	foreach(cell, RelationGetFKeyList(relation))
	{
		ForeignKeyCacheInfo *key = lfirst(cell);

		for (int i = 0; i < key->nkeys; i++)
			if (key->conkey[i] == subject)
				ereport(ERROR,
						(errcode(MEMREG_ERRCODE_NO_ONE_TIME_KEY),
						 errmsg("%s cannot take a one-time key", column_name(change, column, NULL)),
						 errdetail("It is NOT NULL, and refers to another table."),
						 errhint("Let the column be NULL; or anonymize the other table, with ON UPDATE CASCADE, and treat this one's categories by rules of their own.")));
	}
}

static char *
column_name(const RetentionChange *change, const GuardedColumn *column, const char *key)
{
	const char *place = psprintf("column %s of table %s", quote_identifier(column->name),
								 quote_identifier(change->relation->name));

	return key == NULL ? pstrdup(place)
					   : psprintf("key %s in %s", quote_identifier(key), place);
}
