/*
 * words.h
 *		Word lists of nicknames and made-up names, a set for each language.
 *
 * A list's length is a power of two, so that bits of a hash choose a word and
 * no word is favoured.  Lists and their order are part of the format, as a
 * nickname has to come out the same on every version: a word is replaced in
 * its place, which changes the nicknames that had it, or not at all.
 *
 * Any two words may meet.  So none is of bodies, faiths, parties, peoples or
 * drugs, no colour stands for one of these, and no adjective blames.
 *
 * To add a language: words_<language>.c, and a line here and in words.c.
 */
#ifndef MEMREG_PSEUDONYM_WORDS_H
#define MEMREG_PSEUDONYM_WORDS_H

#define WORDS_ADJECTIVES 256
#define WORDS_NOUNS 256
#define WORDS_GIVEN 128
#define WORDS_FAMILY 256

/* No word is longer, in bytes of UTF-8. */
#define WORDS_MAX_BYTES 16

/* All in UTF-8 and lower case. */
typedef struct Words
{
	const char *language;          /* its code of two letters, ISO 639 */
	const char *const *adjectives; /* of nicknames, with the nouns */
	const char *const *nouns;
	const char *const *given; /* of made-up names, with the family names */
	const char *const *family;
} Words;

extern const Words memreg_words_fi;
extern const Words memreg_words_sv;
extern const Words memreg_words_en;

/* Every language; NULL ends the list. */
extern const Words *const memreg_words[];

#endif /* MEMREG_PSEUDONYM_WORDS_H */
