/*
 * category_declared.c
 *		What is declared of categories of personal data.
 *
 * Only whether a category identifies people decides anything in a query, so
 * only those that do are kept.  The table memreg.category is read whole on
 * first use and after any change of the registry.
 *
 * Invariant: what nobody could say anything about, a column without a
 * category, identifies.
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/extension.h"
#include "policy/category_declared.h"
#include "policy/label.h"
#include "registry/scan.h"

PG_FUNCTION_INFO_V1(memreg_identifies);

typedef struct IdentifyingCategory
{
	char *register_name;
	char *category;
} IdentifyingCategory;

static struct
{
	uint64 generation;
	MemoryContext memory;
	List *identifying;
} cache;

static bool find_identifying(const char *register_name, const char *category);
static void refresh(void);
static void load(ScannedRow *row, void *arg);

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

	refresh();
	foreach(cell, cache.identifying)
	{
		IdentifyingCategory *known = lfirst(cell);

		if (strcmp(known->category, category) == 0 &&
			strcmp(known->register_name, register_name) == 0)
			return true;
	}
	return false;
}

static void
refresh(void)
{
	while (cache.generation != memreg_extension_generation())
	{
		uint64 generation = memreg_extension_generation();
		MemoryContext old;

		cache.generation = 0;
		cache.identifying = NIL;
		if (cache.memory == NULL)
			cache.memory = AllocSetContextCreate(TopMemoryContext, "memreg categories",
												 ALLOCSET_DEFAULT_SIZES);
		MemoryContextReset(cache.memory);
		old = MemoryContextSwitchTo(cache.memory);
		memreg_scan_table("category", load, NULL);
		MemoryContextSwitchTo(old);
		cache.generation = generation;
	}
}

static void
load(ScannedRow *row, void *arg)
{
	IdentifyingCategory *known;

	if (!DatumGetBool(memreg_scan_value(row, "identifying")))
		return;
	known = palloc(sizeof(IdentifyingCategory));
	known->register_name = memreg_scan_text(row, "register");
	known->category = memreg_scan_text(row, "category");
	cache.identifying = lappend(cache.identifying, known);
}
