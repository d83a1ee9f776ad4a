/*
 * row_digest.c
 *		memreg.retention_digest: the digest of rows that somebody has.
 *
 * An aggregate over rows, from a backup for example: are they the ones that a
 * record speaks of?  It takes the record as it stands, so that it also works
 * in a restored database that is older than the record, and refuses one that
 * the key at hand has not sealed: the digest would be another, and say nothing.
 *
 * Whoever may call it can find out whether a row is the only one of a record,
 * so it is granted to nobody.
 */
#include "postgres.h"

#include <sodium.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "core/compat.h"
#include "core/errors.h"
#include "retention/proof_key.h"
#include "retention/record_seal.h"
#include "retention/row_element.h"

typedef struct DigestState
{
	MultisetKeys keys;
	MultisetSum sum;
	unsigned char nonce[MEMREG_MULTISET_NONCE_BYTES];
	Oid subject_type;
	Oid time_type;
} DigestState;

static DigestState *begin(FunctionCallInfo fcinfo);
static void require_types(const DigestState *state);
static void open_record(DigestState *state, HeapTupleHeader row);
static void require_sealed(const char *record_state);
static void read_nonce(DigestState *state, HeapTuple record, TupleDesc form);
static char *text_column(HeapTuple record, TupleDesc form, const char *name);
static Datum column(HeapTuple record, TupleDesc form, const char *name, bool *isnull);
static void make_keys(DigestState *state, int32 register_id, const char *relation);
static void wipe(void *state);

PG_FUNCTION_INFO_V1(memreg_digest_row);
PG_FUNCTION_INFO_V1(memreg_digest_end);

/* memreg.digest_row(internal, record memreg.retention_record, subject "any", at "any"). */
Datum
memreg_digest_row(PG_FUNCTION_ARGS)
{
	DigestState *state = PG_ARGISNULL(0) ? NULL : (DigestState *) PG_GETARG_POINTER(0);
	ElementValue subject = {.isnull = PG_ARGISNULL(2)};
	ElementValue time = {.isnull = PG_ARGISNULL(3)};

	if (state == NULL)
		state = begin(fcinfo);
	subject.type = state->subject_type;
	subject.value = subject.isnull ? (Datum) 0 : PG_GETARG_DATUM(2);
	time.type = state->time_type;
	time.value = time.isnull ? (Datum) 0 : PG_GETARG_DATUM(3);
	memreg_row_element_add(&state->sum, &state->keys, &subject, &time);
	PG_RETURN_POINTER(state);
}

static DigestState *
begin(FunctionCallInfo fcinfo)
{
	MemoryContext memory;
	MemoryContextCallback *at_end;
	DigestState *state;

	if (!AggCheckCallContext(fcinfo, &memory))
		elog(ERROR, "memreg.digest_row called outside an aggregate");
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_RECORD_UNPROVEN),
				 errmsg("a digest of rows takes the record that they are compared with"),
				 errhint("Pass a row of memreg.retention_record.")));
	state = MemoryContextAllocZero(memory, sizeof(DigestState));
	at_end = MemoryContextAllocZero(memory, sizeof(MemoryContextCallback));
	at_end->func = wipe;
	at_end->arg = state;
	MemoryContextRegisterResetCallback(memory, at_end);
	state->subject_type = get_fn_expr_argtype(fcinfo->flinfo, 2);
	state->time_type = get_fn_expr_argtype(fcinfo->flinfo, 3);
	require_types(state);
	open_record(state, PG_GETARG_HEAPTUPLEHEADER(1));
	return state;
}

static void
require_types(const DigestState *state)
{
	if (!memreg_row_element_subject(state->subject_type))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_SUBJECT_TYPE),
				 errmsg("a subject has type bigint, uuid or text"),
				 errhint("Pass the table's own subject column.")));
	if (!memreg_row_element_time(state->time_type))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_TERM_COLUMN_TYPE),
				 errmsg("a term runs from a time of type timestamp with time zone, timestamp or date"),
				 errhint("Pass the table's own column that the rule names.")));
}

static void
open_record(DigestState *state, HeapTupleHeader row)
{
	TupleDesc form = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(row),
												 HeapTupleHeaderGetTypMod(row));
	HeapTupleData record = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
	bool isnull;

	require_sealed(memreg_record_state(&record, form));
	read_nonce(state, &record, form);
	make_keys(state, DatumGetInt32(column(&record, form, "register_id", &isnull)),
			  text_column(&record, form, "relation"));
}

static void
require_sealed(const char *record_state)
{
	if (strcmp(record_state, "good") != 0)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_RECORD_UNPROVEN),
				 errmsg("rows cannot be compared with this record: it is %s", record_state),
				 errdetail("The key at hand is not the one that the record was sealed with, or the record was changed, or never sealed."),
				 errhint("memreg.verify_retention_records() says what is wrong with records.")));
}

static void
read_nonce(DigestState *state, HeapTuple record, TupleDesc form)
{
	bool isnull;
	Datum value = column(record, form, "nonce", &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_RECORD_UNPROVEN),
				 errmsg("the record has no digest of its rows"),
				 errdetail("The master key was absent when the rows went.")));
	if (VARSIZE_ANY_EXHDR(DatumGetByteaPP(value)) != MEMREG_MULTISET_NONCE_BYTES)
		elog(ERROR, "the nonce of a record has the wrong length");
	memcpy(state->nonce, VARDATA_ANY(DatumGetByteaPP(value)), MEMREG_MULTISET_NONCE_BYTES);
}

static char *
text_column(HeapTuple record, TupleDesc form, const char *name)
{
	bool isnull;
	Datum value = column(record, form, name, &isnull);

	return isnull ? pstrdup("") : TextDatumGetCString(value);
}

static Datum
column(HeapTuple record, TupleDesc form, const char *name, bool *isnull)
{
	for (int i = 0; i < form->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(form, i)->attname), name) == 0)
			return heap_getattr(record, i + 1, form, isnull);
	elog(ERROR, "memreg.retention_record has no column %s", name);
}

static void
make_keys(DigestState *state, int32 register_id, const char *relation)
{
	unsigned char key[MEMREG_PRF_KEY_BYTES];

	if (!memreg_proof_key_present(register_id, SCOPE_SUBKEY_ROWS, key))
		elog(ERROR, "the key of a record that was good cannot be read");
	memreg_multiset_keys(&state->keys, relation, key);
	sodium_memzero(key, sizeof(key));
}

static void
wipe(void *state)
{
	sodium_memzero(state, sizeof(DigestState));
}

/* memreg.digest_end(internal) → bytea; of no rows, NULL. */
Datum
memreg_digest_end(PG_FUNCTION_ARGS)
{
	DigestState *state;
	bytea *digest;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (DigestState *) PG_GETARG_POINTER(0);
	digest = palloc(VARHDRSZ + MEMREG_MULTISET_BYTES);
	SET_VARSIZE(digest, VARHDRSZ + MEMREG_MULTISET_BYTES);
	memreg_multiset_digest((unsigned char *) VARDATA(digest), &state->sum, state->nonce,
						   &state->keys);
	PG_RETURN_BYTEA_P(digest);
}
