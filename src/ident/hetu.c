/*
 * hetu.c
 *		Recognizes the Finnish personal identity code, DDMMYYCZZZQ.
 *
 * DDMMYY is the date of birth and C the sign of its century.  ZZZ is the
 * individual number, 002 to 899, or 900 to 999 in codes given for a limited
 * time and in test data; in a register both point at one person, so both
 * count.  Q is the remainder of DDMMYYZZZ divided by 31 as one of 31
 * characters.  Letters count in either case: people type both.
 *
 * Rules: Government Decree on the Population Information System (128/2010)
 * section 2 as amended by 690/2022, which added the century signs Y X W V U
 * and B C D E F from 2023; Digital and Population Data Services Agency, "The
 * personal identity code".
 *
 * Invariant: one pass, constant work per byte, no allocation, no server.
 * Only ASCII and the dashes listed below have a meaning here, so any encoding
 * that a server can have will do.
 */
#include "ident/hetu.h"

#include <stdint.h>
#include <string.h>

#define DATE_DIGITS 6
#define INDIVIDUAL_DIGITS 3
#define HETU_LENGTH 11     /* with a century sign of one byte */
#define DASH_LENGTH 3      /* a typographic dash in UTF-8 */
#define FIRST_INDIVIDUAL 2 /* 000 and 001 are given to nobody */
#define HEX_RUN_MAX 32     /* digits of a uuid written without dashes */

static const char CheckCharacters[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";

static size_t code_length(const char *s, size_t length);
static size_t read_century(const char *s, size_t length, int *century);
static bool read_digits(const char *s, int count, int *value);
static bool is_date(int day, int month, int year);
static char upper(char c);
static bool continues(const char *text, size_t length, size_t at, int step);

bool
memreg_ident_is_hetu(const char *text, size_t length)
{
	/* A typographic dash takes three bytes, so here it never passes. */
	return length == HETU_LENGTH && code_length(text, length) == HETU_LENGTH;
}

/*
 * A code that is continued on either side is a piece of something longer and
 * does not count; see continues().  Anything else may surround it: "hetu:", a
 * quote, a letter with an umlaut.  In running text the century sign may also
 * be a dash as word processors set it.
 */
bool
memreg_ident_contains_hetu(const char *text, size_t length)
{
	for (size_t at = 0; at + HETU_LENGTH <= length; at++)
	{
		size_t found = code_length(text + at, length - at);

		if (found == 0)
			continue;
		if (at > 0 && continues(text, length, at - 1, -1))
			continue;
		if (!continues(text, length, at + found, +1))
			return true;
	}
	return false;
}

/* The length in bytes of the code that s begins with, or 0. */
static size_t
code_length(const char *s, size_t length)
{
	int date;
	int century;
	int individual;
	size_t sign;

	if (length < HETU_LENGTH || !read_digits(s, DATE_DIGITS, &date))
		return 0;
	s += DATE_DIGITS;
	sign = read_century(s, length - DATE_DIGITS, &century);
	if (sign == 0 || length < HETU_LENGTH - 1 + sign)
		return 0;
	s += sign;
	if (!read_digits(s, INDIVIDUAL_DIGITS, &individual) || individual < FIRST_INDIVIDUAL)
		return 0;
	s += INDIVIDUAL_DIGITS;

	if (!is_date(date / 10000, date / 100 % 100, century + date % 100))
		return 0;
	if (upper(*s) != CheckCharacters[(date * INT32_C(1000) + individual) % 31])
		return 0;
	return HETU_LENGTH - 1 + sign;
}

/* Sets the century, and returns how many bytes its sign takes, or 0. */
static size_t
read_century(const char *s, size_t length, int *century)
{
	static const char dashes[][DASH_LENGTH + 1] = {
		/* U+2010 to U+2015: from hyphen to horizontal bar */
		"\xE2\x80\x90",
		"\xE2\x80\x91",
		"\xE2\x80\x92",
		"\xE2\x80\x93",
		"\xE2\x80\x94",
		"\xE2\x80\x95",
		/* U+2212, U+FE63, U+FF0D: minus, small and full-width hyphen-minus */
		"\xE2\x88\x92",
		"\xEF\xB9\xA3",
		"\xEF\xBC\x8D",
	};
	char sign = upper(s[0]);

	*century = sign == '+' ? 1800 : sign >= 'A' && sign <= 'F' ? 2000 : 1900;
	if (sign == '+' || sign == '-' || (sign >= 'A' && sign <= 'F') ||
		(sign >= 'U' && sign <= 'Y'))
		return 1;

	for (size_t i = 0; length >= DASH_LENGTH && i < sizeof(dashes) / sizeof(dashes[0]); i++)
		if (memcmp(s, dashes[i], DASH_LENGTH) == 0)
			return DASH_LENGTH;
	return 0;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'F');
}

static bool
is_alphanumeric(char c)
{
	return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z');
}

static bool
read_digits(const char *s, int count, int *value)
{
	*value = 0;
	for (int i = 0; i < count; i++)
	{
		if (!is_digit(s[i]))
			return false;
		*value = *value * 10 + (s[i] - '0');
	}
	return true;
}

static bool
is_date(int day, int month, int year)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/*
 * Does the neighbor at 'at' make the code a piece of something longer?
 *
 * A digit does: of all the digits in a long number, one in 31 well-formed
 * stretches would pass.  So does a run of letters and digits that are all
 * hexadecimal: that is a uuid or a digest.  Any other letter does not, since
 * "hetu010190-900P" must not slip through.
 */
static bool
continues(const char *text, size_t length, size_t at, int step)
{
	if (at >= length || !is_alphanumeric(text[at]))
		return false;
	if (is_digit(text[at]))
		return true;

	for (int run = 0; run < HEX_RUN_MAX; run++)
	{
		if (!is_alphanumeric(text[at]))
			return true;
		if (!is_hex(text[at]))
			return false;
		at += (size_t) step;
		if (at >= length) /* wraps around before the first byte */
			return true;
	}
	return true;
}
