/*
 * character.c
 *		What kind of character it is, whatever the locale.
 *
 * Characters are Unicode code points.  The tables are of the Unicode Character
 * Database 14.0.  Later versions may add to it, and these stay as they are, as
 * the keys of nicknames depend on them.
 */
#include "postgres.h"

#include "pseudonym/character.h"

typedef struct CharacterRange
{
	pg_wchar first;
	pg_wchar last;
} CharacterRange;

/* Capitals: all of a range, or every other one from the first on. */
typedef struct CapitalRange
{
	pg_wchar first;
	pg_wchar last;
	int step;
	int distance; /* to the lower-case letter */
} CapitalRange;

/* Property White_Space. */
static const CharacterRange blanks[] = {
	{0x0009, 0x000d}, {0x0020, 0x0020}, {0x0085, 0x0085}, {0x00a0, 0x00a0},
	{0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
	{0x205f, 0x205f}, {0x3000, 0x3000},
};

/* Property Default_Ignorable_Code_Point. */
static const CharacterRange invisible[] = {
	{0x00ad, 0x00ad},   {0x034f, 0x034f}, {0x061c, 0x061c},   {0x115f, 0x1160},
	{0x17b4, 0x17b5},   {0x180b, 0x180f}, {0x200b, 0x200f},   {0x202a, 0x202e},
	{0x2060, 0x206f},   {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
	{0xffa0, 0xffa0},   {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
};

/* Category Cc, the ends of lines and paragraphs, and what turns the direction of the text around it. */
static const CharacterRange controls[] = {
	{0x0000, 0x001f},
	{0x007f, 0x009f},
	{0x2028, 0x202e},
	{0x2066, 0x2069},
};

/* Property Simple_Lowercase_Mapping, for Latin, Greek, Cyrillic and Armenian as written today. */
static const CapitalRange capitals[] = {
	{0x0041, 0x005a, 1, 32}, {0x00c0, 0x00d6, 1, 32},   {0x00d8, 0x00de, 1, 32},
	{0x0100, 0x012e, 2, 1},  {0x0132, 0x0136, 2, 1},    {0x0139, 0x0147, 2, 1},
	{0x014a, 0x0176, 2, 1},  {0x0178, 0x0178, 1, -121}, {0x0179, 0x017d, 2, 1},
	{0x01a0, 0x01a4, 2, 1},  {0x01af, 0x01af, 1, 1},    {0x01b7, 0x01b7, 1, 219},
	{0x01cd, 0x01db, 2, 1},  {0x01de, 0x01ee, 2, 1},    {0x01f8, 0x021e, 2, 1},
	{0x0222, 0x0232, 2, 1},  {0x0386, 0x0386, 1, 38},   {0x0388, 0x038a, 1, 37},
	{0x038c, 0x038c, 1, 64}, {0x038e, 0x038f, 1, 63},   {0x0391, 0x03a1, 1, 32},
	{0x03a3, 0x03ab, 1, 32}, {0x03d8, 0x03ee, 2, 1},    {0x0400, 0x040f, 1, 80},
	{0x0410, 0x042f, 1, 32}, {0x0460, 0x0480, 2, 1},    {0x048a, 0x04be, 2, 1},
	{0x04c0, 0x04c0, 1, 15}, {0x04c1, 0x04cd, 2, 1},    {0x04d0, 0x052e, 2, 1},
	{0x0531, 0x0556, 1, 48}, {0x1e00, 0x1e94, 2, 1},    {0x1e9e, 0x1e9e, 1, -7615},
	{0x1ea0, 0x1efe, 2, 1},
};

static bool is_in(pg_wchar character, const CharacterRange *ranges, int count);

bool
memreg_character_is_blank(pg_wchar character)
{
	return is_in(character, blanks, lengthof(blanks));
}

bool
memreg_character_is_invisible(pg_wchar character)
{
	return is_in(character, invisible, lengthof(invisible));
}

bool
memreg_character_is_control(pg_wchar character)
{
	return is_in(character, controls, lengthof(controls));
}

/* The lower-case letter of a capital of these scripts; others are returned as they are. */
pg_wchar
memreg_character_lower(pg_wchar character)
{
	for (int i = 0; i < lengthof(capitals); i++)
	{
		const CapitalRange *range = &capitals[i];

		if (character >= range->first && character <= range->last)
			return (character - range->first) % range->step == 0 ? character + range->distance
																 : character;
	}
	return character;
}

static bool
is_in(pg_wchar character, const CharacterRange *ranges, int count)
{
	for (int i = 0; i < count; i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return false;
}
