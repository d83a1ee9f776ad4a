/*
 * create.c
 *		The random key of a new scope.
 */
#include "postgres.h"

#include <sodium.h>

#include "fmgr.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "core/extension.h"
#include "pseudonym/scope_row.h"

PG_FUNCTION_INFO_V1(memreg_master_key_is_present);
PG_FUNCTION_INFO_V1(memreg_master_fingerprint);
PG_FUNCTION_INFO_V1(memreg_new_scope_key);

/* memreg.master_key_present() → boolean: was a master key read at server start? */
Datum
memreg_master_key_is_present(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(memreg_master_key_present());
}

/*
 * memreg.master_fingerprint() → bytea: 16 bytes that tell master keys apart;
 * an error when the key is absent or not the one of this database's scopes.
 */
Datum
memreg_master_fingerprint(PG_FUNCTION_ARGS)
{
	bytea *result = palloc(VARHDRSZ + MEMREG_FINGERPRINT_BYTES);

	memreg_scope_row_require_master_key();
	SET_VARSIZE(result, VARHDRSZ + MEMREG_FINGERPRINT_BYTES);
	memreg_master_key_fingerprint((unsigned char *) VARDATA(result));
	PG_RETURN_BYTEA_P(result);
}

/*
 * memreg.new_scope_key(scope text, version int) → bytea: a new random key,
 * wrapped for that scope and version.  Errors as master_fingerprint.
 */
Datum
memreg_new_scope_key(PG_FUNCTION_ARGS)
{
	char *context =
		memreg_scope_row_context(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_INT32(1));
	bytea *result = palloc(VARHDRSZ + MEMREG_WRAPPED_BYTES);
	unsigned char scope_key[32];

	memreg_scope_row_require_master_key();
	randombytes_buf(scope_key, sizeof(scope_key));
	SET_VARSIZE(result, VARHDRSZ + MEMREG_WRAPPED_BYTES);
	memreg_wrap_key(scope_key, context, (unsigned char *) VARDATA(result));
	sodium_memzero(scope_key, sizeof(scope_key));
	PG_RETURN_BYTEA_P(result);
}
