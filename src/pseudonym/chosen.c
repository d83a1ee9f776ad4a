/*
 * chosen.c
 *		Nicknames that people choose: which will do, and which count as the same.
 *
 * Two nicknames are the same when their keys are: compatible characters made
 * one (NFKC), letters lower case, blanks single, what nobody sees left out.
 * No locale has a say, so a key is the same in every database.  Letters of
 * different scripts that look alike stay different.
 */
#include "postgres.h"

#include "common/unicode_norm.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "core/errors.h"
#include "pseudonym/character.h"

#define MAX_NICKNAME_CHARACTERS 60

PG_FUNCTION_INFO_V1(memreg_require_nickname);
PG_FUNCTION_INFO_V1(memreg_nickname_key);

/* Characters are arrays of code points that end with 0. */
static bool is_suitable(const pg_wchar *characters);
static pg_wchar *key_of(const pg_wchar *characters);
static pg_wchar *trimmed(const pg_wchar *characters);
static pg_wchar *decode(const text *nickname);
static char *encode(const pg_wchar *characters);
static int length_of(const pg_wchar *characters);

/* memreg.require_nickname(nickname text) → text: without blanks around it, or an error if it will not do. */
Datum
memreg_require_nickname(PG_FUNCTION_ARGS)
{
	pg_wchar *characters = PG_ARGISNULL(0) ? NULL : decode(PG_GETARG_TEXT_PP(0));
	char *utf8;

	if (characters != NULL)
		characters = trimmed(characters);
	if (characters == NULL || !is_suitable(characters))
		ereport(ERROR,
				(errcode(MEMREG_ERRCODE_INVALID_NICKNAME),
				 errmsg("the nickname given is not suitable"),
				 errdetail("A nickname has 1 to %d characters that can be seen, all on one line.",
						   MAX_NICKNAME_CHARACTERS),
				 errhint("Ask for another one.")));
	utf8 = encode(characters);
	PG_RETURN_TEXT_P(cstring_to_text(pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8)));
}

/*
 * memreg.nickname_key(nickname text) → bytea: the same for nicknames that count
 * as the same.  In UTF-8, as a key may have characters that the database's
 * encoding lacks; what is no text of any encoding is its own key.
 */
Datum
memreg_nickname_key(PG_FUNCTION_ARGS)
{
	text *nickname = PG_GETARG_TEXT_PP(0);
	pg_wchar *characters = decode(nickname);

	if (characters == NULL)
		PG_RETURN_BYTEA_P(PG_GETARG_BYTEA_P_COPY(0));
	PG_RETURN_BYTEA_P(cstring_to_text(encode(key_of(characters))));
}

static bool
is_suitable(const pg_wchar *characters)
{
	for (const pg_wchar *c = characters; *c != 0; c++)
		if (memreg_character_is_control(*c))
			return false;
	return length_of(characters) <= MAX_NICKNAME_CHARACTERS &&
		length_of(key_of(characters)) > 0;
}

static pg_wchar *
key_of(const pg_wchar *characters)
{
	pg_wchar *seen = palloc(sizeof(pg_wchar) * (length_of(characters) + 1));
	pg_wchar *key;
	int kept = 0;

	for (const pg_wchar *c = characters; *c != 0; c++)
		if (!memreg_character_is_invisible(*c))
			seen[kept++] = *c;
	seen[kept] = 0;

	key = unicode_normalize(UNICODE_NFKC, seen);
	kept = 0;
	for (const pg_wchar *c = key; *c != 0; c++)
		if (!memreg_character_is_blank(*c))
			key[kept++] = memreg_character_lower(*c);
		else if (kept == 0 || key[kept - 1] != ' ')
			key[kept++] = ' ';
	key[kept] = 0;
	return trimmed(key);
}

/* Without the blanks before and after. */
static pg_wchar *
trimmed(const pg_wchar *characters)
{
	int length = length_of(characters);
	pg_wchar *result;

	while (length > 0 && memreg_character_is_blank(characters[length - 1]))
		length--;
	while (length > 0 && memreg_character_is_blank(*characters))
	{
		characters++;
		length--;
	}
	result = palloc(sizeof(pg_wchar) * (length + 1));
	memcpy(result, characters, sizeof(pg_wchar) * length);
	result[length] = 0;
	return result;
}

/* NULL: a text of SQL_ASCII, whose bytes may mean anything, that is not UTF-8. */
static pg_wchar *
decode(const text *nickname)
{
	char *bytes = VARDATA_ANY(nickname);
	int size = VARSIZE_ANY_EXHDR(nickname);
	char *server = pnstrdup(bytes, size);
	const unsigned char *utf8;
	pg_wchar *characters;
	int count = 0;

	if (GetDatabaseEncoding() == PG_SQL_ASCII && !pg_verify_mbstr(PG_UTF8, server, size, true))
		return NULL;
	utf8 = (unsigned char *) pg_server_to_any(server, size, PG_UTF8);
	characters = palloc(sizeof(pg_wchar) * (strlen((const char *) utf8) + 1));
	for (; *utf8 != '\0'; utf8 += pg_utf_mblen(utf8))
		characters[count++] = utf8_to_unicode(utf8);
	characters[count] = 0;
	return characters;
}

/* UTF-8. */
static char *
encode(const pg_wchar *characters)
{
	unsigned char *utf8 = palloc(4 * length_of(characters) + 1);
	unsigned char *end = utf8;

	for (const pg_wchar *c = characters; *c != 0; c++)
	{
		unicode_to_utf8(*c, end);
		end += pg_utf_mblen(end);
	}
	*end = '\0';
	return (char *) utf8;
}

static int
length_of(const pg_wchar *characters)
{
	int length = 0;

	while (characters[length] != 0)
		length++;
	return length;
}
