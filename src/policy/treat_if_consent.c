/*
 * treat_if_consent.c
 *		The treatment "clear if consent to <purpose>": as each subject decided.
 *
 * In clear where the row's subject is one that the named purpose has a ground
 * for (the consent stands, and nothing restricts it), else as the treatment
 * behind "else", which is to withhold where none is named.  So a member's
 * address can be there for those who agreed to be written to, and for nobody
 * else, in one query (GDPR Art. 6(1)(a), 7).
 *
 * Nested, "clear if consent to a else clear if consent to b else …" asks one
 * after the other.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "policy/ground.h"
#include "policy/treatment.h"

#define ELSE " else "

static bool parse(Treatment *treatment, const char *rest);
static bool suits(const Treatment *treatment, Oid type, int32 typmod);
static Expr *apply(const Treatment *treatment, Expr *subject, Expr *value);
static void resolve(Treatment *treatment, const Purpose *purpose);
static void describe(const Treatment *treatment, StringInfo text);
static bool parse_otherwise(Treatment *treatment, const char *declared);
static Expr *condition(const Purpose *asked, Expr *subject);

const TreatmentKind memreg_treatment_if_consent = {.name = "clear if consent to ",
												   .parse = parse,
												   .suits = suits,
												   .resolve = resolve,
												   .apply = apply,
												   .describe = describe};

/*
 * A purpose's name may hold the word "else": it ends at the first one behind
 * which a treatment stands.
 */
static bool
parse(Treatment *treatment, const char *rest)
{
	const char *end = rest;

	treatment->otherwise = palloc(sizeof(Treatment));
	while ((end = strstr(end, ELSE)) != NULL)
	{
		if (parse_otherwise(treatment, end + strlen(ELSE)))
			break;
		end += strlen(ELSE);
	}
	if (end == NULL)
	{
		end = rest + strlen(rest);
		*treatment->otherwise = (Treatment){.kind = &memreg_treatment_withhold};
	}
	treatment->consent = pnstrdup(rest, end - rest);
	return end > rest;
}

/* Clear in any case is no case of this treatment. */
static bool
parse_otherwise(Treatment *treatment, const char *declared)
{
	return memreg_treatment_parse(declared, treatment->otherwise) &&
		!memreg_treatment_is_clear(treatment->otherwise);
}

static bool
suits(const Treatment *treatment, Oid type, int32 typmod)
{
	return memreg_treatment_suits(treatment->otherwise, type, typmod);
}

/* Where nothing stands in its place, one call does it. */
static Expr *
apply(const Treatment *treatment, Expr *subject, Expr *value)
{
	Expr *otherwise;
	CaseExpr *either;
	CaseWhen *consented;

	if (treatment->asked != NULL && treatment->otherwise->kind == &memreg_treatment_withhold)
		return memreg_ground_value(treatment->asked, copyObject(subject), copyObject(value));
	otherwise = memreg_treatment_apply(treatment->otherwise, subject, value);
	if (treatment->asked == NULL)
		return otherwise;

	consented = makeNode(CaseWhen);
	consented->expr = condition(treatment->asked, subject);
	consented->result = copyObject(value);
	consented->location = -1;
	either = makeNode(CaseExpr);
	either->casetype = exprType((Node *) value);
	either->casecollid = exprCollation((Node *) value);
	either->args = list_make1(consented);
	either->defresult = otherwise;
	either->location = -1;
	return (Expr *) either;
}

/*
 * Has the purpose a ground for the row?  One that names no subject is nobody's,
 * and nobody has consented, though the purpose may see such rows.
 */
static Expr *
condition(const Purpose *asked, Expr *subject)
{
	Expr *ground = memreg_ground_check(asked, copyObject(subject));
	NullTest *named;

	if (!asked->anonymous_data)
		return ground;
	named = makeNode(NullTest);
	named->arg = copyObject(subject);
	named->nulltesttype = IS_NOT_NULL;
	named->location = -1;
	return makeBoolExpr(AND_EXPR, list_make2(named, ground), -1);
}

/* The purpose of the same register, if it is one that asks for consent. */
static void
resolve(Treatment *treatment, const Purpose *purpose)
{
	Purpose *asked = palloc(sizeof(Purpose));

	treatment->asked = NULL;
	if (memreg_registry_find_purpose(purpose->register_name, treatment->consent, asked) &&
		asked->basis == BASIS_CONSENT && !asked->own)
		treatment->asked = asked;
}

static void
describe(const Treatment *treatment, StringInfo text)
{
	const Purpose *asked = treatment->asked;

	if (asked != NULL)
		appendStringInfo(text, " %d%d%d", asked->id, asked->restricted_data,
						 asked->anonymous_data);
	memreg_treatment_describe(treatment->otherwise, text);
}
