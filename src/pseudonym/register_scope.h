/*
 * register_scope.h
 *		The scope that each register has for itself.
 */
#ifndef MEMREG_PSEUDONYM_REGISTER_SCOPE_H
#define MEMREG_PSEUDONYM_REGISTER_SCOPE_H

#include "pseudonym/scope.h"

extern bool memreg_register_scope_exists(int32 register_id);
extern const ScopeKeys *memreg_register_scope_keys(int32 register_id);

#endif /* MEMREG_PSEUDONYM_REGISTER_SCOPE_H */
