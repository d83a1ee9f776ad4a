/*
 * treatment.c
 *		What a purpose sees of a column: the list of treatments.
 *
 * A treatment is a name from this list, with arguments of its own language,
 * never an expression of a user's.  It maps NULL to NULL and keeps the value's
 * type, so that it can stand wherever the column stood.  To add one, write a
 * file like treat_pseudonym.c and name it in the list.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "policy/treatment.h"

/* Of two names of which one begins like the other, the longer comes first. */
static const TreatmentKind *const kinds[] = {
	&memreg_treatment_if_consent, &memreg_treatment_clear,
	&memreg_treatment_withhold,   &memreg_treatment_pseudonym,
	&memreg_treatment_generalize,
};

static bool parse_nothing(Treatment *treatment, const char *rest);
static bool suits_any(const Treatment *treatment, Oid type, int32 typmod);
static Expr *apply_clear(const Treatment *treatment, Expr *subject, Expr *value);
static Expr *apply_withhold(const Treatment *treatment, Expr *subject, Expr *value);

/* The value itself. */
const TreatmentKind memreg_treatment_clear = {.name = "clear",
											  .injective = true,
											  .parse = parse_nothing,
											  .suits = suits_any,
											  .apply = apply_clear};

/* NULL. */
const TreatmentKind memreg_treatment_withhold = {.name = "withhold",
												 .parse = parse_nothing,
												 .suits = suits_any,
												 .apply = apply_withhold};

/*
 * Parse a declared treatment, which must outlive the result.  What cannot be
 * parsed, as after a restore from a later version, withholds, and the answer is
 * false.
 */
bool
memreg_treatment_parse(const char *declared, Treatment *treatment)
{
	for (int i = 0; i < lengthof(kinds); i++)
	{
		size_t length = strlen(kinds[i]->name);

		*treatment = (Treatment){.kind = kinds[i], .declared = declared};
		if (strncmp(declared, kinds[i]->name, length) == 0 &&
			kinds[i]->parse(treatment, declared + length))
			return true;
	}
	*treatment = (Treatment){.kind = &memreg_treatment_withhold, .declared = declared};
	return false;
}

/* Can it treat values of a type? */
bool
memreg_treatment_suits(const Treatment *treatment, Oid type, int32 typmod)
{
	return treatment->kind->suits(treatment, type, typmod);
}

/* Look up, for a purpose, what the treatment names. */
void
memreg_treatment_resolve(Treatment *treatment, const Purpose *purpose)
{
	if (treatment->kind->resolve != NULL)
		treatment->kind->resolve(treatment, purpose);
	if (treatment->otherwise != NULL)
		memreg_treatment_resolve(treatment->otherwise, purpose);
}

/*
 * The expression that stands for a value in a row of a subject's.  It has the
 * value's type modifier too, which EXECUTE and cursors hold results to: bands'
 * bounds have no digits behind the point, but are numeric(5,2) all the same.
 */
Expr *
memreg_treatment_apply(const Treatment *treatment, Expr *subject, Expr *value)
{
	int32 typmod = exprTypmod((Node *) value);
	Expr *treated = treatment->kind->apply(treatment, subject, value);

	if (exprTypmod((Node *) treated) == typmod)
		return treated;
	return (Expr *) makeRelabelType(treated, exprType((Node *) treated), typmod,
									exprCollation((Node *) treated), COERCE_IMPLICIT_CAST);
}

/*
 * Describe what it does, once resolved, for comparison: two descriptions are
 * the same only if the same is shown.
 */
void
memreg_treatment_describe(const Treatment *treatment, StringInfo text)
{
	appendStringInfo(text, " %s",
					 treatment->declared != NULL ? treatment->declared
												 : treatment->kind->name);
	if (treatment->kind->describe != NULL)
		treatment->kind->describe(treatment, text);
}

static bool
parse_nothing(Treatment *treatment, const char *rest)
{
	return rest[0] == '\0';
}

static bool
suits_any(const Treatment *treatment, Oid type, int32 typmod)
{
	return true;
}

static Expr *
apply_clear(const Treatment *treatment, Expr *subject, Expr *value)
{
	return value;
}

static Expr *
apply_withhold(const Treatment *treatment, Expr *subject, Expr *value)
{
	return (Expr *) makeNullConst(exprType((Node *) value), exprTypmod((Node *) value),
								  exprCollation((Node *) value));
}
