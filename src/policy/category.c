/*
 * category.c
 *		Names of categories of personal data.
 *
 * A letter, then letters, digits and underscores; as long as a name may be.
 *
 * Invariant: no allocation, no server.
 */
#include "postgres.h"

#include "policy/category.h"

bool
memreg_category_is_name(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length < NAMEDATALEN && text[0] >= 'a' && text[0] <= 'z' &&
		strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}
