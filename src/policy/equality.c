/*
 * equality.c
 *		Comparing treated columns by what they stand for.
 *
 * Two pseudonyms in one scope are equal if and only if the values are.  So where
 * a query compares two such columns, for equality or its contrary, the columns
 * themselves can be compared: the answer is the same, and joins use indexes and
 * statistics as if nothing were treated.  Nothing else can be compared so: not
 * with a constant, which would find values by trying, and not by order.
 *
 * That holds for the built-in operators of types whose equal values have equal
 * pseudonyms and others others.  A user's operator would be shown the values.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "policy/equality.h"

static bool is_equality(Oid operator, Oid type);
static Node *unrelabelled(Node *side);
static Oid comparable_type(Oid type);
static bool compares_bytes(Oid type, Oid collation);

/* Is it = or <> of the server's own, IS DISTINCT FROM included? */
bool
memreg_equality_is(const OpExpr *comparison)
{
	Oid operator= comparison->opno;
	Oid type;

	if (list_length(comparison->args) != 2 || operator>= FirstNormalObjectId)
		return false;
	type = exprType(linitial(comparison->args));
	return is_equality(operator, type) || is_equality(get_negator(operator), type);
}

static bool
is_equality(Oid operator, Oid type)
{
	return OidIsValid(operator) && op_mergejoinable(operator, type);
}

/* Are the columns' treated values equal if and only if the columns are? */
bool
memreg_equality_same(const TreatedReference *left, const TreatedReference *right, Oid collation)
{
	Oid type = comparable_type(left->column->vartype);

	return memreg_equality_has(left->treatment, left->column->vartype) &&
		memreg_equality_has(right->treatment, right->column->vartype) &&
		left->treatment->scope_id == right->treatment->scope_id &&
		type == comparable_type(right->column->vartype) && compares_bytes(type, collation);
}

/* Does the treatment of values of a type keep apart what is not equal, and nothing else? */
bool
memreg_equality_has(const Treatment *treatment, Oid type)
{
	return treatment->kind == &memreg_treatment_pseudonym && treatment->scope_id != 0 &&
		OidIsValid(comparable_type(type));
}

/* The reference on one side of a comparison; NULL: it is something else. */
Var *
memreg_equality_side(Node *side)
{
	side = unrelabelled(side);
	return IsA(side, Var) && ((Var *) side)->varattno > 0 ? (Var *) side : NULL;
}

/* Is one side of a comparison a parameter of that kind? */
bool
memreg_equality_is_side(Node *side, ParamKind kind)
{
	side = unrelabelled(side);
	return IsA(side, Param) && ((Param *) side)->paramkind == kind;
}

/* A varchar is compared as text.  A text that is compared as char would be without its blanks. */
static Node *
unrelabelled(Node *side)
{
	while (IsA(side, RelabelType) && ((RelabelType *) side)->resulttype == TEXTOID)
		side = (Node *) ((RelabelType *) side)->arg;
	return side;
}

/* Types that share pseudonyms are one; InvalidOid: there are none, or equality is looser. */
static Oid
comparable_type(Oid type)
{
	switch (type)
	{
		case INT8OID:
		case INT4OID:
		case INT2OID:
		case UUIDOID:
		case BYTEAOID:
		case TEXTOID:
		case BPCHAROID:
			return type;
		case VARCHAROID:
			return TEXTOID;
		default:
			return InvalidOid;
	}
}

static bool
compares_bytes(Oid type, Oid collation)
{
	return (type != TEXTOID && type != BPCHAROID) ||
		(OidIsValid(collation) && get_collation_isdeterministic(collation));
}
