/*
 * treat_json_keys.c
 *		JSON objects whose keys have categories of their own.
 *
 * Not a treatment to declare: a column of type jsonb gets it whose label names
 * keys, "background {age: demographics, phone: contact}".  Each of these keys,
 * of the object that the column holds, is treated as its category is; the other
 * keys, and what is no object, as the column's own category.  A key whose value
 * is withheld is not there at all.
 *
 * In the query stands treat_json_keys(NULL, column, keys, array of treated
 * values, treated column), whose parts are ordinary expressions, so that any
 * treatment does.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"

#include "core/compat.h"
#include "policy/functions.h"
#include "policy/treat_json_keys.h"

PG_FUNCTION_INFO_V1(memreg_treat_json_keys);

static bool suits(const Treatment *treatment, Oid type, int32 typmod);
static Expr *apply(const Treatment *treatment, Expr *subject, Expr *value);
static void describe(const Treatment *treatment, StringInfo text);
static Expr *key_constant(const char *key);
static Expr *key_value(Expr *value, const char *key);
static Expr *array_of(Oid element, Oid array, List *elements);
static void add_others(JsonbParseState **state, Jsonb *others, ArrayType *keys);
static bool is_declared(const JsonbValue *key, ArrayType *keys);
static void add_treated(JsonbParseState **state, ArrayType *keys, ArrayType *treated);
static void add_value(JsonbParseState **state, Jsonb *value);

const TreatmentKind memreg_treatment_json_keys = {.name = "json keys",
												  .suits = suits,
												  .apply = apply,
												  .describe = describe};

/* The keys' own treatments were seen to suit before. */
static bool
suits(const Treatment *treatment, Oid type, int32 typmod)
{
	return type == JSONBOID && memreg_treatment_suits(treatment->otherwise, type, typmod);
}

static Expr *
apply(const Treatment *treatment, Expr *subject, Expr *value)
{
	List *keys = NIL;
	List *values = NIL;
	ListCell *cell;

	foreach(cell, treatment->keys)
	{
		TreatedKey *key = lfirst(cell);

		keys = lappend(keys, key_constant(key->key));
		values = lappend(values,
						 memreg_treatment_apply(&key->treatment, subject,
												key_value(copyObject(value), key->key)));
	}
	return memreg_policy_call(memreg_policy_functions()->treat_json_keys, JSONBOID, InvalidOid,
							  list_make4(copyObject(value),
										 array_of(TEXTOID, TEXTARRAYOID, keys),
										 array_of(JSONBOID, JSONBARRAYOID, values),
										 memreg_treatment_apply(treatment->otherwise,
																subject, value)));
}

static void
describe(const Treatment *treatment, StringInfo text)
{
	ListCell *cell;

	foreach(cell, treatment->keys)
	{
		TreatedKey *key = lfirst(cell);

		appendStringInfo(text, " %s:", quote_identifier(key->key));
		memreg_treatment_describe(&key->treatment, text);
	}
	memreg_treatment_describe(treatment->otherwise, text);
}

static Expr *
key_constant(const char *key)
{
	return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
							  CStringGetTextDatum(key), false, false);
}

/* value -> 'key' */
static Expr *
key_value(Expr *value, const char *key)
{
	return (Expr *) makeFuncExpr(F_JSONB_OBJECT_FIELD, JSONBOID,
								 list_make2(value, key_constant(key)), InvalidOid,
								 InvalidOid, COERCE_EXPLICIT_CALL);
}

static Expr *
array_of(Oid element, Oid array, List *elements)
{
	ArrayExpr *expression = makeNode(ArrayExpr);

	expression->array_typeid = array;
	expression->array_collid = element == TEXTOID ? DEFAULT_COLLATION_OID : InvalidOid;
	expression->element_typeid = element;
	expression->elements = elements;
	expression->location = -1;
	return (Expr *) expression;
}

/*
 * memreg.treat_json_keys(internal, value jsonb, keys text[], treated jsonb[],
 * others jsonb) → jsonb.
 */
Datum
memreg_treat_json_keys(PG_FUNCTION_ARGS)
{
	JsonbParseState *state = NULL;
	ArrayType *keys;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (!JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(1)))
	{
		if (PG_ARGISNULL(4))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(4));
	}
	keys = PG_GETARG_ARRAYTYPE_P(2);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	if (!PG_ARGISNULL(4) && JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(4)))
		add_others(&state, PG_GETARG_JSONB_P(4), keys);
	add_treated(&state, keys, PG_GETARG_ARRAYTYPE_P(3));
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

/* The keys that were not declared. */
static void
add_others(JsonbParseState **state, Jsonb *others, ArrayType *keys)
{
	JsonbIterator *iterator = JsonbIteratorInit(&others->root);
	JsonbIteratorToken token;
	JsonbValue item;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		if (is_declared(&item, keys))
		{
			(void) JsonbIteratorNext(&iterator, &item, true);
			continue;
		}
		pushJsonbValue(state, WJB_KEY, &item);
		(void) JsonbIteratorNext(&iterator, &item, true);
		pushJsonbValue(state, WJB_VALUE, &item);
	}
}

static bool
is_declared(const JsonbValue *key, ArrayType *keys)
{
	ArrayIterator iterator = array_create_iterator(keys, 0, NULL);
	bool declared = false;
	bool isnull;
	Datum one;

	while (!declared && array_iterate(iterator, &one, &isnull))
	{
		text *name = DatumGetTextPP(one);

		declared = VARSIZE_ANY_EXHDR(name) == key->val.string.len &&
			memcmp(VARDATA_ANY(name), key->val.string.val, key->val.string.len) == 0;
	}
	array_free_iterator(iterator);
	return declared;
}

static void
add_treated(JsonbParseState **state, ArrayType *keys, ArrayType *treated)
{
	ArrayIterator names = array_create_iterator(keys, 0, NULL);
	ArrayIterator values = array_create_iterator(treated, 0, NULL);
	bool isnull;
	Datum name;
	Datum value;

	while (array_iterate(names, &name, &isnull) && array_iterate(values, &value, &isnull))
	{
		text *key = DatumGetTextPP(name);
		JsonbValue item = {.type = jbvString};

		if (isnull)
			continue;
		item.val.string.val = VARDATA_ANY(key);
		item.val.string.len = (int) VARSIZE_ANY_EXHDR(key);
		pushJsonbValue(state, WJB_KEY, &item);
		add_value(state, DatumGetJsonbP(value));
	}
	array_free_iterator(names);
	array_free_iterator(values);
}

static void
add_value(JsonbParseState **state, Jsonb *value)
{
	JsonbValue item;

	if (!JB_ROOT_IS_SCALAR(value) || !JsonbExtractScalar(&value->root, &item))
		JsonbToJsonbValue(value, &item);
	pushJsonbValue(state, WJB_VALUE, &item);
}
