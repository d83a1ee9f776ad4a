/*
 * hetu.c
 *		Fuzz target: personal identity codes (src/ident/hetu.c).
 *
 * Searching a text finds a code just where one of its slices is one, but for
 * those that letters or digits continue; and case does not matter.
 */
#include <string.h>

#include "driver/fuzz.h"
#include "ident/hetu.h"

#define CODE_LENGTH 11
#define DASH_LENGTH 3 /* of a typographic dash in UTF-8 */
#define SIGN_AT 6

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c;
}

static bool
stands_alone(const char *text, size_t size, size_t from, size_t to)
{
	char before = from == 0 ? ' ' : upper(text[from - 1]);
	char after = to == size ? ' ' : upper(text[to]);

	return !((before >= '0' && before <= '9') || (before >= 'A' && before <= 'Z') ||
			 (after >= '0' && after <= '9') || (after >= 'A' && after <= 'Z'));
}

static bool
is_dash(const char *text)
{
	static const unsigned dashes[] = {0x2010, 0x2011, 0x2012, 0x2013, 0x2014,
									  0x2015, 0x2212, 0xFE63, 0xFF0D};
	const unsigned char *byte = (const unsigned char *) text;
	unsigned code = (byte[0] & 0x0Fu) << 12 | (byte[1] & 0x3Fu) << 6 | (byte[2] & 0x3Fu);

	for (size_t i = 0; i < sizeof(dashes) / sizeof(dashes[0]); i++)
		if (code == dashes[i])
			return byte[0] >> 4 == 0xE && byte[1] >> 6 == 2 && byte[2] >> 6 == 2;
	return false;
}

/* The length of the code that the text begins with, once its dash is plain. */
static size_t
slice_length(const char *text, size_t size)
{
	char plain[CODE_LENGTH];
	size_t length = CODE_LENGTH - 1 + DASH_LENGTH;

	if (size >= CODE_LENGTH && memreg_ident_is_hetu(text, CODE_LENGTH))
		return CODE_LENGTH;
	if (size < length || !is_dash(text + SIGN_AT))
		return 0;
	memcpy(plain, text, SIGN_AT);
	plain[SIGN_AT] = '-';
	memcpy(plain + SIGN_AT + 1, text + SIGN_AT + DASH_LENGTH, CODE_LENGTH - SIGN_AT - 1);
	return memreg_ident_is_hetu(plain, CODE_LENGTH) ? length : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	bool found = memreg_ident_contains_hetu(text, size);
	bool any = false;
	char *shouted = malloc(size + 1);

	for (size_t at = 0; at < size; at++)
	{
		size_t length = slice_length(text + at, size - at);

		any = any || length > 0;
		REQUIRE(length == 0 || found || !stands_alone(text, size, at, at + length));
	}
	REQUIRE(any || !found);

	REQUIRE(shouted != NULL);
	for (size_t at = 0; at < size; at++)
		shouted[at] = upper(text[at]);
	REQUIRE(memreg_ident_contains_hetu(shouted, size) == found);
	free(shouted);
	return 0;
}
