/*
 * category_declared.c
 *		What is declared of categories of personal data.
 *
 * Only whether a category identifies people decides anything in a query, so
 * only those that do are kept.
 *
 * Invariant: what nobody could say anything about, a column without a
 * category, identifies.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "policy/category_declared.h"
#include "policy/label.h"
#include "registry/kept.h"

PG_FUNCTION_INFO_V1(memreg_identifies);

typedef struct IdentifyingCategory
{
	char *register_name;
	char *category;
} IdentifyingCategory;

static bool find_identifying(const char *register_name, const char *category);
static void *read_identifying(ScannedRow *row);

static KeptTable categories = {.name = "category", .read = read_identifying};

/*
 * Does a column of this category tell by itself who somebody is?  The subject
 * key always does.  A category that was not declared does not, as declaring is
 * optional.
 */
bool
memreg_category_identifies(const char *register_name, const char *category)
{
	return category == NULL || strcmp(category, MEMREG_CATEGORY_SUBJECT_KEY) == 0 ||
		find_identifying(register_name, category);
}

/* memreg.identifies(register text, category text) → boolean. */
Datum
memreg_identifies(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(memreg_category_identifies(text_to_cstring(PG_GETARG_TEXT_PP(0)),
											  text_to_cstring(PG_GETARG_TEXT_PP(1))));
}

static bool
find_identifying(const char *register_name, const char *category)
{
	ListCell *cell;

	foreach(cell, memreg_kept_rows(&categories))
	{
		IdentifyingCategory *known = lfirst(cell);

		if (strcmp(known->category, category) == 0 &&
			strcmp(known->register_name, register_name) == 0)
			return true;
	}
	return false;
}

static void *
read_identifying(ScannedRow *row)
{
	IdentifyingCategory *known;

	if (!DatumGetBool(memreg_scan_value(row, "identifying")))
		return NULL;
	known = palloc(sizeof(IdentifyingCategory));
	known->register_name = memreg_scan_text(row, "register");
	known->category = memreg_scan_text(row, "category");
	return known;
}
