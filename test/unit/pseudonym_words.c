/*
 * pseudonym_words.c
 *		Unit test of src/pseudonym/words*.c, in TAP: what a word may be, and
 *		that no list has changed.
 *
 * cc -Isrc -isystem "$(pg_config --includedir-server)" pseudonym_words.c src/pseudonym/words.c -lsodium
 */
#include "postgres.h"

#include <sodium.h>

#include "pseudonym/words.h"
#include "pseudonym/words_en.c"
#include "pseudonym/words_fi.c"
#include "pseudonym/words_sv.c"

/* The server has its own, which is not linked here. */
#undef printf

#define CHECKSUM_BYTES 16

/* BLAKE2b of a language's words in their order, each with the zero byte after it. */
typedef struct KnownWords
{
	const char *language;
	const char *checksum;
} KnownWords;

static const KnownWords known[] = {
	{"fi", "b06c456fea7966ada3e8ff22bc96ba7d"},
	{"sv", "161b158fc3eadcf2650fa2740f047338"},
	{"en", "8139fe68d1d08f86f10b9146a289623b"},
};

static int tests;
static int failures;

static void
report(bool passed, const char *what, const char *language, const char *of)
{
	tests++;
	failures += !passed;
	printf("%s %d - %s, %s: %s\n", passed ? "ok" : "not ok", tests, language, of, what);
}

/* Bytes of the lower-case letter at the start: of ASCII, or å ä é ö; 0: there is none. */
static int
letter_length(const char *word)
{
	if (word[0] >= 'a' && word[0] <= 'z')
		return 1;
	return word[0] == '\xc3' && word[1] != '\0' && strchr("\xa5\xa4\xa9\xb6", word[1]) ? 2
																					   : 0;
}

static bool
is_of_letters(const char *word)
{
	int length;

	while ((length = letter_length(word)) > 0)
		word += length;
	return *word == '\0';
}

static void
test_list(const char *language, const char *of, const char *const *words, int count)
{
	bool letters = true;
	bool length = true;
	bool distinct = true;

	for (int i = 0; i < count; i++)
	{
		letters &= is_of_letters(words[i]);
		length &= strlen(words[i]) >= 2 && strlen(words[i]) <= WORDS_MAX_BYTES;
		for (int j = 0; j < i; j++)
			distinct &= strcmp(words[i], words[j]) != 0;
	}
	report((count & (count - 1)) == 0, "as many as bits can choose", language, of);
	report(letters, "only letters, and lower case", language, of);
	report(length, "none is too short or too long", language, of);
	report(distinct, "none stands twice", language, of);
}

static void
add_words(crypto_generichash_state *state, const char *const *words, int count)
{
	for (int i = 0; i < count; i++)
		crypto_generichash_update(state, (const unsigned char *) words[i],
								  strlen(words[i]) + 1);
}

/* A change here changes nicknames that are out in the world. */
static void
test_unchanged(const Words *words, const char *expected)
{
	crypto_generichash_state state;
	unsigned char checksum[CHECKSUM_BYTES];
	char hex[2 * CHECKSUM_BYTES + 1];

	crypto_generichash_init(&state, NULL, 0, sizeof(checksum));
	add_words(&state, words->adjectives, WORDS_ADJECTIVES);
	add_words(&state, words->nouns, WORDS_NOUNS);
	add_words(&state, words->given, WORDS_GIVEN);
	add_words(&state, words->family, WORDS_FAMILY);
	crypto_generichash_final(&state, checksum, sizeof(checksum));
	sodium_bin2hex(hex, sizeof(hex), checksum, sizeof(checksum));
	report(strcmp(hex, expected) == 0, hex, words->language, "no word has changed");
}

int
main(void)
{
	if (sodium_init() < 0)
		return 2;
	for (int i = 0; i < lengthof(known); i++)
	{
		const Words *words = memreg_words[i];

		report(words != NULL && strcmp(words->language, known[i].language) == 0, "listed",
			   known[i].language, "language");
		if (words == NULL)
			break;
		test_list(words->language, "adjectives", words->adjectives, WORDS_ADJECTIVES);
		test_list(words->language, "nouns", words->nouns, WORDS_NOUNS);
		test_list(words->language, "given names", words->given, WORDS_GIVEN);
		test_list(words->language, "family names", words->family, WORDS_FAMILY);
		test_unchanged(words, known[i].checksum);
	}
	report(memreg_words[lengthof(known)] == NULL, "no other is", "others", "language");
	printf("1..%d\n", tests);
	return failures > 0;
}
