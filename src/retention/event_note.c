/*
 * event_note.c
 *		Events of subjects as SQL notes them.
 *
 * An activity that writes no row, such as a login, is noted like one that does
 * (activity.c).  Leaving is noted at once and exactly: it happens rarely.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "consent/argument.h"
#include "core/errors.h"
#include "core/spi.h"
#include "registry/subject.h"
#include "retention/activity.h"

PG_FUNCTION_INFO_V1(memreg_note_activity);
PG_FUNCTION_INFO_V1(memreg_note_leaving);
PG_FUNCTION_INFO_V1(memreg_take_back_leaving);

static int32 find_register(const char *register_name);
static TimestampTz require_time(FunctionCallInfo fcinfo, int number, const char *name);
static Datum subject_datum(Oid type, char *subject);
static MemregArgs subject_args(FunctionCallInfo fcinfo);

/* memreg.note_activity(register, subject, at). */
Datum
memreg_note_activity(PG_FUNCTION_ARGS)
{
	char *register_name = memreg_argument_register(fcinfo);
	char *subject = memreg_argument_subject(fcinfo, register_name);
	Oid type = memreg_subject_type(register_name);
	TimestampTz at = require_time(fcinfo, 2, "at");

	PreventCommandIfReadOnly("memreg.note_activity()");
	memreg_activity_note(find_register(register_name), type, subject_datum(type, subject),
						 at, memreg_activity_interval * USECS_PER_SEC);
	PG_RETURN_VOID();
}

/* memreg.note_leaving(register, subject, left_at): a later call replaces an earlier one. */
Datum
memreg_note_leaving(PG_FUNCTION_ARGS)
{
	MemregArgs args = subject_args(fcinfo);

	SPI_connect();
	memreg_spi_arg(&args, TIMESTAMPTZOID,
				   TimestampTzGetDatum(require_time(fcinfo, 2, "left_at")));
	memreg_spi_run("INSERT INTO memreg.subject_event (register_id, event, subject, at)"
				   " VALUES ($1, 'leaving', $2, $3)"
				   " ON CONFLICT (register_id, event, subject) DO UPDATE SET at = excluded.at",
				   &args);
	SPI_finish();
	PG_RETURN_VOID();
}

/* memreg.take_back_leaving(register, subject) → whether there was anything to take back. */
Datum
memreg_take_back_leaving(PG_FUNCTION_ARGS)
{
	MemregArgs args = subject_args(fcinfo);
	uint64 deleted;

	SPI_connect();
	deleted = memreg_spi_run("DELETE FROM memreg.subject_event"
							 " WHERE register_id = $1 AND event = 'leaving' AND subject = $2",
							 &args);
	SPI_finish();
	PG_RETURN_BOOL(deleted > 0);
}

static int32
find_register(const char *register_name)
{
	int32 id;

	/* The subject's key has been read as one of the register's. */
	if (!memreg_registry_register_id(register_name, &id))
		elog(ERROR, "register %s is gone", quote_identifier(register_name));
	return id;
}

/* Without an end a term that runs from it would have none either. */
static TimestampTz
require_time(FunctionCallInfo fcinfo, int number, const char *name)
{
	TimestampTz at;

	memreg_argument_require(fcinfo, number, name);
	at = PG_GETARG_TIMESTAMPTZ(number);
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_EVENT_TIME),
				 errmsg("%s must be finite", name),
				 errhint("Give the time at which it happened.")));
	return at;
}

/* A canonical key as a value of the register's type. */
static Datum
subject_datum(Oid type, char *subject)
{
	if (type == INT8OID)
		return DirectFunctionCall1(int8in, CStringGetDatum(subject));
	if (type == UUIDOID)
		return DirectFunctionCall1(uuid_in, CStringGetDatum(subject));
	return CStringGetTextDatum(subject);
}

/* $1 register, $2 subject. */
static MemregArgs
subject_args(FunctionCallInfo fcinfo)
{
	char *register_name = memreg_argument_register(fcinfo);
	char *subject = memreg_argument_subject(fcinfo, register_name);
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(find_register(register_name)));
	memreg_spi_arg_text(&args, subject);
	return args;
}
