/*
 * vouch.c
 *		Can the state tables be followed?
 *
 * An image of them is right as long as every change is noted, which triggers
 * do, and as long as what is read is what others will read.  So nobody makes
 * or keeps an image
 *
 * - while a trigger is off, or fires for some sessions only.  Switching one
 *	 off and on again leaves a trace, by which it is noticed afterwards that
 *	 changes may have been missed;
 * - in a transaction that has itself made, emptied or rewritten one of the
 *	 tables: no snapshot tells its own new file from the one that is there for
 *	 everybody else, and will be after a rollback.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/rel.h"

#include "consent/kind.h"
#include "consent/vouch.h"
#include "core/compat.h"
#include "core/extension.h"

/* What is read to keep an image, in the order in which it is locked. */
static const char *const tables[] = {"consent_state",     "objection_state",
									 "restriction_state", "hold_state",
									 "consent_feed",      "consent_feed_trim"};

/* Triggers of memreg.note_state_change on each state table: rows, TRUNCATE. */
#define TRIGGERS_OF_A_TABLE 2

/* What the triggers say, until a change of one of the tables is heard of. */
static struct
{
	bool fresh;
	bool vouch;
	uint64 witness;
	Oid tables[STATE_KINDS];
} known;

static void forget_triggers(Datum arg, Oid relation);
static void look_at_triggers(void);
static bool triggers_vouch(Oid table, uint64 *witness);
static bool trigger_vouches(HeapTuple tuple, uint64 *witness, int *triggers);

void
memreg_vouch_init(void)
{
	CacheRegisterRelcacheCallback(forget_triggers, (Datum) 0);
}

/* Relcache callback; InvalidOid: invalidations were lost. */
static void
forget_triggers(Datum arg, Oid relation)
{
	for (int kind = 0; kind < STATE_KINDS; kind++)
		if (relation == InvalidOid || relation == known.tables[kind])
			known.fresh = false;
}

/*
 * Whoever holds a table exclusively will want the locks of the index, so the
 * tables are locked before these.  False: somebody holds one, or waits to; the
 * tables can be asked all the same, as far as a purpose needs them.
 */
bool
memreg_vouch_lock(void)
{
	for (int i = 0; i < lengthof(tables); i++)
		if (!ConditionalLockRelationOid(memreg_extension_relation(tables[i]), AccessShareLock))
		{
			while (--i >= 0)
				UnlockRelationOid(memreg_extension_relation(tables[i]), AccessShareLock);
			return false;
		}
	return true;
}

void
memreg_vouch_unlock(void)
{
	for (int i = 0; i < lengthof(tables); i++)
		UnlockRelationOid(memreg_extension_relation(tables[i]), AccessShareLock);
}

/*
 * False: an image can be neither made nor kept now.  *witness is another one
 * after the triggers have been touched.
 */
bool
memreg_vouch(uint64 *witness)
{
	for (int kind = 0; kind < STATE_KINDS; kind++)
	{
		Relation table = table_open(memreg_extension_relation(memreg_state_tables[kind].name),
									AccessShareLock);
		bool is_new = memreg_relation_file_is_new(table);

		table_close(table, AccessShareLock);
		if (is_new)
			return false;
	}

	/* Others will rely on this as of now, and the tables may have been locked some time ago. */
	AcceptInvalidationMessages();
	if (!known.fresh)
		look_at_triggers();
	*witness = known.witness;
	return known.vouch;
}

/* A change while they are read leaves what is known not fresh. */
static void
look_at_triggers(void)
{
	uint64 witness = 0;
	bool vouch = true;

	for (int kind = 0; kind < STATE_KINDS; kind++)
		known.tables[kind] = memreg_extension_relation(memreg_state_tables[kind].name);
	known.fresh = true;
	for (int kind = 0; kind < STATE_KINDS; kind++)
		vouch = vouch && triggers_vouch(known.tables[kind], &witness);
	known.vouch = vouch;
	known.witness = witness;
}

static bool
triggers_vouch(Oid table, uint64 *witness)
{
	Relation catalog = table_open(TriggerRelationId, AccessShareLock);
	bool vouch = true;
	int triggers = 0;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(table));
	scan = systable_beginscan(catalog, TriggerRelidNameIndexId, true, NULL, 1, &key);
	while (vouch && HeapTupleIsValid(tuple = systable_getnext(scan)))
		vouch = trigger_vouches(tuple, witness, &triggers);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return vouch && triggers == TRIGGERS_OF_A_TABLE;
}

/* Every change of its row gives it another place and another transaction. */
static bool
trigger_vouches(HeapTuple tuple, uint64 *witness, int *triggers)
{
	Form_pg_trigger row = (Form_pg_trigger) GETSTRUCT(tuple);

	if (namestrcmp(&row->tgname, "note_change") != 0 &&
		namestrcmp(&row->tgname, "note_truncate") != 0)
		return true;
	(*triggers)++;
	*witness = hash_combine64(*witness, HeapTupleHeaderGetRawXmin(tuple->t_data));
	*witness = hash_combine64(*witness, ItemPointerGetBlockNumber(&tuple->t_self));
	*witness = hash_combine64(*witness, ItemPointerGetOffsetNumber(&tuple->t_self));
	return row->tgenabled == TRIGGER_FIRES_ALWAYS;
}
