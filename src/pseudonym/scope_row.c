/*
 * scope_row.c
 *		A row of memreg.scope: a scope's name and its wrapped key.
 *
 * Each row carries the fingerprint of the master key it was wrapped under, so
 * a wrong master key is named as wrong and never wraps anything.
 */
#include "postgres.h"

#include <sodium.h>

#include "utils/builtins.h"

#include "core/compat.h"
#include "core/errors.h"
#include "pseudonym/scope_row.h"

static void copy_bytes(ScannedRow *row, const char *column, const char *scope,
					   unsigned char *bytes, size_t length);
static void compare_fingerprint(ScannedRow *row, void *arg);
pg_noreturn static void reject_master_key(void);

void
memreg_scope_row_read(ScannedRow *row, ScopeRow *scope)
{
	scope->scope_id = DatumGetInt32(memreg_scan_value(row, "scope_id"));
	scope->version = DatumGetInt32(memreg_scan_value(row, "version"));
	scope->name = memreg_scan_text(row, "scope");
	scope->purpose_id = memreg_scan_is_null(row, "purpose_id")
		? 0
		: DatumGetInt32(memreg_scan_value(row, "purpose_id"));
	scope->destroyed = memreg_scan_is_null(row, "wrapped_key");
}

/* The same with the wrapped key, of a scope that is not destroyed. */
void
memreg_scope_row_read_key(ScannedRow *row, ScopeRow *scope)
{
	memreg_scope_row_read(row, scope);
	if (scope->destroyed)
		return;
	copy_bytes(row, "wrapped_key", scope->name, scope->wrapped, MEMREG_WRAPPED_BYTES);
	copy_bytes(row, "master_fingerprint", scope->name, scope->fingerprint,
			   MEMREG_FINGERPRINT_BYTES);
}

static void
copy_bytes(ScannedRow *row, const char *column, const char *scope, unsigned char *bytes,
		   size_t length)
{
	bytea *value = DatumGetByteaPP(memreg_scan_value(row, column));

	if (VARSIZE_ANY_EXHDR(value) != length)
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_KEY_DAMAGED),
				 errmsg("the stored key of pseudonym scope %s is damaged", quote_identifier(scope)),
				 errhint("Restore its row in the table memreg.scope from a backup.")));
	memcpy(bytes, VARDATA_ANY(value), length);
}

/* Unwrap the scope's key; an error that tells a wrong master key from damage. */
void
memreg_scope_row_unwrap(const ScopeRow *scope, unsigned char *scope_key)
{
	unsigned char fingerprint[MEMREG_FINGERPRINT_BYTES];

	memreg_master_key_fingerprint(fingerprint);
	if (memcmp(fingerprint, scope->fingerprint, sizeof(fingerprint)) != 0)
		reject_master_key();
	if (!memreg_unwrap_key(scope->wrapped,
						   memreg_scope_row_context(scope->name, scope->version), scope_key))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_KEY_DAMAGED),
				 errmsg("the stored key of pseudonym scope %s is damaged", quote_identifier(scope->name)),
				 errhint("Restore its row in the table memreg.scope from a backup.")));
}

/* Fail unless the master key is there and is the one this database uses. */
void
memreg_scope_row_require_master_key(void)
{
	unsigned char fingerprint[MEMREG_FINGERPRINT_BYTES];

	memreg_master_key_fingerprint(fingerprint);
	memreg_scan_table("scope", compare_fingerprint, fingerprint);
}

static void
compare_fingerprint(ScannedRow *row, void *arg)
{
	ScopeRow scope;

	memreg_scope_row_read(row, &scope);
	if (scope.destroyed)
		return;
	memreg_scope_row_read_key(row, &scope);
	if (memcmp(arg, scope.fingerprint, MEMREG_FINGERPRINT_BYTES) != 0)
		reject_master_key();
}

static void
reject_master_key(void)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_KEY_WRONG),
			 errmsg("the master key is not the one this database's scopes were made with"),
			 errhint("Configure the right key in memreg.master_key_command or memreg.master_key_file and restart the server.")));
}

/* What a wrapped key is bound to. */
char *
memreg_scope_row_context(const char *name, int32 version)
{
	return psprintf("memreg scope key %d %s", version, name);
}
