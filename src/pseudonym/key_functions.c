/*
 * key_functions.c
 *		What SQL asks of the master keys and of stored keys.
 *
 * The functions that touch a key are for memreg's own SQL: they take and
 * return wrapped keys only.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "core/extension.h"
#include "pseudonym/scope_key.h"

PG_FUNCTION_INFO_V1(memreg_master_key_is_present);
PG_FUNCTION_INFO_V1(memreg_master_key_why_absent);
PG_FUNCTION_INFO_V1(memreg_master_key_named);
PG_FUNCTION_INFO_V1(memreg_master_fingerprint);
PG_FUNCTION_INFO_V1(memreg_present_fingerprint);
PG_FUNCTION_INFO_V1(memreg_new_scope_key);
PG_FUNCTION_INFO_V1(memreg_rewrapped_scope_key);

static MasterKey which_key(bool previous);
static const unsigned char *exact_bytes(const bytea *value, int length);
static bytea *bytes_of(const unsigned char *bytes, int length);

/* memreg.master_key_present() → boolean: was a master key read at server start? */
Datum
memreg_master_key_is_present(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(memreg_master_key_available(MASTER_KEY_PRESENT));
}

/* memreg.master_key_absence(previous boolean) → text: why it is absent; NULL: it is there. */
Datum
memreg_master_key_why_absent(PG_FUNCTION_ARGS)
{
	MasterKey which = which_key(PG_GETARG_BOOL(0));

	if (memreg_master_key_available(which))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(memreg_master_key_absence(which)));
}

/*
 * memreg.master_key_named(fingerprint bytea) → text: 'present' or 'previous';
 * NULL: it is neither.
 */
Datum
memreg_master_key_named(PG_FUNCTION_ARGS)
{
	const bytea *fingerprint = PG_GETARG_BYTEA_PP(0);
	MasterKey which;

	if (VARSIZE_ANY_EXHDR(fingerprint) != MEMREG_FINGERPRINT_BYTES ||
		!memreg_master_key_find((const unsigned char *) VARDATA_ANY(fingerprint), &which))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(which == MASTER_KEY_PRESENT ? "present" : "previous"));
}

/*
 * memreg.master_fingerprint() → bytea: 16 bytes that tell master keys apart;
 * an error when the key is absent or not the one of this database.
 */
Datum
memreg_master_fingerprint(PG_FUNCTION_ARGS)
{
	memreg_scope_key_require_master_key();
	return memreg_present_fingerprint(fcinfo);
}

/* memreg.present_fingerprint() → bytea: the same, also before rewrap_keys has begun. */
Datum
memreg_present_fingerprint(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(bytes_of(memreg_master_key_fingerprint(MASTER_KEY_PRESENT),
							   MEMREG_FINGERPRINT_BYTES));
}

/*
 * memreg.new_scope_key(scope text, version int) → bytea: a new random key,
 * wrapped for that scope and version.  Errors as master_fingerprint.
 */
Datum
memreg_new_scope_key(PG_FUNCTION_ARGS)
{
	unsigned char wrapped[MEMREG_WRAPPED_BYTES];

	memreg_scope_key_make(memreg_scope_key_context(text_to_cstring(PG_GETARG_TEXT_PP(0)),
												   PG_GETARG_INT32(1)),
						  wrapped);
	PG_RETURN_BYTEA_P(bytes_of(wrapped, MEMREG_WRAPPED_BYTES));
}

/*
 * memreg.rewrapped_scope_key(scope text, version int, wrapped_key bytea,
 * master_fingerprint bytea) → bytea: the same key, wrapped under the present
 * master key.
 */
Datum
memreg_rewrapped_scope_key(PG_FUNCTION_ARGS)
{
	unsigned char rewrapped[MEMREG_WRAPPED_BYTES];

	memreg_scope_key_rewrap(exact_bytes(PG_GETARG_BYTEA_PP(2), MEMREG_WRAPPED_BYTES),
							exact_bytes(PG_GETARG_BYTEA_PP(3), MEMREG_FINGERPRINT_BYTES),
							memreg_scope_key_context(text_to_cstring(PG_GETARG_TEXT_PP(0)),
													 PG_GETARG_INT32(1)),
							rewrapped);
	PG_RETURN_BYTEA_P(bytes_of(rewrapped, MEMREG_WRAPPED_BYTES));
}

static MasterKey
which_key(bool previous)
{
	return previous ? MASTER_KEY_PREVIOUS : MASTER_KEY_PRESENT;
}

static const unsigned char *
exact_bytes(const bytea *value, int length)
{
	if (VARSIZE_ANY_EXHDR(value) != length)
		memreg_scope_key_reject_damaged();
	return (const unsigned char *) VARDATA_ANY(value);
}

static bytea *
bytes_of(const unsigned char *bytes, int length)
{
	bytea *value = palloc(VARHDRSZ + length);

	SET_VARSIZE(value, VARHDRSZ + length);
	memcpy(VARDATA(value), bytes, length);
	return value;
}
