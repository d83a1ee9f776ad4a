/*
 * table.c
 *		What a rule's table consists of, and the column its term runs from.
 *
 * A rule speaks of a table with its partitions and inheritance children, as
 * DELETE does.  Rows are stored in the leaves, and each leaf may number its
 * columns differently.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tableam.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "retention/table.h"

static char *relation_name(Oid relation);
pg_noreturn static void reject_foreign(Oid relation);
pg_noreturn static void reject_storage(Relation leaf);

/*
 * The relations that hold a table's rows: itself, partitions, children.  They
 * stay locked against removal until the transaction ends.
 */
List *
memreg_table_leaves(Oid relation)
{
	List *relations = find_all_inheritors(relation, AccessShareLock, NULL);
	List *leaves = NIL;
	ListCell *cell;

	foreach(cell, relations)
	{
		Oid member = lfirst_oid(cell);
		char kind = get_rel_relkind(member);

		if (kind == RELKIND_FOREIGN_TABLE)
			reject_foreign(member);
		if (kind == RELKIND_RELATION)
			leaves = lappend_oid(leaves, member);
	}
	list_free(relations);
	return leaves;
}

/* Does the leaf, which is locked, still belong to the table? */
bool
memreg_table_holds(Oid relation, Oid leaf)
{
	List *relations;
	bool found;

	if (relation == leaf)
		return true;
	relations = find_all_inheritors(relation, NoLock, NULL);
	found = list_member_oid(relations, leaf);
	list_free(relations);
	return found;
}

/* The column of that name in this leaf; fails where a term cannot run from it. */
TermColumn
memreg_table_column(Relation leaf, const char *since)
{
	TermColumn column = {.number = get_attnum(RelationGetRelid(leaf), since)};
	Form_pg_attribute attribute;

	if (leaf->rd_tableam->scan_set_tidrange == NULL)
		reject_storage(leaf);
	if (column.number <= 0)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_RULE_COLUMN_LOST),
				 errmsg("column %s of table %s, which a retention term runs from, does not exist",
						quote_identifier(since), relation_name(RelationGetRelid(leaf))),
				 errhint("Take the rule back with memreg.remove_retention and add one for another column.")));

	attribute = TupleDescAttr(RelationGetDescr(leaf), column.number - 1);
	column.type = getBaseType(attribute->atttypid);
	if ((column.type != TIMESTAMPTZOID && column.type != TIMESTAMPOID && column.type != DATEOID) ||
		(attribute->attgenerated != '\0' &&
		 attribute->attgenerated != ATTRIBUTE_GENERATED_STORED))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_TERM_COLUMN_TYPE),
				 errmsg("a term can no longer run from column %s of table %s: it has type %s",
						quote_identifier(since), relation_name(RelationGetRelid(leaf)),
						format_type_be(attribute->atttypid)),
				 errhint("A retention term runs from a stored column of type timestamp with time zone, timestamp or date.")));
	return column;
}

/* A row without a time is never due. */
bool
memreg_table_row_due(TupleTableSlot *row, TermColumn column, const RetentionCutoff *cutoff)
{
	bool isnull;
	Datum value = slot_getattr(row, column.number, &isnull);

	return !isnull && memreg_cutoff_passed(cutoff, column.type, value);
}

static char *
relation_name(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

static void
reject_foreign(Oid relation)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_UNSUITABLE_TABLE),
			 errmsg("retention cannot reach foreign table %s", relation_name(relation)),
			 errhint("Detach it, and keep its rows' terms on the server that stores them.")));
}

static void
reject_storage(Relation leaf)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_UNSUITABLE_TABLE),
			 errmsg("retention cannot read the access method of table %s",
					relation_name(RelationGetRelid(leaf))),
			 errhint("Store the table with the access method heap.")));
}
