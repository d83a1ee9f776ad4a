/*
 * tally.c
 *		What a run has removed until now, for its record: memreg.run_tally.
 *
 * Each batch adds its rows and stores the outcome in its own transaction.  So
 * whatever happens to the process, what is stored is what is gone, and whoever
 * finds the run left behind can write its record (record.c).
 *
 * What stands there is what the record may say: a digest under a nonce of its
 * own (crypto/multiset.c), never the sum.  The sum is in the memory of this
 * process, and goes with it: nobody else adds to it.
 */
#include "postgres.h"

#include <sodium.h>

#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/pg_lsn.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "core/compat.h"
#include "core/spi.h"
#include "retention/proof_key.h"
#include "retention/row_element.h"
#include "retention/tally.h"

static MultisetKeys *make_keys(const RetentionRule *rule, MemoryContext memory);
static void wipe_keys(void *keys);
static void add_times(MemregArgs *args, const RetentionTally *tally,
					  const RetentionRule *rule);
static TimestampTz instant_of(Oid type, int64 time);
static void add_digest(MemregArgs *args, const RetentionTally *tally);
static void add_bytes(MemregArgs *args, const unsigned char *bytes, size_t length);
static void add_transactions(MemregArgs *args);

/* A run begins, in this transaction.  The keys are in memory, and wiped with it. */
void
memreg_tally_begin(RetentionTally *tally, const RetentionRule *rule, int64 run,
				   MemoryContext memory)
{
	MemregArgs args = {0};

	memset(tally, 0, sizeof(RetentionTally));
	tally->keys = make_keys(rule, memory);
	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule->id));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule->register_id));
	memreg_spi_arg_text(&args, rule->relation_name);
	memreg_spi_arg(&args, INT8OID, Int64GetDatum((int64) GetSystemIdentifier()));
	memreg_spi_run("INSERT INTO memreg.run_tally (run_id, rule_id, register_id, relation, wording, cluster)"
				   " VALUES ($1, $2, $3, $4, memreg.rule_wording($2), $5)",
				   &args);
}

static MultisetKeys *
make_keys(const RetentionRule *rule, MemoryContext memory)
{
	unsigned char key[MEMREG_PRF_KEY_BYTES];
	MemoryContextCallback *at_end;
	MultisetKeys *keys;

	/*
	 * Rows of whole partitions are not looked at one by one.  And whose anonymous
	 * rows were must not be found out by trying, so of them there is no digest.
	 */
	if (rule->action->take != NULL || strcmp(rule->action->stage, STAGE_ANONYMIZATION) == 0 ||
		!memreg_proof_key(rule->register_id, SCOPE_SUBKEY_ROWS, key))
		return NULL;
	keys = MemoryContextAllocZero(memory, sizeof(MultisetKeys));
	at_end = MemoryContextAllocZero(memory, sizeof(MemoryContextCallback));
	at_end->func = wipe_keys;
	at_end->arg = keys;
	MemoryContextRegisterResetCallback(memory, at_end);
	memreg_multiset_keys(keys, rule->relation_name, key);
	sodium_memzero(key, sizeof(key));
	return keys;
}

static void
wipe_keys(void *keys)
{
	sodium_memzero(keys, sizeof(MultisetKeys));
}

/* A batch begins, of rows of this leaf. */
void
memreg_tally_open(RetentionTally *tally, const RetentionRule *rule, Relation leaf)
{
	const char *since = rule->terms[0].since;

	tally->subject = get_attnum(RelationGetRelid(leaf), rule->subject);
	tally->subject_type = rule->subject_type;
	tally->time = since == NULL ? (TermColumn){0} : memreg_table_column(leaf, since);
	tally->any_time = false;
}

/* A row that this batch removes. */
void
memreg_tally_row(RetentionTally *tally, TupleTableSlot *row)
{
	ElementValue subject = {.type = tally->subject_type};
	ElementValue time = {.type = tally->time.type, .isnull = true};

	if (tally->time.number > 0)
		time.value = slot_getattr(row, tally->time.number, &time.isnull);
	if (!time.isnull)
	{
		int64 number = memreg_row_element_number(&time);

		tally->first = tally->any_time ? Min(tally->first, number) : number;
		tally->last = tally->any_time ? Max(tally->last, number) : number;
		tally->any_time = true;
	}
	if (tally->keys == NULL)
		return;
	subject.value = slot_getattr(row, tally->subject, &subject.isnull);
	memreg_row_element_add(&tally->sum, tally->keys, &subject, &time);
}

