/*
 * business_id.c
 *		Fuzz target: business IDs (src/ident/business_id.c).
 *
 * An ID with any one of its digits changed is none, which is what its check
 * digit is for; and the short form means the same as with a zero in front.
 */
#include <string.h>

#include "driver/fuzz.h"
#include "ident/business_id.h"

#define LENGTH 9
#define SHORT_LENGTH 8

static void
check_changed(const char *text, size_t length)
{
	char changed[LENGTH];

	for (size_t at = 0; at < length; at++)
		for (char digit = '0'; digit <= '9' && text[at] != '-'; digit++)
		{
			memcpy(changed, text, length);
			changed[at] = digit;
			REQUIRE(memreg_ident_is_business_id(changed, length) == (text[at] == digit));
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	bool good = memreg_ident_is_business_id(text, size);

	REQUIRE(!good || size == LENGTH || size == SHORT_LENGTH);
	if (good)
		check_changed(text, size);
	if (size == SHORT_LENGTH)
	{
		char with_zero[LENGTH] = "0";

		memcpy(with_zero + 1, text, size);
		REQUIRE(memreg_ident_is_business_id(with_zero, LENGTH) == good);
	}
	return 0;
}
