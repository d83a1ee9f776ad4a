/*
 * table.c
 *		What a rule's table consists of, and the column its term runs from.
 *
 * A rule speaks of a table with its partitions and inheritance children, as
 * DELETE does.  Rows are stored in the leaves, and each leaf may number its
 * columns differently.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/primnodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "retention/table.h"

static bool serves(Relation index, TermColumn column, AttrNumber required);
static bool holds_all(Relation index, AttrNumber required);
pg_noreturn static void reject_foreign(Oid relation);
pg_noreturn static void reject_storage(Relation leaf);

/*
 * A table with its partitions and children, from above to below, all locked
 * until the transaction ends.  find_all_inheritors itself locks the table's
 * descendants alone.
 */
List *
memreg_table_lock(Oid relation, LOCKMODE mode)
{
	LockRelationOid(relation, mode);
	return find_all_inheritors(relation, mode, NULL);
}

/*
 * The relations that hold a table's rows: itself, partitions, children.  They
 * stay locked against removal until the transaction ends.
 */
List *
memreg_table_leaves(Oid relation)
{
	List *relations = memreg_table_lock(relation, AccessShareLock);
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
						quote_identifier(since), memreg_table_name(RelationGetRelid(leaf))),
				 errhint("Take the rule back with memreg.remove_retention and add one for another column.")));

	attribute = TupleDescAttr(RelationGetDescr(leaf), column.number - 1);
	column.type = getBaseType(attribute->atttypid);
	if ((column.type != TIMESTAMPTZOID && column.type != TIMESTAMPOID && column.type != DATEOID) ||
		(attribute->attgenerated != '\0' &&
		 attribute->attgenerated != ATTRIBUTE_GENERATED_STORED))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_TERM_COLUMN_TYPE),
				 errmsg("a term can no longer run from column %s of table %s: it has type %s",
						quote_identifier(since), memreg_table_name(RelationGetRelid(leaf)),
						format_type_be(attribute->atttypid)),
				 errhint("A retention term runs from a stored column of type timestamp with time zone, timestamp or date.")));
	return column;
}

/*
 * A B-tree that begins with the column and holds every row, or every one where
 * the column required (0: there is none) is not NULL; InvalidOid: there is none.
 */
Oid
memreg_table_index(Relation leaf, TermColumn column, AttrNumber required)
{
	Oid found = InvalidOid;
	ListCell *cell;

	foreach(cell, RelationGetIndexList(leaf))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		if (serves(index, column, required))
			found = RelationGetRelid(index);
		index_close(index, AccessShareLock);
		if (OidIsValid(found))
			break;
	}
	return found;
}

/* In a B-tree of another order of times than the usual one nothing is looked for. */
static bool
serves(Relation index, TermColumn column, AttrNumber required)
{
	return index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indisvalid &&
		(!index->rd_index->indcheckxmin ||
		 TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
							   TransactionXmin)) &&
		holds_all(index, required) && index->rd_index->indkey.values[0] == column.number &&
		index->rd_opfamily[0] ==
		get_opclass_family(GetDefaultOpClass(column.type, BTREE_AM_OID));
}

/* Of conditions of partial indexes, "column IS NOT NULL" is the one that helps. */
static bool
holds_all(Relation index, AttrNumber required)
{
	List *predicate = RelationGetIndexPredicate(index);
	NullTest *test = predicate == NIL ? NULL : linitial(predicate);

	if (test == NULL)
		return true;
	return required != InvalidAttrNumber && list_length(predicate) == 1 &&
		IsA(test, NullTest) && test->nulltesttype == IS_NOT_NULL && !test->argisrow &&
		IsA(test->arg, Var) && ((Var *) test->arg)->varattno == required;
}

/* The condition that the index's first column stands so to a value of the column's type. */
void
memreg_table_index_key(Relation index, Oid type, StrategyNumber strategy, Datum value,
					   ScanKey key)
{
	Oid operator= get_opfamily_member(index->rd_opfamily[0], type, type, strategy);

	ScanKeyEntryInitialize(key, 0, 1, strategy, type, index->rd_indcollation[0],
						   get_opcode(operator), value);
}

/* With schema, quoted; of a relation that is gone a question mark. */
char *
memreg_table_name(Oid relation)
{
	char *name = get_rel_name(relation);

	return name == NULL
		? pstrdup("?")
		: quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

static void
reject_foreign(Oid relation)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_UNSUITABLE_TABLE),
			 errmsg("retention cannot reach foreign table %s", memreg_table_name(relation)),
			 errhint("Detach it, and keep its rows' terms on the server that stores them.")));
}

static void
reject_storage(Relation leaf)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_UNSUITABLE_TABLE),
			 errmsg("retention cannot read the access method of table %s",
					memreg_table_name(RelationGetRelid(leaf))),
			 errhint("Store the table with the access method heap.")));
}
