/*
 * activity_source.c
 *		Tables whose rows tell that a subject was active.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/rename.h"
#include "registry/kept.h"
#include "retention/activity_source.h"

PG_FUNCTION_INFO_V1(memreg_follow_activity_column);

/* No month is longer: the time stored must not be too early. */
#define MONTH_USECS (31 * USECS_PER_DAY)

/* The tables whose column a rename of relation $1 or type $2 reaches. */
#define RENAMED                                               \
	" (SELECT s.relation FROM memreg.activity_source s"       \
	"   WHERE s.at = $3"                                      \
	"     AND (s.relation IN (SELECT memreg.descendants($1))" \
	"          OR s.relation IN (SELECT c.oid FROM pg_class c WHERE c.reloftype = $2)))"

static void *read_source(ScannedRow *row);
static int64 microseconds(const Interval *every);

static KeptTable sources = {.name = "activity_source", .read = read_source};

/* What was said of a table; false: nothing. */
bool
memreg_activity_source(Oid relation, ActivitySource *found)
{
	ListCell *cell;

	foreach(cell, memreg_kept_rows(&sources))
	{
		*found = *(ActivitySource *) lfirst(cell);
		if (found->relation == relation)
			return true;
	}
	return false;
}

static void *
read_source(ScannedRow *row)
{
	ActivitySource *source = palloc0(sizeof(ActivitySource));

	source->relation = DatumGetObjectId(memreg_scan_value(row, "relation"));
	if (!memreg_scan_is_null(row, "at"))
		source->at = pstrdup(NameStr(*DatumGetName(memreg_scan_value(row, "at"))));
	source->every = memreg_scan_is_null(row, "every")
		? -1
		: microseconds(DatumGetIntervalP(memreg_scan_value(row, "every")));
	source->time_zone = cstring_to_text(memreg_scan_text(row, "time_zone"));
	return source;
}

static int64
microseconds(const Interval *every)
{
	return every->time + every->day * USECS_PER_DAY + every->month * MONTH_USECS;
}

/* memreg.follow_activity_column(): event trigger on ddl_command_end. */
Datum
memreg_follow_activity_column(PG_FUNCTION_ARGS)
{
	memreg_rename_follow(fcinfo, "SELECT FROM" RENAMED " r WHERE $4 IS NOT NULL",
						 "UPDATE memreg.activity_source SET at = $4"
						 " WHERE relation IN" RENAMED);
	PG_RETURN_NULL();
}
