/*
 * name.c
 *		Made-up names of persons, like "Aino Koivuranta".
 *
 * 15 bits of a keyed hash choose one: 7 the given name, 8 the family name.
 * 32,768 names in each language are for showing, not for joining: two of 214
 * values rather have the same one than not.
 */
#include "postgres.h"

#include "fmgr.h"

#include "core/compat.h"
#include "pseudonym/phrase.h"
#include "pseudonym/pseudonym.h"
#include "pseudonym/scope_call.h"

PG_FUNCTION_INFO_V1(memreg_pseudonym_name);

/* memreg.pseudonym_name(scope text, name text, language text) → text, the same for the same name. */
Datum
memreg_pseudonym_name(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	const Words *words = memreg_phrase_language(PG_GETARG_TEXT_PP(2));
	unsigned char hash[16];
	StringInfoData name;

	memreg_pseudonym_hash(hash, sizeof(hash), PG_GETARG_TEXT_PP(1),
						  keys->subkey[SCOPE_SUBKEY_NAME]);
	initStringInfo(&name);
	memreg_phrase_add(&name, words->given[hash[0] & 0x7f]);
	memreg_phrase_add(&name, words->family[hash[1]]);
	PG_RETURN_TEXT_P(memreg_phrase_text(&name));
}
