/*
 * scope_call.h
 *		A call of an SQL function whose first argument is a scope's name.
 */
#ifndef MEMREG_PSEUDONYM_SCOPE_CALL_H
#define MEMREG_PSEUDONYM_SCOPE_CALL_H

#include "fmgr.h"
#include "nodes/pg_list.h"

#include "pseudonym/scope.h"
#include "pseudonym/scope_right.h"

extern int32 memreg_scope_call_scope(FunctionCallInfo fcinfo, ScopeRight right);
extern List *memreg_scope_call_versions(FunctionCallInfo fcinfo, ScopeRight right,
										int32 *scope_id);
extern const ScopeKeys *memreg_scope_call_keys(FunctionCallInfo fcinfo, ScopeRight right);

#endif /* MEMREG_PSEUDONYM_SCOPE_CALL_H */
