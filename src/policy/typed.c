/*
 * typed.c
 *		Treating values of types that consist of other types.
 *
 * A treatment of values knows basic types only, one for each kind of value.
 * Here the others are brought to these and back:
 *
 *	domain			its base type; not if it has constraints, which a treated
 *					value need not keep
 *	array			each of its elements
 *	varchar, char	text, if what comes back fits into them; char without the
 *					blanks at its end, which do not count
 *	citext			text in lower case, as it compares
 *
 * So whatever stands for a column has the column's type, and equal values of
 * the column have equal treated values.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "policy/typed.h"

static Oid element_of(Oid type);
static bool is_domain(Oid type);
static bool is_citext(Oid type);
static bool is_text(Oid type);
static Expr *treat_domain(const Treatment *treatment, Expr *subject, Expr *value, Oid domain);
static Expr *treat_array(const Treatment *treatment, Expr *subject, Expr *value,
						 Oid array, Oid element);
static Expr *treat_text(const Treatment *treatment, Expr *subject, Expr *value, Oid type);
static Expr *to_text(Expr *value, Oid type);
static Expr *to_length(Expr *value, Oid type, int32 typmod);
static Expr *relabel(Expr *value, Oid type, int32 typmod);
static Expr *call(Oid function, Oid result, List *arguments);

/* Does the treatment suit the basic type that a type comes down to? */
bool
memreg_typed_suits(const Treatment *treatment, Oid type, int32 typmod)
{
	Oid element = element_of(type);
	int32 room = MEMREG_TYPED_ANY_ROOM;

	if (OidIsValid(element))
		return memreg_typed_suits(treatment, element, typmod);
	if (is_domain(type))
	{
		int32 base_typmod = typmod;
		Oid base = getBaseTypeAndTypmod(type, &base_typmod);

		return !DomainHasConstraints(type) &&
			memreg_typed_suits(treatment, base, base_typmod);
	}
	if (is_text(type))
	{
		if (typmod >= VARHDRSZ)
			room = typmod - VARHDRSZ;
		type = TEXTOID;
	}
	return treatment->kind->suits_basic(treatment, type, room);
}

/* The expression that stands for a value of a type that the treatment suits. */
Expr *
memreg_typed_apply(const Treatment *treatment, Expr *subject, Expr *value)
{
	Oid type = exprType((Node *) value);
	Oid element = element_of(type);

	if (OidIsValid(element))
		return treat_array(treatment, subject, value, type, element);
	if (is_domain(type))
		return treat_domain(treatment, subject, value, type);
	if (is_text(type))
		return treat_text(treatment, subject, value, type);
	return treatment->kind->apply_basic(treatment, subject, value);
}

/* Not that of int2vector and oidvector, which are arrays of a certain shape only. */
static Oid
element_of(Oid type)
{
	Oid element = get_element_type(type);

	return OidIsValid(element) && get_array_type(element) == type ? element : InvalidOid;
}

static bool
is_domain(Oid type)
{
	return get_typtype(type) == TYPTYPE_DOMAIN;
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID || is_citext(type);
}

/* A type of the extension citext, which has no other of its own. */
static bool
is_citext(Oid type)
{
	Oid extension;

	if (type < FirstNormalObjectId || get_typtype(type) != TYPTYPE_BASE)
		return false;
	extension = getExtensionOfObject(TypeRelationId, type);
	return OidIsValid(extension) && extension == get_extension_oid("citext", true);
}

static Expr *
treat_domain(const Treatment *treatment, Expr *subject, Expr *value, Oid domain)
{
	int32 typmod = -1;
	Oid base = getBaseTypeAndTypmod(domain, &typmod);

	value = memreg_typed_apply(treatment, subject, relabel(value, base, typmod));
	return relabel(value, domain, -1);
}

/* The executor evaluates the elements' expression with each in place of the test. */
static Expr *
treat_array(const Treatment *treatment, Expr *subject, Expr *value, Oid array, Oid element)
{
	ArrayCoerceExpr *each = makeNode(ArrayCoerceExpr);
	CaseTestExpr *one = makeNode(CaseTestExpr);

	one->typeId = element;
	one->typeMod = exprTypmod((Node *) value);
	one->collation = exprCollation((Node *) value);
	each->arg = value;
	each->elemexpr = memreg_typed_apply(treatment, subject, (Expr *) one);
	each->resulttype = array;
	each->resulttypmod = exprTypmod((Node *) each->elemexpr);
	each->resultcollid = exprCollation((Node *) value);
	each->coerceformat = COERCE_EXPLICIT_CAST;
	each->location = -1;
	return (Expr *) each;
}

static Expr *
treat_text(const Treatment *treatment, Expr *subject, Expr *value, Oid type)
{
	int32 typmod = exprTypmod((Node *) value);
	Oid collation = exprCollation((Node *) value);
	Expr *treated = treatment->kind->apply_basic(treatment, subject, to_text(value, type));

	treated = to_length(treated, type, typmod);
	if (exprType((Node *) treated) != type || exprCollation((Node *) treated) != collation)
		treated = relabel(treated, type, typmod);
	exprSetCollation((Node *) treated, collation);
	return treated;
}

static Expr *
to_text(Expr *value, Oid type)
{
	Expr *lower;

	if (type == TEXTOID)
		return value;
	if (type == BPCHAROID)
		return call(F_TEXT_BPCHAR, TEXTOID, list_make1(value));
	value = relabel(value, TEXTOID, -1);
	if (type == VARCHAROID)
		return value;
	lower = call(F_LOWER_TEXT, TEXTOID, list_make1(value));
	((FuncExpr *) lower)->inputcollid = DEFAULT_COLLATION_OID;
	return lower;
}

/* As an explicit cast: blanks up to the length of a char(n). */
static Expr *
to_length(Expr *value, Oid type, int32 typmod)
{
	List *arguments;
	Expr *cast;

	if (typmod < VARHDRSZ || (type != BPCHAROID && type != VARCHAROID))
		return value;
	arguments = list_make3(relabel(value, type, -1),
						   makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
									 Int32GetDatum(typmod), false, true),
						   makeBoolConst(true, false));
	cast = call(type == BPCHAROID ? F_BPCHAR_BPCHAR_INT4_BOOL : F_VARCHAR_VARCHAR_INT4_BOOL,
				type, arguments);
	((FuncExpr *) cast)->funcformat = COERCE_EXPLICIT_CAST; /* or its length would not be known */
	return cast;
}

static Expr *
relabel(Expr *value, Oid type, int32 typmod)
{
	return (Expr *) makeRelabelType(value, type, typmod, exprCollation((Node *) value),
									COERCE_IMPLICIT_CAST);
}

static Expr *
call(Oid function, Oid result, List *arguments)
{
	Oid collation = exprCollation(linitial(arguments));

	return (Expr *) makeFuncExpr(function, result, arguments, collation, collation,
								 COERCE_EXPLICIT_CALL);
}
