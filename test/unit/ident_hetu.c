/*
 * ident_hetu.c
 *		Unit test of src/ident/hetu.c and src/ident/json_text.c, in TAP.
 *
 * Plain C: cc -Isrc test/unit/ident_hetu.c src/ident/hetu.c src/ident/json_text.c
 * All codes are made up: their individual numbers are 900 to 999, or are wrong
 * on purpose.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ident/hetu.h"
#include "ident/json_text.h"

typedef struct Case
{
	const char *text;
	bool is_hetu;
	bool contains_hetu;
} Case;

static const Case cases[] = {
	/* the form itself */
	{"010190-900P", true, true},
	{"010190-900p", true, true},
	{"010190+900P", true, true},
	{"010190A900P", true, true},
	{"010190f900P", true, true},
	{"010190U900p", true, true},
	{"010190G900P", false, false},
	{"010190Z900P", false, false},
	{"010190T900P", false, false},
	{"010190 900P", false, false},
	{"010190900P", false, false},
	{"010190-900R", false, false},
	{"010190-900", false, false},
	{"", false, false},
	/* dates */
	{"290200A900B", true, true},
	{"290200-900B", false, false},
	{"290200+900B", false, false},
	{"290204-900C", true, true},
	{"290203-9004", false, false},
	{"310490-900F", false, false},
	{"320190-900P", false, false},
	{"000190-9002", false, false},
	{"010090-900W", false, false},
	{"011390-900C", false, false},
	/* individual numbers */
	{"010190-001P", false, false},
	{"010190-000N", false, false},
	{"010190-999W", true, true},
	/* what may surround a code */
	{"hetu:010190-900P", false, true},
	{"hetu010190-900P", false, true},
	{"ID010190-900P", false, true},
	{"{\"hetu\":\"010190-900P\"}", false, true},
	{" 010190-900P", false, true},
	{"010190-900P.", false, true},
	{"_010190-900P_", false, true},
	{"\xC3\xA4"
	 "010190-900P"
	 "\xC3\xA4",
	 false, true},
	{"\xC2\xA0"
	 "010190-900P"
	 "\xC2\xA0",
	 false, true},
	{"010190-900Pn mukaan", false, true},
	{"290204-900Cn mukaan", false, true},
	{"code290204-900C", false, true},
	{"010190-900R 010190-900P", false, true},
	{"010190-010190-900P", false, true},
	/* dashes of word processors */
	{"010190\xE2\x80\x93"
	 "900P",
	 false, true},
	{"nro 010190\xE2\x88\x92"
	 "900P, kiitos",
	 false, true},
	{"010190\xE2\x80\x93"
	 "900",
	 false, false},
	{"010190\xE2\x80\x93"
	 "90",
	 false, false},
	{"010190\xE2\x80\x99"
	 "900P",
	 false, false},
	/* pieces of something longer */
	{"1010190-900P", false, false},
	{"010190-900P1", false, false},
	{"ab010190-900P", false, false},
	{"290204-900Cab", false, false},
	{"f290204A900Ca", false, false},
	{"ab290204-900c-4bad-8000-0123456789ab", false, false},
};

static int tests;
static int failures;

static void
report(bool passed, const char *what, const char *text)
{
	tests++;
	failures += !passed;
	printf("%s %d - %s: \"%s\"\n", passed ? "ok" : "not ok", tests, what, text);
}

/* From the heap, at its exact size, so that a sanitizer sees a read past it. */
static bool
run(bool (*test)(const char *, size_t), const char *text, size_t length)
{
	char *copy = malloc(length > 0 ? length : 1);
	bool result;

	if (copy == NULL)
		abort();
	memcpy(copy, text, length);
	result = test(copy, length);
	free(copy);
	return result;
}

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const Case *c = &cases[i];

		report(run(memreg_ident_is_hetu, c->text, strlen(c->text)) == c->is_hetu,
			   c->is_hetu ? "is a code" : "is no code", c->text);
		report(run(memreg_ident_contains_hetu, c->text, strlen(c->text)) == c->contains_hetu,
			   c->contains_hetu ? "contains a code" : "contains no code", c->text);
	}
}

/* Every prefix of a text is safe to read, and none holds the code yet. */
static void
test_prefixes(void)
{
	const char *text = "x 010190\xE2\x80\x93"
					   "900P";
	bool found = false;

	for (size_t length = 0; length < strlen(text); length++)
		found |= run(memreg_ident_contains_hetu, text, length);
	report(!found, "no prefix contains a code", text);
}

static void
test_zero_byte(void)
{
	report(run(memreg_ident_contains_hetu, "a\0 010190-900P", 14),
		   "a zero byte hides nothing", "");
}

static void
test_unescape(const char *json, const char *expected)
{
	char buffer[64];
	size_t length;

	strcpy(buffer, json);
	length = memreg_ident_unescape_json(buffer, strlen(json));
	report(length == strlen(expected) && memcmp(buffer, expected, length) == 0,
		   "unescapes", json);
}

/* Texts made to start a match at every byte still take time in proportion. */
static void
test_speed(void)
{
	size_t length = 32 * 1024 * 1024;
	char *text = malloc(length);
	clock_t start = clock();
	bool found;

	if (text == NULL)
		abort();
	for (size_t i = 0; i < length; i++)
		text[i] = "290204-900Cabcdefabcdefabcdefabcdef"[i % 35];
	found = memreg_ident_contains_hetu(text, length);
	report(!found && clock() - start < 5 * CLOCKS_PER_SEC, "32 MB in under 5 s", "");
	free(text);
}

int
main(void)
{
	test_cases();
	test_prefixes();
	test_zero_byte();
	test_unescape("plain", "plain");
	test_unescape("\\u0030\\u00310190-900P", "010190-900P");
	test_unescape("\\t010190\\u2013900P\\n", " 010190-900P ");
	test_unescape("a\\\"b\\\\c\\/d", "a\"b\\c/d");
	test_unescape("\\ud83d\\ude00", "  ");
	test_unescape("\\u00", " 00");
	test_unescape("\\", "\\");
	test_speed();
	printf("1..%d\n", tests);
	return failures > 0;
}
