/*
 * ledger.c
 *		The one way acts of subjects are recorded.
 *
 * What a subject says, or is decided about it, changes one row of a state
 * table and adds one to the ledger beside it.  The state's row lock puts the
 * acts of one subject in order and numbers them.  Saying the same twice is
 * recorded as what it is: an act that changed nothing.
 *
 * One statement does both, for one subject or a hundred thousand.  It takes
 * the row locks in the order of the subjects given (argument.c sorts them), so
 * that two statements about the same subjects wait but never deadlock.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "consent/ledger.h"
#include "core/actor.h"
#include "core/spi.h"

/*
 * A first act changes something if it says something and not if it takes
 * something back; later acts are compared with the row as it is once we hold
 * its lock, and happened no earlier than the one before, whoever read the
 * clock first.
 *
 * $1 owner, $2 subjects, $3 whether it stands afterwards, $4 the act's name,
 * $5 time, $6 actor, $7 and $8 roles, then the kind's details from $9 on.
 */
#define RECORD(kind, owner, flag, expiry_column, expiry_value, expiry_set, changed,    \
			   detail_columns, detail_values)                                          \
	"WITH state AS ("                                                                  \
	" INSERT INTO memreg." kind "_state AS s"                                          \
	"  (" owner ", subject, " flag expiry_column ", changed_at, events, changed)"      \
	" SELECT $1, unnest($2), $3" expiry_value ", $5, 1, $3"                            \
	" ON CONFLICT (" owner ", subject) DO UPDATE SET"                                  \
	"  " flag " = $3" expiry_set ", changed_at = greatest(s.changed_at, $5),"          \
	"  events = s.events + 1, changed = " changed                                      \
	" RETURNING subject, events, changed, changed_at)"                                 \
	"INSERT INTO memreg." kind "_event (" owner ", subject, number, act, changed,"     \
	"  happened_at, actor, login_role, acting_role, " detail_columns ")"               \
	" SELECT $1, subject, events, $4, changed, changed_at, $6, $7, $8, " detail_values \
	" FROM state RETURNING event_id, changed, number"

/* What has ended by date stands no more. */
#define STOOD(flag) \
	"s." flag " AND coalesce(s.expires_at > greatest(s.changed_at, $5), true)"

/* Another end is a change. */
#define CONSENT_CHANGED \
	"CASE WHEN " STOOD("granted") " THEN NOT $3 OR s.expires_at IS DISTINCT FROM $10 ELSE $3 END"

/*
 * Who is held for two reasons is held for the longer of them: a later end, or
 * none, takes the place of an earlier one, and never the other way round.
 */
#define LENGTHENS "coalesce(s.expires_at < $9, s.expires_at IS NOT NULL)"
#define HOLD_END \
	"CASE WHEN $3 AND " STOOD("held") " AND NOT " LENGTHENS " THEN s.expires_at ELSE $9 END"
#define HOLD_CHANGED \
	"CASE WHEN " STOOD("held") " THEN NOT $3 OR " LENGTHENS " ELSE $3 END"

typedef struct LedgerKind
{
	const char *said;
	const char *taken_back;
	const char *record;
} LedgerKind;

static const LedgerKind kinds[STATE_KINDS] = {
	[STATE_CONSENT] = {"granted", "withdrawn",
					   RECORD("consent", "purpose_id", "granted", ", expires_at", ", $10",
							  ", expires_at = $10", CONSENT_CHANGED,
							  "channel, expires_at, evidence, wording", "$9, $10, $11, $12")},
	[STATE_OBJECTION] = {"objected", "withdrawn",
						 RECORD("objection", "purpose_id", "objected", "", "", "",
								"s.objected <> $3", "channel, reason", "$9, $10")},
	[STATE_RESTRICTION] = {"restricted", "lifted",
						   RECORD("restriction", "register_id", "restricted", "", "", "",
								  "s.restricted <> $3", "channel, reason", "$9, $10")},
	[STATE_HOLD] = {"held", "released",
					RECORD("hold", "register_id", "held", ", expires_at", ", $9",
						   ", expires_at = " HOLD_END, HOLD_CHANGED, "until, reason",
						   "$9, $10")},
};

static void add_details(MemregArgs *args, const LedgerAct *act);
static void add_detail(MemregArgs *args, Oid type, NullableDatum detail);
static LedgerOutcome read_outcome(uint64 events);

/* An act that happens now, without details. */
LedgerAct
memreg_ledger_act(StateKind kind, int32 owner, bool stands)
{
	const NullableDatum none = {.isnull = true};

	return (LedgerAct){
		.kind = kind,
		.owner = owner,
		.stands = stands,
		.happened_at = GetCurrentTimestamp(),
		.channel = none,
		.expires_at = none,
		.evidence = none,
		.wording = none,
		.reason = none,
	};
}

/* Record one act of each subject; the keys are canonical, sorted and distinct. */
LedgerOutcome
memreg_ledger_record(const LedgerAct *act, ArrayType *subjects)
{
	const LedgerKind *kind = &kinds[act->kind];
	MemregArgs args = {0};
	LedgerOutcome outcome;

	SPI_connect();
	memreg_spi_arg(&args, INT4OID, Int32GetDatum(act->owner));
	memreg_spi_arg(&args, TEXTARRAYOID, PointerGetDatum(subjects));
	memreg_spi_arg(&args, BOOLOID, BoolGetDatum(act->stands));
	memreg_spi_arg_text(&args, act->stands ? kind->said : kind->taken_back);
	memreg_spi_arg(&args, TIMESTAMPTZOID, TimestampTzGetDatum(act->happened_at));
	memreg_actor_args(&args);
	add_details(&args, act);
	outcome = read_outcome(memreg_spi_run(kind->record, &args));
	SPI_finish();
	return outcome;
}

static void
add_details(MemregArgs *args, const LedgerAct *act)
{
	if (act->kind != STATE_HOLD)
		add_detail(args, TEXTOID, act->channel);
	if (act->kind == STATE_CONSENT || act->kind == STATE_HOLD)
		add_detail(args, TIMESTAMPTZOID, act->expires_at);
	if (act->kind == STATE_CONSENT)
	{
		add_detail(args, JSONBOID, act->evidence);
		add_detail(args, TEXTOID, act->wording);
	}
	else
		add_detail(args, TEXTOID, act->reason);
}

static void
add_detail(MemregArgs *args, Oid type, NullableDatum detail)
{
	if (detail.isnull)
		memreg_spi_arg_null(args, type);
	else
		memreg_spi_arg(args, type, detail.value);
}

static LedgerOutcome
read_outcome(uint64 events)
{
	LedgerOutcome outcome = {0};
	bool isnull;

	for (uint64 i = 0; i < events; i++)
	{
		outcome.event = DatumGetInt64(memreg_spi_value(i, 1, &isnull));
		outcome.changed += DatumGetBool(memreg_spi_value(i, 2, &isnull));
		outcome.number = Max(outcome.number, DatumGetInt32(memreg_spi_value(i, 3, &isnull)));
	}
	return outcome;
}
