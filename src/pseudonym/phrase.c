/*
 * phrase.c
 *		Words of a language, put together for people to read.
 *
 * A phrase is put together in UTF-8 and leaves in the database's encoding.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "core/errors.h"
#include "pseudonym/phrase.h"

pg_noreturn static void reject_language(void);
static char *known_languages(void);
static void capitalize(unsigned char *word);

/* The words of a language; an error if there is none of that name, or NULL. */
const Words *
memreg_phrase_language(const text *language)
{
	if (language != NULL)
	{
		size_t length = VARSIZE_ANY_EXHDR(language);

		for (const Words *const *words = memreg_words; *words != NULL; words++)
			if (strlen((*words)->language) == length &&
				memcmp((*words)->language, VARDATA_ANY(language), length) == 0)
				return *words;
	}
	reject_language();
}

/* Append a word with a capital, and a space before it unless it is the first. */
void
memreg_phrase_add(StringInfo phrase, const char *word)
{
	int start;

	if (phrase->len > 0)
		appendStringInfoChar(phrase, ' ');
	start = phrase->len;
	appendStringInfoString(phrase, word);
	capitalize((unsigned char *) phrase->data + start);
}

/* The phrase in the database's encoding; an error if that lacks a letter. */
text *
memreg_phrase_text(const StringInfoData *phrase)
{
	return cstring_to_text(pg_any_to_server(phrase->data, phrase->len, PG_UTF8));
}

/* Not named: where arguments were mixed up, it is a person's value. */
static void
reject_language(void)
{
	ereport(ERROR,
			(errcode(MEMREG_ERRCODE_UNKNOWN_LANGUAGE),
			 errmsg("there are no words of the language given"),
			 errhint("Languages of this version: %s.", known_languages())));
}

static char *
known_languages(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (const Words *const *words = memreg_words; *words != NULL; words++)
		appendStringInfo(&names, "%s'%s'", names.len > 0 ? ", " : "", (*words)->language);
	return names.data;
}

/* In UTF-8, letters of ASCII and those of Latin-1 (C3 A0 to C3 BE) alike have the capital 0x20 before. */
static void
capitalize(unsigned char *word)
{
	word[word[0] == 0xc3 ? 1 : 0] -= 0x20;
}
