/*
 * business_id.c
 *		Recognizes the Finnish business ID, NNNNNNN-C.
 *
 * The seven digits are weighted 7 9 10 5 8 4 2 and summed.  With the
 * remainder of the sum divided by 11, the check digit is 0 for 0 and 11 less
 * the remainder otherwise; numbers with remainder 1 are not given out.  IDs
 * from before the eighth digit have six digits and stand for the same number
 * with a zero in front: both forms pass.  0000000-0 fits the sum but is a
 * placeholder, not a business.
 *
 * Rules: Finnish Patent and Registration Office and Tax Administration,
 * Business Information System, "Business ID", and the Tax Administration's
 * published check digit rules.
 *
 * Invariant: constant work, no allocation, no server.
 */
#include "ident/business_id.h"

#define DIGITS 7
#define MODULUS 11

bool
memreg_ident_is_business_id(const char *text, size_t length)
{
	static const int weights[DIGITS] = {7, 9, 10, 5, 8, 4, 2};
	int digits = (int) length - 2; /* less dash and check digit */
	int sum = 0;
	int remainder;

	if (length != DIGITS + 2 && length != DIGITS + 1)
		return false;

	for (int i = 0; i < digits; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		sum += weights[DIGITS - digits + i] * (text[i] - '0');
	}
	if (sum == 0 || text[digits] != '-')
		return false;

	remainder = sum % MODULUS;
	if (remainder == 1)
		return false;
	return text[digits + 1] == '0' + (remainder == 0 ? 0 : MODULUS - remainder);
}
