/*
 * unsealing.c
 *		The record of what was opened.
 *
 * Each opening is a row of memreg.unsealing, inserted in the same transaction:
 * where that fails, as on a standby, nothing is opened.  The row names the
 * token by its hash, so that whoever has the token finds who opened it.
 *
 * Whoever opens and rolls back has seen the value, and takes the row with it.
 * So openings are counted for each subtransaction, and the server's log tells
 * of those that were undone.  A transaction with openings cannot be prepared:
 * who rolls it back later is another session.
 */
#include "postgres.h"

#include <sodium.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/actor.h"
#include "core/compat.h"
#include "core/spi.h"
#include "pseudonym/unsealing.h"

#define DIGEST_BYTES 16

/* Openings of one subtransaction; in TopTransactionContext. */
typedef struct Openings
{
	SubTransactionId of;
	uint64 count;
	struct Openings *outer;
} Openings;

static Openings *innermost = NULL;

PG_FUNCTION_INFO_V1(memreg_token_digest);

static bytea *digest_of(const text *token);
static void count_opening(void);
static void end_subtransaction(SubXactEvent event, SubTransactionId ended,
							   SubTransactionId parent, void *arg);
static void end_transaction(XactEvent event, void *arg);
static void refuse_prepare(void);
static void tell_undone(uint64 count);

void
memreg_unsealing_init(void)
{
	RegisterSubXactCallback(end_subtransaction, NULL);
	RegisterXactCallback(end_transaction, NULL);
}

/* Record that the current user opened a token of a version of a scope. */
void
memreg_unsealing_record(int32 scope_id, int32 version, const text *token, const char *reason)
{
	MemregArgs args = {0};

	SPI_connect();
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(scope_id));
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(version));
	memreg_spi_arg(&args, BYTEAOID, PointerGetDatum(digest_of(token)));
	memreg_spi_arg_text(&args, reason);
	memreg_actor_args(&args);
	memreg_spi_run("INSERT INTO memreg.unsealing (scope_id, version, token_digest, reason,"
				   " actor, login_role, acting_role) VALUES ($1, $2, $3, $4, $5, $6, $7)",
				   &args);
	SPI_finish();
	count_opening();
}

/* memreg.token_digest(token text) → bytea. */
Datum
memreg_token_digest(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(digest_of(PG_GETARG_TEXT_PP(0)));
}

/* BLAKE2b (RFC 7693), 16 bytes, of the token's text. */
static bytea *
digest_of(const text *token)
{
	bytea *digest = palloc(VARHDRSZ + DIGEST_BYTES);

	SET_VARSIZE(digest, VARHDRSZ + DIGEST_BYTES);
	crypto_generichash((unsigned char *) VARDATA(digest), DIGEST_BYTES,
					   (const unsigned char *) VARDATA_ANY(token),
					   VARSIZE_ANY_EXHDR(token), NULL, 0);
	return digest;
}

static void
count_opening(void)
{
	SubTransactionId present = GetCurrentSubTransactionId();

	if (innermost == NULL || innermost->of != present)
	{
		Openings *openings = MemoryContextAlloc(TopTransactionContext, sizeof(Openings));

		*openings = (Openings){.of = present, .outer = innermost};
		innermost = openings;
	}
	innermost->count++;
}

/* What a subtransaction opened becomes its parent's, or is undone. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId ended, SubTransactionId parent,
				   void *arg)
{
	if (innermost == NULL || innermost->of != ended)
		return;
	if (event == SUBXACT_EVENT_COMMIT_SUB)
	{
		innermost->of = parent;
		if (innermost->outer != NULL && innermost->outer->of == parent)
		{
			innermost->outer->count += innermost->count;
			innermost = innermost->outer;
		}
	}
	else if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		tell_undone(innermost->count);
		innermost = innermost->outer;
	}
}

static void
end_transaction(XactEvent event, void *arg)
{
	uint64 undone = 0;

	if (event == XACT_EVENT_PRE_PREPARE)
		refuse_prepare();
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT)
		return;

	if (event == XACT_EVENT_ABORT)
		for (Openings *openings = innermost; openings != NULL; openings = openings->outer)
			undone += openings->count;
	innermost = NULL;
	if (undone > 0)
		tell_undone(undone);
}

static void
refuse_prepare(void)
{
	if (innermost != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a transaction that has opened sealed values cannot be prepared"),
				 errhint("Commit it, so that the record of the openings is kept.")));
}

static void
tell_undone(uint64 count)
{
	ereport(LOG,
			(errmsg("role %u opened " UINT64_FORMAT " sealed values and took the record of it back with a rollback",
					GetSessionUserId(), count)));
}
