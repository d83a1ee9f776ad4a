/*
 * one_time_key.c
 *		Keys of nobody, for anonymous rows whose subject column cannot be NULL.
 *
 * Rows of one subject that one round anonymizes get the same key, in all tables
 * of the register, so that what a person has said stays together.  Which key is
 * whose is written nowhere: it is computed by a secret that one process makes for
 * one round, and wipes at its end.  After it, or after a crash, nobody can say
 * whose a key was, and rows of the same subject that come later get another one.
 *
 * What is kept are the keys alone (memreg.anonymous_subject), so that a row with
 * one is known to name nobody.
 *
 * A key is told by its form, so that hardly any subject's has to be looked up:
 *
 *	bigint	a negative number of 63 random bits; identities and sequences count
 *			upwards from 1 and never come to one
 *	uuid	version 4 (RFC 9562, section 5.4)
 *	text	"anonymous-" and 128 bits in hexadecimal digits
 */
#include "postgres.h"

#include <sodium.h>

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "core/compat.h"
#include "core/extension.h"
#include "core/spi.h"
#include "crypto/prf.h"
#include "registry/subject.h"
#include "retention/one_time_key.h"

#define TEXT_PREFIX "anonymous-"
#define RANDOM_BYTES 16
#define VERSION_BYTE 6
#define VARIANT_BYTE 8

/* Columns of memreg.anonymous_subject */
enum
{
	ANONYMOUS_RELATION = 1,
	ANONYMOUS_KEY,
	ANONYMOUS_REGISTER
};

static unsigned char secret[MEMREG_PRF_KEY_BYTES];
static bool has_secret = false;

static void wipe(void *arg);
static void random_of(const RetentionRule *rule, Datum subject, unsigned char *bytes);
static Datum uuid_key(const unsigned char *bytes);
static Datum text_key(const unsigned char *bytes);
static bool looks_like_one(Oid type, Datum key);
static bool is_kept(const RetentionRule *rule, const text *key, Oid relation);

/* A round begins, which ends with this memory, whether it fails or not. */
void
memreg_one_time_key_begin(MemoryContext round)
{
	MemoryContextCallback *end = MemoryContextAllocZero(round, sizeof(MemoryContextCallback));

	wipe(NULL);
	end->func = wipe;
	MemoryContextRegisterResetCallback(round, end);
}

static void
wipe(void *arg)
{
	sodium_memzero(secret, sizeof(secret));
	has_secret = false;
}

/* The key that the subject's rows have from now on; one that names nobody stays. */
Datum
memreg_one_time_key_make(const RetentionRule *rule, Datum subject)
{
	unsigned char bytes[RANDOM_BYTES];
	int64 number;

	if (memreg_one_time_key_stands(rule, subject, InvalidOid))
		return subject;
	random_of(rule, subject, bytes);
	switch (rule->subject_type)
	{
		case INT8OID:
			memcpy(&number, bytes, sizeof(number));
			return Int64GetDatum(number | PG_INT64_MIN);
		case UUIDOID:
			return uuid_key(bytes);
		default:
			return text_key(bytes);
	}
}

static void
random_of(const RetentionRule *rule, Datum subject, unsigned char *bytes)
{
	text *name = memreg_subject_text(rule->subject_type, subject);
	size_t length = sizeof(rule->register_id) + VARSIZE_ANY_EXHDR(name);
	unsigned char *input = palloc(length);

	if (!has_secret)
		randombytes_buf(secret, sizeof(secret));
	has_secret = true;
	memcpy(input, &rule->register_id, sizeof(rule->register_id));
	memcpy(input + sizeof(rule->register_id), VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	memreg_prf(bytes, RANDOM_BYTES, input, length, secret);
	pfree(input);
}

static Datum
uuid_key(const unsigned char *bytes)
{
	pg_uuid_t *uuid = palloc(sizeof(pg_uuid_t));

	memcpy(uuid->data, bytes, UUID_LEN);
	uuid->data[VERSION_BYTE] = (uuid->data[VERSION_BYTE] & 0x0f) | 0x40;
	uuid->data[VARIANT_BYTE] = (uuid->data[VARIANT_BYTE] & 0x3f) | 0x80;
	return UUIDPGetDatum(uuid);
}

static Datum
text_key(const unsigned char *bytes)
{
	char digits[RANDOM_BYTES * 2 + 1];

	sodium_bin2hex(digits, sizeof(digits), bytes, RANDOM_BYTES);
	return CStringGetTextDatum(psprintf("%s%s", TEXT_PREFIX, digits));
}

/* Is it the key of an anonymous row, of the relation or (InvalidOid) of any of the register? */
bool
memreg_one_time_key_stands(const RetentionRule *rule, Datum key, Oid relation)
{
	return looks_like_one(rule->subject_type, key) &&
		is_kept(rule, memreg_subject_text(rule->subject_type, key), relation);
}

static bool
looks_like_one(Oid type, Datum key)
{
	text *name;

	if (type == INT8OID)
		return DatumGetInt64(key) < 0;
	if (type == UUIDOID)
		return (DatumGetUUIDP(key)->data[VERSION_BYTE] & 0xf0) == 0x40;
	name = DatumGetTextPP(key);
	return VARSIZE_ANY_EXHDR(name) > strlen(TEXT_PREFIX) &&
		memcmp(VARDATA_ANY(name), TEXT_PREFIX, strlen(TEXT_PREFIX)) == 0;
}

/* By what is committed now. */
static bool
is_kept(const RetentionRule *rule, const text *key, Oid relation)
{
	Relation table =
		table_open(memreg_extension_relation("anonymous_subject"), AccessShareLock);
	bool found = false;
	ScanKeyData condition;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyEntryInitialize(&condition, 0, ANONYMOUS_KEY, BTEqualStrategyNumber,
						   InvalidOid, C_COLLATION_OID, F_TEXTEQ, PointerGetDatum(key));
	scan = systable_beginscan(table, memreg_extension_relation("anonymous_subject_pkey"),
							  true, NULL, 1, &condition);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool isnull;
		Datum of = heap_getattr(tuple, ANONYMOUS_RELATION, RelationGetDescr(table), &isnull);
		Datum owner =
			heap_getattr(tuple, ANONYMOUS_REGISTER, RelationGetDescr(table), &isnull);

		found = OidIsValid(relation) ? DatumGetObjectId(of) == relation
									 : DatumGetInt32(owner) == rule->register_id;
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return found;
}

/* Keep these keys of the rule's table; in the order of the keys, which tells nothing of the rows. */
void
memreg_one_time_key_keep(const RetentionRule *rule, const Datum *keys, int count)
{
	Datum *names = palloc(sizeof(Datum) * count);
	MemregArgs args = {0};

	for (int i = 0; i < count; i++)
		names[i] = PointerGetDatum(memreg_subject_text(rule->subject_type, keys[i]));
	memreg_spi_arg(&args, OIDOID, ObjectIdGetDatum(rule->relation));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(rule->register_id));
	memreg_spi_arg(&args, TEXTARRAYOID,
				   PointerGetDatum(
					   construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT)));
	memreg_spi_run("INSERT INTO memreg.anonymous_subject (relation, key, register_id)"
				   " SELECT $1, key, $2 FROM (SELECT DISTINCT key FROM unnest($3) key) k ORDER BY key"
				   " ON CONFLICT DO NOTHING",
				   &args);
}
