/*
 * postal_code.c
 *		The area that a Finnish postal code is in: its first digits.
 *
 * A code has five digits.  In international mail FI- stands before it, or AX-
 * in Åland (Universal Postal Union, "Addressing systems", Finland and Åland
 * Islands).  Whether the code has been given to a place is not looked at.
 *
 * Invariant: no allocation, no server.
 */
#include "generalize/postal_code.h"

#include <string.h>

#include "generalize/blanks.h"

#define PREFIX_LENGTH 3

static bool has_prefix(const char *text, const char *prefix);

bool
memreg_postal_code_area(const char *text, size_t length, int digits, char *area)
{
	memreg_blanks_trim(&text, &length);
	if (length == PREFIX_LENGTH + MEMREG_POSTAL_CODE_DIGITS &&
		(has_prefix(text, "fi-") || has_prefix(text, "ax-")))
	{
		text += PREFIX_LENGTH;
		length -= PREFIX_LENGTH;
	}
	if (length != MEMREG_POSTAL_CODE_DIGITS)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;

	memcpy(area, text, (size_t) digits);
	area[digits] = '\0';
	return true;
}

/* In either case; the prefix is in lower case. */
static bool
has_prefix(const char *text, const char *prefix)
{
	for (int i = 0; i < PREFIX_LENGTH; i++)
	{
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char) (c - 'A' + 'a');
		if (c != prefix[i])
			return false;
	}
	return true;
}
