/*
 * shape_postal.c
 *		Pseudonyms of Finnish postal codes that are five digits.
 *
 *		00100 → 48213
 *
 * A permutation of all numbers of five digits, so that different codes never
 * get the same.  generalize/postal_code.c says what is read as a code; FI- and
 * blanks do not come back.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "generalize/postal_code.h"
#include "pseudonym/scope_call.h"
#include "pseudonym/shape.h"

#define POSTAL_CODES 100000

PG_FUNCTION_INFO_V1(memreg_pseudonym_postal_code);

/* memreg.pseudonym_postal_code(scope text, postal_code text, strict boolean) → text. */
Datum
memreg_pseudonym_postal_code(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	const text *value = PG_GETARG_TEXT_PP(1);
	char digits[MEMREG_POSTAL_CODE_DIGITS + 1];
	uint64 code;

	if (!memreg_postal_code_area(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
								 MEMREG_POSTAL_CODE_DIGITS, digits))
		return memreg_shape_refuse(fcinfo, PG_GETARG_BOOL(2), "the value is no postal code",
								   "A Finnish postal code has five digits, and may have FI- or AX- in front.");

	code = strtoul(digits, NULL, 10);
	code = memreg_permute_below(code, POSTAL_CODES, SCOPE_DIGITS_POSTAL_CODE,
								keys->digit_keys);
	snprintf(digits, sizeof(digits), "%05d", (int) code);
	PG_RETURN_TEXT_P(cstring_to_text(digits));
}
