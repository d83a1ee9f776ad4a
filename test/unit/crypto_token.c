/*
 * crypto_token.c
 *		Unit test of src/crypto/token.c, in TAP: known answers, that what was
 *		written is read, and that nothing else is.
 *
 * The expected texts were computed once, in Python, with struct, hashlib.blake2b
 * and base64.urlsafe_b64encode, after the description in token.c.
 *
 * cc -Isrc -isystem "$(pg_config --includedir-server)" crypto_token.c src/crypto/token.c
 *	src/crypto/prf.c -lsodium
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/prf.h"
#include "crypto/token.h"

typedef struct TokenCase
{
	SubjectToken token;
	const char *text;
} TokenCase;

/* In cluster 0102030405060708, database 0a0b0c0d, under the key 00 01 ... 1f. */
static const TokenCase cases[] = {
	{{1, 0, 0, ""}, "mr1.AAAAAQAAAAAAAAAAAAAAAA.Ac5j8flIi4MTOgTt-afwC7rb9aRgPqwx9mgWX4vzD8I"},
	{{1, 16384, INT64_C(800000000000000), "42"},
	 "mr1.AAAAAQAAQAAAAteYg9IAADQy.Xfzh4l_gN51X4CEfTycKhIO_euYWolgeeVOquhKMJZ0"},
	{{INT32_MAX, UINT32_MAX, -1, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
	 "mr1.f____________________2Y4MWQ0ZmFlLTdkZWMtMTFkMC1hNzY1LTAwYTBjOTFlNmJmNg"
	 ".aH4jp1vdtnOU3JA-VYHgaDwOfNjV-b8mS7iIsMxFYbM"},
	{{7, 0, INT64_MAX, "\xc3\xa4\xc3\xb6"},
	 "mr1.AAAABwAAAAB__________8Okw7Y.EbphbxI0edZX-N3oxc8IP3LCfHF5JOPEZs66MNQ-9tw"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LONGEST_MAC "z1KHUAzRk-z9dngelbP9I5YcXbdHF05k2uFYOdiIHTE"

static const TokenRealm realm = {UINT64_C(0x0102030405060708), 0x0a0b0c0d};
static unsigned char key[MEMREG_TOKEN_KEY_BYTES];
static int test_number = 0;
static int failures = 0;

static void report(bool passed, const char *what);
static void check_known(void);
static void check_longest(void);
static void check_realms(void);
static void check_altered(const char *text);
static bool reads(const char *text);

int
main(void)
{
	if (sodium_init() < 0)
		return 2;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = i;

	check_known();
	check_longest();
	check_realms();
	for (size_t i = 0; i < COUNT(cases); i++)
		check_altered(cases[i].text);
	printf("1..%d\n", test_number);
	return failures > 0;
}

static void
report(bool passed, const char *what)
{
	failures += !passed;
	printf("%s %d - %s\n", passed ? "ok" : "not ok", ++test_number, what);
}

static void
check_known(void)
{
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		const SubjectToken *token = &cases[i].token;
		SubjectToken read;
		char text[MEMREG_TOKEN_TEXT_BYTES];

		memreg_token_write(token, &realm, key, text);
		report(strcmp(text, cases[i].text) == 0, "a token is written as known");
		report(memreg_token_read(text, &realm, key, &read) &&
				   read.register_id == token->register_id && read.role == token->role &&
				   read.expires_at == token->expires_at &&
				   strcmp(read.subject, token->subject) == 0,
			   "and read as it was");
	}
}

static void
check_longest(void)
{
	SubjectToken token = {.register_id = 1};
	SubjectToken read;
	char text[2 * MEMREG_TOKEN_TEXT_BYTES];

	memset(token.subject, 'x', MEMREG_TOKEN_SUBJECT_MAX);
	memreg_token_write(&token, &realm, key, text);
	report(strlen(text) == MEMREG_TOKEN_TEXT_BYTES - 1 &&
			   strcmp(strrchr(text, '.') + 1, LONGEST_MAC) == 0,
		   "the longest token is written as known");
	report(memreg_token_read(text, &realm, key, &read) &&
			   strcmp(read.subject, token.subject) == 0,
		   "and read as it was");
	strcat(text, "A");
	report(!reads(text), "but with one more character it is not");
	memmove(text + 4 + 4, text + 4, strlen(text + 4) + 1);
	report(!reads(text), "nor with a longer payload");
}

/* Elsewhere, or under another key, a token is worth nothing. */
static void
check_realms(void)
{
	TokenRealm other_cluster = {realm.cluster + 1, realm.database};
	TokenRealm other_database = {realm.cluster, realm.database + 1};
	TokenRealm shifted = {realm.cluster << 8 | realm.database >> 24, realm.database << 8};
	unsigned char other_key[MEMREG_TOKEN_KEY_BYTES] = {1};
	const char *text = cases[1].text;
	SubjectToken read;

	report(!memreg_token_read(text, &other_cluster, key, &read), "not in another cluster");
	report(!memreg_token_read(text, &other_database, key, &read), "not in another database");
	report(!memreg_token_read(text, &shifted, key, &read), "not where both read alike");
	report(!memreg_token_read(text, &realm, other_key, &read), "not under another key");
}

/* No other text reads: changed anywhere to anything, shortened, lengthened. */
static void
check_altered(const char *text)
{
	size_t length = strlen(text);
	int accepted = 0;
	char altered[MEMREG_TOKEN_TEXT_BYTES + 1];

	for (size_t at = 0; at < length; at++)
		for (int byte = 1; byte < 256; byte++)
		{
			strcpy(altered, text);
			if (altered[at] == (char) byte)
				continue;
			altered[at] = (char) byte;
			accepted += reads(altered);
		}
	report(accepted == 0, "no character can be another");

	for (size_t at = 0; at <= length; at++)
	{
		memcpy(altered, text, at);
		altered[at] = '\0';
		accepted += at < length && reads(altered);
		for (const char *added = "A=. \n-"; *added != '\0'; added++)
		{
			altered[at] = *added;
			strcpy(altered + at + 1, text + at);
			accepted += reads(altered);
		}
		if (at < length)
		{
			memcpy(altered, text, at);
			strcpy(altered + at, text + at + 1);
			accepted += reads(altered);
		}
	}
	report(accepted == 0, "nor missing or added");
}

static bool
reads(const char *text)
{
	SubjectToken token;

	return memreg_token_read(text, &realm, key, &token);
}

/*
 * What the server's elog needs.  prf.c calls it for what cannot happen.
 */
void errfinish(const char *file, int line, const char *function);
int errmsg_internal(const char *format, ...);
bool errstart(int level, const char *domain);
bool errstart_cold(int level, const char *domain);

bool
errstart(int level, const char *domain)
{
	return level > 0 || domain != NULL;
}

bool
errstart_cold(int level, const char *domain)
{
	return errstart(level, domain);
}

int
errmsg_internal(const char *format, ...)
{
	fputs(format, stderr);
	return 0;
}

void
errfinish(const char *file, int line, const char *function)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, function);
	abort();
}
