/*
 * email.c
 *		Fuzz target: e-mail addresses (src/generalize/email.c).
 *
 * The canonical form is its own, has one @ that nothing is missing around, and
 * is that of the address in capitals and with blanks around.
 */
#include <string.h>

#include "driver/fuzz.h"
#include "generalize/email.h"

static void
check_canonical(const char *canonical, size_t length)
{
	char again[MEMREG_EMAIL_MAX];
	const char *at = memchr(canonical, '@', length);
	const char *end = canonical + length;

	REQUIRE(at != NULL && at > canonical && at + 1 < end && length <= sizeof(again));
	REQUIRE(memchr(at + 1, '@', (size_t) (end - at - 1)) == NULL);
	for (size_t i = 0; i < length; i++)
		REQUIRE((unsigned char) canonical[i] > ' ' &&
				(canonical[i] < 'A' || canonical[i] > 'Z'));
	REQUIRE(memreg_email_canonical(canonical, length, again) == (int) length);
	REQUIRE(memcmp(again, canonical, length) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char canonical[MEMREG_EMAIL_MAX];
	char of_shouted[MEMREG_EMAIL_MAX];
	char *shouted = malloc(size + 2);
	int length = memreg_email_canonical((const char *) data, size, canonical);

	if (length >= 0)
		check_canonical(canonical, (size_t) length);

	REQUIRE(shouted != NULL);
	shouted[0] = '\t';
	shouted[size + 1] = '\n';
	for (size_t i = 0; i < size; i++)
		shouted[i + 1] =
			(char) (data[i] >= 'a' && data[i] <= 'z' ? data[i] - 'a' + 'A' : data[i]);
	REQUIRE(memreg_email_canonical(shouted, size + 2, of_shouted) == length);
	REQUIRE(length < 0 || memcmp(of_shouted, canonical, (size_t) length) == 0);
	free(shouted);
	return 0;
}
