/*
 * text.c
 *		Texts made coarser, or told in one form: the SQL functions.
 *
 * Invariant: no value makes them raise an error.  What is not of the form that
 * a function reads becomes NULL, since no part of it is known to be harmless.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "core/compat.h"
#include "generalize/blanks.h"
#include "generalize/email.h"
#include "generalize/granularity.h"
#include "generalize/inet.h"
#include "generalize/letters.h"
#include "generalize/postal_code.h"
#include "generalize/text.h"

/*
 * Normalization leaves more than a quarter of a text's bytes: the extreme is
 * U+0390, two bytes, also written as U+1FBE U+0308 U+0301, seven bytes.  What
 * is longer can become no address, and is not worth the work.
 */
#define UNCOMPOSED_MAX (4 * MEMREG_EMAIL_MAX)

static text *compose(const char *bytes, size_t length);
static bool is_ascii(const char *bytes, size_t length);
static Datum text_or_null(FunctionCallInfo fcinfo, text *result);

PG_FUNCTION_INFO_V1(memreg_postal_area);
PG_FUNCTION_INFO_V1(memreg_first_letters);
PG_FUNCTION_INFO_V1(memreg_truncate_ip_text);
PG_FUNCTION_INFO_V1(memreg_canonical_email);

/* memreg.postal_area(postal_code text, digits int) → text. */
Datum
memreg_postal_area(PG_FUNCTION_ARGS)
{
	return text_or_null(fcinfo,
						memreg_generalize_postal_code(PG_GETARG_TEXT_PP(0),
													  PG_GETARG_INT32(1)));
}

/* memreg.first_letters(value text, letters int) → text. */
Datum
memreg_first_letters(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(memreg_generalize_letters(PG_GETARG_TEXT_PP(0), PG_GETARG_INT32(1)));
}

/* memreg.truncate_ip(address text, ipv4_bits int, ipv6_bits int) → text. */
Datum
memreg_truncate_ip_text(PG_FUNCTION_ARGS)
{
	IpBits keep = memreg_generalize_bits(PG_GETARG_INT32(1), PG_GETARG_INT32(2));

	return text_or_null(fcinfo, memreg_generalize_ip_text(PG_GETARG_TEXT_PP(0), &keep));
}

/* memreg.canonical_email(address text) → text. */
Datum
memreg_canonical_email(PG_FUNCTION_ARGS)
{
	return text_or_null(fcinfo, memreg_generalize_email(PG_GETARG_TEXT_PP(0)));
}

text *
memreg_generalize_postal_code(const text *code, int digits)
{
	char area[MEMREG_POSTAL_CODE_DIGITS + 1];

	if (digits < 1 || digits > MEMREG_POSTAL_CODE_DIGITS)
		memreg_granularity_refuse("the number of digits to keep of a postal code is out of range",
								  "Use 1 to 5 digits.");
	if (!memreg_postal_code_area(VARDATA_ANY(code), VARSIZE_ANY_EXHDR(code), digits, area))
		return NULL;
	return cstring_to_text(area);
}

/* Only in UTF-8 are there marks that combine. */
text *
memreg_generalize_letters(const text *value, int letters)
{
	const char *bytes = VARDATA_ANY(value);
	int length = (int) VARSIZE_ANY_EXHDR(value);

	if (letters < 1)
		memreg_granularity_refuse("the number of letters to keep is out of range",
								  "Use a number from 1.");
	if (GetDatabaseEncoding() == PG_UTF8)
		length = (int) memreg_letters_first(bytes, (size_t) length, letters);
	else
		length = pg_mbcharcliplen(bytes, length, letters);
	return cstring_to_text_with_len(bytes, length);
}

text *
memreg_generalize_ip_text(const text *address, const IpBits *keep)
{
	char truncated[MEMREG_IP_TEXT_BYTES];

	if (!memreg_ip_truncate_text(VARDATA_ANY(address), VARSIZE_ANY_EXHDR(address), keep,
								 truncated))
		return NULL;
	return cstring_to_text(truncated);
}

/*
 * Normalized before, as normalization can yield ASCII: the Kelvin sign becomes
 * a K.  And after, as "h" with a line below is one character, but "H" with it
 * is two.
 */
text *
memreg_generalize_email(const text *address)
{
	const char *bytes = VARDATA_ANY(address);
	size_t length = VARSIZE_ANY_EXHDR(address);
	char canonical[MEMREG_EMAIL_MAX];
	text *composed;
	int canonical_length;

	memreg_blanks_trim(&bytes, &length);
	if (length > UNCOMPOSED_MAX)
		return NULL;
	composed = compose(bytes, length);
	canonical_length = memreg_email_canonical(VARDATA_ANY(composed),
											  VARSIZE_ANY_EXHDR(composed), canonical);
	return canonical_length < 0 ? NULL : compose(canonical, (size_t) canonical_length);
}

/* In normalization form C; other encodings than UTF-8 have one form only. */
static text *
compose(const char *bytes, size_t length)
{
	text *plain = cstring_to_text_with_len(bytes, (int) length);

	if (GetDatabaseEncoding() != PG_UTF8 || is_ascii(bytes, length))
		return plain;
	return DatumGetTextPP(DirectFunctionCall2(unicode_normalize_func, PointerGetDatum(plain),
											  CStringGetTextDatum("NFC")));
}

static bool
is_ascii(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (IS_HIGHBIT_SET(bytes[i]))
			return false;
	return true;
}

static Datum
text_or_null(FunctionCallInfo fcinfo, text *result)
{
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}
