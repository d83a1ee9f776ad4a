/*
 * partition.c
 *		Which partitions of a table are past a rule's term as a whole.
 *
 * The upper bound of a range partition says of every row that it holds or may
 * come to hold how late its time can be at most: a row without a time cannot be
 * in it.  Only what the bound proves counts.  The bound excludes its own value
 * where the key has one column.  Where it has more, rows at that value may be in
 * the partition.  MAXVALUE proves nothing, and the DEFAULT partition has no
 * bound.
 *
 * Bounds are read from the catalogs as they are stored, as constants.  The
 * partition key as the relation cache has it is not asked: building it
 * evaluates the owner's expressions.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_partitioned_table.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "core/errors.h"
#include "registry/inheritance.h"
#include "retention/partition.h"
#include "retention/table.h"

/* How late the times in a partition can be. */
typedef struct UpperBound
{
	Oid type;
	Datum value;
	bool included; /* rows may have this very time */
} UpperBound;

static bool is_led_by(Oid relation, const char *since, int *columns);
static bool leads(Form_pg_partitioned_table form, HeapTuple tuple, Oid relation,
				  const char *since);
static const char *leading_column(const RetentionRule *rule, Oid parent, int *columns);
static void collect(const RetentionRule *rule, Oid parent, List **partitions);
static bool is_past(const RetentionRule *rule, Oid parent, Oid child, UpperBound *bound);
static bool read_bound(Oid parent, const char *since, int columns, Oid child,
					   UpperBound *bound);
static PartitionBoundSpec *stored_bound(Oid child);
static bool passes(const RetentionRule *rule, const char *since, const UpperBound *bound);
static bool has_passed(const RetentionCutoff *cutoff, const UpperBound *bound);
static RetentionPartition *new_partition(Oid parent, Oid child, const UpperBound *bound);
static int64 order_of(const UpperBound *bound);
static int compare_partitions(const ListCell *left, const ListCell *right);

/* Fail unless the table's partitions go by that column. */
void
memreg_partition_require(Oid relation, const char *since)
{
	int columns;

	if (since != NULL && is_led_by(relation, since, &columns))
		return;
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_NOT_PARTITIONED_BY),
			 since == NULL
				 ? errmsg("partitions of table %s cannot go by a term that runs from no column",
						  memreg_table_name(relation))
				 : errmsg("table %s is not partitioned by range of column %s",
						  memreg_table_name(relation), quote_identifier(since)),
			 errdetail("Whole partitions go by their bounds, so the key begins with the column that the term runs from, in its usual order."),
			 errhint("Name the column that the partition key begins with, or let the rows go one by one: action => 'delete'.")));
}

static bool
is_led_by(Oid relation, const char *since, int *columns)
{
	HeapTuple tuple = SearchSysCache1(PARTRELID, ObjectIdGetDatum(relation));
	bool found;

	if (!HeapTupleIsValid(tuple))
		return false;
	*columns = ((Form_pg_partitioned_table) GETSTRUCT(tuple))->partnatts;
	found = leads((Form_pg_partitioned_table) GETSTRUCT(tuple), tuple, relation, since);
	ReleaseSysCache(tuple);
	return found;
}

/* In another order of times than the usual one a bound proves something else. */
static bool
leads(Form_pg_partitioned_table form, HeapTuple tuple, Oid relation, const char *since)
{
	AttrNumber column = get_attnum(relation, since);
	bool isnull;
	oidvector *classes = (oidvector *) DatumGetPointer(
		SysCacheGetAttr(PARTRELID, tuple, Anum_pg_partitioned_table_partclass, &isnull));

	return form->partstrat == PARTITION_STRATEGY_RANGE && column > 0 &&
		form->partattrs.values[0] == column &&
		get_opclass_family(classes->values[0]) ==
		get_opclass_family(
			GetDefaultOpClass(getBaseType(get_atttype(relation, column)), BTREE_AM_OID));
}

/*
 * The partitions of the rule's table that are past its term, the oldest first;
 * a partition that is not is looked into.  They are not locked.
 */
List *
memreg_partitions_past(const RetentionRule *rule, MemoryContext memory)
{
	MemoryContext old = MemoryContextSwitchTo(memory);
	List *partitions = NIL;

	memreg_partition_require(rule->relation, rule->terms[0].since);
	collect(rule, rule->relation, &partitions);
	list_sort(partitions, compare_partitions);
	MemoryContextSwitchTo(old);
	return partitions;
}

