/*
 * pseudonyms.c
 *		The pseudonyms of a value under other versions of a scope's key.
 *
 * Every one that the scope still recognizes, newest first: what was issued
 * before a rotation is found among them.  Or that of one version.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include "pseudonym/pseudonym.h"
#include "pseudonym/scope_call.h"

PG_FUNCTION_INFO_V1(memreg_pseudonyms);
PG_FUNCTION_INFO_V1(memreg_pseudonyms_uuid);
PG_FUNCTION_INFO_V1(memreg_pseudonyms_uuid_of_key);
PG_FUNCTION_INFO_V1(memreg_pseudonyms_bigint);

PG_FUNCTION_INFO_V1(memreg_pseudonym_of_version);
PG_FUNCTION_INFO_V1(memreg_pseudonym_uuid_of_version);
PG_FUNCTION_INFO_V1(memreg_pseudonym_uuid_of_key_of_version);
PG_FUNCTION_INFO_V1(memreg_pseudonym_bigint_of_version);

/* One pseudonym of a value. */
typedef Datum (*PseudonymOf)(const ScopeKeys *keys, Datum value);

static ArrayType *of_each_version(FunctionCallInfo fcinfo, PseudonymOf pseudonym_of, Oid type);
static Datum of_one_version(FunctionCallInfo fcinfo, PseudonymOf pseudonym_of);
static Datum of_text(const ScopeKeys *keys, Datum value);
static Datum uuid_of_text(const ScopeKeys *keys, Datum value);
static Datum of_uuid(const ScopeKeys *keys, Datum value);
static Datum of_bigint(const ScopeKeys *keys, Datum value);

/* memreg.pseudonyms(scope text, value text) → text[]. */
Datum
memreg_pseudonyms(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(of_each_version(fcinfo, of_text, TEXTOID));
}

/* memreg.pseudonyms_uuid(scope text, value text) → uuid[]. */
Datum
memreg_pseudonyms_uuid(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(of_each_version(fcinfo, uuid_of_text, UUIDOID));
}

/* memreg.pseudonyms_uuid(scope text, value uuid) → uuid[]. */
Datum
memreg_pseudonyms_uuid_of_key(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(of_each_version(fcinfo, of_uuid, UUIDOID));
}

/* memreg.pseudonyms_bigint(scope text, value bigint) → bigint[]. */
Datum
memreg_pseudonyms_bigint(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(of_each_version(fcinfo, of_bigint, INT8OID));
}

/* memreg.pseudonym_of_version(scope text, version int, value text) → text. */
Datum
memreg_pseudonym_of_version(PG_FUNCTION_ARGS)
{
	return of_one_version(fcinfo, of_text);
}

/* memreg.pseudonym_uuid_of_version(scope text, version int, value text) → uuid. */
Datum
memreg_pseudonym_uuid_of_version(PG_FUNCTION_ARGS)
{
	return of_one_version(fcinfo, uuid_of_text);
}

/* memreg.pseudonym_uuid_of_version(scope text, version int, value uuid) → uuid. */
Datum
memreg_pseudonym_uuid_of_key_of_version(PG_FUNCTION_ARGS)
{
	return of_one_version(fcinfo, of_uuid);
}

/* memreg.pseudonym_bigint_of_version(scope text, version int, value bigint) → bigint. */
Datum
memreg_pseudonym_bigint_of_version(PG_FUNCTION_ARGS)
{
	return of_one_version(fcinfo, of_bigint);
}

static Datum
of_one_version(FunctionCallInfo fcinfo, PseudonymOf pseudonym_of)
{
	int32 scope_id = memreg_scope_call_scope(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);

	return pseudonym_of(memreg_scope_keys_of_version(scope_id, PG_GETARG_INT32(1)),
						PG_GETARG_DATUM(2));
}

static ArrayType *
of_each_version(FunctionCallInfo fcinfo, PseudonymOf pseudonym_of, Oid type)
{
	List *versions;
	int32 scope_id;
	Datum *pseudonyms;
	int16 length;
	bool by_value;
	char align;

	/* Of a destroyed scope no version is left: an error, and not an empty array. */
	(void) memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	versions = memreg_scope_call_versions(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE, &scope_id);
	pseudonyms = palloc(list_length(versions) * sizeof(Datum));
	for (int i = 0; i < list_length(versions); i++)
		pseudonyms[i] =
			pseudonym_of(memreg_scope_keys_of_version(scope_id, list_nth_int(versions, i)),
						 PG_GETARG_DATUM(1));
	get_typlenbyvalalign(type, &length, &by_value, &align);
	return construct_array(pseudonyms, list_length(versions), type, length, by_value, align);
}

static Datum
of_text(const ScopeKeys *keys, Datum value)
{
	return PointerGetDatum(memreg_pseudonym_of_text(keys, DatumGetTextPP(value)));
}

static Datum
uuid_of_text(const ScopeKeys *keys, Datum value)
{
	return UUIDPGetDatum(memreg_pseudonym_uuid_of_text(keys, DatumGetTextPP(value)));
}

static Datum
of_uuid(const ScopeKeys *keys, Datum value)
{
	return UUIDPGetDatum(memreg_pseudonym_of_uuid(keys, DatumGetUUIDP(value)));
}

static Datum
of_bigint(const ScopeKeys *keys, Datum value)
{
	return Int64GetDatum(memreg_pseudonym_of_bigint(keys, DatumGetInt64(value)));
}
