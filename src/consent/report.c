/*
 * report.c
 *		The consent index as SQL shows and manages it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "consent/index.h"
#include "consent/index_lock.h"
#include "consent/load.h"
#include "consent/own.h"
#include "consent/refresh.h"
#include "consent/set_reader.h"
#include "core/errors.h"
#include "core/extension.h"
#include "core/preload.h"

PG_FUNCTION_INFO_V1(memreg_consent_index_sets);
PG_FUNCTION_INFO_V1(memreg_consent_index_loads);
PG_FUNCTION_INFO_V1(memreg_consent_index_status);
PG_FUNCTION_INFO_V1(memreg_load_consent_index);
PG_FUNCTION_INFO_V1(memreg_reset_consent_index);
PG_FUNCTION_INFO_V1(memreg_refresh_consent_index);
PG_FUNCTION_INFO_V1(memreg_hold_consent_index);
PG_FUNCTION_INFO_V1(memreg_consent_index_has);

static IndexSlot *require_slot(void);
static Datum timestamp_or_null(TimestampTz time, bool *isnull);
static void put_load(const IndexSlot *slot, void *arg);
static uint64 count_subjects(Image *image);

/* memreg.consent_index_sets(): a row for each set of this database's image, as it is now. */
Datum
memreg_consent_index_sets(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	IndexSlot *slot = memreg_shared_slot();
	Image *image = NULL;

	InitMaterializedSRF(fcinfo, 0);
	memreg_extension_require();
	if (slot != NULL)
	{
		memreg_shared_pin();
		image = memreg_image_current(slot, memreg_index_identity());
	}
	for (uint32 i = 0; image != NULL && i < pg_atomic_read_u32(&image->set_count); i++)
	{
		SubjectSet *set = &image->sets[i];
		bool nulls[8] = {false};
		Datum values[8] = {
			CStringGetTextDatum(memreg_state_tables[set->kind].kind),
			Int32GetDatum(set->owner),
			Int64GetDatum(set->members),
			Int64GetDatum(set->bytes + sizeof(SubjectSet)),
			TimestampTzGetDatum(image->loaded_at),
			timestamp_or_null(set->refreshed_at, &nulls[5]),
			Int64GetDatum(set->refreshes),
			Int64GetDatum(set->last_delta),
		};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static Datum
timestamp_or_null(TimestampTz time, bool *isnull)
{
	*isnull = time == 0;
	return TimestampTzGetDatum(time);
}

/* memreg.consent_index_loads(): a row for each load at work, in any database. */
Datum
memreg_consent_index_loads(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	memreg_shared_visit_slots(put_load, fcinfo->resultinfo);
	return (Datum) 0;
}

static void
put_load(const IndexSlot *slot, void *arg)
{
	static const char *const phases[] = {
		[LOAD_NONE] = "initializing",
		[LOAD_CONSENTS] = "reading consents",
		[LOAD_OBJECTIONS] = "reading objections",
		[LOAD_RESTRICTIONS] = "reading restrictions",
		[LOAD_HOLDS] = "reading holds",
		[LOAD_CATCHING_UP] = "catching up",
	};
	ReturnSetInfo *result = arg;
	bool nulls[6] = {false};
	Datum values[6] = {
		Int32GetDatum(slot->loader),
		ObjectIdGetDatum(slot->database),
		CStringGetTextDatum(phases[slot->phase]),
		Int64GetDatum(slot->blocks_total),
		Int64GetDatum(slot->blocks_done),
		Int64GetDatum(slot->subjects),
	};

	if (slot->loader != 0)
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* memreg.consent_index_status() → how it stands with this database's image. */
Datum
memreg_consent_index_status(PG_FUNCTION_ARGS)
{
	IndexSlot *slot = memreg_shared_slot();
	const char *status = "absent";

	memreg_extension_require();
	if (slot != NULL)
	{
		memreg_shared_pin();
		if (memreg_image_current(slot, memreg_index_identity()) != NULL)
			status = "ready";
		else if (slot->full_at == memreg_index_memory)
			status = "too large";
		else if (slot->failures > 0)
			status = "failed";
	}
	PG_RETURN_TEXT_P(cstring_to_text(status));
}

/* memreg.load_consent_index() → subjects in all sets.  Takes a pass over the state tables. */
Datum
memreg_load_consent_index(PG_FUNCTION_ARGS)
{
	IndexSlot *slot = require_slot();
	Image *image;

	DirectFunctionCall1(memreg_reset_consent_index, (Datum) 0);
	if (!memreg_own_everything)
		(void) memreg_load(slot, memreg_index_identity());
	memreg_shared_pin();
	image = memreg_image_current(slot, memreg_index_identity());
	if (image == NULL)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INDEX_NOT_LOADED),
				 errmsg("the consent index could not be loaded"),
				 errdetail("Another session is loading it, or it does not fit into memreg.consent_index_memory, which is %d MB, perhaps beside the one before; or triggers of the state tables are off, or this transaction has emptied one of them.",
						   memreg_index_memory),
				 errhint("See memreg.consent_index_progress, memreg.check() and the server's log, and try again.")));
	PG_RETURN_INT64(count_subjects(image));
}

