/*
 * letters.c
 *		The first letters of a text.
 *
 * A letter is a character and the combining diacritical marks that follow it
 * (U+0300 to U+036F): "Å" is one letter, whether written as one character or
 * as "A" with a ring.  Other characters that join, such as those of emoji and
 * of scripts that stack them, count one by one.
 *
 * Invariant: no allocation, no server.  Any bytes are safe; the result ends at
 * the end of a character where the text is UTF-8.
 */
#include "generalize/letters.h"

#include <stdbool.h>

static size_t character_length(const char *utf8, size_t length);
static bool is_mark(const char *utf8, size_t length);

size_t
memreg_letters_first(const char *utf8, size_t length, int letters)
{
	size_t taken = 0;

	for (int i = 0; i < letters && taken < length; i++)
	{
		taken += character_length(utf8 + taken, length - taken);
		while (is_mark(utf8 + taken, length - taken))
			taken += 2;
	}
	return taken;
}

/* By the first byte (RFC 3629, section 3), and not beyond the end. */
static size_t
character_length(const char *utf8, size_t length)
{
	unsigned char first = (unsigned char) utf8[0];
	size_t bytes = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

	return bytes < length ? bytes : length;
}

/* U+0300 to U+036F: CC 80 to CD AF. */
static bool
is_mark(const char *utf8, size_t length)
{
	unsigned char first = length < 2 ? 0 : (unsigned char) utf8[0];
	unsigned char second = length < 2 ? 0 : (unsigned char) utf8[1];

	return (first == 0xCC && second >= 0x80 && second <= 0xBF) ||
		(first == 0xCD && second >= 0x80 && second <= 0xAF);
}
