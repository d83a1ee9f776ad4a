/*
 * subject_tables.c
 *		The rows of a subject in all tables of its register.
 *
 * A subject is erased as a whole, and so not before the longest ground of all
 * has passed: each row must be past the terms of the rules that its own table
 * has.  A table without rules has no ground of its own, and its rows go with
 * the subject.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"

#include "core/spi.h"
#include "registry/catalog.h"
#include "retention/subject_tables.h"
#include "retention/table.h"

static void open_table(SubjectTables *tables, const RetentionRule *rule, Oid relation);
static bool read_grounds(const RetentionRule *rule, Oid relation, RetentionRule *grounds);
static SubjectLeaf *open_leaf(Oid relation, const char *subject, Oid type,
							  const RetentionRule *grounds);
static bool is_due(SubjectLeaf *leaf, Datum subject);
static void close_leaf(SubjectLeaf *leaf);

/*
 * The tables that the rule names, by the active snapshot and at the moment that
 * the rule's cutoffs are of; in the present memory context.
 */
SubjectTables *
memreg_subject_tables_open(const RetentionRule *rule)
{
	SubjectTables *tables = palloc0(sizeof(SubjectTables));
	ListCell *cell;

	foreach(cell, rule->tables)
		open_table(tables, rule, lfirst_oid(cell));
	return tables;
}

static void
open_table(SubjectTables *tables, const RetentionRule *rule, Oid relation)
{
	RetentionRule *grounds = palloc0(sizeof(RetentionRule));
	bool has_grounds = read_grounds(rule, relation, grounds);
	RegisteredTable table;
	ListCell *cell;

	/* Taken out of the register meanwhile: not the subject's any more. */
	if (!memreg_registry_table(relation, &table))
		return;
	foreach(cell, memreg_table_leaves(relation))
		tables->leaves = lappend(tables->leaves,
								 open_leaf(lfirst_oid(cell), table.subject, rule->subject_type,
										   has_grounds ? grounds : NULL));
}

static bool
read_grounds(const RetentionRule *rule, Oid relation, RetentionRule *grounds)
{
	MemoryContext memory = CurrentMemoryContext;
	MemregArgs args = {0};
	bool found;
	bool isnull;
	Datum id;

	SPI_connect();
	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(relation));
	memreg_spi_run("SELECT min(rule_id) FROM memreg.retention_rule"
				   " WHERE relation = $1 AND stage = '" STAGE_REMOVAL "'",
				   &args);
	id = memreg_spi_value(0, 1, &isnull);
	MemoryContextSwitchTo(memory);
	found = !isnull && memreg_rule_read(DatumGetInt32(id), grounds);
	if (found)
		memreg_rule_set_cutoffs_as(grounds, rule);
	SPI_finish();
	return found;
}

static SubjectLeaf *
open_leaf(Oid relation, const char *subject, Oid type, const RetentionRule *grounds)
{
	SubjectLeaf *leaf = palloc0(sizeof(SubjectLeaf));

	leaf->relation = table_open(relation, AccessShareLock);
	leaf->row = table_slot_create(leaf->relation, NULL);
	leaf->rows = memreg_subject_rows_open(leaf->relation, subject, type);
	if (grounds != NULL)
		leaf->grounds = memreg_due_open_alone(leaf->relation, grounds);
	return leaf;
}

/* Are all rows of the subject, in all tables, past their terms? */
bool
memreg_subject_tables_due(SubjectTables *tables, Datum subject)
{
	ListCell *cell;

	foreach(cell, tables->leaves)
		if (!is_due(lfirst(cell), subject))
			return false;
	return true;
}

static bool
is_due(SubjectLeaf *leaf, Datum subject)
{
	if (leaf->grounds == NULL)
		return true;
	memreg_subject_rows_turn(leaf->rows, subject);
	while (memreg_subject_rows_next(leaf->rows, leaf->row))
		if (!memreg_due_row(leaf->grounds, leaf->row))
			return false;
	return true;
}

/* The leaves stay locked. */
void
memreg_subject_tables_close(SubjectTables *tables)
{
	ListCell *cell;

	foreach(cell, tables->leaves)
		close_leaf(lfirst(cell));
}

static void
close_leaf(SubjectLeaf *leaf)
{
	memreg_subject_rows_close(leaf->rows);
	ExecDropSingleTupleTableSlot(leaf->row);
	table_close(leaf->relation, NoLock);
}
