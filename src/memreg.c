/*
 * memreg.c
 *		Start of the library: each module's init, floor by floor.
 *
 * The order is the order of the floors: a module may use in its init what the
 * floors below have set up.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/guc.h"

#include "consent/index.h"
#include "core/actor.h"
#include "core/database_command.h"
#include "core/database_worker.h"
#include "core/extension.h"
#include "core/preload.h"
#include "crypto/master_key.h"
#include "policy/policy.h"
#include "pseudonym/scope.h"
#include "pseudonym/unsealing.h"
#include "registry/lineage.h"
#include "registry/membership.h"
#include "retention/retention.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

/*
 * Outside shared_preload_libraries this defines no postmaster settings and
 * installs no hooks: what needs them refuses to work and says so.
 */
void
_PG_init(void)
{
	memreg_preload_init();
	memreg_extension_init();
	memreg_actor_init();
	memreg_database_worker_init();
	memreg_database_command_init();
	memreg_master_key_init();
	memreg_membership_init();
	memreg_lineage_init();
	memreg_scope_init();
	memreg_unsealing_init();
	memreg_index_init();
	memreg_policy_init();
	memreg_retention_init();

	/* Else the warning would hide that the preload line is what is missing. */
	if (memreg_preload_done())
		MarkGUCPrefixReserved("memreg");
}
