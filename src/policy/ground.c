/*
 * ground.c
 *		On which ground a purpose sees a row.
 *
 * A purpose that rests on consent sees the rows of subjects whose consent
 * stands (GDPR Art. 6(1)(a)).  One that rests on a public task or legitimate
 * interests sees those who have not objected (Art. 21(1)).  None but those
 * that are marked for it sees subjects whose data is restricted (Art. 18).  A
 * row that names no subject is nobody's: the purpose itself says whether it
 * sees such rows.  A purpose that reaches its own subject only sees the rows
 * of that one (own.c), on the same grounds.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "policy/functions.h"
#include "policy/ground.h"
#include "policy/own.h"

static Expr *call(const Oid *variants, const Purpose *purpose, Expr *subject, Oid result,
				  Oid collation, List *others);
static Expr *ground_of(const Purpose *purpose, Expr *subject);
static bool asks_any(const Purpose *purpose);

/* The expression that decides a row for a purpose, given its subject key. */
Expr *
memreg_ground_check(const Purpose *purpose, Expr *subject)
{
	Expr *ground = ground_of(purpose, subject);

	if (!purpose->own)
		return ground;
	return makeBoolExpr(AND_EXPR,
						list_make2(memreg_own_check(purpose, copyObject(subject)), ground),
						-1);
}

/*
 * The value, if the row names a subject whom the purpose, which rests on
 * consent, has a ground for; else NULL.
 */
Expr *
memreg_ground_value(const Purpose *purpose, Expr *subject, Expr *value)
{
	return call(memreg_policy_functions()->treat_if_ground, purpose, subject,
				exprType((Node *) value), exprCollation((Node *) value), list_make1(value));
}

static Expr *
ground_of(const Purpose *purpose, Expr *subject)
{
	NullTest *named;

	if (asks_any(purpose))
		return call(memreg_policy_functions()->check_ground, purpose, subject, BOOLOID,
					InvalidOid, NIL);
	if (purpose->anonymous_data)
		return (Expr *) makeBoolConst(true, false);

	named = makeNode(NullTest);
	named->arg = subject;
	named->nulltesttype = IS_NOT_NULL;
	named->location = -1;
	return (Expr *) named;
}

/* Does a row's ground depend on what its subject has said? */
bool
memreg_ground_asks(const Purpose *purpose, StateKind kind)
{
	switch (kind)
	{
		case STATE_CONSENT:
			return purpose->basis == BASIS_CONSENT;
		case STATE_OBJECTION:
			return purpose->basis == BASIS_PUBLIC_TASK ||
				purpose->basis == BASIS_LEGITIMATE_INTERESTS;
		case STATE_RESTRICTION:
			return !purpose->restricted_data;
		default:
			return false; /* a hold keeps rows, and shows or hides none */
	}
}

/* Which rows that lets through, and how they are shown, in words. */
char *
memreg_ground_describe(const Purpose *purpose)
{
	static const char *const conditions[STATE_KINDS] = {
		[STATE_CONSENT] = "whose consent stands",
		[STATE_OBJECTION] = "who have not objected",
		[STATE_RESTRICTION] = "whose data is not restricted",
	};
	const char *joint = "";
	StringInfoData text;

	initStringInfo(&text);
	if (purpose->smallest_group > 0)
		appendStringInfo(&text, "aggregates over at least %d subjects, of ",
						 purpose->smallest_group);
	appendStringInfoString(&text,
						   purpose->own            ? "rows of the session's own subject"
							   : asks_any(purpose) ? "rows of subjects"
												   : "rows of all subjects");
	for (int kind = 0; kind < STATE_KINDS; kind++)
		if (memreg_ground_asks(purpose, kind))
		{
			appendStringInfo(&text, "%s %s", joint, conditions[kind]);
			joint = " and";
		}
	if (purpose->anonymous_data && !purpose->own)
		appendStringInfoString(&text, ", and rows that name nobody");
	return text.data;
}

static bool
asks_any(const Purpose *purpose)
{
	for (int kind = 0; kind < STATE_KINDS; kind++)
		if (memreg_ground_asks(purpose, kind))
			return true;
	return false;
}

/* One of the functions of ground_check.c, for subject keys of the type that this one has. */
static Expr *
call(const Oid *variants, const Purpose *purpose, Expr *subject, Oid result,
	 Oid collation, List *others)
{
	SubjectVariant variant;
	Const *purpose_id;

	if (!memreg_subject_variant(exprType((Node *) subject), &variant))
		elog(ERROR, "subject key of an unknown type");
	purpose_id = makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
						   Int32GetDatum(purpose->id), false, true);
	return memreg_policy_call(variants[variant], result, collation,
							  list_concat(list_make2(purpose_id, subject), others));
}
