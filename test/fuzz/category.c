/*
 * category.c
 *		Fuzz target: names of categories (src/policy/category.c).
 *
 * A name's beginnings are names; no name needs quotes or is longer than a name
 * can be.
 */
#include <stdbool.h>
#include <string.h>

#include "driver/fuzz.h"
#include "policy/category.h"

#define NAME_MAX_BYTES 63

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	bool good = true;
	size_t length;

	REQUIRE(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	length = strlen(text);

	for (size_t i = 0; i < length; i++)
		good = good && is_plain(text[i]);
	good = good && length >= 1 && length <= NAME_MAX_BYTES && text[0] >= 'a';
	REQUIRE(memreg_category_is_name(text) == good);
	if (length > 1)
	{
		text[length - 1] = '\0';
		REQUIRE(memreg_category_is_name(text) || !good);
	}
	free(text);
	return 0;
}
