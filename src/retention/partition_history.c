/*
 * partition_history.c
 *		What runs did to partitions: memreg.run_partition, memreg.detached_partition.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "core/spi.h"
#include "retention/partition_history.h"

static void add(int64 run, const RetentionPartition *partition, const char *outcome,
				uint64 rows, const char *why);

/* It has not gone.  why may be NULL. */
void
memreg_partition_history_add(int64 run, const RetentionPartition *partition,
							 const char *outcome, const char *why)
{
	add(run, partition, outcome, partition->rows, why);
}

static void
add(int64 run, const RetentionPartition *partition, const char *outcome, uint64 rows,
	const char *why)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	memreg_spi_arg_text(&args, partition->name);
	memreg_spi_arg_text(&args, outcome);
	memreg_spi_arg(&args, INT8OID, Int64GetDatum((int64) rows));
	memreg_spi_arg_text(&args, why);
	memreg_spi_run("INSERT INTO memreg.run_partition AS p (run_id, partition, outcome, rows, why)"
				   " VALUES ($1, $2, $3, $4, $5)"
				   " ON CONFLICT (run_id, partition) DO UPDATE SET outcome = excluded.outcome,"
				   "  rows = excluded.rows, why = excluded.why",
				   &args);
}

/* It has gone in this transaction; if it is still there, it was detached. */
void
memreg_partition_history_gone(const RetentionRule *rule, int64 run,
							  const RetentionPartition *partition, uint64 rows)
{
	bool detached = get_rel_relkind(partition->relation) != '\0';

	add(run, partition, detached ? "detached" : "dropped", rows, NULL);
	if (detached)
		memreg_partition_history_detach(rule, run, partition, rows, false);
}

/* It stays in the database: begun says whether it is about to be detached, else it is. */
void
memreg_partition_history_detach(const RetentionRule *rule, int64 run,
								const RetentionPartition *partition, uint64 rows, bool begun)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(partition->relation));
	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(partition->parent));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule->id));
	memreg_spi_arg(&args, INT8OID, Int64GetDatum(run));
	memreg_spi_arg(&args, INT8OID, Int64GetDatum((int64) rows));
	memreg_spi_arg(&args, BOOLOID, BoolGetDatum(begun));
	memreg_spi_run("INSERT INTO memreg.detached_partition AS d"
				   " (partition, parent, rule_id, run_id, rows, detached_at)"
				   " VALUES ($1, $2, $3, $4, $5, CASE WHEN NOT $6 THEN clock_timestamp() END)"
				   " ON CONFLICT (partition) DO UPDATE SET parent = excluded.parent,"
				   "  rule_id = excluded.rule_id, run_id = excluded.run_id, rows = excluded.rows,"
				   "  detached_at = excluded.detached_at",
				   &args);
}
