/*
 * crypto_seal_token.c
 *		Unit test of src/crypto/seal_token.c, in TAP: known answers, that what was
 *		written is read, and that each token has one text.
 *
 * The base64 of the known answers is that of RFC 4648, section 10, in the
 * alphabet of its section 5 and without padding.
 *
 * cc -Isrc -isystem "$(pg_config --includedir-server)" crypto_seal_token.c
 *	src/crypto/seal_token.c -lsodium
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/seal_token.h"

#define SEALED_MAX 300

typedef struct TokenCase
{
	SealForm form;
	int32_t version;
	const char *sealed;
	const char *text;
} TokenCase;

static const TokenCase cases[] = {
	{SEAL_SAME, 1, "", "s1-"},
	{SEAL_SAME, 1, "f", "s1-Zg"},
	{SEAL_FRESH, 2, "fo", "r2-Zm8"},
	{SEAL_FRESH, 10, "foo", "r10-Zm9v"},
	{SEAL_SAME, 99, "foob", "s99-Zm9vYg"},
	{SEAL_SAME, 2147483647, "fooba", "s2147483647-Zm9vYmE"},
	{SEAL_FRESH, 2147483647, "foobar", "r2147483647-Zm9vYmFy"},
	{SEAL_FRESH, 3, "\xfb\xff\xbf", "r3--_-_"},
};

static const char *const malformed[] = {
	"",
	"s",
	"r",
	"1",
	"-",
	"s1",
	"r12",
	"s-",
	"s-Zg",
	"s0-Zg",
	"s01-Zg",
	"s 1-Zg",
	"s+1-Zg",
	"s-1-Zg",
	"S1-Zg",
	"R1-Zg",
	"t1-Zg",
	"1-Zg",
	" s1-Zg",
	"s1 -Zg",
	"s1.Zg",
	"s1_Zg",
	"s1a-Zg",
	"s1\n-Zg",
	"p1-Zg",
	"mr1.Zg.Zg",
	"s2147483648-Zg",
	"s9999999999-Zg",
	"s18446744073709551617-Zg",
};

/* Good beginnings before what is no base64url, or not the one for its bytes. */
static const char *const undecodable[] = {
	"s1-Z",          "s1-Zh",      "s1-Zm9",
	"s1-Zg=",        "s1-Zg==",    "s1-Zg\n",
	"s1- Zg",        "s1-Z g",     "s1-Zm9v=",
	"s1-+/+/",       "s1-Zm9vZ",   "s1-Z\xc3\xa4",
	"s1-Zm\nv",      "s1-Zm.v",    "s1-Zm9vYh",
	"s1-Zm\xc3\xa4", "s1-Zm9\xff", "s1-\x80\x80\x80\x80",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int test_number = 0;
static int failures = 0;

static void check_known(const TokenCase *known);
static void check_every_length(void);
static void check_cut(void);
static bool reads(const char *text, size_t length, SealToken *token);
static bool decodes(const char *text, size_t length, unsigned char *sealed,
					size_t *sealed_length);
static void report(bool passed, const char *what);

int
main(void)
{
	SealToken token;
	unsigned char sealed[SEALED_MAX];
	size_t length;

	if (sodium_init() < 0)
		return 2;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_known(&cases[i]);
	for (size_t i = 0; i < COUNT(malformed); i++)
		report(!reads(malformed[i], strlen(malformed[i]), &token), "this is no token");
	for (size_t i = 0; i < COUNT(undecodable); i++)
		report(reads(undecodable[i], strlen(undecodable[i]), &token) &&
				   !decodes(undecodable[i], strlen(undecodable[i]), sealed, &length),
			   "this begins like one, and holds nothing");
	report(!reads("s1-Zg", 2, &token) && !reads("s2147483647-", 11, &token),
		   "what stands behind the end is not read");
	check_every_length();
	check_cut();
	printf("1..%d\n", test_number);
	return failures > 0;
}

static void
check_known(const TokenCase *known)
{
	size_t length = strlen(known->sealed);
	char *text = malloc(memreg_seal_token_room(length));
	unsigned char sealed[SEALED_MAX];
	size_t sealed_length;
	SealToken token;
	size_t written =
		memreg_seal_token_write(known->form, known->version,
								(const unsigned char *) known->sealed, length, text);

	report(written == strlen(known->text) && memcmp(text, known->text, written) == 0 &&
			   written < memreg_seal_token_room(length),
		   known->text);
	report(reads(known->text, written, &token) && token.form == known->form &&
			   token.version == known->version &&
			   decodes(known->text, written, sealed, &sealed_length) &&
			   sealed_length == length && memcmp(sealed, known->sealed, length) == 0,
		   "is read as it was");
	free(text);
}

static void
check_every_length(void)
{
	unsigned char bytes[SEALED_MAX];
	unsigned char sealed[SEALED_MAX];
	size_t sealed_length;
	size_t good = 0;

	for (size_t length = 0; length < SEALED_MAX; length++)
	{
		char *text = malloc(memreg_seal_token_room(length));
		size_t written;

		randombytes_buf(bytes, length);
		written = memreg_seal_token_write(SEAL_SAME, 1, bytes, length, text);
		good += decodes(text, written, sealed, &sealed_length) &&
			sealed_length == length && memcmp(sealed, bytes, length) == 0;
		free(text);
	}
	report(good == SEALED_MAX, "bytes of every number are read as they were written");
}

/* What reads although a character is missing, more or another is another token. */
static void
check_cut(void)
{
	static const char text[] = "s12-Zm9v__-_Zm9vYg";
	static const char characters[] = "Aaz09-_+/=sr \n\x7f\x80\xc3\xff";
	unsigned char original[SEALED_MAX];
	unsigned char sealed[SEALED_MAX];
	size_t original_length;
	size_t length;
	size_t twins = 0;
	SealToken token;

	report(decodes(text, strlen(text), original, &original_length), text);
	for (size_t at = 0; at < strlen(text); at++)
		for (const char *other = characters; *other != '\0'; other++)
		{
			char altered[sizeof(text)];

			strcpy(altered, text);
			if (altered[at] == *other)
				continue;
			altered[at] = *other;
			if (reads(altered, strlen(altered), &token) && token.form == SEAL_SAME &&
				token.version == 12 && decodes(altered, strlen(altered), sealed, &length))
				twins += length == original_length && memcmp(sealed, original, length) == 0;
		}
	for (size_t shorter = 0; shorter < strlen(text); shorter++)
		if (decodes(text, shorter, sealed, &length))
			twins += length == original_length;
	report(twins == 0, "has no other text");
}

/* From memory of just its size, so that a checker notices a step beyond. */
static bool
reads(const char *text, size_t length, SealToken *token)
{
	char *copy = malloc(length + (length == 0));
	bool good;

	memcpy(copy, text, length);
	good = memreg_seal_token_read(copy, length, token);
	free(copy);
	return good;
}

static bool
decodes(const char *text, size_t length, unsigned char *sealed, size_t *sealed_length)
{
	SealToken token;

	return memreg_seal_token_read(text, length, &token) &&
		token.body_length <= SEALED_MAX * 2 &&
		memreg_seal_token_decode(&token, sealed, sealed_length);
}

static void
report(bool passed, const char *what)
{
	failures += !passed;
	printf("%s %d - %s\n", passed ? "ok" : "not ok", ++test_number, what);
}
