/*
 * pseudonym.c
 *		Pseudonyms of values under a scope's keys.
 *
 * One way, and the same for the same value in the same scope: keyed BLAKE2b of
 * the value's bytes in UTF-8, whatever the database's encoding; SQL_ASCII says
 * of no byte what it means, and its bytes count as they are.  Nothing is
 * normalized: "Ä" as one character and as "A" with a diaeresis differ.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "core/compat.h"
#include "pseudonym/pseudonym.h"
#include "pseudonym/scope_call.h"

PG_FUNCTION_INFO_V1(memreg_pseudonym);
PG_FUNCTION_INFO_V1(memreg_pseudonym_uuid);
PG_FUNCTION_INFO_V1(memreg_pseudonym_uuid_of_key);
PG_FUNCTION_INFO_V1(memreg_pseudonym_bigint);
PG_FUNCTION_INFO_V1(memreg_pseudonym_integer);
PG_FUNCTION_INFO_V1(memreg_pseudonym_smallint);
PG_FUNCTION_INFO_V1(memreg_pseudonym_bytea);

/* Bytes of a hash that a text pseudonym has, and the characters they are. */
#define HASH_BYTES 15
#define HASH_CHARS 24

static const ScopeKeys *call_keys(FunctionCallInfo fcinfo);
static pg_uuid_t *uuid_of_hash(pg_uuid_t *hash);

/*
 * memreg.pseudonym(scope text, value text) → text: "p", the scope's version,
 * "-" and 24 characters.
 */
Datum
memreg_pseudonym(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = call_keys(fcinfo);

	PG_RETURN_TEXT_P(memreg_pseudonym_of_text(keys, PG_GETARG_TEXT_PP(1)));
}

/* memreg.pseudonym_uuid(scope text, value text) → uuid, of version 8. */
Datum
memreg_pseudonym_uuid(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = call_keys(fcinfo);

	PG_RETURN_UUID_P(memreg_pseudonym_uuid_of_text(keys, PG_GETARG_TEXT_PP(1)));
}

/* memreg.pseudonym_uuid(scope text, value uuid) → uuid, of version 8. */
Datum
memreg_pseudonym_uuid_of_key(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = call_keys(fcinfo);

	PG_RETURN_UUID_P(memreg_pseudonym_of_uuid(keys, PG_GETARG_UUID_P(1)));
}

/* memreg.pseudonym_bigint(scope text, value bigint) → bigint. */
Datum
memreg_pseudonym_bigint(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = call_keys(fcinfo);

	PG_RETURN_INT64(memreg_pseudonym_of_bigint(keys, PG_GETARG_INT64(1)));
}

/* memreg.pseudonym_integer(scope text, value integer) → integer. */
Datum
memreg_pseudonym_integer(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = call_keys(fcinfo);

	PG_RETURN_INT32(memreg_pseudonym_of_integer(keys, PG_GETARG_INT32(1)));
}

/* memreg.pseudonym_smallint(scope text, value smallint) → smallint. */
Datum
memreg_pseudonym_smallint(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = call_keys(fcinfo);

	PG_RETURN_INT16(memreg_pseudonym_of_smallint(keys, PG_GETARG_INT16(1)));
}

/* memreg.pseudonym_bytea(scope text, value bytea) → bytea, of 16 bytes. */
Datum
memreg_pseudonym_bytea(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = call_keys(fcinfo);

	PG_RETURN_BYTEA_P(memreg_pseudonym_of_bytea(keys, PG_GETARG_BYTEA_PP(1)));
}

/*
 * 120 bits of the hash in 24 characters of Crockford's base 32, lower case:
 * no character is mistaken for another, and case does not matter.  The chance
 * that any two of a billion values collide is below 10^-18.
 */
text *
memreg_pseudonym_of_text(const ScopeKeys *keys, const text *value)
{
	unsigned char hash[16];
	size_t prefix = strlen(keys->text_prefix);
	text *pseudonym = palloc(VARHDRSZ + prefix + HASH_CHARS);

	memreg_pseudonym_hash(hash, sizeof(hash), value, keys->subkey[SCOPE_SUBKEY_TEXT]);
	SET_VARSIZE(pseudonym, VARHDRSZ + prefix + HASH_CHARS);
	memcpy(VARDATA(pseudonym), keys->text_prefix, prefix);
	memreg_pseudonym_base32(hash, HASH_BYTES, VARDATA(pseudonym) + prefix);
	return pseudonym;
}

