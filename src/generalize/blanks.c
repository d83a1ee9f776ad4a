/*
 * blanks.c
 *		Blanks around a text, which people leave and nobody means.
 *
 * Invariant: no allocation, no server, any encoding that a server can have.
 */
#include "generalize/blanks.h"

#include <stdbool.h>

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
memreg_blanks_trim(const char **text, size_t *length)
{
	while (*length > 0 && is_blank((*text)[*length - 1]))
		--*length;
	while (*length > 0 && is_blank(**text))
	{
		++*text;
		--*length;
	}
}
