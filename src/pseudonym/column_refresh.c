/*
 * column_refresh.c
 *		CALL memreg.refresh_pseudonyms(): old rows get the present pseudonyms.
 *
 *	1. From now on the trigger writes the versions in use.  The table is locked
 *	   against writing for that moment, which waits for those who still write
 *	   the ones before.
 *	2. The rows of the table, or of each partition, are gone through in physical
 *	   order, some blocks a transaction.  A row with a column that is not the
 *	   pseudonym of its source is written anew, by the trigger.
 *	3. The columns are marked as filled.
 *
 * Rows that others write meanwhile are right already, wherever they are put.
 * A call that was broken off is made again, and finds less to do.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/timestamp.h"

#include "core/errors.h"
#include "core/extension.h"
#include "core/spi.h"
#include "pseudonym/column_row.h"

PG_FUNCTION_INFO_V1(memreg_refresh_pseudonyms);

#define BLOCKS_PER_BATCH 256
#define NOTICE_INTERVAL_MS 5000

/* One relation that has rows, and how far we are. */
typedef struct Refresh
{
	List *columns; /* PseudonymColumn */
	Oid relation;
	BlockNumber blocks;
	BlockNumber next;
	uint64 written;
	TimestampTz told;
} Refresh;

static void require_own_transactions(FunctionCallInfo fcinfo);
static void require_all_rows(Oid relation);
static void refresh_table(Oid table, List *columns);
static void turn_to_version_in_use(PseudonymColumn *column);
static uint64 refresh_relation(List *columns, Oid relation);
static BlockNumber count_blocks(Oid oid);
static uint64 refresh_batch(const Refresh *refresh);
static char *batch_statement(const Refresh *refresh);
static char *is_kept(const PseudonymColumn *column);
static const char *function_for(const PseudonymColumn *column);
static Oid column_type(Oid relation, const char *name);
static char *name_of(Oid relation);
static void tell_progress(Refresh *refresh);
static void mark_filled(const PseudonymColumn *column);
static MemregArgs column_args(const PseudonymColumn *column);
static List *relations_with_rows(Oid table);

/* memreg.refresh_pseudonyms(relation regclass): a procedure, which commits as it goes. */
Datum
memreg_refresh_pseudonyms(PG_FUNCTION_ARGS)
{
	List *columns;

	require_own_transactions(fcinfo);
	memreg_extension_require();
	columns = PG_ARGISNULL(0) ? NIL : memreg_column_rows(PG_GETARG_OID(0));
	if (columns == NIL)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_PSEUDONYM_COLUMN),
				 errmsg("the table has no pseudonym column"),
				 errhint("Declare one with memreg.add_pseudonym_column; the table memreg.pseudonym_column lists them.")));
	require_all_rows(PG_GETARG_OID(0));

	SPI_connect_ext(SPI_OPT_NONATOMIC);
	refresh_table(PG_GETARG_OID(0), columns);
	SPI_finish();
	PG_RETURN_VOID();
}

static void
require_own_transactions(FunctionCallInfo fcinfo)
{
	CallContext *call = (CallContext *) fcinfo->context;

	PreventCommandDuringRecovery("CALL memreg.refresh_pseudonyms");
	PreventCommandIfReadOnly("CALL memreg.refresh_pseudonyms");
	if (call == NULL || !IsA(call, CallContext) || call->atomic || IsSubTransaction())
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_REFRESH_IN_TRANSACTION),
				 errmsg("memreg.refresh_pseudonyms cannot run inside a transaction block"),
				 errdetail("It commits after every batch of rows."),
				 errhint("Call it as a statement of its own.")));
}

/* Who sees some of the rows would leave the others behind. */
static void
require_all_rows(Oid relation)
{
	if (check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row security would keep rows of table %s from being refreshed",
						quote_identifier(get_rel_name(relation))),
				 errhint("Call memreg.refresh_pseudonyms as a superuser or a role with BYPASSRLS.")));
}

static void
refresh_table(Oid table, List *columns)
{
	uint64 written = 0;
	List *relations;
	ListCell *cell;

	SPI_execute(psprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", name_of(table)),
				false, 0);
	foreach(cell, columns)
		turn_to_version_in_use(lfirst(cell));
	relations = relations_with_rows(table);
	SPI_commit();

	foreach(cell, relations)
		written += refresh_relation(columns, lfirst_oid(cell));
	foreach(cell, columns)
		mark_filled(lfirst(cell));
	SPI_commit();
	ereport(NOTICE, (errmsg(UINT64_FORMAT " rows were given new pseudonyms", written)));
}

