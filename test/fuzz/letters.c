/*
 * letters.c
 *		Fuzz target: first letters (src/generalize/letters.c).
 *
 * The first byte says how many.  The letters of the letters are the letters,
 * fewer are a beginning of them, and no mark is cut off its letter.
 */
#include <string.h>

#include "driver/fuzz.h"
#include "generalize/letters.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data + 1;
	size_t length = size == 0 ? 0 : size - 1;
	int letters = size == 0 ? 1 : 1 + data[0];
	size_t taken;

	if (size == 0)
		return 0;
	taken = memreg_letters_first(text, length, letters);
	REQUIRE(taken <= length && (taken > 0 || length == 0));
	REQUIRE(taken >= (size_t) letters || taken == length);
	REQUIRE(memreg_letters_first(text, taken, letters) == taken);
	REQUIRE(memreg_letters_first(text, length, letters + 1) > taken || taken == length);
	if (taken + 1 < length)
	{
		unsigned mark = (unsigned) (data[1 + taken] & 0x1F) << 6 | (data[2 + taken] & 0x3F);

		REQUIRE(data[1 + taken] >> 5 != 6 || data[2 + taken] >> 6 != 2 || mark < 0x300 ||
				mark > 0x36F);
	}
	return 0;
}
