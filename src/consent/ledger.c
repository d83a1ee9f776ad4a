/*
 * ledger.c
 *		Consents given and withdrawn.
 *
 * What a subject says changes one row of memreg.consent_state and adds one to
 * memreg.consent_event.  The state's row lock puts the acts of one subject and
 * purpose in order and numbers them.  Saying the same twice is recorded as
 * what it is: an act that changed nothing.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "consent/ledger.h"
#include "consent/state.h"
#include "core/errors.h"
#include "core/extension.h"
#include "core/spi.h"
#include "registry/catalog.h"
#include "registry/subject.h"

PG_FUNCTION_INFO_V1(memreg_grant_consent);
PG_FUNCTION_INFO_V1(memreg_withdraw_consent);
PG_FUNCTION_INFO_V1(memreg_has_consent);

/* One act of one subject. */
typedef struct ConsentAct
{
	int32 purpose_id;
	const char *subject;
	bool granted;
	bool expires;
	TimestampTz expires_at;
	bool has_evidence;
	Datum evidence;
	TimestampTz happened_at;
} ConsentAct;

static char *actor = NULL;

static void begin_act(FunctionCallInfo fcinfo, bool granted, ConsentAct *act);
static void read_argument_subject(FunctionCallInfo fcinfo, Purpose *purpose, char **subject);
static void require_basis_consent(const Purpose *purpose);
static int64 record(ConsentAct *act);
static int32 change_state(ConsentAct *act, bool *changed);
static int64 append_event(const ConsentAct *act, int32 number, bool changed);
static void add_expiry(MemregArgs *args, const ConsentAct *act);

void
memreg_ledger_init(void)
{
	/*
	 * Behind one pooled login stand many people: the application says for
	 * whom it acts, and the ledger keeps it beside the roles that PostgreSQL
	 * knows.  It is a note, not a proof.
	 */
	DefineCustomStringVariable("memreg.actor",
							   "Whom the application acts for, as a note in ledgers.",
							   NULL, &actor, "", PGC_USERSET, 0, NULL, NULL, NULL);
}

/*
 * memreg.grant_consent(register, subject, purpose, expires_at, evidence) →
 * the ledger's event.  The subject's row need not exist yet.
 */
Datum
memreg_grant_consent(PG_FUNCTION_ARGS)
{
	ConsentAct act;

	begin_act(fcinfo, true, &act);
	if (!PG_ARGISNULL(3))
	{
		act.expires = true;
		act.expires_at = PG_GETARG_TIMESTAMPTZ(3);
		if (act.expires_at <= act.happened_at)
			ereport(ERROR,
					(errcode(MEMREG_ERRCODE_CONSENT_EXPIRED),
					 errmsg("a consent cannot expire before it is given"),
					 errhint("Give a later time in expires_at, or none.")));
	}
	if (!PG_ARGISNULL(4))
	{
		act.has_evidence = true;
		act.evidence = PG_GETARG_DATUM(4);
	}
	PG_RETURN_INT64(record(&act));
}

/* memreg.withdraw_consent(register, subject, purpose) → the ledger's event. */
Datum
memreg_withdraw_consent(PG_FUNCTION_ARGS)
{
	ConsentAct act;

	begin_act(fcinfo, false, &act);
	PG_RETURN_INT64(record(&act));
}

/* memreg.has_consent(register, subject, purpose) → boolean. */
Datum
memreg_has_consent(PG_FUNCTION_ARGS)
{
	Purpose purpose;
	char *subject;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	read_argument_subject(fcinfo, &purpose, &subject);
	PG_RETURN_BOOL(memreg_state_stands(STATE_CONSENT, purpose.id, cstring_to_text(subject)));
}

/* What a grant and a withdrawal have in common. */
static void
begin_act(FunctionCallInfo fcinfo, bool granted, ConsentAct *act)
{
	Purpose purpose;
	char *subject;

	read_argument_subject(fcinfo, &purpose, &subject);
	require_basis_consent(&purpose);
	*act = (ConsentAct){.purpose_id = purpose.id,
						.subject = subject,
						.granted = granted,
						.happened_at = GetCurrentTimestamp()};
}

