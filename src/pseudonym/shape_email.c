/*
 * shape_email.c
 *		Pseudonyms of e-mail addresses that are e-mail addresses.
 *
 *		k3f0a6vx2h9qd8w5rjtn@pseudonym.invalid
 *
 * 100 bits of the keyed hash of the canonical form (generalize/email.c), in 20
 * characters of base 32: the chance that any two of a billion addresses collide
 * is below 10^-12.  The domain .invalid is in no name server (RFC 2606, section
 * 2; RFC 6761, section 6.4), so that mail to a pseudonym goes nowhere.  Where
 * the domain stays, only the local part is replaced, by the same characters.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "generalize/text.h"
#include "pseudonym/pseudonym.h"
#include "pseudonym/scope_call.h"
#include "pseudonym/shape.h"

#define HASH_BYTES 16
#define ENCODED_BYTES 15 /* a multiple of five, as base 32 has it: 24 characters … */
#define LOCAL_CHARS 20   /* … of which as many are used */

static text *replace(const char *utf8, size_t length, const char *domain,
					 const unsigned char *key);

PG_FUNCTION_INFO_V1(memreg_pseudonym_email);

/* memreg.pseudonym_email(scope text, address text, keep_domain boolean, strict boolean) → text. */
Datum
memreg_pseudonym_email(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	const text *canonical = memreg_generalize_email(PG_GETARG_TEXT_PP(1));
	size_t length;
	const char *utf8 = canonical == NULL ? NULL : memreg_shape_read(canonical, &length);
	const char *domain = "@pseudonym.invalid";

	if (utf8 == NULL)
		return memreg_shape_refuse(fcinfo, PG_GETARG_BOOL(3), "the value is no e-mail address",
								   "An e-mail address is a name, @ and a domain, and no more.");
	if (PG_GETARG_BOOL(2))
		domain = strchr(text_to_cstring(canonical), '@');
	PG_RETURN_TEXT_P(replace(utf8, length, domain, keys->subkey[SCOPE_SUBKEY_EMAIL]));
}

static text *
replace(const char *utf8, size_t length, const char *domain, const unsigned char *key)
{
	unsigned char hash[HASH_BYTES];
	char characters[ENCODED_BYTES / 5 * 8];
	StringInfoData address;

	memreg_prf(hash, sizeof(hash), (const unsigned char *) utf8, length, key);
	memreg_pseudonym_base32(hash, ENCODED_BYTES, characters);

	initStringInfo(&address);
	appendBinaryStringInfo(&address, characters, LOCAL_CHARS);
	appendStringInfoString(&address, domain);
	return cstring_to_text_with_len(address.data, address.len);
}
