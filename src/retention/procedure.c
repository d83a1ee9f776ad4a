/*
 * procedure.c
 *		CALL memreg.run_retention(): the engine in a session.
 *
 * Runs with the caller's rights and without SET clauses, as only such a
 * procedure can commit; what it does to memreg's tables it does as the
 * extension's owner (core/spi.c), to the application's as their owners.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"

#include "core/errors.h"
#include "core/extension.h"
#include "retention/round.h"

static void require_own_transactions(FunctionCallInfo fcinfo);

PG_FUNCTION_INFO_V1(memreg_run_retention);

/* memreg.run_retention(dry_run boolean); NULL removes nothing either. */
Datum
memreg_run_retention(PG_FUNCTION_ARGS)
{
	bool dry_run = PG_ARGISNULL(0) || PG_GETARG_BOOL(0);

	require_own_transactions(fcinfo);
	memreg_extension_require();
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	if (dry_run)
		memreg_round_dry();
	else
		memreg_round_all();
	SPI_finish();
	PG_RETURN_VOID();
}

static void
require_own_transactions(FunctionCallInfo fcinfo)
{
	CallContext *call = (CallContext *) fcinfo->context;

	PreventCommandDuringRecovery("CALL memreg.run_retention");
	PreventCommandIfReadOnly("CALL memreg.run_retention");
	if (call == NULL || !IsA(call, CallContext) || call->atomic || IsSubTransaction())
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_RUN_IN_TRANSACTION),
				 errmsg("memreg.run_retention cannot run inside a transaction block"),
				 errdetail("It commits after every batch of rows."),
				 errhint("Call it as a statement of its own: CALL memreg.run_retention().")));
}