/* memreg.reset_consent_index(): statements at work go on with what they have. */
Datum
memreg_reset_consent_index(PG_FUNCTION_ARGS)
{
	IndexSlot *slot = require_slot();

	memreg_index_lock(LOCK_REFRESH);
	memreg_image_withdraw(slot);
	slot->failures = slot->full_at = 0;
	memreg_refresh_unlock(slot);
	PG_RETURN_VOID();
}

/* memreg.refresh_consent_index(): as a statement that starts now does. */
Datum
memreg_refresh_consent_index(PG_FUNCTION_ARGS)
{
	(void) require_slot();
	(void) memreg_index_prepare();
	PG_RETURN_BOOL(memreg_index_image != NULL);
}

/*
 * memreg.hold_consent_index(): as refresh, and nobody else changes it before
 * this transaction ends.  → when the next consent or hold of it ends; NULL:
 * there is none.
 */
Datum
memreg_hold_consent_index(PG_FUNCTION_ARGS)
{
	(void) require_slot();
	memreg_index_lock(LOCK_REFRESH);
	(void) memreg_index_prepare();
	if (memreg_index_image == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ((TimestampTz) pg_atomic_read_u64(&memreg_index_image->next_expiry));
}

/* memreg.consent_index_has(kind, owner, subject): what the image itself says. */
Datum
memreg_consent_index_has(PG_FUNCTION_ARGS)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	SetReader reader = {0};
	SubjectSet *set = NULL;
	SubjectKey key;

	(void) require_slot();
	if (memreg_index_image == NULL)
		PG_RETURN_NULL();
	for (int kind = 0; kind < STATE_KINDS; kind++)
		if (strcmp(memreg_state_tables[kind].kind, name) == 0)
			set = memreg_image_find(memreg_index_image, kind, PG_GETARG_INT32(1));
	if (set == NULL ||
		!memreg_subject_key_parse(set->type, PG_GETARG_TEXT_PP(2),
								  memreg_shared_text_key(), &key))
		PG_RETURN_BOOL(false);
	memreg_set_reader_open(&reader, set, CurrentMemoryContext);
	PG_RETURN_BOOL(memreg_set_reader_has(&reader, &key));
}

static IndexSlot *
require_slot(void)
{
	memreg_preload_require();
	memreg_extension_require();
	PreventCommandIfParallelMode("managing the consent index");
	if (memreg_shared_slot() == NULL)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INDEX_NOT_LOADED),
				 errmsg("too many databases of this server use the consent index"),
				 errdetail("Consents of this database are looked up in the tables, which is slower."),
				 errhint("Restart the server once databases have been dropped.")));
	return memreg_shared_slot();
}

static uint64
count_subjects(Image *image)
{
	uint64 subjects = 0;

	for (uint32 i = 0; i < pg_atomic_read_u32(&image->set_count); i++)
		subjects += image->sets[i].members;
	return subjects;
}
