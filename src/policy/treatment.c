/*
 * treatment.c
 *		What a purpose sees of a column: the list of treatments.
 *
 * A treatment is a name from this list, never an expression of a user's.  It
 * maps NULL to NULL and keeps the column's type, so that it can stand wherever
 * the column stood.  To add one, write a file like treat_pseudonym.c and name
 * it in the list.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"

#include "core/errors.h"
#include "policy/treatment.h"

PG_FUNCTION_INFO_V1(memreg_treatment_is_known);
PG_FUNCTION_INFO_V1(memreg_treatment_suits);

static const TreatmentKind *const kinds[] = {
	&memreg_treatment_clear,
	&memreg_treatment_withhold,
	&memreg_treatment_pseudonym,
};

static bool parse(const char *declared, const TreatmentKind **kind, char **scope);
static bool any_type(Oid type);
static Expr *apply_clear(const Treatment *treatment, Var *column);
static Expr *apply_withhold(const Treatment *treatment, Var *column);

/* The value itself. */
const TreatmentKind memreg_treatment_clear = {.name = "clear",
											  .suits = any_type,
											  .apply = apply_clear};

/* NULL. */
const TreatmentKind memreg_treatment_withhold = {.name = "withhold",
												 .suits = any_type,
												 .apply = apply_withhold};

/*
 * Parse a declared treatment: a name, or a name and a scope in parentheses.
 * What cannot be parsed, as after a restore from a later version, withholds.
 */
void
memreg_treatment_parse(const char *declared, Treatment *treatment)
{
	char *scope;

	memset(treatment, 0, sizeof(*treatment));
	if (!parse(declared, &treatment->kind, &scope))
		treatment->kind = &memreg_treatment_withhold;
	else
		treatment->scope = scope;
}

/* memreg.treatment_is_known(treatment text) → boolean. */
Datum
memreg_treatment_is_known(PG_FUNCTION_ARGS)
{
	const TreatmentKind *kind;
	char *scope;

	PG_RETURN_BOOL(parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &kind, &scope));
}

/* memreg.treatment_suits(treatment text, type regtype) → boolean. */
Datum
memreg_treatment_suits(PG_FUNCTION_ARGS)
{
	const TreatmentKind *kind;
	char *scope;

	PG_RETURN_BOOL(parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &kind, &scope) &&
				   kind->suits(PG_GETARG_OID(1)));
}

static bool
parse(const char *declared, const TreatmentKind **kind, char **scope)
{
	const char *open = strchr(declared, '(');
	size_t name_length = open != NULL ? open - declared : strlen(declared);
	size_t length = strlen(declared);

	*scope = NULL;
	if (open != NULL)
	{
		if (declared[length - 1] != ')' || open + 2 > declared + length - 1)
			return false;
		*scope = pnstrdup(open + 1, declared + length - 1 - (open + 1));
	}
	for (int i = 0; i < lengthof(kinds); i++)
		if (strlen(kinds[i]->name) == name_length &&
			strncmp(kinds[i]->name, declared, name_length) == 0)
		{
			*kind = kinds[i];
			return *scope == NULL || kinds[i]->takes_scope;
		}
	return false;
}

static bool
any_type(Oid type)
{
	return true;
}

static Expr *
apply_clear(const Treatment *treatment, Var *column)
{
	return (Expr *) copyObject(column);
}

static Expr *
apply_withhold(const Treatment *treatment, Var *column)
{
	return (Expr *) makeNullConst(column->vartype, column->vartypmod, column->varcollid);
}