/* The batch has removed its rows, which makes so many of the run: say so, in its transaction. */
void
memreg_tally_keep(const RetentionTally *tally, const RetentionRule *rule, int64 run, uint64 rows)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	memreg_spi_arg(&args, INT8OID, Int64GetDatum((int64) rows));
	add_times(&args, tally, rule);
	add_digest(&args, tally);
	add_transactions(&args);
	memreg_spi_run("UPDATE memreg.run_tally SET rows = $2, first_at = least(first_at, $3),"
				   " last_at = greatest(last_at, $4), rows_digest = $5, nonce = $6,"
				   " first_xid = coalesce(first_xid, $7), last_xid = $8, last_lsn = $9"
				   " WHERE run_id = $1",
				   &args);
}

/* Days and times without a zone are told as the rule counts them. */
static void
add_times(MemregArgs *args, const RetentionTally *tally, const RetentionRule *rule)
{
	int nest;

	if (!tally->any_time)
	{
		memreg_spi_arg_null(args, TIMESTAMPTZOID);
		memreg_spi_arg_null(args, TIMESTAMPTZOID);
		return;
	}
	nest = NewGUCNestLevel();
	(void) set_config_option("TimeZone", rule->terms[0].time_zone, PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	memreg_spi_arg(args, TIMESTAMPTZOID,
				   TimestampTzGetDatum(instant_of(tally->time.type, tally->first)));
	memreg_spi_arg(args, TIMESTAMPTZOID,
				   TimestampTzGetDatum(instant_of(tally->time.type, tally->last)));
	AtEOXact_GUC(true, nest);
}

/* A day at the calendar's end becomes infinity, where an error would keep rows. */
static TimestampTz
instant_of(Oid type, int64 time)
{
	int overflow;

	if (type == DATEOID)
		return date2timestamptz_opt_overflow((DateADT) time, &overflow);
	if (type == TIMESTAMPOID)
		return timestamp2timestamptz_opt_overflow((Timestamp) time, &overflow);
	return (TimestampTz) time;
}

static void
add_digest(MemregArgs *args, const RetentionTally *tally)
{
	unsigned char nonce[MEMREG_MULTISET_NONCE_BYTES];
	unsigned char digest[MEMREG_MULTISET_BYTES];

	if (tally->keys == NULL)
	{
		memreg_spi_arg_null(args, BYTEAOID);
		memreg_spi_arg_null(args, BYTEAOID);
		return;
	}
	randombytes_buf(nonce, sizeof(nonce));
	memreg_multiset_digest(digest, &tally->sum, nonce, tally->keys);
	add_bytes(args, digest, sizeof(digest));
	add_bytes(args, nonce, sizeof(nonce));
}

static void
add_bytes(MemregArgs *args, const unsigned char *bytes, size_t length)
{
	bytea *value = palloc(VARHDRSZ + length);

	SET_VARSIZE(value, VARHDRSZ + length);
	memcpy(VARDATA(value), bytes, length);
	memreg_spi_arg(args, BYTEAOID, PointerGetDatum(value));
}

/*
 * Which transactions have removed the rows.  Rows bear the number of a
 * subtransaction, perhaps of one that a trigger began: all numbers that were
 * given out until now cover it.  And the end of WAL, behind which they are gone.
 */
static void
add_transactions(MemregArgs *args)
{
	FullTransactionId last = ReadNextFullTransactionId();

	FullTransactionIdRetreat(&last);
	memreg_spi_arg(args, XID8OID, FullTransactionIdGetDatum(GetTopFullTransactionId()));
	memreg_spi_arg(args, XID8OID, FullTransactionIdGetDatum(last));
	memreg_spi_arg(args, PG_LSNOID, LSNGetDatum(GetXLogInsertRecPtr()));
}
