/*
 * seal.c
 *		Values that are sealed in a scope, and opened again on the record.
 *
 * A token belongs to a scope, a version of its key and a context, such as the
 * name of a column or the key of a subject: it opens with these or not at all.
 * Sealing needs the right to pseudonymize.  Opening needs the right to reverse
 * and a reason, and leaves a row in memreg.unsealing in the same transaction.
 *
 * Values and contexts are sealed in UTF-8, as pseudonyms are made of them.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "core/errors.h"
#include "crypto/seal.h"
#include "crypto/seal_token.h"
#include "pseudonym/pseudonym.h"
#include "pseudonym/scope_call.h"
#include "pseudonym/unsealing.h"

PG_FUNCTION_INFO_V1(memreg_seal);
PG_FUNCTION_INFO_V1(memreg_seal_random);
PG_FUNCTION_INFO_V1(memreg_unseal);

/* The token of a longer value would not fit into a text. */
#define MAX_VALUE_BYTES (MaxAllocSize / 4 * 3 - 1024)

static text *seal(FunctionCallInfo fcinfo, SealForm form);
static size_t overhead_of(SealForm form);
static void require_length(size_t length);
static SealContext context_of(const text *context);
static char *required_reason(FunctionCallInfo fcinfo);
static text *open_token(const text *token, int32 scope_id, SealContext context,
						int32 *version);
static bool open_sealed(const SealToken *token, const unsigned char *sealed, size_t length,
						SealContext context, const ScopeKeys *keys, unsigned char *message);
static text *text_of_utf8(char *bytes, size_t length);
static char *in_database_encoding(char *utf8, size_t length);
pg_noreturn static void reject_token(void);

/* memreg.seal(scope text, value text, context text) → text: the same for the same value. */
Datum
memreg_seal(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(seal(fcinfo, SEAL_SAME));
}

/* memreg.seal_random(scope text, value text, context text) → text: different each time. */
Datum
memreg_seal_random(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(seal(fcinfo, SEAL_FRESH));
}

/*
 * memreg.unseal(scope text, token text, reason text, context text) → text: what
 * was sealed.  NULL only for a null scope, token or context.
 */
Datum
memreg_unseal(PG_FUNCTION_ARGS)
{
	char *reason;
	text *value;
	int32 scope_id;
	int32 version;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	reason = required_reason(fcinfo);
	scope_id = memreg_scope_call_scope(fcinfo, SCOPE_RIGHT_REVERSE);
	value = open_token(PG_GETARG_TEXT_PP(1), scope_id, context_of(PG_GETARG_TEXT_PP(3)),
					   &version);
	memreg_unsealing_record(scope_id, version, PG_GETARG_TEXT_PP(1), reason);
	PG_RETURN_TEXT_P(value);
}

static text *
seal(FunctionCallInfo fcinfo, SealForm form)
{
	const ScopeKeys *keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	SealContext context = context_of(PG_GETARG_TEXT_PP(2));
	size_t length;
	const unsigned char *message = memreg_pseudonym_utf8(PG_GETARG_TEXT_PP(1), &length);
	size_t sealed_length = length + overhead_of(form);
	unsigned char *sealed;
	text *token;

	require_length(length);
	sealed = palloc(sealed_length);
	if (form == SEAL_SAME)
		memreg_seal_same(message, length, context, keys->subkey[SCOPE_SUBKEY_SEAL],
						 keys->subkey[SCOPE_SUBKEY_SEAL_TAG], sealed);
	else
		memreg_seal_fresh(message, length, context,
						  keys->subkey[SCOPE_SUBKEY_SEAL_RANDOM], sealed);

	token = palloc(VARHDRSZ + memreg_seal_token_room(sealed_length));
	SET_VARSIZE(token,
				VARHDRSZ +
					memreg_seal_token_write(form, keys->version, sealed, sealed_length,
											VARDATA(token)));
	pfree(sealed);
	return token;
}

