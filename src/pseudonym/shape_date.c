/*
 * shape_date.c
 *		Dates of a subject, moved together.
 *
 * All dates of one subject are moved by one number of days, back or forth: the
 * time between any two of them stays, and nobody can tell when either was.  See
 * Hripcsak, Mirhaji, Low and Malin, "Preserving temporal relations in clinical
 * data while maintaining privacy" (JAMIA 23, 2016), also for what it does not
 * hide.  The keyed hash of the following draws the number:
 *
 *	kind of subject		1 byte: text 1, bigint 2, uuid 3
 *	max_days			4 bytes, big-endian
 *	subject				text in UTF-8; bigint in 8 bytes, big-endian; uuid in 16
 *
 * max_days is part of it: of two numbers that one hash draws within different
 * limits, the difference would tell both.
 *
 * A day is 24 hours, and a timestamptz is moved in UTC: where clocks are put
 * forward in between, local time of day changes by the hour.
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "port/pg_bswap.h"
#include "utils/date.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "core/compat.h"
#include "core/errors.h"
#include "pseudonym/scope_call.h"
#include "pseudonym/shape.h"

#define MAX_DAYS_MAX 36500
#define HEADER_BYTES 5
#define HASH_BYTES 16

/* What a subject's kind is in the hash; part of the format. */
typedef enum SubjectKind
{
	SUBJECT_TEXT = 1,
	SUBJECT_BIGINT = 2,
	SUBJECT_UUID = 3
} SubjectKind;

static Datum moved_date(FunctionCallInfo fcinfo, int days);
static Datum moved_timestamp(FunctionCallInfo fcinfo, int days);
static int days_of_text(FunctionCallInfo fcinfo);
static int days_of_bigint(FunctionCallInfo fcinfo);
static int days_of_uuid(FunctionCallInfo fcinfo);
static int days_of(FunctionCallInfo fcinfo, SubjectKind kind, const void *subject,
				   size_t length);
static int require_max_days(int max_days);
static int choose(const unsigned char *hash, int max_days);

PG_FUNCTION_INFO_V1(memreg_shift_date_of_text);
PG_FUNCTION_INFO_V1(memreg_shift_date_of_bigint);
PG_FUNCTION_INFO_V1(memreg_shift_date_of_uuid);
PG_FUNCTION_INFO_V1(memreg_shift_timestamp_of_text);
PG_FUNCTION_INFO_V1(memreg_shift_timestamp_of_bigint);
PG_FUNCTION_INFO_V1(memreg_shift_timestamp_of_uuid);

/* memreg.shift_date(scope text, subject text, value date, max_days int) → date. */
Datum
memreg_shift_date_of_text(PG_FUNCTION_ARGS)
{
	return moved_date(fcinfo, days_of_text(fcinfo));
}

/* memreg.shift_date(scope text, subject bigint, value date, max_days int) → date. */
Datum
memreg_shift_date_of_bigint(PG_FUNCTION_ARGS)
{
	return moved_date(fcinfo, days_of_bigint(fcinfo));
}

/* memreg.shift_date(scope text, subject uuid, value date, max_days int) → date. */
Datum
memreg_shift_date_of_uuid(PG_FUNCTION_ARGS)
{
	return moved_date(fcinfo, days_of_uuid(fcinfo));
}

/* The same for values of type timestamp and timestamptz, which move alike. */
Datum
memreg_shift_timestamp_of_text(PG_FUNCTION_ARGS)
{
	return moved_timestamp(fcinfo, days_of_text(fcinfo));
}

Datum
memreg_shift_timestamp_of_bigint(PG_FUNCTION_ARGS)
{
	return moved_timestamp(fcinfo, days_of_bigint(fcinfo));
}

Datum
memreg_shift_timestamp_of_uuid(PG_FUNCTION_ARGS)
{
	return moved_timestamp(fcinfo, days_of_uuid(fcinfo));
}

/* NULL: beyond the type's range, or no number of days was to be had (0). */
static Datum
moved_date(FunctionCallInfo fcinfo, int days)
{
	DateADT value = PG_GETARG_DATEADT(2);
	int64 moved = (int64) value + days;

	if (days == 0)
		PG_RETURN_NULL();
	if (DATE_NOT_FINITE(value))
		PG_RETURN_DATEADT(value);
	if (!IS_VALID_DATE(moved))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT((DateADT) moved);
}

static Datum
moved_timestamp(FunctionCallInfo fcinfo, int days)
{
	Timestamp value = PG_GETARG_TIMESTAMP(2);
	Timestamp moved;

	if (days == 0)
		PG_RETURN_NULL();
	if (TIMESTAMP_NOT_FINITE(value))
		PG_RETURN_TIMESTAMP(value);
	if (pg_add_s64_overflow(value, days * USECS_PER_DAY, &moved) || !IS_VALID_TIMESTAMP(moved))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMP(moved);
}

/* 0: the subject has a character that UTF-8 has not. */
static int
days_of_text(FunctionCallInfo fcinfo)
{
	size_t length;
	const char *utf8 = memreg_shape_read(PG_GETARG_TEXT_PP(1), &length);

	return utf8 == NULL ? 0 : days_of(fcinfo, SUBJECT_TEXT, utf8, length);
}

static int
days_of_bigint(FunctionCallInfo fcinfo)
{
	uint64 subject = pg_hton64((uint64) PG_GETARG_INT64(1));

	return days_of(fcinfo, SUBJECT_BIGINT, &subject, sizeof(subject));
}

static int
days_of_uuid(FunctionCallInfo fcinfo)
{
	return days_of(fcinfo, SUBJECT_UUID, PG_GETARG_UUID_P(1)->data, UUID_LEN);
}

static int
days_of(FunctionCallInfo fcinfo, SubjectKind kind, const void *subject, size_t length)
{
	const ScopeKeys *keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	int max_days = require_max_days(PG_GETARG_INT32(3));
	uint32 limit = pg_hton32((uint32) max_days);
	unsigned char *input = palloc(HEADER_BYTES + length);
	unsigned char hash[HASH_BYTES];

	input[0] = (unsigned char) kind;
	memcpy(input + 1, &limit, sizeof(limit));
	memcpy(input + HEADER_BYTES, subject, length);
	memreg_prf(hash, sizeof(hash), input, HEADER_BYTES + length,
			   keys->subkey[SCOPE_SUBKEY_DATE]);
	pfree(input);
	return choose(hash, max_days);
}

static int
require_max_days(int max_days)
{
	if (max_days < 1 || max_days > MAX_DAYS_MAX)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_SHIFT),
				 errmsg("max_days is out of range"),
				 errhint("Use 1 to %d days; 180 is the default.", MAX_DAYS_MAX)));
	return max_days;
}

/*
 * One of the days -max_days to -1 and 1 to max_days: the hash's first 64 bits,
 * a big-endian number, times the number of choices, without its lower 64 bits
 * (Lemire, "Fast random integer generation in an interval", ACM TOMACS 29,
 * 2019).  No choice is likelier than another by more than 2^-46 of itself.
 */
static int
choose(const unsigned char *hash, int max_days)
{
	uint64 choices = 2 * (uint64) max_days; /* below 2^17: products fit */
	uint64 high = 0;
	uint64 low = 0;
	int choice;

	for (int i = 0; i < 4; i++)
	{
		high = high << 8 | hash[i];
		low = low << 8 | hash[4 + i];
	}
	choice = (int) ((high * choices + (low * choices >> 32)) >> 32);
	return choice < max_days ? choice - max_days : choice - max_days + 1;
}
