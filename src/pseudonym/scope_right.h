/*
 * scope_right.h
 *		Who may do what in a scope.
 */
#ifndef MEMREG_PSEUDONYM_SCOPE_RIGHT_H
#define MEMREG_PSEUDONYM_SCOPE_RIGHT_H

#include "postgres.h"

typedef enum ScopeRight
{
	SCOPE_RIGHT_PSEUDONYMIZE, /* make pseudonyms, seal */
	SCOPE_RIGHT_REVERSE       /* unseal */
} ScopeRight;

extern void memreg_scope_right_require(const char *scope, ScopeRight right);

#endif /* MEMREG_PSEUDONYM_SCOPE_RIGHT_H */
