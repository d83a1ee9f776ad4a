/*
 * covered.c
 *		Which transactions' changes an image holds.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "utils/snapmgr.h"

#include "consent/covered.h"

static bool name_running(Covered *covered, TransactionId xid, FullTransactionId next);
static uint64 widen(TransactionId xid, FullTransactionId next);
static int compare_xids(const void *one, const void *other);

/*
 * A snapshot of what is committed now, whatever snapshot the transaction
 * works with, and of nothing that this transaction has done itself: an image
 * is for everybody.  To be unregistered.  relation: one that is read with it.
 */
Snapshot
memreg_covered_snapshot(Oid relation)
{
	/* Registering copies it. */
	Snapshot snapshot = RegisterSnapshot(GetCatalogSnapshot(relation));

	/* What our own commands did is newer than this. */
	snapshot->curcid = FirstCommandId;
	return snapshot;
}

/* Describe the transactions that the snapshot sees as ended. */
void
memreg_covered_by(Covered *covered, Snapshot snapshot)
{
	FullTransactionId next = ReadNextFullTransactionId();
	TransactionId own = GetTopTransactionIdIfAny();
	bool complete = true;

	covered->all_before = widen(snapshot->xmin, next);
	covered->none_from = widen(snapshot->xmax, next);
	covered->running = 0;

	/* Changes are filed under top-level transactions, so subtransactions do not matter ... */
	for (uint32 i = 0; i < snapshot->xcnt; i++)
		complete &= name_running(covered, snapshot->xip[i], next);

	/*
	 * ... but a standby lists both kinds here.  When there are too many, it
	 * leaves out subtransactions, never top-level ones.
	 */
	if (snapshot->takenDuringRecovery)
		for (int32 i = 0; i < snapshot->subxcnt; i++)
			complete &= name_running(covered, snapshot->subxip[i], next);

	/* A snapshot does not list its own transaction, which is still running. */
	if (TransactionIdIsValid(own))
	{
		complete &= name_running(covered, own, next);
		covered->all_before = Min(covered->all_before, widen(own, next));
	}
	if (complete)
		qsort(covered->running_xids, covered->running, sizeof(uint64), compare_xids);
	else
		covered->running = -1;
}

/* Had this transaction ended?  Where that is not known: no. */
bool
memreg_covered_has(const Covered *covered, uint64 xid)
{
	if (xid < covered->all_before)
		return true;
	return xid < covered->none_from && covered->running >= 0 &&
		bsearch(&xid, covered->running_xids, covered->running, sizeof(uint64),
				compare_xids) == NULL;
}

static int
compare_xids(const void *one, const void *other)
{
	uint64 a = *(const uint64 *) one;
	uint64 b = *(const uint64 *) other;

	return a < b ? -1 : a > b;
}

static bool
name_running(Covered *covered, TransactionId xid, FullTransactionId next)
{
	if (covered->running == COVERED_MAX_RUNNING)
		return false;
	covered->running_xids[covered->running++] = widen(xid, next);
	return true;
}

/* A transaction id with its epoch; it is one that is not yet past. */
static uint64
widen(TransactionId xid, FullTransactionId next)
{
	uint32 epoch = EpochFromFullTransactionId(next);

	if (!TransactionIdIsNormal(xid))
		return xid;
	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return U64FromFullTransactionId(FullTransactionIdFromEpochAndXid(epoch, xid));
}
