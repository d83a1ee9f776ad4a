/*
 * record.c
 *		The lasting record of what a run has removed: memreg.retention_record.
 *
 * While a run is at work, its tally says what it has removed (tally.c).  Where
 * it ends, in whatever way, the tally becomes a record; whose process was killed
 * leaves it to the next round of any process.  Invariant: of each run that has
 * removed rows there is a tally or a record, and never both.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "storage/lmgr.h"
#include "storage/lock.h"

#include "core/compat.h"
#include "core/extension.h"
#include "core/spi.h"
#include "retention/history.h"
#include "retention/record.h"
#include "retention/record_seal.h"
#include "retention/rule.h"

static void seal_and_add(int64 run);
static void lock_chain(int32 register_id);
static int32 register_of(int64 run);
static void add_record(int64 run, const RecordSeal *seal);
static Datum bytes_of(const unsigned char *bytes);
static void write_if_left(int32 rule, int64 run);

/* A run has ended, and the history says how: write its record, if it has removed rows. */
void
memreg_record_write(int64 run)
{
	MemregArgs args = {0};

	seal_and_add(run);
	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	memreg_spi_run("DELETE FROM memreg.run_tally WHERE run_id = $1", &args);
}

/* One record of a register after the other: each is linked to the one before. */
static void
seal_and_add(int64 run)
{
	MemregArgs args = {0};
	int32 register_id = register_of(run);
	RecordSeal seal;

	if (register_id == 0)
		return;
	lock_chain(register_id);
	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	if (memreg_spi_run("SELECT * FROM memreg.coming_record WHERE run = $1 AND rows > 0",
					   &args) == 0)
		return;
	{
		HeapTuple record = SPI_copytuple(SPI_tuptable->vals[0]);
		TupleDesc form = CreateTupleDescCopy(SPI_tuptable->tupdesc);

		memreg_record_seal(record, form, register_id, &seal);
	}
	add_record(run, &seal);
}

/* 0: the run has no tally. */
static int32
register_of(int64 run)
{
	MemregArgs args = {0};
	bool isnull;

	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	if (memreg_spi_run("SELECT register_id FROM memreg.run_tally WHERE run_id = $1", &args) == 0)
		return 0;
	return DatumGetInt32(memreg_spi_value(0, 1, &isnull));
}

/* Until this transaction ends, which is a moment. */
static void
lock_chain(int32 register_id)
{
	LOCKTAG lock;

	SET_LOCKTAG_OBJECT(lock, MyDatabaseId, memreg_extension_relation("retention_record"),
					   register_id, 0);
	(void) LockAcquire(&lock, ExclusiveLock, false, false);
}

static void
add_record(int64 run, const RecordSeal *seal)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	memreg_spi_arg(&args, BYTEAOID, bytes_of(seal->chain));
	if (seal->sealed)
		memreg_spi_arg(&args, BYTEAOID, bytes_of(seal->digest));
	else
		memreg_spi_arg_null(&args, BYTEAOID);
	memreg_spi_run("INSERT INTO memreg.retention_record"
				   " SELECT c.*, $2, $3 FROM memreg.coming_record c WHERE c.run = $1",
				   &args);
}

static Datum
bytes_of(const unsigned char *bytes)
{
	bytea *value = palloc(VARHDRSZ + RECORD_SEAL_BYTES);

	SET_VARSIZE(value, VARHDRSZ + RECORD_SEAL_BYTES);
	memcpy(VARDATA(value), bytes, RECORD_SEAL_BYTES);
	return PointerGetDatum(value);
}

/* Step: write the records of runs whose process is gone. */
void
memreg_record_write_left(void *unused)
{
	MemoryContext memory = CurrentMemoryContext;
	uint64 count =
		memreg_spi_run("SELECT rule_id, run_id FROM memreg.run_tally ORDER BY run_id", NULL);
	int32 *rules = MemoryContextAlloc(memory, sizeof(int32) * (count + 1));
	int64 *runs = MemoryContextAlloc(memory, sizeof(int64) * (count + 1));
	bool isnull;

	for (uint64 i = 0; i < count; i++)
	{
		rules[i] = DatumGetInt32(memreg_spi_value(i, 1, &isnull));
		runs[i] = DatumGetInt64(memreg_spi_value(i, 2, &isnull));
	}
	for (uint64 i = 0; i < count; i++)
		write_if_left(rules[i], runs[i]);
}

static void
write_if_left(int32 rule, int64 run)
{
	if (!memreg_rule_lock_here(rule))
		return; /* it is at work */
	memreg_history_interrupt(rule);
	memreg_record_write(run);
}
