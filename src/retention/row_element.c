/*
 * row_element.c
 *		A row as an element of the multiset of those that a run has removed.
 *
 * The element is the subject's key and the time that the term ran from, each
 * with its type in front and, where that may vary, its length: no two pairs
 * have the same bytes.  Whose rows they are, the table's name, stands in the
 * multiset's keys.  The form is part of the records: it never changes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "port/pg_bswap.h"
#include "utils/date.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "core/compat.h"
#include "retention/row_element.h"

#define NUMBER_BYTES 8
#define SHORT_BYTES 128 /* one block of the hash: nearly every row's */

/* What stands in front of a value. */
#define TAG_NULL '-'
#define TAG_BIGINT 'b'
#define TAG_UUID 'u'
#define TAG_TEXT 's'
#define TAG_TIMESTAMPTZ 'z'
#define TAG_TIMESTAMP 't'
#define TAG_DATE 'd'

static size_t write_subject(unsigned char *bytes, const ElementValue *subject);
static size_t write_text(unsigned char *bytes, const text *value);
static size_t write_time(unsigned char *bytes, const ElementValue *time);
static size_t write_number(unsigned char *bytes, char tag, uint64 number);

/* Can a value of that type be a row's subject? */
bool
memreg_row_element_subject(Oid type)
{
	return type == INT8OID || type == UUIDOID || type == TEXTOID;
}

/* Can a term run from it? */
bool
memreg_row_element_time(Oid type)
{
	return type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID;
}

/* A time that is not NULL, as a number that grows with it. */
int64
memreg_row_element_number(const ElementValue *time)
{
	return time->type == DATEOID ? (int64) DatumGetDateADT(time->value)
								 : (int64) DatumGetTimestamp(time->value);
}

/* Add a row to the sum; types as above. */
void
memreg_row_element_add(MultisetSum *sum, const MultisetKeys *keys,
					   const ElementValue *subject, const ElementValue *time)
{
	ElementValue key = *subject;
	unsigned char short_bytes[SHORT_BYTES];
	unsigned char *bytes = short_bytes;
	size_t room = 2 * (1 + NUMBER_BYTES);
	size_t length;

	if (!key.isnull && key.type == TEXTOID)
	{
		key.value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key.value));
		room += VARSIZE_ANY_EXHDR(DatumGetPointer(key.value));
	}
	else
		room += UUID_LEN;
	if (room > sizeof(short_bytes))
		bytes = palloc(room);
	length = write_subject(bytes, &key);
	length += write_time(bytes + length, time);
	memreg_multiset_add(sum, bytes, length, keys);
	if (bytes != short_bytes)
		pfree(bytes);
	if (key.value != subject->value)
		pfree(DatumGetPointer(key.value));
}

static size_t
write_subject(unsigned char *bytes, const ElementValue *subject)
{
	if (subject->isnull)
	{
		bytes[0] = TAG_NULL;
		return 1;
	}
	if (subject->type == INT8OID)
		return write_number(bytes, TAG_BIGINT, (uint64) DatumGetInt64(subject->value));
	if (subject->type == TEXTOID)
		return write_text(bytes, (const text *) DatumGetPointer(subject->value));
	bytes[0] = TAG_UUID;
	memcpy(bytes + 1, DatumGetUUIDP(subject->value)->data, UUID_LEN);
	return 1 + UUID_LEN;
}

static size_t
write_text(unsigned char *bytes, const text *value)
{
	size_t length = VARSIZE_ANY_EXHDR(value);
	size_t front = write_number(bytes, TAG_TEXT, length);

	memcpy(bytes + front, VARDATA_ANY(value), length);
	return front + length;
}

static size_t
write_time(unsigned char *bytes, const ElementValue *time)
{
	char tag = time->type == DATEOID ? TAG_DATE
		: time->type == TIMESTAMPOID ? TAG_TIMESTAMP
									 : TAG_TIMESTAMPTZ;

	if (time->isnull)
	{
		bytes[0] = TAG_NULL;
		return 1;
	}
	return write_number(bytes, tag, (uint64) memreg_row_element_number(time));
}

/* With its highest byte first. */
static size_t
write_number(unsigned char *bytes, char tag, uint64 number)
{
	uint64 ordered = pg_hton64(number);

	bytes[0] = (unsigned char) tag;
	memcpy(bytes + 1, &ordered, NUMBER_BYTES);
	return 1 + NUMBER_BYTES;
}
