/*
 * pseudonym_phone.c
 *		Unit test of src/pseudonym/phone_number.c, in TAP.
 *
 * cc -Isrc pseudonym_phone.c src/pseudonym/phone_number.c src/generalize/blanks.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pseudonym/phone_number.h"

typedef struct Case
{
	const char *text;
	PhoneNumber phone; /* form 0: it is none */
} Case;

static const Case cases[] = {
	/* international */
	{"+358401234567", {PHONE_INTERNATIONAL, 358, 3, 9, 401234567}},
	{"00358401234567", {PHONE_INTERNATIONAL, 358, 5, 9, 401234567}},
	{"+12125550123", {PHONE_INTERNATIONAL, 1, 1, 10, 2125550123}},
	{"+74950000000", {PHONE_INTERNATIONAL, 7, 1, 10, 4950000000}},
	{"+442079460000", {PHONE_INTERNATIONAL, 44, 2, 10, 2079460000}},
	{"+390612345", {PHONE_INTERNATIONAL, 39, 2, 7, 612345}},
	{"+99912", {PHONE_INTERNATIONAL, 999, 3, 2, 12}},
	{"+3581", {PHONE_INTERNATIONAL, 358, 3, 1, 1}},
	{"+100", {PHONE_INTERNATIONAL, 1, 1, 2, 0}},
	{"+123456789012345", {PHONE_INTERNATIONAL, 1, 1, 14, UINT64_C(23456789012345)}},
	{"00123456789012345", {PHONE_INTERNATIONAL, 1, 3, 14, UINT64_C(23456789012345)}},
	/* national */
	{"0401234567", {PHONE_NATIONAL, 0, 1, 9, 401234567}},
	{"012", {PHONE_NATIONAL, 0, 1, 2, 12}},
	{"010", {PHONE_NATIONAL, 0, 1, 2, 10}},
	{"012345678901234", {PHONE_NATIONAL, 0, 1, 14, UINT64_C(12345678901234)}},
	/* local */
	{"112", {PHONE_LOCAL, 0, 0, 3, 112}},
	{"123456789012345", {PHONE_LOCAL, 0, 0, 15, UINT64_C(123456789012345)}},
	/* separators */
	{"+358 40 123 4567", {PHONE_INTERNATIONAL, 358, 3, 9, 401234567}},
	{"(+358) 40-123.45/67", {PHONE_INTERNATIONAL, 358, 3, 9, 401234567}},
	{"0 0 3 5 8 40 123 4567", {PHONE_INTERNATIONAL, 358, 5, 9, 401234567}},
	{"+358\xC2\xA0"
	 "40\xC2\xA0"
	 "1234567",
	 {PHONE_INTERNATIONAL, 358, 3, 9, 401234567}},
	{"(09) 310 0000", {PHONE_NATIONAL, 0, 1, 8, 93100000}},
	{"\t112\r\n", {PHONE_LOCAL, 0, 0, 3, 112}},
	{"-1-1-2-", {PHONE_LOCAL, 0, 0, 3, 112}},
	/* too few digits, or too many */
	{"", {0}},
	{"   ", {0}},
	{"+", {0}},
	{"12", {0}},
	{"01", {0}},
	{"+12", {0}},
	{"0012", {0}},
	{"+358", {0}},
	{"00358", {0}},
	{"1234567890123456", {0}},
	{"0123456789012345", {0}},
	{"+1234567890123456", {0}},
	{"001234567890123456", {0}},
	{"0012345678901234567890", {0}},
	/* no country code */
	{"+0401234567", {0}},
	{"000401234567", {0}},
	{"+00358401234567", {0}},
	/* something else */
	{"040 123 4567 a", {0}},
	{"puh. 040 1234567", {0}},
	{"0401234567#1", {0}},
	{"040,1234567", {0}},
	{"040_1234567", {0}},
	{"040\t1234567", {0}},
	{"++358401234567", {0}},
	{"+358+401234567", {0}},
	{"040+1234567", {0}},
	{"040\xE2\x80\x93"
	 "1234567",
	 {0}},
	{"040\xC2", {0}},
	{"040\xA0"
	 "1234567",
	 {0}},
	{"\xD9\xA1\xD9\xA1\xD9\xA2", {0}}, /* Arabic-Indic digits */
};

/* Codes of each length, and what is three digits although it looks like two. */
static const int country_codes[] = {
	1,   7,   20,  27,  30,  34,  36,  39,  40,  41,  43,  49,  51,  58,  60,
	66,  81,  82,  84,  86,  90,  95,  98,  210, 291, 350, 358, 372, 385, 420,
	423, 500, 599, 670, 692, 800, 850, 880, 888, 960, 972, 979, 992, 999,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int test_number = 0;
static int failures = 0;

static void report(bool passed, const char *what, const char *text);
static bool is_read(const Case *phone_case);
static bool is_written_back(const char *text);
static void check_country_code(int code);
static void check_no_end(void);

int
main(void)
{
	printf("1..%d\n", (int) (2 * COUNT(cases) + COUNT(country_codes) + 2));
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		report(is_read(&cases[i]), "read", cases[i].text);
		report(is_written_back(cases[i].text), "written back", cases[i].text);
	}
	for (size_t i = 0; i < COUNT(country_codes); i++)
		check_country_code(country_codes[i]);
	check_no_end();
	return failures > 0;
}

static void
report(bool passed, const char *what, const char *text)
{
	failures += !passed;
	printf("%s %d - %s: ", passed ? "ok" : "not ok", ++test_number, what);
	for (; *text != '\0'; text++)
		printf(*text >= ' ' && *text != '#' && *text < 127 ? "%c" : "\\%02x",
			   (unsigned char) *text);
	printf("\n");
}

static bool
is_read(const Case *phone_case)
{
	const PhoneNumber *expected = &phone_case->phone;
	PhoneNumber phone;

	if (!memreg_phone_read(phone_case->text, strlen(phone_case->text), &phone))
		return expected->form == 0;
	return phone.form == expected->form && phone.country_code == expected->country_code &&
		phone.kept == expected->kept && phone.length == expected->length &&
		phone.number == expected->number;
}

/* What was read, over its own digits turned to another: the text as it was. */
static bool
is_written_back(const char *text)
{
	size_t length = strlen(text);
	char *copy = strdup(text);
	PhoneNumber phone;
	bool same = true;

	if (memreg_phone_read(text, length, &phone))
	{
		PhoneNumber other = phone;

		other.number = 0;
		memreg_phone_write(&other, copy, length);
		same = phone.number == 0 || strcmp(copy, text) != 0;
		memreg_phone_write(&phone, copy, length);
		same = same && strcmp(copy, text) == 0;
	}
	free(copy);
	return same;
}

static void
check_country_code(int code)
{
	char text[32];
	PhoneNumber phone;

	snprintf(text, sizeof(text), "+%d1000", code);
	report(memreg_phone_read(text, strlen(text), &phone) && phone.country_code == code &&
			   phone.number == 1000,
		   "country code", text);
}

/* Nothing is read beyond the length. */
static void
check_no_end(void)
{
	char *text = malloc(3);
	PhoneNumber phone;

	memcpy(text, "112", 3);
	report(memreg_phone_read(text, 3, &phone) && phone.number == 112, "without an end", "112");
	memcpy(text, "12\xC2", 3);
	report(!memreg_phone_read(text, 3, &phone), "half of a no-break space", "12");
	free(text);
}