static void
turn_to_version_in_use(PseudonymColumn *column)
{
	MemregArgs args = column_args(column);
	bool isnull;

	SPI_execute(psprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE",
						 name_of(column->relation)),
				false, 0);
	if (memreg_spi_run("UPDATE memreg.pseudonym_column c SET version = s.version,"
					   "  filled_at = CASE WHEN c.version = s.version THEN c.filled_at END"
					   "  FROM memreg.scope s"
					   " WHERE c.relation = $1 AND c.target = $2 AND s.scope = c.scope"
					   " RETURNING c.version",
					   &args) != 1)
		elog(ERROR, "a pseudonym column is gone");
	column->version = DatumGetInt32(memreg_spi_value(0, 1, &isnull));
}

/* One relation that has rows; returns how many were written. */
static uint64
refresh_relation(List *columns, Oid relation)
{
	Refresh refresh = {.columns = columns,
					   .relation = relation,
					   .blocks = count_blocks(relation),
					   .told = GetCurrentTimestamp()};

	while (refresh.next < refresh.blocks)
	{
		refresh.written += refresh_batch(&refresh);
		refresh.next += Min(BLOCKS_PER_BATCH, refresh.blocks - refresh.next);
		SPI_commit();
		tell_progress(&refresh);
	}
	return refresh.written;
}

/* A partition may have been dropped or detached since it was found. */
static BlockNumber
count_blocks(Oid oid)
{
	Relation relation = try_relation_open(oid, AccessShareLock);
	BlockNumber blocks = 0;

	if (relation != NULL)
	{
		blocks = RelationGetNumberOfBlocks(relation);
		relation_close(relation, AccessShareLock);
	}
	return blocks;
}

static uint64
refresh_batch(const Refresh *refresh)
{
	if (get_rel_name(refresh->relation) == NULL)
		return 0;
	if (SPI_execute(batch_statement(refresh), false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "pseudonyms could not be refreshed");
	return SPI_processed;
}

/* What is written is the trigger's matter; here it is only asked for. */
static char *
batch_statement(const Refresh *refresh)
{
	PseudonymColumn *any = linitial(refresh->columns);
	StringInfoData kept;
	ListCell *cell;

	initStringInfo(&kept);
	foreach(cell, refresh->columns)
		appendStringInfo(&kept, "%s%s", kept.len > 0 ? " AND " : "", is_kept(lfirst(cell)));
	return psprintf("UPDATE ONLY %s SET %s = NULL"
					" WHERE ctid OPERATOR(pg_catalog.>=) '(%u,0)'::pg_catalog.tid"
					"   AND ctid OPERATOR(pg_catalog.<) '(%u,0)'::pg_catalog.tid AND NOT (%s)",
					name_of(refresh->relation), quote_identifier(any->target), refresh->next,
					refresh->next + Min(BLOCKS_PER_BATCH, refresh->blocks - refresh->next),
					kept.data);
}

static char *
is_kept(const PseudonymColumn *column)
{
	const char *source = quote_identifier(column->source);
	const char *target = quote_identifier(column->target);

	return psprintf("coalesce(%s OPERATOR(pg_catalog.=) memreg.%s(%s, %d, %s),"
					" %s IS NULL AND %s IS NULL)",
					target, function_for(column), quote_literal_cstr(column->scope),
					column->version, source, source, target);
}

static const char *
function_for(const PseudonymColumn *column)
{
	Oid source = column_type(column->relation, column->source);
	Oid target = column_type(column->relation, column->target);

	if (source == INT8OID)
		return "pseudonym_bigint_of_version";
	return target == UUIDOID ? "pseudonym_uuid_of_version" : "pseudonym_of_version";
}

static Oid
column_type(Oid relation, const char *name)
{
	return getBaseType(get_atttype(relation, get_attnum(relation, name)));
}

static char *
name_of(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

static void
tell_progress(Refresh *refresh)
{
	TimestampTz now = GetCurrentTimestamp();

	if (!TimestampDifferenceExceeds(refresh->told, now, NOTICE_INTERVAL_MS))
		return;
	refresh->told = now;
	ereport(NOTICE,
			(errmsg("table %s: %u of %u blocks", name_of(refresh->relation), refresh->next,
					refresh->blocks)));
}

static void
mark_filled(const PseudonymColumn *column)
{
	MemregArgs args = column_args(column);

	memreg_spi_run("UPDATE memreg.pseudonym_column SET filled_at = now()"
				   " WHERE relation = $1 AND target = $2",
				   &args);
}

static MemregArgs
column_args(const PseudonymColumn *column)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, REGCLASSOID, ObjectIdGetDatum(column->relation));
	memreg_spi_arg_text(&args, column->target);
	return args;
}

/* The table itself, or its partitions. */
static List *
relations_with_rows(Oid table)
{
	List *all = find_all_inheritors(table, NoLock, NULL);
	List *with_rows = NIL;
	ListCell *cell;

	foreach(cell, all)
		if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_RELATION)
			with_rows = lappend_oid(with_rows, lfirst_oid(cell));
	return with_rows;
}
