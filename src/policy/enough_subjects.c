/*
 * enough_subjects.c
 *		The aggregate that tells whether a group has enough subjects.
 *
 * memreg.enough_subjects(subject, smallest) counts different subjects, not
 * rows, and only up to the number that is asked for: a group's state never
 * holds more of them, and none once there are enough.
 *
 * A bigint and a uuid are kept as they are.  Of a text the set keeps a hash of
 * 128 bits; two texts of one hash count as one subject, so that chance, or
 * whoever chooses keys for it, can hide a group but not show one.  NULL names
 * no subject and counts for none.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/uuid.h"

#include "core/compat.h"

PG_FUNCTION_INFO_V1(memreg_enough_subjects_add_bigint);
PG_FUNCTION_INFO_V1(memreg_enough_subjects_add_uuid);
PG_FUNCTION_INFO_V1(memreg_enough_subjects_add_text);
PG_FUNCTION_INFO_V1(memreg_enough_subjects_combine);
PG_FUNCTION_INFO_V1(memreg_enough_subjects_write);
PG_FUNCTION_INFO_V1(memreg_enough_subjects_read);
PG_FUNCTION_INFO_V1(memreg_enough_subjects_answer);

typedef struct CountedSubject
{
	uint64 high;
	uint64 low;
} CountedSubject;

typedef struct SeenSubject
{
	CountedSubject subject;
	char status; /* simplehash's own */
} SeenSubject;

#define SH_PREFIX seen
#define SH_ELEMENT_TYPE SeenSubject
#define SH_KEY_TYPE CountedSubject
#define SH_KEY subject
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) &(key), sizeof(key))
#define SH_EQUAL(table, a, b) ((a).high == (b).high && (a).low == (b).low)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* The second half of a text's hash has a seed of its own: the golden ratio. */
#define SECOND_SEED UINT64CONST(0x9e3779b97f4a7c15)

typedef struct GroupSubjects
{
	int32 smallest;
	seen_hash *seen; /* NULL: there are enough */
} GroupSubjects;

static GroupSubjects *state_of(FunctionCallInfo fcinfo);
static GroupSubjects *make_state(MemoryContext memory, int32 smallest);
static MemoryContext group_memory(FunctionCallInfo fcinfo);
static void add_subject(GroupSubjects *group, CountedSubject subject);
static void have_enough(GroupSubjects *group);

/* memreg.enough_subjects_add(internal, subject, smallest), one for each type. */
Datum
memreg_enough_subjects_add_bigint(PG_FUNCTION_ARGS)
{
	GroupSubjects *group = state_of(fcinfo);

	if (group->seen != NULL && !PG_ARGISNULL(1))
		add_subject(group, (CountedSubject){.low = (uint64) PG_GETARG_INT64(1)});
	PG_RETURN_POINTER(group);
}

Datum
memreg_enough_subjects_add_uuid(PG_FUNCTION_ARGS)
{
	GroupSubjects *group = state_of(fcinfo);

	if (group->seen != NULL && !PG_ARGISNULL(1))
	{
		CountedSubject subject;

		memcpy(&subject, PG_GETARG_UUID_P(1)->data, UUID_LEN);
		add_subject(group, subject);
	}
	PG_RETURN_POINTER(group);
}

Datum
memreg_enough_subjects_add_text(PG_FUNCTION_ARGS)
{
	GroupSubjects *group = state_of(fcinfo);

	if (group->seen != NULL && !PG_ARGISNULL(1))
	{
		text *key = PG_GETARG_TEXT_PP(1);
		const unsigned char *bytes = (const unsigned char *) VARDATA_ANY(key);
		int length = VARSIZE_ANY_EXHDR(key);

		add_subject(group,
					(CountedSubject){.high = hash_bytes_extended(bytes, length, 0),
									 .low = hash_bytes_extended(bytes, length, SECOND_SEED)});
	}
	PG_RETURN_POINTER(group);
}

