/*
 * scope_row.h
 *		A row of memreg.scope: a scope's name and its wrapped key.
 */
#ifndef MEMREG_PSEUDONYM_SCOPE_ROW_H
#define MEMREG_PSEUDONYM_SCOPE_ROW_H

#include "crypto/master_key.h"
#include "crypto/wrap.h"
#include "registry/scan.h"

typedef struct ScopeRow
{
	int32 scope_id;
	int32 version;
	char *name;
	int32 purpose_id; /* the purpose whose own scope it is; 0: none's */
	bool destroyed;
	unsigned char wrapped[MEMREG_WRAPPED_BYTES];
	unsigned char fingerprint[MEMREG_FINGERPRINT_BYTES];
} ScopeRow;

extern void memreg_scope_row_read(ScannedRow *row, ScopeRow *scope);
extern void memreg_scope_row_read_key(ScannedRow *row, ScopeRow *scope);
extern void memreg_scope_row_unwrap(const ScopeRow *scope, unsigned char *scope_key);
extern void memreg_scope_row_require_master_key(void);
extern char *memreg_scope_row_context(const char *name, int32 version);

#endif /* MEMREG_PSEUDONYM_SCOPE_ROW_H */
