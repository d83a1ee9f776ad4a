/*
 * change.c
 *		What an action makes of the rows of a relation.
 *
 * An action chooses a treatment for each category (action_treat.c); a column
 * becomes what the treatment would show of it.  The expressions are those that
 * queries are given (policy/treatment.h), so there is one way to treat a value.
 *
 * A treatment that is applied to its own result changes nothing: so a row that
 * has been changed already tells it by itself.  That is not so of postal codes,
 * as an area is no code: there a text of as many digits counts as an area.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "generalize/form.h"
#include "retention/change.h"
#include "retention/change_check.h"

static void choose(const void *by, const char *category, Treatment *treatment);
static bool changes(const RetentionChange *change, Form_pg_attribute attribute);
static SubjectChange subject_change(const RetentionRule *rule, Form_pg_attribute subject);
static Expr *left_in(const RetentionChange *change, AttrNumber column, Var *value);
static Var *variable(const RetentionChange *change, AttrNumber column);
static Expr *differs(Var *value, Expr *treated);
static int area_digits(const Treatment *treatment);
static Expr *is_no_area(Var *value, int digits);
static Expr *is_not_null(Var *value);

/*
 * For a relation that holds rows of the rule's table, or the table itself.
 * Fails where the action must not or cannot be done.
 */
RetentionChange *
memreg_change_open(const RetentionRule *rule, Relation relation)
{
	RetentionChange *change = palloc0(sizeof(RetentionChange));
	TupleDesc columns = RelationGetDescr(relation);
	RegisteredTable table;

	if (!memreg_registry_table(rule->relation, &table))
		elog(ERROR, "relation %u is not registered any more", rule->relation);
	change->rule = rule;
	change->relation =
		memreg_guarded_choose(RelationGetRelid(relation), &table, choose, rule);
	if (change->relation->subject == InvalidAttrNumber)
		elog(ERROR, "relation %u has lost the column of its subject",
			 RelationGetRelid(relation));
	change->subject =
		subject_change(rule, TupleDescAttr(columns, change->relation->subject - 1));
	for (int i = 0; i < columns->natts; i++)
		if (changes(change, TupleDescAttr(columns, i)))
			change->columns = lappend_int(change->columns, i + 1);
	memreg_change_require(change, relation);
	return change;
}

static void
choose(const void *by, const char *category, Treatment *treatment)
{
	const RetentionRule *rule = by;

	rule->action->choose(rule, category, treatment);
}

/*
 * A generated column follows what it is computed from.  Of a label whose keys
 * have no object to stand in, an action on another category has nothing to say.
 */
static bool
changes(const RetentionChange *change, Form_pg_attribute attribute)
{
	const GuardedColumn *column = memreg_guarded_column(change->relation, attribute->attnum);

	if (attribute->attisdropped || attribute->attgenerated != '\0' ||
		attribute->attnum == change->relation->subject ||
		memreg_treatment_is_clear(&column->treatment))
		return false;
	return change->rule->category == NULL || column->treatment.declared != NULL ||
		column->treatment.keys != NIL ||
		(column->category != NULL && strcmp(column->category, change->rule->category) == 0);
}

static SubjectChange
subject_change(const RetentionRule *rule, Form_pg_attribute subject)
{
	if (rule->category != NULL)
		return SUBJECT_STAYS;
	return subject->attnotnull ? SUBJECT_REPLACED : SUBJECT_CLEARED;
}

/* What a column that changes holds from then on, computed from what it holds. */
Expr *
memreg_change_value(const RetentionChange *change, AttrNumber column)
{
	const GuardedColumn *treated = memreg_guarded_column(change->relation, column);

	return memreg_treatment_apply(&treated->treatment,
								  (Expr *) variable(change, change->relation->subject),
								  (Expr *) variable(change, column));
}

/* Is there anything left to change in the columns of a row, without the subject's? */
Expr *
memreg_change_left(const RetentionChange *change)
{
	List *conditions = NIL;
	ListCell *cell;

	foreach(cell, change->columns)
	{
		AttrNumber column = lfirst_int(cell);
		Var *value = variable(change, column);

		conditions = lappend(conditions, left_in(change, column, value));
	}
	if (conditions == NIL)
		return (Expr *) makeBoolConst(false, false);
	return list_length(conditions) == 1 ? linitial(conditions)
										: makeBoolExpr(OR_EXPR, conditions, -1);
}

