/*
 * postal_code.c
 *		Fuzz target: postal codes (src/generalize/postal_code.c).
 *
 * The first byte says how many digits to keep.  An area is the beginning of
 * the whole code, which is its own code.
 */
#include <string.h>

#include "driver/fuzz.h"
#include "generalize/postal_code.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data + 1;
	int digits = size == 0 ? 1 : 1 + data[0] % MEMREG_POSTAL_CODE_DIGITS;
	char code[MEMREG_POSTAL_CODE_DIGITS + 1];
	char area[MEMREG_POSTAL_CODE_DIGITS + 1];
	char again[MEMREG_POSTAL_CODE_DIGITS + 1];

	if (size == 0 || !memreg_postal_code_area(text, size - 1, MEMREG_POSTAL_CODE_DIGITS, code))
		return 0;
	REQUIRE(strspn(code, "0123456789") == MEMREG_POSTAL_CODE_DIGITS && code[5] == '\0');
	REQUIRE(memreg_postal_code_area(text, size - 1, digits, area));
	REQUIRE(strlen(area) == (size_t) digits && strncmp(area, code, strlen(area)) == 0);
	REQUIRE(memreg_postal_code_area(code, strlen(code), digits, again));
	REQUIRE(strcmp(again, area) == 0);
	return 0;
}