/* The arguments that all three begin with: register, subject, purpose. */
static void
read_argument_subject(FunctionCallInfo fcinfo, Purpose *purpose, char **subject)
{
	char *register_name;
	char *purpose_name;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_SUBJECT),
				 errmsg("register, subject and purpose must not be null"),
				 errhint("Name the register, the subject's key and the purpose.")));
	memreg_extension_require();
	register_name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	purpose_name = text_to_cstring(PG_GETARG_TEXT_PP(2));
	*subject = memreg_subject_argument(fcinfo, 1, register_name);
	if (!memreg_registry_find_purpose(register_name, purpose_name, purpose))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_UNKNOWN_PURPOSE),
				 errmsg("purpose %s does not exist in register %s",
						quote_identifier(purpose_name), quote_identifier(register_name)),
				 errhint("Declare it with memreg.create_purpose; the table memreg.purpose lists those that exist.")));
}

/* A consent to a purpose that stands on another basis would mean nothing. */
static void
require_basis_consent(const Purpose *purpose)
{
	if (purpose->basis != BASIS_CONSENT)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_BASIS_NOT_CONSENT),
				 errmsg("purpose %s does not rest on consent", quote_identifier(purpose->name)),
				 errhint("Only purposes whose legal basis is consent take consents.")));
}

static int64
record(ConsentAct *act)
{
	bool changed;
	int32 number;
	int64 event;

	SPI_connect();
	number = change_state(act, &changed);
	event = append_event(act, number, changed);
	SPI_finish();
	return event;
}

/*
 * Set the state and return the number of this act among the subject's for the
 * purpose.  A first consent is a change, a first withdrawal is none; later
 * acts are compared with the row as it is once we hold its lock, and happened
 * no earlier than the one before, whoever read the clock first.
 */
static int32
change_state(ConsentAct *act, bool *changed)
{
	static const char sql[] =
		"INSERT INTO memreg.consent_state AS s"
		"  (purpose_id, subject, granted, expires_at, changed_at, events, changed)"
		" VALUES ($1, $2, $3, $4, $5, 1, $3)"
		" ON CONFLICT (purpose_id, subject) DO UPDATE SET"
		"  granted = excluded.granted, expires_at = excluded.expires_at,"
		"  changed_at = greatest(s.changed_at, $5), events = s.events + 1,"
		"  changed = CASE WHEN s.granted AND coalesce(s.expires_at > greatest(s.changed_at, $5), true)"
		"   THEN NOT $3 OR s.expires_at IS DISTINCT FROM $4 ELSE $3 END"
		" RETURNING events, changed, changed_at";
	MemregArgs args = {0};
	bool isnull;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(act->purpose_id));
	memreg_spi_arg_text(&args, act->subject);
	memreg_spi_arg(&args, BOOLOID, BoolGetDatum(act->granted));
	add_expiry(&args, act);
	memreg_spi_arg(&args, TIMESTAMPTZOID, TimestampTzGetDatum(act->happened_at));
	memreg_spi_run(sql, &args);

	*changed = DatumGetBool(memreg_spi_value(0, 2, &isnull));
	act->happened_at = DatumGetTimestampTz(memreg_spi_value(0, 3, &isnull));
	return DatumGetInt32(memreg_spi_value(0, 1, &isnull));
}

static int64
append_event(const ConsentAct *act, int32 number, bool changed)
{
	static const char sql[] =
		"INSERT INTO memreg.consent_event"
		" (purpose_id, subject, number, act, changed, expires_at, evidence,"
		"  actor, login_role, acting_role, happened_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
		" RETURNING event_id";
	MemregArgs args = {0};
	bool isnull;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(act->purpose_id));
	memreg_spi_arg_text(&args, act->subject);
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(number));
	memreg_spi_arg_text(&args, act->granted ? "granted" : "withdrawn");
	memreg_spi_arg(&args, BOOLOID, BoolGetDatum(changed));
	add_expiry(&args, act);
	if (act->has_evidence)
		memreg_spi_arg(&args, JSONBOID, act->evidence);
	else
		memreg_spi_arg_null(&args, JSONBOID);
	memreg_spi_arg_text(&args, actor[0] == '\0' ? NULL : actor);
	memreg_spi_arg_text(&args, GetUserNameFromId(GetSessionUserId(), false));
	memreg_spi_arg_text(&args, GetUserNameFromId(GetUserId(), false));
	memreg_spi_arg(&args, TIMESTAMPTZOID, TimestampTzGetDatum(act->happened_at));
	memreg_spi_run(sql, &args);
	return DatumGetInt64(memreg_spi_value(0, 1, &isnull));
}

static void
add_expiry(MemregArgs *args, const ConsentAct *act)
{
	if (act->expires)
		memreg_spi_arg(args, TIMESTAMPTZOID, TimestampTzGetDatum(act->expires_at));
	else
		memreg_spi_arg_null(args, TIMESTAMPTZOID);
}
