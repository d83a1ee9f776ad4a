/*
 * declared.c
 *		Which treatment is declared for a purpose and category.
 */
#include "postgres.h"

#include "policy/declared.h"
#include "policy/label.h"
#include "registry/kept.h"

typedef struct Declaration
{
	char *register_name;
	char *purpose;
	char *category;
	char *treatment;
} Declaration;

static const char *find_declaration(const Purpose *purpose, const char *category);
static void *read_declaration(ScannedRow *row);

static KeptTable declarations = {.name = "treatment", .read = read_declaration};

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

	foreach(cell, memreg_kept_rows(&declarations))
	{
		Declaration *declaration = lfirst(cell);

		if (strcmp(declaration->category, category) == 0 &&
			strcmp(declaration->purpose, purpose->name) == 0 &&
			strcmp(declaration->register_name, purpose->register_name) == 0)
			return pstrdup(declaration->treatment);
	}
	return NULL;
}

static void *
read_declaration(ScannedRow *row)
{
	Declaration *declaration = palloc(sizeof(Declaration));

	declaration->register_name = memreg_scan_text(row, "register");
	declaration->purpose = memreg_scan_text(row, "purpose");
	declaration->category = memreg_scan_text(row, "category");
	declaration->treatment = memreg_scan_text(row, "treatment");
	return declaration;
}
