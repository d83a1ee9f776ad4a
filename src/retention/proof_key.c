/*
 * proof_key.c
 *		The keys that records of retention are made with.
 *
 * They are subkeys of the register's own scope, so they outlive the master key
 * that wraps it, and come along with a dump.
 *
 * A key that cannot be had keeps no row from going: what fails here is caught,
 * said in the log, and the record has no digest.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/resowner.h"

#include "crypto/master_key.h"
#include "pseudonym/register_scope.h"
#include "retention/failure.h"
#include "retention/proof_key.h"

static void read_key(int32 register_id, ScopeSubkey which, unsigned char *key);
static void report_failure(const ErrorData *error);

/*
 * A key of MEMREG_PRF_KEY_BYTES, which the caller wipes; the register's scope
 * is made if there is none.  False: it cannot be had.
 */
bool
memreg_proof_key(int32 register_id, ScopeSubkey which, unsigned char *key)
{
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool done = false;

	if (!memreg_master_key_available(MASTER_KEY_PRESENT))
		return false;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(memory);
	PG_TRY();
	{
		read_key(register_id, which, key);
		ReleaseCurrentSubTransaction();
		done = true;
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(memory);
		CurrentResourceOwner = owner;
		if (memreg_failure_is_cancel(error))
			ReThrowError(error);
		report_failure(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(memory);
	CurrentResourceOwner = owner;
	return done;
}

/* The same, but of a scope that is there; nothing is made. */
bool
memreg_proof_key_present(int32 register_id, ScopeSubkey which, unsigned char *key)
{
	return memreg_register_scope_exists(register_id) &&
		memreg_proof_key(register_id, which, key);
}

static void
read_key(int32 register_id, ScopeSubkey which, unsigned char *key)
{
	memcpy(key, memreg_register_scope_keys(register_id)->subkey[which], MEMREG_PRF_KEY_BYTES);
}

static void
report_failure(const ErrorData *error)
{
	ereport(LOG,
			(errcode(error->sqlerrcode),
			 errmsg("a record of retention is made without a digest: %s", error->message),
			 errhint("Rows go nevertheless. memreg.check() says what is wrong with the key.")));
}
