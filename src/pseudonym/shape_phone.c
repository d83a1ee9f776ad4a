/*
 * shape_phone.c
 *		Pseudonyms of telephone numbers that are telephone numbers.
 *
 *		+358 40 123 4567 → +358 97 304 1186
 *
 * What phone_number.c says stays, stays: form, country code, how many digits
 * follow, and whatever stands between them.  The digits that follow are
 * permuted as one number, so that different numbers of one country and length
 * never get the same.  In forms without a country code the first of them is no
 * zero (after a 0 it would make 00, without one it would be that 0), and the
 * permutation is one of the numbers that begin with none: a pseudonym is of the
 * form of its number.
 */
#include "postgres.h"

#include "fmgr.h"

#include "core/compat.h"
#include "pseudonym/phone_number.h"
#include "pseudonym/scope_call.h"
#include "pseudonym/shape.h"

static void permute(PhoneNumber *phone, const unsigned char *digit_keys);
static uint64 power_of_ten(int exponent);

PG_FUNCTION_INFO_V1(memreg_pseudonym_phone);

/* memreg.pseudonym_phone(scope text, phone text, strict boolean) → text. */
Datum
memreg_pseudonym_phone(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	size_t length;
	const char *utf8 = memreg_shape_read(PG_GETARG_TEXT_PP(1), &length);
	PhoneNumber phone;
	char *pseudonym;

	if (utf8 == NULL || !memreg_phone_read(utf8, length, &phone))
		return memreg_shape_refuse(fcinfo, PG_GETARG_BOOL(2),
								   "the value is no telephone number",
								   "A telephone number has 3 to 15 digits and no letters; after + or 00 it goes on with a country code.");

	permute(&phone, keys->digit_keys);
	pseudonym = pnstrdup(utf8, length);
	memreg_phone_write(&phone, pseudonym, length);
	PG_RETURN_TEXT_P(memreg_shape_write(pseudonym, length));
}

/* The tweak is form, country code and number of digits: part of the format. */
static void
permute(PhoneNumber *phone, const unsigned char *digit_keys)
{
	uint64 tweak = SCOPE_DIGITS_PHONE(phone->form) | (uint64) phone->country_code << 8 |
		(uint64) phone->length;
	uint64 end = power_of_ten(phone->length);
	uint64 first = phone->form == PHONE_INTERNATIONAL ? 0 : end / 10;

	phone->number = first +
		memreg_permute_below(phone->number - first, end - first, tweak, digit_keys);
}

static uint64
power_of_ten(int exponent)
{
	uint64 power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}
