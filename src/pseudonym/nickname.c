/*
 * nickname.c
 *		Nicknames: an adjective, a noun and a number, like "Rohkea Kettu 4821".
 *
 * 29 bits choose one: 8 the adjective, 8 the noun, 13 the number.  That makes
 * 536,870,912 nicknames in each language, all as likely.  The bits are of a
 * keyed hash where a nickname stands for a value, and random where one is
 * assigned: that one tells nothing, of the subject or of the key.
 */
#include "postgres.h"

#include <sodium.h>

#include "fmgr.h"

#include "core/compat.h"
#include "pseudonym/phrase.h"
#include "pseudonym/pseudonym.h"
#include "pseudonym/scope_call.h"

#define NICKNAME_BYTES 4

PG_FUNCTION_INFO_V1(memreg_nickname);
PG_FUNCTION_INFO_V1(memreg_new_nickname);

static text *nickname_of_bits(const Words *words, const unsigned char *bits);
static int number_of_bits(int bits);

/* memreg.nickname(scope text, value text, language text) → text, the same for the same value. */
Datum
memreg_nickname(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	const Words *words = memreg_phrase_language(PG_GETARG_TEXT_PP(2));
	unsigned char hash[16];

	memreg_pseudonym_hash(hash, sizeof(hash), PG_GETARG_TEXT_PP(1),
						  keys->subkey[SCOPE_SUBKEY_NICKNAME]);
	PG_RETURN_TEXT_P(nickname_of_bits(words, hash));
}

/* memreg.new_nickname(language text) → text: a random one, taken or not. */
Datum
memreg_new_nickname(PG_FUNCTION_ARGS)
{
	const Words *words =
		memreg_phrase_language(PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0));
	unsigned char bits[NICKNAME_BYTES];

	randombytes_buf(bits, sizeof(bits));
	PG_RETURN_TEXT_P(nickname_of_bits(words, bits));
}

/* One byte the adjective, one the noun, the lower 13 bits of the next two the number. */
static text *
nickname_of_bits(const Words *words, const unsigned char *bits)
{
	StringInfoData nickname;

	initStringInfo(&nickname);
	memreg_phrase_add(&nickname, words->adjectives[bits[0]]);
	memreg_phrase_add(&nickname, words->nouns[bits[1]]);
	appendStringInfo(&nickname, " %d", number_of_bits((bits[2] & 0x1f) << 8 | bits[3]));
	return memreg_phrase_text(&nickname);
}

/* Four digits always; none from 1300 to 2099, as a reader would take it for a year of birth. */
static int
number_of_bits(int bits)
{
	return bits < 300 ? 1000 + bits : 1800 + bits;
}
