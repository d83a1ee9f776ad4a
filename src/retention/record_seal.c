/*
 * record_seal.c
 *		What makes a change of a record of retention show.
 *
 * Each record of a register is linked to the one before: its chain is a hash
 * over all it says and over the chain before it.  So a record that was taken
 * out, put in or changed breaks the chain, unless all behind it are made anew.
 * That takes the key: its digest is keyed BLAKE2b of the chain, under a subkey
 * of the register's scope.
 *
 * The chain needs no key.  A record of a time when the key was absent has no
 * digest, and is sealed with the next one that has.
 */
#include "postgres.h"

#include <sodium.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "core/compat.h"
#include "core/spi.h"
#include "retention/proof_key.h"
#include "retention/record_seal.h"

/* The last columns of memreg.retention_record, which say nothing of their own. */
#define SEAL_COLUMNS 2

/* A key that everybody knows makes a hash of its own out of a keyed one. */
static const unsigned char chain_key[MEMREG_PRF_KEY_BYTES] = "memreg retention record, form 1";

static void make_chain(HeapTuple record, TupleDesc form, int columns, unsigned char *chain);
static void write_value(StringInfo bytes, Oid type, Datum value, bool isnull);
static void write_number(StringInfo bytes, uint64 number);
static bool same_bytes(HeapTuple record, TupleDesc form, int column,
					   const unsigned char *bytes);
static int32 register_of(HeapTuple record, TupleDesc form);

PG_FUNCTION_INFO_V1(memreg_record_state_of);

/* Seal a record that says what is in these columns, all that a record has before its seal. */
void
memreg_record_seal(HeapTuple record, TupleDesc form, int32 register_id, RecordSeal *seal)
{
	unsigned char key[MEMREG_PRF_KEY_BYTES];

	make_chain(record, form, form->natts, seal->chain);
	seal->sealed = memreg_proof_key(register_id, SCOPE_SUBKEY_RECORD, key);
	if (!seal->sealed)
		return;
	memreg_prf(seal->digest, RECORD_SEAL_BYTES, seal->chain, RECORD_SEAL_BYTES, key);
	sodium_memzero(key, sizeof(key));
}

/* memreg.record_state(record memreg.retention_record) → text. */
Datum
memreg_record_state_of(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	TupleDesc form = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(row),
												 HeapTupleHeaderGetTypMod(row));
	HeapTupleData record = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};

	PG_RETURN_TEXT_P(cstring_to_text(memreg_record_state(&record, form)));
}

/*
 * What can be said of a record by itself: "good"; "altered"; "unsealed", it has
 * no digest; "unknown", it has one, but there is no key to look at it with.
 */
const char *
memreg_record_state(HeapTuple record, TupleDesc form)
{
	unsigned char key[MEMREG_PRF_KEY_BYTES];
	RecordSeal seal;
	bool isnull;

	make_chain(record, form, form->natts - SEAL_COLUMNS, seal.chain);
	if (!same_bytes(record, form, form->natts - 1, seal.chain))
		return "altered";
	(void) heap_getattr(record, form->natts, form, &isnull);
	if (isnull)
		return "unsealed";
	if (!memreg_proof_key_present(register_of(record, form), SCOPE_SUBKEY_RECORD, key))
		return "unknown";
	memreg_prf(seal.digest, RECORD_SEAL_BYTES, seal.chain, RECORD_SEAL_BYTES, key);
	sodium_memzero(key, sizeof(key));
	return same_bytes(record, form, form->natts, seal.digest) ? "good" : "altered";
}

static void
make_chain(HeapTuple record, TupleDesc form, int columns, unsigned char *chain)
{
	StringInfoData bytes;

	initStringInfo(&bytes);
	for (int i = 1; i <= columns; i++)
	{
		bool isnull;
		Datum value = heap_getattr(record, i, form, &isnull);

		write_value(&bytes, TupleDescAttr(form, i - 1)->atttypid, value, isnull);
	}
	memreg_prf(chain, RECORD_SEAL_BYTES, (unsigned char *) bytes.data, bytes.len, chain_key);
	pfree(bytes.data);
}

/* Its kind, then a number of eight bytes, or a length and as many bytes. */
static void
write_value(StringInfo bytes, Oid type, Datum value, bool isnull)
{
	struct varlena *data;

	if (isnull)
	{
		appendStringInfoChar(bytes, '-');
		return;
	}
	switch (type)
	{
		case INT4OID:
			appendStringInfoChar(bytes, 'n');
			write_number(bytes, (uint64) (int64) DatumGetInt32(value));
			break;
		case INT8OID:
		case TIMESTAMPTZOID:
		case XID8OID:
		case PG_LSNOID:
			appendStringInfoChar(bytes, 'n');
			write_number(bytes, (uint64) DatumGetInt64(value));
			break;
		case TEXTOID:
		case BYTEAOID:
			data = PG_DETOAST_DATUM_PACKED(value);
			appendStringInfoChar(bytes, 's');
			write_number(bytes, VARSIZE_ANY_EXHDR(data));
			appendBinaryStringInfo(bytes, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data));
			break;
		default:
			elog(ERROR, "a record of retention cannot hold type %u", type);
	}
}

static void
write_number(StringInfo bytes, uint64 number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		appendStringInfoChar(bytes, (char) (number >> shift));
}

static bool
same_bytes(HeapTuple record, TupleDesc form, int column, const unsigned char *bytes)
{
	bool isnull;
	Datum value = heap_getattr(record, column, form, &isnull);
	bytea *present = isnull ? NULL : DatumGetByteaPP(value);

	return present != NULL && VARSIZE_ANY_EXHDR(present) == RECORD_SEAL_BYTES &&
		sodium_memcmp(VARDATA_ANY(present), bytes, RECORD_SEAL_BYTES) == 0;
}

static int32
register_of(HeapTuple record, TupleDesc form)
{
	bool isnull;
	Datum value = heap_getattr(record, 1, form, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}
