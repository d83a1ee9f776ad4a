/*
 * label_text.c
 *		What a security label of memreg's says.
 *
 * A category; and for a column of JSON objects, in braces, the categories of
 * single keys:
 *
 *	contact
 *	background {age: demographics, "home phone": contact}
 *
 * A key of other than letters of ASCII, digits and underscores stands in double
 * quotes, with a double quote in it doubled, as PostgreSQL's identifiers do.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "policy/category.h"
#include "policy/label_text.h"

PG_FUNCTION_INFO_V1(memreg_label_category);
PG_FUNCTION_INFO_V1(memreg_label_keys);

static bool parse_keys(const char **text, List **keys);
static char *parse_key(const char **text);
static char *parse_quoted(const char **text);
static char *parse_category(const char **text);
static bool parse_character(const char **text, char character);
static void skip_blanks(const char **text);

/* Parse a label; false: it is ill-formed, and says nothing. */
bool
memreg_label_parse(const char *text, ColumnLabel *label)
{
	ColumnLabel parsed = {0};
	const char *rest = text;

	*label = parsed;
	parsed.category = parse_category(&rest);
	if (parsed.category == NULL)
		return false;
	if (*rest != '\0')
	{
		skip_blanks(&rest);
		if (!parse_character(&rest, '{') || !parse_keys(&rest, &parsed.keys) || *rest != '\0')
			return false;
	}
	*label = parsed;
	return true;
}

/* memreg.label_category(label text) → text: the column's own category. */
Datum
memreg_label_category(PG_FUNCTION_ARGS)
{
	ColumnLabel label;

	if (!memreg_label_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &label))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(label.category));
}

/* memreg.label_keys(label text) → table (key text, category text). */
Datum
memreg_label_keys(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ColumnLabel label;
	ListCell *cell;

	InitMaterializedSRF(fcinfo, 0);
	memreg_label_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &label);
	foreach(cell, label.keys)
	{
		LabelledKey *key = lfirst(cell);
		Datum values[2] = {CStringGetTextDatum(key->key), CStringGetTextDatum(key->category)};
		bool nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Up to and with the closing brace; each key once. */
static bool
parse_keys(const char **text, List **keys)
{
	do
	{
		LabelledKey *one = palloc(sizeof(LabelledKey));
		ListCell *cell;

		skip_blanks(text);
		if ((one->key = parse_key(text)) == NULL)
			return false;
		foreach(cell, *keys)
			if (strcmp(((LabelledKey *) lfirst(cell))->key, one->key) == 0)
				return false;
		skip_blanks(text);
		if (!parse_character(text, ':'))
			return false;
		skip_blanks(text);
		if ((one->category = parse_category(text)) == NULL)
			return false;
		*keys = lappend(*keys, one);
		skip_blanks(text);
	} while (parse_character(text, ','));
	return parse_character(text, '}');
}

static char *
parse_key(const char **text)
{
	size_t length =
		strspn(*text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	char *key;

	if (parse_character(text, '"'))
		return parse_quoted(text);
	if (length == 0)
		return NULL;
	key = pnstrdup(*text, length);
	*text += length;
	return key;
}

/* What follows the opening quote; no encoding of a server's has a quote within a character. */
static char *
parse_quoted(const char **text)
{
	char *key = palloc(strlen(*text) + 1);
	char *end = key;

	for (;; (*text)++)
	{
		if (**text == '\0')
			return NULL;
		if (**text == '"' && *++*text != '"')
			break;
		*end++ = **text;
	}
	*end = '\0';
	return key;
}

static char *
parse_category(const char **text)
{
	size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz0123456789_");
	char *category = pnstrdup(*text, length);

	*text += length;
	return memreg_category_is_name(category) ? category : NULL;
}

static bool
parse_character(const char **text, char character)
{
	if (**text != character)
		return false;
	(*text)++;
	return true;
}

static void
skip_blanks(const char **text)
{
	*text += strspn(*text, " ");
}
