/*
 * json_value.c
 *		Treating the scalars of a JSON value.
 *
 * A scalar is treated, an array element by element.  An object, or an array
 * within an array, is withheld: its very keys may be somebody's words.  What is
 * known of an object is declared key by key (treat_json_keys.c).
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "core/compat.h"
#include "generalize/json_value.h"

static Jsonb *treat_array(Jsonb *array, JsonScalarTreatment treat, void *arg);
static JsonbValue *treat_scalar(const JsonbValue *scalar, JsonScalarTreatment treat,
								void *arg);

/* What stands for a value; NULL: it is withheld whole. */
Jsonb *
memreg_json_value_treat(Jsonb *value, JsonScalarTreatment treat, void *arg)
{
	JsonbValue scalar;

	if (JB_ROOT_IS_OBJECT(value))
		return NULL;
	if (!JB_ROOT_IS_SCALAR(value))
		return treat_array(value, treat, arg);
	if (!JsonbExtractScalar(&value->root, &scalar))
		elog(ERROR, "a scalar of jsonb has no value");
	return JsonbValueToJsonb(treat_scalar(&scalar, treat, arg));
}

static Jsonb *
treat_array(Jsonb *array, JsonScalarTreatment treat, void *arg)
{
	JsonbIterator *elements = JsonbIteratorInit(&array->root);
	JsonbParseState *state = NULL;
	JsonbIteratorToken token;
	JsonbValue element;
	JsonbValue *treated = NULL;

	while ((token = JsonbIteratorNext(&elements, &element, true)) != WJB_DONE)
		treated =
			pushJsonbValue(&state, token,
						   token == WJB_ELEM ? treat_scalar(&element, treat, arg) : NULL);
	return JsonbValueToJsonb(treated);
}

/* A container (within an array) is null, and null stays null. */
static JsonbValue *
treat_scalar(const JsonbValue *scalar, JsonScalarTreatment treat, void *arg)
{
	JsonbValue *treated =
		scalar->type == jbvBinary || scalar->type == jbvNull ? NULL : treat(scalar, arg);

	if (treated == NULL)
	{
		treated = palloc0(sizeof(JsonbValue));
		treated->type = jbvNull;
	}
	return treated;
}

/* The text of a string or number, the same for equal numbers (1, 1.0); NULL: it is neither. */
text *
memreg_json_value_text(const JsonbValue *scalar)
{
	if (scalar->type == jbvString)
		return cstring_to_text_with_len(scalar->val.string.val, scalar->val.string.len);
	if (scalar->type == jbvNumeric)
		return cstring_to_text(numeric_normalize(scalar->val.numeric));
	return NULL;
}

/* A string; NULL: there is none. */
JsonbValue *
memreg_json_value_of_text(text *value)
{
	JsonbValue *string;

	if (value == NULL)
		return NULL;
	string = palloc0(sizeof(JsonbValue));
	string->type = jbvString;
	string->val.string.val = VARDATA_ANY(value);
	string->val.string.len = (int) VARSIZE_ANY_EXHDR(value);
	return string;
}
