/*
 * subject_token.c
 *		Subject tokens of this database: issued by one role, read for another.
 *
 * Whoever knows who a person is, an authentication service, may be granted
 * memreg.issue_subject_token.  The application's login role is not, and cannot
 * make a token, as the key is in the server's memory alone.  A token is good
 * for one subject of one register until it expires, in this database of this
 * cluster, and its standbys; it cannot be taken back before, so it lives for
 * minutes.
 */
#include "postgres.h"

#include <sodium.h>

#include "access/xlog.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "core/errors.h"
#include "core/extension.h"
#include "crypto/master_key.h"
#include "crypto/token.h"
#include "policy/subject_token.h"
#include "pseudonym/scope_key.h"
#include "registry/catalog.h"
#include "registry/subject.h"

PG_FUNCTION_INFO_V1(memreg_issue_subject_token);

static int max_lifetime = 3600;

static TimestampTz read_argument_expiry(FunctionCallInfo fcinfo, int argument);
static Oid read_argument_role(FunctionCallInfo fcinfo, int argument);
static TokenRealm this_realm(void);
static void derive_key(MasterKey which, unsigned char *key);
static bool read_under(MasterKey which, const char *text, SubjectToken *token);

void
memreg_subject_token_init(void)
{
	/*
	 * A token that was stolen is good until it expires, so who may issue
	 * tokens does not decide alone how long they last.
	 */
	DefineCustomIntVariable("memreg.subject_token_lifetime",
							"Longest time that a subject token may be issued for.",
							"Tokens that were issued before are not shortened.", &max_lifetime,
							3600, 1, 2147483, PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);
}

/*
 * memreg.issue_subject_token(register, subject, valid_for, role) → token.  The
 * subject's row need not exist.  With a role, only that role can use it.
 */
Datum
memreg_issue_subject_token(PG_FUNCTION_ARGS)
{
	SubjectToken token = {0};
	TokenRealm realm = this_realm();
	unsigned char key[MEMREG_TOKEN_KEY_BYTES];
	char written[MEMREG_TOKEN_TEXT_BYTES];
	char *register_name;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_SUBJECT),
				 errmsg("register and subject must not be null"),
				 errhint("Name the register and the subject's key.")));
	memreg_extension_require();
	register_name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (strlcpy(token.subject, memreg_subject_argument(fcinfo, 1, register_name),
				sizeof(token.subject)) >= sizeof(token.subject))
		elog(ERROR, "a subject key is too long for a token");
	(void) memreg_registry_register_id(register_name, &token.register_id);
	token.expires_at = read_argument_expiry(fcinfo, 2);
	token.role = read_argument_role(fcinfo, 3);

	memreg_scope_key_require_master_key();
	derive_key(MASTER_KEY_PRESENT, key);
	memreg_token_write(&token, &realm, key, written);
	sodium_memzero(key, sizeof(key));
	PG_RETURN_TEXT_P(cstring_to_text(written));
}

/*
 * Read a token; false: it is malformed, forged, or of another database.  While
 * the master key is replaced, tokens of the previous one go on.
 */
bool
memreg_subject_token_read(const char *text, SubjectToken *token)
{
	memreg_master_key_require(MASTER_KEY_PRESENT);
	return read_under(MASTER_KEY_PRESENT, text, token) ||
		(memreg_master_key_available(MASTER_KEY_PREVIOUS) &&
		 read_under(MASTER_KEY_PREVIOUS, text, token));
}

static bool
read_under(MasterKey which, const char *text, SubjectToken *token)
{
	TokenRealm realm = this_realm();
	unsigned char key[MEMREG_TOKEN_KEY_BYTES];
	bool good;

	derive_key(which, key);
	good = memreg_token_read(text, &realm, key, token);
	sodium_memzero(key, sizeof(key));
	return good;
}

/* When a token that is to be good for an interval from now on expires. */
static TimestampTz
read_argument_expiry(FunctionCallInfo fcinfo, int argument)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz expiry = now;

	if (!PG_ARGISNULL(argument))
		expiry = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
														 TimestampTzGetDatum(now),
														 PG_GETARG_DATUM(argument)));
	if (expiry <= now || expiry - now > max_lifetime * USECS_PER_SEC)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_VALIDITY),
				 errmsg("a subject token cannot be issued for that long"),
				 errdetail("It is good for more than no time, and for at most %d seconds.",
						   max_lifetime),
				 errhint("Give a shorter time in valid_for; memreg.subject_token_lifetime sets the longest.")));
	return expiry;
}

/* By OID: a role that takes over another's name does not get its tokens. */
static Oid
read_argument_role(FunctionCallInfo fcinfo, int argument)
{
	Oid role;

	if (PG_ARGISNULL(argument))
		return InvalidOid;
	role = PG_GETARG_OID(argument);
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_ROLE),
				 errmsg("role %u does not exist", role),
				 errhint("Name the role that is to use the token, or none.")));
	return role;
}

static TokenRealm
this_realm(void)
{
	return (TokenRealm){.cluster = GetSystemIdentifier(), .database = MyDatabaseId};
}

static void
derive_key(MasterKey which, unsigned char *key)
{
	memreg_master_key_derive(which, MASTER_SUBKEY_TOKEN, key, MEMREG_TOKEN_KEY_BYTES);
}