static size_t
overhead_of(SealForm form)
{
	return form == SEAL_SAME ? MEMREG_SEAL_SAME_OVERHEAD : MEMREG_SEAL_FRESH_OVERHEAD;
}

static void
require_length(size_t length)
{
	if (length > MAX_VALUE_BYTES)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_VALUE_TOO_LONG),
				 errmsg("the value is too long to be sealed"),
				 errdetail("The longest has %zu bytes in UTF-8.", (size_t) MAX_VALUE_BYTES),
				 errhint("Seal it in parts.")));
}

static SealContext
context_of(const text *context)
{
	SealContext bytes;

	bytes.bytes = memreg_pseudonym_utf8(context, &bytes.length);
	return bytes;
}

static char *
required_reason(FunctionCallInfo fcinfo)
{
	char *reason = PG_ARGISNULL(2) ? pstrdup("") : text_to_cstring(PG_GETARG_TEXT_PP(2));

	if (reason[strspn(reason, " \t\r\n")] == '\0')
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNSEAL_REASON),
				 errmsg("what was sealed is opened for a reason only"),
				 errhint("Say in reason why; it is recorded in memreg.unsealing.")));
	return reason;
}

static text *
open_token(const text *token_text, int32 scope_id, SealContext context, int32 *version)
{
	SealToken token;
	unsigned char *sealed;
	unsigned char *message;
	size_t length;
	text *value;

	if (!memreg_seal_token_read(VARDATA_ANY(token_text), VARSIZE_ANY_EXHDR(token_text), &token))
		reject_token();
	sealed = palloc(token.body_length + 1);
	if (!memreg_seal_token_decode(&token, sealed, &length) || length < overhead_of(token.form))
		reject_token();
	message = palloc(length - overhead_of(token.form) + 1);
	if (!open_sealed(&token, sealed, length, context,
					 memreg_scope_keys_of_version(scope_id, token.version), message))
		reject_token();

	*version = token.version;
	value = text_of_utf8((char *) message, length - overhead_of(token.form));
	pfree(message);
	pfree(sealed);
	return value;
}

static bool
open_sealed(const SealToken *token, const unsigned char *sealed, size_t length,
			SealContext context, const ScopeKeys *keys, unsigned char *message)
{
	if (token->form == SEAL_SAME)
		return memreg_seal_open_same(sealed, length, context, keys->subkey[SCOPE_SUBKEY_SEAL],
									 keys->subkey[SCOPE_SUBKEY_SEAL_TAG], message);
	return memreg_seal_open_fresh(sealed, length, context,
								  keys->subkey[SCOPE_SUBKEY_SEAL_RANDOM], message);
}

/* The other way round than memreg_pseudonym_utf8. */
static text *
text_of_utf8(char *bytes, size_t length)
{
	char *converted = bytes;

	bytes[length] = '\0';
	if (GetDatabaseEncoding() != PG_SQL_ASCII)
		converted = in_database_encoding(bytes, length);
	return cstring_to_text_with_len(converted,
									converted == bytes ? length : strlen(converted));
}

/* The server's own error tells the bytes that it cannot convert. */
static char *
in_database_encoding(char *utf8, size_t length)
{
	MemoryContext context = CurrentMemoryContext;
	char *volatile converted = NULL;

	PG_TRY();
	{
		converted = pg_any_to_server(utf8, length, PG_UTF8);
	}
	PG_CATCH();
	{
		int code = geterrcode();

		if (code != ERRCODE_UNTRANSLATABLE_CHARACTER &&
			code != ERRCODE_CHARACTER_NOT_IN_REPERTOIRE)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("the value cannot be written in this database's encoding"),
				 errhint("Open it in a database with the encoding in which it was sealed, or in UTF8.")));
	}
	PG_END_TRY();
	return converted;
}

/* One error for all that can be wrong with a token: it tells a forger nothing. */
static void
reject_token(void)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_TOKEN_NOT_OPENED),
			 errmsg("the token cannot be opened in this scope and context"),
			 errhint("Pass it as memreg.seal returned it, with the same scope and context.")));
}
