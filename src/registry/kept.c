/*
 * kept.c
 *		A table of memreg kept whole in memory.
 *
 * For small tables that every statement may ask.  One is read on first use and
 * again after any change of the registry; what was kept before is gone then.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/extension.h"
#include "registry/kept.h"

static void read_all(KeptTable *table);
static void read_row(ScannedRow *row, void *arg);

/* What is kept of the table's rows; valid until the registry may change: until the next look at it. */
List *
memreg_kept_rows(KeptTable *table)
{
	/* Reading may bring news of a change. */
	while (table->generation != memreg_extension_generation())
	{
		uint64 generation = memreg_extension_generation();

		table->generation = 0;
		read_all(table);
		table->generation = generation;
	}
	return table->rows;
}

static void
read_all(KeptTable *table)
{
	MemoryContext old;

	table->rows = NIL;
	if (table->memory == NULL)
		table->memory = AllocSetContextCreate(TopMemoryContext, "memreg kept table",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(table->memory);
	MemoryContextSetIdentifier(table->memory, table->name);
	old = MemoryContextSwitchTo(table->memory);
	memreg_scan_table(table->name, read_row, table);
	MemoryContextSwitchTo(old);
}

static void
read_row(ScannedRow *row, void *arg)
{
	KeptTable *table = arg;
	void *kept = table->read(row);

	if (kept != NULL)
		table->rows = lappend(table->rows, kept);
}
