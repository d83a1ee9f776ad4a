/*
 * partition_due.c
 *		Which partitions would a rule take now, and what keeps others?
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/spi.h"
#include "retention/partition.h"
#include "retention/removal.h"

static void put_partition(ReturnSetInfo *result, const RetentionPartition *partition);

PG_FUNCTION_INFO_V1(memreg_partitions_past_term);

/*
 * memreg.partitions_past_term(rule int): partition, rows, and why it stays or
 * NULL.  Reads them.  Nothing for a rule that there is not, or that takes rows.
 */
Datum
memreg_partitions_past_term(PG_FUNCTION_ARGS)
{
	int32 id = PG_GETARG_INT32(0);
	MemoryContext memory = CurrentMemoryContext;
	RetentionRule rule;
	List *partitions = NIL;
	ListCell *cell;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (memreg_rule_read(id, &rule) && rule.action->removal == &memreg_removal_partitions)
	{
		memreg_rule_set_cutoffs(&rule, DT_NOEND);
		partitions = rule.action->removal->count(&rule, memory).places;
	}
	SPI_finish();

	MemoryContextSwitchTo(memory);
	foreach(cell, partitions)
		put_partition((ReturnSetInfo *) fcinfo->resultinfo, lfirst(cell));
	return (Datum) 0;
}

static void
put_partition(ReturnSetInfo *result, const RetentionPartition *partition)
{
	Datum values[3] = {ObjectIdGetDatum(partition->relation),
					   Int64GetDatum((int64) partition->rows)};
	bool nulls[3] = {false, partition->kept != NULL, partition->kept == NULL};

	if (partition->kept != NULL)
		values[2] = CStringGetTextDatum(partition->kept);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}