/* 122 bits of the hash in a uuid of version 8 (RFC 9562, section 5.8). */
pg_uuid_t *
memreg_pseudonym_uuid_of_text(const ScopeKeys *keys, const text *value)
{
	pg_uuid_t *uuid = palloc(sizeof(pg_uuid_t));

	memreg_pseudonym_hash(uuid->data, UUID_LEN, value, keys->subkey[SCOPE_SUBKEY_UUID]);
	return uuid_of_hash(uuid);
}

pg_uuid_t *
memreg_pseudonym_of_uuid(const ScopeKeys *keys, const pg_uuid_t *value)
{
	pg_uuid_t *uuid = palloc(sizeof(pg_uuid_t));

	memreg_prf(uuid->data, UUID_LEN, value->data, UUID_LEN, keys->subkey[SCOPE_SUBKEY_UUID]);
	return uuid_of_hash(uuid);
}

/* Of a subject's secret. */
pg_uuid_t *
memreg_pseudonym_of_secret(const ScopeKeys *keys, const unsigned char *secret, size_t length)
{
	pg_uuid_t *uuid = palloc(sizeof(pg_uuid_t));

	memreg_prf(uuid->data, UUID_LEN, secret, length, keys->subkey[SCOPE_SUBKEY_SUBJECT]);
	return uuid_of_hash(uuid);
}

/* A permutation: different keys never get the same pseudonym. */
int64
memreg_pseudonym_of_bigint(const ScopeKeys *keys, int64 value)
{
	return (int64) memreg_permute((uint64) value, keys->bigint_keys);
}

/* Permutations of the type's own numbers, of which there are few: see docs/pseudonym.md. */
int32
memreg_pseudonym_of_integer(const ScopeKeys *keys, int32 value)
{
	return (int32) memreg_permute_below((uint32) value, UINT64CONST(1) << 32,
										SCOPE_DIGITS_INTEGER, keys->digit_keys);
}

int16
memreg_pseudonym_of_smallint(const ScopeKeys *keys, int16 value)
{
	return (int16) memreg_permute_below((uint16) value, UINT64CONST(1) << 16,
										SCOPE_DIGITS_SMALLINT, keys->digit_keys);
}

bytea *
memreg_pseudonym_of_bytea(const ScopeKeys *keys, const bytea *value)
{
	bytea *pseudonym = palloc(VARHDRSZ + UUID_LEN);

	SET_VARSIZE(pseudonym, VARHDRSZ + UUID_LEN);
	memreg_prf((unsigned char *) VARDATA(pseudonym), UUID_LEN,
			   (const unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
			   keys->subkey[SCOPE_SUBKEY_BYTEA]);
	return pseudonym;
}

static const ScopeKeys *
call_keys(FunctionCallInfo fcinfo)
{
	return memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
}

/* Keyed hash, of 16 to 64 bytes, of a text in UTF-8. */
void
memreg_pseudonym_hash(unsigned char *hash, size_t length, const text *value,
					  const unsigned char *key)
{
	size_t size;
	const unsigned char *utf8 = memreg_pseudonym_utf8(value, &size);

	memreg_prf(hash, length, utf8, size, key);
	if (utf8 != (const unsigned char *) VARDATA_ANY(value))
		pfree((void *) utf8);
}

/* A text's bytes in UTF-8, which may be its own or palloc'd, and their number. */
const unsigned char *
memreg_pseudonym_utf8(const text *value, size_t *length)
{
	char *bytes = VARDATA_ANY(value);
	size_t size = VARSIZE_ANY_EXHDR(value);
	char *utf8 = GetDatabaseEncoding() == PG_SQL_ASCII
		? bytes
		: pg_server_to_any(bytes, size, PG_UTF8);

	*length = utf8 == bytes ? size : strlen(utf8);
	return (const unsigned char *) utf8;
}

static pg_uuid_t *
uuid_of_hash(pg_uuid_t *hash)
{
	hash->data[6] = (hash->data[6] & 0x0f) | 0x80;
	hash->data[8] = (hash->data[8] & 0x3f) | 0x80;
	return hash;
}

/* Five bytes to eight characters; length is a multiple of five. */
void
memreg_pseudonym_base32(const unsigned char *bytes, size_t length, char *characters)
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

	for (size_t i = 0; i < length; i += 5, characters += 8)
	{
		uint64 group = (uint64) bytes[i] << 32 | (uint64) bytes[i + 1] << 24 |
			(uint64) bytes[i + 2] << 16 | (uint64) bytes[i + 3] << 8 | bytes[i + 4];

		for (int j = 0; j < 8; j++)
			characters[j] = alphabet[group >> (35 - 5 * j) & 31];
	}
}
