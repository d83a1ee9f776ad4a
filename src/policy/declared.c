/*
 * declared.c
 *		Which treatment is declared for a purpose and category.
 *
 * The table memreg.treatment is read whole on first use and after any change
 * of the registry.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/extension.h"
#include "policy/declared.h"
#include "policy/label.h"
#include "registry/scan.h"

typedef struct Declaration
{
	char *register_name;
	char *purpose;
	char *category;
	char *treatment;
} Declaration;

static struct
{
	uint64 generation;
	MemoryContext memory;
	List *declarations;
} cache;

static const char *find_declaration(const Purpose *purpose, const char *category);
static void refresh(void);
static void load(ScannedRow *row, void *arg);

/*
 * The treatment of a category under a purpose.  What nobody declared is
 * withheld, and so is a column without a category (NULL), but for the subject
 * key, which is a pseudonym then, and for what is about nobody.
 */
void
memreg_declared_treatment(const Purpose *purpose, const char *category, Treatment *treatment)
{
	const char *declared = category == NULL ? "withhold"
											: find_declaration(purpose, category);

	if (declared == NULL && strcmp(category, MEMREG_CATEGORY_NONPERSONAL) == 0)
		declared = "clear";
	if (declared == NULL && strcmp(category, MEMREG_CATEGORY_SUBJECT_KEY) == 0)
		declared = "pseudonym";
	(void) memreg_treatment_parse(declared != NULL ? declared : "withhold", treatment);
	memreg_treatment_resolve(treatment, purpose);
}

static const char *
find_declaration(const Purpose *purpose, const char *category)
{
	ListCell *cell;

	refresh();
	foreach(cell, cache.declarations)
	{
		Declaration *declaration = lfirst(cell);

		if (strcmp(declaration->category, category) == 0 &&
			strcmp(declaration->purpose, purpose->name) == 0 &&
			strcmp(declaration->register_name, purpose->register_name) == 0)
			return pstrdup(declaration->treatment);
	}
	return NULL;
}

static void
refresh(void)
{
	while (cache.generation != memreg_extension_generation())
	{
		uint64 generation = memreg_extension_generation();
		MemoryContext old;

		cache.generation = 0;
		cache.declarations = NIL;
		if (cache.memory == NULL)
			cache.memory = AllocSetContextCreate(TopMemoryContext, "memreg treatments",
												 ALLOCSET_DEFAULT_SIZES);
		MemoryContextReset(cache.memory);
		old = MemoryContextSwitchTo(cache.memory);
		memreg_scan_table("treatment", load, NULL);
		MemoryContextSwitchTo(old);
		cache.generation = generation;
	}
}

static void
load(ScannedRow *row, void *arg)
{
	Declaration *declaration = palloc(sizeof(Declaration));

	declaration->register_name = memreg_scan_text(row, "register");
	declaration->purpose = memreg_scan_text(row, "purpose");
	declaration->category = memreg_scan_text(row, "category");
	declaration->treatment = memreg_scan_text(row, "treatment");
	cache.declarations = lappend(cache.declarations, declaration);
}
