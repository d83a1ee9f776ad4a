/*
 * scope_row.h
 *		A row of memreg.scope: a scope's name and whose it is.
 */
#ifndef MEMREG_PSEUDONYM_SCOPE_ROW_H
#define MEMREG_PSEUDONYM_SCOPE_ROW_H

#include "postgres.h"

typedef struct ScopeRow
{
	int32 scope_id;
	int32 version; /* of the key in use */
	char *name;
	int32 purpose_id;  /* the purpose whose own scope it is; 0: none's */
	int32 register_id; /* the register whose own scope it is; 0: none's */
	bool destroyed;
} ScopeRow;

extern bool memreg_scope_row_by_id(int32 scope_id, ScopeRow *found);
extern bool memreg_scope_row_by_name(const char *name, ScopeRow *found);
extern bool memreg_scope_row_by_purpose(int32 purpose_id, ScopeRow *found);
extern bool memreg_scope_row_by_register(int32 register_id, ScopeRow *found);

#endif /* MEMREG_PSEUDONYM_SCOPE_ROW_H */
