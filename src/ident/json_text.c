/*
 * json_text.c
 *		Undoes the escapes of JSON text so that a scan sees what a reader of
 *		the value would see.
 *
 * A json column keeps its text as sent, so a digit may stand there as "\u0030"
 * and a tab before a code as "\t".  Escapes of ASCII characters become the
 * character itself; every other escape becomes a space, except dashes, which
 * become "-".
 *
 * Invariant: no allocation, no server, and any input is safe: what is no
 * proper escape is left as it stands.
 */
#include "ident/json_text.h"

#include <stdbool.h>

#define UNICODE_ESCAPE_LENGTH 6 /* backslash, u, four digits */

static bool read_unicode_escape(const char *s, size_t length, unsigned *code);
static char plain_character(unsigned code);

size_t
memreg_ident_unescape_json(char *json, size_t length)
{
	size_t to = 0;
	size_t from = 0;

	while (from < length)
	{
		unsigned code;

		if (json[from] != '\\' || from + 1 == length)
			json[to++] = json[from++];
		else if (read_unicode_escape(json + from, length - from, &code))
		{
			json[to++] = plain_character(code);
			from += UNICODE_ESCAPE_LENGTH;
		}
		else
		{
			char escaped = json[from + 1];
			bool literal = escaped == '"' || escaped == '\\' || escaped == '/';

			json[to++] = literal ? escaped : ' ';
			from += 2;
		}
	}
	return to;
}

static bool
read_unicode_escape(const char *s, size_t length, unsigned *code)
{
	if (length < UNICODE_ESCAPE_LENGTH || s[1] != 'u')
		return false;

	*code = 0;
	for (int i = 2; i < UNICODE_ESCAPE_LENGTH; i++)
	{
		char c = s[i];

		*code *= 16;
		if (c >= '0' && c <= '9')
			*code += (unsigned) (c - '0');
		else if (c >= 'a' && c <= 'f')
			*code += (unsigned) (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			*code += (unsigned) (c - 'A' + 10);
		else
			return false;
	}
	return true;
}

static char
plain_character(unsigned code)
{
	/* the dashes that hetu.c knows in UTF-8 */
	if ((code >= 0x2010 && code <= 0x2015) || code == 0x2212 || code == 0xFE63 || code == 0xFF0D)
		return '-';
	return code > ' ' && code < 0x7F ? (char) code : ' ';
}