/* The group's state, made for its first row; NULL asks for more than there can be. */
static GroupSubjects *
state_of(FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(0))
		return (GroupSubjects *) PG_GETARG_POINTER(0);
	return make_state(group_memory(fcinfo),
					  PG_ARGISNULL(2) ? PG_INT32_MAX : PG_GETARG_INT32(2));
}

static GroupSubjects *
make_state(MemoryContext memory, int32 smallest)
{
	GroupSubjects *group = MemoryContextAlloc(memory, sizeof(GroupSubjects));

	group->smallest = smallest;
	group->seen = seen_create(memory, 4, NULL);
	return group;
}

/* Where a group's state lives as long as the group. */
static MemoryContext
group_memory(FunctionCallInfo fcinfo)
{
	MemoryContext memory;

	if (!AggCheckCallContext(fcinfo, &memory))
		elog(ERROR, "subjects are counted in an aggregate only");
	return memory;
}

static void
add_subject(GroupSubjects *group, CountedSubject subject)
{
	bool found;

	seen_insert(group->seen, subject, &found);
	if ((int64) group->seen->members >= group->smallest)
		have_enough(group);
}

static void
have_enough(GroupSubjects *group)
{
	if (group->seen != NULL)
		seen_destroy(group->seen);
	group->seen = NULL;
}

/* memreg.enough_subjects_combine(internal, internal): the second joins the first. */
Datum
memreg_enough_subjects_combine(PG_FUNCTION_ARGS)
{
	GroupSubjects *group;
	GroupSubjects *other;
	seen_iterator place;
	SeenSubject *seen;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	other = (GroupSubjects *) PG_GETARG_POINTER(1);
	group = PG_ARGISNULL(0) ? make_state(group_memory(fcinfo), other->smallest)
							: (GroupSubjects *) PG_GETARG_POINTER(0);
	if (other->seen == NULL)
		have_enough(group);
	else
	{
		seen_start_iterate(other->seen, &place);
		while (group->seen != NULL && (seen = seen_iterate(other->seen, &place)) != NULL)
			add_subject(group, seen->subject);
	}
	PG_RETURN_POINTER(group);
}

/* memreg.enough_subjects_write(internal) → bytea: the number asked for, then the subjects, or none. */
Datum
memreg_enough_subjects_write(PG_FUNCTION_ARGS)
{
	GroupSubjects *group = (GroupSubjects *) PG_GETARG_POINTER(0);
	StringInfoData message;
	seen_iterator place;
	SeenSubject *seen;

	pq_begintypsend(&message);
	pq_sendint32(&message, group->smallest);
	pq_sendbyte(&message, group->seen == NULL);
	if (group->seen != NULL)
	{
		seen_start_iterate(group->seen, &place);
		while ((seen = seen_iterate(group->seen, &place)) != NULL)
		{
			pq_sendint64(&message, seen->subject.high);
			pq_sendint64(&message, seen->subject.low);
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* memreg.enough_subjects_read(bytea, internal): what the function above has written. */
Datum
memreg_enough_subjects_read(PG_FUNCTION_ARGS)
{
	bytea *written = PG_GETARG_BYTEA_PP(0);
	StringInfoData message;
	GroupSubjects *group;

	initStringInfo(&message);
	appendBinaryStringInfo(&message, VARDATA_ANY(written), VARSIZE_ANY_EXHDR(written));
	group = make_state(CurrentMemoryContext, (int32) pq_getmsgint(&message, 4));
	if (pq_getmsgbyte(&message) != 0)
		have_enough(group);
	while (message.cursor < message.len)
	{
		CountedSubject subject;

		subject.high = (uint64) pq_getmsgint64(&message);
		subject.low = (uint64) pq_getmsgint64(&message);
		add_subject(group, subject);
	}
	pfree(message.data);
	PG_RETURN_POINTER(group);
}

/* memreg.enough_subjects_answer(internal) → boolean: a group without rows has not enough. */
Datum
memreg_enough_subjects_answer(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!PG_ARGISNULL(0) && ((GroupSubjects *) PG_GETARG_POINTER(0))->seen == NULL);
}
