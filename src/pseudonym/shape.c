/*
 * shape.c
 *		What the pseudonyms that keep a shape have in common.
 *
 * A shape_*.c file reads a value, replaces what identifies in it, and writes
 * the rest as it was: e-mail addresses, telephone numbers, postal codes, IP
 * addresses, dates.  All look at bytes in UTF-8, so that a value has the same
 * pseudonym in every database; where a database has no encoding (SQL_ASCII),
 * the bytes count as they are.
 *
 * Invariant: a value that has not the shape is NULL, or an error for the caller
 * who asked for one.  No error tells anything of the value.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "core/errors.h"
#include "pseudonym/shape.h"

static bool is_ascii(const char *bytes, size_t length);
static bool is_utf8_already(void);

/*
 * The bytes of a value in UTF-8, not terminated; NULL: some character of it is
 * none there, as in WIN1252 a few bytes are, so that it has no shape either.
 * (pg_server_to_any would raise an error, and tell the bytes.)
 */
const char *
memreg_shape_read(const text *value, size_t *length)
{
	unsigned char *bytes = (unsigned char *) VARDATA_ANY(value);
	int size = VARSIZE_ANY_EXHDR(value);
	unsigned char *utf8;
	Size room;
	Oid convert;

	*length = size;
	if (is_utf8_already() || is_ascii((char *) bytes, size))
		return (char *) bytes;

	convert = FindDefaultConversionProc(GetDatabaseEncoding(), PG_UTF8);
	room = (Size) size * MAX_CONVERSION_GROWTH + 1;
	if (!OidIsValid(convert) || room > MaxAllocSize)
		return NULL;
	utf8 = palloc(room);
	if (pg_do_encoding_conversion_buf(convert, GetDatabaseEncoding(), PG_UTF8, bytes,
									  size, utf8, (int) room, true) != size)
		return NULL;
	*length = strlen((char *) utf8);
	return (char *) utf8;
}

/* A text of bytes in UTF-8 whose characters the database's encoding has. */
text *
memreg_shape_write(const char *utf8, size_t length)
{
	char *converted;

	if (is_utf8_already() || is_ascii(utf8, length))
		return cstring_to_text_with_len(utf8, (int) length);
	converted = pg_any_to_server(utf8, (int) length, PG_UTF8);
	return cstring_to_text_with_len(converted, (int) strlen(converted));
}

/*
 * What an ill-formed value becomes.  Context lines and the server log's
 * STATEMENT line would carry the value.
 */
Datum
memreg_shape_refuse(FunctionCallInfo fcinfo, bool strict, const char *message, const char *hint)
{
	if (strict)
	{
		error_context_stack = NULL;
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_ILL_FORMED),
				 errmsg_internal("%s", message),
				 errhint("%s", hint),
				 errhidestmt(true)));
	}
	PG_RETURN_NULL();
}

static bool
is_ascii(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (IS_HIGHBIT_SET(bytes[i]))
			return false;
	return true;
}

static bool
is_utf8_already(void)
{
	return GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII;
}