static void
collect(const RetentionRule *rule, Oid parent, List **partitions)
{
	ListCell *cell;

	foreach(cell, find_inheritance_children(parent, NoLock))
	{
		Oid child = lfirst_oid(cell);
		UpperBound bound;

		if (is_past(rule, parent, child, &bound))
			*partitions = lappend(*partitions, new_partition(parent, child, &bound));
		else if (get_rel_relkind(child) == RELKIND_PARTITIONED_TABLE)
			collect(rule, child, partitions);
	}
}

/* Is it still a partition of its parent, and past the term? */
bool
memreg_partition_is_past(const RetentionRule *rule, const RetentionPartition *partition)
{
	UpperBound bound;

	return list_member_oid(memreg_inheritance_parents(partition->relation), partition->parent) &&
		is_past(rule, partition->parent, partition->relation, &bound);
}

static bool
is_past(const RetentionRule *rule, Oid parent, Oid child, UpperBound *bound)
{
	int columns;
	const char *since = leading_column(rule, parent, &columns);

	return since != NULL && read_bound(parent, since, columns, child, bound) &&
		passes(rule, since, bound);
}

/* Its own term's, as the rule's table has it; NULL: this parent's partitions go by something else. */
static const char *
leading_column(const RetentionRule *rule, Oid parent, int *columns)
{
	const char *since = rule->terms[0].since;

	return since != NULL && is_led_by(parent, since, columns) ? since : NULL;
}

/* False: there is no bound above. */
static bool
read_bound(Oid parent, const char *since, int columns, Oid child, UpperBound *bound)
{
	PartitionBoundSpec *spec = stored_bound(child);
	PartitionRangeDatum *first;
	Const *value;

	if (spec == NULL || spec->is_default || spec->strategy != PARTITION_STRATEGY_RANGE)
		return false;
	first = linitial(spec->upperdatums);
	if (first->kind != PARTITION_RANGE_DATUM_VALUE)
		return false;
	value = castNode(Const, first->value);
	if (value->constisnull)
		return false;
	bound->type = getBaseType(get_atttype(parent, get_attnum(parent, since)));
	bound->value = value->constvalue;
	bound->included = columns > 1;
	return true;
}

/* NULL: it is no partition any more. */
static PartitionBoundSpec *
stored_bound(Oid child)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(child));
	PartitionBoundSpec *spec = NULL;
	bool isnull;
	Datum stored;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	stored = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relpartbound, &isnull);
	if (!isnull)
		spec = castNode(PartitionBoundSpec, stringToNode(TextDatumGetCString(stored)));
	ReleaseSysCache(tuple);
	return spec;
}

/* By all terms that run from the column; what others keep shows in the rows. */
static bool
passes(const RetentionRule *rule, const char *since, const UpperBound *bound)
{
	for (int i = 0; i < rule->term_count; i++)
		if (rule->terms[i].since != NULL && strcmp(rule->terms[i].since, since) == 0 &&
			!has_passed(&rule->terms[i].cutoff, bound))
			return false;
	return true;
}

/* Has every time that can be in the partition passed? */
static bool
has_passed(const RetentionCutoff *cutoff, const UpperBound *bound)
{
	if (memreg_cutoff_passed(cutoff, bound->type, bound->value))
		return true;
	if (bound->included)
		return false;
	if (bound->type == DATEOID)
		return !DATE_NOT_FINITE(DatumGetDateADT(bound->value)) &&
			memreg_cutoff_passed(cutoff, DATEOID,
								 DateADTGetDatum(DatumGetDateADT(bound->value) - 1));
	return !TIMESTAMP_NOT_FINITE(DatumGetTimestamp(bound->value)) &&
		memreg_cutoff_passed(cutoff, bound->type,
							 TimestampGetDatum(DatumGetTimestamp(bound->value) - 1));
}

/* Do bounds alone decide, as all terms run from the one column? */
bool
memreg_partition_bound_decides(const RetentionRule *rule)
{
	for (int i = 1; i < rule->term_count; i++)
		if (rule->terms[i].since == NULL ||
			strcmp(rule->terms[i].since, rule->terms[0].since) != 0)
			return false;
	return true;
}

static RetentionPartition *
new_partition(Oid parent, Oid child, const UpperBound *bound)
{
	RetentionPartition *partition = palloc0(sizeof(RetentionPartition));

	partition->relation = child;
	partition->parent = parent;
	partition->name = memreg_table_name(child);
	partition->upper = order_of(bound);
	return partition;
}

static int64
order_of(const UpperBound *bound)
{
	return bound->type == DATEOID ? DatumGetDateADT(bound->value)
								  : DatumGetTimestamp(bound->value);
}

static int
compare_partitions(const ListCell *left, const ListCell *right)
{
	int64 a = ((RetentionPartition *) lfirst(left))->upper;
	int64 b = ((RetentionPartition *) lfirst(right))->upper;

	return (a > b) - (a < b);
}
