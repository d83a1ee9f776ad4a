/*
 * form.c
 *		In which form values are generalized: the words for it.
 *
 * year, 10, ip 24 48, postal_code 3, letters 1: forms with commas between them,
 * each at most once, each for other types of values:
 *
 *	month, quarter, year, decade	dates and timestamps
 *	a decimal number above zero		numbers: the width of their bands
 *	ip <bits> [<bits of IPv6>]		IP addresses; 48 bits of IPv6 unless said
 *	postal_code <digits>			Finnish postal codes
 *	letters <number>				any text
 */
#include "postgres.h"

#include "generalize/form.h"
#include "generalize/postal_code.h"

#define IPV6_BITS_UNSAID 48
#define WIDTH_CHARS_MAX 30 /* so that every type of numbers holds it */

static GeneralizeForm *parse_form(char *form);
static int split(char *form, char **words, int most);
static bool parse_width(const char *word);
static bool parse_ip(GeneralizeForm *form, char **words, int count);
static bool parse_count(GeneralizeForm *form, GeneralizeFormKind kind, const char *word,
						int most);
static bool parse_number(const char *word, int least, int most, int *number);

/* The forms, of GeneralizeForm; NIL: the text is ill-formed, or names none. */
List *
memreg_form_parse(const char *forms)
{
	char *copy = pstrdup(forms);
	List *parsed = NIL;
	char *next;

	for (char *form = copy; form != NULL; form = next)
	{
		GeneralizeForm *one;
		ListCell *cell;

		next = strchr(form, ',');
		if (next != NULL)
			*next++ = '\0';
		one = parse_form(form);
		if (one == NULL)
			return NIL;
		foreach(cell, parsed)
			if (((GeneralizeForm *) lfirst(cell))->kind == one->kind)
				return NIL;
		parsed = lappend(parsed, one);
	}
	return parsed;
}

static GeneralizeForm *
parse_form(char *text)
{
	GeneralizeForm *form = palloc0(sizeof(GeneralizeForm));
	char *words[3];
	int count = split(text, words, lengthof(words));
	bool parsed = false;

	if (count == 1)
	{
		form->word = words[0];
		form->kind = FORM_WIDTH;
		if (memreg_generalize_find_unit(words[0], strlen(words[0]), &form->unit))
			form->kind = FORM_CALENDAR;
		parsed = form->kind == FORM_CALENDAR || parse_width(words[0]);
	}
	else if (count > 1 && strcmp(words[0], "ip") == 0)
		parsed = parse_ip(form, words, count);
	else if (count == 2 && strcmp(words[0], "postal_code") == 0)
		parsed = parse_count(form, FORM_POSTAL_CODE, words[1], MEMREG_POSTAL_CODE_DIGITS);
	else if (count == 2 && strcmp(words[0], "letters") == 0)
		parsed = parse_count(form, FORM_LETTERS, words[1], PG_INT32_MAX);
	return parsed ? form : NULL;
}

/* Words between blanks; -1: there are more than that. */
static int
split(char *text, char **words, int most)
{
	int count = 0;

	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
	{
		if (count == most)
			return -1;
		words[count++] = word;
	}
	return count;
}

/* Digits, perhaps with a point between them, not all of them zero. */
static bool
parse_width(const char *word)
{
	size_t before = strspn(word, "0123456789");
	size_t length = strlen(word);

	if (before == 0 || length > WIDTH_CHARS_MAX || strspn(word, "0.") == length)
		return false;
	return before == length ||
		(word[before] == '.' && before + 1 < length &&
		 strspn(word + before + 1, "0123456789") == length - before - 1);
}

static bool
parse_ip(GeneralizeForm *form, char **words, int count)
{
	form->kind = FORM_IP;
	form->bits.ipv6 = IPV6_BITS_UNSAID;
	return parse_number(words[1], 0, MEMREG_IPV4_BITS, &form->bits.ipv4) &&
		(count < 3 || parse_number(words[2], 0, MEMREG_IPV6_BITS, &form->bits.ipv6));
}

static bool
parse_count(GeneralizeForm *form, GeneralizeFormKind kind, const char *word, int most)
{
	form->kind = kind;
	return parse_number(word, 1, most, &form->count);
}

static bool
parse_number(const char *word, int least, int most, int *number)
{
	long value;

	if (strlen(word) > 9 || strspn(word, "0123456789") != strlen(word))
		return false;
	value = strtol(word, NULL, 10);
	*number = (int) value;
	return value >= least && value <= most;
}
