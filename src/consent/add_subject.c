/*
 * add_subject.c
 *		A subject joins: key, consents and first row in one call.
 *
 * A row that a purpose may write needs its subject's consent first, and the
 * consent needs the key that the row's table makes.  The row is inserted as
 * the caller; the consents are recorded with the extension's rights.  So that
 * EXECUTE on this function never lets a role consent for somebody else, they
 * are the consents of a subject whom neither table nor ledgers knew before,
 * and whose row is there afterwards; or nothing has happened.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "consent/argument.h"
#include "consent/consent.h"
#include "consent/ledger.h"
#include "consent/new_row.h"
#include "core/errors.h"
#include "core/spi.h"

PG_FUNCTION_INFO_V1(memreg_add_subject);

static void require_unknown(const NewRow *row, const char *key);
static bool ledgers_know(const char *register_name, const char *key);
static void refuse_known(void);
static void record_consents(FunctionCallInfo fcinfo, const char *register_name,
							const char *key);
static bool named_before(Datum *names, int position);
static void require_stored(const NewRow *row, const char *key, uint64 stored);

/*
 * memreg.add_subject(register, data, consents, expires_at, evidence, channel,
 * wording) → the new subject's key.
 */
Datum
memreg_add_subject(PG_FUNCTION_ARGS)
{
	char *register_name = memreg_argument_register(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	NewRow row;
	char *key;
	uint64 stored;

	memreg_argument_require(fcinfo, 1, "data");
	SPI_connect();
	memreg_new_row_open(&row, register_name, PG_GETARG_JSONB_P(1));
	key = memreg_new_row_key(&row);
	require_unknown(&row, key);
	record_consents(fcinfo, register_name, key);
	stored = memreg_new_row_insert(&row, key);
	require_stored(&row, key, stored);
	memreg_new_row_close(&row);
	key = MemoryContextStrdup(caller, key);
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(key));
}

static void
require_unknown(const NewRow *row, const char *key)
{
	if (memreg_new_row_count(row, key) > 0 || ledgers_know(row->register_name, key))
		refuse_known();
}

static bool
ledgers_know(const char *register_name, const char *key)
{
	static const char sql[] =
		"SELECT FROM memreg.consent_state s WHERE s.subject = $2"
		" AND s.purpose_id = ANY (ARRAY(SELECT purpose_id FROM memreg.purpose WHERE register = $1))"
		" UNION ALL "
		"SELECT FROM memreg.objection_state s WHERE s.subject = $2"
		" AND s.purpose_id = ANY (ARRAY(SELECT purpose_id FROM memreg.purpose WHERE register = $1))"
		" UNION ALL "
		"SELECT FROM memreg.restriction_state s WHERE s.subject = $2"
		" AND s.register_id = (SELECT register_id FROM memreg.register WHERE register = $1)"
		" UNION ALL "
		"SELECT FROM memreg.hold_state s WHERE s.subject = $2"
		" AND s.register_id = (SELECT register_id FROM memreg.register WHERE register = $1)";
	MemregArgs args = {0};

	memreg_spi_arg_text(&args, register_name);
	memreg_spi_arg_text(&args, key);
	return memreg_spi_run(sql, &args) > 0;
}

static void
refuse_known(void)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_SUBJECT_KNOWN),
			 errmsg("the subject is not new to the register"),
			 errhint("Record consents of a known subject with memreg.grant_consent, and insert the row yourself.")));
}

static void
record_consents(FunctionCallInfo fcinfo, const char *register_name, const char *key)
{
	ArrayType *subject = memreg_argument_one_subject(key);
	Datum *names;
	bool *nulls;
	int count;

	if (PG_ARGISNULL(2))
		return;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT, &names,
					  &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		Purpose purpose;
		LedgerAct act;

		if (nulls[i])
			ereport(ERROR,
					(errcode(MEMREG_ERRCODE_INVALID_SUBJECT),
					 errmsg("a purpose in consents must not be null"),
					 errhint("Name the purposes that the subject consents to.")));
		if (named_before(names, i))
			continue;
		purpose = memreg_argument_find_purpose(register_name, TextDatumGetCString(names[i]));
		act = memreg_consent_given(&purpose, fcinfo, 3);

		/* Somebody else has recorded something of the subject meanwhile. */
		if (memreg_ledger_record(&act, subject).number > 1)
			refuse_known();
	}
}

static bool
named_before(Datum *names, int position)
{
	for (int i = 0; i < position; i++)
		if (strcmp(TextDatumGetCString(names[i]), TextDatumGetCString(names[position])) == 0)
			return true;
	return false;
}

/* The consents are those of the row that is there now, whatever triggers made of it. */
static void
require_stored(const NewRow *row, const char *key, uint64 stored)
{
	if (stored != 1 || memreg_new_row_count(row, key) != 1)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_ROW_NOT_STORED),
				 errmsg("the row of the new subject was not stored under its key"),
				 errdetail("A trigger or rule of the table keeps the row or gives it another key."),
				 errhint("Record the consents with memreg.grant_consent and insert the row yourself.")));
}
