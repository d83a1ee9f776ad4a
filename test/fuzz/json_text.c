/*
 * json_text.c
 *		Fuzz target: JSON text for scanning (src/ident/json_text.c).
 *
 * Any text is safe and gets no longer; one without a backslash stays as it is;
 * and whatever is written in escapes throughout comes out.
 */
#include <string.h>

#include "driver/fuzz.h"
#include "ident/json_text.h"

#define ESCAPE_LENGTH 6

static void
check_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	size_t length;

	REQUIRE(text != NULL);
	memcpy(text, data, size);
	length = memreg_ident_unescape_json(text, size);
	REQUIRE(length <= size);
	if (memchr(data, '\\', size) == NULL)
		REQUIRE(length == size && memcmp(text, data, size) == 0);
	free(text);
}

static void
check_escaped(const uint8_t *data, size_t size)
{
	char *text = malloc(ESCAPE_LENGTH * size + 1);

	REQUIRE(text != NULL);
	for (size_t i = 0; i < size; i++)
		snprintf(text + ESCAPE_LENGTH * i, ESCAPE_LENGTH + 1,
				 i % 2 == 0 ? "\\u%04x" : "\\u%04X", data[i]);
	REQUIRE(memreg_ident_unescape_json(text, ESCAPE_LENGTH * size) == size);
	for (size_t i = 0; i < size; i++)
		REQUIRE(text[i] == (data[i] > ' ' && data[i] < 0x7F ? (char) data[i] : ' '));
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_text(data, size);
	check_escaped(data, size);
	return 0;
}
