/*
 * phone_number.c
 *		Telephone numbers as people write them.
 *
 * Digits, with a + in front or without, and between and around them any of
 * space, no-break space, - . / ( and ), and blanks of any kind around it all.
 * These mean nothing: a number is its digits.  After + or 00 stand a country
 * code and more, at most 15 digits in all (ITU-T E.164); other numbers have at
 * most 15 as well, and none has less than 3.  No numbering plan is consulted:
 * whether a number was ever given to anybody, or could be, is not known here.
 *
 * Country codes have one to three digits, and none begins another: 1 and 7, the
 * two-digit codes below, and three digits in whatever else does not begin with
 * 0, given out or not ("List of ITU-T Recommendation E.164 assigned country
 * codes", an annex to ITU's Operational Bulletin).
 *
 * Invariant: one pass, constant work per byte, no allocation, no server.
 */
#include "pseudonym/phone_number.h"

#include <string.h>

#include "generalize/blanks.h"

#define DIGITS_MIN 3
#define DIGITS_MAX 15
#define PREFIX "00"
#define PREFIX_DIGITS 2
#define NO_BREAK_SPACE "\xC2\xA0" /* U+00A0 in UTF-8 */
#define NO_BREAK_SPACE_BYTES 2

/* All digits of a number, and whether a + stood in front. */
typedef struct Dialled
{
	bool plus;
	int count;
	char digits[PREFIX_DIGITS + DIGITS_MAX + 1]; /* with an end */
} Dialled;

static bool collect(const char *utf8, size_t length, Dialled *dialled);
static size_t separator(const char *utf8, size_t length);
static bool divide(const Dialled *dialled, PhoneNumber *phone);
static int country_code_digits(const char *digits);
static uint64_t number_of(const char *digits, int count);
static bool is_digit(char c);

/* Is the whole text a telephone number?  Sets phone if it is. */
bool
memreg_phone_read(const char *utf8, size_t length, PhoneNumber *phone)
{
	Dialled dialled;

	memreg_blanks_trim(&utf8, &length);
	return collect(utf8, length, &dialled) && divide(&dialled, phone);
}

/*
 * Put the number's last digits over those of a text that a number of as many
 * digits was read from; everything else stays where it is.
 */
void
memreg_phone_write(const PhoneNumber *phone, char *utf8, size_t length)
{
	uint64_t number = phone->number;
	int left = phone->length;

	while (left > 0 && length > 0)
	{
		length--;
		if (!is_digit(utf8[length]))
			continue;
		utf8[length] = (char) ('0' + number % 10);
		number /= 10;
		left--;
	}
}

static bool
collect(const char *utf8, size_t length, Dialled *dialled)
{
	memset(dialled, 0, sizeof(*dialled));
	for (size_t at = 0; at < length;)
	{
		size_t skipped = separator(utf8 + at, length - at);

		if (skipped > 0)
		{
			at += skipped;
			continue;
		}
		if (utf8[at] == '+' && !dialled->plus && dialled->count == 0)
			dialled->plus = true;
		else if (is_digit(utf8[at]) && dialled->count < PREFIX_DIGITS + DIGITS_MAX)
			dialled->digits[dialled->count++] = utf8[at];
		else
			return false;
		at++;
	}
	return true;
}

/* The bytes of the separator that a text, not empty, begins with; or 0. */
static size_t
separator(const char *utf8, size_t length)
{
	static const char separators[] = " -./()";

	if (memchr(separators, utf8[0], sizeof(separators) - 1) != NULL)
		return 1;
	if (length >= NO_BREAK_SPACE_BYTES &&
		memcmp(utf8, NO_BREAK_SPACE, NO_BREAK_SPACE_BYTES) == 0)
		return NO_BREAK_SPACE_BYTES;
	return 0;
}

/* Tell the digits that stay from those that are the number. */
static bool
divide(const Dialled *dialled, PhoneNumber *phone)
{
	const char *digits = dialled->digits;
	bool prefixed = !dialled->plus && strncmp(digits, PREFIX, PREFIX_DIGITS) == 0;
	int uncounted = prefixed ? PREFIX_DIGITS : 0;
	int code = 0;

	if (dialled->count - uncounted < DIGITS_MIN || dialled->count - uncounted > DIGITS_MAX)
		return false;

	phone->form = dialled->plus || prefixed ? PHONE_INTERNATIONAL
		: digits[0] == '0'                  ? PHONE_NATIONAL
											: PHONE_LOCAL;
	if (phone->form == PHONE_INTERNATIONAL)
	{
		code = country_code_digits(digits + uncounted);
		if (code == 0)
			return false;
	}
	phone->country_code = (int) number_of(digits + uncounted, code);
	phone->kept = uncounted + code + (phone->form == PHONE_NATIONAL ? 1 : 0);
	phone->length = dialled->count - phone->kept;
	phone->number = number_of(digits + phone->kept, phone->length);
	return phone->length > 0;
}

/* How many of at least three digits are the country code; 0: there is none. */
static int
country_code_digits(const char *digits)
{
	/* By the first digit: the second ones of the codes of two digits. */
	static const char *const second_digits[] = {
		"",         "",        "07", "0123469", "013456789",
		"12345678", "0123456", "",   "1246",    "0123458",
	};
	int first = digits[0] - '0';

	if (first == 0)
		return 0;
	if (first == 1 || first == 7)
		return 1;
	return strchr(second_digits[first], digits[1]) != NULL ? 2 : 3;
}

static uint64_t
number_of(const char *digits, int count)
{
	uint64_t number = 0;

	for (int i = 0; i < count; i++)
		number = number * 10 + (uint64_t) (digits[i] - '0');
	return number;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}
