/*
 * phone.c
 *		Fuzz target: telephone numbers (src/pseudonym/phone_number.c).
 *
 * A number is in the range of its form; written back it is the text that it was
 * read from; another number of the form, written into the same text, is read as
 * that; and its digits alone are read as the same number.
 */
#include <string.h>

#include "driver/fuzz.h"
#include "pseudonym/phone_number.h"

#define BARE_BYTES 32 /* more than all digits of a number and a plus */

static uint64_t
end_of(const PhoneNumber *phone)
{
	uint64_t end = 1;

	for (int i = 0; i < phone->length; i++)
		end *= 10;
	return end;
}

static void
check_range(const PhoneNumber *phone)
{
	uint64_t end = end_of(phone);

	REQUIRE(phone->length >= 1 && phone->length <= 15 && phone->number < end);
	if (phone->form == PHONE_INTERNATIONAL)
		REQUIRE(phone->country_code > 0 && phone->country_code < 1000);
	else
		REQUIRE(phone->country_code == 0 && phone->number >= end / 10);
}

static void
check_same(const PhoneNumber *phone, const char *text, size_t size)
{
	PhoneNumber read;

	REQUIRE(memreg_phone_read(text, size, &read));
	REQUIRE(read.form == phone->form && read.country_code == phone->country_code &&
			read.kept == phone->kept && read.length == phone->length &&
			read.number == phone->number);
}

static void
check_bare(const PhoneNumber *phone, const char *text, size_t size)
{
	char bare[BARE_BYTES];
	size_t length = 0;

	for (size_t i = 0; i < size; i++)
		if (text[i] == '+' || (text[i] >= '0' && text[i] <= '9'))
		{
			REQUIRE(length < sizeof(bare));
			bare[length++] = text[i];
		}
	check_same(phone, bare, length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	PhoneNumber phone;
	PhoneNumber last;
	char *copy;

	if (!memreg_phone_read(text, size, &phone))
		return 0;
	check_range(&phone);
	check_bare(&phone, text, size);

	copy = malloc(size);
	REQUIRE(copy != NULL);
	memcpy(copy, text, size);
	last = phone;
	last.number = end_of(&phone) - 1;
	memreg_phone_write(&last, copy, size);
	check_same(&last, copy, size);
	memreg_phone_write(&phone, copy, size);
	REQUIRE(memcmp(copy, text, size) == 0);
	free(copy);
	return 0;
}
