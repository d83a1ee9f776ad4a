/*
 * overdue.c
 *		How long the oldest row that is due by a rule has been so.
 *
 * A look that monitoring takes every minute must not read tables.  So it asks
 * an index, from its oldest entry on, and gives up where the answer is not
 * among the first: entries of rows that are gone already, and of rows that
 * something keeps, are looked at too.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "core/spi.h"
#include "retention/due_scan.h"
#include "retention/table.h"

static const char *const no_index = "no index begins with the column; memreg.check() names it";

#define ENTRIES_LOOKED_AT 1000 /* in each leaf */

typedef struct Probe
{
	const RetentionRule *rule;
	Relation leaf;
	TermColumn column;
	TimestampTz oldest;  /* of the rows found due */
	const char *unknown; /* why that cannot be told; NULL: it can */
} Probe;

static void probe_leaves(Probe *probe);
static void probe_subjects(Probe *probe);
static void probe_column(Probe *probe);
static void probe_leaf(Probe *probe, Oid index_oid, DueCheck *check);
static void walk(Probe *probe, IndexScanDesc scan, DueCheck *check, TupleTableSlot *row);
static void keep_oldest(Probe *probe, Datum time);
static Datum overdue_of(const Probe *probe);

PG_FUNCTION_INFO_V1(memreg_probe_overdue);

/* memreg.probe_overdue(rule int): for how long, or why that cannot be told; both NULL: nothing is due. */
Datum
memreg_probe_overdue(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	RetentionRule rule;
	Probe probe = {.rule = &rule, .oldest = DT_NOEND};
	TupleDesc columns;
	Datum values[2] = {0};
	bool nulls[2];
	Datum result;

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "memreg.probe_overdue must return a row");
	SPI_connect();
	memreg_rule_require(PG_GETARG_INT32(0), &rule);
	memreg_rule_set_cutoffs(&rule, DT_NOEND);
	if (memreg_term_keeps_all(&rule.terms[0]))
		;
	else if (rule.terms[0].start == START_FIXED)
		probe.unknown = "the term runs from a moment, for all rows alike";
	else
		probe_leaves(&probe);

	MemoryContextSwitchTo(caller);
	nulls[0] = probe.unknown != NULL || probe.oldest == DT_NOEND;
	nulls[1] = probe.unknown == NULL;
	if (!nulls[0])
		values[0] = overdue_of(&probe);
	if (!nulls[1])
		values[1] = CStringGetTextDatum(probe.unknown);
	result = HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls));
	SPI_finish(); /* and the rule is gone */
	PG_RETURN_DATUM(result);
}

static void
probe_leaves(Probe *probe)
{
	ListCell *cell;

	foreach(cell, memreg_table_leaves(probe->rule->relation))
	{
		probe->leaf = table_open(lfirst_oid(cell), AccessShareLock);
		if (probe->rule->terms[0].start == START_EVENT)
			probe_subjects(probe);
		else
			probe_column(probe);
		table_close(probe->leaf, NoLock);
		if (probe->unknown != NULL)
			return;
	}
}

/* Subjects come in the order of their events, so the first row is the oldest. */
static void
probe_subjects(Probe *probe)
{
	DueScan *scan = memreg_due_scan_begin_own(probe->leaf, probe->rule);

	if (scan->order == DUE_BY_PLACE)
		probe->unknown = no_index;
	else if (memreg_due_scan_next(scan))
		probe->oldest = Min(probe->oldest, memreg_due_start(scan->check, scan->row));
	memreg_due_scan_end(scan);
}

static void
probe_column(Probe *probe)
{
	DueCheck *check = memreg_due_open(probe->leaf, probe->rule);
	Oid index;

	probe->column = memreg_table_column(probe->leaf, probe->rule->terms[0].since);
	index = memreg_table_index(probe->leaf, probe->column, memreg_due_required(check));
	if (OidIsValid(index))
		probe_leaf(probe, index, check);
	else
		probe->unknown = no_index;
	memreg_due_close(check);
}

static void
probe_leaf(Probe *probe, Oid index_oid, DueCheck *check)
{
	const RetentionCutoff *cutoff = &probe->rule->terms[0].cutoff;
	Oid type = probe->column.type;
	Relation index = index_open(index_oid, AccessShareLock);
	TupleTableSlot *row = table_slot_create(probe->leaf, NULL);
	IndexScanDesc scan;
	ScanKeyData key;

	memreg_table_index_key(index, type,
						   type == DATEOID ? BTLessStrategyNumber : BTLessEqualStrategyNumber,
						   memreg_cutoff_value(cutoff, type), &key);
	scan = memreg_index_beginscan(probe->leaf, index, GetActiveSnapshot(), 1);
	index_rescan(scan, &key, 1, NULL, 0);
	walk(probe, scan, check, row);
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(row);
	index_close(index, AccessShareLock);
}

/* Entry by entry, as the one way that counts those of rows that are gone, too. */
static void
walk(Probe *probe, IndexScanDesc scan, DueCheck *check, TupleTableSlot *row)
{
	/* An index may be read backwards by declaration; then its oldest entry comes last. */
	ScanDirection direction = (scan->indexRelation->rd_indoption[0] & INDOPTION_DESC) != 0
		? BackwardScanDirection
		: ForwardScanDirection;

	for (int entries = 0; index_getnext_tid(scan, direction) != NULL; entries++)
	{
		bool isnull;

		CHECK_FOR_INTERRUPTS();
		if (entries == ENTRIES_LOOKED_AT)
		{
			probe->unknown =
				"the oldest entries of the index are of rows that are kept, or gone and not vacuumed";
			return;
		}
		if (index_fetch_heap(scan, row) && memreg_due_row(check, row))
		{
			keep_oldest(probe, slot_getattr(row, probe->column.number, &isnull));
			return;
		}
	}
}

static void
keep_oldest(Probe *probe, Datum time)
{
	TimestampTz instant = DatumGetTimestampTz(time);
	const RetentionCutoff *cutoff = &probe->rule->terms[0].cutoff;

	/* As far before the cutoff, by whichever clock the column tells. */
	if (probe->column.type == TIMESTAMPOID && !TIMESTAMP_IS_NOBEGIN(instant))
		instant = cutoff->instant - (cutoff->local - DatumGetTimestamp(time));
	else if (probe->column.type == DATEOID)
		instant = DATE_IS_NOBEGIN(DatumGetDateADT(time)) ? DT_NOBEGIN
														 : cutoff->instant -
				(int64) (cutoff->day - DatumGetDateADT(time) - 1) * USECS_PER_DAY;
	if (TIMESTAMP_IS_NOBEGIN(instant))
		probe->unknown = "a row has the time -infinity";
	else
		probe->oldest = Min(probe->oldest, instant);
}

/* From the moment when its term was over, as an interval in days and less. */
static Datum
overdue_of(const Probe *probe)
{
	return DirectFunctionCall2(timestamp_mi,
							   TimestampGetDatum(probe->rule->terms[0].cutoff.instant),
							   TimestampGetDatum(probe->oldest));
}
