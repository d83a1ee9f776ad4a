/*
 * spi.c
 *		The one way memreg's C code runs SQL on its own tables.
 *
 * Statements run as the extension's owner with a fixed search_path, whoever
 * calls, and are planned once per session.  The search_path holds while they
 * run as well: PostgreSQL analyzes a saved plan anew when it finds another one
 * set, and would take operators from wherever the caller says.  A statement is
 * a string constant of the program: its address names its plan.  Values travel
 * as arguments only, never inside the statement.
 *
 * The caller has opened an SPI connection and closes it; rows that a
 * statement returns are read with memreg_spi_value until the next one runs.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/snapmgr.h"

#include "core/extension.h"
#include "core/spi.h"

typedef struct SavedPlan
{
	const char *sql; /* hash key: the address */
	SPIPlanPtr plan;
} SavedPlan;

static HTAB *saved_plans = NULL;

static uint64 run(const char *sql, const MemregArgs *args, Snapshot snapshot);
static SPIPlanPtr saved_plan(const char *sql, const MemregArgs *args);
static SPIPlanPtr prepare_plan(const char *sql, const MemregArgs *args);

/* Append one argument. */
void
memreg_spi_arg(MemregArgs *args, Oid type, Datum value)
{
	Assert(args->count < MEMREG_SPI_MAX_ARGS);
	args->types[args->count] = type;
	args->values[args->count] = value;
	args->nulls[args->count] = ' ';
	args->count++;
}

/* Append a text argument; NULL stands for SQL's NULL. */
void
memreg_spi_arg_text(MemregArgs *args, const char *value)
{
	if (value == NULL)
		memreg_spi_arg_null(args, TEXTOID);
	else
		memreg_spi_arg(args, TEXTOID, CStringGetTextDatum(value));
}

void
memreg_spi_arg_null(MemregArgs *args, Oid type)
{
	memreg_spi_arg(args, type, (Datum) 0);
	args->nulls[args->count - 1] = 'n';
}

/*
 * Run one statement as the extension's owner and return the number of rows
 * it returned or touched.  args may be NULL.  It sees what is committed now
 * and what this transaction did itself; in a transaction that keeps its first
 * snapshot, what was committed then.
 */
uint64
memreg_spi_run(const char *sql, const MemregArgs *args)
{
	return run(sql, args, InvalidSnapshot);
}

/*
 * The same, but what is committed now under every isolation level: to remove
 * what must not stay because it was made after the transaction began.
 */
uint64
memreg_spi_run_latest(const char *sql, const MemregArgs *args)
{
	return run(sql, args, GetLatestSnapshot());
}

static uint64
run(const char *sql, const MemregArgs *args, Snapshot snapshot)
{
	static const MemregArgs none = {0};
	MemregCaller caller;
	int settings;
	int result;

	if (args == NULL)
		args = &none;
	caller = memreg_extension_become_owner();
	settings = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_SUSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	result = SPI_execute_snapshot(saved_plan(sql, args), (Datum *) args->values,
								  args->nulls, snapshot, InvalidSnapshot, false, true, 0);
	if (result < 0)
		elog(ERROR, "statement of memreg failed: %s", SPI_result_code_string(result));
	AtEOXact_GUC(true, settings);
	memreg_extension_become_caller(caller);
	return SPI_processed;
}

/* One value of the rows that the last statement returned, counted from 0 and 1. */
Datum
memreg_spi_value(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

/* A text of the result, in the present memory context; NULL: it is null. */
char *
memreg_spi_text(uint64 row, int column)
{
	bool isnull;
	Datum value = memreg_spi_value(row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static SPIPlanPtr
saved_plan(const char *sql, const MemregArgs *args)
{
	SavedPlan *entry;
	bool found;

	if (saved_plans == NULL)
	{
		HASHCTL control = {.keysize = sizeof(const char *), .entrysize = sizeof(SavedPlan)};

		saved_plans = hash_create("memreg saved plans", 32, &control, HASH_ELEM | HASH_BLOBS);
	}

	entry = hash_search(saved_plans, &sql, HASH_FIND, &found);
	if (!found)
	{
		SPIPlanPtr plan = prepare_plan(sql, args);

		entry = hash_search(saved_plans, &sql, HASH_ENTER, &found);
		entry->plan = plan;
	}
	return entry->plan;
}

static SPIPlanPtr
prepare_plan(const char *sql, const MemregArgs *args)
{
	SPIPlanPtr plan = SPI_prepare(sql, args->count, (Oid *) args->types);

	if (plan == NULL)
		elog(ERROR, "statement of memreg cannot be prepared: %s",
			 SPI_result_code_string(SPI_result));
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "plan of memreg cannot be kept");
	return plan;
}
