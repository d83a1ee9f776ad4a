/*
 * subject.c
 *		Subject keys: bigint, uuid or text outside, one canonical text inside.
 *
 * memreg's own tables hold every subject key as the text that its type prints,
 * so that one shape of table serves all registers and survives a dump.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include "core/compat.h"
#include "core/errors.h"
#include "registry/catalog.h"
#include "registry/subject.h"

/* Longer keys would not fit into an index. */
#define MAX_KEY_BYTES 1024

PG_FUNCTION_INFO_V1(memreg_subject_key);

static char *canonical_bigint(const char *key);
static char *canonical_uuid(const char *key);
pg_noreturn static void reject_key(Oid type);

/*
 * The subject that an SQL function was given as bigint, uuid or text, in
 * canonical form for the register.
 */
char *
memreg_subject_argument(FunctionCallInfo fcinfo, int argument, const char *register_name)
{
	Oid given = get_fn_expr_argtype(fcinfo->flinfo, argument);

	/* The protocol's function call message comes without an expression. */
	if (!OidIsValid(given))
	{
		Oid *declared;
		int arguments;

		(void) get_func_signature(fcinfo->flinfo->fn_oid, &declared, &arguments);
		given = declared[argument];
	}
	return memreg_subject_given(given, PG_GETARG_DATUM(argument), register_name);
}

/*
 * A key of the type given in canonical form for the register.  Text is
 * accepted for every register, as that is how untyped literals and parameters
 * arrive; a bigint or a uuid only where the register's subjects are of that
 * type.
 */
char *
memreg_subject_given(Oid given, Datum key, const char *register_name)
{
	Oid wanted = memreg_subject_type(register_name);

	if (given == TEXTOID)
		return memreg_subject_canonical(wanted, TextDatumGetCString(key));
	if (given != wanted)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_SUBJECT_TYPE),
				 errmsg("subjects of register %s have type %s, not %s",
						quote_identifier(register_name),
						format_type_be(wanted), format_type_be(given)),
				 errhint("Pass the subject key as %s.", format_type_be(wanted))));
	return text_to_cstring(memreg_subject_text(given, key));
}

/* The type of a register's subject keys; fails if there is no such register. */
Oid
memreg_subject_type(const char *register_name)
{
	Oid type;

	if (!memreg_registry_subject_type(register_name, &type))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_REGISTER),
				 errmsg("register %s does not exist", quote_identifier(register_name)),
				 errhint("Declare it with memreg.create_register; the table memreg.register lists those that exist.")));
	return type;
}

/* memreg.subject_key(register, subject) → text: the canonical form for SQL; NULL stays NULL. */
Datum
memreg_subject_key(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(
		memreg_subject_argument(fcinfo, 1, text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

/* A subject key's canonical text. */
text *
memreg_subject_text(Oid type, Datum key)
{
	switch (type)
	{
		case INT8OID:
		{
			char digits[MAXINT8LEN + 1];
			int length = pg_lltoa(DatumGetInt64(key), digits);

			return cstring_to_text_with_len(digits, length);
		}
		case UUIDOID:
			return cstring_to_text(DatumGetCString(DirectFunctionCall1(uuid_out, key)));
		case TEXTOID:
			return DatumGetTextPP(key);
		default:
			elog(ERROR, "type %u is no subject key", type);
	}
}

/* The key whose canonical text this is; of text keys the argument itself. */
Datum
memreg_subject_datum(Oid type, const text *subject)
{
	switch (type)
	{
		case INT8OID:
			return DirectFunctionCall1(int8in, CStringGetDatum(text_to_cstring(subject)));
		case UUIDOID:
			return DirectFunctionCall1(uuid_in, CStringGetDatum(text_to_cstring(subject)));
		case TEXTOID:
			return PointerGetDatum(subject);
		default:
			elog(ERROR, "type %u is no subject key", type);
	}
}

/* The canonical form of a key that is given as text; an error if it has none. */
char *
memreg_subject_canonical(Oid type, const char *key)
{
	switch (type)
	{
		case INT8OID:
			return canonical_bigint(key);
		case UUIDOID:
			return canonical_uuid(key);
		default:
			if (strlen(key) > MAX_KEY_BYTES)
				reject_key(TEXTOID);
			return pstrdup(key);
	}
}

static char *
canonical_bigint(const char *key)
{
	const char *digit = key[0] == '-' ? key + 1 : key;
	int64 value;

	if (*digit == '\0' || strspn(digit, "0123456789") != strlen(digit))
		reject_key(INT8OID);
	errno = 0;
	value = strtoll(key, NULL, 10);
	if (errno != 0)
		reject_key(INT8OID);
	return psprintf(INT64_FORMAT, value);
}

/* The 36 characters of RFC 9562, in upper or lower case. */
static char *
canonical_uuid(const char *key)
{
	Datum value;

	if (strlen(key) != 36)
		reject_key(UUIDOID);
	for (int i = 0; i < 36; i++)
	{
		bool dash = (i == 8 || i == 13 || i == 18 || i == 23);

		if (dash ? key[i] != '-' : !isxdigit((unsigned char) key[i]))
			reject_key(UUIDOID);
	}
	value = DirectFunctionCall1(uuid_in, CStringGetDatum(key));
	return DatumGetCString(DirectFunctionCall1(uuid_out, value));
}

/* Without the key itself: it names a person. */
static void
reject_key(Oid type)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_INVALID_SUBJECT),
			 errmsg("the subject key given is no valid %s", format_type_be(type)),
			 type == TEXTOID ? errdetail("A key has at most %d bytes.", MAX_KEY_BYTES) : 0,
			 errhint("Pass the key as it stands in the register's tables.")));
}
