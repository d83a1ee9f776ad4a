/*
 * activity_trigger.c
 *		The trigger by which a written row notes that its subject was active.
 *
 * It stands on the tables of memreg.activity_source, their partitions and
 * children, after each row inserted or updated, whoever wrote it.  A row that
 * names no subject, or no time where a column has it, notes nothing.
 *
 * What retention does to rows, and what happens to others by that, is nobody's
 * activity.  Else the end of one subject would renew those whose rows name it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "core/errors.h"
#include "core/extension.h"
#include "registry/membership.h"
#include "retention/activity.h"
#include "retention/activity_source.h"
#include "retention/owner.h"

PG_FUNCTION_INFO_V1(memreg_note_row_activity);

/* Behind these no zone's clock leads out of the calendar. */
#define LAST_TIMESTAMP (END_TIMESTAMP - 2 * USECS_PER_DAY)
#define LAST_DATE (TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE - 3)

/* What one statement's rows have in common, in fn_extra. */
typedef struct Tracked
{
	uint64 generation;
	int32 register_id; /* 0: the table belongs to no register */
	Oid subject_type;
	AttrNumber subject;
	AttrNumber at; /* 0: the time of writing counts */
	Oid at_type;
	int64 every;
	text *time_zone;
} Tracked;

static TriggerData *require_trigger(FunctionCallInfo fcinfo);
static Tracked *tracked_table(FmgrInfo *flinfo, Relation relation);
static void look_up(Tracked *tracked, Relation relation);
static void look_up_time(Tracked *tracked, Relation relation, Oid registered);
static void place_column(Tracked *tracked, Relation relation, const char *name);
static void note_row(const Tracked *tracked, HeapTuple row, TupleDesc columns);
static bool time_of_row(const Tracked *tracked, HeapTuple row, TupleDesc columns,
						TimestampTz *at);
static TimestampTz instant(const Tracked *tracked, Datum value);
static TimestampTz end_of_day(DateADT day, text *time_zone);
static TimestampTz in_zone(Timestamp local, text *time_zone);

/* memreg.note_row_activity(): AFTER INSERT OR UPDATE FOR EACH ROW. */
Datum
memreg_note_row_activity(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = require_trigger(fcinfo);
	Tracked *tracked = tracked_table(fcinfo->flinfo, trigger->tg_relation);

	if (tracked->register_id != 0 && !memreg_owner_active())
		note_row(tracked,
				 TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple
															: trigger->tg_trigtuple,
				 RelationGetDescr(trigger->tg_relation));
	return PointerGetDatum(NULL);
}

static TriggerData *
require_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("memreg.note_row_activity() is for the trigger that memreg.track_activity makes"),
				 errhint("Call memreg.track_activity for the table.")));
	return trigger;
}

static Tracked *
tracked_table(FmgrInfo *flinfo, Relation relation)
{
	Tracked *tracked = flinfo->fn_extra;

	if (tracked == NULL)
		tracked = flinfo->fn_extra = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(Tracked));
	if (tracked->generation != memreg_extension_generation())
	{
		MemoryContext before = MemoryContextSwitchTo(flinfo->fn_mcxt);

		look_up(tracked, relation);
		MemoryContextSwitchTo(before);
	}
	return tracked;
}

static void
look_up(Tracked *tracked, Relation relation)
{
	uint64 generation = memreg_extension_generation();
	RegisteredTable table;

	memset(tracked, 0, sizeof(Tracked));
	if (memreg_membership_find(RelationGetRelid(relation), &table))
	{
		tracked->subject_type = table.subject_type;
		tracked->subject = get_attnum(RelationGetRelid(relation), table.subject);
		look_up_time(tracked, relation, table.relation);
		if (tracked->subject != InvalidAttrNumber)
			(void) memreg_registry_register_id(table.register_name, &tracked->register_id);
	}
	tracked->generation = generation;
}

/* Where nothing is said of the table, as while its tracking ends, the time of writing counts. */
static void
look_up_time(Tracked *tracked, Relation relation, Oid registered)
{
	ActivitySource source = {.every = -1};

	if (memreg_activity_source(registered, &source) && source.at != NULL)
	{
		tracked->time_zone = DatumGetTextPCopy(PointerGetDatum(source.time_zone));
		place_column(tracked, relation, source.at);
	}
	tracked->every = source.every >= 0 ? source.every
									   : memreg_activity_interval * USECS_PER_SEC;
}

static void
place_column(Tracked *tracked, Relation relation, const char *name)
{
	tracked->at = get_attnum(RelationGetRelid(relation), name);
	tracked->at_type = getBaseType(get_atttype(RelationGetRelid(relation), tracked->at));
	if (tracked->at <= 0 ||
		(tracked->at_type != TIMESTAMPTZOID && tracked->at_type != TIMESTAMPOID &&
		 tracked->at_type != DATEOID))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_ACTIVITY_COLUMN_LOST),
				 errmsg("column %s of table %s, which tells when subjects were active, is no longer a time",
						quote_identifier(name),
						quote_identifier(RelationGetRelationName(relation))),
				 errhint("Call memreg.track_activity again, with a column of type timestamp with time zone, timestamp or date, or with none.")));
}

static void
note_row(const Tracked *tracked, HeapTuple row, TupleDesc columns)
{
	TimestampTz at;
	bool isnull;
	Datum subject = heap_getattr(row, tracked->subject, columns, &isnull);

	if (!isnull && time_of_row(tracked, row, columns, &at))
		memreg_activity_note(tracked->register_id, tracked->subject_type, subject, at,
							 tracked->every);
}

/* False: the row does not say. */
static bool
time_of_row(const Tracked *tracked, HeapTuple row, TupleDesc columns, TimestampTz *at)
{
	Datum value;
	bool isnull;

	if (tracked->at == 0)
	{
		*at = GetCurrentTimestamp();
		return true;
	}
	value = heap_getattr(row, tracked->at, columns, &isnull);
	if (isnull)
		return false;
	*at = instant(tracked, value);
	return !TIMESTAMP_IS_NOBEGIN(*at);
}

static TimestampTz
instant(const Tracked *tracked, Datum value)
{
	switch (tracked->at_type)
	{
		case DATEOID:
			return end_of_day(DatumGetDateADT(value), tracked->time_zone);
		case TIMESTAMPOID:
			return in_zone(DatumGetTimestamp(value), tracked->time_zone);
		default:
			return DatumGetTimestampTz(value);
	}
}

/* A date stands for its whole day, as in retention terms. */
static TimestampTz
end_of_day(DateADT day, text *time_zone)
{
	if (DATE_IS_NOBEGIN(day))
		return DT_NOBEGIN;
	if (day >= LAST_DATE)
		return DT_NOEND;
	return in_zone((Timestamp) (day + 1) * USECS_PER_DAY, time_zone);
}

static TimestampTz
in_zone(Timestamp local, text *time_zone)
{
	if (TIMESTAMP_IS_NOBEGIN(local))
		return DT_NOBEGIN;
	if (local >= LAST_TIMESTAMP)
		return DT_NOEND;
	return DatumGetTimestampTz(DirectFunctionCall2(timestamp_zone, PointerGetDatum(time_zone),
												   TimestampGetDatum(local)));
}
