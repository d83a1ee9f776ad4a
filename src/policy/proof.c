/*
 * proof.c
 *		The subject that a session acts for, and what proves it.
 *
 * An application logs in as one role and acts for many people.  It says for
 * whom in memreg.subject, which everybody may set, so the value must prove
 * itself: it is a subject token (subject_token.c).  Where the DBA has turned
 * memreg.trust_subject on, the application is believed, and the value is the
 * subject key itself.
 *
 * A value is verified once and kept as what it proves until either setting
 * changes.  Whether the role may use it, and whether it has expired, is asked
 * at the start of every statement.  Parallel workers verify for themselves, as
 * the settings come to them, but whether the proof has expired their leader
 * has asked.
 *
 * No message quotes the value: it names a person, or opens their data.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "core/errors.h"
#include "core/extension.h"
#include "policy/proof.h"
#include "policy/subject_token.h"
#include "registry/catalog.h"
#include "registry/subject.h"

PG_FUNCTION_INFO_V1(memreg_session_subject);

static char *subject_setting = NULL;
static bool trust_setting = false;

/* What the settings prove, once they have been verified. */
static struct
{
	bool verified;
	int32 register_id;
	Oid type; /* of the register's subject keys */
	Oid role; /* who may use it; InvalidOid: anybody */
	TimestampTz expires_at;
	char subject[MEMREG_TOKEN_SUBJECT_MAX + 1];
} proof;

static void forget_subject(const char *value, void *extra);
static void forget_trust(bool value, void *extra);
static void verify(int32 register_id);
static void require_unexpired(void);
static void require_set(void);
static void open_token(int32 register_id);
static void believe_setting(int32 register_id);
static void take_subject(int32 register_id, const char *subject);
static void require_role(void);

void
memreg_proof_init(void)
{
	/*
	 * Set by applications, behind a pool with SET LOCAL in each transaction.
	 * Anybody may set it to anything, as it counts only if it is proven.
	 * There is no check of its value here: the server would quote it.
	 */
	DefineCustomStringVariable("memreg.subject", "Subject that the session acts for.",
							   "A token of memreg.issue_subject_token; with memreg.trust_subject the subject's key.",
							   &subject_setting, "", PGC_USERSET, 0, NULL, forget_subject,
							   NULL);

	/*
	 * For a role: ALTER ROLE … SET.  Whoever can act as that role then reads
	 * and changes every subject's rows, one at a time, for the purposes of
	 * reach "own" that it was granted.
	 */
	DefineCustomBoolVariable("memreg.trust_subject",
							 "Believes the session which subject it acts for, without a token.",
							 NULL, &trust_setting, false, PGC_SUSET, 0, NULL,
							 forget_trust, NULL);
}

/* Called when transactions end, too, and must not fail. */
static void
forget_subject(const char *value, void *extra)
{
	proof.verified = false;
}

static void
forget_trust(bool value, void *extra)
{
	proof.verified = false;
}

/*
 * memreg.session_subject(register) → the canonical key of the subject that the
 * session acts for; NULL when none is set, an error when it is not proven.
 */
Datum
memreg_session_subject(PG_FUNCTION_ARGS)
{
	char *register_name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int32 register_id;

	memreg_extension_require();
	if (!memreg_registry_register_id(register_name, &register_id))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_REGISTER),
				 errmsg("register %s does not exist", quote_identifier(register_name)),
				 errhint("Declare it with memreg.create_register; the table memreg.register lists those that exist.")));
	if (subject_setting[0] == '\0')
		PG_RETURN_NULL();
	memreg_proof_require(register_id);
	PG_RETURN_TEXT_P(cstring_to_text(proof.subject));
}

/* Fail unless the session has proven, and may now use, a subject of the register. */
void
memreg_proof_require(int32 register_id)
{
	verify(register_id);
	require_unexpired();
}

static void
require_unexpired(void)
{
	/* A worker verifies anew what its leader has found good. */
	TimestampTz now = IsParallelWorker() ? GetCurrentStatementStartTimestamp()
										 : GetCurrentTimestamp();

	if (proof.expires_at <= now)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_SUBJECT_EXPIRED),
				 errmsg("the subject token in memreg.subject has expired"),
				 errhint("Have a new one issued, and set memreg.subject to it.")));
}

/*
 * The proven subject's canonical key and its type, for a statement whose start
 * memreg_proof_require has let pass.  The text is good until a setting changes.
 */
const char *
memreg_proof_subject(int32 register_id, Oid *type)
{
	verify(register_id);
	*type = proof.type;
	return proof.subject;
}

/*
 * Fail unless what the settings hold is proof for a subject of the register.
 * A statement that has begun may finish after its token has expired, but not
 * turn to a token that has.
 */
static void
verify(int32 register_id)
{
	if (!proof.verified || proof.register_id != register_id)
	{
		proof.verified = false;
		require_set();
		if (trust_setting)
			believe_setting(register_id);
		else
			open_token(register_id);
		require_unexpired();
		proof.verified = true;
	}
	require_role();
}

static void
require_set(void)
{
	if (subject_setting[0] == '\0')
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_SUBJECT_UNSET),
				 errmsg("no subject is set, and the purpose reaches the session's own subject only"),
				 trust_setting
					 ? errhint("Set memreg.subject to the key of the subject that the session acts for.")
					 : errhint("Set memreg.subject to a token that memreg.issue_subject_token has issued for the subject.")));
}

/* Malformed, forged and another database's are one error: it tells a forger nothing. */
static void
open_token(int32 register_id)
{
	SubjectToken token;

	if (!memreg_subject_token_read(subject_setting, &token))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_SUBJECT_UNPROVEN),
				 errmsg("memreg.subject holds no subject token of this database"),
				 errhint("Set it to a token as memreg.issue_subject_token returned it.")));
	if (token.register_id != register_id)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_SUBJECT_ELSEWHERE),
				 errmsg("the subject token in memreg.subject was issued for another register"),
				 errhint("Have one issued for the register whose tables are used.")));
	take_subject(register_id, token.subject);
	proof.role = token.role;
	proof.expires_at = token.expires_at;
}

/* A connection's options reach settings without a look at their encoding. */
static void
believe_setting(int32 register_id)
{
	if (!pg_verifymbstr(subject_setting, strlen(subject_setting), true))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_SUBJECT),
				 errmsg("the subject key in memreg.subject is no valid text"),
				 errhint("Set it in the client's encoding.")));
	take_subject(register_id, subject_setting);
	proof.role = InvalidOid;
	proof.expires_at = DT_NOEND;
}

static void
take_subject(int32 register_id, const char *subject)
{
	if (!memreg_registry_subject_type_by_id(register_id, &proof.type))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_REGISTER),
				 errmsg("the register does not exist any more"),
				 errhint("The table memreg.register lists those that exist.")));
	if (strlcpy(proof.subject, memreg_subject_canonical(proof.type, subject),
				sizeof(proof.subject)) >= sizeof(proof.subject))
		elog(ERROR, "a subject key is too long for a session");
	proof.register_id = register_id;
}

/*
 * The login role, or the one taken with SET ROLE.  Not whoever owns a SECURITY
 * DEFINER function: its callers are others.
 */
static void
require_role(void)
{
	if (OidIsValid(proof.role) && proof.role != GetSessionUserId() &&
		proof.role != GetOuterUserId())
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_SUBJECT_OF_OTHER_ROLE),
				 errmsg("the subject token in memreg.subject was issued for another role"),
				 errhint("Log in as that role, or have a token issued for this one.")));
}
