/*
 * subject_pseudonym.c
 *		Pseudonyms of subjects, which end with the subject.
 *
 * A pseudonym of a key can be computed again as long as its scope is there,
 * and so links what a recipient holds to a person who was erased, should the
 * key become known again.  A subject's pseudonym is made of its secret
 * (subject_secret.c) instead: once that is forgotten, what recipients hold is
 * linked to nobody, and the same key, registered anew, gets another one.
 */
#include "postgres.h"

#include <sodium.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "core/extension.h"
#include "pseudonym/pseudonym.h"
#include "pseudonym/scope_call.h"
#include "pseudonym/subject_secret.h"
#include "registry/catalog.h"
#include "registry/subject.h"

PG_FUNCTION_INFO_V1(memreg_subject_pseudonym);
PG_FUNCTION_INFO_V1(memreg_forget_subject_secret);

static char *argument_subject(FunctionCallInfo fcinfo, int argument, int32 *register_id);

/*
 * memreg.subject_pseudonym(scope text, register text, subject bigint, uuid or
 * text) → uuid, of version 8.
 */
Datum
memreg_subject_pseudonym(PG_FUNCTION_ARGS)
{
	unsigned char secret[MEMREG_SUBJECT_SECRET_BYTES];
	const ScopeKeys *keys;
	pg_uuid_t *pseudonym;
	int32 register_id;
	char *subject;

	(void) memreg_scope_call_scope(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	subject = argument_subject(fcinfo, 1, &register_id);
	memreg_subject_secret_get(register_id, subject, secret);

	/* Not before: making a secret may change the registry. */
	keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	pseudonym = memreg_pseudonym_of_secret(keys, secret, sizeof(secret));
	sodium_memzero(secret, sizeof(secret));
	PG_RETURN_UUID_P(pseudonym);
}

/*
 * memreg.forget_subject_secret(register text, subject bigint, uuid or text) →
 * boolean: false if it had none.
 */
Datum
memreg_forget_subject_secret(PG_FUNCTION_ARGS)
{
	int32 register_id;
	char *subject = argument_subject(fcinfo, 0, &register_id);

	PG_RETURN_BOOL(memreg_subject_secret_forget(register_id, subject));
}

/* The canonical key of the subject in the argument after the register's. */
static char *
argument_subject(FunctionCallInfo fcinfo, int argument, int32 *register_id)
{
	char *register_name = text_to_cstring(PG_GETARG_TEXT_PP(argument));
	char *subject;

	memreg_extension_require();
	subject = memreg_subject_argument(fcinfo, argument + 1, register_name);
	(void) memreg_registry_register_id(register_name, register_id);
	return subject;
}
