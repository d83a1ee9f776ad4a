/*
 * ident_business_id.c
 *		Unit test of src/ident/business_id.c, in TAP.
 *
 * Plain C: cc -Isrc test/unit/ident_business_id.c src/ident/business_id.c
 */
#include <stdio.h>
#include <string.h>

#include "ident/business_id.h"

typedef struct Case
{
	const char *text;
	bool valid;
} Case;

static const Case cases[] = {
	{"1234567-1", true},   {"0123456-2", true},
	{"123456-2", true}, /* the same, in the old form */
	{"1234567-2", false},  {"1234567-", false},
	{"12345671", false},   {"1234567 1", false},
	{"12345-6", false},    {"012345678-1", false},
	{"FI12345671", false}, {" 1234567-1", false},
	{"1234567-1 ", false}, {"123456a-1", false},
	{"0000000-0", false},                        /* fits the sum, but is a placeholder */
	{"000000-0", false},   {"0000010-2", false}, /* 4: check digit would be 7 */
	{"0000010-7", true},   {"0000007-0", false}, /* remainder 3 */
	{"0000006-0", false},                        /* remainder 1: not given out */
	{"0000006-1", false},  {"", false},
	{"-", false},
};

int
main(void)
{
	int count = sizeof(cases) / sizeof(cases[0]);
	int failures = 0;

	printf("1..%d\n", count);
	for (int i = 0; i < count; i++)
	{
		bool passed = memreg_ident_is_business_id(cases[i].text, strlen(cases[i].text)) ==
			cases[i].valid;

		failures += !passed;
		printf("%s %d - %s: \"%s\"\n", passed ? "ok" : "not ok", i + 1,
			   cases[i].valid ? "is a business ID" : "is no business ID", cases[i].text);
	}
	return failures > 0;
}