static Expr *
left_in(const RetentionChange *change, AttrNumber column, Var *value)
{
	int digits = area_digits(&memreg_guarded_column(change->relation, column)->treatment);
	Expr *left;

	if (memreg_change_withholds(change, column))
		return is_not_null(value);
	left = differs(value, memreg_change_value(change, column));
	if (digits == 0)
		return left;
	return makeBoolExpr(AND_EXPR, list_make2(left, is_no_area(value, digits)), -1);
}

/* The digits of a postal area that the treatment leaves of a text; 0: it leaves none. */
static int
area_digits(const Treatment *treatment)
{
	ListCell *cell;

	foreach(cell, treatment->forms)
	{
		const GeneralizeForm *form = lfirst(cell);

		if (form->kind == FORM_IP || form->kind == FORM_LETTERS)
			return 0;
		if (form->kind == FORM_POSTAL_CODE)
			return form->count;
	}
	return 0;
}

/* A column that is never NULL in a row that is still to be changed; 0: there is none. */
AttrNumber
memreg_change_required(const RetentionChange *change)
{
	if (change->subject == SUBJECT_CLEARED)
		return change->relation->subject;
	if (change->subject == SUBJECT_STAYS && list_length(change->columns) == 1)
		return linitial_int(change->columns);
	return InvalidAttrNumber;
}

static Var *
variable(const RetentionChange *change, AttrNumber column)
{
	const GuardedColumn *of = memreg_guarded_column(change->relation, column);

	return makeVar(CHANGED_RELATION, column, of->type, of->typmod, of->collation, 0);
}

/*
 * By the type's own equality, as 10 and 10.00 are one number; texts are equal
 * byte by byte only, as what a collation takes for equal may tell more.
 */
static Expr *
differs(Var *value, Expr *treated)
{
	Oid operator= lookup_type_cache(getBaseType(value->vartype), TYPECACHE_EQ_OPR)->eq_opr;
	DistinctExpr *distinct = makeNode(DistinctExpr);

	if (!OidIsValid(operator))
		elog(ERROR, "values of type %u cannot be compared", value->vartype);
	distinct->opno = operator;
	distinct->opfuncid = get_opcode(operator);
	distinct->opresulttype = BOOLOID;
	distinct->inputcollid = OidIsValid(value->varcollid) ? C_COLLATION_OID : InvalidOid;
	distinct->args = list_make2(value, treated);
	distinct->location = -1;
	return (Expr *) distinct;
}

/* value !~ '^[0-9]{2}$'; true of what is no text. */
static Expr *
is_no_area(Var *value, int digits)
{
	Oid type = getBaseType(value->vartype);
	char category;
	bool preferred;
	Expr *text;

	get_type_category_preferred(type, &category, &preferred);
	if (category != TYPCATEGORY_STRING)
		return (Expr *) makeBoolConst(true, false);
	text = type == BPCHAROID
		? (Expr *) makeFuncExpr(F_TEXT_BPCHAR, TEXTOID, list_make1(value),
								C_COLLATION_OID, C_COLLATION_OID, COERCE_EXPLICIT_CALL)
		: (Expr *) makeRelabelType((Expr *) value, TEXTOID, -1, C_COLLATION_OID,
								   COERCE_IMPLICIT_CAST);
	return (Expr *) makeFuncExpr(F_TEXTREGEXNE, BOOLOID,
								 list_make2(text,
											makeConst(TEXTOID, -1, C_COLLATION_OID, -1,
													  CStringGetTextDatum(
														  psprintf("^[0-9]{%d}$", digits)),
													  false, false)),
								 InvalidOid, C_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

static Expr *
is_not_null(Var *value)
{
	NullTest *test = makeNode(NullTest);

	test->arg = (Expr *) value;
	test->nulltesttype = IS_NOT_NULL;
	test->location = -1;
	return (Expr *) test;
}
