/*
 * removal.c
 *		How a run goes about what is due: row by row, or partition by partition.
 *
 * run.c decides whether anything is removed at all, by the same counts and
 * limits for both, and writes down what was.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "retention/partition.h"
#include "retention/partition_detach.h"
#include "retention/partition_run.h"
#include "retention/purge.h"
#include "retention/removal.h"

const RetentionRemoval memreg_removal_rows = {
	.count = memreg_count_rows,
	.remove = memreg_purge,
};

const RetentionRemoval memreg_removal_partitions = {
	.require = memreg_partition_require,
	.count = memreg_partition_count,
	.resume = memreg_partition_resume,
	.remove = memreg_partition_remove,
};

PG_FUNCTION_INFO_V1(memreg_require_removable);

/*
 * memreg.require_removable(relation regclass, since name, action text): fails
 * where a rule with such an action cannot work.
 */
Datum
memreg_require_removable(PG_FUNCTION_ARGS)
{
	char *argument;
	const RetentionAction *action =
		memreg_action_parse(PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)),
							&argument);

	if (action->removal->require != NULL)
		action->removal->require(PG_GETARG_OID(0),
								 PG_ARGISNULL(1) ? NULL : NameStr(*PG_GETARG_NAME(1)));
	PG_RETURN_VOID();
}
