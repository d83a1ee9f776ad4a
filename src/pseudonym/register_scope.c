/*
 * register_scope.c
 *		The scope that each register has for itself.
 *
 * No pseudonym is issued in it: subkeys of its key wrap the secrets of the
 * register's subjects, and seal records of what retention has removed.  It is
 * neither rotated nor destroyed; its key is wrapped anew with all others when
 * the master key is replaced.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "core/spi.h"
#include "pseudonym/register_scope.h"
#include "pseudonym/scope_row.h"

static int32 own_scope(int32 register_id);

bool
memreg_register_scope_exists(int32 register_id)
{
	ScopeRow row;

	return memreg_scope_row_by_register(register_id, &row);
}

/* Its keys; the scope is made if there is none yet. */
const ScopeKeys *
memreg_register_scope_keys(int32 register_id)
{
	return memreg_scope_keys_of_version(own_scope(register_id), MEMREG_SCOPE_VERSION_IN_USE);
}

static int32
own_scope(int32 register_id)
{
	MemregArgs args = {0};
	ScopeRow row;

	if (memreg_scope_row_by_register(register_id, &row))
		return row.scope_id;

	memreg_spi_arg(&args, INT4OID, Int32GetDatum(register_id));
	SPI_connect();
	memreg_spi_run("SELECT memreg.make_register_scope($1)", &args);
	SPI_finish();
	if (!memreg_scope_row_by_register(register_id, &row))
		elog(ERROR, "the scope of a register is gone as soon as it is made");
	return row.scope_id;
}
