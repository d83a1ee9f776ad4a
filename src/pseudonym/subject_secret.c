/*
 * subject_secret.c
 *		The random secret of each subject.
 *
 * 32 random bytes a subject, made when first asked for and stored wrapped
 * under a subkey of the register's own scope, bound to register and subject.
 * What is derived from a secret ends with its row: no key brings it back.
 */
#include "postgres.h"

#include <sodium.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "core/errors.h"
#include "core/spi.h"
#include "crypto/wrap.h"
#include "pseudonym/register_scope.h"
#include "pseudonym/subject_secret.h"

StaticAssertDecl(MEMREG_SUBJECT_SECRET_BYTES == MEMREG_KEY_BYTES, "wrapped like a key");

static const unsigned char *wrapping_key(int32 register_id);
static bool read_wrapped(int32 register_id, const char *subject, unsigned char *wrapped);
static void add_wrapped(int32 register_id, const char *subject, const unsigned char *wrapped);
static MemregArgs subject_args(int32 register_id, const char *subject);
static char *context_of(int32 register_id, const char *subject);
pg_noreturn static void reject_damaged(void);

/*
 * The secret of a subject by its canonical key, made now if it has none.  The
 * caller wipes it.
 */
void
memreg_subject_secret_get(int32 register_id, const char *subject, unsigned char *secret)
{
	char *context = context_of(register_id, subject);
	unsigned char wrapped[MEMREG_WRAPPED_BYTES];

	if (!read_wrapped(register_id, subject, wrapped))
	{
		randombytes_buf(secret, MEMREG_SUBJECT_SECRET_BYTES);
		memreg_wrap(secret, context, wrapping_key(register_id), wrapped);
		add_wrapped(register_id, subject, wrapped);

		/* Somebody else may have been first. */
		if (!read_wrapped(register_id, subject, wrapped))
			elog(ERROR, "the secret of a subject is gone as soon as it is made");
	}
	if (!memreg_unwrap(wrapped, context, wrapping_key(register_id), secret))
		reject_damaged();
}

/* Forget a subject's secret, also one made since the transaction began; false: it had none. */
bool
memreg_subject_secret_forget(int32 register_id, const char *subject)
{
	MemregArgs args = subject_args(register_id, subject);
	uint64 forgotten;

	SPI_connect();
	forgotten = memreg_spi_run_latest("DELETE FROM memreg.subject_secret"
									  " WHERE register_id = $1 AND subject = $2",
									  &args);
	SPI_finish();
	return forgotten > 0;
}

static const unsigned char *
wrapping_key(int32 register_id)
{
	return memreg_register_scope_keys(register_id)->subkey[SCOPE_SUBKEY_SECRET];
}

static bool
read_wrapped(int32 register_id, const char *subject, unsigned char *wrapped)
{
	MemregArgs args = subject_args(register_id, subject);
	bool found;

	SPI_connect();
	found = memreg_spi_run("SELECT wrapped_secret FROM memreg.subject_secret"
						   " WHERE register_id = $1 AND subject = $2",
						   &args) > 0;
	if (found)
	{
		bool isnull;
		bytea *value = DatumGetByteaPP(memreg_spi_value(0, 1, &isnull));

		if (VARSIZE_ANY_EXHDR(value) != MEMREG_WRAPPED_BYTES)
			reject_damaged();
		memcpy(wrapped, VARDATA_ANY(value), MEMREG_WRAPPED_BYTES);
	}
	SPI_finish();
	return found;
}

static void
add_wrapped(int32 register_id, const char *subject, const unsigned char *wrapped)
{
	MemregArgs args = subject_args(register_id, subject);
	bytea *value = palloc(VARHDRSZ + MEMREG_WRAPPED_BYTES);

	SET_VARSIZE(value, VARHDRSZ + MEMREG_WRAPPED_BYTES);
	memcpy(VARDATA(value), wrapped, MEMREG_WRAPPED_BYTES);
	memreg_spi_arg(&args, BYTEAOID, PointerGetDatum(value));
	SPI_connect();
	memreg_spi_run("INSERT INTO memreg.subject_secret (register_id, subject, wrapped_secret)"
				   " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
				   &args);
	SPI_finish();
}

static MemregArgs
subject_args(int32 register_id, const char *subject)
{
	MemregArgs args = {0};

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(register_id));
	memreg_spi_arg_text(&args, subject);
	return args;
}

/* What a wrapped secret is bound to. */
static char *
context_of(int32 register_id, const char *subject)
{
	return psprintf("memreg subject secret %d %s", register_id, subject);
}

static void
reject_damaged(void)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_KEY_DAMAGED),
			 errmsg("the stored secret of a subject is damaged"),
			 errhint("Restore its row of memreg.subject_secret from a backup, or forget it with memreg.forget_subject_secret: the subject then gets other pseudonyms.")));
}
