/*
 * assert.c
 *		What a failed assertion calls, where the server that is built for has them.
 */
#include "postgres.h"

#ifdef USE_ASSERT_CHECKING
#include <stdio.h>
#include <stdlib.h>

#undef fprintf /* of port.h */

#if PG_VERSION_NUM >= 160000
void
ExceptionalCondition(const char *condition, const char *file, int line)
#else
void
ExceptionalCondition(const char *condition, const char *kind, const char *file, int line)
#endif
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
	abort();
}
#endif
